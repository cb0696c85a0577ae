//! Numbers and texts as Go's `fmt` writes them: <https://pkg.go.dev/fmt>.

use super::common::LONGEST;
use super::time::span_text;
use super::value::Value;

/// Widths and precisions beyond this are no sense, and would take memory.
const WIDEST: usize = 10_000;

/// A number by a verb of Go (`e`, `f` or `g`); without a precision as short as it can be told.
///
/// `FormatFloat` in <https://pkg.go.dev/strconv>.
pub fn number(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let precision = precision.map(|precision| precision.min(WIDEST));
    match (verb, precision) {
        ('f', Some(precision)) => format!("{value:.precision$}"),
        ('f', None) => format!("{value}"),
        ('e', Some(precision)) => with_exponent(&format!("{value:.precision$e}")),
        ('e', None) => with_exponent(&format!("{value:e}")),
        _ => shortest(value, precision),
    }
}

/// Two digits of the exponent at least, and its sign.
fn with_exponent(text: &str) -> String {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

fn shortest(value: f64, precision: Option<usize>) -> String {
    let written = match precision {
        Some(precision) => format!("{value:.*e}", precision.max(1) - 1),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa
        .chars()
        .filter(char::is_ascii_digit)
        .collect::<String>();
    let count = digits.trim_end_matches('0').len().max(1);
    let places = exponent + 1;
    let count_i = i32::try_from(count).unwrap_or(i32::MAX);
    let most = match precision {
        // As Go decides it where no precision is given.
        None => 6,
        Some(precision) => {
            let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
            if precision > count_i && count_i >= places {
                count_i
            } else {
                precision
            }
        }
    };
    if exponent < -4 || exponent >= most {
        return with_exponent(&format!("{value:.*e}", count - 1));
    }
    let behind = usize::try_from(count_i - places).unwrap_or(0);
    format!("{value:.behind$}")
}

/// A value as `print` and actions write it.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Nothing => "<no value>".to_owned(),
        Value::Bool(is_true) => is_true.to_string(),
        Value::Whole(whole) => whole.to_string(),
        Value::Number(value) => number(*value, 'g', None),
        Value::Text(text) | Value::Html(text) => text.clone(),
        Value::Texts(texts) => {
            let pairs: Vec<_> = texts
                .iter()
                .map(|(name, value)| format!("{name}:{value}"))
                .collect();
            format!("map[{}]", pairs.join(" "))
        }
        Value::Values(values) => {
            let pairs: Vec<_> = values
                .iter()
                .map(|(name, value)| format!("{name}:{}", plain(value)))
                .collect();
            format!("map[{}]", pairs.join(" "))
        }
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Time(moment) => moment.printed(),
        Value::Span(nanos) => span_text(*nanos),
        Value::Thing(thing) => thing.printed(),
    }
}

/// `print`: a space between two that are no texts.
pub(super) fn print(values: &[Value]) -> String {
    let mut text = String::new();
    for (place, value) in values.iter().enumerate() {
        let is_text = |value: &Value| matches!(value, Value::Text(_) | Value::Html(_));
        if place > 0 && !is_text(value) && !is_text(&values[place - 1]) {
            text.push(' ');
        }
        text.push_str(&given(value));
    }
    text
}

/// `println`.
pub(super) fn println(values: &[Value]) -> String {
    let values: Vec<_> = values.iter().map(given).collect();
    values.join(" ") + "\n"
}

/// As functions of `fmt` write what they are given.
fn given(value: &Value) -> String {
    match value {
        Value::Nothing => "<nil>".to_owned(),
        other => plain(other),
    }
}

/// What stands between `%` and the verb.
#[derive(Default)]
struct Flags {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
}

/// `printf`.
pub(super) fn printf(format: &str, values: &[Value]) -> String {
    let mut text = String::new();
    let (mut rest, mut given) = (format, values.iter());
    while let Some((before, after)) = rest.split_once('%') {
        if text.len() > LONGEST {
            // Whoever asked for it is told that it is too long.
            return text;
        }
        text.push_str(before);
        let (flags, after) = flags(after, &mut given);
        let mut letters = after.chars();
        let Some(verb) = letters.next() else {
            text.push_str("%!(NOVERB)");
            rest = "";
            break;
        };
        rest = letters.as_str();
        if verb == '%' {
            text.push('%');
            continue;
        }
        match given.next() {
            Some(value) => text.push_str(&one(value, verb, &flags)),
            None => text.push_str(&format!("%!{verb}(MISSING)")),
        }
    }
    text.push_str(rest);
    let extra: Vec<_> = given
        .map(|value| format!("{}={}", value.kind(), plain(value)))
        .collect();
    if !extra.is_empty() {
        text.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    text
}

fn flags<'a, 'v>(text: &'a str, values: &mut impl Iterator<Item = &'v Value>) -> (Flags, &'a str) {
    let mut flags = Flags::default();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        match letter {
            '-' => flags.minus = true,
            '+' => flags.plus = true,
            ' ' => flags.space = true,
            '0' => flags.zero = true,
            '#' => flags.sharp = true,
            _ => break,
        }
        rest = &rest[1..];
    }
    let mut count = |rest: &mut &str| {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            return match values.next() {
                Some(Value::Whole(whole)) => usize::try_from(*whole).unwrap_or(0),
                _ => 0,
            };
        }
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let number = rest[..end].parse().unwrap_or(0);
        *rest = &rest[end..];
        number
    };
    flags.width = count(&mut rest).min(WIDEST);
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        flags.precision = Some(count(&mut rest).min(WIDEST));
    }
    (flags, rest)
}

fn one(value: &Value, verb: char, flags: &Flags) -> String {
    let wrong = || format!("%!{verb}({}={})", value.kind(), plain(value));
    let is_text_verb = matches!(verb, 's' | 'v' | 'q' | 'x' | 'X');
    let text = match (value, verb) {
        (_, 'T') => value.kind().to_owned(),
        (Value::Nothing, 'v') => "<nil>".to_owned(),
        (Value::Nothing, _) => format!("%!{verb}(<nil>)"),
        (Value::Number(value), 'v' | 'g' | 'G' | 'f' | 'F' | 'e' | 'E') => {
            return decimal(*value, verb, flags);
        }
        (Value::Whole(whole), 'v' | 'd') => signed(whole.to_string(), flags),
        (Value::Whole(whole), 'x') => based(*whole, format!("{:x}", whole.unsigned_abs())),
        (Value::Whole(whole), 'X') => based(*whole, format!("{:X}", whole.unsigned_abs())),
        (Value::Whole(whole), 'o') => based(*whole, format!("{:o}", whole.unsigned_abs())),
        (Value::Whole(whole), 'b') => based(*whole, format!("{:b}", whole.unsigned_abs())),
        (Value::Whole(whole), 'c') => {
            let letter = u32::try_from(*whole).ok().and_then(char::from_u32);
            letter.unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
        }
        (Value::Whole(whole), 'q') => {
            let letter = u32::try_from(*whole).ok().and_then(char::from_u32);
            format!("'{}'", letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        (Value::Bool(is_true), 'v' | 't') => is_true.to_string(),
        (Value::Text(text) | Value::Html(text), 'q') => format!("{:?}", cut(text, flags)),
        (Value::Text(text), 'x') => cut(text, flags)
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        (Value::Text(text), 'X') => cut(text, flags)
            .bytes()
            .map(|byte| format!("{byte:02X}"))
            .collect(),
        (Value::Text(text) | Value::Html(text), 's' | 'v') => cut(text, flags),
        (Value::Time(_) | Value::Span(_), 's' | 'v') => plain(value),
        (Value::Span(nanos), 'd') => signed(nanos.to_string(), flags),
        (Value::Texts(_) | Value::Values(_) | Value::List(_) | Value::Thing(_), _)
            if is_text_verb =>
        {
            plain(value)
        }
        _ => wrong(),
    };
    let is_number = matches!(value, Value::Whole(_)) && !matches!(verb, 'c' | 'q');
    padded(&text, flags, is_number)
}

fn based(whole: i64, digits: String) -> String {
    if whole < 0 {
        format!("-{digits}")
    } else {
        digits
    }
}

fn cut(text: &str, flags: &Flags) -> String {
    text.chars()
        .take(flags.precision.unwrap_or(usize::MAX))
        .collect()
}

fn decimal(value: f64, verb: char, flags: &Flags) -> String {
    let precision = match (verb, flags.precision) {
        ('v' | 'g' | 'G', precision) => precision,
        (_, precision) => Some(precision.unwrap_or(6)),
    };
    let lower = match verb.to_ascii_lowercase() {
        'v' => 'g',
        lower => lower,
    };
    let mut text = number(value, lower, precision);
    if verb.is_ascii_uppercase() && value.is_finite() {
        text = text.to_uppercase();
    }
    if !text.starts_with(['-', '+']) {
        text = signed(text, flags);
    }
    padded(&text, flags, value.is_finite())
}

fn signed(text: String, flags: &Flags) -> String {
    match text.starts_with('-') {
        true => text,
        false if flags.plus => format!("+{text}"),
        false if flags.space => format!(" {text}"),
        false => text,
    }
}

fn padded(text: &str, flags: &Flags, is_number: bool) -> String {
    let missing = flags.width.saturating_sub(text.chars().count());
    if missing == 0 {
        return text.to_owned();
    }
    if flags.minus {
        return format!("{text}{}", " ".repeat(missing));
    }
    if !flags.zero {
        return format!("{}{text}", " ".repeat(missing));
    }
    let digits = text
        .find(|c| !matches!(c, '-' | '+' | ' '))
        .filter(|_| is_number);
    let (sign, digits) = text.split_at(digits.unwrap_or(0));
    format!("{sign}{}{digits}", "0".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_go_writes_them() {
        for (value, verb, precision, expected) in [
            (0.0, 'g', None, "0"),
            (-0.0, 'g', None, "-0"),
            (0.1 + 0.2, 'g', None, "0.30000000000000004"),
            (1e6, 'g', None, "1e+06"),
            (123_456.0, 'g', None, "123456"),
            (1_234_567.0, 'g', None, "1.234567e+06"),
            (1e21, 'g', None, "1e+21"),
            (0.0001, 'g', None, "0.0001"),
            (0.00001, 'g', None, "1e-05"),
            (f64::NAN, 'g', None, "NaN"),
            (f64::INFINITY, 'g', None, "+Inf"),
            (100_000.0, 'g', Some(4), "1e+05"),
            (999.96, 'g', Some(4), "1000"),
            (9999.96, 'g', Some(4), "1e+04"),
            (12.0, 'g', Some(4), "12"),
            (12.3456, 'g', Some(4), "12.35"),
            (0.000_012_345_6, 'g', Some(4), "1.235e-05"),
            (2.5, 'f', Some(0), "2"),
            (1.005, 'f', Some(2), "1.00"),
            (1e21, 'f', None, "1000000000000000000000"),
            (12345.678, 'e', Some(2), "1.23e+04"),
            (1e100, 'e', None, "1e+100"),
        ] {
            assert_eq!(
                number(value, verb, precision),
                expected,
                "%{verb} {precision:?} {value}"
            );
        }
    }

    #[test]
    fn formats() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (format, values, expected) in [
            ("%.2f%%", vec![Value::Number(12.345)], "12.35%"),
            ("%s is %v", vec![text("a"), Value::Number(1.0)], "a is 1"),
            (
                "%5.1f|%-6s|%06.2f",
                vec![Value::Number(2.25), text("ab"), Value::Number(-1.5)],
                "  2.2|ab    |-01.50",
            ),
            ("%d", vec![Value::Number(3.0)], "%!d(float64=3)"),
            ("%s", vec![Value::Number(0.5)], "%!s(float64=0.5)"),
            (
                "%+d % d %x %c",
                vec![
                    Value::Whole(3),
                    Value::Whole(4),
                    Value::Whole(255),
                    Value::Whole(65),
                ],
                "+3  4 ff A",
            ),
            (
                "%q %t",
                vec![text("a\"b"), Value::Bool(true)],
                "\"a\\\"b\" true",
            ),
            ("%s %s", vec![text("a")], "a %!s(MISSING)"),
            ("a", vec![Value::Whole(1)], "a%!(EXTRA int=1)"),
            ("100%", vec![], "100%!(NOVERB)"),
            ("%*d", vec![Value::Whole(4), Value::Whole(7)], "   7"),
            ("%.2s", vec![text("äöü")], "äö"),
        ] {
            assert_eq!(printf(format, &values), expected, "{format}");
        }
        let values = [
            text("a"),
            Value::Whole(1),
            Value::Whole(2),
            text("b"),
            Value::Number(0.5),
        ];
        assert_eq!(print(&values), "a1 2b0.5");
        assert_eq!(println(&values), "a 1 2 b 0.5\n");
    }
}
