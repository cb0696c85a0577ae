//! What an address of the page asks for: `?q=…&legend=…&hidden=2&view=table&kind=area&unit=seconds`.

use wire::{Kind, MOST_QUERIES, Unit, path_segment};

use super::lexer::{self, tokens};

/// A query, and how its series are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// PromQL.
    pub(crate) expr: String,
    /// `{{label}}` stands for the value of a label; where it is empty, all labels are shown.
    pub(crate) legend: String,
    /// Whether it stands aside for now.
    pub(crate) is_hidden: bool,
}

/// How answers are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    #[default]
    Graph,
    Table,
    Raw,
}

impl View {
    pub(crate) const ALL: [Self; 3] = [Self::Graph, Self::Table, Self::Raw];

    /// The word in addresses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Table => "table",
            Self::Raw => "raw",
        }
    }

    /// The word on the page.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Graph => "Graph",
            Self::Table => "Table",
            Self::Raw => "Raw",
        }
    }
}

/// Everything that an address says of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) queries: Vec<Query>,
    pub(crate) view: View,
    pub(crate) kind: Kind,
    /// What the values are; guessed from the queries where nobody has said it.
    pub(crate) unit: Option<Unit>,
    /// The rest of the address: the page's time.
    pub(crate) others: Vec<(String, String)>,
}

/// Kinds of charts that are offered.
pub(crate) const KINDS: [(Kind, &str); 3] = [
    (Kind::Line, "Lines"),
    (Kind::Area, "Areas"),
    (Kind::Bars, "Bars"),
];

/// Units that are offered.
pub(crate) const UNITS: [(Unit, &str); 6] = [
    (Unit::Number, "Numbers"),
    (Unit::Seconds, "Durations"),
    (Unit::Bytes, "Sizes"),
    (Unit::PerSecond, "Per second"),
    (Unit::Percent, "Per cent (0–100)"),
    (Unit::Ratio, "Ratio (0–1)"),
];

impl Asked {
    /// Reads the query of an address.
    pub(crate) fn read(search: &str) -> Self {
        let mut asked = Self::default();
        let (mut legends, mut hidden, mut adds) = (Vec::new(), Vec::new(), false);
        let pairs = search.split('&').filter(|pair| !pair.is_empty());
        for pair in pairs {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name), decoded(value));
            match name.as_str() {
                "q" => asked.queries.push(Query {
                    expr: value,
                    ..Query::default()
                }),
                "legend" => legends.push(value),
                "hidden" => hidden.push(value.parse().unwrap_or(0)),
                "view" => {
                    let mut views = View::ALL.into_iter();
                    let found = views.find(|view| view.word() == value);
                    asked.view = found.unwrap_or_default();
                }
                "kind" => {
                    let offered = |kind: &Kind| KINDS.iter().any(|(known, _)| known == kind);
                    asked.kind = Kind::parse(&value).filter(offered).unwrap_or_default();
                }
                "unit" => asked.unit = Unit::parse(&value),
                // Without scripts, this asks for room for one more.
                "add" => adds = true,
                _ => asked.others.push((name, value)),
            }
        }
        // The first legend is the first query's, and so on.
        for (query, legend) in asked.queries.iter_mut().zip(legends) {
            query.legend = legend;
        }
        for number in hidden {
            if let Some(query) = number_to_place(number).and_then(|at| asked.queries.get_mut(at)) {
                query.is_hidden = true;
            }
        }
        if adds {
            asked.queries.push(Query::default());
        }
        asked.queries.truncate(MOST_QUERIES);
        asked
    }

    /// The query of an address that asks for this; empty queries are left out.
    pub(crate) fn write(&self) -> String {
        let queries: Vec<&Query> = self
            .queries
            .iter()
            .filter(|query| !query.expr.trim().is_empty())
            .collect();
        let has_legends = queries.iter().any(|query| !query.legend.is_empty());
        let mut pairs: Vec<(&str, String)> = Vec::new();
        for (place, query) in queries.iter().enumerate() {
            pairs.push(("q", query.expr.clone()));
            if has_legends {
                pairs.push(("legend", query.legend.clone()));
            }
            if query.is_hidden {
                pairs.push(("hidden", (place + 1).to_string()));
            }
        }
        if self.view != View::default() {
            pairs.push(("view", self.view.word().to_owned()));
        }
        if self.kind != Kind::default() {
            pairs.push(("kind", self.kind.as_str().to_owned()));
        }
        if let Some(unit) = self.unit {
            pairs.push(("unit", unit.as_str().to_owned()));
        }
        let others = self.others.iter();
        pairs.extend(others.map(|(name, value)| (name.as_str(), value.clone())));
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", path_segment(name), path_segment(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The address that asks for this.
    pub(crate) fn address(&self) -> String {
        match self.write() {
            query if query.is_empty() => "/explore".to_owned(),
            query => format!("/explore?{query}"),
        }
    }

    /// What the values are: what somebody has said, or what the queries look like.
    pub(crate) fn unit(&self) -> Unit {
        let shown = self.queries.iter().filter(|query| !query.is_hidden);
        let mut guessed = shown.map(|query| guess(&query.expr));
        let first = guessed.next().unwrap_or_default();
        self.unit
            .unwrap_or_else(|| match guessed.all(|unit| unit == first) {
                true => first,
                false => Unit::Number,
            })
    }
}

/// Numbers in addresses begin with one.
fn number_to_place(number: usize) -> Option<usize> {
    number.checked_sub(1)
}

/// The letter of a query.
pub(crate) fn letter(place: usize) -> char {
    u8::try_from(place)
        .ok()
        .and_then(|place| b'A'.checked_add(place))
        .map_or('?', char::from)
}

/// What the values of a query are, judged by the names of its metrics.
fn guess(expr: &str) -> Unit {
    let all = tokens(expr);
    let of = |kind: lexer::Kind| {
        let found = all.iter().filter(move |token| token.kind == kind);
        found.map(|token| token.of(expr))
    };
    let has = |names: &[&str]| of(lexer::Kind::Function).any(|word| lexer::is_one(word, names));
    if has(&[
        "count",
        "count_values",
        "count_over_time",
        "absent",
        "changes",
        "resets",
    ]) {
        return Unit::Number;
    }
    // Half a duration is a duration; a share of two is none.
    let words = all.iter().filter(|token| token.kind != lexer::Kind::Space);
    let words: Vec<_> = words.collect();
    let is_divided = words
        .windows(2)
        .any(|pair| pair[0].of(expr) == "/" && pair[1].kind != lexer::Kind::Number);
    let is_rate = has(&["rate", "irate"]);
    let mut metrics = of(lexer::Kind::Metric).peekable();
    let is_any = metrics.peek().is_some();
    let all_end = |endings: &[&str]| {
        let mut metrics = of(lexer::Kind::Metric);
        is_any && metrics.all(|name| endings.iter().any(|ending| name.ends_with(ending)))
    };
    let seconds = ["_seconds", "_seconds_sum", "_seconds_count"];
    match (is_rate, is_divided) {
        _ if has(&["histogram_quantile"]) && all_end(&["_seconds_bucket"]) => Unit::Seconds,
        (_, true) if is_rate && all_end(&seconds) => Unit::Seconds,
        (_, true) => Unit::Number,
        (true, false) if all_end(&["_total", "_count"]) => Unit::PerSecond,
        (true, false) => Unit::Number,
        (false, _) if all_end(&["_seconds"]) => Unit::Seconds,
        (false, _) if all_end(&["_bytes"]) => Unit::Bytes,
        (false, _) if all_end(&["_percent"]) => Unit::Percent,
        (false, _) if all_end(&["_ratio"]) => Unit::Ratio,
        _ => Unit::Number,
    }
}

/// A part of an address as it was meant: a form writes a space as a plus sign.
fn decoded(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(hex);
        match (byte, code) {
            (b'%', Some(code)) => {
                out.push(code);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
        at += 1;
    }
    // Forms send line breaks as two letters.
    String::from_utf8_lossy(&out).replace("\r\n", "\n")
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (high, low) = (digit(digits.first()?)?, digit(digits.get(1)?)?);
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(expr: &str, legend: &str, is_hidden: bool) -> Query {
        Query {
            expr: expr.to_owned(),
            legend: legend.to_owned(),
            is_hidden,
        }
    }

    #[test]
    fn addresses() {
        for asked in [
            Asked::default(),
            Asked {
                queries: vec![query("a%20", "", false)],
                ..Asked::default()
            },
            Asked {
                queries: vec![
                    query("up{a=\"b&c=d\"} + 1\n# so", "", true),
                    query("é", "{{server}} · 100 %", false),
                ],
                view: View::Table,
                kind: Kind::Bars,
                unit: Some(Unit::Seconds),
                others: vec![("range".to_owned(), "6h".to_owned())],
            },
        ] {
            assert_eq!(Asked::read(&asked.write()), asked);
        }
    }

    #[test]
    fn addresses_that_others_write() {
        // What a browser sends of a form without scripts.
        let form = "q=rate%28x%5B5m%5D%29+%2B+1&legend=&q=&legend=&q=up&legend=%7B%7Ba%7D%7D&view=table&range=1h";
        let read = Asked::read(form);
        let expected = [
            query("rate(x[5m]) + 1", "", false),
            query("", "", false),
            query("up", "{{a}}", false),
        ];
        assert_eq!(read.queries, expected);
        assert_eq!(read.view, View::Table);
        assert_eq!(
            read.address(),
            "/explore?q=rate%28x%5B5m%5D%29%20%2B%201&legend=&q=up&legend=%7B%7Ba%7D%7D&view=table&range=1h"
        );
        for (search, expected) in [
            ("q=%", "%"),
            ("q=%zz%4", "%zz%4"),
            ("q=a%0D%0Ab", "a\nb"),
            ("q", ""),
            ("q=%ff", "\u{fffd}"),
        ] {
            assert_eq!(Asked::read(search).queries[0].expr, expected, "{search}");
        }
        assert_eq!(Asked::read("q=up&add=1").queries.len(), 2);
        assert_eq!(Asked::read(&"q=up&".repeat(30)).queries.len(), MOST_QUERIES);
        let odd = Asked::read("&&view=3d&kind=states&unit=miles&hidden=0&hidden=9&hidden=x&q=up");
        let expected = Asked {
            queries: vec![query("up", "", false)],
            ..Asked::default()
        };
        assert_eq!(odd, expected);
    }

    #[test]
    fn units_are_guessed() {
        for (exprs, expected) in [
            (&["mcp_probe_duration_seconds"][..], Unit::Seconds),
            (
                &["max by (server) (mcp_probe_duration_seconds{step=\"ping\"})"],
                Unit::Seconds,
            ),
            (&["process_resident_memory_bytes"], Unit::Bytes),
            (&["mcp_system_cpu_usage_percent"], Unit::Percent),
            (&["rate(http_requests_total[5m])"], Unit::PerSecond),
            (
                &["rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m])"],
                Unit::Seconds,
            ),
            (
                &["histogram_quantile(0.9, rate(x_seconds_bucket[5m]))"],
                Unit::Seconds,
            ),
            (&["rate(x_bytes[5m])"], Unit::Number),
            (&["a_seconds / b_seconds"], Unit::Number),
            (&["x_seconds / 2"], Unit::Seconds),
            (&["count(x_seconds)"], Unit::Number),
            (&["x_seconds", "y_bytes"], Unit::Number),
            (&["x_seconds", "y_seconds"], Unit::Seconds),
            (&["1"], Unit::Number),
            (&[], Unit::Number),
        ] {
            let queries = exprs.iter().map(|expr| query(expr, "", false)).collect();
            let asked = Asked {
                queries,
                ..Asked::default()
            };
            assert_eq!(asked.unit(), expected, "{exprs:?}");
            let said = Asked {
                unit: Some(Unit::Ratio),
                ..asked
            };
            assert_eq!(said.unit(), Unit::Ratio);
        }
        assert_eq!((letter(0), letter(9), letter(300)), ('A', 'J', '?'));
    }
}
