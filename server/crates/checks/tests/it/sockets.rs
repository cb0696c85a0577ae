//! TCP, and Docker's socket.

use std::path::Path;
use std::time::Duration;

use checks::{Address, DockerSpec, Level, Spec, TcpSpec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::peers::{Does, nobody, peer};
use crate::{assert_said, look, look_for};

#[tokio::test]
async fn ports() {
    let unknown = Address {
        host: "nowhere.invalid".to_owned(),
        port: 1,
    };
    for (address, level, part) in [
        (
            peer(Does::Keeps).await,
            Level::Healthy,
            "accepts connections",
        ),
        (nobody().await, Level::Unhealthy, "refuses connections"),
        (
            unknown,
            Level::Unhealthy,
            "nowhere.invalid cannot be resolved",
        ),
    ] {
        let outcome = look(&Spec::Tcp(TcpSpec { address })).await;
        assert_said(&outcome, level, part);
    }
}

/// A daemon that answers every request so.
fn daemon(socket: &Path, status: &'static str, body: &'static str) {
    let listener = UnixListener::bind(socket).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut heard = vec![0; 4096];
            let read = stream.read(&mut heard).await.unwrap();
            let asked = String::from_utf8_lossy(&heard[..read]).into_owned();
            assert!(asked.starts_with("GET /containers/db-1/json "), "{asked}");
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
}

#[tokio::test]
async fn containers() {
    const RUNS: &str = r#"{"RestartCount": 2, "State": {"Status": "running", "Running": true}}"#;
    const WELL: &str =
        r#"{"RestartCount": 0, "State": {"Status": "running", "Health": {"Status": "healthy"}}}"#;
    const BEGINS: &str =
        r#"{"RestartCount": 0, "State": {"Status": "running", "Health": {"Status": "starting"}}}"#;
    const ILL: &str =
        r#"{"RestartCount": 0, "State": {"Status": "running", "Health": {"Status": "unhealthy"}}}"#;
    const OVER: &str = r#"{"State": {"Status": "exited", "ExitCode": 137, "OOMKilled": false}}"#;
    const TOO_LARGE: &str =
        r#"{"State": {"Status": "exited", "ExitCode": 137, "OOMKilled": true}}"#;
    const PAUSED: &str = r#"{"State": {"Status": "paused"}}"#;
    let folder = tempfile::tempdir().unwrap();
    for (n, (status, body, level, part, value)) in (0..).zip([
        (
            "200 OK",
            RUNS,
            Level::Healthy,
            "container db-1 runs.",
            Some(2.0),
        ),
        (
            "200 OK",
            WELL,
            Level::Healthy,
            "container db-1 runs.",
            Some(0.0),
        ),
        (
            "200 OK",
            BEGINS,
            Level::Degraded,
            "has not passed yet",
            Some(0.0),
        ),
        (
            "200 OK",
            ILL,
            Level::Unhealthy,
            "fails its own health check",
            None,
        ),
        (
            "200 OK",
            OVER,
            Level::Unhealthy,
            "is exited with exit code 137",
            None,
        ),
        (
            "200 OK",
            TOO_LARGE,
            Level::Unhealthy,
            "used more memory than it may",
            None,
        ),
        ("200 OK", PAUSED, Level::Unhealthy, "is paused", None),
        (
            "200 OK",
            "[]",
            Level::Unhealthy,
            "does not answer as Docker does",
            None,
        ),
        (
            "200 OK",
            "hello",
            Level::Unhealthy,
            "does not answer as Docker does",
            None,
        ),
        (
            "404 Not Found",
            "{}",
            Level::Unhealthy,
            "There is no container db-1",
            None,
        ),
        (
            "500 Internal Server Error",
            "{}",
            Level::Unhealthy,
            "(500 Internal",
            None,
        ),
    ]) {
        let socket = folder.path().join(format!("{n}.sock"));
        daemon(&socket, status, body);
        let container = "db-1".to_owned();
        let outcome = look(&Spec::Docker(DockerSpec { container, socket })).await;
        assert_said(&outcome, level, part);
        assert_eq!(outcome.value, value, "{body}");
    }
}

#[tokio::test]
async fn daemons_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let spec = |name: &str| {
        let (container, socket) = ("db-1".to_owned(), folder.path().join(name));
        Spec::Docker(DockerSpec { container, socket })
    };
    let outcome = look(&spec("none.sock")).await;
    assert_said(&outcome, Level::Unhealthy, "There is no socket");
    drop(std::os::unix::net::UnixListener::bind(folder.path().join("left.sock")).unwrap());
    let outcome = look(&spec("left.sock")).await;
    assert_said(&outcome, Level::Unhealthy, "refuses connections");
    let _silent = UnixListener::bind(folder.path().join("silent.sock")).unwrap();
    let outcome = look_for(&spec("silent.sock"), Duration::from_millis(200)).await;
    assert_said(&outcome, Level::Unhealthy, "No answer within 0.2 s");
}

#[test]
fn names_of_containers() {
    for (text, expected) in [
        ("db-1", true),
        ("a.b_c", true),
        ("0f3a", true),
        ("", false),
        ("-x", false),
        ("../images", false),
        ("a/json?x", false),
        ("a b", false),
    ] {
        assert_eq!(DockerSpec::is_name(text), expected, "{text}");
    }
}
