//! Endpoints that are no MCP server, or none that lets us in, and what must not be said of them.

use std::time::Duration;

use mcp::{Config, Level, Protocol, Reason, Step, Verdict};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::fake_http::{Answer, Request, plain, start};
use crate::watching::{http, http_endpoint, hurried, watch};

async fn first(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> (Verdict, String) {
    let server = start(answer).await;
    let mut watching = http(&server.url, &[]);
    let observation = watching.next().await;
    watching.end().await;
    (observation.verdict, server.url.clone())
}

#[tokio::test]
async fn verdicts_of_endpoints_that_answer_amiss() {
    let asks = |status| {
        move || {
            let challenge = "Bearer resource_metadata=\"http://x\"".to_owned();
            Some((status, vec![("www-authenticate", challenge)], String::new()))
        }
    };
    let says = |status, kind, body| move || plain(status, kind, body);
    let html = "<!doctype html><p>hello";
    let json = "application/json";
    type Say = Box<dyn Fn() -> Answer + Send + Sync>;
    let table: Vec<(Say, Level, Reason, &str)> = vec![
        (
            Box::new(asks("401 Unauthorized")),
            Level::Degraded,
            Reason::AuthRequired,
            "is up and asks for sign-in",
        ),
        (
            Box::new(says("401 Unauthorized", json, "{}")),
            Level::Unhealthy,
            Reason::AuthRequired,
            "401",
        ),
        (
            Box::new(asks("403 Forbidden")),
            Level::Degraded,
            Reason::AuthRequired,
            "403",
        ),
        (
            Box::new(says("500 Internal Server Error", "text/plain", "boom")),
            Level::Unhealthy,
            Reason::Http5xx,
            "500",
        ),
        (
            Box::new(says("503 Service Unavailable", "text/html", html)),
            Level::Unhealthy,
            Reason::Http5xx,
            "503",
        ),
        (
            Box::new(says("404 Not Found", "text/html", html)),
            Level::Unhealthy,
            Reason::NotMcp,
            "404 Not Found: it is no MCP endpoint",
        ),
        (
            Box::new(says("404 Not Found", json, "{\"detail\":\"Not Found\"}")),
            Level::Unhealthy,
            Reason::NotMcp,
            "“{\"detail\":\"Not Found\"}”",
        ),
        (
            Box::new(says("405 Method Not Allowed", "text/plain", "")),
            Level::Unhealthy,
            Reason::NotMcp,
            "405",
        ),
        (
            Box::new(says("429 Too Many Requests", "text/plain", "")),
            Level::Degraded,
            Reason::Http4xx,
            "limits requests",
        ),
        (
            Box::new(says("422 Unprocessable Content", json, "{}")),
            Level::Unhealthy,
            Reason::Http4xx,
            "422",
        ),
        (
            Box::new(says("302 Found", "text/plain", "")),
            Level::Unhealthy,
            Reason::NotMcp,
            "redirects",
        ),
        (
            Box::new(says("200 OK", "text/html", html)),
            Level::Unhealthy,
            Reason::NotMcp,
            "text/html",
        ),
        (
            Box::new(says("200 OK", json, "{\"hello\":1}")),
            Level::Unhealthy,
            Reason::InvalidFrame,
            "no MCP message",
        ),
        (
            Box::new(says("200 OK", json, "")),
            Level::Unhealthy,
            Reason::InvalidFrame,
            "no MCP message",
        ),
        (
            Box::new(says("200 OK", "text/event-stream", "")),
            Level::Unhealthy,
            Reason::InvalidFrame,
            "handshake",
        ),
        (
            Box::new(|| None),
            Level::Unhealthy,
            Reason::HandshakeTimeout,
            "within 0.5 s",
        ),
    ];
    for (row, (say, level, reason, words)) in table.into_iter().enumerate() {
        let (verdict, url) = first(move |_| say()).await;
        assert_eq!(
            (verdict.level, verdict.reason),
            (level, reason),
            "row {row}: {verdict:?}"
        );
        assert!(verdict.summary.contains(words), "row {row}: {verdict:?}");
        let general = verdict.summary.contains("handshake");
        assert!(
            general || verdict.summary.contains(&url),
            "row {row}: {verdict:?}"
        );
        assert!(!verdict.action.is_empty(), "row {row}: {verdict:?}");
    }
}

#[tokio::test]
async fn verdicts_of_endpoints_that_cannot_be_reached() {
    let plain_port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain_port.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain_port.accept().await {
            stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .await
                .unwrap();
        }
    });
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let table = [
        (
            "http://nonexistent.invalid/mcp".to_owned(),
            Reason::Dns,
            "nonexistent.invalid",
        ),
        (format!("http://{closed}/mcp"), Reason::Refused, "refused"),
        (
            format!("https://127.0.0.1:{port}"),
            Reason::Tls,
            "plain HTTP",
        ),
        ("ftp://host/mcp".to_owned(), Reason::BadConfig, "http://"),
        ("no url".to_owned(), Reason::BadConfig, "no url"),
    ];
    for (url, reason, words) in table {
        // A machine without a network may take its time to find out that a name does not resolve.
        let config = Config {
            timeout: Duration::from_secs(30),
            ..hurried()
        };
        let endpoint = http_endpoint(&url, &[("X-Api-Key", "hunter2")]);
        let mut watching = watch(endpoint, Protocol::Auto, config);
        let observation = watching.next().await;
        let verdict = &observation.verdict;
        assert_eq!(
            (verdict.level, verdict.reason),
            (Level::Unhealthy, reason),
            "{verdict:?}"
        );
        assert!(verdict.summary.contains(words), "{verdict:?}");
        assert_eq!(observation.steps.len(), 1);
        assert_eq!(observation.steps[0].step, Step::Transport);
        watching.end().await;
    }
}

#[tokio::test]
async fn secrets_never_come_out() {
    let echo = |request: &Request| {
        let said = format!(
            "{} {}",
            request.path,
            request.header("authorization").unwrap_or("")
        );
        plain("400 Bad Request", "text/plain", &said)
    };
    let server = start(echo).await;
    let url = format!(
        "{}?key=hunter3",
        server.url.replace("http://", "http://me:hunter4@")
    );
    let mut watching = http(&url, &[("Authorization", "Bearer hunter2")]);
    let observation = watching.next().await;
    assert_eq!(observation.verdict.reason, Reason::Http4xx);
    assert!(
        !format!("{observation:?}").contains("hunter"),
        "{observation:?}"
    );
    let broken = http("http://host/mcp", &[("Authorization", "hunter2\n")])
        .next()
        .await;
    assert_eq!(broken.verdict.reason, Reason::BadConfig);
    assert!(!format!("{broken:?}").contains("hunter"), "{broken:?}");
    let endpoint = http_endpoint(&url, &[("Authorization", "Bearer hunter2")]);
    assert!(!format!("{endpoint:?}").contains("hunter"), "{endpoint:?}");
}
