//! The real promtool.

use super::found;
use crate::app::{dead_server, quick, start};
use crate::debian::promtool;

#[tokio::test(flavor = "multi_thread")]
async fn every_question_of_promtool() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers = vec![dead_server("gone").await];
    let app = start(folder.path(), config).await.unwrap();
    let answer = found(&app, "count(mcp_server_up) == 2").await;
    let now = answer["data"]["result"][0]["value"][0].as_f64().unwrap();
    let (from, to) = (format!("{:.0}", now - 60.0), format!("{:.0}", now + 60.0));
    let (from, to) = (format!("--start={from}"), format!("--end={to}"));
    let url = app.url.as_str();
    for (arguments, is_content, parts) in [
        (
            vec!["query", "instant", url, "mcp_server_up"],
            true,
            vec![
                "mcp_server_up{server=\"gone\"} => 0 @[",
                "mcp_server_up{server=\"observatory\"} => 1 @[",
            ],
        ),
        (
            vec![
                "query",
                "instant",
                "--time=1970-01-01T00:00:04Z",
                url,
                "1 + 1",
            ],
            true,
            vec!["scalar: 2 @[4]"],
        ),
        (
            vec!["query", "instant", url, "sum("],
            false,
            vec!["bad_data"],
        ),
        (
            vec![
                "query",
                "range",
                &from,
                &to,
                "--step=5s",
                url,
                "mcp_server_up",
            ],
            true,
            vec!["mcp_server_up{server=\"gone\"} =>\n0 @["],
        ),
        (
            vec!["query", "series", "--match=mcp_server_up", "--match=x", url],
            true,
            vec!["{__name__=\"mcp_server_up\", server=\"gone\"}"],
        ),
        (
            vec!["query", "series", "--match=mcp_server_up", &from, &to, url],
            true,
            vec!["server=\"observatory\""],
        ),
        (
            vec!["query", "labels", &from, &to, url, "server"],
            true,
            vec!["gone\nobservatory"],
        ),
        (
            vec![
                "query",
                "labels",
                "--match=mcp_server_up{server!=\"gone\"}",
                url,
                "server",
            ],
            true,
            vec!["observatory"],
        ),
    ] {
        let (content, said) = promtool(&arguments, b"").await;
        assert_eq!(content, is_content, "{arguments:?}: {said}");
        for part in parts {
            assert!(said.contains(part), "{arguments:?}: {said}");
        }
    }
    app.stop().await;
}
