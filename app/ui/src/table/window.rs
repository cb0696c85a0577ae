//! Which rows are in the page while thousands are in the table: pure.

use std::ops::Range;

/// What the server renders, so that it is there without JavaScript.
pub(super) const FIRST_ROWS: usize = 50;
/// Rows beyond the edges, so that scrolling finds them drawn.
const BEYOND: usize = 8;

/// How large things are in the browser, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measures {
    /// A row; all are alike.
    pub(super) row: f64,
    /// The room that is scrolled, without the head.
    pub(super) room: f64,
}

/// The rows in the page. Its ends move in steps, so that not every pixel changes it.
pub(super) fn window(measures: Option<Measures>, scrolled: f64, count: usize) -> Range<usize> {
    let Some(Measures { row, room }) = measures.filter(|m| m.row >= 1.0 && m.room >= 1.0) else {
        return 0..count.min(FIRST_ROWS);
    };
    let shown = (room / row).ceil() as usize + 1;
    let first = (scrolled.max(0.0) / row) as usize;
    // Scrolled too far, as browsers do for a moment when rows have gone.
    let first = first.min(count.saturating_sub(shown));
    let begin = first.saturating_sub(BEYOND) / 4 * 4;
    begin
        ..(first + shown + BEYOND)
            .div_ceil(4)
            .saturating_mul(4)
            .min(count)
}

/// How far to scroll so that a row is wholly in sight; as little as possible.
pub(super) fn scroll_to(measures: Measures, scrolled: f64, place: usize) -> f64 {
    let top = place as f64 * measures.row;
    let least = top + measures.row - measures.room;
    if scrolled > top {
        top
    } else if scrolled < least {
        least
    } else {
        scrolled
    }
}

/// Where a key leads from a row; nothing when the key means something else.
pub(super) fn moved(key: &str, at: Option<usize>, count: usize, page: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let page = page.max(1);
    Some(match (key, at) {
        ("Home", _) => 0,
        ("End", _) => last,
        ("ArrowDown" | "PageDown", None) | ("ArrowUp" | "PageUp", None) => 0,
        ("ArrowDown", Some(at)) => (at + 1).min(last),
        ("ArrowUp", Some(at)) => at.saturating_sub(1).min(last),
        ("PageDown", Some(at)) => (at + page).min(last),
        ("PageUp", Some(at)) => at.saturating_sub(page).min(last),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows() {
        let measured = Some(Measures {
            row: 32.0,
            room: 320.0,
        });
        for (measures, scrolled, count, expected) in [
            (None, 0.0, 10_000, 0..50),
            (None, 999.0, 7, 0..7),
            (measured, 0.0, 10_000, 0..20),
            (measured, 0.0, 5, 0..5),
            (measured, 0.0, 0, 0..0),
            (measured, -40.0, 10_000, 0..20),
            (measured, 3200.0, 10_000, 92..120),
            (measured, 3201.0, 10_000, 92..120),
            (measured, 319_680.0, 10_000, 9980..10_000),
            (measured, 1e9, 10_000, 9980..10_000),
            (measured, f64::NAN, 100, 0..20),
            (
                Some(Measures {
                    row: 0.0,
                    room: 0.0,
                }),
                0.0,
                100,
                0..50,
            ),
        ] {
            let got = window(measures, scrolled, count);
            assert_eq!(got, expected, "{measures:?} {scrolled} {count}");
        }
        // What is in sight is always in the window, and there are never many.
        for scrolled in (0..320_000).step_by(77) {
            let got = window(measured, f64::from(scrolled), 10_000);
            let (first, last) = (scrolled as usize / 32, (scrolled as usize + 319) / 32);
            assert!(
                got.start <= first && got.end > last.min(9_999),
                "{scrolled}: {got:?}"
            );
            assert!(got.len() <= 36, "{got:?}");
        }
    }

    #[test]
    fn keys_and_sight() {
        for (key, at, count, expected) in [
            ("ArrowDown", None, 3, Some(0)),
            ("ArrowDown", Some(2), 3, Some(2)),
            ("ArrowUp", Some(0), 3, Some(0)),
            ("ArrowUp", Some(9), 3, Some(2)),
            ("PageDown", Some(1), 100, Some(11)),
            ("PageUp", Some(5), 100, Some(0)),
            ("End", Some(5), 100, Some(99)),
            ("Home", Some(5), 100, Some(0)),
            ("ArrowDown", Some(0), 0, None),
            ("x", Some(0), 3, None),
        ] {
            assert_eq!(moved(key, at, count, 10), expected, "{key} {at:?}");
        }
        let measures = Measures {
            row: 30.0,
            room: 100.0,
        };
        for (scrolled, place, expected) in [
            (0.0, 0, 0.0),
            (0.0, 2, 0.0),
            (0.0, 3, 20.0),
            (500.0, 2, 60.0),
            (60.0, 2, 60.0),
        ] {
            assert_eq!(scroll_to(measures, scrolled, place), expected, "{place}");
        }
    }
}
