//! `replay`: when rules would have fired, by what a running product has stored.
//!
//! Every alerting rule is asked over the whole time, and its answers go through the same book as in the
//! product. A series that is gone ends its alert, as in Prometheus. Templates that ask queries are not asked.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use model::{Labels, TimestampMs, parse_duration};
use rules::{Alert, Entry, Found, Rule};
use serde_json::Value;

use super::running::Running;
use super::{BAD_CONFIGURATION, complain};
use crate::config::{self, Mistakes};
use crate::judging::{Held, Span, lived};

/// Points that one question asks for at the most, as in Prometheus.
const MOST_POINTS: i64 = 11_000;
/// Evaluations of one rule.
const MOST_EVALUATIONS: i64 = 1_000_000;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// A file of rules, in the format of Prometheus.
    #[arg(value_name = "RULEFILE")]
    file: PathBuf,
    /// Since when: RFC 3339, seconds since 1970, or how long ago, such as 1d.
    #[arg(long, value_name = "TIME", default_value = "1d")]
    from: String,
    /// Until when, in the same forms.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    to: String,
    /// Only the rule of this name.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// How far evaluations are apart, in groups that have no interval.
    #[arg(long, value_name = "DURATION", default_value = "15s")]
    step: String,
    #[command(flatten)]
    running: Running,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let mut mistakes = Mistakes::default();
    let groups = config::read_rules(&options.file, &mut mistakes);
    mistakes.iter().for_each(|mistake| complain(mistake));
    if mistakes.errors() > 0 {
        return ExitCode::from(BAD_CONFIGURATION);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("no runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let span = match span(options) {
        Ok(span) => span,
        Err(why) => {
            complain(&why);
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    let mut rules = 0;
    for group in &groups {
        let step = group.interval.unwrap_or(span.step);
        for entry in &group.rules {
            let Entry::Alerting(rule) = entry else {
                continue;
            };
            if options
                .rule
                .as_ref()
                .is_some_and(|wanted| *wanted != rule.name)
            {
                continue;
            }
            rules += 1;
            match runtime.block_on(replayed(options, rule, Span { step, ..span })) {
                Ok(alerts) => print(rule, &alerts),
                Err(why) => {
                    complain(&format!("{}: {why}", rule.name));
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    if rules == 0 {
        complain(&"there is no such alerting rule in the file");
        return ExitCode::from(BAD_CONFIGURATION);
    }
    ExitCode::SUCCESS
}

fn span(options: &Options) -> Result<Span, String> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now_ms = millis(now.unwrap_or_default());
    let span = Span {
        from_ms: time("--from", &options.from, now_ms)?,
        to_ms: time("--to", &options.to, now_ms)?,
        step: parse_duration(&options.step).map_err(|why| format!("--step: {why}"))?,
    };
    if span.step.is_zero() || span.to_ms <= span.from_ms {
        return Err("--from has to be before --to, and --step longer than 0".to_owned());
    }
    Ok(span)
}

fn time(flag: &str, text: &str, now_ms: TimestampMs) -> Result<TimestampMs, String> {
    if let Ok(ago) = parse_duration(text) {
        return Ok(now_ms - millis(ago));
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Ok(seconds.saturating_mul(1000));
    }
    let time: Result<jiff::Timestamp, _> = text.parse();
    let wrong = |_| {
        format!(
            "{flag}: {text:?} is no time; write 2026-01-31T12:00:00Z, seconds since 1970, or 1d"
        )
    };
    time.map(jiff::Timestamp::as_millisecond).map_err(wrong)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

async fn replayed(options: &Options, rule: &Rule, span: Span) -> Result<Vec<Alert>, String> {
    let step_ms = span.step_ms();
    if (span.to_ms - span.from_ms) / step_ms > MOST_EVALUATIONS {
        return Err(format!(
            "that would be more than {MOST_EVALUATIONS} evaluations; choose a longer --step"
        ));
    }
    let mut held = Held::new();
    let mut from = span.from_ms;
    while from <= span.to_ms {
        let to = (from + step_ms * (MOST_POINTS - 1)).min(span.to_ms);
        ask(options, rule, (from, to, step_ms), &mut held).await?;
        from += step_ms * MOST_POINTS;
    }
    Ok(lived(rule, span, &mut held, None).await?.alerts)
}

async fn ask(
    options: &Options,
    rule: &Rule,
    (from, to, step): (TimestampMs, TimestampMs, i64),
    held: &mut Held,
) -> Result<(), String> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    let seconds = |ms: i64| (ms as f64 / 1000.0).to_string();
    let form = [
        ("query", rule.expr.clone()),
        ("start", seconds(from)),
        ("end", seconds(to)),
        ("step", seconds(step)),
    ];
    let answer = options.running.post("/api/v1/query_range", &form).await?;
    if answer["status"] != "success" {
        let why = answer["error"].as_str().or(answer["message"].as_str());
        return Err(why.unwrap_or("no answer of a product").to_owned());
    }
    for series in answer["data"]["result"].as_array().into_iter().flatten() {
        let labels = series["metric"].as_object().into_iter().flatten();
        let labels: Labels = labels
            .map(|(name, value)| (name, value.as_str().unwrap_or_default()))
            .collect();
        for point in series["values"].as_array().into_iter().flatten() {
            let (Some(at), Some(value)) = (point[0].as_f64(), number(&point[1])) else {
                continue;
            };
            #[expect(clippy::cast_possible_truncation, reason = "times of samples")]
            let at_ms = (at * 1000.0).round() as i64;
            let found = Found {
                labels: labels.clone(),
                value,
            };
            held.entry(at_ms).or_default().push(found);
        }
    }
    Ok(())
}

fn number(value: &Value) -> Option<f64> {
    value.as_str()?.parse().ok()
}

fn print(rule: &Rule, alerts: &[Alert]) {
    let fired = alerts
        .iter()
        .filter(|alert| alert.firing_ms.is_some())
        .count();
    println!(
        "{}: fires {fired} times, and {} alerts stay pending",
        rule.name,
        alerts.len() - fired
    );
    for alert in alerts {
        let others = alert.labels.keep(|name| name != "alertname");
        println!("  {others}");
        for change in &alert.changes {
            let at = jiff::Timestamp::from_millisecond(change.at_ms);
            let at = at.map(|at| at.to_string()).unwrap_or_default();
            println!("    {at} {}", change.state.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("1h", Some(6_400_000)),
            ("0s", Some(10_000_000)),
            ("1435781430", Some(1_435_781_430_000)),
            ("1970-01-01T00:00:05Z", Some(5_000)),
            ("yesterday", None),
        ] {
            assert_eq!(time("--from", text, 10_000_000).ok(), expected, "{text}");
        }
    }
}
