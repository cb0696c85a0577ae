//! What a file of unit tests comes to, evaluated as `promtool` does.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use model::{Labels, TimestampMs, parse_duration};
use promql::{Limits, Query};
use rules::{Alert, Group};

use super::file::{AlertTest, ExprTest, File, Test};
use super::notation;
use crate::condition::found;
use crate::config::{self, Mistakes};
use crate::judging::Trial;

/// Most evaluations of one test.
const MOST_EVALUATIONS: i64 = 1_000_000;

/// What came of a file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) tests: usize,
    pub(super) failures: Vec<String>,
    /// What is no failure, and no sense either.
    pub(super) notes: Vec<String>,
}

/// What is the same for all tests of a file.
struct Setting {
    groups: Vec<Group>,
    interval: Duration,
    is_fuzzy: bool,
}

/// Runs the tests of a file.
///
/// # Errors
/// What is wrong with the file, or with a file of rules that it names.
pub(super) async fn file(path: &Path) -> Result<Outcome, Vec<String>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| vec![format!("{shown}: cannot be read: {error}")])?;
    let file: File =
        serde_saphyr::from_str(&text).map_err(|error| vec![format!("{shown}: {error}")])?;
    let wrong = |why: String| vec![format!("{shown}: {why}")];
    let groups = groups(path, &file)?;
    let interval = time(
        "evaluation_interval",
        file.evaluation_interval.as_deref().unwrap_or("1m"),
    )
    .map_err(wrong)?;
    if interval.is_zero() {
        return Err(wrong(
            "evaluation_interval: must be longer than 0".to_owned(),
        ));
    }
    let setting = Setting {
        groups,
        interval,
        is_fuzzy: file.fuzzy_compare,
    };
    let mut outcome = Outcome::default();
    for (number, test) in (1..).zip(&file.tests) {
        let name = match test.name.as_str() {
            "" => format!("test {number}"),
            name => format!("test {number} ({name})"),
        };
        let mut part = Outcome::default();
        run(&setting, test, &mut part)
            .await
            .map_err(|why| wrong(format!("{name}: {why}")))?;
        outcome.tests += 1;
        let named = |text: String| format!("{shown}: {name}: {text}");
        outcome
            .failures
            .extend(part.failures.into_iter().map(named));
        outcome.notes.extend(part.notes.into_iter().map(named));
    }
    Ok(outcome)
}

/// The rules of all files, in the order in which they are to be evaluated.
fn groups(path: &Path, file: &File) -> Result<Vec<Group>, Vec<String>> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let (mut groups, mut mistakes) = (Vec::new(), Mistakes::default());
    for pattern in &file.rule_files {
        let text = folder.join(pattern).display().to_string();
        let found = glob::glob(&text)
            .map_err(|error| vec![format!("{}: {text:?}: {error}", path.display())])?;
        let paths: Vec<_> = found.filter_map(Result::ok).collect();
        if paths.is_empty() {
            return Err(vec![format!(
                "{}: rule_files: there is no file {text}",
                path.display()
            )]);
        }
        for path in paths {
            groups.extend(config::read_rules(&path, &mut mistakes));
        }
    }
    if mistakes.errors() > 0 {
        return Err(mistakes.iter_errors().map(ToString::to_string).collect());
    }
    let place = |group: &Group| {
        file.group_eval_order
            .iter()
            .position(|name| *name == group.name)
    };
    let last = file.group_eval_order.len();
    groups.sort_by_key(|group| place(group).unwrap_or(last));
    Ok(groups)
}

async fn run(setting: &Setting, test: &Test, outcome: &mut Outcome) -> Result<(), String> {
    let step = test
        .interval
        .as_deref()
        .map(|text| time("interval", text))
        .transpose()?;
    let step_ms = millis(step.unwrap_or(setting.interval));
    let every_ms = millis(setting.interval);
    let mut trial = Trial::of(
        &setting.groups,
        test.external_labels.clone(),
        &test.external_url,
    )?;
    for series in &test.input_series {
        let labels = notation::labels(&series.series)?;
        let values =
            notation::values(&series.values).map_err(|why| format!("{}: {why}", series.series))?;
        let samples = (0_i64..)
            .zip(values)
            .filter_map(|(n, value)| Some((n * step_ms, value?)));
        trial.memory.add(labels, samples);
    }
    let mut alerts = Vec::new();
    for one in &test.alert_rule_test {
        alerts.push((millis(time("eval_time", &one.eval_time)?), one));
    }
    let mut exprs = Vec::new();
    for one in &test.promql_expr_test {
        exprs.push((millis(time("eval_time", &one.eval_time)?), one));
    }
    let last = alerts
        .iter()
        .map(|(at, _)| *at)
        .chain(exprs.iter().map(|(at, _)| *at))
        .max()
        .unwrap_or(0);
    if last / every_ms > MOST_EVALUATIONS {
        return Err(format!(
            "there are more than {MOST_EVALUATIONS} evaluations; choose a longer evaluation_interval"
        ));
    }
    let mut at_ms = 0;
    while at_ms <= last {
        for error in trial.evaluate(at_ms).await {
            outcome
                .failures
                .push(format!("at {}: {error}", shown_time(at_ms)));
        }
        // What is asked before the next evaluation is answered by this one.
        for (at, one) in alerts
            .iter()
            .filter(|(at, _)| (at_ms..at_ms + every_ms).contains(at))
        {
            compare_alerts(&trial, *at, one, outcome);
        }
        at_ms += every_ms;
    }
    for (at, one) in exprs {
        compare_samples(&trial, at, one, setting.is_fuzzy, outcome)?;
    }
    Ok(())
}

/// What of an alert is compared.
type Shown = (Labels, BTreeMap<String, String>);

fn compare_alerts(trial: &Trial, at_ms: TimestampMs, test: &AlertTest, outcome: &mut Outcome) {
    if !trial.has_alert(&test.alertname) {
        outcome
            .notes
            .push(format!("no rule makes the alert {}", test.alertname));
    }
    let expected = test.exp_alerts.iter().map(|alert| {
        let labels = alert
            .exp_labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let labels: Labels = labels
            .chain([("alertname", test.alertname.as_str())])
            .collect();
        (labels, alert.exp_annotations.clone())
    });
    let mut expected: Vec<Shown> = expected.collect();
    let fires = |alert: &Alert| alert.rule == test.alertname && alert.firing_ms.is_some();
    let found = trial.open_alerts().into_iter().filter(fires);
    let mut found: Vec<Shown> = found
        .map(|alert| (alert.labels, alert.annotations))
        .collect();
    expected.sort();
    found.sort();
    if expected != found {
        outcome.failures.push(format!(
            "alert {} at {}:\n    expected: {}\n    got:      {}",
            test.alertname,
            shown_time(at_ms),
            shown_alerts(&expected),
            shown_alerts(&found)
        ));
    }
}

fn shown_alerts(alerts: &[Shown]) -> String {
    let each = alerts
        .iter()
        .map(|(labels, texts)| format!("{labels} {texts:?}"));
    match alerts {
        [] => "no alert".to_owned(),
        _ => each.collect::<Vec<_>>().join("\n              "),
    }
}

fn compare_samples(
    trial: &Trial,
    at_ms: TimestampMs,
    test: &ExprTest,
    is_fuzzy: bool,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let mut expected = Vec::new();
    for sample in &test.exp_samples {
        expected.push((notation::labels(&sample.labels)?, sample.value));
    }
    let query = Query::parse(&test.expr).map_err(|error| format!("{:?}: {error}", test.expr))?;
    let asked = found(&query, &*trial.memory, at_ms, &Limits::default());
    let mut samples: Vec<_> = match asked {
        Ok(asked) => asked
            .into_iter()
            .map(|one| (one.labels, one.value))
            .collect(),
        Err(error) => {
            outcome
                .failures
                .push(format!("{} at {}: {error}", test.expr, shown_time(at_ms)));
            return Ok(());
        }
    };
    let order = |a: &(Labels, f64), b: &(Labels, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
    expected.sort_by(order);
    samples.sort_by(order);
    let is_same = expected.len() == samples.len()
        && expected
            .iter()
            .zip(&samples)
            .all(|(a, b)| a.0 == b.0 && is_equal(a.1, b.1, is_fuzzy));
    if !is_same {
        let shown = |samples: &[(Labels, f64)]| {
            let each = samples
                .iter()
                .map(|(labels, value)| format!("{labels} {value}"));
            each.collect::<Vec<_>>().join("\n              ")
        };
        outcome.failures.push(format!(
            "{} at {}:\n    expected: {}\n    got:      {}",
            test.expr,
            shown_time(at_ms),
            shown(&expected),
            shown(&samples)
        ));
    }
    Ok(())
}

/// Whether two values are the same; next to each other is enough where that is asked for.
fn is_equal(a: f64, b: f64, is_fuzzy: bool) -> bool {
    let is_near = is_fuzzy && (a.next_up() == b || a.next_down() == b);
    a == b || (a.is_nan() && b.is_nan()) || is_near
}

fn time(name: &str, text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|why| format!("{name}: {why}"))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn shown_time(at_ms: TimestampMs) -> String {
    let at = Duration::from_millis(u64::try_from(at_ms).unwrap_or(0));
    promql_parser::util::display_duration(&at)
}
