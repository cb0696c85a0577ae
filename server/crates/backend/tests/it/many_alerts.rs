//! More open alerts than a page holds: what it gets of them, what it can ask for, and how they are worked together.

use futures::future::join_all;
use wire::{
    AlertAction, AlertDraft, AlertNote, AlertTotals, Caller, Frame, MOST_AT_ONCE, MOST_LIVE_ALERTS,
    OpenQuery, Subscribe, Topic, Update, Via,
};

use crate::app::{TestApp, quick, start};

const MANY: usize = 230;

fn caller() -> Caller {
    Caller::local(Via::Browser)
}

/// Raises alerts, every tenth of them critical.
async fn raise(app: &TestApp) {
    let raised = (0..MANY).map(|n| {
        let draft = AlertDraft {
            name: format!("Disk{n}"),
            severity: if n % 10 == 0 { "critical" } else { "warning" }.to_owned(),
            server: format!("node-{}", n % 3),
            labels: [("team".to_owned(), format!("team {}", n % 2))].into(),
            ..AlertDraft::default()
        };
        async move { app.services.alerts.raise(&caller(), draft).await.unwrap() }
    });
    join_all(raised).await;
}

fn query(text: &str, sort: &str, from: u32) -> OpenQuery {
    OpenQuery {
        text: text.to_owned(),
        sort: sort.to_owned(),
        from,
        limit: 10,
        ..OpenQuery::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_alerts_pages_hold_the_worst_and_ask_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    raise(&app).await;
    let (live, alerts) = (&app.services.live, &app.services.alerts);

    let snapshot = live.snapshot(&caller()).await.unwrap();
    let worst = snapshot.alerts.alerts;
    assert_eq!(worst.len(), MOST_LIVE_ALERTS);
    let order = |alert: &wire::Alert| (alert.severity, alert.id.clone());
    assert!(worst.is_sorted_by(|a, b| order(a) > order(b)));
    let totals = AlertTotals {
        open: MANY as u64,
        firing: MANY as u64,
        ..AlertTotals::default()
    };
    assert_eq!(snapshot.alerts.totals, totals);

    // As it comes it is what the page has, and goes on after it.
    let open = async |query| alerts.open(&caller(), query).await.unwrap();
    let page = open(query("", "", 195)).await;
    assert_eq!((page.found, page.open), (MANY as u64, MANY as u64));
    let ids = |rows: &[wire::AlertRow]| rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    let held: Vec<_> = worst[195..].iter().map(|alert| alert.id.clone()).collect();
    assert_eq!(ids(&page.rows)[..5], held);
    assert_eq!(page.rows.len(), 10);
    let page = open(query("CRITICAL node-1", "alert", 0)).await;
    assert_eq!((page.found, page.open), (8, MANY as u64));
    let names: Vec<_> = page.rows.iter().map(|row| row.rule.as_str()).collect();
    assert_eq!(names[..3], ["Disk10", "Disk40", "Disk70"]);
    let refused = alerts.open(&caller(), query("", "mood", 0)).await;
    assert!(refused.unwrap_err().message.contains("no column"));

    let by_team = OpenQuery {
        by: "team".to_owned(),
        value: Some("team 1".to_owned()),
        ..OpenQuery::default()
    };
    let groups = alerts.groups(&caller(), by_team.clone()).await.unwrap();
    let told: Vec<_> = (groups.groups.iter())
        .map(|group| (group.value.as_str(), group.count, group.severities[3]))
        .collect();
    assert_eq!(told, [("team 0", 115, 23), ("team 1", 115, 0)]);
    assert_eq!(groups.rows.unwrap().found, 115);

    // A whole group with one action; who looks is told how many are left.
    let mut subscription = live.subscribe(&caller());
    subscription.want(Subscribe {
        subscribe: vec![Topic::Alerts],
        queries: Vec::new(),
    });
    let ids = alerts.open_ids(&caller(), by_team).await.unwrap();
    let note = AlertNote {
        by: "Ann".to_owned(),
        ..AlertNote::default()
    };
    let act = async |ids, action| {
        let note = note.clone();
        alerts.act_on_many(&caller(), ids, action, note).await
    };
    let worked = act(ids.clone(), AlertAction::Acknowledge).await.unwrap();
    assert_eq!((worked.done.len(), worked.refused), (115, 0));
    let again = act(vec!["x".to_owned(), ids[0].clone()], AlertAction::Reopen).await;
    let again = again.unwrap();
    assert_eq!((again.done.len(), again.refused), (0, 2));
    assert!(again.why.contains("no alert x"), "{}", again.why);
    let too_many = vec![ids[0].clone(); MOST_AT_ONCE + 1];
    assert!(act(too_many, AlertAction::Resolve).await.is_err());
    act(ids, AlertAction::Resolve).await.unwrap();
    let mut held = usize::MAX;
    loop {
        match subscription.next().await.unwrap() {
            Frame::Alerts(Update::Snapshot(all)) => held = all.len(),
            Frame::Open(totals) if totals.open == 115 => break,
            _ => {}
        }
    }
    assert_eq!(held, 115, "pages that run out get what is left");
    let table = app
        .json("/observability/export/json?table=open-alerts&text=disk100")
        .await;
    assert_eq!(table.as_array().unwrap().len(), 1);
    app.stop().await;
}
