//! How full something is: a number and a bar. SVG that the server draws.
//!
//! There is no dial: it takes the room of six bars to say what one says.

use leptos::prelude::*;
use wire::Level;

use crate::{Changing, Glyph, Icon, format, when};

/// What a gauge shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// How much of it is full, 0 to 1.
    pub share: Option<f64>,
    /// The same as it is written: `38 %`, `71 % left`.
    pub text: String,
    /// How that is.
    pub level: Level,
    /// A line below: `30.7 of 43.2 min`.
    pub detail: String,
    /// A place on the bar that matters, 0 to 1: a limit, or where a budget should be by now.
    pub mark: Option<f64>,
}

/// A number and a bar; also an error budget.
#[component]
pub fn Gauge(
    /// What is measured.
    #[prop(into)]
    title: String,
    /// Which one of several: the mount point of a disk.
    #[prop(into, optional)]
    place: String,
    /// What it shows.
    #[prop(into)]
    reading: Changing<Reading>,
) -> impl IntoView {
    let reading = Memo::new(move |_| reading.get());
    let level = move || reading.with(|reading| reading.level);
    let is_wrong = move || matches!(level(), Level::Degraded | Level::Unhealthy);
    let sign = move || view! { <Icon glyph=Glyph::of_level(level()) /> };
    view! {
        <div class="gauge" data-level=move || level().as_str()>
            <span>
                {title}
                " "
                <small>{place}</small>
            </span>
            <b>
                {when(is_wrong, sign)}
                {move || reading.with(|reading| reading.text.clone())}
            </b>
            {move || bar(&reading.get())}
            <small class="detail">{move || reading.with(|reading| reading.detail.clone())}</small>
        </div>
    }
}

fn bar(reading: &Reading) -> AnyView {
    let filled = format!(
        "{}%",
        format::fixed(percent(reading.share.unwrap_or(0.0)), 1)
    );
    let mark = reading.mark.map(|mark| {
        let x = format!("{}%", format::fixed(percent(mark), 1));
        view! { <line class="mark" x1=x.clone() x2=x y1="0" y2="100%"></line> }.into_any()
    });
    view! {
        <svg aria-hidden="true">
            <rect class="rest" width="100%" height="100%"></rect>
            <rect class="filled" width=filled height="100%"></rect>
            {mark}
        </svg>
    }
    .into_any()
}

/// A share as a percentage that stays on the bar.
fn percent(share: f64) -> f64 {
    if share.is_nan() {
        0.0
    } else {
        share.clamp(0.0, 1.0) * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_in_their_room() {
        for (share, expected) in [
            (0.0, 0.0),
            (0.382, 38.2),
            (1.0, 100.0),
            (-0.4, 0.0),
            (7.0, 100.0),
            (f64::INFINITY, 100.0),
            (f64::NAN, 0.0),
        ] {
            assert!((percent(share) - expected).abs() < 1e-9, "{share}");
        }
    }
}
