//! A started server that clients reach over HTTP: real clients of the library, and one process.

#![expect(deprecated, reason = "servers of the older era have it")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use backend::config::{Endpoint, ServerConfig};
use rmcp::model::{
    CallToolRequestParams, CancelledNotificationParam, ClientConfig, ClientRequest,
    LoggingMessageNotificationParam, ProgressNotificationParam, ResourceUpdatedNotificationParam,
    SubscribeRequestParams, UnsubscribeRequestParams,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, NotificationContext, PeerRequestOptions, RunningService,
    ServiceError,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientHandler, RoleClient};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::orders::{config, server, start};

/// What a client heard beside its answers.
#[derive(Clone, Default)]
pub(crate) struct Ear(Arc<Mutex<Vec<String>>>);

pub(crate) type Client = RunningService<RoleClient, Ear>;

impl Ear {
    fn hear(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl ClientHandler for Ear {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::default()
    }

    async fn on_progress(&self, it: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.hear(format!("progress {}", it.message.unwrap_or_default()));
    }

    async fn on_logging_message(
        &self,
        it: LoggingMessageNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.hear(format!("log {}", it.data));
    }

    async fn on_resource_updated(
        &self,
        it: ResourceUpdatedNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.hear(format!("updated {}", it.uri));
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.hear("tools changed".to_owned());
    }
}

/// A server that does several things at once.
pub(crate) fn many(folder: &Path) -> ServerConfig {
    let mut server = server(folder, "many");
    if let Endpoint::Stdio {
        command,
        serve_http,
    } = &mut server.endpoint
    {
        // Its own folder tells its processes from those of other tests.
        command.args = vec!["many".to_owned(), folder.display().to_string()];
        *serve_http = true;
    }
    server
}

pub(crate) async fn until_running(app: &TestApp) -> Value {
    let all = app
        .until("/observability/launcher", |all| {
            all[0]["state"] == "running"
        })
        .await;
    all[0].clone()
}

pub(crate) async fn client(app: &TestApp, name: &str) -> (Client, Ear) {
    client_of(app, name, ClientLifecycleMode::Initialize).await
}

/// The same in this era.
pub(crate) async fn client_of(
    app: &TestApp,
    name: &str,
    lifecycle: ClientLifecycleMode,
) -> (Client, Ear) {
    let uri = format!("{}/servers/{name}/mcp", app.url);
    let config = StreamableHttpClientTransportConfig::with_uri(uri);
    let ear = Ear::default();
    let transport = StreamableHttpClientTransport::from_config(config);
    let service = ear.clone().serve_with_lifecycle(transport, lifecycle);
    (service.await.unwrap(), ear)
}

pub(crate) fn call(name: &'static str, arguments: Value) -> CallToolRequestParams {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    CallToolRequestParams::new(name).with_arguments(arguments)
}

pub(crate) async fn said(client: &Client, name: &'static str, arguments: Value) -> Value {
    let result = client.call_tool(call(name, arguments)).await.unwrap();
    let result = serde_json::to_value(result).unwrap();
    result["structuredContent"].clone()
}

pub(crate) async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Servers of this kind that were started for a folder; `None` where processes cannot be looked at.
fn processes(folder: &Path) -> Option<usize> {
    let folder = folder.display().to_string();
    let all = supervisor::census()?;
    let is_of = |it: &&supervisor::Seen| {
        it.command.get(1..) == Some(&["many".to_owned(), folder.clone()][..])
    };
    Some(all.iter().filter(is_of).count())
}

pub(crate) async fn two_clients_share_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), config(vec![many(folder.path())])).await;
    let line = until_running(&app).await;
    let ((one, _), (two, _)) = tokio::join!(client(&app, "many"), client(&app, "many"));
    let info = one.peer_info().unwrap();
    assert_eq!(info.server_info.as_ref().unwrap().name, "many");
    assert_eq!(info.protocol_version.as_str(), "2025-11-25");
    assert_eq!(info.instructions.as_deref(), Some("Share it."));

    // Both count from zero, so the same ids are on their way at the same time.
    let mut calls = tokio::task::JoinSet::new();
    for (client, name) in [(&one, "one"), (&two, "two")] {
        for n in 0..20_u64 {
            let (peer, say) = (client.peer().clone(), format!("{name} {n}"));
            let millis = (20 - n) * 10;
            calls.spawn(async move {
                let arguments = json!({ "say": say, "millis": millis });
                let result = peer.call_tool(call("echo", arguments)).await.unwrap();
                let result = serde_json::to_value(result).unwrap();
                assert_eq!(result["structuredContent"]["said"], say.as_str());
                result["structuredContent"].clone()
            });
        }
    }
    let answers = calls.join_all().await;
    let mut ids: Vec<_> = answers
        .iter()
        .map(|it| it["id"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        ids.len(),
        40,
        "the server has seen each under an id of its own"
    );
    assert!(answers.iter().all(|it| it["pid"] == line["pid"]));
    assert!(
        processes(folder.path()).is_none_or(|count| count == 1),
        "all on one process"
    );

    let line = until_running(&app).await;
    assert_eq!(line["served"]["path"], "/servers/many/mcp");
    assert_eq!(line["served"]["clients"], 2);
    assert!(
        line["served"]["requests"].as_u64().unwrap() >= 42,
        "{line:#}"
    );
    one.cancel().await.unwrap();
    app.until("/observability/launcher", |all| {
        all[0]["served"]["clients"] == 1
    })
    .await;
    let counted = "/api/v1/query?query=launcher_http_requests_total{server=\"many\"}";
    app.until(counted, |answer| {
        answer["data"]["result"][0]["value"][1].is_string()
    })
    .await;
    // The product's own probes have gone on all the while.
    let row = app.json("/observability/servers/many").await;
    assert_eq!(row["server"]["verdict"]["reason"], "ok", "{row:#}");
    two.cancel().await.unwrap();
    app.stop().await;
}

pub(crate) async fn notifications_reach_whom_they_concern() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), config(vec![many(folder.path())])).await;
    until_running(&app).await;
    let (one, ear_one) = client(&app, "many").await;
    let (two, ear_two) = client(&app, "many").await;

    let slow = json!({ "say": "one", "millis": 100 });
    let quick = json!({ "say": "two", "millis": 60 });
    let both = tokio::join!(said(&one, "steps", slow), said(&two, "steps", quick));
    assert_eq!(
        (&both.0["said"], &both.1["said"]),
        (&json!("one"), &json!("two"))
    );
    let steps = |name| [1, 2, 3].map(|n| format!("progress {name} {n}"));
    eventually("progress of both", || {
        ear_one.heard().len() + ear_two.heard().len() == 6
    })
    .await;
    assert_eq!(ear_one.heard(), steps("one"));
    assert_eq!(ear_two.heard(), steps("two"));

    let subscribe = |uri: &str| SubscribeRequestParams::new(uri);
    one.subscribe(subscribe("file:///a")).await.unwrap();
    two.subscribe(subscribe("file:///a")).await.unwrap();
    two.subscribe(subscribe("file:///b")).await.unwrap();
    said(&one, "touch", json!({ "uri": "file:///b" })).await;
    said(&one, "touch", json!({ "uri": "file:///a/part" })).await;
    let updates = |ear: &Ear| {
        let heard = ear.heard().into_iter();
        heard
            .filter(|it| it.starts_with("updated"))
            .collect::<Vec<_>>()
    };
    eventually("updates", || {
        updates(&ear_two).len() == 2 && updates(&ear_one).len() == 1
    })
    .await;
    assert_eq!(updates(&ear_one), ["updated file:///a/part"]);
    one.unsubscribe(UnsubscribeRequestParams::new("file:///a"))
        .await
        .unwrap();
    let known = said(&one, "known", json!({})).await;
    assert!(
        known["subscribed"]["file:///a"].is_u64(),
        "the other wants it still: {known}"
    );

    two.set_level(rmcp::model::SetLevelRequestParams::new(
        rmcp::model::LoggingLevel::Debug,
    ))
    .await
    .unwrap();
    for level in ["debug", "warning"] {
        said(&one, "log", json!({ "level": level, "say": level })).await;
    }
    let logs = |ear: &Ear| {
        let heard = ear.heard().into_iter();
        heard.filter(|it| it.starts_with("log")).collect::<Vec<_>>()
    };
    eventually("logs", || {
        logs(&ear_two).len() == 2 && logs(&ear_one).len() == 1
    })
    .await;
    assert_eq!(logs(&ear_one), ["log \"warning\""]);

    // No client can be meant.
    let told = said(&one, "ask", json!({})).await;
    assert_eq!(told["error"]["code"], -32601, "{told}");
    assert!(
        told["error"]["message"]
            .as_str()
            .unwrap()
            .contains("several clients")
    );

    // What only a session wanted ends with it.
    two.cancel().await.unwrap();
    let begun = Instant::now();
    while said(&one, "known", json!({})).await["subscribed"] != json!({}) {
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    one.cancel().await.unwrap();
    app.stop().await;
}

pub(crate) async fn a_client_cancels_only_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), config(vec![many(folder.path())])).await;
    until_running(&app).await;
    let (one, _) = client(&app, "many").await;
    let (two, _) = client(&app, "many").await;
    let hanging = |client: &Client| {
        let peer = client.peer().clone();
        let request = rmcp::model::CallToolRequest::new(call("hang", json!({})));
        async move {
            let options = PeerRequestOptions::no_options();
            let request = ClientRequest::CallToolRequest(request);
            peer.send_cancellable_request(request, options)
                .await
                .unwrap()
        }
    };
    let handle = hanging(&one).await;
    let slow = {
        let peer = two.peer().clone();
        tokio::spawn(async move {
            let arguments = json!({ "say": "still here", "millis": 800 });
            peer.call_tool(call("echo", arguments)).await.unwrap()
        })
    };
    app.until("/observability/launcher", |all| {
        all[0]["served"]["open_requests"] == 2
    })
    .await;
    let id = handle.id.clone();
    handle.cancel(Some("no more".to_owned())).await.unwrap();
    app.until("/observability/launcher", |all| {
        all[0]["served"]["open_requests"] == 1
    })
    .await;
    let known = said(&one, "known", json!({})).await;
    let cancelled = known["cancelled"].as_array().unwrap();
    assert_eq!(cancelled.len(), 1);
    assert!(
        cancelled[0].as_u64().unwrap() >= 1_000_000_000,
        "not {id}: {known}"
    );
    let slow = serde_json::to_value(slow.await.unwrap()).unwrap();
    assert_eq!(slow["structuredContent"]["said"], "still here");
    // An id that means nothing here is no reason to do anything.
    let stray = CancelledNotificationParam::new(Some(id), None);
    two.notify_cancelled(stray).await.unwrap();
    assert_eq!(
        said(&two, "echo", json!({ "say": "on" })).await["said"],
        "on"
    );
    for client in [one, two] {
        client.cancel().await.unwrap();
    }
    app.stop().await;
}

pub(crate) async fn a_child_that_dies_answers_and_clients_begin_anew() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), config(vec![many(folder.path())])).await;
    let before = until_running(&app).await;
    let (one, _) = client(&app, "many").await;
    let (two, _) = client(&app, "many").await;
    let waiting = {
        let peer = one.peer().clone();
        tokio::spawn(async move { peer.call_tool(call("hang", json!({}))).await })
    };
    app.until("/observability/launcher", |all| {
        all[0]["served"]["open_requests"] == 1
    })
    .await;
    let pid = before["pid"].to_string();
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-KILL", &pid]).status().unwrap().success());
    let error = waiting.await.unwrap().unwrap_err();
    let ServiceError::McpError(error) = &error else {
        panic!("{error}");
    };
    assert_eq!(error.code.0, -32000);
    assert!(error.message.contains("before it answered"), "{error}");

    let after = app
        .until("/observability/launcher", |all| {
            all[0]["state"] == "running" && all[0]["pid"] != before["pid"]
        })
        .await;
    assert_eq!(
        after[0]["served"]["clients"], 0,
        "sessions end with the process"
    );
    // The library is told so (404), and begins anew by itself.
    for client in [&one, &two] {
        let said = said(client, "echo", json!({ "say": "again" })).await;
        assert_eq!(
            (&said["said"], &said["pid"]),
            (&json!("again"), &after[0]["pid"])
        );
    }
    // The keeper takes a moment to bury the other one.
    let is_alone = || processes(folder.path()).is_none_or(|count| count == 1);
    eventually("there is one process", is_alone).await;
    for client in [one, two] {
        client.cancel().await.unwrap();
    }
    app.stop().await;
}

pub(crate) async fn what_passes_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), config(vec![many(folder.path())])).await;
    until_running(&app).await;
    let visitor = Visitor::begin(&app).await;
    let text = visitor
        .say(r#"{"jsonrpc":"2.0","id":"list","method":"tools/list"}"#)
        .await
        .1;
    assert_eq!(
        text,
        r#"{"jsonrpc":"2.0","id":"list","result":{"tools":[{"name":"echo","zeta":1.50,"inputSchema":{"type":"object","properties":{"z":{},"a":{}}}},{"name":"odd","inputSchema":7}]}}"#
    );
    // A large message passes both ways.
    let large = "ä".repeat(1_500_000);
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": { "name": "echo", "arguments": { "say": large } } });
    let (status, text) = visitor.say(&call.to_string()).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, 200);
    assert_eq!(
        answer["result"]["structuredContent"]["said"],
        large.as_str()
    );
    // Line breaks between the parts of a message would end it on the way to the server.
    let call = "{\n\"jsonrpc\":\"2.0\",\r\n\"id\":\"p\",\"method\":\"tools/call\",\"params\":{\"name\":\"steps\",\n\"arguments\":{\"say\":\"x\"},\"_meta\":{\"progressToken\":\"mine\"}}}";
    let text = visitor.say(call).await.1;
    let events: Vec<Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(events.len(), 4, "{text}");
    assert!(
        events[..3]
            .iter()
            .all(|it| it["params"]["progressToken"] == "mine")
    );
    assert_eq!(events[3]["id"], "p");
    app.stop().await;
}

/// A client by hand.
pub(crate) struct Visitor<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) session: String,
}

pub(crate) const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"hand","version":"1"}}}"#;

impl<'a> Visitor<'a> {
    pub(crate) async fn begin(app: &'a TestApp) -> Self {
        let mut visitor = Self {
            app,
            session: String::new(),
        };
        let response = visitor.post(INITIALIZE.to_owned()).send().await.unwrap();
        let session = response.headers()["mcp-session-id"].to_str().unwrap();
        visitor.session = session.to_owned();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(
            answer["result"]["protocolVersion"], "2025-06-18",
            "what it asked for"
        );
        visitor
    }

    pub(crate) fn post(&self, body: String) -> reqwest::RequestBuilder {
        let request = self
            .app
            .http
            .post(format!("{}/servers/many/mcp", self.app.url));
        let request = match self.session.as_str() {
            "" => request,
            session => request.header("mcp-session-id", session),
        };
        request
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(body)
    }

    pub(crate) async fn say(&self, body: &str) -> (u16, String) {
        let response = self.post(body.to_owned()).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}
