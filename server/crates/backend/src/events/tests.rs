//! Marks on disk: what is told of, told again, and found.

use std::sync::Arc;

use db::{Check, Db};
use model::ManualClock;
use wire::{Caller, EventKind, Events as _, MarkDraft, MarkQuery, Role, Via};

use super::EventLog;
use crate::live::Hub;

const NOW: i64 = 1_800_000_000_000;

async fn log(folder: &std::path::Path) -> EventLog {
    let path = folder.join("state.db");
    let state = Db::open(&path, &db::schema::STATE, Check::Whole).await;
    EventLog::new(state.unwrap(), Arc::new(ManualClock::at(NOW)), Hub::new())
}

fn deploy(title: &str, key: &str, tags: &[&str]) -> MarkDraft {
    MarkDraft {
        at_ms: Some(NOW - 1000),
        kind: String::new(),
        server: "files".to_owned(),
        title: title.to_owned(),
        link: String::new(),
        text: "Notes".to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        key: key.to_owned(),
    }
}

#[tokio::test]
async fn told_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path()).await;
    let caller = Caller::local(Via::Api);
    let first = log.tell(&caller, deploy("files 1", "a", &["blue"])).await;
    let first = first.unwrap();
    let again = log.tell(&caller, deploy("files 1b", "a", &[])).await;
    assert_eq!(again.unwrap(), first, "a key is one mark");
    let second = log.tell(&caller, deploy("files 2", "", &[])).await.unwrap();
    assert_ne!(second.id, first.id);
    log.record(
        EventKind::Restart,
        "other",
        "other was restarted".into(),
        "/".into(),
    )
    .await;
    let found = async |query: MarkQuery| {
        let marks = log.marks(&caller, query).await.unwrap();
        let titles = marks.into_iter().map(|mark| mark.title);
        titles.collect::<Vec<_>>()
    };
    let all = MarkQuery::default;
    assert_eq!(
        found(all()).await,
        ["other was restarted", "files 2", "files 1"]
    );
    for (query, expected) in [
        (
            MarkQuery {
                kinds: "deploy".into(),
                ..all()
            },
            &["files 2", "files 1"][..],
        ),
        (
            MarkQuery {
                tag: "blue".into(),
                ..all()
            },
            &["files 1"],
        ),
        (
            MarkQuery {
                text: "OTHER".into(),
                ..all()
            },
            &["other was restarted"],
        ),
        (
            MarkQuery {
                server: "files".into(),
                limit: 1,
                ..all()
            },
            &["files 2"],
        ),
        (
            MarkQuery {
                from_ms: NOW,
                ..all()
            },
            &["other was restarted"],
        ),
        (
            MarkQuery {
                to_ms: NOW - 2000,
                ..all()
            },
            &[],
        ),
    ] {
        assert_eq!(found(query.clone()).await, expected, "{query:?}");
    }
    assert_eq!((first.by.as_str(), first.text.as_str()), ("local", "Notes"));
}

#[tokio::test]
async fn who_may_tell() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path()).await;
    let viewer = Caller {
        role: Role::Viewer,
        ..Caller::local(Via::Api)
    };
    let refused = log.tell(&viewer, deploy("files 1", "", &[])).await;
    assert_eq!(refused.unwrap_err().code, wire::Code::Forbidden);
    assert_eq!(log.marks(&viewer, MarkQuery::default()).await.unwrap(), []);
}

#[tokio::test]
async fn charts_get_what_the_live_picture_has_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path()).await;
    let caller = Caller::local(Via::Api);
    let old = log
        .tell(&caller, deploy("long ago", "", &[]))
        .await
        .unwrap();
    assert_eq!(log.charted(0, NOW).await.unwrap(), [], "it is live");
    let flood = (0..200).map(|n| (String::new(), format!("alert {n}"), "/".to_owned()));
    log.record_all(EventKind::Alert, flood.collect()).await;
    log.record(EventKind::Health, "", "worse".into(), "/".into())
        .await;
    let charted = log.charted(0, NOW).await.unwrap();
    assert_eq!(charted.last().unwrap().id, old.id, "{charted:?}");
    // 49 are live, and of the others the newest hundred.
    assert_eq!(charted.len(), 101 - 49);
    assert!(charted.iter().all(|event| event.kind != EventKind::Health));
    assert_eq!(log.charted(NOW + 1, NOW + 2).await.unwrap(), []);
}
