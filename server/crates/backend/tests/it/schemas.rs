//! What the running product answers, held against what its description says of it.

use serde_json::{Value, json};

use crate::app::{dead_server, quick, start};

/// Nothing but what is described may be there.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("properties").is_some_and(Value::is_object)
                && fields.get("type") == Some(&json!("object"))
                && !fields.contains_key("additionalProperties")
            {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// What a value has that a schema of the document does not allow.
fn faults(document: &Value, place: &[&str], value: &Value) -> Vec<String> {
    let escaped = |part: &&str| part.replace('~', "~0").replace('/', "~1");
    let pointer: Vec<_> = place.iter().map(escaped).collect();
    let pointer = format!("/{}", pointer.join("/"));
    assert!(document.pointer(&pointer).is_some(), "{pointer}");
    let mut root = document.clone();
    root["$ref"] = json!(format!(
        "#{}",
        pointer.replace('{', "%7B").replace('}', "%7D")
    ));
    let validator = jsonschema::draft202012::new(&root).unwrap();
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_as_described() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config).await.unwrap();
    app.until("/observability/alerts?open=true", |alerts| {
        alerts[0]["server"] == "gone"
    })
    .await;
    let own = "/observability/servers/observatory/performance";
    app.until(own, |found| found["probes"].as_u64() > Some(1))
        .await;
    let mut document = app.json("/openapi.json").await;
    close(&mut document);
    let told = &document["paths"]["/observability/traffic"]["post"]["requestBody"]["content"]["application/json"]
        ["example"];
    let (status, _) = app.post("/observability/traffic", told.clone()).await;
    assert_eq!(status, 200);
    let mut build = document["paths"]["/api/builds"]["post"]["requestBody"]["content"]["application/json"]
        ["example"]
        .clone();
    build["id"] = json!("1");
    let (status, _) = app.post("/api/builds", build).await;
    assert_eq!(status, 200);
    let report = &document["paths"]["/api/synthex/agents"]["post"]["requestBody"]["content"]["application/json"]
        ["example"];
    let (status, _) = app.post("/api/synthex/agents", report.clone()).await;
    assert_eq!(status, 200);
    let alerts = app.json("/observability/alerts").await;
    let alert = alerts[0]["id"].as_str().unwrap().to_owned();
    let now = jiff::Timestamp::now().as_millisecond();
    let in_an_hour = jiff::Timestamp::from_millisecond(now + 3_600_000).unwrap();
    let silence = json!({
        "matchers": [{ "name": "server", "value": "gone", "isRegex": false }],
        "startsAt": "1970-01-01T00:00:00Z",
        "endsAt": in_an_hour.to_string(),
        "createdBy": "ann",
        "comment": "moved",
    });
    let (status, begun) = app.post("/api/v2/silences", silence).await;
    assert_eq!(status, 200, "{begun}");

    let results = json!({ "results": [{ "name": "a", "unit": "ms", "samples": [1, 2, 3] }] });
    let (status, taken) = app.post("/api/benchmarks", results).await;
    assert_eq!((status, &taken["run"]), (200, &json!(1)), "{taken}");
    let (status, report) = app
        .post("/observability/slo/reports", json!({ "keep": true }))
        .await;
    assert_eq!((status, &report["id"]), (200, &json!(1)), "{report}");

    let paths = document["paths"].as_object().unwrap().clone();
    let mut seen = 0;
    for (path, methods) in &paths {
        let answer = &methods["get"]["responses"]["200"]["content"]["application/json"];
        // Nothing is scraped here, so that nothing is known of what targets say.
        if answer.is_null() || path == "/api/v1/targets/metadata" {
            continue;
        }
        let query = match path.as_str() {
            "/observability/metrics" => {
                format!(
                    "?metric=mcp_server_up&from_ms={}&to_ms={now}&step_ms=1000",
                    now - 60_000
                )
            }
            "/observability/export/{format}" => "?table=servers".to_owned(),
            "/observability/silences/preview" => "?matchers=server%3Dgone".to_owned(),
            "/observability/windows/calendar" => "?from_ms=0&to_ms=1000".to_owned(),
            "/api/v1/query" => "?query=mcp_server_up".to_owned(),
            "/api/v1/query_range" => {
                let (begin, end) = (now / 1000 - 60, now / 1000);
                format!("?query=mcp_server_up&start={begin}&end={end}&step=1")
            }
            "/api/v1/query_exemplars" => "?query=up&start=0&end=1".to_owned(),
            "/api/v1/series" => "?match[]=mcp_server_up".to_owned(),
            "/api/v1/format_query" | "/api/v1/parse_query" => "?query=sum(rate(up[5m]))".to_owned(),
            _ => String::new(),
        };
        for name in ["observatory", "gone"] {
            let name = match path.as_str() {
                "/observability/boards/{name}" => "servers",
                "/api/v1/label/{name}/values" => "server",
                _ => name,
            };
            let board = app.json("/observability/boards").await[0]["name"].clone();
            let name = match name {
                "servers" => board.as_str().unwrap(),
                name => name,
            };
            let address = path.replace("{name}", name).replace("{format}", "json");
            // The only call that was told.
            let id = match path.as_str() {
                "/observability/alerts/{id}" | "/observability/notify/alerts/{id}" => {
                    alert.as_str()
                }
                "/api/v2/silence/{id}" => begun["silenceID"].as_str().unwrap(),
                path if path.starts_with("/observability/rules/") => "builtin:MCPServerDown",
                "/observability/slo/{id}" => "mcp-availability",
                "/observability/agents/{id}" => "coder-1",
                _ => "1",
            };
            let address = address.replace("{id}", id);
            let value = app.json(&format!("{address}{query}")).await;
            let place = [
                "paths",
                path,
                "get",
                "responses",
                "200",
                "content",
                "application/json",
                "schema",
            ];
            let found = faults(&document, &place, &value);
            assert!(found.is_empty(), "{address}: {found:#?}\n{value}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");

    let decide = "/alerts/{id}/acknowledge";
    let note =
        document["paths"][decide]["post"]["requestBody"]["content"]["application/json"]["example"]
            .clone();
    let raised = document["paths"]["/alerts"]["post"]["requestBody"]["content"]["application/json"]
        ["example"]
        .clone();
    let (told, measured) = ("/api/events", "/api/benchmarks");
    let sent = |path: &str| {
        document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
            .clone()
    };
    let run = "/observability/diagnostics/run";
    for (path, address, body) in [
        (decide, decide.replace("{id}", &alert), note),
        ("/alerts", "/alerts".to_owned(), raised),
        (told, told.to_owned(), sent(told)),
        (measured, measured.to_owned(), sent(measured)),
        (run, run.to_owned(), json!({})),
        (run, run.to_owned(), json!({ "server": "gone" })),
    ] {
        let sent = [
            "paths",
            path,
            "post",
            "requestBody",
            "content",
            "application/json",
            "schema",
        ];
        let found = faults(&document, &sent, &body);
        assert!(found.is_empty(), "{path}: {found:#?}");
        let (status, value) = app.post(&address, body).await;
        assert_eq!(status, 200, "{value}");
        let place = [
            "paths",
            path,
            "post",
            "responses",
            "200",
            "content",
            "application/json",
            "schema",
        ];
        let found = faults(&document, &place, &value);
        assert!(found.is_empty(), "{address}: {found:#?}\n{value}");
    }
    for (address, path) in [
        (
            "/observability/servers/nobody",
            "/observability/servers/{name}",
        ),
        ("/api/v1/query?query=(", "/api/v1/query"),
        ("/api/v2/alerts?filter=x", "/api/v2/alerts"),
        ("/api/v2/silence/x", "/api/v2/silence/{id}"),
    ] {
        let value: Value = app.get(address).await.json().await.unwrap();
        let place = [
            "paths",
            path,
            "get",
            "responses",
            "default",
            "content",
            "application/json",
            "schema",
        ];
        assert_eq!(faults(&document, &place, &value), [""; 0], "{value}");
    }
    // It can fail.
    let place = [
        "paths",
        "/observability/servers",
        "get",
        "responses",
        "200",
        "content",
        "application/json",
        "schema",
    ];
    let mut servers = app.json("/observability/servers").await;
    servers[0]["unheard_of"] = json!(1);
    assert!(!faults(&document, &place, &servers).is_empty());
    app.stop().await;
}
