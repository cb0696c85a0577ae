//! Rules that people make: they fire, are changed, undone and removed, and outlast the product.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::app::{TestApp, dead_server, quick, start};

async fn push(app: &TestApp, value: &str) {
    let request = app.http.put(format!("{}/metrics/job/a", app.url));
    let response = request.body(format!("x {value}\n")).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

async fn put(app: &TestApp, id: &str, body: Value) -> (u16, Value) {
    let request = app
        .http
        .put(format!("{}/observability/rules/{id}", app.url));
    let response = request.json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

async fn delete(app: &TestApp, id: &str) -> u16 {
    let request = app
        .http
        .delete(format!("{}/observability/rules/{id}?by=Ann", app.url));
    request.send().await.unwrap().status().as_u16()
}

fn high(expr: &str) -> Value {
    json!({
        "group": "ours", "interval": "100ms", "name": "XHigh", "expr": expr,
        "labels": { "severity": "critical" },
        "annotations": { "summary": "{{ $labels.job }} has {{ $value }}", "link": "/explore" },
    })
}

fn changed(rule: Value) -> Value {
    json!({ "rule": rule, "by": "Ann", "comment": "why not" })
}

/// The alerts of a name that are open.
async fn until_open(app: &TestApp, name: &str, severities: &[&str]) -> Value {
    app.until("/observability/alerts?open=true", |alerts| {
        let alerts = alerts.as_array().unwrap().iter();
        let ours = alerts.filter(|it| it["rule"] == name && it["state"] == "firing");
        let found: Vec<_> = ours.map(|it| it["severity"].as_str().unwrap()).collect();
        found == severities
    })
    .await
}

async fn rule(app: &TestApp, name: &str) -> Value {
    let list = app.json("/observability/rules").await;
    let rules = list["rules"].as_array().unwrap().iter();
    rules
        .clone()
        .find(|it| it["draft"]["name"] == name)
        .cloned()
        .unwrap_or(Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_made_changed_undone_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    push(&app, "7").await;
    let (status, made) = app
        .post("/observability/rules", changed(high("x > 5")))
        .await;
    assert_eq!(status, 200, "{made}");
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&made["origin"], &made["version"], &made["threshold"]),
        (&json!("made here"), &json!(1), &json!(5.0))
    );
    let alerts = until_open(&app, "XHigh", &["critical"]).await;
    assert!(alerts.to_string().contains("a has 7"), "{alerts}");
    let path = format!("/observability/rules/{id}");
    let detail = app.json(&path).await;
    assert_eq!(detail["alerts"].as_array().unwrap().len(), 1);
    assert_eq!(detail["links"][0][1], "/explore");
    assert_eq!(detail["rule"]["state"], "firing");

    // Its begin stays where only a text is another.
    let begun = detail["alerts"][0]["firing_ms"].clone();
    let mut other = high("x > 5");
    other["annotations"]["summary"] = json!("changed");
    let (status, said) = put(&app, &id, changed(other)).await;
    assert_eq!(status, 200, "{said}");
    let detail = app
        .until(&path, |it| it["alerts"][0]["summary"] == "changed")
        .await;
    assert_eq!(detail["alerts"][0]["firing_ms"], begun);

    let (status, said) = app
        .post(&format!("{path}/threshold"), json!({ "threshold": 9 }))
        .await;
    assert_eq!((status, &said["draft"]["expr"]), (200, &json!("x > 9")));
    until_open(&app, "XHigh", &[]).await;
    let (status, said) = app
        .post(
            &format!("{path}/undo"),
            json!({ "version": 1, "by": "Bob" }),
        )
        .await;
    assert_eq!((status, &said[0]["version"]), (200, &json!(4)));
    until_open(&app, "XHigh", &["critical"]).await;
    let history = app.json(&format!("{path}/history")).await;
    let told: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let changes = it["changes"].as_array().unwrap().iter();
            let changes: Vec<_> = changes.map(|it| it.as_str().unwrap()).collect();
            let (by, edit) = (it["by"].as_str().unwrap(), it["edit"].as_str().unwrap());
            format!("{by} {edit}: {}", changes.join("; "))
        })
        .collect();
    assert_eq!(
        told,
        [
            "Bob undone: expr: x > 9 → x > 5; summary: changed → {{ $labels.job }} has {{ $value }}",
            "local changed: expr: x > 5 → x > 9",
            "Ann changed: summary: {{ $labels.job }} has {{ $value }} → changed",
            "Ann created: ",
        ]
    );
    let stale = json!({ "rule": high("x > 6"), "version": 3 });
    let (status, problem) = put(&app, &id, stale).await;
    assert_eq!(status, 409, "{problem}");
    assert!(problem["message"].as_str().unwrap().contains("Bob"));

    // Whoever starts again finds it all.
    app.stop().await;
    let app = start(folder.path(), quick()).await.unwrap();
    until_open(&app, "XHigh", &["critical"]).await;
    assert_eq!(app.json(&format!("{path}/history")).await, history);

    let (status, _) = app
        .post(&format!("{path}/switch"), json!({ "enabled": false }))
        .await;
    assert_eq!(status, 200);
    until_open(&app, "XHigh", &[]).await;
    let (status, _) = app
        .post(&format!("{path}/switch"), json!({ "enabled": true }))
        .await;
    assert_eq!(status, 200);
    until_open(&app, "XHigh", &["critical"]).await;
    assert_eq!(delete(&app, &id).await, 200);
    until_open(&app, "XHigh", &[]).await;
    assert_eq!(app.get(&path).await.status(), 404);
    assert_eq!(delete(&app, &id).await, 404);
    let removed = app.json("/observability/rules").await["removed"][0].clone();
    assert_eq!(
        (&removed["name"], &removed["by"]),
        (&json!("XHigh"), &json!("Ann"))
    );
    let back = json!({ "version": removed["version"] });
    assert_eq!(app.post(&format!("{path}/undo"), back).await.0, 200);
    until_open(&app, "XHigh", &["critical"]).await;
    let csv = app.get("/observability/export/csv?table=rules").await;
    let csv = csv.text().await.unwrap();
    assert!(csv.contains("XHigh,made here"), "{csv}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_rule_is_changed_and_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config.clone()).await.unwrap();
    until_open(&app, "MCPServerDown", &["critical"]).await;
    let shipped = rule(&app, "MCPServerDown").await;
    assert_eq!(
        (&shipped["origin"], &shipped["version"]),
        (&json!("built-in"), &json!(0))
    );
    let id = shipped["id"].as_str().unwrap().to_owned();
    let path = format!("/observability/rules/{id}");

    // By its name alone: what is not said stays.
    let less = json!({ "rule": { "name": "MCPServerDown", "labels": { "severity": "warning" } }, "by": "Ann" });
    let (status, said) = app.post("/observability/alerts/configure", less).await;
    assert_eq!(
        (status, &said["origin"]),
        (200, &json!("changed")),
        "{said}"
    );
    assert_eq!(said["draft"]["expr"], shipped["draft"]["expr"]);
    assert_eq!(said["draft"]["labels"]["team"], "mcp");
    until_open(&app, "MCPServerDown", &["warning"]).await;
    app.stop().await;
    let app = start(folder.path(), config).await.unwrap();
    until_open(&app, "MCPServerDown", &["warning"]).await;
    assert_eq!(
        app.json(&path).await["built_in"]["labels"]["severity"],
        "critical"
    );
    let (status, said) = app
        .post(&format!("{path}/undo"), json!({ "version": 0 }))
        .await;
    assert_eq!(
        (status, &said[0]["origin"]),
        (200, &json!("built-in")),
        "{said}"
    );
    until_open(&app, "MCPServerDown", &["critical"]).await;
    assert_eq!(said[0]["draft"], shipped["draft"]);

    // A threshold there and back is no change.
    let pool = rule(&app, "MCPConnectionPoolExhaustion").await;
    assert_eq!(pool["threshold"], 0.9);
    let path = format!("/observability/rules/{}", pool["id"].as_str().unwrap());
    for (threshold, origin) in [(0.8, "changed"), (0.9, "built-in")] {
        let (status, said) = app
            .post(
                &format!("{path}/threshold"),
                json!({ "threshold": threshold }),
            )
            .await;
        assert_eq!((status, said["origin"].as_str().unwrap()), (200, origin));
        assert_eq!(said["threshold"], threshold);
    }
    let (status, _) = app
        .post(&format!("{path}/switch"), json!({ "enabled": false }))
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        rule(&app, "MCPConnectionPoolExhaustion").await["state"],
        "off"
    );
    let named = json!({ "rule": { "name": "Other", "expr": "x" } });
    let (status, problem) = put(&app, pool["id"].as_str().unwrap(), named).await;
    assert_eq!(status, 400, "{problem}");
    let series = "/observability/rules/builtin:server:mcp_server_up:avg1h/switch";
    let (status, problem) = app.post(series, json!({ "enabled": false })).await;
    assert_eq!(status, 409, "{problem}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_would_have_been() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    // A minute of samples, of which two stretches are high.
    let now = jiff::Timestamp::now().as_millisecond() / 1000;
    let mut text = String::new();
    for second in 0..60 {
        let value = match second {
            10..20 | 40..45 => 9,
            _ => 1,
        };
        let at = (now - 60 + second) * 1000;
        text.push_str(&format!("y{{job=\"a\"}} {value} {at}\n"));
    }
    for line in text.lines() {
        let (series, rest) = line.split_once(' ').unwrap();
        let (value, at) = rest.split_once(' ').unwrap();
        remember(&app, series, value, at.parse().unwrap()).await;
    }
    let mut draft = high("y > 5");
    draft["interval"] = json!("1s");
    let tried = json!({ "rule": draft, "last_ms": 120_000 });
    let (status, preview) = app.post("/observability/rules/preview", tried).await;
    assert_eq!(status, 200, "{preview}");
    assert_eq!(preview["mistakes"], json!([]), "{preview}");
    assert_eq!(
        (&preview["fired"], &preview["trouble"]),
        (&json!(2), &json!(""))
    );
    let (from, to) = (
        preview["from_ms"].as_i64().unwrap(),
        preview["to_ms"].as_i64().unwrap(),
    );
    // As Prometheus's query says when it holds.
    let seconds = |ms: i64| format!("{}.{:03}", ms / 1000, ms % 1000);
    let query = format!(
        "/api/v1/query_range?query=y%20%3E%205&start={}&end={}&step=1",
        seconds(from),
        seconds(to)
    );
    let answer = app.json(&query).await;
    let held: BTreeSet<i64> = answer["data"]["result"][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| (point[0].as_f64().unwrap() * 1000.0).round() as i64)
        .collect();
    let begins: BTreeSet<_> = held
        .iter()
        .filter(|at| !held.contains(&(*at - 1000)))
        .copied()
        .collect();
    let ends: BTreeSet<_> = held
        .iter()
        .map(|at| at + 1000)
        .filter(|at| !held.contains(at))
        .collect();
    let of = |name: &str| -> BTreeSet<i64> {
        let firings = preview["firings"].as_array().unwrap().iter();
        firings.map(|it| it[name].as_i64().unwrap()).collect()
    };
    assert_eq!((of("firing_ms"), of("ended_ms")), (begins, ends));
    let levels: Vec<_> = preview["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["level"].as_str().unwrap())
        .collect();
    assert_eq!(
        levels,
        ["healthy", "unhealthy", "healthy", "unhealthy", "healthy"]
    );

    // What it finds now, texts and their errors.
    push(&app, "7").await;
    let mut draft = high("x > 5");
    draft["annotations"]["broken"] = json!("{{ first (query \"nothing\") }}");
    let tried = json!({ "rule": draft });
    let (_, preview) = app.post("/observability/rules/preview", tried).await;
    assert_eq!(preview["found"], 1, "{preview}");
    let found = &preview["matches"][0];
    assert_eq!(
        (&found["value"], &found["annotations"]["summary"]),
        (&json!("7"), &json!("a has 7"))
    );
    let broken = found["annotations"]["broken"].as_str().unwrap();
    assert!(broken.contains("error expanding template"), "{broken}");
    assert_eq!(preview["errors"].as_array().unwrap().len(), 1);
    app.stop().await;
}

/// A sample of the past, by OTLP.
async fn remember(app: &TestApp, series: &str, value: &str, at_ms: i64) {
    let name = series.split('{').next().unwrap();
    let point = json!({
        "timeUnixNano": (at_ms * 1_000_000).to_string(),
        "asDouble": value.parse::<f64>().unwrap(),
        "attributes": [{ "key": "job", "value": { "stringValue": "a" } }],
    });
    let body = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [
        { "name": name, "gauge": { "dataPoints": [point] } }
    ] }] }] });
    let (status, said) = app.post("/v1/metrics", body).await;
    assert_eq!(status, 200, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let with = |name: &str, value: Value| {
        let mut draft = high("x > 5");
        draft[name] = value;
        draft
    };
    for (draft, words) in [
        (with("expr", json!("sum(x")), "expr: "),
        (with("expr", json!("sum(x")), "(at character "),
        (with("hold", json!("soon")), "for: \"soon\" is no duration"),
        (
            with("hold", json!("99y")),
            "for: this is longer than a year",
        ),
        (with("interval", json!("0s")), "interval: "),
        (
            with("annotations", json!({ "summary": "{{ nope }}" })),
            "annotations: annotation summary",
        ),
        (
            with("labels", json!({ "a-b": "c" })),
            "labels: \"a-b\" is no name",
        ),
        (with("name", json!("")), "name: "),
        (with("nonsense", json!(1)), "nonsense"),
        (
            json!({ "group": "g", "name": "MCPServerDown", "expr": "up",
                "labels": { "severity": "critical", "team": "mcp" } }),
            "name: there is a rule of this name with the same labels already (one is built in",
        ),
    ] {
        let (status, problem) = app.post("/observability/rules", changed(draft)).await;
        assert!(status == 400 || status == 422, "{status} {problem}");
        let said = problem["message"].as_str().unwrap();
        assert!(said.contains(words), "{said}");
    }
    let mut many = high("x >");
    many["hold"] = json!("x");
    many["keep_firing_for"] = json!("y");
    let (_, problem) = app
        .post("/observability/rules", changed(many.clone()))
        .await;
    assert_eq!(problem["message"].as_str().unwrap().lines().count(), 3);
    let (status, preview) = app
        .post("/observability/rules/preview", json!({ "rule": many }))
        .await;
    assert_eq!(
        (status, preview["mistakes"].as_array().unwrap().len()),
        (200, 3)
    );
    for _ in 0..2 {
        // The second time there is one already.
        app.post("/observability/rules", changed(high("x > 5")))
            .await;
    }
    let list = app.json("/observability/rules").await;
    assert_eq!(list.to_string().matches("\"XHigh\"").count(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_out_and_comes_in() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let file = "
groups:
  - name: imported
    interval: 30s
    rules:
      - { record: \"x:double\", expr: x * 2, labels: { v: '1.10' } }
      - alert: Odd
        expr: |
          x % 2
            == 1
        for: 1h30m
        labels: { severity: warning }
        annotations: { summary: \"it's {{ $value }}\\nodd\" }
";
    let import = |text: &str| {
        let request = app
            .http
            .post(format!("{}/observability/rules/file?by=Ann", app.url));
        request.body(text.to_owned()).send()
    };
    let response = import(file).await.unwrap();
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    let text = app.get("/observability/rules/file").await;
    let text = text.text().await.unwrap();
    let path = folder.path().join("out.yml");
    std::fs::write(&path, &text).unwrap();
    let checked = Command::new("promtool")
        .args(["check", "rules"])
        .arg(&path)
        .output();
    // Where it is installed.
    if let Ok(checked) = checked {
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(checked.status.success(), "{text}{said}");
        assert!(said.contains("2 rules found"), "{said}");
    }
    // What went out comes in as the same rules.
    let before = app.json("/observability/rules").await;
    assert_eq!(import(&text).await.unwrap().status(), 200);
    let after = app.json("/observability/rules").await;
    let of = |list: &Value| -> Vec<(Value, Value)> {
        let rules = list["rules"].as_array().unwrap().iter();
        let ours = rules.filter(|it| it["origin"] == "made here");
        ours.map(|it| (it["draft"].clone(), it["version"].clone()))
            .collect()
    };
    assert_eq!(of(&before).len(), 2);
    assert_eq!(of(&before), of(&after));

    // The interval is one of the whole group.
    let id = rule(&app, "Odd").await["id"].as_str().unwrap().to_owned();
    let mut draft = rule(&app, "Odd").await["draft"].clone();
    draft["interval"] = json!("1m");
    assert_eq!(put(&app, &id, changed(draft)).await.0, 200);
    assert_eq!(rule(&app, "x:double").await["draft"]["interval"], "1m");

    let response = import("groups: [{ name: g, rules: [{ alert: A, expr: 'x >' }] }]")
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
    let said = response.text().await.unwrap();
    assert!(said.contains("rule 1 (A)"), "{said}");
    app.stop().await;
}
