//! Servers that want to know who asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mcp::{Endpoint, Level, OAuth, Protocol, Reason, Step, Transport};
use serde_json::json;

use crate::fake_http::{Answer, Request, Server, mcp, plain, start};
use crate::script::Script;
use crate::watching::{Watching, http, hurried, watch};

fn host(request: &Request) -> String {
    format!("http://{}", request.header("host").unwrap())
}

fn document(value: &serde_json::Value) -> Answer {
    plain("200 OK", "application/json", &value.to_string())
}

fn refuse() -> Answer {
    plain("401 Unauthorized", "text/plain", "")
}

#[tokio::test]
async fn a_server_that_says_where_to_sign_in_is_up() {
    let suffixed = "/.well-known/oauth-protected-resource/mcp";
    let root = "/.well-known/oauth-protected-resource";
    let good = |host: &str| json!({ "resource": format!("{host}/mcp"), "authorization_servers": [format!("{host}/login")] });
    let foreign = |_: &str| json!({ "resource": "https://other.example/", "authorization_servers": ["https://x"] });
    type Document = fn(&str) -> serde_json::Value;
    for (place, document_of, level) in [
        (suffixed, good as Document, Level::Degraded),
        (root, good, Level::Degraded),
        ("/elsewhere", good, Level::Unhealthy),
        (suffixed, foreign, Level::Unhealthy),
    ] {
        let server = start(move |request| match request.path.as_str() {
            path if path == place => document(&document_of(&host(request))),
            path if path.starts_with("/.well-known") => plain("404 Not Found", "text/plain", ""),
            _ => refuse(),
        })
        .await;
        let mut watching = http(&server.url, &[]);
        let observation = watching.next().await;
        watching.end().await;
        let verdict = &observation.verdict;
        assert_eq!(
            (verdict.level, verdict.reason),
            (level, Reason::AuthRequired),
            "{verdict:?}"
        );
        let named = verdict
            .summary
            .contains("tokens are given by http://127.0.0.1");
        assert_eq!(named, level == Level::Degraded, "{verdict:?}");
        let steps: Vec<_> = observation
            .steps
            .iter()
            .map(|it| (it.step, it.outcome.is_ok()))
            .collect();
        assert_eq!(
            steps,
            [(Step::Transport, true), (Step::Authentication, false)]
        );
    }
}

#[tokio::test]
async fn nobody_is_led_to_a_metadata_service() {
    let challenge = "Bearer resource_metadata=\"http://169.254.169.254/latest/meta-data\"";
    let server = start(move |request| match request.path.as_str() {
        path if path.starts_with("/.well-known") => Some((
            "302 Found",
            vec![("location", "http://127.0.0.1:1/secret".to_owned())],
            String::new(),
        )),
        _ => Some((
            "401 Unauthorized",
            vec![("www-authenticate", challenge.to_owned())],
            String::new(),
        )),
    })
    .await;
    let mut watching = http(&server.url, &[]);
    let verdict = watching.next().await.verdict;
    assert_eq!(
        (verdict.level, verdict.reason),
        (Level::Degraded, Reason::AuthRequired)
    );
    assert!(
        !verdict.summary.contains("tokens are given by"),
        "{verdict:?}"
    );
    watching.end().await;
}

#[tokio::test]
async fn redirects_to_other_hosts_are_not_followed() {
    for (status, to) in [
        (
            "307 Temporary Redirect",
            "http://169.254.169.254/latest/meta-data",
        ),
        ("308 Permanent Redirect", "http://127.0.0.1:1/mcp"),
        ("302 Found", "/other"),
    ] {
        let server =
            start(move |_| Some((status, vec![("location", to.to_owned())], String::new()))).await;
        let mut watching = http(&server.url, &[("Authorization", "Bearer hunter2")]);
        let verdict = watching.next().await.verdict;
        assert_eq!(verdict.reason, Reason::NotMcp, "{verdict:?}");
        assert!(
            verdict.summary.contains("redirects to another address"),
            "{verdict:?}"
        );
        watching.end().await;
        let requests = server.requests.lock().unwrap();
        assert!(
            requests.iter().all(|request| request.path == "/mcp"),
            "{requests:?}"
        );
    }
}

/// An MCP server and its authorization server in one; tokens are numbered.
async fn guarded(
    tokens: Arc<AtomicUsize>,
    lasts: u64,
    accepts: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> Server {
    start(move |request| {
        let host = host(request);
        match request.path.as_str() {
            "/.well-known/oauth-protected-resource/mcp" => document(&json!({
                "resource": format!("{host}/mcp"), "authorization_servers": [format!("{host}/login")],
            })),
            "/.well-known/oauth-authorization-server/login" => document(&json!({
                "issuer": format!("{host}/login"), "token_endpoint": format!("{host}/token"),
            })),
            // me:hunter2
            "/token" if request.header("authorization") != Some("Basic bWU6aHVudGVyMg==") => plain(
                "401 Unauthorized",
                "application/json",
                &json!({ "error": "invalid_client", "error_description": "not hunter3" }).to_string(),
            ),
            "/token" => {
                let number = tokens.fetch_add(1, Ordering::SeqCst);
                document(&json!({ "access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": lasts }))
            }
            _ if request.header("authorization").is_some_and(&accepts) => {
                mcp(&Script::default(), "s1", false, request)
            }
            _ => refuse(),
        }
    })
    .await
}

fn signed(url: &str, secret: &str, token_url: Option<String>) -> Watching {
    let endpoint = Endpoint::Http {
        url: url.to_owned(),
        headers: Vec::new(),
        oauth: Some(OAuth {
            client_id: "me".to_owned(),
            client_secret: secret.to_owned(),
            scope: Some("read".to_owned()),
            token_url,
        }),
        transport: Transport::Auto,
    };
    watch(endpoint, Protocol::Auto, hurried())
}

#[tokio::test]
async fn a_token_is_got_kept_and_renewed() {
    // How long tokens last, which are accepted → how many are got for three probes.
    type Accepts = fn(&str) -> bool;
    for (lasts, accepts, most) in [
        (3600, (|_| true) as Accepts, 1),
        (3600, |header| header != "Bearer t0", 2),
        (0, |_| true, 100),
    ] {
        for named in [false, true] {
            let tokens = Arc::new(AtomicUsize::new(0));
            let server = guarded(Arc::clone(&tokens), lasts, accepts).await;
            let token_url = named.then(|| server.url.replace("/mcp", "/token"));
            let mut watching = signed(&server.url, "hunter2", token_url);
            for probe in 0..3 {
                let observation = watching.next().await;
                let verdict = &observation.verdict;
                assert_eq!(verdict.level, Level::Healthy, "{verdict:?}");
                let steps: Vec<_> = observation.steps.iter().map(|it| it.step).collect();
                assert_eq!(steps.contains(&Step::Authentication), probe == 0);
            }
            watching.end().await;
            let got = tokens.load(Ordering::SeqCst);
            assert!(
                if most < 100 { got == most } else { got > 3 },
                "{got} tokens"
            );
            let requests = server.requests.lock().unwrap();
            let asked = requests.iter().find(|it| it.path == "/token").unwrap();
            assert!(
                asked.body.contains("grant_type=client_credentials"),
                "{asked:?}"
            );
            assert!(asked.body.contains("scope=read") && asked.body.contains("resource=http"));
            assert!(!asked.body.contains("hunter2"));
        }
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_asked_and_it_is_said_why() {
    let server = guarded(Arc::default(), 60, |_| true).await;
    let mut watching = signed(&server.url, "hunter3", None);
    let observation = watching.next().await;
    watching.end().await;
    let verdict = &observation.verdict;
    assert_eq!(
        (verdict.level, verdict.reason),
        (Level::Unhealthy, Reason::AuthExpired)
    );
    assert!(
        verdict
            .summary
            .contains("“invalid_client: not ***REDACTED***”"),
        "{verdict:?}"
    );
    assert!(verdict.action.contains("client_secret"), "{verdict:?}");
    assert_eq!(observation.steps.len(), 1);
    assert_eq!(observation.steps[0].step, Step::Authentication);
    assert!(!format!("{observation:?}").contains("hunter"));
    let requests = server.requests.lock().unwrap();
    assert!(requests.iter().all(|request| request.path != "/mcp"));
}

#[tokio::test]
async fn a_token_that_a_server_quotes_is_not_shown() {
    for by_itself in [false, true] {
        let server = start(|request| match request.path.as_str() {
            "/token" => document(&json!({ "access_token": "given-4711", "expires_in": 3600 })),
            _ => {
                let sent = request.header("authorization").unwrap_or_default();
                plain(
                    "400 Bad Request",
                    "text/plain",
                    &format!("do not know {sent}"),
                )
            }
        })
        .await;
        let mut watching = match by_itself {
            true => http(&server.url, &[("Authorization", "Bearer given-4711")]),
            false => signed(
                &server.url,
                "hunter2",
                Some(server.url.replace("/mcp", "/token")),
            ),
        };
        let observation = watching.next().await;
        watching.end().await;
        let summary = &observation.verdict.summary;
        assert!(summary.contains("do not know"), "{summary}");
        assert!(summary.contains("***REDACTED***"), "{summary}");
        assert!(
            !format!("{observation:?}").contains("given-4711"),
            "{observation:?}"
        );
    }
}

#[tokio::test]
async fn a_token_endpoint_that_moves_is_found_again() {
    let moved = Arc::new(AtomicBool::new(false));
    let is_moved = Arc::clone(&moved);
    let server = start(move |request| {
        let host = host(request);
        let moved = is_moved.load(Ordering::SeqCst);
        let place = if moved { "/new" } else { "/old" };
        match request.path.as_str() {
            "/.well-known/oauth-protected-resource/mcp" => document(&json!({
                "resource": format!("{host}/mcp"), "authorization_servers": [format!("{host}/login")],
            })),
            "/.well-known/oauth-authorization-server/login" => document(&json!({
                "issuer": format!("{host}/login"), "token_endpoint": format!("{host}{place}"),
            })),
            path if path == place => {
                document(&json!({ "access_token": format!("token-of{place}"), "expires_in": 3600 }))
            }
            "/old" => plain("404 Not Found", "text/plain", ""),
            _ if request.header("authorization") == Some(&format!("Bearer token-of{place}")) => {
                mcp(&Script::default(), "s1", false, request)
            }
            _ => refuse(),
        }
    })
    .await;
    let mut watching = signed(&server.url, "hunter2", None);
    assert_eq!(watching.next().await.verdict.level, Level::Healthy);
    moved.store(true, Ordering::SeqCst);
    let mut verdict = watching.next().await.verdict;
    for _ in 0..5 {
        if verdict.level == Level::Healthy {
            break;
        }
        verdict = watching.next().await.verdict;
    }
    watching.end().await;
    assert_eq!(verdict.level, Level::Healthy, "{verdict:?}");
    let requests = server.requests.lock().unwrap();
    assert!(requests.iter().any(|request| request.path == "/new"));
}

#[tokio::test]
async fn a_client_secret_goes_to_no_host_that_only_the_server_names() {
    let server = start(|request| {
        let host = host(request);
        match request.path.as_str() {
            "/.well-known/oauth-protected-resource/mcp" => document(&json!({
                "resource": format!("{host}/mcp"), "authorization_servers": [format!("{host}/login")],
            })),
            "/.well-known/oauth-authorization-server/login" => document(&json!({
                "issuer": format!("{host}/login"), "token_endpoint": "https://203.0.113.7/token",
            })),
            _ => refuse(),
        }
    })
    .await;
    let mut watching = signed(&server.url, "hunter2", None);
    let verdict = watching.next().await.verdict;
    watching.end().await;
    assert_eq!(
        (verdict.level, verdict.reason),
        (Level::Unhealthy, Reason::AuthExpired)
    );
    for words in [
        "would send the client secret to another host",
        "token_url = \"https://203.0.113.7/token\"",
    ] {
        assert!(verdict.summary.contains(words), "{verdict:?}");
    }
    let requests = server.requests.lock().unwrap();
    assert!(requests.iter().all(|request| request.path != "/mcp"));
}
