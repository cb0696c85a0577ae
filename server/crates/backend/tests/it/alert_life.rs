//! What people and programs do with alerts over HTTP, what the clock makes of it, and the history of all.

use serde_json::{Value, json};

use crate::app::{TestApp, dead_server, quick, start};

async fn firing(app: &TestApp) -> String {
    let alerts = app
        .until("/alerts", |alerts| alerts[0]["state"] == "firing")
        .await;
    alerts[0]["id"].as_str().unwrap().to_owned()
}

async fn act(app: &TestApp, id: &str, what: &str, body: Value) -> Value {
    let (status, alert) = app.post(&format!("/alerts/{id}/{what}"), body).await;
    assert_eq!(status, 200, "{what}: {alert}");
    alert
}

fn whats(steps: &Value) -> Vec<String> {
    let steps = steps.as_array().unwrap().iter();
    let word = |step: &Value| {
        format!(
            "{} {}",
            step["what"].as_str().unwrap(),
            step["by"].as_str().unwrap()
        )
    };
    steps.map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_worked_and_outlasts_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config.clone()).await.unwrap();
    let id = firing(&app).await;
    let page = format!("/alerts/{id}");
    let detail = app.json(&page).await;
    assert_eq!(detail["is_quiet"], false, "{detail:#}");
    assert!(detail["expr"].as_str().unwrap().contains("mcp_server"));
    assert_eq!(detail["fired_30d"], 1);
    let before = detail["before"].as_array().unwrap();
    assert!(
        before.iter().any(|mark| mark["kind"] == "start"),
        "the product was started just before: {before:?}"
    );

    let alert = act(&app, &id, "assign", json!({ "by": "ann", "owner": "bob" })).await;
    assert_eq!(
        (&alert["owner"], &alert["state"]),
        (&json!("bob"), &json!("firing"))
    );
    act(
        &app,
        &id,
        "comment",
        json!({ "by": "cyd", "comment": "a <b>look</b>" }),
    )
    .await;
    let note = json!({ "by": "ann", "comment": "mine", "lasts_ms": 3_600_000 });
    act(&app, &id, "acknowledge", note).await;
    let (status, problem) = app
        .post(&format!("{page}/acknowledge"), json!({ "by": "dan" }))
        .await;
    assert_eq!(status, 409);
    let message = problem["message"].as_str().unwrap();
    assert!(
        message.starts_with("ann has already acknowledged"),
        "{message}"
    );

    let until_ms = app.json(&page).await["until_ms"].clone();
    assert!(until_ms.is_i64());
    app.stop().await;
    let app = start(folder.path(), config.clone()).await.unwrap();
    let detail = app.json(&page).await;
    assert_eq!(detail["until_ms"], until_ms, "{detail:#}");
    assert_eq!(detail["alert"]["owner"], "ann");
    assert_eq!(detail["steps"][3]["comment"], "a <b>look</b>");
    assert_eq!(
        (
            &detail["is_quiet"],
            detail["quiet"].as_array().unwrap().len()
        ),
        (&json!(true), 1)
    );
    let why = detail["quiet"][0]["text"].as_str().unwrap();
    assert!(why.starts_with("ann has it until 20"), "{why}");

    // Who has it may take it for less; then it fires again by itself, and says so.
    act(
        &app,
        &id,
        "acknowledge",
        json!({ "by": "ann", "lasts_ms": 700 }),
    )
    .await;
    let detail = app
        .until(&page, |detail| detail["alert"]["state"] == "firing")
        .await;
    assert_eq!(
        detail["alert"].get("acknowledged"),
        Some(&Value::Null),
        "{detail:#}"
    );
    assert_eq!(
        whats(&detail["steps"]),
        [
            "pending rule",
            "firing rule",
            "assigned ann",
            "commented cyd",
            "acknowledged ann",
            "acknowledged ann",
            "lapsed clock"
        ]
    );
    app.until("/observability/events", |marks| {
        marks.to_string().contains("fires again")
    })
    .await;
    act(&app, &id, "resolve", json!({ "by": "bob" })).await;
    let (status, problem) = app
        .post(&format!("{page}/resolve"), json!({ "by": "eve" }))
        .await;
    assert_eq!(status, 409);
    assert!(
        problem["message"]
            .as_str()
            .unwrap()
            .contains("resolved by bob"),
        "{problem}"
    );
    app.stop().await;

    let app = start(folder.path(), config).await.unwrap();
    let detail = app.json(&page).await;
    assert_eq!(detail["alert"]["state"], "resolved");
    // It is said of what is over, too.
    act(
        &app,
        &id,
        "comment",
        json!({ "by": "cyd", "comment": "it was the disk" }),
    )
    .await;
    act(&app, &id, "reopen", json!({ "by": "cyd" })).await;
    assert_eq!(app.json(&page).await["steps"].as_array().unwrap().len(), 10);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raised_by_programs_and_forms() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let draft = |summary: &str| {
        json!({ "name": "BackupFailed", "severity": "critical", "server": "elsewhere",
        "summary": summary, "labels": { "disk": "b" }, "by": "backup" })
    };
    let (status, first) = app.post("/alerts", draft("failed")).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(
        (&first["state"], &first["severity"]),
        (&json!("firing"), &json!("critical"))
    );
    let (_, second) = app.post("/alerts", draft("failed twice")).await;
    assert_eq!(
        (&second["id"], &second["summary"]),
        (&first["id"], &json!("failed twice"))
    );
    assert_eq!(
        app.json("/alerts?open=true")
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    app.stop().await;

    // No rule ends it, although its server is not configured; nor does a restart.
    let app = start(folder.path(), quick()).await.unwrap();
    let query = "/api/v1/query?query=mcp_server_up";
    app.until(query, |answer| {
        answer["data"]["result"][0]["metric"]["server"] == "observatory"
    })
    .await;
    app.post("/-/reload", json!({})).await;
    let id = first["id"].as_str().unwrap();
    let detail = app.json(&format!("/alerts/{id}")).await;
    assert_eq!(
        (
            &detail["alert"]["state"],
            &detail["is_raised"],
            &detail["alert"]["summary"]
        ),
        (&json!("firing"), &json!(true), &json!("failed twice"))
    );
    act(
        &app,
        id,
        "acknowledge",
        json!({ "by": "ann", "owner": "bob" }),
    )
    .await;
    let ended = act(
        &app,
        id,
        "resolve",
        json!({ "by": "bob", "comment": "done" }),
    )
    .await;
    assert_eq!(ended["resolved"]["by"], "bob");
    // What comes after its end is another.
    let (_, third) = app.post("/alerts", draft("failed again")).await;
    assert_ne!(third["id"], first["id"]);
    let (status, problem) = app.post(&format!("/alerts/{id}/reopen"), json!({})).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(app.json(&format!("/alerts/{id}")).await["fired_30d"], 2);

    // A form needs no script, and leads to the alert's page.
    let form = |path: &str, fields: &[(&str, &str)]| {
        app.http
            .post(format!("{}{path}", app.url))
            .form(fields)
            .send()
    };
    let fields = [
        ("name", "Note"),
        ("severity", "info"),
        ("minutes", "60"),
        ("by", "Ann"),
    ];
    let answer = form("/alerts", &fields).await.unwrap();
    assert_eq!(answer.status(), 303);
    let page = answer.headers()["location"].to_str().unwrap().to_owned();
    let detail = app.json(&page).await;
    assert_eq!(
        (&detail["alert"]["rule"], detail["ends_ms"].is_i64()),
        (&json!("Note"), true)
    );
    let answer = form(
        &format!("{page}/comment"),
        &[("by", "Ann"), ("comment", "so")],
    )
    .await
    .unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["location"].to_str().unwrap()
        ),
        (303, &*page)
    );
    assert_eq!(app.json(&page).await["steps"][1]["comment"], "so");

    // One that ends by itself.
    let (_, brief) = app
        .post("/alerts", json!({ "name": "Brief", "lasts_ms": 500 }))
        .await;
    let brief = format!("/alerts/{}", brief["id"].as_str().unwrap());
    let detail = app
        .until(&brief, |detail| detail["alert"]["state"] == "resolved")
        .await;
    assert_eq!(detail["alert"]["resolved"]["by"], Value::Null);

    for (body, part) in [
        (json!({ "name": "x", "severity": "fatal" }), "emergency"),
        (json!({ "summary": "x" }), "has a name"),
        (json!({ "name": "x", "ends_ms": 5 }), "in the future"),
        (json!({ "name": "x", "until": 5 }), "until"),
    ] {
        let (status, problem) = app.post("/alerts", body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(
            problem["message"].as_str().unwrap().contains(part),
            "{problem}"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_is_searched_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    for n in 0..7 {
        let severity = if n % 2 == 0 { "error" } else { "info" };
        let server = format!("s{}", n % 3);
        let draft = json!({ "name": format!("A{n}"), "severity": severity, "server": server });
        let (_, alert) = app.post("/alerts", draft).await;
        let id = alert["id"].as_str().unwrap();
        let note = json!({ "by": "Ann", "owner": format!("Bob{n}"), "comment": format!("Disk {n} is full") });
        act(&app, id, "acknowledge", note).await;
    }
    let rows = async |query: &str| -> usize {
        let page = app.json(&format!("/alerts/history?{query}")).await;
        page["rows"].as_array().unwrap().len()
    };
    for (query, expected) in [
        ("", 14),
        ("severity=error", 8),
        ("server=s0", 6),
        ("server=s0&severity=error", 4),
        ("state=acknowledged", 7),
        ("what=raised", 7),
        ("person=ann", 7),
        ("person=bob3", 1),
        ("text=FULL%20a4", 1),
        ("text=100%25", 0),
        ("to_ms=5", 0),
    ] {
        assert_eq!(rows(query).await, expected, "{query}");
    }
    // Page by page nothing is lost and nothing comes twice.
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = app
            .json(&format!("/alerts/history?limit=4&after={after}"))
            .await;
        let rows = page["rows"].as_array().unwrap().iter();
        seen.extend(rows.map(|row| row["seq"].as_i64().unwrap()));
        after = page["next"].as_str().unwrap().to_owned();
        if after.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 14);
    assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
    let many = format!("text={}", "a+".repeat(11));
    let long = format!("person={}", "a".repeat(301));
    for (query, part) in [
        (many.as_str(), "10 words"),
        (long.as_str(), "300 characters"),
        ("severity=fatal", "emergency"),
        ("after=x", "next"),
        ("limit=x", "limit"),
        ("tex=x", "tex"),
    ] {
        let answer = app
            .get(&format!("/observability/alerts/history?{query}"))
            .await;
        assert_eq!(answer.status(), 400, "{query}");
        assert!(answer.text().await.unwrap().contains(part), "{query}");
    }
    let csv = app
        .get("/observability/export/csv?table=alert-history&server=s1")
        .await;
    let csv = csv.text().await.unwrap();
    assert_eq!(csv.lines().count(), 5, "{csv}");
    assert!(csv.starts_with(
        "at_ms,alert_id,rule,server,severity,what,from,to,by,owner,until_ms,comment,summary"
    ));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let (_, alert) = app.post("/alerts", json!({ "name": "x" })).await;
    let id = alert["id"].as_str().unwrap();
    for (what, body, status, part) in [
        (
            "acknowledge",
            json!({ "until_ms": 5 }),
            400,
            "in the future",
        ),
        ("acknowledge", json!({ "lasts_ms": -5 }), 400, "more than 0"),
        ("assign", json!({ "owner": "x".repeat(201) }), 400, "200"),
        ("comment", json!({ "comment": " " }), 400, "needs words"),
        (
            "comment",
            json!({ "comment": "x".repeat(4001) }),
            400,
            "4000",
        ),
        ("comment", json!({ "text": "x" }), 400, "text"),
        (
            "resolve",
            json!({ "lasts_ms": 5 }),
            400,
            "acknowledgement alone",
        ),
    ] {
        let (got, problem) = app.post(&format!("/alerts/{id}/{what}"), body).await;
        assert_eq!(got, status, "{what}: {problem}");
        assert!(
            problem["message"].as_str().unwrap().contains(part),
            "{problem}"
        );
    }
    let unknown = "0193a1b2-0000-7000-8000-000000000000";
    let answer = app.get(&format!("/observability/alerts/{unknown}")).await;
    assert_eq!(answer.status(), 404);
    assert_eq!(
        app.get("/observability/alerts/nonsense").await.status(),
        404
    );
    let (status, _) = app
        .post(
            &format!("/alerts/{unknown}/comment"),
            json!({ "comment": "x" }),
        )
        .await;
    assert_eq!(status, 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_it_is_quiet_and_what_is_related() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    for name in ["web", "database", "other"] {
        config.servers.push(dead_server(name).await);
    }
    config
        .depends_on
        .insert("web".to_owned(), vec!["database".to_owned()]);
    let app = start(folder.path(), config).await.unwrap();
    let of = |alerts: &Value, server: &str| {
        let alerts = alerts.as_array().unwrap().iter();
        let mut alerts = alerts.filter(|it| it["server"] == server && it["state"] == "firing");
        alerts
            .next()
            .map(|it| it["id"].as_str().unwrap().to_owned())
    };
    let alerts = app
        .until("/alerts", |alerts| {
            ["web", "database", "other"]
                .iter()
                .all(|it| of(alerts, it).is_some())
        })
        .await;
    let page = format!("/alerts/{}", of(&alerts, "web").unwrap());
    let detail = app.until(&page, |detail| detail["is_quiet"] == true).await;
    let quiet = &detail["quiet"][0];
    assert_eq!(quiet["text"], "It is held: its dependency database is down");
    assert_eq!(quiet["link"], "/dependencies");
    let why = |detail: &Value| {
        let related = detail["related"].as_array().unwrap().iter();
        let mut why: Vec<_> = related
            .map(|it| it["why"].as_str().unwrap().to_owned())
            .collect();
        why.sort();
        why
    };
    assert_eq!(
        why(&detail),
        ["of the same rule", "web depends on database"]
    );
    let draft =
        json!({ "matchers": "server=web", "lasts_ms": 3_600_000, "by": "Ann", "comment": "moved" });
    assert_eq!(app.post("/observability/silences", draft).await.0, 200);
    let detail = app.json(&page).await;
    let texts: Vec<_> = detail["quiet"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["link"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        ["/dependencies", "/alerts#silences"],
        "both reasons are said"
    );
    let page = format!("/alerts/{}", of(&alerts, "database").unwrap());
    let detail = app.json(&page).await;
    assert_eq!(detail["is_quiet"], false);
    assert_eq!(
        why(&detail),
        ["of the same rule", "web depends on database"]
    );
    app.stop().await;
}
