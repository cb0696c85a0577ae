//! `bench import` as a program, of what Criterion has really measured: a package beside the readers' tests, compiled once
//! into a folder that stays.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::process::Command;

use crate::app::start;
use backend::config::Config;

const PACKAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../benchmarks/tests/criterion/Cargo.toml"
);

async fn output(mut command: Command) -> String {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    said.into_owned()
}

pub(crate) async fn what_criterion_measured_is_taken() {
    let own = std::env::current_exe().unwrap();
    // …/target/debug/deps/launcher-…
    let target = own.ancestors().nth(3).unwrap().join("really-run");
    let folder = tempfile::tempdir().unwrap();
    let measured = folder.path().join("criterion");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["bench", "--locked", "--manifest-path", PACKAGE]);
    cargo.arg("--target-dir").arg(&target);
    cargo.env("CRITERION_HOME", &measured);
    for name in ["RUSTFLAGS", "CARGO_TARGET_DIR", "RUSTC_WRAPPER"] {
        cargo.env_remove(name);
    }
    output(cargo).await;

    let data = folder.path().join("data");
    let app = start(&data, Config::default()).await.unwrap();
    let import = |path: &Path| {
        let mut import = Command::new(&own);
        import.args(["bench", "import", "--suite", "real", "--url", &app.url]);
        import.arg(path).env_remove("OBSERVATORY_KEY");
        import
    };
    output(import(&measured)).await;
    let picture = app.json("/observability/benchmarks").await;
    let mut names = Vec::new();
    for row in picture["rows"].as_array().unwrap() {
        assert_eq!(
            (&row["tool"], &row["unit"]),
            (&json!("criterion"), &json!("seconds"))
        );
        let newest = &row["newest"];
        let value = newest["value"].as_f64().unwrap();
        assert!(value > 0.0 && value < 0.01, "{row}");
        let (low, high) = (
            newest["low"].as_f64().unwrap(),
            newest["high"].as_f64().unwrap(),
        );
        assert!(low <= high && low > 0.0, "{row}");
        assert_eq!(newest["n"], 10, "{row}");
        names.push(row["key"].as_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["sort{value=100}@rust", "sort{value=10}@rust", "sum@rust"]);
    let again = output(import(&measured)).await;
    assert!(again.contains("taken before"), "{again}");
    app.stop().await;
}
