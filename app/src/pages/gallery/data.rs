//! Fixed figures.

use wire::{Level, StateSpan};

/// The time of everything here.
pub(super) const NOW_MS: i64 = 1_795_233_906_000;
pub(super) const MINUTE_MS: i64 = 60_000;

/// A course that looks measured: the same every time.
pub(super) fn course(seed: u32, count: usize, base: f64, swing: f64) -> Vec<f64> {
    let mut state = seed;
    let mut value = base;
    let step = |_| {
        // Numerical Recipes' generator: quick, and good enough to look at.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(state >> 8) / f64::from(1 << 24) - 0.5;
        value += noise * swing + (base - value) * 0.08;
        value.max(0.0)
    };
    (0..count).map(step).collect()
}

/// Stretches of levels that end now: how long each was, in minutes.
pub(super) fn spans(parts: &[(i64, Level)]) -> Vec<StateSpan> {
    let whole: i64 = parts.iter().map(|(minutes, _)| minutes).sum();
    let mut from_ms = NOW_MS - whole * MINUTE_MS;
    let span = |(minutes, level): &(i64, Level)| {
        let to_ms = from_ms + minutes * MINUTE_MS;
        let span = StateSpan {
            from_ms,
            to_ms,
            level: *level,
        };
        from_ms = to_ms;
        span
    };
    parts.iter().map(span).collect()
}

/// Names of servers and their levels.
pub(super) const SERVERS: [(&str, &str, Level); 6] = [
    ("filesystem", "stdio · 14 tools", Level::Unhealthy),
    ("s3-storage", "HTTP · 9 tools", Level::Degraded),
    ("kubernetes", "HTTP · 31 tools", Level::Healthy),
    ("prometheus", "HTTP · 7 tools", Level::Healthy),
    ("desktop-commander", "stdio · 22 tools", Level::Healthy),
    ("شبكة-الملفات", "stdio · not listed yet", Level::Unknown),
];
