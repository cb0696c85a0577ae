//! `build` as a program: between this test and a real cargo, with and without a product to tell.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use backend::config::Config;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::app::{TestApp, start};
use crate::taps::{NOBODY, value};

/// A workspace of a library and a program, in a folder that says what it is called.
struct Workspace {
    folder: TempDir,
}

impl Workspace {
    fn new() -> Self {
        let made = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        made.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"core\", \"top\"]\n",
        );
        let package = |name: &str, rest: &str| {
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
        };
        made.write(
            "core/Cargo.toml",
            &package(
                "tower-core",
                "[features]\ndefault = [\"fast\"]\nfast = []\n",
            ),
        );
        let on = "[dependencies]\ntower-core = { path = \"../core\" }\n";
        made.write("top/Cargo.toml", &package("tower-top", on));
        made.write(
            "core/src/lib.rs",
            "pub fn one() -> u32 { 1 }\nfn never() {}\n",
        );
        made.write(
            "top/src/main.rs",
            "fn main() { println!(\"{}\", tower_core::one()); }\n",
        );
        made
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("tower")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.path());
        command.env("CARGO_TARGET_DIR", self.path().join("target"));
        for name in [
            "RUSTFLAGS",
            "RUSTC_WRAPPER",
            "GITHUB_SHA",
            "OBSERVATORY_KEY",
        ] {
            command.env_remove(name);
        }
        command.kill_on_drop(true);
        command
    }

    fn spool(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    /// With cargo behind it, or what it says piped into it.
    fn build(&self, url: &str, rest: &[&str]) -> Command {
        let spool = self.spool();
        let mut args = vec!["build", "--url", url, "--spool", spool.to_str().unwrap()];
        args.extend(rest);
        self.command(&std::env::current_exe().unwrap(), &args)
    }
}

const CARGO: &str = env!("CARGO");
const BUILD: [&str; 4] = ["--", CARGO, "build", "--offline"];

/// Text without what differs each time: how long it took, and whom it waited for.
fn steady(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines = text
        .lines()
        .filter(|line| !line.contains("waiting for file lock"));
    let lines = lines.map(|line| match line.split_once("target(s) in ") {
        Some((before, _)) => before.to_owned(),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

async fn output(mut command: Command) -> Output {
    command.stdin(Stdio::null());
    command.output().await.unwrap()
}

pub(crate) async fn output_and_exit_code_are_cargos() {
    for (top, code) in [
        ("fn main() { println!(\"{}\", tower_core::one()); }", 0),
        ("fn main() { let x: u32 = \"a\"; let unused = 1; }", 101),
    ] {
        let here = Workspace::new();
        here.write("top/src/main.rs", top);
        let bare = here.command(Path::new(CARGO), &["build", "--offline"]);
        let bare = output(bare).await;
        fs::remove_dir_all(here.path().join("target")).unwrap();
        let with = output(here.build(NOBODY, &BUILD)).await;
        assert_eq!(with.status.code(), Some(code));
        assert_eq!(bare.status.code(), Some(code));
        assert_eq!(steady(&with.stdout), steady(&bare.stdout));
        assert_eq!(steady(&with.stderr), steady(&bare.stderr));
        // What was asked for on the way is gone, but for what cargo writes anew each time.
        let timings = here.path().join("target/cargo-timings");
        let left = fs::read_dir(timings).unwrap().count();
        assert_eq!(left, 1);
    }
    let here = Workspace::new();
    for (command, code) in [
        (&["--", "sh", "-c", "echo out; echo err >&2; exit 7"][..], 7),
        (
            &["--", "sh", "-c", "echo out; echo err >&2; kill -KILL $$"],
            137,
        ),
        (&["--", "/nowhere/cargo"], 127),
    ] {
        let with = output(here.build(NOBODY, command)).await;
        assert_eq!(with.status.code(), Some(code), "{command:?}");
        if code != 127 {
            assert_eq!(with.stdout, b"out\n");
            assert_eq!(with.stderr, b"err\n");
        }
    }
}

async fn product() -> (TestApp, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    (app, folder)
}

async fn builds(app: &TestApp) -> Vec<Value> {
    let builds = app.json("/observability/builds").await;
    builds.as_array().unwrap().clone()
}

/// Colours are asked for, and on a screen they are there by themselves: what is written is what cargo writes.
pub(crate) async fn colours_stay_as_they_are() {
    const ESCAPE: u8 = 0x1b;
    let here = Workspace::new();
    let anew = || fs::remove_dir_all(here.path().join("target")).unwrap();
    here.write("top/src/main.rs", "fn main() { let x: u32 = \"a\"; }\n");
    let coloured = ["--color", "always"];
    let bare = here.command(Path::new(CARGO), &[&BUILD[2..], &coloured[..]].concat());
    let bare = output(bare).await;
    anew();
    let wrapped = output(here.build(NOBODY, &[&BUILD[..], &coloured[..]].concat())).await;
    assert!(bare.stderr.contains(&ESCAPE), "{bare:?}");
    assert_eq!(steady(&wrapped.stderr), steady(&bare.stderr));

    if cfg!(not(target_os = "linux")) {
        return;
    }
    anew();
    // A terminal, as `script` of util-linux makes one.
    let screen = |command: &Command| {
        let command = command.as_std();
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let quoted = words.map(|word| format!("'{}'", word.to_str().unwrap()));
        let line = quoted.collect::<Vec<_>>().join(" ");
        let mut on_screen = here.command(Path::new("script"), &["-qec", &line, "/dev/null"]);
        on_screen.env("TERM", "xterm").env("SHELL", "/bin/sh");
        // A bar is never the same twice.
        on_screen.env("CARGO_TERM_PROGRESS_WHEN", "never");
        on_screen
            .env_remove("NO_COLOR")
            .env_remove("CARGO_TERM_COLOR");
        on_screen
    };
    let bare = output(screen(&here.command(Path::new(CARGO), &BUILD[2..]))).await;
    anew();
    let wrapped = output(screen(&here.build(NOBODY, &BUILD))).await;
    assert!(bare.stdout.contains(&ESCAPE), "{bare:?}");
    assert_eq!(steady(&wrapped.stdout), steady(&bare.stdout));
    assert_eq!(wrapped.status.code(), bare.status.code());
}

pub(crate) async fn what_is_told_is_what_cargo_said() {
    let (app, _folder) = product().await;
    let here = Workspace::new();
    here.write(".git/HEAD", "ref: refs/heads/main\n");
    here.write(".git/refs/heads/main", "c0ffee\n");
    let first = output(here.build(&app.url, &BUILD)).await;
    assert!(first.status.success());
    let second = output(here.build(&app.url, &BUILD)).await;
    assert!(second.status.success());
    here.write(
        "top/src/main.rs",
        "fn main() { let x: u32 = \"a\"; tower_core::two() }",
    );
    let third = output(here.build(&app.url, &BUILD)).await;
    let said = String::from_utf8_lossy(&third.stderr).into_owned();
    assert!(said.contains("due to 2 previous errors"), "{said}");

    let told = builds(&app).await;
    let states: Vec<_> = told
        .iter()
        .map(|it| it["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["failure", "success", "success"]);
    let [failed, fresh, cold] = &told[..] else {
        panic!("{told:?}");
    };
    for build in &told {
        assert_eq!(
            (&build["project"], &build["commit"]),
            (&"tower".into(), &"c0ffee".into())
        );
        assert_eq!(
            (&build["branch"], &build["profile"]),
            (&"main".into(), &"dev".into())
        );
        assert_eq!(build["warnings"], 1);
        assert!(build["resolution_seconds"].as_f64().is_some());
    }
    let pieces = |build: &Value| (build["compiled"].as_u64(), build["fresh"].as_u64());
    assert_eq!(pieces(cold), (Some(2), Some(0)));
    assert_eq!(pieces(fresh), (Some(0), Some(2)));
    assert_eq!(
        (&failed["errors"], &failed["exit_code"]),
        (&2.into(), &101.into())
    );

    let detail = |build: &Value| format!("/observability/builds/{}", build["id"].as_str().unwrap());
    let of_cold = app.json(&detail(cold)).await;
    assert_eq!(of_cold["timing"], "cargo", "{of_cold}");
    let names = of_cold["units"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["tower-core", "tower-top"]);
    assert_eq!(of_cold["critical"], serde_json::json!([0, 1]));
    assert_eq!(
        of_cold["units"][0]["features"],
        serde_json::json!(["default", "fast"])
    );
    let binary = &of_cold["binaries"][0];
    let size = fs::metadata(binary["path"].as_str().unwrap())
        .unwrap()
        .len();
    assert_eq!(binary["bytes"], size);
    let of_failed = app.json(&detail(failed)).await;
    let errors: Vec<_> = of_failed["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["is_error"] == true)
        .map(|it| (it["code"].as_str().unwrap(), it["file"].as_str().unwrap()))
        .collect();
    assert!(errors.contains(&("E0308", "top/src/main.rs")), "{errors:?}");
    assert!(errors.contains(&("E0425", "top/src/main.rs")), "{errors:?}");
    let summary = app.json("/observability/builds/summary").await;
    assert_eq!(
        (&summary["succeeded"], &summary["failed"]),
        (&2.into(), &1.into())
    );
    value(
        &app,
        r#"rust_compilation_success_total{project="tower"}"#,
        "2",
    )
    .await;
    value(
        &app,
        r#"rust_compilation_errors_total{error_type="type"}"#,
        "1",
    )
    .await;
    value(
        &app,
        r#"rust_incremental_build_cache_hits{project="tower"}"#,
        "1",
    )
    .await;
    let events = app.json("/observability/events").await;
    let is_told =
        |it: &Value| it["kind"] == "build" && it["title"].as_str().unwrap().contains("2 errors");
    assert!(events.as_array().unwrap().iter().any(is_told), "{events}");
    let csv = app.json("/observability/export/json?table=builds").await;
    assert_eq!(csv.as_array().unwrap().len(), 3);
}

/// The end of a build that was told to nobody waits, and is told with the next.
pub(crate) async fn a_build_is_told_later_when_the_product_is_away() {
    let here = Workspace::new();
    assert!(output(here.build(NOBODY, &BUILD)).await.status.success());
    let (app, _folder) = product().await;
    let folder = |url: &str| {
        let name = url.replace("://", "---").replace(':', "-");
        here.spool().join(name).join("builds")
    };
    let kept: Vec<_> = fs::read_dir(folder(NOBODY)).unwrap().collect();
    assert_eq!(kept.len(), 1);
    fs::create_dir_all(folder(&app.url).parent().unwrap()).unwrap();
    fs::rename(folder(NOBODY), folder(&app.url)).unwrap();
    assert!(output(here.build(&app.url, &BUILD)).await.status.success());
    assert_eq!(builds(&app).await.len(), 2);
    assert_eq!(fs::read_dir(folder(&app.url)).unwrap().count(), 0);
}

/// While it runs the product knows how far it is; killed in the middle, it is told as that.
pub(crate) async fn a_build_that_is_killed_is_interrupted() {
    let (app, _folder) = product().await;
    let here = Workspace::new();
    let script = "fn main() { std::thread::sleep(std::time::Duration::from_secs(50)); }";
    here.write("top/build.rs", script);
    let mut command = here.build(&app.url, &BUILD);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child: Child = command.spawn().unwrap();
    let is_seen = |all: &Value| {
        let build = &all[0];
        let active = build["active"].as_array().map_or(0, Vec::len);
        build["state"] == "running" && active > 0 && build["done"].as_u64() > Some(0)
    };
    app.until("/observability/builds", is_seen).await;
    let pid = child.id().unwrap().to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status().await;
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().await.unwrap().code(), Some(143));
    let told = builds(&app).await;
    assert_eq!((told.len(), &told[0]["state"]), (1, &"interrupted".into()));
}

/// What cargo says is piped into it: it passes as it is, and the exit code says how it ended.
pub(crate) async fn what_is_piped_is_read() {
    let (app, _folder) = product().await;
    let here = Workspace::new();
    here.write("core/src/lib.rs", "pub fn one() -> u32 { \"a\" }");
    let json = ["build", "--offline", "--message-format=json"];
    let said = output(here.command(Path::new(CARGO), &json)).await;
    let human = output(here.command(Path::new(CARGO), &["build", "--offline"])).await;
    let twice = [
        &human.stderr[..],
        b"[Finished running. Exit status: 101]\n[Running 'cargo build']\n",
        &human.stderr,
    ];
    for (input, expected) in [(said.stdout, 1), (twice.concat(), 3)] {
        let mut command = here.build(&app.url, &["--stdin", "--project", "piped"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&input).await.unwrap();
        drop(stdin);
        let passed = child.wait_with_output().await.unwrap();
        assert_eq!(passed.status.code(), Some(101));
        assert!(passed.stdout == input);
        let told = builds(&app).await;
        assert_eq!(told.len(), expected, "{told:?}");
        for build in told {
            assert_eq!(
                (&build["state"], &build["errors"]),
                (&"failure".into(), &1.into())
            );
            assert_eq!(
                (&build["project"], &build["kinds"][0]["name"]),
                (&"piped".into(), &"type".into())
            );
        }
    }
}
