//! Service levels as a whole: filled backwards from what is stored, true to the minute, kept over a restart; changes,
//! measurements, reports, and what is refused.

mod late;
mod refused;
mod schedules;
mod store;

use backend::config::Config;
use serde_json::{Value, json};

use crate::app::{TestApp, quick, start};
use crate::remote_write::messages::{body, series};

const MINUTE_MS: i64 = 60_000;
const SLO: &str = "/observability/slo";

/// The begin of this minute.
fn this_minute() -> i64 {
    let now_ms = jiff::Timestamp::now().as_millisecond();
    now_ms.div_euclid(MINUTE_MS) * MINUTE_MS
}

/// Sends series with a sample every half minute; nothing where `value` says nothing.
async fn feed(
    app: &TestApp,
    name: &str,
    labels: &[&[(&str, &str)]],
    (from_ms, to_ms): (i64, i64),
    value: impl Fn(usize, i64) -> Option<f64>,
) {
    let all = labels.iter().enumerate().map(|(number, labels)| {
        let pairs = [("__name__", name)]
            .into_iter()
            .chain(labels.iter().copied());
        let times = (from_ms..=to_ms).step_by(30_000);
        let samples = times.filter_map(|at_ms| Some((at_ms, value(number, at_ms)?)));
        series(&pairs.collect::<Vec<_>>(), &samples.collect::<Vec<_>>())
    });
    let sent = app
        .http
        .post(format!("{}/api/v1/write", app.url))
        .body(body(all.collect()))
        .send()
        .await
        .unwrap();
    assert!(sent.status().is_success(), "{}", sent.text().await.unwrap());
}

fn availability() -> Value {
    json!({
        "service": "web", "name": "up", "description": "Both are there.", "owner": "platform",
        "kind": "availability", "metric": "probe_up", "target_percent": 99.0, "days": 1,
        "parts": ["server"], "by": "Ann", "comment": "promised",
    })
}

async fn send(app: &TestApp, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
    let request = app.http.request(method, format!("{}{path}", app.url));
    let response = request.json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or(Value::Null))
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// Until the ledger knows all but the last minutes.
async fn filled(app: &TestApp, id: &str, minutes: u64) -> Value {
    app.until(&format!("{SLO}/{id}"), |detail| {
        let budget = &detail["objective"]["budget"];
        let known = ["minutes", "gap_minutes", "excluded_minutes"];
        let known: u64 = known.iter().map(|it| budget[it].as_u64().unwrap()).sum();
        known >= minutes
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objective_is_true_to_the_minute_and_outlasts_the_product() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let end = this_minute();
    let begin = end - 180 * MINUTE_MS;
    // `a` is down for ten minutes, and later nothing is heard of either for twenty.
    let (down, silent) = (end - 120 * MINUTE_MS, end - 60 * MINUTE_MS);
    let servers: [&[(&str, &str)]; 2] = [&[("server", "a")], &[("server", "b")]];
    feed(&app, "probe_up", &servers, (begin, end), |number, at_ms| {
        let is_down = number == 0 && (down..down + 10 * MINUTE_MS).contains(&at_ms);
        let is_silent = (silent..silent + 20 * MINUTE_MS).contains(&at_ms);
        (!is_silent).then_some(if is_down { 0.0 } else { 1.0 })
    })
    .await;

    let (status, preview) = app.post(&format!("{SLO}/preview"), availability()).await;
    assert_eq!(status, 200, "{preview}");
    assert_eq!(number(&preview["budget"]["spent"]), 10.0);
    let sentence = preview["sentence"].as_str().unwrap();
    assert!(sentence.contains("% of the budget is left"), "{sentence}");
    let (status, made) = app.post(SLO, availability()).await;
    assert_eq!((status, &made["id"]), (200, &json!("web-up")), "{made}");
    let detail = filled(&app, "web-up", 178).await;
    let row = &detail["objective"];
    let budget = &row["budget"];
    assert_eq!(row["origin"], "made here");
    // Two servers, one of them bad in ten minutes. Five minutes after the last sample nothing is known any more.
    assert_eq!(number(&budget["spent"]), 10.0);
    assert_eq!(budget["gap_minutes"], 15);
    let minutes = number(&budget["minutes"]);
    assert_eq!(number(&budget["total"]), 2.0 * minutes);
    assert_eq!(budget["bad_minutes"], 10);
    // The budget is that of the whole day, of which three hours are known.
    let allowed = 0.01 * 2.0 * (1440.0 - 15.0);
    assert!((number(&budget["allowed"]) - allowed).abs() < 1e-9);
    assert!((number(&budget["left"]) - (1.0 - 10.0 / allowed)).abs() < 1e-9);
    assert_eq!(row["state"], "at risk");
    let known = row["known_from_ms"].as_i64().unwrap();
    assert_eq!(
        known,
        begin - MINUTE_MS,
        "the minute that ends with the first sample"
    );
    let part = &detail["parts"][0];
    assert_eq!(
        (&part["labels"], number(&part["share"])),
        (&json!({ "server": "a" }), 1.0)
    );
    let incident = &detail["incidents"][0];
    assert_eq!(incident["from_ms"], down - MINUTE_MS);
    assert_eq!(incident["to_ms"], down + 9 * MINUTE_MS);
    assert_eq!(incident["bad_minutes"], 10);
    let last = detail["burn_down"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        last["value"], budget["left"],
        "the picture ends where the budget is"
    );
    assert!(!detail["arithmetic"].as_array().unwrap().is_empty());
    // What is asked for is cut to the minute.
    let (from, to) = (down - MINUTE_MS, down + 4 * MINUTE_MS);
    let path = format!("{SLO}/web-up?from_ms={from}&to_ms={to}");
    let piece = app.json(&path).await;
    let steps = piece["error_ratio"].as_array().unwrap().iter();
    let steps: Vec<_> = steps.map(|it| number(&it["value"])).collect();
    assert_eq!(steps, [0.5; 5]);

    // The engine judges its rules, and they are a file.
    let groups = app.json("/api/v1/rules").await.to_string();
    assert!(groups.contains("sloth-slo-alerts-web-up"), "{groups}");
    let file = app.get(&format!("{SLO}/file?id=web-up")).await;
    let file = file.text().await.unwrap();
    assert!(file.contains("WebUpBurnsFast"), "{file}");
    // Itself as a file is what it was made of: read again nothing is another.
    let path = format!("{SLO}/file?id=web-up&format=objectives");
    let file = app.get(&path).await.text().await.unwrap();
    let again = app.http.post(format!("{}{SLO}/file?by=Eve", app.url));
    let again = again.body(file).send().await.unwrap();
    assert_eq!(again.json::<Value>().await.unwrap(), json!([]));
    let detail = app.json(&format!("{SLO}/web-up")).await;
    assert_eq!(detail["versions"].as_array().unwrap().len(), 1, "{detail}");
    let wrong = app.get(&format!("{SLO}/file?format=pdf")).await;
    assert_eq!(wrong.status(), 400);
    let query = "/api/v1/query?query=slo%3Aobjective%3Aratio%7Bsloth_id%3D%22web-up%22%7D";
    // Rules of objectives have a turn a minute.
    let turn = std::time::Duration::from_secs(90);
    app.until_within(turn, query, |answer| {
        answer["data"]["result"][0]["value"][1] == "0.99"
    })
    .await;

    let before = app.json(&format!("{SLO}/web-up")).await;
    app.stop().await;
    let app = start(folder.path(), quick()).await.unwrap();
    let after = app.json(&format!("{SLO}/web-up")).await;
    for field in ["spent", "gap_minutes", "bad_minutes"] {
        assert_eq!(
            after["objective"]["budget"][field],
            before["objective"]["budget"][field]
        );
    }
    assert_eq!(after["objective"]["known_from_ms"], begin - MINUTE_MS);

    // Another promise over the same minutes: a half is enough.
    let mut draft = availability();
    draft["target_percent"] = json!(50.0);
    let (_, preview) = app.post(&format!("{SLO}/preview"), draft.clone()).await;
    assert_eq!(preview["budget"]["bad_minutes"], 0, "{preview}");
    draft["gaps"] = json!("count as bad");
    let put = reqwest::Method::PUT;
    let (status, said) = send(&app, put.clone(), &format!("{SLO}/web-up"), draft).await;
    assert_eq!((status, &said["state"]), (200, &json!("met")), "{said}");
    // A minute of which half is good is no bad one any more; those without data are.
    assert_eq!(said["budget"]["bad_minutes"], 15);
    let detail = app.json(&format!("{SLO}/web-up")).await;
    let versions = detail["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    let said = versions[0]["changes"].to_string();
    assert!(said.contains("target: 50 % instead of 99 %"), "{said}");
    assert!(said.contains("count as bad instead of leave out"), "{said}");
    assert_eq!(versions[1]["by"], "Ann");

    // Another question is another ledger; the old one is there when it is asked again.
    let mut draft = availability();
    draft["metric"] = json!("probe_up{server=\"b\"}");
    let (status, said) = send(&app, put.clone(), &format!("{SLO}/web-up"), draft).await;
    assert_eq!(status, 200, "{said}");
    let detail = filled(&app, "web-up", 178).await;
    assert_eq!(number(&detail["objective"]["budget"]["spent"]), 0.0);
    let (status, said) = send(&app, put, &format!("{SLO}/web-up"), availability()).await;
    assert_eq!(status, 200);
    assert_eq!(number(&said["budget"]["spent"]), 10.0);

    let delete = reqwest::Method::DELETE;
    let (status, _) = send(&app, delete, &format!("{SLO}/web-up?by=Bob"), json!({})).await;
    assert_eq!(status, 200);
    assert_eq!(app.get(&format!("{SLO}/web-up")).await.status(), 404);
    let groups = app.json("/api/v1/rules").await.to_string();
    assert!(!groups.contains("web-up"), "its rules have gone");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn measurements_count_once_and_reports_stay_as_they_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let draft = json!({
        "service": "support", "name": "answers", "kind": "measured", "target_percent": 90.0,
        "days": 1, "owner": "Desk",
    });
    let (status, said) = app.post(SLO, draft).await;
    assert_eq!((status, &said["state"]), (200, &json!("no data")), "{said}");
    // One day of the report has all of it, also when this runs an hour after midnight.
    let day_began = this_minute() - this_minute() % (1440 * MINUTE_MS);
    let end = if this_minute() - day_began < 180 * MINUTE_MS {
        day_began
    } else {
        this_minute()
    };
    let measure = async |objective: &str, from: i64, to: i64, good: f64, total: f64| {
        let sent = json!({
            "objective": objective, "from_ms": end - from * MINUTE_MS, "to_ms": end - to * MINUTE_MS,
            "good": good, "total": total, "note": "sheet 7",
        });
        app.post("/sla/measurement", sent).await
    };
    // What is said again of the same time corrects what was said before.
    for good in [30.0, 58.0] {
        let (status, said) = measure("support-answers", 120, 60, good, 60.0).await;
        assert_eq!(status, 200, "{said}");
    }
    for (objective, from, to, good, total, status, words) in [
        ("support-answers", 90, 80, 1.0, 1.0, 409, "sheet 7"),
        ("support-answers", 30, 20, 5.0, 4.0, 400, "more was good"),
        ("support-answers", 20, 30, 1.0, 4.0, 400, "ends before"),
        ("support-answers", 20, -240, 1.0, 4.0, 400, "future"),
        (
            "mcp-availability",
            20,
            10,
            1.0,
            4.0,
            409,
            "measured by queries",
        ),
        ("none", 20, 10, 1.0, 4.0, 404, "none"),
    ] {
        let (found, said) = measure(objective, from, to, good, total).await;
        assert_eq!(found, status, "{said}");
        let message = said["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }
    let detail = app.json(&format!("{SLO}/support-answers")).await;
    let budget = &detail["objective"]["budget"];
    assert!((number(&budget["total"]) - 60.0).abs() < 1e-6, "{budget}");
    assert!((number(&budget["spent"]) - 2.0).abs() < 1e-6, "{budget}");
    assert_eq!(detail["measurements"][0]["note"], "sheet 7");
    assert_eq!(detail["measurements"].as_array().unwrap().len(), 1);

    let status = app.json("/sla/status?id=support-answers").await;
    assert_eq!(status["rows"].as_array().unwrap().len(), 1);
    let day = jiff::Timestamp::from_millisecond(end - 120 * MINUTE_MS).unwrap();
    let day = day.strftime("%Y-%m-%d").to_string();
    let query =
        json!({ "scope": "owner", "of": "desk", "from_ms": end - 180 * MINUTE_MS, "keep": true });
    let (code, kept) = app.post(&format!("{SLO}/reports"), query).await;
    assert_eq!(code, 200, "{kept}");
    assert!(
        kept["summary"][0]
            .as_str()
            .unwrap()
            .starts_with("1 of 1 objective was kept")
    );
    let id = kept["id"].as_i64().unwrap();
    let (status, _) = measure("support-answers", 50, 40, 0.0, 40.0).await;
    assert_eq!(status, 200);
    let same = app.json(&format!("{SLO}/reports/{id}")).await;
    assert_eq!(same, kept, "what is known later changes nothing of it");
    let path = format!("/sla/report?month={day}&scope=objective&of=support-answers");
    let now = app.json(&path).await;
    assert_eq!(now["rows"][0]["state"], "missed", "{now}");
    let csv = app
        .get(&format!("{path}&format=csv"))
        .await
        .text()
        .await
        .unwrap();
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .starts_with("support-answers,missed,"),
        "{csv}"
    );
    let html = app.get(&format!("{path}&format=html")).await;
    assert!(
        html.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
    let html = html.text().await.unwrap();
    assert!(
        html.contains("support-answers") && !html.contains("<script"),
        "{html}"
    );
    for (path, words) in [
        ("/sla/report?format=pdf", "html, csv, json"),
        ("/sla/report?month=2026-13", "month: "),
        ("/sla/report?scope=team", "scope: "),
        ("/sla/report?scope=owner", "of: "),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status(), 400, "{path}");
        let said = answer.text().await.unwrap();
        assert!(said.contains(words), "{said}");
    }

    let plan = |every: &str, receiver: &str| json!({ "name": "monthly", "every": every, "receiver": receiver });
    let schedules = format!("{SLO}/schedules");
    for (sent, status, words) in [
        (plan("year", ""), 400, "week, month, quarter"),
        (plan("month", "nobody"), 400, "neither e-mail nor a webhook"),
        (plan("month", ""), 200, ""),
    ] {
        let (found, said) = app.post(&schedules, sent).await;
        assert_eq!(found, status, "{said}");
        assert!(
            said["message"].as_str().unwrap_or("").contains(words),
            "{said}"
        );
    }
    let all = app.json(&format!("{SLO}/reports")).await;
    assert!(all["schedules"][0]["next_ms"].as_i64().unwrap() > end);
    assert_eq!(all["kept"].as_array().unwrap().len(), 1);
    let delete = reqwest::Method::DELETE;
    let (status, _) = send(&app, delete, &format!("{schedules}/monthly"), json!({})).await;
    assert_eq!(status, 200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_objectives_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let mut file = "objectives:\n".to_owned();
    for number in 0..200 {
        file.push_str(&format!(
            "  - service: many\n    name: n{number}\n    availability: probe_up{{n=\"{number}\"}}\n    target: 99.9 %\n    window: 30d\n    owner: {}\n    page: false\n    ticket: false\n",
            if number < 20 { "few" } else { "all" }
        ));
    }
    let made = app.http.post(format!("{}{SLO}/file", app.url)).body(file);
    let made = made.send().await.unwrap();
    assert_eq!(made.status(), 200, "{}", made.text().await.unwrap());
    assert!(app.json(SLO).await["rows"].as_array().unwrap().len() > 200);
    app.stop().await;
    store::fill(folder.path(), 91, this_minute()).await;

    let app = start(folder.path(), Config::default()).await.unwrap();
    let all = app.json(SLO).await;
    let rows = all["rows"].as_array().unwrap();
    let many = rows.iter().filter(|row| row["draft"]["service"] == "many");
    for row in many {
        assert!(number(&row["budget"]["minutes"]) > 29.9 * 1440.0, "{row}");
        assert_eq!(row["budget"]["bad_minutes"], 7);
    }
    let from = this_minute() - 90 * 86_400_000;
    let path = format!("/sla/report?scope=owner&of=few&from_ms={from}");
    let report = app.json(&path).await;
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 20);
    assert_eq!(rows[0]["budget"]["bad_minutes"], 21);
    assert_eq!(rows[0]["incidents"].as_array().unwrap().len(), 10);
    app.stop().await;
}
