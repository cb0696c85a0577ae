//! Tools that are called on a schedule, from the configuration to the page, the samples and the alert.

use std::time::Duration;

use backend::config::{Endpoint, ServerConfig};
use mcp::{Arguments, Check, Expect, Path, Wanted};
use serde_json::{Value, json};

use crate::app::{dead_server, quick, start};

fn check(name: &str, tool: &str, canary: bool) -> Check {
    Check {
        name: name.to_owned(),
        tool: tool.to_owned(),
        arguments: Arguments::default(),
        every: Duration::from_millis(300),
        timeout: Duration::from_secs(2),
        expect: Expect::default(),
        record: None,
        canary,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_seen_measured_and_alerted_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    let app = start(folder.path(), config.clone()).await.unwrap();
    // The product's own MCP server, watched by one more name.
    let twin = |checks| async {
        ServerConfig {
            endpoint: Endpoint::Http {
                url: format!("{}/mcp", app.url),
                headers: Vec::new(),
                oauth: None,
                transport: mcp::Transport::Auto,
            },
            checks,
            ..dead_server("twin").await
        }
    };
    let path = |text| Path::parse(text).unwrap();
    let lists = Check {
        expect: Expect {
            json: Some((
                path("$.servers[0].name"),
                Wanted::Equals(json!("observatory")),
            )),
            ..Expect::default()
        },
        record: Some(path("$.servers[0].since")),
        ..check("lists", "list_servers", false)
    };
    let fails = check("fails", "fly", false);
    config.servers = vec![twin(vec![lists.clone(), fails]).await];
    *app.configured.lock().unwrap() = Ok(config.clone());
    assert_eq!(app.post("/-/reload", Value::Null).await.0, 200);

    app.until("/observability/servers", |all| {
        all.as_array()
            .unwrap()
            .iter()
            .any(|row| row["name"] == "twin")
    })
    .await;
    let detail = app
        .until("/observability/servers/twin", |detail| {
            detail["checks"][0]["ok"] == false && detail["checks"][1]["ok"] == true
        })
        .await;
    assert_eq!(
        detail["server"]["verdict"]["level"], "healthy",
        "no canary failed"
    );
    let (fails, passes) = (&detail["checks"][0], &detail["checks"][1]);
    let said = fails["summary"].as_str().unwrap();
    assert!(
        said.starts_with("The tool fly got an error for an answer"),
        "{said}"
    );
    assert!(!fails["action"].as_str().unwrap().is_empty());
    assert_eq!(
        (&passes["kind"], &passes["server"]),
        (&json!("tool"), &json!("twin"))
    );
    assert!(passes["value"].as_f64().unwrap() > 1e12, "{passes}");

    let values = |expr: &str| format!("/api/v1/query?query={expr}{{server=\"twin\"}}");
    let is_seen =
        |answer: &Value, count: usize| answer["data"]["result"].as_array().unwrap().len() == count;
    app.until(&values("mcp_check_success"), |answer| is_seen(answer, 2))
        .await;
    app.until(&values("mcp_check_value"), |answer| is_seen(answer, 1))
        .await;
    app.until("/alerts", |alerts| {
        let alerts = alerts.as_array().unwrap().iter();
        let ours = alerts.filter(|alert| alert["rule"] == "MCPCheckFailing");
        let ours: Vec<_> = ours.map(|alert| &alert["labels"]["check"]).collect();
        ours == ["fails"]
    })
    .await;
    let found = app
        .until("/observability/servers/twin/performance", |found| {
            found["slowest_tool"] == "list_servers" || found["slowest_tool"] == "fly"
        })
        .await;
    for (part, field) in [
        (
            "measured by tool checks, because no traffic was seen",
            "tool_evidence",
        ),
        ("The slowest tool is ", "recommendation"),
    ] {
        assert!(found[field].as_str().unwrap().contains(part), "{found}");
    }
    let table = app
        .json("/observability/export/json?table=checks&server=twin")
        .await;
    assert_eq!(
        (&table[0]["state"], &table[1]["state"]),
        (&json!("fails"), &json!("passes"))
    );

    // A canary instead: the server is down for it. What is configured no more is no news.
    config.servers = vec![twin(vec![lists, check("sings", "sing", true)]).await];
    *app.configured.lock().unwrap() = Ok(config);
    assert_eq!(app.post("/-/reload", Value::Null).await.0, 200);
    let detail = app
        .until("/observability/servers/twin", |detail| {
            detail["server"]["verdict"]["reason"] == "tool_error"
        })
        .await;
    assert_eq!(detail["server"]["verdict"]["level"], "unhealthy");
    let steps = detail["server"]["steps"].as_array().unwrap();
    let names: Vec<_> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["transport", "handshake", "discover", "list_tools", "canary"]
    );
    app.until("/alerts", |alerts| {
        let alerts = alerts.as_array().unwrap().iter();
        let mut ours = alerts.filter(|alert| alert["labels"]["check"] == "fails");
        ours.all(|alert| alert["state"] == "resolved")
    })
    .await;
    app.stop().await;
}
