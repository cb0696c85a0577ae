//! Service levels: objectives, a ledger of their minutes, what is left of their budgets, and reports.
//!
//! What an objective is and what its numbers mean says the crate `slo`. Every minute each objective is asked, and the
//! answer is kept for 400 days (`ledger.rs`), because samples are not; budgets and reports read nothing else.

mod change;
mod draft;
mod known;
mod late;
mod ledger;
mod maintenance;
mod minutes;
mod picture;
mod preview;
mod question;
pub(crate) mod report;
mod schedule;
mod service;
mod sheet;
mod standing;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use db::Db;
use model::Clock;
use rules::Group;
use slo::Objective;
use tokio::sync::{Notify, Semaphore, watch};
use wire::ConfigFile;

use crate::alerts::AlertService;
use crate::condition::check_expression;
use crate::config::Config;
use crate::events::EventLog;
use crate::made::Made;
use crate::metrics::SampleLog;
use crate::notify::NotifyService;
use crate::reload::Current;

pub(crate) use known::Levels;
use ledger::Open;
use standing::Standing;
use store::{Ledger, Stretch};

/// The built-in objectives, in the own short form.
const PACK: &str = include_str!("../../../packs/slo.yml");
/// Previews that are worked out at the same time.
const PREVIEWS: usize = 2;

/// What it is made of.
pub(crate) struct SloParts {
    pub(crate) state: Db,
    pub(crate) config: Current,
    /// The files that were wrong when they were read last.
    pub(crate) refused: watch::Receiver<Vec<ConfigFile>>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) alerts: Arc<AlertService>,
    pub(crate) notifier: Arc<NotifyService>,
    pub(crate) levels: Levels,
}

/// How an objective stood, and of which ledger and window that is.
type Stood = (Objective, (Ledger, Stretch), Standing);

/// Objectives and how they do.
pub(crate) struct SloService {
    state: Db,
    clock: Arc<dyn Clock>,
    config: Current,
    refused: watch::Receiver<Vec<ConfigFile>>,
    samples: Arc<SampleLog>,
    events: Arc<EventLog>,
    alerts: Arc<AlertService>,
    notifier: Arc<NotifyService>,
    built_in: Vec<Objective>,
    levels: RwLock<Arc<Levels>>,
    books: Mutex<HashMap<String, Open>>,
    standings: Mutex<HashMap<String, Stood>>,
    /// Whoever writes the ledger.
    filling: tokio::sync::Mutex<()>,
    /// One measurement after the other, so that none overlaps another.
    measuring: tokio::sync::Mutex<()>,
    previews: Arc<Semaphore>,
    /// That there are other objectives.
    changed: Notify,
}

/// The built-in objectives.
///
/// # Errors
/// What is wrong with their file, which a test finds.
fn built_in() -> Result<Vec<Objective>, String> {
    let reading = slo::read(PACK, &check_expression);
    if let Some(mistake) = reading.mistakes.first() {
        return Err(format!("packs/slo.yml:{}: {}", mistake.line, mistake.text));
    }
    let objectives = reading.objectives.into_iter();
    Ok(objectives.map(|(objective, _)| objective).collect())
}

/// The rules of an objective. Its page is their file.
///
/// # Errors
/// What is wrong with them.
fn checked_groups(objective: &Objective) -> Result<Vec<Group>, String> {
    let file = format!("/slo/{}", objective.id());
    let (groups, mistakes) = rules::read(&file, &slo::rules(objective), &check_expression);
    match mistakes.iter().find(|mistake| !mistake.is_warning) {
        Some(mistake) => Err(mistake.to_string()),
        None => Ok(groups),
    }
}

/// The rules of an objective that there is.
fn groups_of(objective: &Objective) -> Vec<Group> {
    match checked_groups(objective) {
        Ok(groups) => groups,
        // They were right when it was saved, or when its file was read.
        Err(mistake) => {
            tracing::error!(objective = objective.id(), %mistake, "an objective has no rules");
            Vec::new()
        }
    }
}

/// The rules of all that are evaluated: half as often as others, because windows of hours and days change slowly.
fn groups(levels: &Levels, config: &Config) -> Vec<Group> {
    let on = levels.all.iter().filter(|known| known.objective.enabled);
    let groups = on.flat_map(|known| groups_of(&known.objective));
    let paced = groups.map(|group| Group {
        interval: group.interval.or(Some(config.alerts.interval * 2)),
        ..group
    });
    paced.collect()
}

impl Levels {
    /// As they are on disk and in a configuration; rules are judged by them from now on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn open(db: &Db, config: &Config, made: &Made) -> Result<Self, db::Error> {
        let versions = store::versions(db).await?;
        let built_in = built_in().unwrap_or_else(|mistake| {
            tracing::error!(mistake, "there are no built-in objectives");
            Vec::new()
        });
        let levels = Self::of(config, &built_in, versions);
        made.kept().await.objectives = levels.groups(config);
        Ok(levels)
    }

    /// The rules that they come to.
    pub(crate) fn groups(&self, config: &Config) -> Vec<Group> {
        groups(self, config)
    }
}

impl SloService {
    /// With the objectives that hold.
    pub(crate) fn new(parts: SloParts) -> Arc<Self> {
        Arc::new(Self {
            state: parts.state,
            clock: parts.alerts.clock.clone(),
            config: parts.config,
            refused: parts.refused,
            samples: parts.alerts.samples.clone(),
            events: parts.events,
            alerts: parts.alerts,
            notifier: parts.notifier,
            built_in: built_in().unwrap_or_default(),
            levels: RwLock::new(Arc::new(parts.levels)),
            books: Mutex::default(),
            standings: Mutex::default(),
            filling: tokio::sync::Mutex::default(),
            measuring: tokio::sync::Mutex::default(),
            previews: Arc::new(Semaphore::new(PREVIEWS)),
            changed: Notify::new(),
        })
    }

    /// All objectives.
    fn levels(&self) -> Arc<Levels> {
        let levels = self.levels.read().unwrap_or_else(PoisonError::into_inner);
        levels.clone()
    }

    /// One as it is built in.
    fn built_in(&self, id: &str) -> Option<&Objective> {
        self.built_in.iter().find(|objective| objective.id() == id)
    }

    /// What another configuration comes to.
    pub(crate) fn configured(&self, config: &Config) -> Arc<Levels> {
        let versions = self.levels().versions();
        Arc::new(Levels::of(config, &self.built_in, versions))
    }

    /// Goes by other objectives from now on.
    pub(crate) fn go_by(&self, levels: Arc<Levels>) {
        let mut place = self.levels.write().unwrap_or_else(PoisonError::into_inner);
        *place = levels;
        drop(place);
        self.changed.notify_one();
    }

    fn standings(&self) -> MutexGuard<'_, HashMap<String, Stood>> {
        self.standings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
