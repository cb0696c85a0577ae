//! The command against products that run, that are closed, and that are not there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use clap::Parser;
use tokio::net::TcpListener;

use super::*;
use crate::config::{ApiKey, Config, Secret};
use crate::{KeeperCommand, Product, Settings};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

async fn product(data: &Path, config: Config) -> (String, Product) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = listener.local_addr().unwrap().to_string();
    let settings = Settings {
        config: config.clone(),
        reread: Arc::new(move || Ok(config.clone())),
        flags: BTreeMap::new(),
        data: data.to_owned(),
        keeper: KeeperCommand {
            program: "/nonexistent".into(),
            args: Vec::new(),
        },
        clock: Arc::new(model::SystemClock),
        pages: Box::new(|_| Router::new()),
    };
    (url, Product::start(listener, settings).await.unwrap())
}

async fn asked(url: &str, words: &[&str]) -> Told {
    let mut line = vec!["query", "--url", url];
    line.extend(words);
    told(&Line::try_parse_from(line).unwrap().options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_and_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let (url, _product) = product(folder.path(), Config::default()).await;
    for (words, code, out, complaint) in [
        (&["1 + 1", "--time", "4"][..], 0, "scalar: 2 @[4]\n", ""),
        (
            &["vector(1)", "--time", "4", "--csv"],
            0,
            "time,value\n4,1\n",
            "",
        ),
        (&["nonsense"], 0, "", "no such series"),
        (
            &["vector(1)", "--range", "1h", "--step", "1h", "--csv"],
            0,
            "time,value\n",
            "",
        ),
        (
            &["up == == 1"],
            64,
            "",
            "\n  up == == 1\n        ^ an expression is missing before this, column 7",
        ),
        (&["sum("], 64, "", "\n  sum(\n      ^ the query ends"),
        (&["up", "--time", "soon"], 64, "", "\"time\""),
        (&["up", "--range", "long"], 64, "", "--range"),
        (
            &["up", "--range", "1h", "--step", "soon"],
            64,
            "",
            "\"step\"",
        ),
        (&["up", "--range", "30d", "--step", "1s"], 64, "", "11,000"),
        (&["up", "--json", "--time", "x"], 64, "{", "bad_data"),
    ] {
        let told = asked(&url, words).await;
        let complaints = told.complaints.join("\n");
        assert_eq!(told.code, code, "{words:?}: {complaints}");
        assert!(told.out.starts_with(out), "{words:?}: {}", told.out);
        assert!(complaints.contains(complaint), "{words:?}: {complaints}");
        assert_eq!(complaints.is_empty(), complaint.is_empty(), "{complaints}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_doors() {
    let folder = tempfile::tempdir().unwrap();
    let key = "k".repeat(24);
    let mut config = Config::default();
    config.auth.keys = vec![ApiKey {
        name: "reader".into(),
        key: Secret::new(key.clone()),
        role: wire::Role::Viewer,
    }];
    let (url, _product) = product(folder.path(), config).await;
    for (words, code, complaint) in [
        (vec!["1"], 1, "give one with --key or OBSERVATORY_KEY"),
        (vec!["1", "--key", "wrong"], 1, "unknown there"),
        (vec!["1", "--key", key.as_str()], 0, ""),
    ] {
        let told = asked(&url, &words).await;
        let complaints = told.complaints.join("\n");
        assert_eq!(told.code, code, "{words:?}: {complaints}");
        assert!(complaints.contains(complaint), "{words:?}: {complaints}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = free.local_addr().unwrap().to_string();
    drop(free);
    let told = asked(&url, &["1"]).await;
    assert_eq!(told.code, 1);
    let why = &told.complaints[0];
    assert!(why.contains("refused") && why.contains("--url"), "{why}");

    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", other.local_addr().unwrap());
    let app = Router::new().fallback(async || "hello");
    tokio::spawn(async move { axum::serve(other, app).await });
    let told = asked(&url, &["1"]).await;
    assert_eq!(told.code, 1);
    assert!(told.complaints[0].contains("another program"), "{told:?}");
}

#[test]
fn marks() {
    for (expr, expected) in [
        (
            "foo bar",
            "\n  foo bar\n      ^^^ an operator is missing before this, column 5",
        ),
        ("é{", "\n  é{\n  ^ unexpected 'é', column 1"),
        (
            "sum(a)) ",
            "\n  sum(a)) \n        ^ nothing is open that this closes, column 7",
        ),
        ("up", ""),
    ] {
        assert_eq!(marked(expr), expected, "{expr}");
    }
}
