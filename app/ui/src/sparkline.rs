//! A small line without axes: SVG that the server draws.

use leptos::prelude::*;

use crate::{Changing, format};

/// The grid that it is drawn on; it is stretched to the room it gets.
const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 28.0;
/// Kept free above and below, for the line's own thickness.
const MARGIN: f64 = 2.0;
/// More points than this are reduced, lowest and highest of each stretch, so that no spike is lost.
const MOST_POINTS: usize = 120;

/// What a sparkline shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spark {
    /// Values at equal distances, oldest first; what is no number is a gap.
    pub values: Vec<f64>,
    /// A value that should not be passed.
    pub threshold: Option<f64>,
}

impl From<Vec<f64>> for Spark {
    fn from(values: Vec<f64>) -> Self {
        let threshold = None;
        Self { values, threshold }
    }
}

/// A line. Its colour is that of the level around it (`data-level`), or the first of the series.
#[component]
pub fn Sparkline(
    /// What it shows.
    #[prop(into)]
    spark: Changing<Spark>,
    /// What it shows in words; where missing, it is said beside it and the line is silent.
    #[prop(optional_no_strip)]
    label: Option<Changing<String>>,
) -> impl IntoView {
    let is_silent = label.is_none();
    let picture = move || picture(&spark.get());
    view! {
        <svg
            class="sparkline"
            viewBox="0 0 120 28"
            preserveAspectRatio="none"
            role=(!is_silent).then_some("img")
            aria-hidden=is_silent.then_some("true")
            aria-label=move || label.as_ref().map(Changing::get)
        >
            {move || picture()}
        </svg>
    }
}

fn picture(spark: &Spark) -> AnyView {
    let shape = shape(spark);
    let threshold = shape.threshold.map(|y| {
        let line = format!("M0 {}H120", format::fixed(y, 1));
        view! { <path class="threshold" d=line></path> }.into_any()
    });
    view! {
        {threshold}
        <path class="line" d=shape.line></path>
        <path class="dots" d=shape.dots></path>
    }
    .into_any()
}

#[derive(Debug, Default, PartialEq)]
struct Shape {
    line: String,
    /// Dots where it ends, and where a value stands alone: a stroke without length has round ends.
    dots: String,
    threshold: Option<f64>,
}

fn shape(spark: &Spark) -> Shape {
    let values = reduced(&spark.values);
    let threshold = spark.threshold.filter(|value| value.is_finite());
    let Some((low, high)) = range(values.iter().copied().chain(threshold)) else {
        return Shape::default();
    };
    let y = |value: f64| HEIGHT - MARGIN - (value - low) / (high - low) * (HEIGHT - 2.0 * MARGIN);
    let step = WIDTH / (values.len().max(2) - 1) as f64;
    let (mut line, mut alone, mut end) = (String::new(), String::new(), String::new());
    let mut is_begun = false;
    for (place, value) in values.iter().enumerate() {
        if !value.is_finite() {
            is_begun = false;
            continue;
        }
        let at = format!(
            "{} {}",
            format::fixed(place as f64 * step, 1),
            format::fixed(y(*value), 1)
        );
        let stands_alone = !is_begun && values.get(place + 1).is_none_or(|next| !next.is_finite());
        if stands_alone {
            alone += &format!("M{at}h0");
        } else {
            line += if is_begun { "L" } else { "M" };
            line += &at;
        }
        end = format!("M{at}h0");
        is_begun = true;
    }
    let threshold = threshold.map(y);
    // What stands alone and is the end is drawn once.
    if !alone.ends_with(&end) {
        alone += &end;
    }
    Shape {
        line,
        dots: alone,
        threshold,
    }
}

/// What is lowest and highest in the picture. It begins at zero where that is near, and noise on a
/// steady value stays small.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let mut range: Option<(f64, f64)> = None;
    for value in values.filter(|value| value.is_finite()) {
        let (low, high) = range.unwrap_or((value, value));
        range = Some((low.min(value), high.max(value)));
    }
    let (mut low, mut high) = range?;
    if low > 0.0 && low < high / 2.0 {
        low = 0.0;
    }
    let least = (high.abs().max(low.abs()) / 10.0).max(f64::MIN_POSITIVE * 1e10);
    if high - low < least {
        // Zero lies on the ground; another steady value in the middle.
        if low == 0.0 {
            high = 1.0;
        } else {
            (low, high) = ((low + high - least) / 2.0, (low + high + least) / 2.0);
        }
    }
    Some((low, high))
}

fn reduced(values: &[f64]) -> Vec<f64> {
    if values.len() <= MOST_POINTS {
        return values.to_vec();
    }
    let stretch = values.len().div_ceil(MOST_POINTS / 2);
    let mut reduced = Vec::with_capacity(MOST_POINTS);
    for part in values.chunks(stretch) {
        let (mut low, mut high) = (0, 0);
        for (place, value) in part.iter().enumerate() {
            // What is no number gives way to what is one.
            if part[low].is_nan() || part[low] > *value {
                low = place;
            }
            if part[high].is_nan() || part[high] < *value {
                high = place;
            }
        }
        reduced.extend([part[low.min(high)], part[low.max(high)]]);
    }
    reduced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let nan = f64::NAN;
        for (values, threshold, line, end) in [
            (vec![], None, "", ""),
            (vec![nan, nan], None, "", ""),
            (vec![5.0], None, "", "M0.0 14.0h0"),
            (
                vec![0.0, 0.0],
                None,
                "M0.0 26.0L120.0 26.0",
                "M120.0 26.0h0",
            ),
            (vec![0.0, 10.0], None, "M0.0 26.0L120.0 2.0", "M120.0 2.0h0"),
            (
                vec![-10.0, 10.0],
                None,
                "M0.0 26.0L120.0 2.0",
                "M120.0 2.0h0",
            ),
            (
                vec![0.0, 10.0, nan, 10.0, 0.0],
                None,
                "M0.0 26.0L30.0 2.0M90.0 2.0L120.0 26.0",
                "M120.0 26.0h0",
            ),
            (
                vec![10.0, nan, 0.0],
                Some(nan),
                "",
                "M0.0 2.0h0M120.0 26.0h0",
            ),
            (
                vec![0.0, 5.0],
                Some(10.0),
                "M0.0 26.0L120.0 14.0",
                "M120.0 14.0h0",
            ),
            (vec![f64::INFINITY, 1.0], None, "", "M120.0 14.0h0"),
        ] {
            let spark = Spark { values, threshold };
            let shape = shape(&spark);
            assert_eq!(
                (shape.line.as_str(), shape.dots.as_str()),
                (line, end),
                "{spark:?}"
            );
        }
    }

    #[test]
    fn noise_stays_small_and_spikes_stay() {
        let spark = |values: Vec<f64>| Spark::from(values);
        // One per mille of a value is no drama.
        let steady = shape(&spark(vec![100.0, 100.1, 100.0])).line;
        assert_eq!(steady, "M0.0 14.1L60.0 13.9L120.0 14.1");
        let mut long = vec![1.0; 10_000];
        (long[5_432], long[7_000]) = (99.0, f64::NAN);
        let few = reduced(&long);
        assert!(few.len() <= MOST_POINTS, "{}", few.len());
        assert!(few.contains(&99.0) && !few.iter().any(|value| value.is_nan()));
        assert!(reduced(&[f64::NAN; 500]).iter().all(|value| value.is_nan()));
    }
}
