//! What batch jobs have pushed: kept until it is replaced or deleted, and sampled as if a Pushgateway was scraped
//! with `honor_labels`.

mod kept;
mod store;

use std::sync::Arc;
use std::time::Duration;

use db::Db;
use ingest::push::{Family, Group, Groups, Value};
use model::{Labels, STALE, SeriesSamples};
use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::doors::Intake;

/// How these samples came, for counters.
pub(crate) const SOURCE: &str = "push";

/// How often everything is sampled: often enough for every query, which looks back five minutes.
const INTERVAL: Duration = Duration::from_secs(15);

/// Why a push is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It does not go together with itself or with others.
    #[error("pushed metrics are invalid or inconsistent with existing metrics: {0}")]
    Inconsistent(String),
    /// It cannot be kept.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// All groups.
pub(crate) struct PushedGroups {
    db: Db,
    intake: Intake,
    /// One change at a time: what is on disk is what is here.
    groups: Mutex<Groups>,
}

impl PushedGroups {
    /// Those that are on disk.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) async fn open(db: Db, intake: Intake) -> Result<Self, db::Error> {
        let groups = Mutex::new(Groups::new(store::all(&db).await?));
        Ok(Self { db, intake, groups })
    }

    /// Takes a push in. `replace` removes what the group had.
    ///
    /// # Errors
    /// When it is not taken; the group stays as it was, and says when that happened.
    pub(crate) async fn push(
        &self,
        key: &Labels,
        families: Result<Vec<Family>, String>,
        replace: bool,
    ) -> Result<(), Error> {
        let mut groups = self.groups.lock().await;
        let now_ms = self.intake.now_ms();
        let pushed =
            families.and_then(|families| groups.after_push(key, families, replace, now_ms));
        match pushed {
            Ok(group) => self.set(&mut groups, key, Some(group)).await,
            Err(why) => {
                if let Some(group) = groups.after_failure(key, now_ms) {
                    self.set(&mut groups, key, Some(group)).await?;
                }
                Err(Error::Inconsistent(why))
            }
        }
    }

    /// Deletes a group, if there is one.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub(crate) async fn delete(&self, key: &Labels) -> Result<(), Error> {
        let mut groups = self.groups.lock().await;
        self.set(&mut groups, key, None).await
    }

    async fn set(
        &self,
        groups: &mut Groups,
        key: &Labels,
        group: Option<Group>,
    ) -> Result<(), Error> {
        store::set(&self.db, key, group.as_ref()).await?;
        let gone = groups.set(key, group);
        let gone = gone
            .into_iter()
            .map(|labels| (labels, Value::Number(STALE)));
        let all = groups.samples_of(key).into_iter().chain(gone);
        self.sample(all.collect()).await;
        Ok(())
    }

    async fn sample(&self, values: Vec<(Labels, Value)>) {
        let now_ms = self.intake.now_ms();
        let series = values.into_iter().map(|(labels, value)| match value {
            Value::Number(value) => SeriesSamples::floats(labels, vec![now_ms], vec![value]),
            Value::Histogram(it) => SeriesSamples::histograms(labels, vec![(now_ms, it)]),
        });
        let appended = self
            .intake
            .append(series.collect(), SOURCE, "pushed groups");
        if let Err((_, why)) = appended.await {
            tracing::error!(
                why,
                "what was pushed could not be sampled; the next turn tries again"
            );
        }
    }

    /// Samples everything again and again.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut turns = tokio::time::interval(INTERVAL);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(turns.tick()).await.is_some() {
            // A change meanwhile would be sampled before what it changes.
            let groups = self.groups.lock().await;
            self.sample(groups.samples()).await;
        }
    }
}
