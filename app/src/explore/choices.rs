//! What is offered at a place, the best fit first, and what accepting one of it does to the text.

use wire::{FunctionInfo, FunctionKind, MetricInfo, rank};

use super::context::{Place, Quotes, Wanted};
use super::lexer::{GROUPING, is_one};

/// What is offered at once: more is not read, and typing on brings the rest.
const MOST: usize = 50;

/// Lengths of time that are offered.
const DURATIONS: [&str; 8] = ["1m", "5m", "15m", "30m", "1h", "6h", "1d", "7d"];
/// Variables that stand for lengths of time, and what they say.
const VARIABLES: [(&str, &str); 3] = [
    ("$window", "Long enough for rate at this range."),
    ("$step", "The distance of two points."),
    ("$range", "All that is looked at."),
];
/// Units of a length of time.
const UNITS: [&str; 6] = ["s", "m", "h", "d", "w", "ms"];

/// Something to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What is shown and what was looked for.
    pub(crate) name: String,
    /// What it is, in a word or two: `gauge`, a signature.
    pub(crate) note: String,
    /// What it does, in a sentence.
    pub(crate) help: String,
    /// What is put into the text.
    insert: String,
    /// How far before its end the cursor stands then.
    back: usize,
    /// Whether it comes before others that fit as well.
    order: u8,
}

impl Choice {
    /// Whether it holds what has been typed, and not only its letters here and there.
    pub(crate) fn holds(&self, typed: &str) -> bool {
        let name = self.name.as_bytes();
        let mut parts = name.windows(typed.len().max(1));
        typed.is_empty() || parts.any(|part| part.eq_ignore_ascii_case(typed.as_bytes()))
    }

    /// Whether it stands at its place already.
    pub(crate) fn stands_in(&self, text: &str, place: &Place) -> bool {
        text.get(place.from..place.to) == Some(self.insert.as_str())
    }
}

/// What is known of the words that can be chosen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Words<'a> {
    pub(crate) metrics: &'a [MetricInfo],
    pub(crate) functions: &'a [FunctionInfo],
    /// Names or values of labels, whichever is wanted.
    pub(crate) labels: &'a [String],
}

/// What is offered at a place of a text.
pub(crate) fn choices(text: &str, place: &Place, words: Words<'_>) -> Vec<Choice> {
    let after = text.get(place.to..).unwrap_or_default();
    let all: Vec<Choice> = match &place.wanted {
        Wanted::Operand(keywords) => {
            let keywords = keywords.iter().map(|word| keyword(word, after));
            let metrics = words.metrics.iter().map(metric);
            let functions = words.functions.iter().map(|info| function(info, after));
            keywords.chain(metrics).chain(functions).collect()
        }
        Wanted::Word(words) => words.iter().map(|word| keyword(word, after)).collect(),
        Wanted::LabelName { is_matcher, .. } => {
            let names = words.labels.iter();
            let names = names.filter(|name| !(*is_matcher && *name == "__name__"));
            names.map(|name| label(name, *is_matcher, after)).collect()
        }
        Wanted::LabelValue {
            is_regex, quotes, ..
        } => {
            let values = words.labels.iter();
            values
                .map(|value| quoted(value, *is_regex, *quotes))
                .collect()
        }
        Wanted::Duration => durations(&place.typed),
        Wanted::Nothing => Vec::new(),
    };
    best(all, &place.typed)
}

/// Those that fit what has been typed, the best first.
fn best(all: Vec<Choice>, typed: &str) -> Vec<Choice> {
    let fitting = all.into_iter().enumerate();
    let mut fitting: Vec<_> = fitting
        .filter_map(|(place, choice)| {
            Some(((rank(&choice.name, typed)?, choice.order, place), choice))
        })
        .collect();
    if typed.is_empty() {
        // Nothing fits better than anything else.
        fitting.iter_mut().for_each(|((fit, ..), _)| *fit = 0);
    }
    fitting.sort_by_key(|(key, _)| *key);
    let is_typed = |choice: &Choice| choice.name == typed && choice.insert == typed;
    let best = fitting.into_iter().map(|(_, choice)| choice);
    let best: Vec<Choice> = best.take(MOST).collect();
    match best.as_slice() {
        // It stands there already.
        [only] if is_typed(only) => Vec::new(),
        _ => best,
    }
}

/// The text once a choice has been accepted, and where the cursor stands then.
pub(crate) fn accept(text: &str, place: &Place, choice: &Choice) -> (String, usize) {
    let before = text.get(..place.from).unwrap_or(text);
    let after = text.get(place.to..).unwrap_or_default();
    let cursor = before.len() + choice.insert.len() - choice.back;
    (format!("{before}{}{after}", choice.insert), cursor)
}

fn metric(info: &MetricInfo) -> Choice {
    let is_plain = is_identifier(&info.name, true);
    Choice {
        name: info.name.clone(),
        note: info.kind.clone(),
        help: info.help.clone(),
        insert: match is_plain {
            true => info.name.clone(),
            false => format!("{{{}}}", in_quotes(&info.name, '"')),
        },
        back: usize::from(!is_plain),
        order: 1,
    }
}

fn function(info: &FunctionInfo, after: &str) -> Choice {
    let (insert, back) = called(&info.name, after);
    Choice {
        name: info.name.clone(),
        note: info.signature.clone(),
        help: info.help.clone(),
        insert,
        back,
        order: match info.kind {
            FunctionKind::Aggregation => 2,
            FunctionKind::Function => 3,
        },
    }
}

/// A name with parentheses around the cursor, unless there are some already.
fn called(name: &str, after: &str) -> (String, usize) {
    match after.trim_start().starts_with('(') {
        true => (name.to_owned(), 0),
        false => (format!("{name}()"), 1),
    }
}

fn keyword(word: &str, after: &str) -> Choice {
    let takes_labels = is_one(word, &GROUPING);
    let (insert, back) = match word {
        _ if takes_labels => called(&format!("{word} "), after),
        _ if word.ends_with([')', '=', '~']) => (word.to_owned(), 0),
        _ if after.starts_with(' ') => (word.to_owned(), 0),
        _ => (format!("{word} "), 0),
    };
    Choice {
        name: word.to_owned(),
        help: about(word).to_owned(),
        insert,
        back,
        ..Choice::default()
    }
}

fn about(word: &str) -> &'static str {
    match word {
        "by" => "Keeps these labels.",
        "without" => "Keeps all labels but these.",
        "on" => "Pairs series by these labels.",
        "ignoring" => "Pairs series by all labels but these.",
        "group_left" => "Many series on the left share one on the right.",
        "group_right" => "Many series on the right share one on the left.",
        "bool" => "Gives 1 and 0 instead of filtering.",
        "offset" => "Looks at an earlier time.",
        "and" => "Keeps what is on both sides.",
        "or" => "What is on the left, and what is only on the right.",
        "unless" => "Keeps what is not on the right.",
        "atan2" => "The angle of both.",
        "start()" => "The begin of the range.",
        "end()" => "The end of the range.",
        "=" => "Is this.",
        "!=" => "Is not this.",
        "=~" => "Matches this regular expression.",
        "!~" => "Does not match this regular expression.",
        _ => "",
    }
}

fn label(name: &str, is_matcher: bool, after: &str) -> Choice {
    let written = match is_identifier(name, false) {
        true => name.to_owned(),
        false => in_quotes(name, '"'),
    };
    let has_sign = after.trim_start().starts_with(['=', '!']);
    let (insert, back) = match is_matcher && !has_sign {
        true => (format!("{written}=\"\""), 1),
        false => (written, 0),
    };
    Choice {
        name: name.to_owned(),
        insert,
        back,
        ..Choice::default()
    }
}

fn quoted(value: &str, is_regex: bool, quotes: Quotes) -> Choice {
    let meant = match is_regex {
        true => literal(value),
        false => value.to_owned(),
    };
    let insert = match quotes {
        Quotes::Both => in_quotes(&meant, '"'),
        Quotes::Last(quote) => format!("{}{quote}", escaped(&meant, quote)),
        Quotes::Neither(quote) => escaped(&meant, quote),
    };
    Choice {
        name: value.to_owned(),
        insert,
        ..Choice::default()
    }
}

fn durations(typed: &str) -> Vec<Choice> {
    let plain = |name: String| Choice {
        insert: name.clone(),
        name,
        ..Choice::default()
    };
    let is_number = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        return UNITS.map(|unit| plain(format!("{typed}{unit}"))).into();
    }
    let variables = VARIABLES.map(|(name, help)| Choice {
        help: help.to_owned(),
        ..plain(name.to_owned())
    });
    let lengths = DURATIONS.map(|length| plain(length.to_owned()));
    lengths.into_iter().chain(variables).collect()
}

/// Whether a name needs no quotes.
fn is_identifier(name: &str, has_colons: bool) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':' && has_colons;
    !name.is_empty()
        && name.chars().all(is_letter)
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn in_quotes(text: &str, quote: char) -> String {
    format!("{quote}{}{quote}", escaped(text, quote))
}

/// A text as it stands between quotes.
fn escaped(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if quote == '`' => out.push(c),
            '\n' => out.push_str("\\n"),
            '\\' => out.push_str("\\\\"),
            c => {
                if c == quote {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    out
}

/// A regular expression that matches a text and nothing else.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::context::place;
    use super::*;

    fn metrics(names: &[&str]) -> Vec<MetricInfo> {
        let named = names.iter().map(|name| MetricInfo {
            name: (*name).to_owned(),
            ..MetricInfo::default()
        });
        named.collect()
    }

    fn functions() -> Vec<FunctionInfo> {
        let info = |name: &str, kind| FunctionInfo {
            name: name.to_owned(),
            kind,
            signature: format!("{name}(…)"),
            help: String::new(),
        };
        vec![
            info("rate", FunctionKind::Function),
            info("irate", FunctionKind::Function),
            info("sum", FunctionKind::Aggregation),
        ]
    }

    #[test]
    fn the_best_fit_is_offered_first() {
        let known = metrics(&["up", "irate", "mcp_server_up", "a.metric", "rates"]);
        let functions = functions();
        let labels: Vec<String> = ["__name__", "server", "step"].map(str::to_owned).into();
        let words = Words {
            metrics: &known,
            functions: &functions,
            labels: &labels,
        };
        for (marked, expected) in [
            ("|", "up irate mcp_server_up a.metric rates sum rate irate"),
            ("rat|", "rate rates irate irate"),
            ("up|", "up mcp_server_up"),
            ("su|", "sum mcp_server_up"),
            ("a > o|", "on bool ignoring"),
            ("a o|", "or offset"),
            ("up{|", "server step"),
            ("up{s|", "step server"),
            ("sum by (|", "__name__ server step"),
            ("up{server=\"|", "__name__ server step"),
            ("up[5|", "5s 5m 5h 5d 5w 5ms"),
            ("up[|", "1m 5m 15m 30m 1h 6h 1d 7d $window $step $range"),
            ("up[$|", "$step $range $window"),
            ("up[5m|", "5m 15m"),
            ("up # |", ""),
        ] {
            let cursor = marked.find('|').unwrap_or_default();
            let text = marked.replacen('|', "", 1);
            let found = choices(&text, &place(&text, cursor), words);
            let names: Vec<_> = found.iter().map(|choice| choice.name.as_str()).collect();
            let names: Vec<_> = names
                .into_iter()
                .filter(|name| !["and"].contains(name))
                .collect();
            assert_eq!(names.join(" "), expected, "{marked}");
        }
    }

    #[test]
    fn what_only_has_the_letters_is_not_meant() {
        let choice = Choice {
            name: "mcp_Server_up".to_owned(),
            ..Choice::default()
        };
        for (typed, expected) in [("", true), ("server", true), ("up", true), ("msu", false)] {
            assert_eq!(choice.holds(typed), expected, "{typed}");
        }
    }

    #[test]
    fn much_is_cut() {
        let names: Vec<String> = (0..100_000).map(|n| format!("metric_{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let words = Words {
            metrics: &metrics(&names),
            ..Words::default()
        };
        let found = choices("metric_9", &place("metric_9", 8), words);
        assert_eq!((found.len(), found[0].name.as_str()), (MOST, "metric_9"));
    }

    #[test]
    fn what_is_accepted_stands_in_the_text() {
        let known = metrics(&["up", "a.metric"]);
        let functions = functions();
        let labels: Vec<String> = ["server", "a.b", "x\"\\y", "c+d"].map(str::to_owned).into();
        let words = Words {
            metrics: &known,
            functions: &functions,
            labels: &labels,
        };
        for (marked, name, expected) in [
            ("u|", "up", "up|"),
            ("ra|", "rate", "rate(|)"),
            ("ra|(x[5m])", "rate", "rate|(x[5m])"),
            ("1 + ra|te", "rate", "1 + rate(|)"),
            ("a|", "a.metric", "{\"a.metric\"|}"),
            ("up o|", "offset", "up offset |"),
            ("up o| 5m", "offset", "up offset| 5m"),
            ("sum(up) b|", "by", "sum(up) by (|)"),
            ("sum b|", "by", "sum by (|)"),
            ("sum b| (a) (up)", "by", "sum by | (a) (up)"),
            ("a == b|", "bool", "a == bool |"),
            ("up{|", "server", "up{server=\"|\""),
            ("up{|}", "server", "up{server=\"|\"}"),
            ("up{se|=\"x\"}", "server", "up{server|=\"x\"}"),
            ("up{|}", "a.b", "up{\"a.b\"=\"|\"}"),
            ("sum by (|)", "server", "sum by (server|)"),
            ("sum by (|)", "a.b", "sum by (\"a.b\"|)"),
            ("up{x=|}", "server", "up{x=\"server\"|}"),
            ("up{x=\"|", "x\"\\y", "up{x=\"x\\\"\\\\y\"|"),
            ("up{x='|'}", "x\"\\y", "up{x='x\"\\\\y|'}"),
            ("up{x=`|`}", "x\"\\y", "up{x=`x\"\\y|`}"),
            ("up{x=~\"|\"}", "c+d", "up{x=~\"c\\\\+d|\"}"),
            ("up{x=~`(|)`}", "c+d", "up{x=~`(c\\+d|)`}"),
            ("up[5|]", "5m", "up[5m|]"),
            ("up @ |", "end()", "up @ end()|"),
            ("up{server |", "=~", "up{server =~|"),
        ] {
            let cursor = marked.find('|').unwrap_or_default();
            let text = marked.replacen('|', "", 1);
            let place = place(&text, cursor);
            let all = choices(&text, &place, words);
            let choice = all.iter().find(|choice| choice.name == name);
            let choice = choice.unwrap_or_else(|| panic!("{marked}: no {name} in {all:?}"));
            let (mut after, cursor) = accept(&text, &place, choice);
            after.insert(cursor, '|');
            assert_eq!(after, expected, "{marked}");
        }
    }
}
