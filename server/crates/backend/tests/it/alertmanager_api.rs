//! Alertmanager's API v2 held against the real one: the same is sent to both, and both are asked the same.

mod sides;

use std::collections::BTreeMap;

use model::Labels;
use serde_json::{Value, json};

use sides::{agree, at, both, kind};

/// Alerts that differ in everything that filters, groups and orders look at.
fn alerts() -> Value {
    let mut alerts = Vec::new();
    for (n, severity) in ["critical", "warning", "warning", "info"]
        .into_iter()
        .enumerate()
    {
        for instance in ["x", "y", ""] {
            let mut labels = json!({
                "alertname": format!("A{}", n % 2),
                "severity": severity,
                "n": n.to_string(),
                "empty": "",
            });
            if !instance.is_empty() {
                labels["instance"] = json!(instance);
            }
            if n == 3 {
                labels["cluster"] = json!("c");
                labels["job"] = json!("j");
            }
            alerts.push(json!({
                "labels": labels,
                "annotations": { "summary": format!("s{n}"), "empty": "" },
                "startsAt": at(-60 * i64::try_from(n).unwrap()),
                "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
            }));
        }
    }
    alerts[0]["endsAt"] = json!(at(3600));
    // In the order of groups a label that is missing counts.
    alerts.push(json!({ "labels": { "zone": "only", "severity": "critical" } }));
    alerts.push(json!({ "labels": { "area": "only", "service": "s" } }));
    alerts.push(json!({ "labels": { "service": "s" }, "startsAt": "0001-01-01T00:00:00Z" }));
    json!(alerts)
}

fn silence(name: &str, matchers: &Value, from: i64, to: i64) -> Value {
    json!({
        "matchers": matchers,
        "startsAt": at(from),
        "endsAt": at(to),
        "createdBy": "ann",
        "comment": name,
    })
}

fn matcher(name: &str, value: &str, is_regex: bool) -> Value {
    json!({ "name": name, "value": value, "isRegex": is_regex })
}

#[tokio::test(flavor = "multi_thread")]
async fn both_show_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _theirs, mut sides) = both(folder.path()).await;
    let sent = alerts();
    let silences = [
        silence(
            "a0",
            &json!([matcher("alertname", "A0", false), matcher("n", "2|7", true)]),
            -60,
            3600,
        ),
        silence(
            "later",
            &json!([matcher("severity", "info", false)]),
            1800,
            7200,
        ),
        silence(
            "other",
            &json!([
                matcher("instance", "x|y", true),
                { "name": "severity", "value": "warning", "isRegex": false, "isEqual": false },
                { "name": "n", "value": "[01]", "isRegex": true, "isEqual": false },
            ]),
            0,
            1800,
        ),
        silence("long", &json!([matcher("n", "2", false)]), 0, 36_000),
    ];
    for side in &mut sides {
        assert_eq!(side.post("/alerts", &sent).await.0, 200, "{}", side.name);
        for silence in &silences {
            let (status, said) = side.post("/silences", silence).await;
            assert_eq!(status, 200, "{}: {said}", side.name);
            let name = silence["comment"].as_str().unwrap().to_owned();
            let id = said["silenceID"].as_str().unwrap().to_owned();
            side.silences.insert(name, id);
        }
    }
    let all = agree(&sides, "/alerts").await;
    assert_eq!(all.as_array().unwrap().len(), 15);
    let mut states: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"]["state"])
        .collect();
    states.dedup();
    assert!(states.len() > 3, "{states:?}");
    for alert in all.as_array().unwrap() {
        // The hash is known without either of them.
        let labels = alert["labels"].as_object().unwrap().iter();
        let labels: Labels = labels
            .map(|(name, value)| (name, value.as_str().unwrap()))
            .collect();
        assert_eq!(
            alert["fingerprint"],
            format!("{:016x}", labels.fingerprint())
        );
    }
    let mut sizes = Vec::new();
    for query in [
        "active=false",
        "silenced=false",
        "inhibited=false",
        "unprocessed=false",
        "active=true&silenced=no",
        "active=maybe",
        "active=",
        "silenced=false&inhibited=false",
        "active=0&inhibited=false",
        "filter=alertname%3D%22A0%22",
        "filter=alertname!=A0",
        "filter=n%3D~%221|3%22",
        "filter=n!~1",
        "filter=instance%3D%22%22",
        "filter=instance!%3D%22%22",
        "filter=job%3D~.%2B",
        "filter=a%3Db,c",
        "filter=severity%3Dwarning&filter=instance%3Dx",
        "filter=nothing%3Dx",
        "filter=n%3D",
        "receiver=default",
        "receiver=def",
        "receiver=team",
        "receiver=team|critical&filter=n!%3D1",
        "receiver=d.*",
        "receiver=",
        "receiver=x|default",
        "filter=x",
        "filter=%3Dx",
        "filter=a%3D%22b",
        "filter=a%3Db%22",
        "filter=a%3D~(",
        "receiver=(",
        "filter=",
        "filter=a%3Db&filter=x",
        "unknown=1",
    ] {
        for path in ["/alerts", "/alerts/groups"] {
            let found = agree(&sides, &format!("{path}?{query}")).await;
            sizes.push(found.as_array().map_or(0, Vec::len));
        }
    }
    sizes.sort_unstable();
    sizes.dedup();
    assert!(sizes.len() > 6, "filters filter: {sizes:?}");
    let groups = agree(&sides, "/alerts/groups").await;
    assert!(groups.as_array().unwrap().len() > 4, "{groups:#}");
    agree(&sides, "/receivers").await;
    for path in [
        "/silences",
        "/silences?filter=n%3D2",
        "/silences?filter=n%3D~%222|7%22",
        "/silences?filter=n!~%22[01]%22",
        "/silences?filter=n%3D2&filter=severity%3Dinfo",
        "/silences?filter=x",
        "/silence/<a0>",
        "/silence/<later>",
        "/silence/x",
        "/silence/0193a1b2-0000-7000-8000-000000000000",
        "/silence/0193a1b2000070008000000000000000",
        "/nothing",
        "/alerts/other",
    ] {
        agree(&sides, path).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_refuse_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _theirs, mut sides) = both(folder.path()).await;
    let long_ago = "2020-01-01T00:00:00Z";
    let far = at(86_400);
    let alerts = [
        "[]".to_owned(), "{}".to_owned(), "x".to_owned(), String::new(), "null".to_owned(), "[{}]".to_owned(),
        "[{\"labels\":{}}]".to_owned(), "[{\"labels\":null}]".to_owned(), "[{\"labels\":{\"a\":\"\"}}]".to_owned(),
        "[{\"labels\":{\"\":\"b\"}}]".to_owned(), "[{\"labels\":{\"a\":1}}]".to_owned(),
        "[{\"labels\":{\"a\":\"b\"},\"annotations\":{\"\":\"c\"}}]".to_owned(),
        "[{\"labels\":{\"a\":\"b\"},\"annotations\":null,\"unknown\":1}]".to_owned(),
        "[{\"labels\":{\"a\":\"c\"},\"generatorURL\":\"foo bar\"}]".to_owned(),
        "[{\"labels\":{\"a\":\"c\"},\"generatorURL\":\"nourl\"}]".to_owned(),
        "[{\"labels\":{\"a\":\"c\"},\"generatorURL\":\"\"}]".to_owned(),
        "[{\"labels\":{\"a\":\"d\"},\"startsAt\":\"nonsense\"}]".to_owned(),
        "[{\"labels\":{\"a\":\"d\"},\"startsAt\":\"2026-11-29\"}]".to_owned(),
        "[{\"labels\":{\"a\":\"d\"},\"startsAt\":5}]".to_owned(),
        format!("[{{\"labels\":{{\"a\":\"e\"}},\"startsAt\":\"{far}\"}}]"),
        format!("[{{\"labels\":{{\"a\":\"e\"}},\"startsAt\":\"{far}\",\"endsAt\":\"{long_ago}\"}}]"),
        format!("[{{\"labels\":{{\"a\":\"f\"}},\"endsAt\":\"{long_ago}\"}}]"),
        format!("[{{\"labels\":{{\"a\":\"g\"}},\"startsAt\":\"{far}\",\"endsAt\":\"{far}\"}}]"),
        // The valid ones are taken.
        "[{\"labels\":{\"a\":\"h\"}},{\"labels\":{}},{\"labels\":{\"\":\"x\"}},{\"labels\":{\"a\":\"i\"}}]".to_owned(),
        "[{\"labels\":{\"a\":\"j\",\"a\":\"k\",\"__name__\":\"l\",\"ü\\u0000\":\"\"}}]".to_owned(),
        "[{\"labels\":{\"a\":\"never\"}},{\"annotations\":{}}]".to_owned(),
    ];
    let times = format!("\"startsAt\":\"{long_ago}\",\"endsAt\":\"{far}\"");
    let who = "\"createdBy\":\"ann\",\"comment\":\"c\"";
    let good = "\"matchers\":[{\"name\":\"a\",\"value\":\"b\",\"isRegex\":false}]";
    let with = |matchers: &str| format!("{{\"matchers\":{matchers},{times},{who}}}");
    let lasting = |times: &str| format!("{{{good},{times},{who}}}");
    let silences = [
        String::new(),
        "[]".to_owned(),
        "{}".to_owned(),
        "x".to_owned(),
        with("[]"),
        with("null"),
        with("[{\"name\":\"a\",\"value\":\"b\"}]"),
        with("[{\"name\":\"a\",\"isRegex\":true}]"),
        with("[{\"value\":\"a\",\"isRegex\":true}]"),
        with("[{\"name\":\"a\",\"value\":\"b\",\"isRegex\":\"no\"}]"),
        with("[{\"name\":\"a\",\"value\":\"\",\"isRegex\":false}]"),
        with("[{\"name\":\"a\",\"value\":\".*\",\"isRegex\":true}]"),
        with("[{\"name\":\"a\",\"value\":\"x\",\"isRegex\":false,\"isEqual\":false}]"),
        with("[{\"name\":\"a\",\"value\":\"(\",\"isRegex\":true}]"),
        with("[{\"name\":\"\",\"value\":\"x\",\"isRegex\":true}]"),
        format!("{{{good},{times},\"createdBy\":\"\",\"comment\":\"\"}}"),
        format!("{{{good},{times},\"createdBy\":\"ann\"}}"),
        format!("{{{good},{times},\"comment\":\"c\"}}"),
        lasting(&format!("\"startsAt\":\"{far}\",\"endsAt\":\"{far}\"")),
        lasting(&format!(
            "\"startsAt\":\"{long_ago}\",\"endsAt\":\"2020-01-02T00:00:00Z\""
        )),
        lasting(&format!(
            "\"startsAt\":\"0001-01-01T00:00:00Z\",\"endsAt\":\"{far}\""
        )),
        lasting(&format!(
            "\"startsAt\":\"{long_ago}\",\"endsAt\":\"0001-01-01T00:00:00Z\""
        )),
        lasting(&format!("\"startsAt\":\"{long_ago}\"")),
        lasting("\"startsAt\":\"soon\",\"endsAt\":\"later\""),
        format!("{{\"id\":\"x\",{good},{times},{who}}}"),
        format!("{{\"id\":\"0193a1b2-0000-7000-8000-000000000000\",{good},{times},{who}}}"),
        format!("{{\"id\":\"\",{good},{times},{who}}}"),
    ];
    let [ours, theirs] = &mut sides;
    let mut kinds = BTreeMap::new();
    let json = "application/json";
    let requests = alerts.iter().map(|body| ("/alerts", json, body.as_str()));
    let requests = requests.chain(
        silences
            .iter()
            .map(|body| ("/silences", json, body.as_str())),
    );
    let odd = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-8",
    ];
    let requests = requests.chain(odd.map(|media| ("/alerts", media, "[]")));
    for (path, media, body) in requests {
        let us = ours.send(http::Method::POST, path, media, body).await;
        let them = theirs.send(http::Method::POST, path, media, body).await;
        let mut us_kind = kind(&us);
        if us.0 == 200 && path == "/silences" {
            // Each has an id of its own.
            for (side, said) in [(&mut *ours, &us), (&mut *theirs, &them)] {
                let (name, id) = (side.silences.len(), &said.1["silenceID"]);
                let id = id.as_str().unwrap().to_owned();
                side.silences.insert(name.to_string(), id);
            }
            us_kind = kind(&them);
        }
        assert_eq!(
            us_kind,
            kind(&them),
            "{path} {media} {body}: {us:?} instead of {them:?}"
        );
        *kinds.entry(us.0).or_insert(0) += 1;
    }
    assert_eq!(
        kinds.keys().copied().collect::<Vec<_>>(),
        [200, 400, 404, 415, 422]
    );
    agree(&sides, "/alerts").await;
    let [ours, theirs] = &sides;
    for (method, path) in [
        (http::Method::DELETE, "/alerts"),
        (http::Method::PUT, "/silences"),
        (http::Method::POST, "/status"),
        (http::Method::PATCH, "/silence/x"),
        (http::Method::DELETE, "/silence/x"),
        (http::Method::POST, "/nothing"),
    ] {
        let us = ours.send(method.clone(), path, json, "").await;
        let them = theirs.send(method.clone(), path, json, "").await;
        assert_eq!(kind(&us), kind(&them), "{method} {path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_come_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _theirs, mut sides) = both(folder.path()).await;
    // The same alert again and again: from when to when, as seconds from now.
    let lives: [&[(Option<i64>, Option<i64>)]; 9] = [
        &[(Some(-60), Some(600)), (Some(-60), Some(1200))],
        &[(Some(-60), Some(1200)), (Some(-60), Some(600))],
        &[(Some(-60), None), (Some(-60), Some(60))],
        &[(Some(-60), Some(600)), (Some(-600), None)],
        &[(Some(-600), None), (Some(-60), Some(900))],
        &[(Some(-60), None), (None, None)],
        &[(Some(-60), Some(600)), (Some(-60), Some(-1))],
        &[(Some(-60), Some(60)), (Some(300), Some(600))],
        &[
            (Some(-600), Some(600)),
            (Some(-600), Some(-300)),
            (Some(-60), Some(600)),
        ],
    ];
    let longest = lives.iter().map(|life| life.len()).max().unwrap();
    for round in 0..longest {
        let mut sent = Vec::new();
        for (n, life) in lives.iter().enumerate() {
            let Some((from, to)) = life.get(round) else {
                continue;
            };
            let mut alert = json!({
                "labels": { "alertname": "Life", "n": n.to_string() },
                "annotations": { "round": round.to_string() },
            });
            for (name, seconds) in [("startsAt", from), ("endsAt", to)] {
                if let Some(seconds) = seconds {
                    alert[name] = json!(at(*seconds));
                }
            }
            sent.push(alert);
        }
        for side in &sides {
            assert_eq!(side.post("/alerts", &json!(sent)).await.0, 200);
        }
        let found = agree(&sides, "/alerts").await;
        let over = usize::from(round == 1) * 2 + usize::from(round == 2);
        assert_eq!(
            found.as_array().unwrap().len(),
            lives.len() - over,
            "{found:#}"
        );
    }

    // A silence is begun, changed, changed in a way that makes it another, and ended.
    let about = |value: &str| json!([matcher("n", value, false)]);
    let first = silence("first", &about("1"), 0, 600);
    for side in &mut sides {
        let (_, said) = side.post("/silences", &first).await;
        side.silences.insert(
            "first".to_owned(),
            said["silenceID"].as_str().unwrap().to_owned(),
        );
        let path = format!("/silence/{}", side.silences["first"]);
        let starts = side.get(&path).await.1["startsAt"].clone();
        for (name, matchers, to) in [
            ("longer", about("1"), 1200),
            ("shorter", about("1"), 300),
            ("second", about("2"), 300),
            ("third", about("2"), 300),
        ] {
            let mut change = silence(name, &matchers, 0, to);
            change["id"] = json!(side.silences["first"]);
            change["createdBy"] = json!("bob");
            if name != "third" {
                change["startsAt"] = starts.clone();
            }
            let (status, said) = side.post("/silences", &change).await;
            assert_eq!(status, 200, "{}: {said}", side.name);
            let id = said["silenceID"].as_str().unwrap().to_owned();
            let is_same = id == side.silences["first"];
            assert_eq!(is_same, name.ends_with("er"), "{} {name}", side.name);
            if !is_same {
                side.silences.insert(name.to_owned(), id);
            }
        }
    }
    let found = agree(&sides, "/silences").await;
    assert_eq!(found.as_array().unwrap().len(), 3);
    agree(&sides, "/alerts").await;
    for (silence, status) in [("second", 200), ("third", 200)] {
        for side in &sides {
            let path = side.called(&format!("/silence/<{silence}>"));
            let (code, _) = side
                .send(http::Method::DELETE, &path, "application/json", "")
                .await;
            assert_eq!(code, status, "{} {silence}", side.name);
        }
        agree(&sides, &format!("/silence/<{silence}>")).await;
    }
    let found = agree(&sides, "/alerts").await;
    assert!(
        found
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["status"]["state"] == "active")
    );
    app.stop().await;
}
