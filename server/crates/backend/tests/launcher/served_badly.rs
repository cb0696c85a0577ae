//! A started server over HTTP, asked in ways that it must not be.

use backend::config::{ApiKey, Endpoint, Secret};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::orders::{config, server, start};
use crate::served::{INITIALIZE, Visitor, many, until_running};

const PING: &str = r#"{"jsonrpc":"2.0","id":9,"method":"ping"}"#;

pub(crate) async fn bad_input_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let others = server(folder.path(), "private");
    let app = start(folder.path(), config(vec![many(folder.path()), others])).await;
    until_running(&app).await;
    let visitor = Visitor::begin(&app).await;
    let large = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":"{}"}}"#,
        "y".repeat(5 << 20)
    );
    for (body, status, words) in [
        ("{", 400, "no JSON"),
        ("[]", 400, "batch"),
        ("{}", 400, "jsonrpc"),
        (
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            400,
            "nothing was asked",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"loud"}}"#,
            400,
            "params.level",
        ),
        (large.as_str(), 413, "4194304 bytes"),
        (PING, 200, "\"result\""),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#,
            200,
            "-32601",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            202,
            "",
        ),
    ] {
        let (found, text) = visitor.say(body).await;
        let shown = &body[..body.len().min(100)];
        assert_eq!(found, status, "{shown}: {text}");
        assert!(text.contains(words), "{shown}: {text}");
    }

    // Headers.
    for (name, value, status) in [
        (
            "mcp-session-id",
            "00000000-0000-0000-0000-000000000000",
            404,
        ),
        ("origin", "http://evil.example", 403),
        ("host", "evil.example", 403),
        ("accept", "application/json", 406),
        ("content-type", "text/plain", 415),
        ("mcp-protocol-version", "1999-01-01", 400),
    ] {
        let mut request = visitor.post(PING.to_owned()).build().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let response = app.http.execute(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{name}: {value}");
    }
    let without = Visitor {
        app: &app,
        session: String::new(),
    };
    let (status, text) = without.say(PING).await;
    assert!(
        status == 400 && text.contains("send initialize first"),
        "{text}"
    );
    // A client of the stateless era learns in a way that it knows that it has to begin otherwise.
    let modern = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
    let request = without.post(modern.to_owned());
    let request = request.header("mcp-protocol-version", "2026-07-28");
    let request = request.header("mcp-method", "server/discover");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"]["code"], -32600, "{answer}");

    // Streams.
    let listen = |session: &str, origin: Option<&str>| {
        let request = app.http.get(format!("{}/servers/many/mcp", app.url));
        let request = request.header("accept", "text/event-stream");
        let request = request.header("mcp-session-id", session);
        match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        }
    };
    let foreign = listen(&visitor.session, Some("http://evil.example"));
    assert_eq!(
        foreign.send().await.unwrap().status(),
        403,
        "a stream is no exception"
    );
    assert_eq!(listen("nobody", None).send().await.unwrap().status(), 404);
    let first = listen(&visitor.session, None).send().await.unwrap();
    assert_eq!(first.status(), 200);
    let second = listen(&visitor.session, None).send().await.unwrap();
    assert_eq!(second.status(), 409, "one stream for each session");
    drop(first);

    // Other names.
    for (name, words) in [("private", "serve_http"), ("nobody", "serve_http")] {
        let request = app.http.post(format!("{}/servers/{name}/mcp", app.url));
        let response = request.json(&json!({})).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
        assert!(response.text().await.unwrap().contains(words));
    }

    // The end.
    let end = || {
        let request = app.http.delete(format!("{}/servers/many/mcp", app.url));
        request.header("mcp-session-id", &visitor.session).send()
    };
    assert_eq!(end().await.unwrap().status(), 204);
    assert_eq!(end().await.unwrap().status(), 404);
    assert_eq!(visitor.say(PING).await.0, 404);

    // More than may be.
    let mut visitors = Vec::new();
    for _ in 0..64 {
        visitors.push(Visitor::begin(&app).await);
    }
    let (status, text) = without.say(INITIALIZE).await;
    assert!(status == 429 && text.contains("64 sessions"), "{text}");
    let hanging = |id: usize| {
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "hang" } });
        visitors[0].post(call.to_string()).send()
    };
    // Each is on its way as soon as its stream begins.
    let open = futures::future::join_all((0..64).map(hanging)).await;
    assert!(
        open.iter()
            .all(|response| response.as_ref().unwrap().status() == 200)
    );
    let response = hanging(64).await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
    let (status, text) = visitors[1].say(PING).await;
    assert_eq!(status, 200, "others are not held up: {text}");
    app.stop().await;
}

pub(crate) async fn who_may_not_act_stays_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(vec![many(folder.path())]);
    let roles = [
        ("looks", wire::Role::Viewer),
        ("acts", wire::Role::Operator),
        ("other", wire::Role::Operator),
    ];
    config.auth.keys.extend(roles.map(|(name, role)| ApiKey {
        name: name.to_owned(),
        key: Secret::new(key(name)),
        role,
    }));
    let app = start(folder.path(), config).await;
    let say = async |who: Option<&str>, session: Option<&str>, body: &'static str| {
        let mut request = app.http.post(format!("{}/servers/many/mcp", app.url));
        request = request.header("content-type", "application/json");
        if let Some(who) = who {
            request = request.bearer_auth(key(who));
        }
        if let Some(session) = session {
            request = request.header("mcp-session-id", session);
        }
        let response = request.body(body).send().await.unwrap();
        let session = response.headers().get("mcp-session-id").cloned();
        let session = session.map(|it| it.to_str().unwrap().to_owned());
        (response.status().as_u16(), session)
    };
    assert_eq!(say(None, None, INITIALIZE).await.0, 401);
    assert_eq!(say(Some("looks"), None, INITIALIZE).await.0, 403);
    let begun = std::time::Instant::now();
    let session = loop {
        let (status, session) = say(Some("acts"), None, INITIALIZE).await;
        if status == 200 {
            break session.unwrap();
        }
        assert_eq!(status, 503, "until it runs");
        assert!(begun.elapsed() < std::time::Duration::from_secs(20));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(say(Some("acts"), Some(&session), PING).await.0, 200);
    let foreign = say(Some("other"), Some(&session), PING).await;
    assert_eq!(foreign.0, 404, "a session is for who began it");
    app.stop().await;
}

fn key(name: &str) -> String {
    format!("{name}-0123456789-0123456789")
}

pub(crate) async fn a_stopped_server_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), config(vec![many(folder.path())])).await;
    until_running(&app).await;
    let visitor = Visitor::begin(&app).await;
    let order = async |app: &TestApp, what: &str| {
        let path = format!("/observability/launcher/many/{what}");
        app.post(&path, json!({})).await
    };
    let hanging = visitor.post(
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"hang"}}"#.to_owned(),
    );
    let hanging = hanging.send().await.unwrap();
    assert_eq!(order(&app, "stop").await.0, 200);
    let text = hanging.text().await.unwrap();
    assert!(text.contains("before it answered"), "{text}");
    app.until("/observability/launcher", |all| all[0]["pid"].is_null())
        .await;
    for body in [PING, INITIALIZE] {
        let (status, text) = visitor.say(body).await;
        assert_eq!(status, 503, "{text}");
        assert!(text.contains("Stopped by local"), "{text}");
    }
    assert_eq!(order(&app, "start").await.0, 200);
    until_running(&app).await;
    assert_eq!(
        visitor.say(PING).await.0,
        404,
        "another process, another session"
    );
    Visitor::begin(&app).await;

    // Configured otherwise, it is served no more.
    let mut private = config(vec![many(folder.path())]);
    if let Endpoint::Stdio { serve_http, .. } = &mut private.servers[0].endpoint {
        *serve_http = false;
    }
    *app.configured.lock().unwrap() = Ok(private);
    let reload = app.http.post(format!("{}/-/reload", app.url)).send().await;
    assert_eq!(reload.unwrap().status(), 200);
    let begun = std::time::Instant::now();
    while visitor.say(INITIALIZE).await.0 != 404 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    app.until("/observability/launcher", |all| all[0]["served"].is_null())
        .await;
    app.stop().await;
}
