//! HTTP: statuses, bodies, redirects, and peers that mean no good.

use std::time::Duration;

use checks::{Fault, Hidden, HttpSpec, Level, Pattern, Redirects, Spec};

use crate::peers::{Does, nobody, peer};
use crate::{assert_said, look, look_for};

fn spec(url: String) -> HttpSpec {
    HttpSpec {
        url,
        method: "GET".to_owned(),
        status: Vec::new(),
        body: None,
        headers: Vec::new(),
        redirects: Redirects::None,
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"queue\": 117}";
const GONE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
const DENIED: &[u8] = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
const NO_HTTP: &[u8] = b"SSH-2.0-OpenSSH_9.2\r\n\r\n";

#[tokio::test]
async fn answers() {
    let body = |text: &str| Some(Pattern::parse(text).unwrap());
    for (answer, status, pattern, level, part, value) in [
        (
            OK,
            vec![],
            None,
            Level::Healthy,
            "answers 200 OK",
            Some(200.0),
        ),
        (
            OK,
            vec![],
            body(r#""queue": (?<value>\d+)"#),
            Level::Healthy,
            "answers 200 OK",
            Some(117.0),
        ),
        (
            OK,
            vec![],
            body("ready"),
            Level::Unhealthy,
            "does not match ready",
            None,
        ),
        (
            OK,
            vec![204, 404],
            None,
            Level::Unhealthy,
            "200 OK where 204 or 404 is expected",
            None,
        ),
        (
            GONE,
            vec![],
            None,
            Level::Unhealthy,
            "503 Service Unavailable where 2xx is expected",
            None,
        ),
        (
            GONE,
            vec![503],
            None,
            Level::Healthy,
            "answers 503",
            Some(503.0),
        ),
        (
            DENIED,
            vec![],
            None,
            Level::Unhealthy,
            "401 Unauthorized",
            None,
        ),
        (
            NO_HTTP,
            vec![],
            None,
            Level::Unhealthy,
            "invalid HTTP version",
            None,
        ),
    ] {
        let address = peer(Does::Says(answer)).await;
        let spec = HttpSpec {
            status,
            body: pattern,
            ..spec(format!("http://{address}/health?key=hunter2"))
        };
        let outcome = look(&Spec::Http(spec)).await;
        assert_said(&outcome, level, part);
        assert_eq!(outcome.value, value);
        assert!(!format!("{outcome:?}").contains("hunter2"), "{outcome:?}");
    }
}

#[tokio::test]
async fn what_is_not_there() {
    let refused = nobody().await;
    let hangs_up = peer(Does::HangsUp).await;
    let silent = peer(Does::Keeps).await;
    let limit = Duration::from_millis(300);
    for (url, part) in [
        (format!("http://{refused}/"), "refuses connections"),
        (format!("http://{hangs_up}/"), "cannot be reached"),
        (format!("http://{silent}/"), "No answer within 0.3 s"),
        (
            format!("https://{}/", peer(Does::Says(NO_HTTP)).await),
            "TLS with 127.0.0.1:",
        ),
        (
            "http://nowhere.invalid/".to_owned(),
            "nowhere.invalid cannot be resolved",
        ),
    ] {
        // A name server may think longer than a peer on this machine.
        let limit = if url.contains("invalid") {
            limit * 20
        } else {
            limit
        };
        let outcome = look_for(&Spec::Http(spec(url)), limit).await;
        assert_said(&outcome, Level::Unhealthy, part);
    }
}

#[tokio::test]
async fn a_body_without_end_is_read_up_to_a_limit() {
    const LINE: &[u8] =
        b"HTTP/1.1 200 OK\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    let address = peer(Does::Floods(LINE)).await;
    let spec = HttpSpec {
        body: Some(Pattern::parse("never there").unwrap()),
        ..spec(format!("http://{address}/"))
    };
    let outcome = look_for(&Spec::Http(spec), Duration::from_secs(30)).await;
    assert_said(&outcome, Level::Unhealthy, "does not match never there");
}

#[tokio::test]
async fn redirects() {
    let target = peer(Does::Says(OK)).await;
    let to = |place: String| -> &'static [u8] {
        let text = format!(
            "HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        Box::leak(text.into_bytes().into_boxed_slice())
    };
    let elsewhere = peer(Does::Says(to(format!("http://{target}/")))).await;
    let round = peer(Does::Says(to("/again".to_owned()))).await;
    let metadata = peer(Does::Says(to(
        "http://169.254.169.254/latest/meta-data/".to_owned()
    )))
    .await;
    let hidden = peer(Does::Says(
        to("http://[::ffff:169.254.169.254]/".to_owned()),
    ))
    .await;
    for (from, redirects, level, part) in [
        (
            &elsewhere,
            Redirects::None,
            Level::Unhealthy,
            "answers 302 Found where 2xx",
        ),
        (&elsewhere, Redirects::Any, Level::Healthy, "answers 200 OK"),
        (
            &elsewhere,
            Redirects::SameOrigin,
            Level::Unhealthy,
            "another origin",
        ),
        (
            &round,
            Redirects::SameOrigin,
            Level::Unhealthy,
            "more than 5 redirects",
        ),
        (
            &round,
            Redirects::Any,
            Level::Unhealthy,
            "more than 5 redirects",
        ),
        (&metadata, Redirects::Any, Level::Unhealthy, "link-local"),
        (&hidden, Redirects::Any, Level::Unhealthy, "link-local"),
    ] {
        let spec = HttpSpec {
            redirects,
            ..spec(format!("http://{from}/"))
        };
        let outcome = look(&Spec::Http(spec)).await;
        assert_said(&outcome, level, part);
    }
}

#[tokio::test]
async fn headers_are_sent_and_not_shown() {
    let address = peer(Does::Says(DENIED)).await;
    let spec = HttpSpec {
        headers: vec![("authorization".to_owned(), Hidden::new("Bearer hunter2"))],
        ..spec(format!("http://ann:hunter2@{address}/"))
    };
    assert!(!format!("{:?}", spec.headers).contains("hunter2"));
    let outcome = look(&Spec::Http(spec)).await;
    assert!(
        matches!(outcome.error, Some(Fault::Denied(_))),
        "{outcome:?}"
    );
    assert!(!format!("{outcome:?}").contains("hunter2"), "{outcome:?}");
}
