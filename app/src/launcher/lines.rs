//! The started servers as the page knows them: loaded with it, and loaded again when the status table says
//! that something has become of one.

use leptos::prelude::*;
use ui::{LiveState, effect};
use wire::{LaunchOrder, Launched, Level, Transport};

use super::api::{load_launched, order_launch};

/// The lines of the page.
#[derive(Clone, Copy)]
pub(crate) struct Lines {
    /// By name.
    pub(crate) all: RwSignal<Vec<Launched>>,
    is_loading: StoredValue<bool>,
    /// Something has become of one while they were being loaded.
    is_stale: StoredValue<bool>,
}

impl Lines {
    /// What was loaded with the page.
    pub(crate) fn new(all: Vec<Launched>) -> Self {
        Self {
            all: RwSignal::new(all),
            is_loading: StoredValue::new(false),
            is_stale: StoredValue::new(false),
        }
    }

    /// One of them.
    pub(super) fn find(self, name: &str) -> Option<Launched> {
        let is_it = |line: &&Launched| line.name == name;
        self.all.with(|all| all.iter().find(is_it).cloned())
    }

    /// Loads them again whenever something has become of one.
    pub(crate) fn follow(self, live: LiveState) {
        let seen = StoredValue::new(untrack(|| (signs(live), self.probes(live))));
        effect(move || {
            let now = (signs(live), self.probes(live));
            if seen.with_value(|seen| *seen != now) {
                seen.set_value(now);
                self.load();
            }
        });
    }

    /// When those were probed that are reached over HTTP: how many do so is looked at as often.
    fn probes(self, live: LiveState) -> Vec<Option<i64>> {
        let is_served = |name: &str| {
            let is_it = |line: &Launched| line.name == name && line.served.is_some();
            self.all.with_untracked(|all| all.iter().any(is_it))
        };
        live.servers.with(|servers| {
            let rows = servers.iter();
            let probed = rows
                .map(|server| server.with(|row| row.updated_ms.filter(|_| is_served(&row.name))));
            probed.collect()
        })
    }

    /// One loading at a time; what changes meanwhile is loaded after it.
    fn load(self) {
        if self.is_loading.get_value() {
            return self.is_stale.set_value(true);
        }
        self.is_loading.set_value(true);
        leptos::task::spawn_local(async move {
            loop {
                self.is_stale.set_value(false);
                // What cannot be loaded now is loaded at the next change; the page says when its link is lost.
                if let Ok(answer) = load_launched().await
                    && let Ok(all) = answer.read()
                    // The page may have been left.
                    && self.all.try_set(all).is_some()
                {
                    return;
                }
                if self.is_stale.try_get_value() != Some(true) {
                    break;
                }
            }
            self.is_loading
                .try_update_value(|is_loading| *is_loading = false);
        });
    }

    /// Gives an order, and says what became of it.
    pub(super) fn order(self, name: String, order: LaunchOrder) {
        leptos::task::spawn_local(async move {
            let answer = order_launch(name.clone(), order).await;
            match answer.and_then(|answer| Ok(answer.read()?)) {
                Ok(line) => {
                    let what = match order {
                        LaunchOrder::Start => "is being started",
                        LaunchOrder::Stop => "is stopped",
                        LaunchOrder::Restart => "is being restarted",
                    };
                    ui::notify(format!("{name} {what}"), false);
                    self.all.try_update(|all| {
                        if let Some(known) = all.iter_mut().find(|known| known.name == name) {
                            *known = line;
                        }
                    });
                }
                Err(failure) => ui::notify(failure.to_string(), true),
            }
        });
    }
}

/// What of the status table says that something has become of a started server. Of one that is well, each probe
/// says the same.
pub(super) fn signs(live: LiveState) -> Vec<String> {
    live.servers.with(|servers| {
        let rows = servers.iter().map(|server| {
            server.with(|row| {
                let pid = row.process.as_ref().map_or(0, |process| process.pid);
                let probed = match row.verdict.level {
                    Level::Healthy => 0,
                    _ => row.updated_ms.unwrap_or_default(),
                };
                let is_started = row.transport == Transport::Stdio;
                let (admin, reason) = (row.admin.as_str(), &row.verdict.reason);
                is_started.then(|| format!("{} {admin} {reason} {pid} {probed}", row.name))
            })
        });
        rows.flatten().collect()
    })
}
