//! Runs the case files: what queries yield, in Prometheus's own test language.

use std::path::Path;

use crate::memory::Memory;
use crate::script::{Case, Cell, Command, When, commands};
use model::{Buckets, Histogram, Labels};
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
                    store.put_cells(labels, points);
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
    for (given, expected) in [
        (&answer.warnings, &case.warning),
        (&answer.infos, &case.info),
    ] {
        if !expected.is_empty() && !given.contains(expected) {
            return Err(format!("there is {given:?}"));
        }
    }
    let shown = format!("it gave {:?} {:?}", answer.value, answer.histograms);
    let is_right = match answer.value {
        Value::Scalar(_, value) => case
            .scalar
            .is_some_and(|expected| is_close(expected, value)),
        Value::String(_, text) => case.text == Some(text),
        Value::Vector(samples) => {
            let found = samples.into_iter();
            let found = found.map(|one| (one.labels, vec![Some(Cell::Number(one.value))]));
            let histograms = answer.histograms.into_iter();
            let histograms = histograms.map(|one| {
                let cell = Cell::Histogram(Histogram::clone(&one.value), true);
                (one.labels, vec![Some(cell)])
            });
            let found = found.chain(histograms);
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
fn cells(when: When, series: &RangeSeries) -> (Labels, Vec<Option<Cell>>) {
    let numbers = series
        .points
        .iter()
        .map(|(at_ms, value)| (*at_ms, Cell::Number(*value)));
    let histograms = series.histograms.iter();
    let histograms =
        histograms.map(|(at_ms, one)| (*at_ms, Cell::Histogram(Histogram::clone(one), true)));
    let mut all: Vec<_> = numbers.chain(histograms).collect();
    all.sort_by_key(|(at_ms, _)| *at_ms);
    let When::Range {
        from_ms, step_ms, ..
    } = when
    else {
        let values = all.into_iter().map(|(_, value)| Some(value));
        return (series.labels.clone(), values.collect());
    };
    let mut cells = Vec::new();
    for (at_ms, value) in all {
        let place = usize::try_from((at_ms - from_ms) / step_ms).unwrap();
        cells.resize(place, None);
        cells.push(Some(value));
    }
    (series.labels.clone(), cells)
}

fn are_equal(
    expected: &[(Labels, Vec<Option<Cell>>)],
    mut found: Vec<(Labels, Vec<Option<Cell>>)>,
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
    let same = |a: &Option<Cell>, b: &Option<Cell>| match (a, b) {
        (Some(Cell::Number(a)), Some(Cell::Number(b))) => is_close(*a, *b),
        (Some(Cell::Histogram(a, says_reset)), Some(Cell::Histogram(b, _))) => {
            (!says_reset || a.reset == b.reset) && are_close(a, b)
        }
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

/// Whether two histograms have the same buckets, but for empty ones, with the same counts.
fn are_close(expected: &Histogram, found: &Histogram) -> bool {
    let side = |a: &Buckets, b: &Buckets| {
        let filled = |of: &Buckets| of.iter().filter(|one| one.1 != 0.0).collect::<Vec<_>>();
        let (a, b) = (filled(a), filled(b));
        a.len() == b.len() && (a.iter().zip(&b)).all(|(a, b)| a.0 == b.0 && is_close(a.1, b.1))
    };
    expected.schema == found.schema
        && expected.bounds == found.bounds
        && is_close(expected.zero_threshold, found.zero_threshold)
        && is_close(expected.zero_count, found.zero_count)
        && is_close(expected.count, found.count)
        && is_close(expected.sum, found.sum)
        && side(&expected.positive, &found.positive)
        && side(&expected.negative, &found.negative)
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
        let (labels, cells) = cells(when, series);
        let first = cells.into_iter().next()?;
        first.is_some().then(|| (labels, vec![first]))
    });
    let found: Vec<_> = found.collect();
    let expected = match case.scalar {
        Some(value) => vec![(Labels::new(), vec![Some(Cell::Number(value))])],
        None => case.expected.clone(),
    };
    let shown = format!("as the first step of a range it gave {found:?}");
    if are_equal(&expected, found, false) {
        Ok(())
    } else {
        Err(shown)
    }
}
