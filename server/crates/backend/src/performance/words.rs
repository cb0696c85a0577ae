//! Figures as people say them, and what to make of them.

use wire::{Direction, Pattern, Performance};

/// `1 sample`, `2 samples`.
pub(crate) fn count(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Seconds, or thousandths of them.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s >= 10.0 => format!("{s:.0} s"),
        s if s >= 1.0 => format!("{s:.1} s"),
        s if s >= 0.01 => format!("{:.0} ms", s * 1000.0),
        s => format!("{:.1} ms", s * 1000.0),
    }
}

/// What to do first, and what that is said from.
pub(super) fn recommendation(found: &Performance) -> String {
    if found.probes == 0 {
        return "Nothing was observed in this time: no probe was made.".to_owned();
    }
    let failed = format!("{} of {} probes failed", found.probes_failed, found.probes);
    let slowest = found.steps.first();
    let at = slowest.map_or_else(String::new, |step| {
        let (name, p95) = (step.step.replace('_', " "), seconds(step.p95_seconds));
        format!(
            "the slowest step is {name} (p95 {p95}, {})",
            count(usize::try_from(step.count).unwrap_or(usize::MAX), "sample",)
        )
    });
    if found.pattern == Pattern::Flapping {
        return format!(
            "Find out what restarts or cuts it off: it comes and goes ({}).",
            found.pattern_evidence
        );
    }
    if found.probes_failed * 10 >= found.probes {
        return format!("Mend the failures first: {failed}; the verdict says why.");
    }
    let worse = (found.steps.iter()).find(|step| step.trend.direction == Direction::Degrading);
    if let Some(step) = worse {
        return format!(
            "Look at what has grown: {} becomes slower ({})",
            step.step.replace('_', " "),
            step.trend.evidence
        );
    }
    match found.pattern {
        Pattern::Periodic => format!(
            "Look for a job that runs at regular times ({}).",
            found.pattern_evidence
        ),
        Pattern::Spikes => format!(
            "Compare the slow moments with load and restarts: most answers are quick, some are not ({}).",
            found.pattern_evidence
        ),
        Pattern::Unknown => found.pattern_evidence.clone(),
        _ if found.probes_failed > 0 => {
            format!("Nothing to do at once: {failed}, and {at}.")
        }
        _ => format!("Nothing to do: no probe failed, and {at}."),
    }
}
