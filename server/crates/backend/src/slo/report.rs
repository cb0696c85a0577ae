//! Reports: how objectives did over some time, what cost most, and what changed. What is kept is kept whole, so that
//! it says the same when what it was made of is gone.

pub(crate) mod html;
mod tools;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use slo::MINUTE_MS;
use wire::{
    BudgetPoint, Caller, EventKind, Note, ObjectiveState, Problem, Report, ReportChange,
    ReportQuery, ReportRow, ReportScope, Reports, Role,
};

use super::SloService;
use super::known::{Known, Levels};
use super::ledger::{HOUR_MS, KEPT_MS};
use super::picture::{find, reading};
use super::sheet::Grain;
use super::standing::{shown, standing};
use super::store::{self, Stretch};
use crate::alerts::actor;

/// What is looked at where nobody says which time: the last 30 days.
const USUAL_MS: i64 = 30 * 24 * HOUR_MS;
/// Changes of a report.
const MOST_CHANGES: usize = 50;
/// Marks that are looked at for them.
const MOST_MARKS: u32 = 5_000;
/// Incidents of a row.
const MOST_INCIDENTS: usize = 10;

/// The time of a report, and what it is called.
struct Time {
    span: Stretch,
    zone: TimeZone,
    zone_name: String,
    name: String,
}

fn time_of(query: &ReportQuery, now_ms: i64) -> Result<Time, Problem> {
    let zone_name = match query.zone.trim() {
        "" => "UTC".to_owned(),
        zone => zone.to_owned(),
    };
    let zone = slo::zone(&zone_name).map_err(|why| Problem::invalid(format!("zone: {why}")))?;
    let month = query.month.trim();
    let span = match month {
        "" => {
            let to_ms = if query.to_ms == 0 {
                now_ms
            } else {
                query.to_ms
            };
            let from_ms = match query.from_ms {
                0 => to_ms - USUAL_MS,
                from_ms => from_ms,
            };
            let floor = |at_ms: i64| at_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
            (floor(from_ms), floor(to_ms))
        }
        month => slo::period(month, &zone_name)
            .map_err(|why| Problem::invalid(format!("month: {why}")))?,
    };
    match span.1.checked_sub(span.0) {
        Some(length) if (1..=KEPT_MS).contains(&length) => {}
        _ => {
            return Err(Problem::invalid(
                "from_ms has to be at least a minute before to_ms, and at most 400 days, which is what is kept",
            ));
        }
    }
    if span.0 >= now_ms {
        return Err(Problem::invalid(
            "that time has not begun yet; there is nothing to report",
        ));
    }
    let day = |at_ms: i64, format: &str| {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        at.to_zoned(zone.clone()).strftime(format).to_string()
    };
    let name = match month.len() {
        7 if !month.contains('Q') && !month.contains('q') => day(span.0, "%B %Y"),
        0 => format!(
            "{} to {}",
            day(span.0, "%-d %b %Y %H:%M"),
            day(span.1, "%-d %b %Y %H:%M")
        ),
        _ => month.to_uppercase(),
    };
    Ok(Time {
        span,
        zone,
        zone_name,
        name,
    })
}

/// The days of some time: their begins and ends.
fn days(time: &Time) -> Vec<Stretch> {
    let mut days = Vec::new();
    let mut from_ms = time.span.0;
    while from_ms < time.span.1 {
        let at = Timestamp::from_millisecond(from_ms).unwrap_or_default();
        let next = at.to_zoned(time.zone.clone()).tomorrow();
        let next = next.and_then(|day| day.start_of_day());
        let next_ms = match next {
            Ok(next) => next.timestamp().as_millisecond(),
            Err(_) => from_ms + 24 * HOUR_MS,
        };
        let to_ms = next_ms.max(from_ms + MINUTE_MS).min(time.span.1);
        days.push((from_ms, to_ms));
        from_ms = to_ms;
    }
    days
}

/// Whether an objective names a server in what it asks.
fn names_server(known: &Known, server: &str) -> bool {
    let draft = &known.draft;
    let quoted = format!("server=\"{server}\"");
    let texts = [&draft.good, &draft.bad, &draft.total, &draft.metric];
    let label = known.objective.labels.get("server");
    texts.iter().any(|text| text.contains(&quoted)) || label.is_some_and(|it| it == server)
}

impl SloService {
    /// Makes one.
    pub(super) async fn make_report(
        &self,
        caller: &Caller,
        query: ReportQuery,
    ) -> Result<Report, Problem> {
        caller.require(match query.keep {
            true => Role::Operator,
            false => Role::Viewer,
        })?;
        let note = Note {
            by: query.by.clone(),
            comment: String::new(),
        };
        let by = actor(caller, &note)?;
        let now_ms = self.clock.now_ms();
        let time = time_of(&query, now_ms)?;
        let levels = self.levels();
        let of = query.of.trim().to_owned();
        let about = match query.scope {
            ReportScope::All => String::new(),
            _ if of.is_empty() => {
                let scope = query.scope.as_str();
                return Err(Problem::invalid(format!(
                    "of: write which {scope} it is about"
                )));
            }
            ReportScope::Objective => {
                find(&levels, &of)?;
                format!(" of {of}")
            }
            ReportScope::Server => format!(" of the server {of}"),
            ReportScope::Owner => format!(" of {of}"),
        };
        let mut rows = Vec::new();
        for known in &levels.all {
            let is_in = match query.scope {
                ReportScope::All | ReportScope::Server => true,
                ReportScope::Objective => known.id == of,
                ReportScope::Owner => known.draft.owner.eq_ignore_ascii_case(&of),
            };
            if !is_in {
                continue;
            }
            let mut row = self.report_row(known, &levels, &time, now_ms).await?;
            if query.scope == ReportScope::Server {
                row.parts
                    .retain(|part| part.labels.get("server").is_some_and(|it| *it == of));
                if row.parts.is_empty() && !names_server(known, &of) {
                    continue;
                }
            }
            rows.push(row);
        }
        if rows.is_empty() && query.scope == ReportScope::Owner {
            return Err(Problem::not_found(format!(
                "no objective has the owner {of:?}"
            )));
        }
        rows.sort_by(|one, other| {
            let rank = |row: &ReportRow| row.budget.left.unwrap_or(f64::INFINITY);
            let by_left = rank(one).total_cmp(&rank(other));
            by_left.then_with(|| one.id.cmp(&other.id))
        });
        let server = (query.scope == ReportScope::Server).then_some(of.as_str());
        let (worst_tools, trouble) = self.worst_tools(server, time.span, now_ms).await;
        let mut summary = summary(&rows, &time, now_ms);
        summary.extend(trouble);
        let mut report = Report {
            id: 0,
            title: format!("Service levels{about}, {}", time.name),
            scope: query.scope,
            of: of.clone(),
            from_ms: time.span.0,
            to_ms: time.span.1,
            zone: time.zone_name.clone(),
            made_ms: now_ms,
            summary,
            worst_tools,
            changes: self.report_changes(caller, server, time.span).await?,
            rows,
        };
        if query.keep {
            let kept = store::keep(&self.state, &report, &by).await;
            report.id = kept.map_err(reading)?;
        }
        Ok(report)
    }

    async fn report_row(
        &self,
        known: &Known,
        levels: &Levels,
        time: &Time,
        now_ms: i64,
    ) -> Result<ReportRow, Problem> {
        let ledger = self.ledger(known).await?;
        let span = time.span;
        let days = days(time);
        let until_ms = ledger.to_ms.min(span.1);
        let mut cuts = vec![span.0, until_ms];
        cuts.extend(days.iter().map(|day| day.1));
        let grain = Grain {
            step_ms: HOUR_MS,
            hours_from_ms: span.0,
            minutes_from_ms: until_ms,
            cuts: &cuts,
        };
        let seen = self.read(known, ledger, span, grain).await?;
        let asked = seen.asked(known, now_ms);
        let over = standing(&asked);
        let ledger = &seen.ledger;
        let days = days.iter().filter(|day| day.0 < until_ms).map(|day| {
            let sums = seen.sheet.sums(*day);
            let budget = slo::budget(&known.objective, *day, &sums, now_ms);
            BudgetPoint {
                at_ms: day.0,
                value: budget.compliance,
            }
        });
        let budget = &over.budget;
        let incidents = self
            .incidents(known, ledger, span, budget.allowed, MOST_INCIDENTS)
            .await?;
        let mut versions = levels.shown_versions(&known.id, self.built_in(&known.id));
        versions.retain(|version| (span.0..span.1).contains(&version.at_ms));
        Ok(ReportRow {
            id: known.id.clone(),
            draft: known.draft.clone(),
            state: over.state,
            sentence: over.sentence,
            caution: over.caution,
            days: days.collect(),
            parts: self.parts(ledger, span, budget.spent).await?,
            incidents,
            versions,
            budget: shown(budget),
        })
    }

    /// What changed in some time, the newest first.
    async fn report_changes(
        &self,
        caller: &Caller,
        server: Option<&str>,
        (from_ms, to_ms): Stretch,
    ) -> Result<Vec<ReportChange>, Problem> {
        let marks: &dyn wire::Events = &*self.events;
        let marks = marks.list(caller, server, from_ms, to_ms - 1, MOST_MARKS);
        let is_change = |mark: &wire::Event| match mark.kind {
            EventKind::Restart
            | EventKind::Definition
            | EventKind::Start
            | EventKind::Reload
            | EventKind::Stop
            | EventKind::Deploy
            | EventKind::Edit
            | EventKind::Regression
            | EventKind::Note => true,
            // What people changed of rules and objectives before that was a kind of its own.
            EventKind::Alert => {
                mark.link.starts_with("/alerts/rules") || mark.link.starts_with("/slo/")
            }
            EventKind::Health | EventKind::Build => false,
        };
        let changes = marks.await?.into_iter().filter(is_change);
        let changes = changes.take(MOST_CHANGES).map(|mark| ReportChange {
            at_ms: mark.at_ms,
            server: mark.server,
            text: mark.title,
        });
        Ok(changes.collect())
    }

    /// One that was kept.
    pub(super) async fn find_report(&self, caller: &Caller, id: i64) -> Result<Report, Problem> {
        caller.require(Role::Viewer)?;
        let kept = store::kept(&self.state, id).await.map_err(reading)?;
        kept.ok_or_else(|| Problem::not_found(format!("there is no report {id}")))
    }

    /// What is kept and what is planned.
    pub(super) async fn all_reports(&self, caller: &Caller) -> Result<Reports, Problem> {
        caller.require(Role::Viewer)?;
        let kept = store::kept_reports(&self.state).await;
        let schedules = store::schedules(&self.state).await.map_err(reading)?;
        Ok(Reports {
            kept: kept.map_err(reading)?,
            schedules: schedules.into_iter().map(|it| it.schedule).collect(),
            receivers: self.notifier.report_receivers(),
            can_edit: caller.role >= Role::Operator,
        })
    }
}

/// A report in a few sentences.
fn summary(rows: &[ReportRow], time: &Time, now_ms: i64) -> Vec<String> {
    let mut said = Vec::new();
    if rows.is_empty() {
        said.push("No objective is about it.".to_owned());
        return said;
    }
    let mut states: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        states.entry(row.state.as_str()).or_default().push(&row.id);
    }
    let of = |state: ObjectiveState| states.get(state.as_str()).map_or(&[][..], Vec::as_slice);
    let missed = of(ObjectiveState::Missed);
    let unknown = of(ObjectiveState::Unknown);
    let known = rows.len() - unknown.len();
    let kept = known - missed.len();
    let objectives = if known == 1 {
        "objective"
    } else {
        "objectives"
    };
    let were = if kept == 1 { "was" } else { "were" };
    said.push(format!(
        "{kept} of {known} {objectives} {were} kept in {}.",
        time.name
    ));
    if time.span.1 > now_ms {
        said.push("That time is not over yet: it is counted until now.".to_owned());
    }
    if !missed.is_empty() {
        said.push(format!("Missed: {}.", missed.join(", ")));
    }
    if !unknown.is_empty() {
        said.push(format!("Nothing was measured of {}.", unknown.join(", ")));
    }
    let incidents = rows.iter().flat_map(|row| &row.incidents);
    if let Some(worst) = incidents.max_by(|a, b| a.share.total_cmp(&b.share)) {
        let minutes = worst.bad_minutes;
        let noun = if minutes == 1 { "minute" } else { "minutes" };
        said.push(format!(
            "The incident that cost most spent {:.0} % of the budget of {} ({minutes} bad {noun}).",
            worst.share * 100.0,
            worst.objective
        ));
    }
    let excluded: u64 = rows.iter().map(|row| row.budget.excluded_minutes).sum();
    if excluded > 0 {
        let many = rows.iter().filter(|row| row.budget.excluded_minutes > 0);
        said.push(format!(
            "Maintenance windows leave {excluded} minutes out, of {} objectives that ask for it.",
            many.count()
        ));
    }
    let gaps = rows.iter().filter(|row| row.budget.gap_minutes > 0);
    let gaps: Vec<_> = gaps
        .map(|row| {
            let (id, minutes) = (&row.id, row.budget.gap_minutes);
            format!("{id} {minutes} ({})", row.draft.gaps.as_str())
        })
        .collect();
    if !gaps.is_empty() {
        said.push(format!("Minutes without data: {}.", gaps.join(", ")));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(month: &str, zone: &str) -> ReportQuery {
        ReportQuery {
            month: month.to_owned(),
            zone: zone.to_owned(),
            ..ReportQuery::default()
        }
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let now_ms = 4_102_444_800_000;
        for (month, zone, name, count, hours) in [
            ("2026-10", "UTC", "October 2026", 31, 31 * 24),
            // The clocks are set back on the 25th.
            ("2026-10", "Europe/Berlin", "October 2026", 31, 31 * 24 + 1),
            ("2026-Q1", "Asia/Kolkata", "2026-Q1", 90, 90 * 24),
            ("2028-02", "UTC", "February 2028", 29, 29 * 24),
            ("2026-03-29", "Europe/Berlin", "2026-03-29", 1, 23),
        ] {
            let time = time_of(&query(month, zone), now_ms).unwrap();
            let days = days(&time);
            assert_eq!((time.name.as_str(), days.len()), (name, count), "{month}");
            let sum: i64 = days.iter().map(|(from, to)| to - from).sum();
            assert_eq!(sum, hours * HOUR_MS, "{month} {zone}");
            assert_eq!((days[0].0, days[count - 1].1), time.span);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (query, expected) in [
            (query("2026-13", ""), "month: "),
            (query("2026-10", "Mars/Base"), "zone: "),
            (query("2027-01", ""), "has not begun"),
            (
                ReportQuery {
                    from_ms: 10 * MINUTE_MS,
                    to_ms: 10 * MINUTE_MS,
                    ..ReportQuery::default()
                },
                "at least a minute",
            ),
            (
                ReportQuery {
                    from_ms: 1,
                    ..ReportQuery::default()
                },
                "at most 400 days",
            ),
        ] {
            let said = time_of(&query, 1_795_000_000_000).err().unwrap().message;
            assert!(said.contains(expected), "{said}");
        }
    }
}
