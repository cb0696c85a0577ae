//! Bars on lanes above one time axis: what states, waterfalls and start-ups have in common. SVG that the
//! server draws; places are shares of the width, so nothing is distorted when it is stretched.

use leptos::prelude::*;
use wire::Level;

use crate::axis::Axis;
use crate::{Glyph, Icon, all, format};

/// What colours a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Paint {
    /// How it was meanwhile.
    Level(Level),
    /// Which of the eight series it is.
    Series(usize),
}

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) from_ms: f64,
    pub(crate) to_ms: f64,
    pub(crate) paint: Paint,
    /// Shown when it is pointed at.
    pub(crate) words: String,
    /// What stands in it, where there is room.
    pub(crate) label: &'static str,
}

/// A lane.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lane {
    pub(crate) name: String,
    /// A smaller word after the name.
    pub(crate) of: String,
    /// How deep it lies within what is above it.
    pub(crate) depth: usize,
    pub(crate) href: Option<String>,
    /// What is wrong shows its sign.
    pub(crate) level: Level,
    pub(crate) bars: Vec<Bar>,
    /// What stands at the end of the line.
    pub(crate) note: String,
    /// The whole lane in words.
    pub(crate) words: String,
}

/// Labels that fit on a phone as well.
const MOST_TICKS: usize = 5;
/// The share of the width that a bar needs for its label.
const LABELLED: f64 = 8.0;
/// Deeper lanes are indented no further.
const DEEPEST: usize = 12;

/// Lanes above their axis. `kind` is the class that tells them apart.
pub(crate) fn lanes(kind: &'static str, title: &str, axis: Axis, lanes: &[Lane]) -> AnyView {
    let ticks = axis.ticks(MOST_TICKS);
    let rows = all(lanes.iter().map(|row| lane(row, axis, &ticks)));
    let labels = ticks.iter().map(|(at, text)| {
        let anchor = match at {
            at if *at < 3.0 => "start",
            at if *at > 97.0 => "end",
            _ => "middle",
        };
        view! { <text x=format!("{}%", format::fixed(*at, 2)) y="12" text-anchor=anchor>{text.clone()}</text> }
    });
    view! {
        <div class=format!("lanes {kind}")>
            <ol aria-label=title.to_owned()>{rows}</ol>
            <svg class="axis" aria-hidden="true">
                {all(labels)}
            </svg>
        </div>
    }
    .into_any()
}

fn lane(lane: &Lane, axis: Axis, ticks: &[(f64, String)]) -> AnyView {
    let sign = matches!(lane.level, Level::Degraded | Level::Unhealthy)
        .then(|| view! { <Icon glyph=Glyph::of_level(lane.level) /> }.into_any());
    let name = match &lane.href {
        Some(href) => view! { <a href=href.clone()>{lane.name.clone()}</a> }.into_any(),
        None => lane.name.clone().into_any(),
    };
    let grid = all(ticks.iter().map(|(at, _)| {
        let x = format!("{}%", format::fixed(*at, 2));
        view! { <line x1=x.clone() x2=x y1="0" y2="100%"></line> }
    }));
    let bars = all(lane.bars.iter().map(|bar| {
        let (x, width) = axis.stretch(bar.from_ms, bar.to_ms);
        let (level, colour) = match bar.paint {
            Paint::Level(level) => (Some(level.as_str()), None),
            Paint::Series(colour) => (None, Some((colour % 8).to_string())),
        };
        view! {
            <rect
                x=format!("{}%", format::fixed(x, 2))
                width=format!("{}%", format::fixed(width, 2))
                height="100%"
                data-level=level
                data-colour=colour
            >
                <title>{bar.words.clone()}</title>
            </rect>
            {label(bar.label, level, x, width)}
        }
    }));
    view! {
        <li data-depth=lane.depth.min(DEEPEST).to_string() data-level=lane.level.as_str()>
            <span class="name">
                {sign} {name} " " <small>{lane.of.clone()}</small>
            </span>
            <svg role="img" aria-label=lane.words.clone()>
                {grid}
                {bars}
            </svg>
            <b>{lane.note.clone()}</b>
        </li>
    }
    .into_any()
}

/// A word in a bar; what does not fit is cut off.
fn label(label: &'static str, level: Option<&'static str>, x: f64, width: f64) -> Option<AnyView> {
    let is_shown = !label.is_empty() && width >= LABELLED;
    is_shown.then(|| {
        let (x, width) = (format::fixed(x, 2), format::fixed(width, 2));
        view! {
            <svg class="label" data-level=level x=format!("{x}%") width=format!("{width}%") height="100%" aria-hidden="true">
                <text x="6" y="13">{label}</text>
            </svg>
        }
        .into_any()
    })
}

/// Which colour means what.
pub(crate) fn legend(names: &[String]) -> AnyView {
    let entries = names.iter().enumerate().map(|(colour, name)| {
        view! {
            <li data-colour=(colour % 8).to_string()>
                <i aria-hidden="true"></i>
                {name.clone()}
            </li>
        }
    });
    view! { <ul class="legend">{all(entries)}</ul> }.into_any()
}
