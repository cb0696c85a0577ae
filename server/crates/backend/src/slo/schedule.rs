//! Reports that are made when a week, month or quarter is over, kept, and sent to a receiver.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use notifier::File;
use slo::{MINUTE_MS, Window};
use tokio_util::sync::CancellationToken;
use wire::{Caller, Problem, Report, ReportQuery, ReportSchedule, ReportScope, Role, Via};

use super::SloService;
use super::picture::{find, reading};
use super::report::html::html;
use super::store::{self, Schedule, Stretch};
use crate::error::database_problem;
use crate::exports::{csv, report_table};
use crate::notify::Reported;

/// How long after its end a time is reported: its last minutes are in the ledger by then.
const LATER_MS: i64 = 5 * MINUTE_MS;
/// The longest time in which nobody looks.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Schedules that there can be.
const MOST: usize = 200;
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The week, month or quarter that a time is in.
fn period(every: &str, zone: &str, at_ms: i64) -> Result<Stretch, String> {
    match every {
        "month" => return Ok(Window::Month.span(at_ms, zone)),
        "quarter" => return Ok(Window::Quarter.span(at_ms, zone)),
        "week" => {}
        other => return Err(format!("every: {other:?} is none of week, month, quarter")),
    }
    let zone: TimeZone = slo::zone(zone)?;
    let wrong = |error: jiff::Error| error.to_string();
    let at = Timestamp::from_millisecond(at_ms).map_err(wrong)?;
    let day = at.to_zoned(zone.clone()).date();
    let past = i64::from(day.weekday().to_monday_zero_offset());
    let monday = day.checked_sub(past.days()).map_err(wrong)?;
    let next = monday.checked_add(7.days()).map_err(wrong)?;
    let begin = |day: jiff::civil::Date| {
        let begin = day.to_zoned(zone.clone()).map_err(wrong)?;
        Ok::<_, String>(begin.timestamp().as_millisecond())
    };
    Ok((begin(monday)?, begin(next)?))
}

impl SloService {
    /// Makes or changes a schedule.
    pub(super) async fn plan(
        &self,
        caller: &Caller,
        schedule: ReportSchedule,
    ) -> Result<(), Problem> {
        caller.require(Role::Operator)?;
        let trimmed = |text: &str| text.trim().to_owned();
        let schedule = ReportSchedule {
            name: trimmed(&schedule.name),
            of: trimmed(&schedule.of),
            zone: match schedule.zone.trim() {
                "" => "UTC".to_owned(),
                zone => zone.to_owned(),
            },
            receiver: trimmed(&schedule.receiver),
            next_ms: None,
            last: String::new(),
            ..schedule
        };
        if schedule.name.is_empty() || schedule.name.chars().count() > LONGEST_NAME {
            return Err(Problem::invalid(format!(
                "name: a schedule has one, of at most {LONGEST_NAME} characters"
            )));
        }
        match schedule.scope {
            ReportScope::All => {}
            scope if schedule.of.is_empty() => {
                let scope = scope.as_str();
                return Err(Problem::invalid(format!(
                    "of: write which {scope} it is about"
                )));
            }
            ReportScope::Objective => {
                find(&self.levels(), &schedule.of)?;
            }
            ReportScope::Server | ReportScope::Owner => {}
        }
        slo::zone(&schedule.zone).map_err(|why| Problem::invalid(format!("zone: {why}")))?;
        let receivers = self.notifier.report_receivers();
        if !schedule.receiver.is_empty() && !receivers.contains(&schedule.receiver) {
            return Err(Problem::invalid(format!(
                "receiver: {:?} has neither e-mail nor a webhook; there are {}",
                schedule.receiver,
                match receivers.is_empty() {
                    true => "none yet (alerts.notify names them)".to_owned(),
                    false => receivers.join(", "),
                }
            )));
        }
        let all = store::schedules(&self.state).await.map_err(reading)?;
        let is_new = !all.iter().any(|it| it.schedule.name == schedule.name);
        if is_new && all.len() >= MOST {
            return Err(Problem::invalid(format!(
                "there are {MOST} schedules already; end some first"
            )));
        }
        let now_ms = self.clock.now_ms();
        let (_, end_ms) =
            period(&schedule.every, &schedule.zone, now_ms).map_err(Problem::invalid)?;
        let put = Schedule {
            schedule,
            next_ms: end_ms + LATER_MS,
        };
        let written = store::put_schedule(&self.state, &put).await;
        written.map_err(|error| database_problem("writing a schedule", &error))
    }

    /// Ends a schedule.
    pub(super) async fn end_plan(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        caller.require(Role::Operator)?;
        let removed = store::remove_schedule(&self.state, name).await;
        let removed = removed.map_err(|error| database_problem("ending a schedule", &error))?;
        match removed {
            true => Ok(()),
            false => Err(Problem::not_found(format!("there is no schedule {name:?}"))),
        }
    }

    /// Makes the reports that are due, until it is stopped.
    pub(super) async fn keep_reporting(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(problem) = self.report_due().await {
                tracing::error!(%problem, "reports that are due wait");
            }
            let pause = tokio::time::sleep(LONGEST_WAIT);
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    /// Makes the reports that are due; how many.
    ///
    /// # Errors
    /// When schedules cannot be read or written.
    pub(crate) async fn report_due(&self) -> Result<usize, Problem> {
        let now_ms = self.clock.now_ms();
        let due = store::due(&self.state, now_ms).await.map_err(reading)?;
        let count = due.len();
        for Schedule { schedule, next_ms } in due {
            let ended_ms = next_ms - LATER_MS;
            let (last, again_ms) = match period(&schedule.every, &schedule.zone, ended_ms - 1) {
                Ok(span) => {
                    let next = period(&schedule.every, &schedule.zone, ended_ms);
                    let next_ms =
                        next.map_or(now_ms + 24 * 60 * MINUTE_MS, |(_, end)| end + LATER_MS);
                    (self.report_one(&schedule, span).await, next_ms)
                }
                // It was right when it was made.
                Err(why) => (why, now_ms + 24 * 60 * MINUTE_MS),
            };
            let settled = store::settle(&self.state, &schedule.name, again_ms, &last).await;
            settled.map_err(|error| database_problem("writing a schedule", &error))?;
        }
        Ok(count)
    }

    /// Makes, keeps and sends one; what became of it, in words.
    async fn report_one(&self, schedule: &ReportSchedule, span: Stretch) -> String {
        let caller = Caller {
            name: format!("schedule {}", schedule.name),
            role: Role::Admin,
            via: Via::Internal,
        };
        let query = ReportQuery {
            scope: schedule.scope,
            of: schedule.of.clone(),
            month: String::new(),
            from_ms: span.0,
            to_ms: span.1,
            zone: schedule.zone.clone(),
            keep: true,
            by: String::new(),
        };
        let report = match self.make_report(&caller, query).await {
            Ok(report) => report,
            Err(problem) => {
                tracing::error!(schedule = schedule.name, %problem, "a report could not be made");
                return format!("it could not be made: {problem}");
            }
        };
        if schedule.receiver.is_empty() {
            return format!("report {} was made", report.id);
        }
        let sent = match files(&report) {
            Ok(files) => {
                let reported = Reported {
                    title: report.title.clone(),
                    text: said(&report),
                    link: format!("/slo/reports/{}", report.id),
                    files,
                };
                let sent = self.notifier.send_report(&schedule.receiver, reported);
                sent.await
            }
            Err(problem) => Err(problem.to_string()),
        };
        match sent {
            Ok(said) => format!("report {} was made; {said}", report.id),
            Err(why) => {
                tracing::error!(schedule = schedule.name, why, "a report could not be sent");
                format!(
                    "report {} was made, and could not be sent: {why}",
                    report.id
                )
            }
        }
    }
}

/// A report as files, for who takes some: a page, and a table.
fn files(report: &Report) -> Result<Vec<File>, Problem> {
    let file = |kind: &str, text: String| File {
        name: format!("report-{}.{kind}", report.id),
        media_type: format!("text/{kind}; charset=utf-8"),
        text,
    };
    Ok(vec![
        file("html", html(report)),
        file("csv", csv(&report_table(report))?),
    ])
}

/// A report as a text for a message.
fn said(report: &Report) -> String {
    let mut lines = report.summary.clone();
    for row in &report.rows {
        lines.push(format!(
            "{} ({}): {}",
            row.id,
            row.state.as_str(),
            row.sentence
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn weeks_begin_on_monday_in_their_zone() {
        for (every, zone, when, from, to) in [
            (
                "week",
                "UTC",
                "2026-11-29T19:00:00Z",
                "2026-11-23T00:00:00Z",
                "2026-11-30T00:00:00Z",
            ),
            // The clocks are set back on that Sunday.
            (
                "week",
                "Europe/Berlin",
                "2026-10-25T12:00:00Z",
                "2026-10-18T22:00:00Z",
                "2026-10-25T23:00:00Z",
            ),
            (
                "month",
                "UTC",
                "2028-02-29T23:59:59Z",
                "2028-02-01T00:00:00Z",
                "2028-03-01T00:00:00Z",
            ),
            (
                "quarter",
                "UTC",
                "2026-12-31T23:59:59Z",
                "2026-10-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
            ),
        ] {
            let found = period(every, zone, at(when)).unwrap();
            assert_eq!(found, (at(from), at(to)), "{every} {zone} {when}");
        }
        assert!(period("year", "UTC", 0).unwrap_err().contains("week"));
    }
}
