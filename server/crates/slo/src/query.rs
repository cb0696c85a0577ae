//! Texts of PromQL, put together. What is known of a query is its outline: where its parentheses and strings end,
//! and which operators stand outside of them.

/// The range over which events of a minute are asked.
pub(crate) const SHORT: &str = "1m";
/// The range where samples are too far apart for it.
pub(crate) const LONG: &str = "5m";

/// A query with its `{{.window}}` filled in, and without comments: what follows it is to be read.
pub(crate) fn over(text: &str, range: &str) -> String {
    let text = uncommented(text);
    let mut filled = String::new();
    let mut rest = text.trim();
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        match after.split_once("}}") {
            Some((name, after)) if name.trim() == ".window" => {
                filled.push_str(range);
                rest = after;
            }
            _ => {
                filled.push_str("{{");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn uncommented(text: &str) -> String {
    let characters = pieces(text).zip(text.chars());
    let kept = characters.filter(|(piece, _)| !matches!(piece, Piece::Comment));
    kept.map(|(_, c)| c).collect()
}

/// Whether a query has `{{.window}}`.
pub(crate) fn has_window(text: &str) -> bool {
    over(text, "") != uncommented(text).trim()
}

/// What of a query says over which range it is asked.
pub(crate) enum Ranged {
    /// `{{.window}}`.
    Window,
    /// One range, wherever it has one; and the query with `{{.window}}` in its place.
    One(String, String),
    /// None: it is a selector, or the sum of one. And its rate over `{{.window}}`.
    Counter(String),
    /// None, or several.
    Other,
}

/// Over which range a query is asked.
pub(crate) fn ranged(query: &str) -> Ranged {
    if has_window(query) {
        return Ranged::Window;
    }
    let text = uncommented(query);
    let text = text.trim();
    let (mut ranges, mut open) = (Vec::new(), None);
    for piece in pieces(text) {
        match piece {
            Piece::Plain(at, '[', _) => open = Some(at + 1),
            Piece::Plain(at, ']', _) => ranges.extend(open.take().map(|from| (from, at))),
            _ => {}
        }
    }
    let Some((from, to)) = ranges.first().copied() else {
        let inner = text.strip_prefix("sum").map(str::trim_start);
        let inner = inner.and_then(within_parentheses).unwrap_or(text).trim();
        return match selector(inner) {
            Some(_) => Ranged::Counter(format!("sum(rate({inner}[{{{{.window}}}}]))")),
            None => Ranged::Other,
        };
    };
    let range = text[from..to].trim();
    let is_same = |(from, to): &(usize, usize)| text[*from..*to].trim() == range;
    if range.contains(':') || !ranges.iter().all(is_same) {
        return Ranged::Other;
    }
    let (mut filled, mut last) = (String::new(), 0);
    for (from, to) in &ranges {
        filled.push_str(&text[last..*from]);
        filled.push_str("{{.window}}");
        last = *to;
    }
    filled.push_str(&text[last..]);
    Ranged::One(range.to_owned(), filled)
}

/// Whether a label or an annotation can have this name in every version of Prometheus.
pub(crate) fn is_label(name: &str) -> bool {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(is_usual)
}

/// A selector as the metric's name and its matchers: `a{b="c"}` is `a` and `b="c"`. `None` where it is none.
pub(crate) fn selector(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (name, matchers) = match text.split_once('{') {
        None => (text, ""),
        Some((name, rest)) => (name.trim_end(), rest.strip_suffix('}')?),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let is_metric = !name.is_empty()
        && name.chars().all(is_name)
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let is_whole = pieces(matchers).all(|piece| !matches!(piece, Piece::Plain(_, '{' | '}', _)));
    (is_metric && is_whole).then(|| (name, matchers.trim().trim_end_matches(',').trim_end()))
}

/// A series of a histogram: `a{b="c"}` with the suffix `_bucket` is `a_bucket{b="c"}`.
fn series(histogram: &str, suffix: &str, more: &str) -> String {
    let (name, matchers) = selector(histogram).unwrap_or((histogram, ""));
    let both = match (matchers, more) {
        ("", "") => return format!("{name}{suffix}"),
        ("", one) | (one, "") => one.to_owned(),
        (one, other) => format!("{one}, {other}"),
    };
    format!("{name}{suffix}{{{both}}}")
}

fn sum(labels: &[String]) -> String {
    match labels {
        [] => "sum".to_owned(),
        labels => format!("sum by ({}) ", labels.join(", ")),
    }
}

/// All requests of a histogram a second, classic or native.
pub(crate) fn requests(histogram: &str, range: &str, labels: &[String]) -> String {
    let sum = sum(labels);
    let (count, native) = (series(histogram, "_count", ""), series(histogram, "", ""));
    format!("({sum}(rate({count}[{range}])) or histogram_count({sum}(rate({native}[{range}]))))")
}

/// Requests of a histogram a second that took no longer than a threshold. Of a classic one a bucket has to end
/// there.
pub(crate) fn fast(histogram: &str, threshold: f64, range: &str, labels: &[String]) -> String {
    let sum = sum(labels);
    // Clients write `1` or `1.0`.
    let le = match threshold.fract() == 0.0 {
        true => format!("le=~\"{threshold}|{threshold}\\\\.0\""),
        false => format!("le=\"{threshold}\""),
    };
    let (bucket, native) = (series(histogram, "_bucket", &le), series(histogram, "", ""));
    let native = format!("{sum}(rate({native}[{range}]))");
    format!(
        "({sum}(rate({bucket}[{range}])) or \
         histogram_fraction(-Inf, {threshold}, {native}) * histogram_count({native}))"
    )
}

/// How many series have a sample that is not older than this.
pub(crate) fn newest(metric: &str, seconds: f64) -> String {
    let range = match seconds.fract() == 0.0 {
        true => format!("{seconds}s"),
        false => format!("{}ms", (seconds * 1000.0).round()),
    };
    format!("count(last_over_time({}[{range}]))", metric.trim())
}

/// A query by labels. One `sum(…)` around all of it is opened, because it has added up what is to be told apart.
pub(crate) fn sum_by(query: &str, labels: &[String]) -> String {
    let inner = query.strip_prefix("sum").map(str::trim_start);
    let inner = inner.and_then(within_parentheses).unwrap_or(query);
    format!("{}({inner})", sum(labels))
}

/// What of all events is none of some. A set of labels that has none of them has all.
pub(crate) fn rest(all: &str, some: &str) -> String {
    format!("({all} - ({some} or {all} * 0))")
}

/// What a query over the short range says, or the other if nothing is known over it: events a minute, if any.
pub(crate) fn either(short: &str, long: &str, known: &str, is_rate: bool) -> String {
    match is_rate {
        true => format!("({short} or ({long} unless on() {known})) * 60 > 0"),
        false => format!("({short} or ({long} unless on() {known}) / 5) > 0"),
    }
}

/// Whether a query says how many there are a second. Others (`increase(…)`, `count_over_time(…)`) say how many there
/// were in their range.
pub(crate) fn is_rate(query: &str) -> bool {
    let plain: String = pieces(query)
        .map(|piece| match piece {
            Piece::Plain(_, c, _) => c,
            Piece::Quoted | Piece::Comment => ' ',
        })
        .collect();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    let mut words = plain.split(|c| !is_word(c));
    let counts = |word: &str| {
        word.ends_with("_over_time")
            || is_one(&["increase", "delta", "idelta", "changes", "resets"], word)
    };
    // What has both, such as `sum_over_time(rate(…)[…:])`, is taken by what is outside, which comes first.
    words
        .find(|word| counts(word) || is_one(&["rate", "irate", "deriv"], word))
        .is_none_or(|word| !counts(word))
}

/// What is within parentheses that are around all of a text.
fn within_parentheses(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_i32;
    for piece in pieces(inner) {
        match piece {
            Piece::Plain(_, '(', _) => depth += 1,
            Piece::Plain(_, ')', _) => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    Some(inner)
}

/// A character of a query.
enum Piece {
    /// In no string and no comment: its place, itself, and how many brackets are open before it.
    Plain(usize, char, i32),
    /// In a string.
    Quoted,
    /// In a comment; the end of its line is none.
    Comment,
}

fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let (mut quote, mut is_escaped, mut is_comment, mut depth) = (None, false, false, 0);
    text.char_indices().map(move |(at, c)| {
        if is_comment {
            is_comment = c != '\n';
            return match is_comment {
                true => Piece::Comment,
                false => Piece::Plain(at, c, depth),
            };
        }
        if let Some(end) = quote {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' if end != '`' => is_escaped = true,
                _ if c == end => quote = None,
                _ => {}
            }
            return Piece::Quoted;
        }
        let before = depth;
        match c {
            '"' | '\'' | '`' => {
                quote = Some(c);
                return Piece::Quoted;
            }
            '#' => {
                is_comment = true;
                return Piece::Comment;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        Piece::Plain(at, c, before)
    })
}

/// The words and operators of a text that are outside of all brackets: place and text.
fn outer(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::<(usize, usize)>::new();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.');
    let mut last = None;
    for piece in pieces(text) {
        let Piece::Plain(at, c, 0) = piece else {
            last = None;
            continue;
        };
        let kind = match c {
            _ if is_word(c) => Some('w'),
            '<' | '>' | '=' | '!' => Some('c'),
            _ => None,
        };
        match (kind, found.last_mut()) {
            (Some(kind), Some((_, end))) if last == Some(kind) && *end == at => {
                *end = at + c.len_utf8();
            }
            (Some(_), _) => found.push((at, at + c.len_utf8())),
            (None, _) => {}
        }
        last = kind;
    }
    let found = found.into_iter();
    found.map(|(from, to)| (from, &text[from..to])).collect()
}

const SETS: [&str; 3] = ["and", "or", "unless"];
const COMPARISONS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];
const MATCHING: [&str; 5] = ["bool", "on", "ignoring", "group_left", "group_right"];

fn is_one(words: &[&str], word: &str) -> bool {
    words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

/// A text without parentheses around all of it.
pub(crate) fn bare(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = within_parentheses(text) {
        text = inner.trim();
    }
    text
}

/// The right side of an operator, without what says how both sides are matched.
fn right(text: &str) -> &str {
    let mut text = text.trim_start();
    while let Some((0, word)) = outer(text).first().copied() {
        if !is_one(&MATCHING, word) {
            break;
        }
        text = text[word.len()..].trim_start();
        if text.starts_with('(') && !word.eq_ignore_ascii_case("bool") {
            let end = pieces(text).find_map(|piece| match piece {
                Piece::Plain(at, ')', 1) => Some(at + 1),
                _ => None,
            });
            text = text[end.unwrap_or(text.len())..].trim_start();
        }
    }
    text
}

/// What is asked to know whether a condition has data: a query that returns something where the operands of its
/// comparisons do, whatever they are. What is no number (a part of no requests) is no data.
pub(crate) fn operands(condition: &str) -> String {
    let condition = bare(condition);
    let words = outer(condition);
    let sets: Vec<_> = words
        .iter()
        .filter(|(_, word)| is_one(&SETS, word))
        .collect();
    if !sets.is_empty() {
        let mut query = String::new();
        let mut from = 0;
        for (at, word) in sets {
            query.push_str(&operands(right(&condition[from..*at])));
            query.push_str(match word.eq_ignore_ascii_case("or") {
                true => " or ",
                false => " and ",
            });
            from = at + word.len();
        }
        query.push_str(&operands(right(&condition[from..])));
        return format!("({query})");
    }
    let last = words.iter().rfind(|(_, word)| COMPARISONS.contains(word));
    let Some((at, operator)) = last else {
        return format!("count(({condition}) >= -Inf)");
    };
    let sides = [&condition[..*at], right(&condition[at + operator.len()..])];
    let sides = sides.into_iter().filter(|side| !is_scalar(side));
    let sides: Vec<_> = sides.map(operands).collect();
    match sides.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", sides.join(" and ")),
    }
}

/// Whether a text is a number for PromQL: digits, `time()`, `scalar(…)`, and arithmetic with them.
fn is_scalar(text: &str) -> bool {
    let text = bare(text);
    let is_number = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            || is_one(&["inf", "nan", "scalar", "time", "pi"], word)
    };
    let has_group = pieces(text).any(|piece| matches!(piece, Piece::Plain(_, '{' | '[', 0)));
    // Arithmetic in parentheses within is a vector for all that is known; PromQL says so if it is not.
    let has_words = !outer(text).is_empty();
    has_words && !has_group && outer(text).iter().all(|(_, word)| is_number(word))
}

/// What is wrong with a condition, if anything is: each of its parts has to be a comparison.
pub(crate) fn check_condition(condition: &str) -> Result<(), String> {
    let condition = bare(condition);
    let words = outer(condition);
    if words
        .iter()
        .any(|(_, word)| word.eq_ignore_ascii_case("bool"))
    {
        return Err("with bool a comparison always returns something, so every minute would be good; leave bool out".to_owned());
    }
    let mut from = 0;
    let sets = words.iter().filter(|(_, word)| is_one(&SETS, word));
    let ends: Vec<_> = sets.map(|(at, word)| (*at, at + word.len())).collect();
    if ends.is_empty() {
        return match words.iter().any(|(_, word)| COMPARISONS.contains(word)) {
            true => Ok(()),
            false => Err(format!(
                "{condition} is no comparison; write what has to hold, for instance max(mcp_queue_length) < 10"
            )),
        };
    }
    for (end, next) in ends.into_iter().chain([(condition.len(), condition.len())]) {
        check_condition(right(&condition[from..end]))?;
        from = next;
    }
    Ok(())
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
