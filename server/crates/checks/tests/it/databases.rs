//! Redis and Postgres: scripted peers, and the real ones where they are installed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use checks::{Address, Hidden, Level, PostgresSpec, RedisSpec, Spec};
use tokio::process::{Child, Command};

use crate::peers::{Does, nobody, peer};
use crate::{assert_said, look, look_for};

fn redis(address: Address, password: Option<&str>) -> Spec {
    Spec::Redis(RedisSpec {
        address,
        username: None,
        password: password.map(Hidden::new),
    })
}

#[tokio::test]
async fn redis_peers() {
    for (does, password, level, part) in [
        (
            Does::Answers(&[b"+PONG\r\n", b"$11\r\nloading:1\r\n\r\n"]),
            None,
            Level::Degraded,
            "still loads",
        ),
        (
            Does::Answers(&[b"+OK\r\n", b"+PONG\r\n", b"$0\r\n\r\n"]),
            Some("hunter2"),
            Level::Healthy,
            "answers",
        ),
        (
            Does::Answers(&[b"+PONG\r\n", b"-NOPERM no INFO\r\n"]),
            None,
            Level::Healthy,
            "answers",
        ),
        (
            Does::Answers(&[b"-NOAUTH Authentication required.\r\n"]),
            None,
            Level::Unhealthy,
            "NOAUTH",
        ),
        (
            Does::Answers(&[b"-WRONGPASS invalid\r\n"]),
            Some("hunter2"),
            Level::Unhealthy,
            "WRONGPASS",
        ),
        (
            Does::Answers(&[b"-ERR unknown command AUTH, with args: hunter2\r\n"]),
            Some("hunter2"),
            Level::Unhealthy,
            "with args: ***REDACTED***",
        ),
        (
            Does::Answers(&[b"-LOADING Redis is loading the dataset in memory\r\n"]),
            None,
            Level::Unhealthy,
            "LOADING",
        ),
        (
            Does::Answers(&[b"+PING\r\n"]),
            None,
            Level::Unhealthy,
            "does not answer to PING as Redis does",
        ),
        (
            Does::Answers(&[b"+PONG\r\n", b"$99999999999\r\n"]),
            None,
            Level::Unhealthy,
            "to INFO as Redis does",
        ),
        (
            Does::Answers(&[b"+PONG\r\n", b"$-1\r\n"]),
            None,
            Level::Unhealthy,
            "to INFO as Redis does",
        ),
        (
            Does::Answers(&[b"HTTP/1.1 400 Bad Request\r\n"]),
            None,
            Level::Unhealthy,
            "to PING as Redis does",
        ),
        (
            Does::Floods(b"+PONG"),
            None,
            Level::Unhealthy,
            "to PING as Redis does",
        ),
        (Does::HangsUp, None, Level::Unhealthy, "cannot be reached"),
    ] {
        let spec = redis(peer(does).await, password);
        let outcome = look(&spec).await;
        assert_said(&outcome, level, part);
        assert!(!format!("{spec:?}{outcome:?}").contains("hunter2"));
    }
    let outcome = look(&redis(nobody().await, None)).await;
    assert_said(&outcome, Level::Unhealthy, "refuses connections");
    let silent = redis(peer(Does::Keeps).await, None);
    let outcome = look_for(&silent, Duration::from_millis(200)).await;
    assert_said(&outcome, Level::Unhealthy, "No answer within 0.2 s");
}

/// Waits until something is healthy, within a minute.
async fn until_healthy(spec: &Spec) {
    for _ in 0..600 {
        if look(spec).await.level == Level::Healthy {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?}", look(spec).await);
}

#[tokio::test]
async fn a_real_redis() {
    let address = nobody().await;
    let folder = tempfile::tempdir().unwrap();
    let started = Command::new("redis-server")
        .args([
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--requirepass",
            "hunter2",
            "--port",
        ])
        .arg(address.port.to_string())
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let _server = started.expect("redis-server (apt-get install redis-server)");
    until_healthy(&redis(address.clone(), Some("hunter2"))).await;
    let outcome = look(&redis(address.clone(), Some("hunter2"))).await;
    assert_said(&outcome, Level::Healthy, "answers (version ");
    assert_eq!(
        outcome.value,
        Some(1.0),
        "the check itself is the only client"
    );
    for (password, part) in [(None, "NOAUTH"), (Some("wrong"), "WRONGPASS")] {
        let outcome = look(&redis(address.clone(), password)).await;
        assert_said(&outcome, Level::Unhealthy, part);
    }
}

fn postgres(url: &str) -> Spec {
    Spec::Postgres(PostgresSpec {
        url: Hidden::new(url),
    })
}

#[tokio::test]
async fn postgres_peers() {
    for (address, part) in [
        (nobody().await, "refuses connections"),
        (
            peer(Does::Says(b"R\0\0\0\x04\0\0\0\0")).await,
            "does not answer as Postgres does",
        ),
        (peer(Does::HangsUp).await, ""),
    ] {
        let spec = postgres(&format!(
            "postgres://ann:hunter2@{address}/shop?sslmode=disable"
        ));
        let outcome = look(&spec).await;
        assert_said(&outcome, Level::Unhealthy, part);
        assert!(
            !format!("{spec:?}{outcome:?}").contains("hunter2"),
            "{outcome:?}"
        );
    }
    // Read as Postgres, the second is the beginning of a message of more than a gigabyte.
    for does in [Does::Keeps, Does::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n")] {
        let address = peer(does).await;
        let spec = postgres(&format!("postgres://ann@{address}/shop?sslmode=disable"));
        let outcome = look_for(&spec, Duration::from_millis(200)).await;
        assert_said(&outcome, Level::Unhealthy, "No answer within 0.2 s");
    }
}

#[test]
fn addresses_of_databases() {
    let verify = |url: &str| {
        PostgresSpec {
            url: Hidden::new(url),
        }
        .verify()
    };
    for (url, is_right) in [
        (
            "postgres://ann:x@db.example:5432/shop?sslmode=require",
            true,
        ),
        ("postgresql://db.example/shop", true),
        ("postgres://db.example/shop?sslmode=hunter2", false),
        ("mysql://db.example/hunter2", false),
        ("db.example", false),
    ] {
        let verified = verify(url);
        assert_eq!(verified.is_ok(), is_right, "{url}");
        assert!(verified.err().is_none_or(|why| !why.contains("hunter2")));
    }
}

/// A database server in a folder of its own; ended when dropped.
struct Server {
    _process: Child,
    _folder: tempfile::TempDir,
}

/// Where the programs of Postgres are: Debian keeps those of each version in a folder, others in the `PATH`.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter();
    let debian = versions
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_it = |bin: &PathBuf| bin.join("initdb").is_file();
    let found = debian.filter(is_it).max();
    found.or_else(|| std::env::split_paths(&path).find(is_it))
}

/// As whom it runs: Postgres refuses to be root.
fn command(program: &Path) -> Command {
    let is_root = std::fs::metadata("/proc/self")
        .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    match is_root {
        false => Command::new(program),
        true => {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                .arg(program);
            command
        }
    }
}

async fn start(port: u16) -> Server {
    let bin = programs().expect("Postgres (apt-get install postgresql)");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let password = folder.path().join("password");
    std::fs::write(&password, "hunter2\n").unwrap();
    let opened = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), opened).unwrap();
    let made = command(&bin.join("initdb"))
        .args([
            "--username=ann",
            "--auth=scram-sha-256",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ])
        .arg(format!("--pwfile={}", password.display()))
        .arg("--pgdata")
        .arg(&data)
        .current_dir(folder.path())
        .output()
        .await
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let process = command(&bin.join("postgres"))
        .arg("-D")
        .arg(&data)
        .args(["-h", "127.0.0.1", "-F", "-p"])
        .arg(port.to_string())
        .args(["-c", "unix_socket_directories="])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    Server {
        _process: process,
        _folder: folder,
    }
}

#[tokio::test]
async fn a_real_postgres() {
    let address = nobody().await;
    let _server = start(address.port).await;
    let url = |user: &str, base: &str| postgres(&format!("postgres://{user}@{address}/{base}"));
    until_healthy(&url("ann:hunter2", "postgres")).await;
    for (user, base, part) in [
        ("ann:wrong", "postgres", "password authentication failed"),
        (
            "nobody:hunter2",
            "postgres",
            "password authentication failed",
        ),
        ("ann:hunter2", "shop", "database \"shop\" does not exist"),
    ] {
        let outcome = look(&url(user, base)).await;
        assert_said(&outcome, Level::Unhealthy, part);
        assert!(!format!("{outcome:?}").contains("hunter2"), "{outcome:?}");
    }
    let outcome = look(&postgres(&format!(
        "postgres://ann:hunter2@{address}/postgres?sslmode=require"
    )))
    .await;
    assert_said(&outcome, Level::Unhealthy, "TLS with");
}
