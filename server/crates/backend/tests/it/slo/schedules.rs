//! Reports that are made when a week is over, and sent.

use serde_json::{Value, json};

use super::{SLO, store};
use crate::app::{quick, start};
use crate::notify::{Receiver, routes, to};

#[tokio::test(flavor = "multi_thread")]
async fn a_week_that_is_over_is_reported_once() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let mut config = quick();
    routes(&mut config, &to(&receiver.listen().await));
    let app = start(folder.path(), config.clone()).await.unwrap();
    let all = app.json(&format!("{SLO}/reports")).await;
    assert_eq!(all["receivers"], json!(["team"]));
    let plan = json!({ "name": "weekly", "every": "week", "receiver": "team" });
    let (status, said) = app.post(&format!("{SLO}/schedules"), plan).await;
    assert_eq!(status, 200, "{said}");
    let planned = app.json(&format!("{SLO}/reports")).await["schedules"][0].clone();
    app.stop().await;
    store::let_a_week_pass(folder.path()).await;

    let app = start(folder.path(), config).await.unwrap();
    let got = receiver.until(1).await;
    let alert = &got[0]["alerts"][0];
    assert_eq!(alert["labels"]["alertname"], "ServiceLevelReport");
    let annotations = &alert["annotations"];
    let begins = |field: &str, text: &str| {
        let said = annotations[field].as_str().unwrap();
        assert!(said.starts_with(text), "{said}");
    };
    begins("summary", "Service levels, ");
    begins("link", "/slo/reports/");
    assert!(
        annotations["description"]
            .as_str()
            .unwrap()
            .contains("mcp-availability")
    );
    let is_settled = |all: &Value| all["schedules"][0]["last"] != "";
    let all = app.until(&format!("{SLO}/reports"), is_settled).await;
    let schedule = &all["schedules"][0];
    assert_eq!(
        schedule["last"],
        "report 1 was made; it is on its way to team"
    );
    assert_eq!(
        schedule["next_ms"], planned["next_ms"],
        "the week that runs now is next"
    );
    assert_eq!(all["kept"].as_array().unwrap().len(), 1);
    assert_eq!(all["kept"][0]["by"], "schedule weekly");
    let report = app.json(&format!("{SLO}/reports/1")).await;
    let length = report["to_ms"].as_i64().unwrap() - report["from_ms"].as_i64().unwrap();
    assert_eq!(length, 604_800_000);
    app.stop().await;
}
