//! What an objective would have been over what is stored, without keeping it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slo::Indicator;
use wire::{Caller, ObjectiveDraft, ObjectivePreview, Origin, Problem, Role};

use super::SloService;
use super::change::check;
use super::draft::{Written, tidy};
use super::known::Known;
use super::ledger::{HOUR_MS, hour_of, slots_of_measured};
use super::maintenance::{Maintenance, minute_before};
use super::minutes::{Hour, MINUTES, Slot};
use super::picture::{Seen, reading};
use super::question::{Answered, Question};
use super::sheet::Sheet;
use super::standing::{self, LONGEST_BURN_MS, burn_down, guesses, hours_step, shown};
use super::store::{self, Ledger, Stretch};
use crate::error::fault;

/// What is looked at together.
const CHUNK_MS: i64 = 12 * HOUR_MS;
/// How long all of it may take.
const BUDGET: Duration = Duration::from_secs(8);
/// Points of the picture.
const POINTS: i64 = 120;

/// Minutes that were looked at, and since when.
type Looked = (BTreeMap<i64, Hour>, i64, String);

fn put(hours: &mut BTreeMap<i64, Hour>, from_ms: i64, slots: &[Slot]) {
    for (at_ms, slot) in (from_ms..).step_by(60_000).zip(slots) {
        let hour_ms = hour_of(at_ms);
        let hour = hours.entry(hour_ms).or_insert([Slot::Open; MINUTES]);
        let place = usize::try_from((at_ms - hour_ms) / 60_000).unwrap_or(0);
        hour[place % MINUTES] = *slot;
    }
}

/// The first minute of which something is known; what is before is no gap.
fn begin(hours: &mut BTreeMap<i64, Hour>) -> Option<i64> {
    for (hour_ms, hour) in hours.iter_mut() {
        for (at_ms, slot) in (*hour_ms..).step_by(60_000).zip(hour.iter_mut()) {
            match slot {
                Slot::Counted { .. } => return Some(at_ms),
                slot => *slot = Slot::Open,
            }
        }
    }
    None
}

impl SloService {
    /// What a draft would have been.
    pub(super) async fn look_back(
        &self,
        caller: &Caller,
        draft: ObjectiveDraft,
    ) -> Result<ObjectivePreview, Problem> {
        caller.require(Role::Viewer)?;
        let draft = tidy(draft);
        let id = format!("{}-{}", draft.service, draft.name);
        let before = self
            .levels()
            .find(&id)
            .map(|known| Written::of(&known.objective));
        let written = before.unwrap_or_default().with(draft);
        let objective = written.objective();
        check(&objective)?;
        let known = Known::of(objective, Origin::Made, String::new());
        let now_ms = self.clock.now_ms();
        let span = known.objective.window.span(now_ms, &known.objective.zone);
        let seen = match self.kept_look(&known, span).await? {
            Some(seen) => seen,
            None => self.new_look(&known, span, now_ms).await?,
        };
        let asked = seen.asked(&known, now_ms);
        let over = standing::standing(&asked);
        Ok(ObjectivePreview {
            sentence: over.sentence,
            caution: over.caution,
            budget: shown(&over.budget),
            burn_down: burn_down(&asked, &over.budget, hours_step(span, POINTS)),
            targets: guesses(&asked),
            rules: slo::rules(&known.objective),
        })
    }

    /// What a ledger says, where one is kept of what it asks.
    async fn kept_look(&self, known: &Known, span: Stretch) -> Result<Option<Seen>, Problem> {
        let found = store::find_ledger(&self.state, &known.id, &known.asks).await;
        let found = found.map_err(reading)?;
        let end_ms = span.1.min(self.clock.now_ms());
        let is_filled =
            |ledger: &Ledger| ledger.from_ms.is_some() && ledger.to_ms + HOUR_MS > end_ms;
        match found.filter(is_filled) {
            None => Ok(None),
            Some(ledger) if ledger.target.to_bits() == known.objective.target.to_bits() => {
                Ok(Some(self.read_present(known, ledger, span).await?))
            }
            // By another target other minutes are bad.
            Some(ledger) => {
                let stretch = (hour_of(span.0 - LONGEST_BURN_MS), span.1);
                let hours = store::minutes_of(&self.state, ledger.id, stretch, false).await;
                let hours = hours.map_err(reading)?;
                Ok(Some(Seen {
                    sheet: Sheet::of(hours, known.objective.target),
                    ledger,
                    span,
                    trouble: String::new(),
                }))
            }
        }
    }

    /// Asks what is stored, the newest first, for as long as there is time.
    async fn new_look(&self, known: &Known, span: Stretch, now_ms: i64) -> Result<Seen, Problem> {
        let end_ms = minute_before(now_ms).min(span.1);
        let begin_ms = span.0.max(self.reach_ms()).min(end_ms);
        let target = known.objective.target;
        let (mut hours, looked_ms, trouble) = match &known.objective.indicator {
            Indicator::Measured => {
                let measured = self.measured(&known.id, span).await?;
                let stretch = (span.0, end_ms.max(span.0));
                let slots = slots_of_measured(&measured, stretch).map_err(Problem::invalid)?;
                let mut hours = BTreeMap::new();
                put(&mut hours, span.0, &slots);
                (hours, span.0, String::new())
            }
            _ => {
                let turn = Arc::clone(&self.previews).acquire_owned().await;
                let turn = turn.map_err(|error| fault("waiting for a preview", &error))?;
                let question = Question::of(&known.objective).map_err(Problem::invalid)?;
                let windows = self.alerts.kept_windows().await;
                let samples = self.samples.fresh().await;
                let looked = tokio::task::spawn_blocking(move || -> Result<Looked, String> {
                    // For as long as it is worked out, also when nobody waits for it any more.
                    let _turn = turn;
                    let until = Instant::now() + BUDGET;
                    let maintenance = Maintenance::of(&windows, (begin_ms, end_ms));
                    let (mut hours, mut trouble) = (BTreeMap::new(), String::new());
                    let mut to_ms = end_ms;
                    while to_ms > begin_ms && Instant::now() < until {
                        let from_ms = (to_ms - CHUNK_MS).max(begin_ms);
                        let answer = question.answer(&*samples, &maintenance, (from_ms, to_ms));
                        let Answered {
                            slots,
                            trouble: why,
                            ..
                        } = answer.map_err(|error| error.to_string())?;
                        put(&mut hours, from_ms, &slots);
                        if !why.is_empty() {
                            trouble = why;
                        }
                        to_ms = from_ms;
                    }
                    Ok((hours, to_ms, trouble))
                });
                let looked = looked.await;
                let looked = looked.map_err(|error| fault("working out a preview", &error))?;
                looked.map_err(|why| {
                    Problem::new(wire::Code::Unavailable, format!("asking it failed: {why}"))
                })?
            }
        };
        let from_ms = begin(&mut hours).map(|from_ms| from_ms.max(looked_ms));
        Ok(Seen {
            sheet: Sheet::of(hours, target),
            ledger: Ledger {
                id: 0,
                target,
                from_ms,
                to_ms: end_ms,
            },
            span,
            trouble,
        })
    }
}
