//! What others send, as it is kept: checked, of bearable length, with numbers that are some.

use builds::{Counted, ErrorKind, MOST_MESSAGES, MOST_UNITS, Report};

/// Letters of names, and of what the compiler writes.
const LONGEST: usize = 256;
const LONGEST_PATH: usize = 1_000;
const LONGEST_MESSAGE: usize = 10 << 10;
/// Items of the other lists.
const MOST: usize = 200;
/// The longest build that is believed, in seconds: a month.
const LONGEST_SECONDS: f64 = 30.0 * 86_400.0;
/// The latest time that is believed: the end of the year 9999.
const LATEST_MS: i64 = 253_402_300_799_000;
/// The largest count: what floating point has exactly.
const LARGEST: u64 = 1 << 53;

/// A report as it can be kept.
///
/// # Errors
/// When it is none, in words.
pub(super) fn clean(mut report: Report) -> Result<Report, String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if report.id.is_empty() || report.id.len() > 64 || !report.id.chars().all(is_plain) {
        return Err("id: a build is named by 1 to 64 letters, digits and hyphens".to_owned());
    }
    if report.project.trim().is_empty() {
        return Err("project: say what is built".to_owned());
    }
    for (name, at_ms) in [("began_ms", report.began_ms), ("told_ms", report.told_ms)] {
        if !(1..=LATEST_MS).contains(&at_ms) {
            return Err(format!("{name}: a time is in milliseconds since 1970"));
        }
    }
    for text in [
        &mut report.project,
        &mut report.commit,
        &mut report.branch,
        &mut report.profile,
        &mut report.target,
        &mut report.host,
        &mut report.builder,
        &mut report.timing,
    ] {
        shorten(text, LONGEST);
    }
    shorten(&mut report.command, LONGEST_PATH);
    report.sequence = report.sequence.min(LARGEST);
    report.duration_seconds = seconds(report.duration_seconds).unwrap_or(0.0);
    report.resolution_seconds = report.resolution_seconds.and_then(seconds);
    report.download_seconds = report.download_seconds.and_then(seconds);
    for count in [&mut report.done, &mut report.warnings, &mut report.errors] {
        *count = (*count).min(LARGEST);
    }
    report.total = report.total.map(|total| total.min(LARGEST));
    let surplus = [
        (
            report.units.len().saturating_sub(MOST_UNITS),
            "pieces of work",
        ),
        (
            report.messages.len().saturating_sub(2 * MOST_MESSAGES),
            "messages",
        ),
        (report.binaries.len().saturating_sub(MOST), "files"),
    ];
    for (count, what) in surplus.into_iter().filter(|(count, _)| *count > 0) {
        report.notes.push(format!(
            "{count} {what} too many were told and are not kept"
        ));
    }
    report.units.truncate(MOST_UNITS);
    report.messages.truncate(2 * MOST_MESSAGES);
    report.binaries.truncate(MOST);
    report.failed.truncate(MOST);
    report.active.truncate(MOST);
    report.notes.truncate(MOST);
    for text in report.failed.iter_mut().chain(&mut report.active) {
        shorten(text, LONGEST);
    }
    report
        .notes
        .iter_mut()
        .for_each(|note| shorten(note, LONGEST_PATH));
    for unit in &mut report.units {
        for text in [&mut unit.name, &mut unit.version, &mut unit.part] {
            shorten(text, LONGEST);
        }
        unit.features.truncate(MOST);
        unit.features.iter_mut().for_each(|it| shorten(it, LONGEST));
        for time in [
            &mut unit.began_seconds,
            &mut unit.duration_seconds,
            &mut unit.declared_seconds,
        ] {
            *time = time.and_then(seconds);
        }
    }
    for message in &mut report.messages {
        for text in [&mut message.kind, &mut message.code, &mut message.package] {
            shorten(text, LONGEST);
        }
        shorten(&mut message.text, LONGEST_PATH);
        shorten(&mut message.file, LONGEST_PATH);
        shorten(&mut message.rendered, LONGEST_MESSAGE);
    }
    for binary in &mut report.binaries {
        shorten(&mut binary.name, LONGEST);
        shorten(&mut binary.kind, LONGEST);
        shorten(&mut binary.path, LONGEST_PATH);
        binary.bytes = binary.bytes.min(LARGEST);
    }
    for kind in &mut report.kinds {
        // Kinds become labels: only those there are.
        let known = ErrorKind::parse(&kind.name).unwrap_or(ErrorKind::Other);
        known.as_str().clone_into(&mut kind.name);
    }
    report.kinds = merged(std::mem::take(&mut report.kinds));
    report
        .files
        .iter_mut()
        .for_each(|file| shorten(&mut file.name, LONGEST_PATH));
    report.files = merged(std::mem::take(&mut report.files));
    Ok(report)
}

/// Each once, the largest first.
fn merged(counts: Vec<Counted>) -> Vec<Counted> {
    let mut merged: Vec<Counted> = Vec::new();
    for counted in counts.into_iter().take(10 * MOST) {
        let count = counted.count.min(LARGEST);
        match merged.iter_mut().find(|known| known.name == counted.name) {
            Some(known) => known.count = known.count.saturating_add(count).min(LARGEST),
            None => merged.push(Counted { count, ..counted }),
        }
    }
    merged.sort_by_key(|it| std::cmp::Reverse(it.count));
    merged.truncate(MOST);
    merged
}

/// A length of time that can be one.
fn seconds(seconds: f64) -> Option<f64> {
    (seconds.is_finite() && seconds >= 0.0).then(|| seconds.min(LONGEST_SECONDS))
}

fn shorten(text: &mut String, longest: usize) {
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest));
        text.push('…');
    }
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    if text.contains(is_odd) {
        text.retain(|letter| !is_odd(letter));
    }
}
