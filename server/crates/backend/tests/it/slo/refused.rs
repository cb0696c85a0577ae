//! Objectives that are none, and what is missing.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_refused_and_what_is_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let all = app.json(SLO).await;
    let built_in = all["rows"].as_array().unwrap();
    assert!(built_in.iter().all(|row| row["origin"] == "built-in"));
    assert!(built_in.iter().any(|row| row["id"] == "mcp-availability"));
    let changed = |field: &str, value: Value| {
        let mut draft = availability();
        draft[field] = value;
        draft
    };
    for (draft, status, words) in [
        (
            changed("target_percent", json!(100.0)),
            400,
            "target_percent: ",
        ),
        (
            changed("target_percent", json!(0.0)),
            400,
            "target_percent: ",
        ),
        (changed("days", json!(500)), 400, "400 days"),
        (changed("name", json!("")), 400, "name: "),
        (changed("zone", json!("Mars/Base")), 400, "Mars/Base"),
        (changed("metric", json!("up{")), 400, "metric: "),
        (changed("service", json!("mcp")), 200, ""),
        (changed("service", json!("mcp")), 409, "already"),
        (json!({ "nonsense": 1 }), 400, "nonsense"),
    ] {
        let (found, said) = app.post(SLO, draft.clone()).await;
        assert_eq!(found, status, "{draft} {said}");
        let message = said["message"].as_str().unwrap_or("");
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(app.get(&format!("{SLO}/none-such")).await.status(), 404);

    // Counters that stand still: there were no requests, which is neither good nor bad.
    let end = this_minute();
    let stretch = (end - 30 * MINUTE_MS, end);
    let status: [&[(&str, &str)]; 2] = [&[("code", "200")], &[("code", "500")]];
    feed(&app, "requests_total", &status, stretch, |_, _| Some(7.0)).await;
    let ratio = json!({
        "service": "web", "name": "errors", "kind": "ratio", "target_percent": 99.9,
        "bad": "sum(rate(requests_total{code=\"500\"}[{{.window}}]))",
        "total": "sum(rate(requests_total[{{.window}}]))",
    });
    let (status, said) = app.post(SLO, ratio).await;
    assert_eq!(status, 200, "{said}");
    let detail = filled(&app, "web-errors", 25).await;
    let row = &detail["objective"];
    assert_eq!(row["state"], "no data", "{row}");
    assert!(
        row["caution"].as_str().unwrap().contains("no events"),
        "{row}"
    );
    // A query without data.
    let none = json!({
        "service": "web", "name": "silent", "kind": "availability", "metric": "there_is_none",
    });
    let (status, said) = app.post(SLO, none).await;
    assert_eq!((status, &said["state"]), (200, &json!("no data")), "{said}");
    assert!(
        said["sentence"]
            .as_str()
            .unwrap()
            .contains("nothing was measured")
    );

    // A file with a part that is not supported.
    let sloth = "version: prometheus/v1\nservice: shop\nslos:\n  - name: errors\n    objective: 99.9\n    sli:\n      plugin: {id: some}\n";
    let import = |text: &'static str| {
        let request = app.http.post(format!("{}{SLO}/file?by=Ann", app.url));
        async move { request.body(text).send().await.unwrap() }
    };
    let said = import(sloth).await;
    assert_eq!(said.status(), 400);
    assert!(said.text().await.unwrap().contains("line "));
    let sloth = "version: prometheus/v1\nservice: shop\nslos:\n  - name: errors\n    objective: 99.9\n    sli:\n      events:\n        error_query: sum(rate(e[{{.window}}]))\n        total_query: sum(rate(t[{{.window}}]))\n    alerting: {name: ShopErrors, page_alert: {}, ticket_alert: {}}\n";
    let said = import(sloth).await;
    assert_eq!(said.status(), 200, "{}", said.text().await.unwrap());
    let made = app.json(&format!("{SLO}/shop-errors")).await;
    assert_eq!(made["objective"]["draft"]["target_percent"], 99.9);

    // A built-in one is changed, and is as it was again.
    let mut draft =
        app.json(&format!("{SLO}/mcp-availability")).await["objective"]["draft"].clone();
    draft["target_percent"] = json!(95.0);
    let path = format!("{SLO}/mcp-availability");
    let (status, said) = send(&app, reqwest::Method::PUT, &path, draft).await;
    assert_eq!(
        (status, &said["origin"]),
        (200, &json!("changed")),
        "{said}"
    );
    let (status, _) = send(&app, reqwest::Method::DELETE, &path, json!({})).await;
    assert_eq!(status, 200);
    let again = app.json(&path).await;
    assert_eq!(again["objective"]["origin"], "built-in");
    assert_eq!(again["objective"]["draft"]["target_percent"], 99.9);
    let (status, said) = send(&app, reqwest::Method::DELETE, &path, json!({})).await;
    assert_eq!(status, 409, "{said}");
    for table in ["objectives", "budgets"] {
        let rows = app
            .json(&format!("/observability/export/json?table={table}"))
            .await;
        let ids = rows.as_array().unwrap().iter().map(|row| &row["id"]);
        assert!(ids.into_iter().any(|id| id == "web-errors"), "{table}");
    }
    app.stop().await;
}
