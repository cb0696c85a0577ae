//! Objectives as people see them: how each does, and one in detail.

use std::collections::BTreeMap;

use futures::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};
use rules::Entry;
use slo::MINUTE_MS;
use wire::{
    BurnLine, Caller, Incident, Objective, ObjectiveDetail, ObjectiveState, Objectives, Problem,
    Role, SpentPart,
};

use super::SloService;
use super::known::{Known, Levels};
use super::ledger::{HOUR_MS, hour_of};
use super::question::minute;
use super::sheet::{Grain, Sheet};
use super::standing::{
    Asked, BURNS, LONGEST_BURN_MS, Standing, burn_down, burn_line, error_ratio, hours_step, shown,
    spark_step, standing,
};
use super::store::{self, Ledger, Stretch};
use crate::error::database_problem;

/// Points of a picture.
const POINTS: i64 = 120;
/// What is shown minute by minute.
const FINE_MS: i64 = 48 * HOUR_MS;
/// How far back the shortest windows of burn rates reach.
const RECENT_MS: i64 = 7 * HOUR_MS;
/// Ledgers that are read at the same time.
const AT_ONCE: usize = 4;
/// Incidents of a page.
const MOST_INCIDENTS: usize = 20;
/// Alerts that are looked at for an incident.
const MOST_ALERTS: u32 = 50;
/// Measurements of a page.
const MOST_MEASUREMENTS: u32 = 100;
/// Windows of which the burn rate over time is drawn.
const LINES: [&str; 4] = ["1h", "6h", "1d", "3d"];

pub(super) fn reading(error: db::Error) -> Problem {
    database_problem("reading the ledger", &error)
}

/// How bad it is, for the order: the worst first.
fn rank(objective: &Objective) -> (u8, f64) {
    let state = match objective.state {
        ObjectiveState::Missed => 0,
        ObjectiveState::AtRisk => 1,
        ObjectiveState::Met => 2,
        ObjectiveState::Unknown => 3,
    };
    (state, objective.budget.left.unwrap_or(f64::INFINITY))
}

/// What is known of one over a stretch of time.
pub(super) struct Seen {
    pub(super) ledger: Ledger,
    pub(super) sheet: Sheet,
    pub(super) span: Stretch,
    pub(super) trouble: String,
}

impl Seen {
    pub(super) fn asked<'a>(&'a self, known: &'a Known, now_ms: i64) -> Asked<'a> {
        Asked {
            objective: &known.objective,
            sheet: &self.sheet,
            span: self.span,
            until_ms: self.ledger.to_ms,
            known_from_ms: self.ledger.from_ms,
            trouble: &self.trouble,
            now_ms,
        }
    }
}

impl SloService {
    /// What the ledger of one says, as finely as the present needs it.
    pub(super) async fn seen(&self, known: &Known, span: Stretch) -> Result<Seen, Problem> {
        let ledger = self.ledger(known).await?;
        self.read_present(known, ledger, span).await
    }

    /// What a ledger says, as finely as the present needs it.
    pub(super) async fn read_present(
        &self,
        known: &Known,
        ledger: Ledger,
        span: Stretch,
    ) -> Result<Seen, Problem> {
        let until_ms = ledger.to_ms.min(span.1);
        let mut cuts = vec![span.0, span.1];
        cuts.extend(BURNS.iter().map(|(_, length_ms)| until_ms - length_ms));
        let grain = Grain {
            step_ms: spark_step(span),
            hours_from_ms: until_ms - LONGEST_BURN_MS - HOUR_MS,
            minutes_from_ms: until_ms - RECENT_MS,
            cuts: &cuts,
        };
        self.read(known, ledger, span, grain).await
    }

    /// What a ledger says.
    pub(super) async fn read(
        &self,
        known: &Known,
        ledger: Ledger,
        span: Stretch,
        grain: Grain<'_>,
    ) -> Result<Seen, Problem> {
        let until_ms = ledger.to_ms.min(span.1);
        let stretch = (span.0.min(until_ms - LONGEST_BURN_MS), span.1);
        let target = known.objective.target;
        let sheet = Sheet::read(&self.state, ledger.id, target, stretch, grain).await;
        let trouble = {
            let books = self.books();
            let open = books.get(&known.id).filter(|it| it.ledger.id == ledger.id);
            open.map(|open| open.trouble.clone()).unwrap_or_default()
        };
        Ok(Seen {
            sheet: sheet.map_err(reading)?,
            ledger,
            span,
            trouble,
        })
    }

    /// How one does in its present window; looked up while nothing has been added to its ledger.
    async fn standing(&self, known: &Known) -> Result<(Ledger, Standing), Problem> {
        let now_ms = self.clock.now_ms();
        let span = known.objective.window.span(now_ms, &known.objective.zone);
        let ledger = self.ledger(known).await?;
        let key = (ledger.clone(), span);
        let found = {
            let standings = self.standings();
            let found = standings.get(&known.id);
            found
                .filter(|(objective, at, _)| (objective, at) == (&known.objective, &key))
                .map(|(_, _, standing)| standing.clone())
        };
        if let Some(standing) = found {
            return Ok((ledger, standing));
        }
        let seen = self.seen(known, span).await?;
        let standing = standing(&seen.asked(known, now_ms));
        let kept = (known.objective.clone(), key, standing.clone());
        self.standings().insert(known.id.clone(), kept);
        Ok((ledger, standing))
    }

    pub(super) async fn all(&self, caller: &Caller) -> Result<Objectives, Problem> {
        caller.require(Role::Viewer)?;
        let levels = self.levels();
        let alerts = self.open_alerts().await;
        let mut rows = Vec::new();
        for known in &levels.all {
            rows.push(self.row(caller, known, &alerts).boxed());
        }
        let rows = stream::iter(rows).buffered(AT_ONCE);
        let mut rows: Vec<_> = rows.try_collect().await?;
        rows.sort_by(|one, other| {
            let (a, b) = (rank(one), rank(other));
            let by_rank = a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
            by_rank.then_with(|| one.id.cmp(&other.id))
        });
        Ok(Objectives {
            rows,
            mistakes: self.mistakes(&levels),
            ignored: levels.ignored.clone(),
            can_edit: caller.role >= Role::Operator,
        })
    }

    fn mistakes(&self, levels: &Levels) -> Vec<String> {
        let mut mistakes = levels.mistakes.clone();
        for file in self.refused.borrow().iter() {
            let errors = file.findings.iter();
            let errors = errors.filter(|it| it.severity == wire::Severity::Error);
            mistakes
                .extend(errors.map(|it| format!("{}:{}: {}", file.source, it.path, it.message)));
        }
        mistakes
    }

    /// How many alerts fire, by the objective they are about.
    pub(super) async fn open_alerts(&self) -> BTreeMap<String, u64> {
        let book = self.alerts.book.lock().await;
        let mut counts = BTreeMap::new();
        let fires = |alert: &&rules::Alert| alert.firing_ms.is_some();
        for alert in book.all_open().filter(fires) {
            let id = alert.labels.get("sloth_id");
            if !id.is_empty() {
                *counts.entry(id.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    pub(super) async fn row(
        &self,
        caller: &Caller,
        known: &Known,
        alerts: &BTreeMap<String, u64>,
    ) -> Result<Objective, Problem> {
        let (ledger, standing) = self.standing(known).await?;
        Ok(objective(known, &ledger, &standing, alerts, caller))
    }

    pub(super) async fn detail(
        &self,
        caller: &Caller,
        id: &str,
        asked_span: Stretch,
    ) -> Result<ObjectiveDetail, Problem> {
        caller.require(Role::Viewer)?;
        let levels = self.levels();
        let known = find(&levels, id)?;
        let now_ms = self.clock.now_ms();
        let span = match asked_span {
            (0, 0) => known.objective.window.span(now_ms, &known.objective.zone),
            span => checked(span, now_ms)?,
        };
        let alerts = self.open_alerts().await;
        let (ledger, present) = self.standing(known).await?;
        let step_ms = match span.1 - span.0 <= FINE_MS {
            true => {
                let step = (span.1 - span.0) / POINTS;
                (step.div_euclid(MINUTE_MS) * MINUTE_MS).max(MINUTE_MS)
            }
            false => hours_step(span, POINTS),
        };
        let until_ms = ledger.to_ms.min(span.1);
        let minutes_from_ms = match step_ms % HOUR_MS {
            0 => until_ms - RECENT_MS,
            _ => span.0 - LONGEST_BURN_MS,
        };
        let mut cuts = vec![span.0, span.1];
        cuts.extend(BURNS.iter().map(|(_, length_ms)| until_ms - length_ms));
        let grain = Grain {
            step_ms: HOUR_MS,
            hours_from_ms: span.0 - LONGEST_BURN_MS - HOUR_MS,
            minutes_from_ms,
            cuts: &cuts,
        };
        let stretch = (span.0 - LONGEST_BURN_MS, span.1);
        let mut seen = self.read(known, ledger.clone(), stretch, grain).await?;
        seen.span = span;
        let asked = seen.asked(known, now_ms);
        let over = standing(&asked);
        let lines = BURNS.iter().filter(|(window, _)| LINES.contains(window));
        let burn_rates = lines.map(|(window, length_ms)| BurnLine {
            window: (*window).to_owned(),
            points: burn_line(&asked, *length_ms, step_ms),
        });
        let budget = &over.budget;
        let row = objective(known, &ledger, &present, &alerts, caller);
        Ok(ObjectiveDetail {
            burn_down: burn_down(&asked, budget, step_ms),
            error_ratio: error_ratio(&asked, step_ms),
            burn_rates: burn_rates.collect(),
            parts: self.parts(&ledger, span, budget.spent).await?,
            incidents: self
                .incidents(known, &ledger, span, budget.allowed, MOST_INCIDENTS)
                .await?,
            rules: slo::rules(&known.objective),
            versions: levels.shown_versions(id, self.built_in(id)),
            measurements: {
                let found = store::measurements(&self.state, id, MOST_MEASUREMENTS).await;
                found.map_err(reading)?
            },
            arithmetic: over.arithmetic,
            objective: row,
        })
    }

    /// What spent it, the most first.
    pub(super) async fn parts(
        &self,
        ledger: &Ledger,
        span: Stretch,
        spent: f64,
    ) -> Result<Vec<SpentPart>, Problem> {
        let hours = (hour_of(span.0), span.1);
        let parts = store::parts(&self.state, ledger.id, hours).await;
        let parts = slo::parts_of(parts.map_err(reading)?, spent).into_iter();
        let parts = parts.map(|part| SpentPart {
            labels: part.labels,
            spent: part.spent,
            share: part.share,
        });
        Ok(parts.collect())
    }

    /// What cost most, the most first.
    pub(super) async fn incidents(
        &self,
        known: &Known,
        ledger: &Ledger,
        span: Stretch,
        allowed: f64,
        most: usize,
    ) -> Result<Vec<Incident>, Problem> {
        let hours = (hour_of(span.0), span.1);
        let minutes = store::minutes_of(&self.state, ledger.id, hours, true).await;
        let minutes = minutes.map_err(reading)?;
        let minutes: Vec<_> = minutes
            .iter()
            .flat_map(|(at_ms, hour)| (*at_ms..).step_by(60_000).zip(hour))
            .filter(|(at_ms, _)| span.0 <= *at_ms && at_ms + MINUTE_MS <= span.1)
            .filter_map(|(at_ms, slot)| minute(at_ms, *slot))
            .collect();
        let mut found = slo::incidents(&minutes, known.objective.target);
        found.sort_by(|one, other| other.spent.total_cmp(&one.spent));
        found.truncate(most);
        let names = alert_names(known);
        let mut incidents = Vec::new();
        for incident in found {
            let alerts = self.alerts_in(known, ledger, &names, &incident).await?;
            let (alerts, titles) = alerts.into_iter().unzip();
            incidents.push(Incident {
                objective: known.id.clone(),
                from_ms: incident.from_ms,
                to_ms: (!incident.is_open(ledger.to_ms)).then_some(incident.to_ms),
                bad_minutes: incident.bad_minutes,
                spent: incident.spent,
                share: match allowed > 0.0 {
                    true => incident.spent / allowed,
                    false => 0.0,
                },
                alerts,
                titles,
            });
        }
        Ok(incidents)
    }

    /// Alerts that fired in an incident: of the objective, and of servers that spent its budget then.
    async fn alerts_in(
        &self,
        known: &Known,
        ledger: &Ledger,
        names: &[String],
        incident: &slo::Incident,
    ) -> Result<Vec<(String, String)>, Problem> {
        let hours = (hour_of(incident.from_ms), incident.to_ms);
        let parts = store::parts(&self.state, ledger.id, hours).await;
        let parts = parts.map_err(reading)?.into_iter();
        let servers = parts.filter_map(|(labels, _)| labels.get("server").cloned());
        let servers: Vec<_> = servers.collect();
        let past = self.alerts.book.lock().await.past();
        let times = (incident.from_ms, incident.to_ms);
        let mut found = BTreeMap::new();
        for (servers, name) in names
            .iter()
            .map(|name| (&[][..], name.as_str()))
            .chain(Some((servers.as_slice(), "")).filter(|(servers, _)| !servers.is_empty()))
        {
            let around = past.around(servers, name, times, MOST_ALERTS).await;
            let around = around.map_err(|error| database_problem("reading alerts", &error))?;
            let is_of_it = |alert: &rules::Alert| match alert.labels.get("sloth_id") {
                "" => true,
                id => id == known.id,
            };
            for alert in around.into_iter().filter(is_of_it) {
                found.insert(
                    alert.id.to_string(),
                    alert.labels.get("alertname").to_owned(),
                );
            }
        }
        Ok(found.into_iter().collect())
    }
}

/// The names of its alerts.
fn alert_names(known: &Known) -> Vec<String> {
    let groups = super::groups_of(&known.objective);
    let entries = groups.iter().flat_map(|group| &group.rules);
    let mut names: Vec<_> = entries
        .filter(|entry| matches!(entry, Entry::Alerting(_)))
        .map(|entry| entry.name().to_owned())
        .collect();
    names.dedup();
    names
}

/// One of them.
///
/// # Errors
/// When there is none.
pub(super) fn find<'a>(levels: &'a Levels, id: &str) -> Result<&'a Known, Problem> {
    let known = levels.find(id);
    known.ok_or_else(|| Problem::not_found(format!("there is no objective {id:?}")))
}

/// A stretch of time that somebody asks for, in whole minutes.
fn checked((from_ms, to_ms): Stretch, now_ms: i64) -> Result<Stretch, Problem> {
    let to_ms = if to_ms == 0 { now_ms } else { to_ms };
    let longest_ms = super::ledger::KEPT_MS;
    let span = (
        from_ms.div_euclid(MINUTE_MS) * MINUTE_MS,
        to_ms.div_euclid(MINUTE_MS) * MINUTE_MS,
    );
    match span.1.checked_sub(span.0) {
        Some(length) if (1..=longest_ms).contains(&length) => Ok(span),
        _ => Err(Problem::invalid(
            "from has to be at least a minute before to, and at most 400 days",
        )),
    }
}

fn objective(
    known: &Known,
    ledger: &Ledger,
    standing: &Standing,
    alerts: &BTreeMap<String, u64>,
    caller: &Caller,
) -> Objective {
    Objective {
        id: known.id.clone(),
        draft: known.draft.clone(),
        origin: known.origin,
        path: known.path.clone(),
        state: standing.state,
        sentence: standing.sentence.clone(),
        caution: match known.objective.enabled {
            true => standing.caution.clone(),
            false => format!("It is switched off. {}", standing.caution),
        },
        budget: shown(&standing.budget),
        burn: standing.burn.clone(),
        spent_at_ms: standing.spent_at_ms,
        spark: standing.spark.clone(),
        alerts: alerts.get(&known.id).copied().unwrap_or(0),
        known_from_ms: ledger.from_ms,
        can_edit: caller.role >= Role::Operator && known.origin != wire::Origin::File,
    }
}
