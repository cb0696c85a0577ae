//! Checks while the product runs: results, alerts, what depends on them, and another configuration.

use std::path::Path;
use std::time::Duration;

use backend::config::{CheckConfig, Config};
use checks::{Address, Bounds, DiskSpec, Spec, TcpSpec};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::app::{TestApp, dead_server, quick, start};

fn check(name: &str, spec: Spec, servers: &[&str]) -> CheckConfig {
    CheckConfig {
        name: name.to_owned(),
        spec,
        slow: Bounds::default(),
        every: Duration::from_millis(200),
        timeout: Duration::from_secs(2),
        servers: servers.iter().map(|name| (*name).to_owned()).collect(),
        source: "test".to_owned(),
    }
}

fn tcp(port: u16) -> Spec {
    let host = "127.0.0.1".to_owned();
    let address = Address { host, port };
    Spec::Tcp(TcpSpec { address })
}

fn disk(degraded: f64) -> Spec {
    let free = Bounds {
        degraded: Some(degraded),
        unhealthy: None,
    };
    let mount = "/".into();
    Spec::Disk(DiskSpec { mount, free })
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

async fn reload(app: &TestApp, config: Config) {
    *app.configured.lock().unwrap() = Ok(config);
    let (status, _) = app.post("/-/reload", Value::Null).await;
    assert_eq!(status, 200);
}

/// The alert of a rule about a server.
fn alert<'a>(alerts: &'a Value, rule: &str, server: &str) -> Option<&'a Value> {
    let mut alerts = alerts.as_array().unwrap().iter();
    alerts.find(|alert| alert["rule"] == rule && alert["server"] == server)
}

async fn instant(app: &TestApp, query: &str) -> Value {
    let query = wire::path_segment(query);
    app.json(&format!("/api/v1/query?query={query}")).await["data"]["result"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_check_says_is_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = quick();
    config.checks = vec![
        check("disk", disk(101.0), &["observatory"]),
        check("port", tcp(listener.local_addr().unwrap().port()), &[]),
        check("silent", tcp(free_port().await), &[]),
    ];
    let app = start(folder.path(), config).await.unwrap();
    let all_ran = |checks: &Value| {
        checks
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| !it["ok"].is_null())
            .count()
            == 3
    };
    let checks = app.until("/observability/checks", all_ran).await;
    let ok: Vec<_> = checks
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["name"], &it["ok"], &it["kind"]))
        .collect();
    assert_eq!(
        ok,
        [
            (&json!("disk"), &json!(true), &json!("disk")),
            (&json!("port"), &json!(true), &json!("tcp")),
            (&json!("silent"), &json!(false), &json!("tcp")),
        ]
    );
    assert_eq!(checks[0]["server"], "observatory");
    assert!(
        checks[2]["summary"]
            .as_str()
            .unwrap()
            .contains("refuses connections")
    );
    assert!(!checks[2]["action"].as_str().unwrap().is_empty());

    app.until("/api/v1/query?query=mcp_check_success", |answer| {
        answer["data"]["result"].as_array().unwrap().len() == 3
    })
    .await;
    let failing = instant(&app, "mcp_check_success == 0").await;
    assert_eq!(
        failing[0]["metric"],
        json!({"__name__": "mcp_check_success", "check": "silent"})
    );
    let degraded = instant(&app, "mcp_check_degraded == 1").await;
    assert_eq!(
        degraded[0]["metric"],
        json!({"__name__": "mcp_check_degraded", "check": "disk"}),
        "a label of a server is for its tool checks"
    );
    let value = instant(&app, "mcp_check_value").await;
    assert_eq!(value[0]["metric"]["check"], "disk");

    let map = app.json("/observability/dependencies").await;
    let levels: Vec<_> = map
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (&node["name"], &node["level"]))
        .collect();
    assert!(
        levels.contains(&(&json!("disk"), &json!("degraded"))),
        "{levels:?}"
    );
    assert!(
        levels.contains(&(&json!("silent"), &json!("unhealthy"))),
        "{levels:?}"
    );
    let csv = app
        .get("/observability/export/csv?table=checks")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        csv.starts_with("name,kind,level,") && csv.contains("disk,disk,degraded,"),
        "{csv}"
    );
    app.until("/observability/events", |events| {
        let mut events = events.as_array().unwrap().iter();
        events.any(|event| {
            event["title"]
                .as_str()
                .unwrap()
                .starts_with("check silent is unhealthy")
        })
    })
    .await;

    let (status, _) = app
        .post("/observability/checks/port/run", Value::Null)
        .await;
    assert_eq!(status, 202);
    let (status, problem) = app
        .post("/observability/checks/prot/run", Value::Null)
        .await;
    assert_eq!(status, 404);
    assert!(
        problem
            .to_string()
            .contains("there are: disk, port, silent"),
        "{problem}"
    );
    app.stop().await;
}

/// Two servers that are down: `shop` depends on `api`, which depends on the check `base`.
async fn chain(base: u16) -> Config {
    let mut config = quick();
    config.servers = vec![
        dead_server("api").await,
        dead_server("other").await,
        dead_server("shop").await,
    ];
    config
        .depends_on
        .insert("shop".to_owned(), vec!["api".to_owned()]);
    config.checks = vec![check("base", tcp(base), &["api"])];
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_of_what_depends_on_a_failure_are_held_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let app = start(folder.path(), chain(port).await).await.unwrap();
    let held = |alerts: &Value, server: &str, text: &str| {
        let alert = alert(alerts, "MCPServerDown", server);
        alert.is_some_and(|alert| {
            alert["state"] == "firing" && alert["held"].as_str().unwrap_or_default() == text
        })
    };
    let reason = "its dependency base is down";
    app.until("/alerts?open=true", |alerts| {
        held(alerts, "api", reason) && held(alerts, "shop", reason) && held(alerts, "other", "")
    })
    .await;
    let servers = app.json("/observability/servers").await;
    assert_eq!(servers[0]["affected_by"], json!(["base"]));
    assert!(servers[0]["affected_since_ms"].is_i64());
    assert_eq!(
        servers[1].get("affected_by"),
        None,
        "nothing is sent where nothing is affected"
    );
    assert_eq!(
        servers[3]["affected_by"],
        json!(["base"]),
        "also over another server"
    );

    // It works again: `api` is still down, which is the root of what is wrong with `shop`.
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    app.until("/alerts?open=true", |alerts| {
        held(alerts, "api", "") && held(alerts, "shop", "its dependency api is down")
    })
    .await;
    app.until("/observability/events", |events| {
        let titles = events
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["title"].as_str().unwrap());
        titles
            .clone()
            .any(|title| title == "MCPServerDown api no longer held, and still firing")
    })
    .await;

    // Nothing depends on anything any more.
    let mut config = chain(port).await;
    config.depends_on.clear();
    reload(&app, config).await;
    app.until("/alerts?open=true", |alerts| held(alerts, "shop", ""))
        .await;
    drop(listener);
    app.stop().await;
}

fn is_down_since(path: &Path) -> impl Future<Output = i64> {
    let path = path.to_owned();
    async move {
        let mut config = quick();
        config.checks = vec![check("gone", tcp(1), &[])];
        let app = start(&path, config).await.unwrap();
        let checks = app
            .until("/observability/checks", |checks| checks[0]["ok"] == false)
            .await;
        // What is written down is told to pages first.
        app.until("/observability/events", |events| {
            let mut events = events.as_array().unwrap().iter();
            events.any(|event| event["title"].as_str().unwrap().contains("gone"))
        })
        .await;
        app.stop().await;
        checks[0]["since_ms"].as_i64().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_fails_over_a_restart_and_goes_with_its_alerts() {
    let folder = tempfile::tempdir().unwrap();
    let first = is_down_since(folder.path()).await;
    assert_eq!(is_down_since(folder.path()).await, first);

    let mut config = quick();
    config.checks = vec![check("new", disk(0.0), &[])];
    let app = start(folder.path(), config.clone()).await.unwrap();
    app.until("/observability/checks", |checks| checks[0]["ok"] == true)
        .await;
    config.checks = vec![check("new", tcp(1), &["observatory"])];
    reload(&app, config.clone()).await;
    app.until("/observability/checks", |checks| {
        checks[0]["kind"] == "tcp"
            && checks[0]["ok"] == false
            && checks[0]["server"] == "observatory"
    })
    .await;
    app.until("/api/v1/query?query=mcp_check_success", |answer| {
        let result = answer["data"]["result"].as_array().unwrap();
        result.len() == 1 && result[0]["value"][1] == "0"
    })
    .await;
    config.checks.clear();
    reload(&app, config).await;
    app.until("/observability/checks", |checks| {
        checks.as_array().unwrap().is_empty()
    })
    .await;
    app.until("/api/v1/query?query=mcp_check_success", |answer| {
        answer["data"]["result"].as_array().unwrap().is_empty()
    })
    .await;
    app.stop().await;
}
