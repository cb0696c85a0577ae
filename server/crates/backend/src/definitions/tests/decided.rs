//! Decisions about several changes, and what is kept of what was decided.

use super::*;

#[tokio::test]
async fn several_changes_are_decided_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), 1_000).await;
    let all = |text: &str| {
        let tools = (0..30).map(|at| tool(&format!("tool{at}"), text));
        tools.collect::<Vec<_>>()
    };
    stage.list("fs", &all("One.")).await;
    stage.list("fs", &all("Two.")).await;
    let mut ids: Vec<_> = stage.changes().await.iter().map(|it| it.id).collect();
    stage.decide(ids[0], ChangeDecision::Approve).await.unwrap();
    let note = Note {
        by: "ann".to_owned(),
        comment: " all of them ".to_owned(),
    };
    let several = async |caller: &Caller, ids: Vec<i64>| {
        let approve = ChangeDecision::Approve;
        let decided = stage
            .service
            .decide_several(caller, ids, approve, note.clone());
        decided.await
    };
    // What is refused stops nothing; a number that comes twice counts once.
    ids.extend([ids[1], 9_999]);
    let done = several(&local(), ids.clone()).await.unwrap();
    assert_eq!((done.decided.len(), done.refused.len()), (29, 2));
    let verdict = done.decided[0].decided.clone().unwrap();
    assert_eq!(
        (verdict.by.as_str(), verdict.comment.as_str()),
        ("ann", "all of them")
    );
    let why = |id| {
        done.refused
            .iter()
            .find(|it| it.id == id)
            .unwrap()
            .why
            .as_str()
    };
    assert_eq!(why(ids[0]), "ann has approved it already");
    assert_eq!(why(9_999), "there is no change 9999");
    assert_eq!(stage.gauge("mcp_definitions_unapproved").await, 0.0);
    let caller = local();
    let marks = stage.events.list(&caller, None, 0, i64::MAX, 100);
    let marks = marks.await.unwrap();
    let titles: Vec<_> = marks.iter().map(|mark| mark.title.as_str()).collect();
    assert!(
        titles.contains(&"fs: ann has approved 29 changes"),
        "{titles:?}"
    );
    assert_eq!(titles.len(), 3, "{titles:?}");
    let viewer = Caller {
        role: wire::Role::Viewer,
        ..local()
    };
    for (caller, ids, code) in [
        (viewer, vec![1], Code::Forbidden),
        (local(), vec![], Code::Invalid),
        (local(), (0..201).collect(), Code::Invalid),
    ] {
        assert_eq!(several(&caller, ids).await.unwrap_err().code, code);
    }
}

/// When it cannot be written, nothing is decided and nothing is marked; what is decided is told though it can be read
/// no more.
#[tokio::test]
async fn a_decision_stands_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), 1_000).await;
    let all = |text: &str| ["a", "b", "c"].map(|name| tool(name, text)).to_vec();
    stage.list("fs", &all("One.")).await;
    stage.list("fs", &all("Two.")).await;
    let ids: Vec<_> = stage.changes().await.iter().map(|it| it.id).collect();
    let note = Note {
        by: "ann".to_owned(),
        comment: String::new(),
    };
    let several = async || {
        let approve = ChangeDecision::Approve;
        let service = &stage.service;
        service
            .decide_several(&local(), ids.clone(), approve, note.clone())
            .await
    };
    let run = async |sql: &'static str| {
        store::run(&stage.service.db, sql).await;
    };
    let marks = async || {
        let marks = stage.events.list(&local(), None, 0, i64::MAX, 100).await;
        let decided = |title: &String| title.contains("ann has");
        let titles = marks.unwrap().into_iter().map(|mark| mark.title);
        titles.filter(decided).count()
    };
    // The second of them cannot be written.
    run("CREATE TRIGGER full BEFORE UPDATE ON definition_changes WHEN old.name = 'b' BEGIN SELECT RAISE(FAIL, 'full'); END")
        .await;
    assert_eq!(several().await.unwrap_err().code, Code::Internal);
    let pending = stage.states().await;
    let is_pending = pending
        .iter()
        .all(|(_, state, is_open)| *state == ChangeState::Pending && *is_open);
    assert!(is_pending && pending.len() == 3, "{pending:?}");
    assert_eq!(stage.gauge("mcp_definitions_unapproved").await, 3.0);
    assert_eq!(marks().await, 0);
    run("DROP TRIGGER full").await;

    // They are gone as soon as they are decided, so that nobody can read them again.
    run("CREATE TRIGGER gone AFTER UPDATE ON definition_changes BEGIN DELETE FROM definition_changes WHERE id = old.id; END")
        .await;
    let done = several().await.unwrap();
    assert_eq!((done.decided.len(), done.refused.len()), (3, 0));
    let is_decided = |it: &DefinitionChange| {
        let by = it.decided.as_ref().map(|verdict| verdict.by.as_str());
        it.state == ChangeState::Approved && !it.is_open && by == Some("ann")
    };
    assert!(done.decided.iter().all(is_decided));
    assert_eq!(stage.gauge("mcp_definitions_unapproved").await, 0.0);
    assert_eq!(marks().await, 3);
}

#[tokio::test]
async fn retention_leaves_the_versions_of_changes_that_are_still_there() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), 1_000).await;
    for text in ["One.", "Two.", "Three."] {
        stage.clock.advance_ms(1_000);
        stage.list("fs", &[tool("a", text)]).await;
        stage.clock.advance_ms(10_000);
        for change in stage.changes().await.iter().filter(|it| it.is_open) {
            let decided = stage.decide(change.id, ChangeDecision::Approve).await;
            decided.unwrap();
        }
    }
    let watched = ["fs".to_owned()];
    // The first version went before, its change was decided after.
    let before = 15_000;
    assert_eq!(stage.service.forget(before, &watched).await.unwrap(), 0);
    let changes = stage.changes().await;
    let missing: Vec<_> = changes.iter().map(|it| it.missing.as_str()).collect();
    assert_eq!(missing, ["", ""]);
    // They go with their changes.
    assert_eq!(stage.service.forget(i64::MAX, &watched).await.unwrap(), 4);
    assert_eq!(
        stage.service.list(&local(), None).await.unwrap()[0].versions,
        1
    );
}
