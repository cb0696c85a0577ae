//! Alertmanager's `amtool` works on the product.

use backend::config::NotifyFile;
use serde_json::{Value, json};

use crate::alertmanager_clients::{at, names};
use crate::app::{TestApp, quick, start};
use crate::debian::amtool;

/// What `amtool` says when it is content.
async fn said(app: &TestApp, arguments: &[&str]) -> String {
    let (is_content, text) = amtool(&app.url, arguments).await;
    assert!(is_content, "{arguments:?}: {text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn amtool_works_here() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let json = async |arguments: &[&str]| -> Value {
        let arguments = [arguments, &["-o", "json"]].concat();
        serde_json::from_str(&said(&app, &arguments).await).unwrap()
    };
    let end = format!("--end={}", at(3600));
    said(
        &app,
        &[
            "alert",
            "add",
            "Disk",
            "instance=a",
            "--annotation=summary=disk is full",
            "--generator-url=http://prometheus/graph",
        ],
    )
    .await;
    said(&app, &["alert", "add", "Disk", "instance=b", &end]).await;
    said(&app, &["alert", "add", "Fan", "instance=a"]).await;
    let all = json(&["alert", "query"]).await;
    assert_eq!(names(&all), ["Disk", "Disk", "Fan"]);
    let disks = json(&["alert", "query", "alertname=Disk", "instance=~a|c"]).await;
    assert_eq!(disks.as_array().unwrap().len(), 1);
    assert_eq!(disks[0]["annotations"]["summary"], "disk is full");
    assert_eq!(disks[0]["generatorURL"], "http://prometheus/graph");
    let text = said(&app, &["alert", "query", "-o", "extended"]).await;
    assert!(text.contains("instance=\"b\""), "{text}");

    let add = [
        "silence",
        "add",
        "--author=ann",
        "--comment=moved",
        "-d",
        "1h",
        "instance=a",
    ];
    let id = said(&app, &add).await.trim().to_owned();
    let silences = json(&["silence", "query", "instance=a"]).await;
    assert_eq!(
        (
            &silences[0]["id"],
            &silences[0]["createdBy"],
            &silences[0]["comment"]
        ),
        (&json!(id), &json!("ann"), &json!("moved"))
    );
    let active = json(&["alert", "query"]).await;
    assert_eq!(names(&active), ["Disk"], "silenced ones are not asked for");
    let silenced = json(&["alert", "query", "--silenced"]).await;
    assert_eq!(names(&silenced), ["Disk", "Fan"]);
    // Our own pages know it.
    let held = app.json("/observability/alerts?open=true").await;
    let held = held
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["held"].is_string());
    assert_eq!(held.count(), 2);

    let update = [
        "silence",
        "update",
        "--comment=moved twice",
        "-d",
        "2h",
        &id,
    ];
    let updated = json(&update).await;
    assert_eq!(updated[0]["id"], id, "it stays the same");
    let silences = json(&["silence", "query"]).await;
    assert_eq!(silences[0]["comment"], "moved twice");
    said(&app, &["silence", "expire", &id]).await;
    assert_eq!(json(&["silence", "query"]).await, json!([]));
    let over = json(&["silence", "query", "--expired"]).await;
    assert_eq!(over[0]["status"]["state"], "expired");
    let (is_content, text) = amtool(
        &app.url,
        &["silence", "expire", "0193a1b2-0000-7000-8000-000000000000"],
    )
    .await;
    assert!(!is_content, "{text}");

    let config = said(&app, &["config", "show"]).await;
    assert!(config.contains("receiver: \"log\""), "{config}");
    let file = folder.path().join("alertmanager.yml");
    std::fs::write(&file, config).unwrap();
    let checked = said(&app, &["check-config", file.to_str().unwrap()]).await;
    assert!(
        checked.contains("SUCCESS") && checked.contains("1 receivers"),
        "{checked}"
    );
    let routed = said(&app, &["config", "routes", "test", "alertname=x"]).await;
    assert_eq!(routed.trim(), "log");
    app.stop().await;
}

/// Routes with what only this product knows, and with a secret.
const ROUTES: &str = r#"
route:
  receiver: desk
  group_by: [alertname]
  routes:
  - matchers: ['severity=~"critical|emergency"', 'team!=""']
    receiver: pager
    continue: true
    group_by: ['...']
    escalation: night
  - matchers: ['team="web"']
    receiver: web
    mute_time_intervals: [always]
    active_time_intervals: [always, never]
receivers:
- { name: desk, log_configs: [{}], flood: { messages: 20, per: 10m } }
- { name: pager, webhook_configs: [{ url: 'http://127.0.0.1:9/token-of-the-pager' }] }
- { name: web }
escalations: [{ name: night, steps: [{ after: 5m, receiver: web }] }]
inhibit_rules: [{ source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [team] }]
time_intervals:
- { name: always, time_intervals: [{ weekdays: ['sunday:saturday'] }] }
- { name: never, time_intervals: [{ years: ['1999'] }] }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn amtool_reads_the_routes() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.alerts.inhibition = Vec::new();
    config.alerts.notify = Some(NotifyFile {
        path: folder.path().join("ours.yml"),
        text: ROUTES.to_owned(),
    });
    let app = start(&folder.path().join("data"), config).await.unwrap();
    let shown = said(&app, &["config", "show"]).await;
    assert!(!shown.contains("token"), "{shown}");
    let file = folder.path().join("alertmanager.yml");
    std::fs::write(&file, &shown).unwrap();
    let checked = said(&app, &["check-config", file.to_str().unwrap()]).await;
    for part in ["SUCCESS", "3 receivers", "1 inhibit rules"] {
        assert!(checked.contains(part), "{checked}");
    }
    for (labels, receivers) in [
        (vec!["severity=critical"], "desk"),
        (vec!["severity=critical", "team=db"], "pager"),
        (vec!["severity=emergency", "team=web"], "pager,web"),
        (vec!["team=web"], "web"),
    ] {
        let labels: Vec<_> = labels.into_iter().chain(["alertname=x"]).collect();
        let routed = said(
            &app,
            &[&["config", "routes", "test"], labels.as_slice()].concat(),
        )
        .await;
        let routed = routed.trim().replace(' ', "");
        assert_eq!(routed, receivers, "{labels:?}");
    }
    let alerts = json!([
        { "labels": { "alertname": "a", "team": "web", "severity": "critical" } },
        { "labels": { "alertname": "a", "team": "web", "severity": "warning" } },
        { "labels": { "alertname": "a", "team": "db" } },
    ]);
    assert_eq!(app.post("/api/v2/alerts", alerts).await.0, 200);
    let groups = app.json("/api/v2/alerts/groups?filter=alertname%3Da").await;
    let groups = groups.as_array().unwrap().iter().map(|group| {
        let alerts = group["alerts"].as_array().unwrap().iter();
        let states = alerts.map(|it| {
            let status = &it["status"];
            let held = status["inhibitedBy"].as_array().unwrap().len();
            let muted = status["mutedBy"].as_array().unwrap().len();
            format!("{} {held} {muted}", status["state"].as_str().unwrap())
        });
        let states: Vec<_> = states.collect();
        (
            group["receiver"]["name"].as_str().unwrap(),
            states.join(", "),
        )
    });
    let mut groups: Vec<_> = groups.collect();
    groups.sort();
    let expected = [
        ("desk", "active 0 0"),
        ("pager", "active 0 0"),
        ("web", "suppressed 0 1, suppressed 1 1"),
    ];
    assert_eq!(groups, expected.map(|(name, text)| (name, text.to_owned())));
    let unmuted = app
        .json("/api/v2/alerts/groups?filter=alertname%3Da&muted=false")
        .await;
    assert_eq!(unmuted.as_array().unwrap().len(), 2);
    app.stop().await;
}
