//! Runs the case files: what queries yield, in Prometheus's own test language.

use std::path::Path;

use crate::memory::Memory;
use crate::script::{Case, Command, When, commands};
use model::Labels;
use promql::{
    Answer, Limits, Query, QueryError, RangeSeries, Value, evaluate_instant, evaluate_range,
};

#[test]
fn all_cases() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let (mut cases, mut failures) = (0, Vec::new());
    for file in &files {
        cases += run(file, &mut failures);
    }
    println!("{cases} cases in {} files", files.len());
    let shown = failures.join("\n");
    assert!(
        failures.is_empty(),
        "{} of {cases}:\n{shown}",
        failures.len()
    );
    assert!(cases > 0, "there are no cases");
}

fn run(file: &Path, failures: &mut Vec<String>) -> usize {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy();
    let mut store = Memory::default();
    let mut cases = 0;
    for command in commands(&text) {
        match command {
            Command::Clear => store = Memory::default(),
            Command::Load(series) => {
                for (labels, points) in series {
                    store.put(labels, points);
                }
            }
            Command::Evaluate(case) => {
                cases += 1;
                let answer = ask(&store, &case, case.when);
                let mut verdict = judge(&case, answer);
                if let (Ok(()), When::Instant(at_ms)) = (&verdict, case.when) {
                    verdict = as_first_step(&store, &case, at_ms);
                }
                if let Err(why) = verdict {
                    failures.push(format!("{name}:{}: {}\n    {why}", case.line, case.query));
                }
            }
        }
    }
    cases
}

fn ask(store: &Memory, case: &Case, when: When) -> Result<Answer, QueryError> {
    let query = Query::parse(&case.query)?;
    let limits = Limits::default();
    match when {
        When::Instant(at_ms) => evaluate_instant(&query, store, at_ms, &limits),
        When::Range {
            from_ms,
            to_ms,
            step_ms,
        } => evaluate_range(&query, store, from_ms, to_ms, step_ms, &limits),
    }
}

fn judge(case: &Case, answer: Result<Answer, QueryError>) -> Result<(), String> {
    let answer = match (answer, &case.failure) {
        (Err(error), Some(message)) => {
            let error = error.to_string();
            return match error.contains(message) {
                true => Ok(()),
                false => Err(format!("it failed with: {error}")),
            };
        }
        (Ok(answer), Some(_)) => return Err(format!("it did not fail: {answer:?}")),
        (Err(error), None) => return Err(format!("it failed: {error}")),
        (Ok(answer), None) => answer,
    };
    if case
        .warns
        .is_some_and(|warns| warns == answer.warnings.is_empty())
    {
        return Err(format!("warnings: {:?}", answer.warnings));
    }
    if case
        .informs
        .is_some_and(|informs| informs == answer.infos.is_empty())
    {
        return Err(format!("infos: {:?}", answer.infos));
    }
    let shown = format!("it gave {:?}", answer.value);
    let is_right = match answer.value {
        Value::Scalar(_, value) => case
            .scalar
            .is_some_and(|expected| is_close(expected, value)),
        Value::String(_, text) => case.text == Some(text),
        Value::Vector(samples) => {
            let found = samples.into_iter();
            let found = found.map(|sample| (sample.labels, vec![Some(sample.value)]));
            case.scalar.is_none() && are_equal(&case.expected, found.collect(), case.is_ordered)
        }
        Value::Matrix(series) => {
            let found = series.iter().map(|series| cells(case.when, series));
            case.scalar.is_none() && are_equal(&case.expected, found.collect(), false)
        }
    };
    if is_right { Ok(()) } else { Err(shown) }
}

/// The values of a series at each step, as far as the last one; all values of an instant query.
fn cells(when: When, series: &RangeSeries) -> (Labels, Vec<Option<f64>>) {
    let When::Range {
        from_ms, step_ms, ..
    } = when
    else {
        let values = series.points.iter().map(|(_, value)| Some(*value));
        return (series.labels.clone(), values.collect());
    };
    let mut cells = Vec::new();
    for (at_ms, value) in &series.points {
        let place = usize::try_from((at_ms - from_ms) / step_ms).unwrap();
        cells.resize(place, None);
        cells.push(Some(*value));
    }
    (series.labels.clone(), cells)
}

fn are_equal(
    expected: &[(Labels, Vec<Option<f64>>)],
    mut found: Vec<(Labels, Vec<Option<f64>>)>,
    is_ordered: bool,
) -> bool {
    let mut expected = expected.to_vec();
    for (_, values) in &mut expected {
        while values.last().is_some_and(Option::is_none) {
            values.pop();
        }
    }
    if !is_ordered {
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        found.sort_by(|a, b| a.0.cmp(&b.0));
    }
    let same = |a: &Option<f64>, b: &Option<f64>| match (a, b) {
        (Some(a), Some(b)) => is_close(*a, *b),
        (a, b) => a.is_none() && b.is_none(),
    };
    expected.len() == found.len()
        && expected.iter().zip(&found).all(|(expected, found)| {
            let (expected_values, values) = (&expected.1, &found.1);
            expected.0 == found.0
                && expected_values.len() == values.len()
                && expected_values.iter().zip(values).all(|(a, b)| same(a, b))
        })
}

fn is_close(expected: f64, found: f64) -> bool {
    if expected.is_nan() || found.is_nan() {
        return expected.is_nan() && found.is_nan();
    }
    expected == found || (expected - found).abs() <= 1e-9 * expected.abs().max(found.abs())
}

/// A range query says at its first step what an instant query says there.
fn as_first_step(store: &Memory, case: &Case, at_ms: i64) -> Result<(), String> {
    let (step_ms, to_ms) = (60_000, at_ms + 180_000);
    let query = Query::parse(&case.query).map_err(|error| error.to_string());
    let is_about_the_end = case.query.contains("end()");
    if case.failure.is_some() || is_about_the_end || query.is_err() {
        return Ok(());
    }
    let when = When::Range {
        from_ms: at_ms,
        to_ms,
        step_ms,
    };
    let series = match ask(store, case, when) {
        Ok(Answer {
            value: Value::Matrix(series),
            ..
        }) => series,
        // Ranges and texts cannot be asked so, and later steps may fail.
        _ => return Ok(()),
    };
    let found = series.iter().filter_map(|series| {
        let first = series.points.first()?;
        (first.0 == at_ms).then(|| (series.labels.clone(), vec![Some(first.1)]))
    });
    let found: Vec<_> = found.collect();
    let expected = match case.scalar {
        Some(value) => vec![(Labels::new(), vec![Some(value)])],
        None => case.expected.clone(),
    };
    let shown = format!("as the first step of a range it gave {found:?}");
    if are_equal(&expected, found, false) {
        Ok(())
    } else {
        Err(shown)
    }
}
