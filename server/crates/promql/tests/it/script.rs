//! Prometheus's test language: samples to load, queries, and what they have to yield.

use model::{Histogram, Labels, METRIC_NAME, STALE, TimestampMs};

use crate::notation::{histogram, repeated};

/// One thing to do.
#[derive(Debug)]
pub enum Command {
    /// Forget all samples.
    Clear,
    /// Take these series.
    Load(Vec<(Labels, Vec<(TimestampMs, Cell)>)>),
    /// Ask and compare.
    Evaluate(Case),
}

/// A value at a time.
#[derive(Clone, Debug)]
pub enum Cell {
    Number(f64),
    /// Whether it says something about resets.
    Histogram(Histogram, bool),
}

/// When a query is asked.
#[derive(Clone, Copy, Debug)]
pub enum When {
    Instant(TimestampMs),
    Range {
        from_ms: TimestampMs,
        to_ms: TimestampMs,
        step_ms: i64,
    },
}

/// A query and what it has to yield.
#[derive(Debug)]
pub struct Case {
    pub line: usize,
    pub when: When,
    pub query: String,
    pub expected: Vec<(Labels, Vec<Option<Cell>>)>,
    pub scalar: Option<f64>,
    pub text: Option<String>,
    pub is_ordered: bool,
    /// Whether it has to fail, and what of its message has to be there.
    pub failure: Option<String>,
    pub warns: Option<bool>,
    pub informs: Option<bool>,
    /// What has to be among the warnings and infos, if anything.
    pub warning: String,
    pub info: String,
}

/// What a file says, in order.
pub fn commands(text: &str) -> Vec<Command> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line.trim_end()));
    let mut lines = lines
        .filter(|(_, line)| !line.is_empty() && !line.trim_start().starts_with('#'))
        .peekable();
    let mut commands = Vec::new();
    while let Some((number, line)) = lines.next() {
        let mut below = Vec::new();
        while let Some((_, inner)) = lines.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
            below.push(inner.trim());
        }
        commands.push(command(number, line, &below));
    }
    commands
}

fn command(number: usize, line: &str, below: &[&str]) -> Command {
    if line == "clear" {
        return Command::Clear;
    }
    if let Some(step) = line.strip_prefix("load ") {
        let step_ms = duration(step);
        let series = below.iter().map(|line| {
            let (labels, values) = series(line);
            let points = (0..).zip(self::values(values));
            let points = points.filter_map(|(i, value)| Some((i * step_ms, value?)));
            (labels, points.collect())
        });
        return Command::Load(series.collect());
    }
    let (head, rest) = line.split_once(' ').unwrap();
    let (when, query) = match rest.strip_prefix("instant at ") {
        Some(rest) => {
            let (at, query) = rest.split_once(' ').unwrap();
            (When::Instant(duration(at)), query)
        }
        None => {
            let parts: Vec<_> = rest.splitn(8, ' ').collect();
            assert_eq!(parts[0], "range", "line {number}: {line}");
            let when = When::Range {
                from_ms: duration(parts[2]),
                to_ms: duration(parts[4]),
                step_ms: duration(parts[6]),
            };
            (when, parts[7])
        }
    };
    let mut case = Case {
        line: number,
        when,
        query: query.trim().into(),
        expected: Vec::new(),
        scalar: None,
        text: None,
        is_ordered: head == "eval_ordered",
        failure: (head == "eval_fail").then(String::new),
        warns: (head == "eval_warn").then_some(true),
        informs: (head == "eval_info").then_some(true),
        warning: String::new(),
        info: String::new(),
    };
    assert!(head.starts_with("eval"), "line {number}: {line}");
    below.iter().for_each(|line| expectation(&mut case, line));
    Command::Evaluate(case)
}

fn expectation(case: &mut Case, line: &str) {
    if let Some(expected) = line.strip_prefix("expect ") {
        let (what, detail) = expected.split_once(' ').unwrap_or((expected, ""));
        match what {
            "ordered" => case.is_ordered = true,
            "fail" => {
                let message = detail.strip_prefix("msg:").unwrap_or(detail);
                case.failure = Some(message.trim().into());
            }
            "warn" => {
                case.warns = Some(true);
                case.warning = detail.strip_prefix("msg:").unwrap_or("").trim().into();
            }
            "no_warn" => case.warns = Some(false),
            "info" => {
                case.informs = Some(true);
                case.info = detail.strip_prefix("msg:").unwrap_or("").trim().into();
            }
            "no_info" => case.informs = Some(false),
            "string" => case.text = Some(detail.trim_matches('"').into()),
            _ => panic!("line {}: {line}", case.line),
        }
    } else if let Some(number) = number(line) {
        case.scalar = Some(number);
    } else {
        let (labels, values) = series(line);
        case.expected.push((labels, self::values(values)));
    }
}

/// `5m`, `1h30m`, `250ms`, `-1m`, or seconds.
fn duration(text: &str) -> i64 {
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds * 1000.0) as i64;
    }
    let (text, sign) = match text.strip_prefix('-') {
        Some(rest) => (rest, -1),
        None => (text, 1),
    };
    let (mut total, mut digits, mut unit) = (0, String::new(), String::new());
    let mut flush = |digits: &mut String, unit: &mut String| {
        let factor = match unit.as_str() {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            other => panic!("unit {other:?} in {text:?}"),
        };
        total += digits.parse::<i64>().unwrap() * factor;
        digits.clear();
        unit.clear();
    };
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            if !unit.is_empty() {
                flush(&mut digits, &mut unit);
            }
            digits.push(letter);
        } else {
            unit.push(letter);
        }
    }
    flush(&mut digits, &mut unit);
    total * sign
}

/// The labels at the begin of a line, and the rest of it.
fn series(line: &str) -> (Labels, &str) {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    let end = line.find(|c| !is_name(c)).unwrap_or(line.len());
    let (name, mut rest) = line.split_at(end);
    let mut labels = Labels::new().with(METRIC_NAME, name);
    if let Some(mut inner) = rest.strip_prefix('{') {
        loop {
            inner = inner.trim_start_matches([' ', ',']);
            if let Some(after) = inner.strip_prefix('}') {
                rest = after;
                break;
            }
            let (name, after) = inner.split_once("=\"").unwrap();
            let mut value = String::new();
            let mut letters = after.char_indices();
            loop {
                match letters.next().unwrap() {
                    (at, '"') => {
                        inner = &after[at + 1..];
                        break;
                    }
                    (_, '\\') => value.push(match letters.next().unwrap().1 {
                        'n' => '\n',
                        other => other,
                    }),
                    (_, other) => value.push(other),
                }
            }
            labels = labels.with(name.trim().trim_matches('"'), value);
        }
    }
    (labels, rest.trim())
}

fn values(text: &str) -> Vec<Option<Cell>> {
    let mut values = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some((first, step, times, after)) = histogram(rest) {
            values.extend(repeated(&first, step.as_ref(), times).map(Some));
            rest = after.trim_start();
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let numbers = numbers(&rest[..end]);
        values.extend(numbers.into_iter().map(|one| one.map(Cell::Number)));
        rest = rest[end..].trim_start();
    }
    values
}

fn numbers(word: &str) -> Vec<Option<f64>> {
    let (word, times) = match word.rsplit_once('x') {
        Some((start, times)) => (start, times.parse::<usize>().unwrap()),
        None => (word, 0),
    };
    if word == "_" {
        vec![None; times.max(1)]
    } else if word == "stale" {
        vec![Some(STALE); times + 1]
    } else if let Some(first) = number(word) {
        vec![Some(first); times + 1]
    } else {
        let sign = word[1..].rfind(['+', '-']).unwrap() + 1;
        let (first, step) = (
            number(&word[..sign]).unwrap(),
            number(&word[sign..]).unwrap(),
        );
        (0..=times).map(|i| Some(first + step * i as f64)).collect()
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}
