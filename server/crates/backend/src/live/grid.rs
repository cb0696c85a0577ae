//! The times of live queries: points lie on multiples of the step, and between two of them is looked as well.

use wire::Span;

/// How long nobody looks, at the most.
const LONGEST_PAUSE_MS: i64 = 5_000;
/// Steps that can be asked for: a second to thirty years.
const STEPS_MS: std::ops::RangeInclusive<i64> = 1_000..=946_080_000_000;

/// Whether points can be this far apart.
pub(super) fn is_step(step_ms: i64) -> bool {
    STEPS_MS.contains(&step_ms)
}

/// The multiple of a step at or before a time.
pub(super) fn whole(ms: i64, step_ms: i64) -> i64 {
    ms.div_euclid(step_ms) * step_ms
}

/// When is looked next: at the next point, and every 5 s until then; everybody at the same times.
pub(super) fn next_look(now_ms: i64, step_ms: i64) -> i64 {
    let pause_ms = step_ms.min(LONGEST_PAUSE_MS);
    let next = |distance_ms| whole(now_ms, distance_ms) + distance_ms;
    next(pause_ms).min(next(step_ms))
}

/// The points after one up to another, the newest ones if there are more than `most`.
pub(super) fn after(after_ms: i64, to_ms: i64, step_ms: i64, most: i64) -> Span {
    let earliest_ms = to_ms - most.max(1).saturating_sub(1).saturating_mul(step_ms);
    // What is far away must not overflow.
    let after_ms = after_ms.clamp(earliest_ms - step_ms, to_ms - step_ms);
    let from_ms = (whole(after_ms, step_ms) + step_ms).max(earliest_ms);
    Span::new(from_ms, to_ms, step_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_at_points_and_between_them() {
        for (now_ms, step_ms, expected) in [
            (0, 1_000, 1_000),
            (999, 1_000, 1_000),
            (1_000, 1_000, 2_000),
            (3_000, 15_000, 5_000),
            (5_000, 15_000, 10_000),
            (14_999, 15_000, 15_000),
            (10_000, 12_000, 12_000),
            (12_000, 12_000, 15_000),
            (86_399_999, 86_400_000, 86_400_000),
        ] {
            assert_eq!(next_look(now_ms, step_ms), expected, "{now_ms} {step_ms}");
        }
    }

    #[test]
    fn what_has_been_missed() {
        for (after_ms, to_ms, most, expected) in [
            (30_000, 60_000, 100, (45_000, 3 - 1)),
            (31_000, 60_000, 100, (45_000, 2)),
            (45_000, 60_000, 100, (60_000, 1)),
            (60_000, 60_000, 100, (60_000, 1)),
            (i64::MAX, 60_000, 100, (60_000, 1)),
            (0, 60_000, 100, (15_000, 4)),
            (0, 60_000, 2, (45_000, 2)),
            (0, 60_000, 0, (60_000, 1)),
            (
                i64::MIN,
                60_000_000,
                11_000,
                (60_000_000 - 10_999 * 15_000, 11_000),
            ),
            (i64::MIN, 60_000_000, i64::MAX, (i64::MIN, 0)),
        ] {
            let span = after(after_ms, to_ms, 15_000, most);
            assert_eq!((span.to_ms, span.step_ms), (to_ms, 15_000));
            if most < i64::MAX {
                assert_eq!(
                    (span.from_ms, span.points()),
                    expected,
                    "{after_ms} {to_ms} {most}"
                );
            }
        }
    }
}
