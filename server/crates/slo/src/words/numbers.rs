//! Numbers for sentences.

/// A part in per cent, rounded down to so many digits that it is not taken for more than it is: 0.99996 is
/// `99.996 %`, not 100 %.
pub(crate) fn percent(part: f64) -> String {
    // What is exact in decimal must not lose its last digit to a binary fraction.
    let percent = part * 100.0 * (1.0 + 1e-12);
    let digits = match part {
        ..0.999 => 2,
        0.999..0.9999 => 3,
        0.9999..0.99999 => 4,
        _ => 6,
    };
    let scale = 10_f64.powi(digits);
    format!(
        "{} %",
        trimmed((percent * scale).floor() / scale, digits as usize)
    )
}

/// A target in per cent, as it was written.
pub(crate) fn percent_of_target(target: f64) -> String {
    format!("{} %", trimmed(target * 100.0, 6))
}

/// A part in per cent with a digit or two.
pub(crate) fn percent_plain(part: f64) -> String {
    let percent = part * 100.0;
    let digits = if percent.abs() < 10.0 { 2 } else { 1 };
    format!("{} %", trimmed(percent, digits))
}

/// A number with so many digits after the point at most.
fn trimmed(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    match text {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// A number as people read it: `1,234`, `21.6`, `0.043`.
pub(crate) fn amount(number: f64) -> String {
    let digits = match number.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 4,
    };
    let text = trimmed(number, digits);
    let (whole, rest) = match text.split_once('.') {
        Some((whole, rest)) => (whole, Some(rest)),
        None => (text.as_str(), None),
    };
    let mut grouped = String::new();
    let digits = whole.trim_start_matches('-');
    if digits.len() < whole.len() {
        grouped.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(rest) = rest {
        grouped.push('.');
        grouped.push_str(rest);
    }
    grouped
}

/// A number of things.
pub(crate) fn plural(number: f64, one: &str, several: &str) -> String {
    match amount(number).as_str() {
        "1" => format!("1 {one}"),
        amount => format!("{amount} {several}"),
    }
}

/// A length of time in its two largest units: `13 min 40 s`, `2 days 3 h`.
pub(crate) fn lasting(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    let parts = [
        (seconds / 86_400, "day"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let Some(first) = parts.iter().position(|(number, _)| *number > 0) else {
        return "0 s".to_owned();
    };
    let shown = parts[first..]
        .iter()
        .take(2)
        .filter(|(number, _)| *number > 0);
    let shown = shown.map(|(number, unit)| match (*unit, number) {
        ("day", 2..) => format!("{number} days"),
        _ => format!("{number} {unit}"),
    });
    shown.collect::<Vec<_>>().join(" ")
}
