//! Series in Prometheus's test language: `up{job="a"}`, `1+2x3 _ stale`.

use model::{Labels, MatchValue, STALE};
use promql::Query;

/// Most values that one series of a test has.
const MOST: usize = 10_000_000;

/// The labels of a series, the name of its metric among them.
pub(super) fn labels(text: &str) -> Result<Labels, String> {
    let text = text.trim();
    if matches!(text, "" | "{}") {
        return Ok(Labels::new());
    }
    let wrong = |why: String| format!("{text:?} is no series such as up{{job=\"a\"}}: {why}");
    let query = Query::parse(text).map_err(|error| wrong(error.to_string()))?;
    let matchers = query.selector().map_err(|error| wrong(error.to_string()))?;
    let pairs = matchers.into_iter().map(|matcher| match matcher.is {
        MatchValue::Equal(value) => Ok((matcher.name, value)),
        _ => Err(wrong("labels are given with =".to_owned())),
    });
    pairs.collect()
}

/// The values of a series, one for each interval; `None` where there is none.
pub(super) fn values(text: &str) -> Result<Vec<Option<f64>>, String> {
    let mut values = Vec::new();
    if text.contains("{{") {
        return Err(
            "native histograms are not read here; give the buckets of a classic one".to_owned(),
        );
    }
    for word in text.split_whitespace() {
        let more = numbers(word).ok_or_else(|| {
            format!(
                "{word:?} is no value; write for instance 1, 1x5, 1+2x5, 10-2x5, _, _x5 or stale"
            )
        })?;
        values.extend(more);
        if values.len() > MOST {
            return Err(format!("a series has at most {MOST} values"));
        }
    }
    Ok(values)
}

fn numbers(word: &str) -> Option<Vec<Option<f64>>> {
    let (word, times) = match word.rsplit_once('x') {
        Some((start, times)) => (
            start,
            Some(times.parse::<usize>().ok().filter(|times| *times <= MOST)?),
        ),
        None => (word, None),
    };
    let after = times.unwrap_or(0);
    match word {
        "_" => return Some(vec![None; times.unwrap_or(1)]),
        "stale" => return Some(vec![Some(STALE); after + 1]),
        _ => {}
    }
    if let Some(first) = number(word) {
        return Some(vec![Some(first); after + 1]);
    }
    let (first, step) =
        sign_places(word).find_map(|at| Some((number(&word[..at])?, number(&word[at..])?)))?;
    times?;
    // One after the other, as Prometheus does it: 0.3+0.1x7 ends a little below 1.
    let steps = std::iter::successors(Some(first), |value| Some(value + step));
    Some(steps.take(after + 1).map(Some).collect())
}

/// Where the step can begin: at a sign that belongs to no exponent.
fn sign_places(word: &str) -> impl Iterator<Item = usize> {
    let signs = word
        .char_indices()
        .skip(1)
        .filter(|(_, letter)| matches!(letter, '+' | '-'));
    signs.map(|(at, _)| at)
}

fn number(text: &str) -> Option<f64> {
    let is_number = text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    let bare = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if !is_number && !matches!(bare.as_str(), "nan" | "inf") {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_series() {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        for (text, expected) in [
            ("", vec![]),
            ("1 2.5 -3", some(&[1.0, 2.5, -3.0])),
            ("1x2", some(&[1.0, 1.0, 1.0])),
            ("1+2x2", some(&[1.0, 3.0, 5.0])),
            ("10-2x2 7", some(&[10.0, 8.0, 6.0, 7.0])),
            ("-1-1x1", some(&[-1.0, -2.0])),
            ("1e1+1e-1x1", some(&[10.0, 10.1])),
            ("1 _ 2", vec![Some(1.0), None, Some(2.0)]),
            ("_x3 1", vec![None, None, None, Some(1.0)]),
            ("Inf -Inf", some(&[f64::INFINITY, f64::NEG_INFINITY])),
        ] {
            assert_eq!(values(text).unwrap(), expected, "{text}");
        }
        assert!(values("0.3+0.1x7").unwrap()[7].unwrap() < 1.0);
        let stale = values("1 stale").unwrap();
        assert!(model::is_stale(stale[1].unwrap()));
        for wrong in [
            "x",
            "1+2",
            "1x",
            "one",
            "1+x2",
            "1x99999999999",
            "{{count:1}}",
        ] {
            assert!(values(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn labels_of_series() {
        for (text, expected) in [
            ("up", "{__name__=\"up\"}"),
            (
                "up{a=\"b\", c=\"d\\\"e\"}",
                "{__name__=\"up\", a=\"b\", c=\"d\\\"e\"}",
            ),
            ("{}", "{}"),
            ("", "{}"),
            ("{__name__=\"x\"}", "{__name__=\"x\"}"),
        ] {
            assert_eq!(labels(text).unwrap().to_string(), expected, "{text}");
        }
        for wrong in ["up{a=~\"b\"}", "rate(up[5m])", "up{", "1"] {
            assert!(labels(wrong).is_err(), "{wrong}");
        }
    }
}
