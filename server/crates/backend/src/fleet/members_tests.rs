//! Decisions of people in the middle of a reload.

use std::collections::BTreeMap;

use db::Check;
use model::ManualClock;
use tsdb::Storage;
use wire::{Caller, Servers as _, Via};

use super::*;
use crate::config::CommandLine;
use crate::events::EventLog;
use crate::launcher::note_stop;
use crate::live::Hub;
use crate::metrics::SampleLog;

async fn fleet(folder: &std::path::Path, server: &ServerConfig) -> Fleet {
    let clock = Arc::new(ManualClock::at(1_000_000));
    let (state, metrics) = (folder.join("state.db"), folder.join("metrics.db"));
    let state = Db::open(&state, &db::schema::STATE, Check::Whole)
        .await
        .unwrap();
    let metrics = Db::open(&metrics, &db::schema::METRICS, Check::Schema)
        .await
        .unwrap();
    let store = Storage::open(metrics, tsdb::Config::default());
    let store = Arc::new(store.await.unwrap());
    let hub = Hub::new();
    let samples = Arc::new(SampleLog::new(store, clock.clone()));
    let events = Arc::new(EventLog::new(state.clone(), clock.clone(), hub.clone()));
    let servers = std::iter::once(server);
    let fleet = Fleet::open(state, clock, hub, samples, events, servers);
    fleet.await.unwrap()
}

fn server(args: &[&str], needs_approval: bool) -> ServerConfig {
    ServerConfig {
        name: "files".to_owned(),
        endpoint: Endpoint::Stdio {
            command: CommandLine {
                program: "mcp-files".to_owned(),
                args: args.iter().map(|it| (*it).to_owned()).collect(),
                env: BTreeMap::new(),
                cwd: None,
            },
            serve_http: false,
        },
        protocol: mcp::Protocol::Auto,
        checks: Vec::new(),
        source: "test".to_owned(),
        needs_approval,
    }
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_reload_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = fleet(folder.path(), &server(&[], false)).await;
    let other = server(&["--new"], false);
    let remembered = fleet.remember(&other).await.unwrap().unwrap();
    // What is read is of before the stop, what is taken in comes after it.
    note_stop(&fleet.db, "files", "ann", 1).await.unwrap();
    fleet.stop("files", "ann").await;
    assert!(!fleet.adopt(remembered));
    assert!(fleet.is_stopped("files"));
    fleet.put(&other).await.unwrap();
    assert!(fleet.is_stopped("files"));
    assert!(fleet.row("files").unwrap().endpoint.contains("--new"));
    // The other way round: started while it is read as stopped.
    let third = server(&["--third"], false);
    let remembered = fleet.remember(&third).await.unwrap().unwrap();
    crate::launcher::forget_stop(&fleet.db, "files")
        .await
        .unwrap();
    fleet.start("files");
    assert!(!fleet.adopt(remembered));
    fleet.put(&third).await.unwrap();
    assert!(!fleet.is_stopped("files"));
}

#[tokio::test]
async fn a_consent_in_the_middle_of_a_reload_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let first = server(&[], true);
    let fleet = fleet(folder.path(), &first).await;
    // The command is the same, something else is not.
    let mut other = first.clone();
    other.source = "another".to_owned();
    let remembered = fleet.remember(&other).await.unwrap().unwrap();
    let caller = Caller::local(Via::Api);
    fleet.approve(&caller, "files").await.unwrap();
    assert!(!fleet.adopt(remembered));
    fleet.put(&other).await.unwrap();
    assert_eq!(fleet.row("files").unwrap().admin, Admin::Enabled);
}
