//! What makes an entry of the catalogue one that can be shown.

use promql::Query;
use promql_parser::parser;
use promql_parser::parser::value::ValueType;
use wire::{Kind, MetricPanel, PanelQuery, Span};

/// Words with hyphens, as they stand in addresses.
pub(super) fn id(id: &str) -> Result<(), String> {
    let is_word = |word: &str| {
        let mut letters = word.bytes();
        !word.is_empty()
            && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    match id.split('-').all(is_word) {
        true => Ok(()),
        false => Err(format!(
            "{id:?} is no name: write small letters with hyphens"
        )),
    }
}

pub(super) fn text(what: &str, text: &str) -> Result<(), String> {
    match text.trim().is_empty() {
        true => Err(format!("{what} says nothing")),
        false => Ok(()),
    }
}

pub(super) fn panel(panel: &MetricPanel) -> Result<(), String> {
    id(&panel.id)?;
    text("title", &panel.title)?;
    text("empty", &panel.empty)?;
    if panel.queries.is_empty() {
        return Err("it has no queries".to_owned());
    }
    for (place, one) in panel.queries.iter().enumerate() {
        query(one).map_err(|why| format!("queries[{place}]: {why}"))?;
    }
    let mut limits = panel.thresholds.iter().map(|threshold| threshold.value);
    if !limits.by_ref().chain(panel.max).all(f64::is_finite) {
        return Err("a threshold or the maximum is no number".to_owned());
    }
    if panel.max.is_some_and(|max| max <= 0.0) {
        return Err("its maximum is not above zero".to_owned());
    }
    match (panel.kind, panel.max) {
        (Kind::Gauge | Kind::Budget, None) => Err("a scale needs a maximum (max)".to_owned()),
        _ => Ok(()),
    }
}

fn query(query: &PanelQuery) -> Result<(), String> {
    // Some range and a server with a name that has to be escaped.
    let span = Span::new(0, 3_600_000, 15_000);
    let expr = MetricPanel::expression(query, Some("a.b \"c\""), span);
    if let Some(variable) = unknown(&query.expr) {
        return Err(format!(
            "{variable} is no variable: there are $server, $step, $window and $range"
        ));
    }
    let wrong = |why: String| format!("{:?}: {why}", query.expr);
    Query::parse(&expr).map_err(|why| wrong(why.to_string()))?;
    let tree = parser::parse(&expr).map_err(wrong)?;
    if !matches!(tree.value_type(), ValueType::Vector | ValueType::Scalar) {
        return Err(wrong("a panel needs a vector or a number".to_owned()));
    }
    legend(&query.legend)
}

/// What looks like a variable and is none; a dollar that ends a regular expression does not look like one.
fn unknown(expr: &str) -> Option<&str> {
    let starts = expr.match_indices('$');
    let mut names = starts.map(|(at, _)| {
        let name = &expr[at + 1..];
        let end = name.find(|letter: char| !is_of_name(letter));
        &expr[at..at + 1 + end.unwrap_or(name.len())]
    });
    let known = ["$", "$server", "$step", "$window", "$range"];
    names.find(|name| !known.contains(name))
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Names of labels in two pairs of braces, and text around them.
fn legend(legend: &str) -> Result<(), String> {
    let mut rest = legend;
    loop {
        let (before, label) = match rest.split_once("{{") {
            None => (rest, None),
            Some((before, after)) => {
                let closed = after.split_once("}}");
                let (label, after) =
                    closed.ok_or_else(|| format!("legend {legend:?} is not closed"))?;
                rest = after;
                (before, Some(label))
            }
        };
        if before.contains(['{', '}']) {
            return Err(format!("legend {legend:?}: labels stand in {{{{…}}}}"));
        }
        let Some(label) = label else {
            return Ok(());
        };
        let is_name = label
            .starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && label.chars().all(is_of_name);
        if !is_name {
            return Err(format!(
                "legend {legend:?}: {label:?} is no name of a label"
            ));
        }
    }
}
