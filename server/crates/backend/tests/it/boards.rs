//! Boards over HTTP, as the product ships them and with what it really measures.

use serde_json::Value;

use crate::app::{TestApp, dead_server, quick, start};

/// The newest value of each row of a panel's first query, by its labels as text.
pub(crate) fn newest(data: &Value, panel: &str) -> Vec<(String, f64)> {
    let panels = data["board"]["sections"].as_array().unwrap().iter();
    let panels = panels.flat_map(|section| section["panels"].as_array().unwrap());
    let mut place = 0;
    for placed in panels {
        if placed["panel"]["id"] == panel {
            let rows = data["outcomes"][place]["ok"]["rows"].as_array();
            let rows = rows.unwrap_or_else(|| panic!("{panel}: {}", data["outcomes"][place]));
            let newest = rows.iter().filter_map(|row| {
                let values = row["values"].as_array()?.iter().rev();
                let value = values.filter_map(Value::as_f64).next()?;
                let labels = row["labels"].as_array()?.iter();
                let labels: Vec<_> = labels.map(|pair| pair[1].as_str().unwrap()).collect();
                Some((labels.join(" "), value))
            });
            return newest.collect();
        }
        place += placed["panel"]["queries"].as_array().unwrap().len();
    }
    panic!("{panel} is not on this board");
}

pub(crate) async fn board(app: &TestApp, path: &str) -> Value {
    let data = app.json(&format!("/observability/boards/{path}")).await;
    for outcome in data["outcomes"].as_array().unwrap() {
        assert!(outcome["ok"].is_object(), "{path}: {outcome}");
    }
    data
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shipped_shows_what_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config).await.unwrap();
    app.until("/api/v1/query?query=count(mcp_server_up)", |answer| {
        answer["data"]["result"][0]["value"][1] == "2"
    })
    .await;
    let links = app.json("/observability/boards").await;
    let links: Vec<_> = links
        .as_array()
        .unwrap()
        .iter()
        .map(|link| link["name"].as_str().unwrap())
        .collect();
    assert_eq!(links.len(), 11, "{links:?}");
    assert!(links.contains(&"overview"), "{links:?}");

    // The newest point is at a whole second, and may be before the first sample.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let overview = board(&app, "overview?last_ms=60000&points=61").await;
    let down = newest(&overview, "servers-down");
    assert_eq!(down, [(String::new(), 1.0)]);
    let failing = newest(&overview, "failing-probes-by-server");
    assert!(failing.contains(&("gone".to_owned(), 100.0)), "{failing:?}");
    let answers = newest(&overview, "time-to-answer-by-server");
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(newest(&overview, "calls").is_empty(), "nothing is made up");

    let one = board(&app, "server?server=gone&last_ms=60000&points=61").await;
    assert!(newest(&one, "duration-by-step").is_empty());
    assert!(!newest(&one, "step-states").is_empty());
    for name in links {
        board(&app, &format!("{name}?last_ms=60000")).await;
    }

    // The machine is looked at every 5 s.
    app.until("/api/v1/query?query=mcp_process_memory_mb", |answer| {
        answer["data"]["result"][0].is_object()
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let health = board(&app, "system-health?last_ms=60000&points=61").await;
    for panel in ["cpu", "memory", "disk"] {
        let shown = newest(&health, panel);
        let is_percent = |(_, value): &(String, f64)| (0.0..=100.0).contains(value);
        assert!(
            shown.len() == 1 && shown.iter().all(is_percent),
            "{panel}: {shown:?}"
        );
    }
    let memory = newest(&health, "memory-by-server");
    assert_eq!(memory[0].0, "observatory");
    assert!(memory[0].1 > 1e6, "bytes: {memory:?}");

    for (path, status, words) in [
        ("nothing", 404, "system-health"),
        ("overview?from_ms=5", 400, "to_ms="),
        ("overview?last_ms=soon", 400, "last_ms"),
    ] {
        let response = app.get(&format!("/observability/boards/{path}")).await;
        assert_eq!(response.status(), status, "{path}");
        let problem: Value = response.json().await.unwrap();
        assert!(
            problem["message"].as_str().unwrap().contains(words),
            "{problem}"
        );
    }
    app.stop().await;
}
