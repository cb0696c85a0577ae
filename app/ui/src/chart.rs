//! Charts: plotters draws on a canvas, in the browser; the first HTML has the words and last values.
//!
//! What every page loads is the data ([`Sheet`]), the frame of a chart, its legend and its text
//! alternative. All that draws and reacts is fetched once, when the first chart is on a page.

#[cfg(feature = "hydrate")]
pub mod bench;
mod colours;
#[cfg(feature = "hydrate")]
mod live;
mod names;
#[cfg(any(feature = "hydrate", test))]
mod plan;
mod sheet;
mod words;

use leptos::html::Figure;
use leptos::prelude::*;
use wire::{Event, Kind, Threshold, Unit};

use crate::{all, format};
pub(crate) use colours::Colours;
pub use sheet::{Sheet, SheetRow, Summary};

/// Everything that a picture is made of. New points are written into it where it is.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// How it is drawn; what is no chart on a canvas is drawn as lines.
    pub kind: Kind,
    /// What the values are.
    pub unit: Unit,
    /// The values.
    pub sheet: Sheet,
    /// Begin of the time axis.
    pub from_ms: i64,
    /// End of the time axis.
    pub to_ms: i64,
    /// Where it is not well.
    pub thresholds: Vec<Threshold>,
    /// Marks on the time axis.
    pub marks: Vec<Event>,
    /// The end of the scale, where it has one.
    pub max: Option<f64>,
}

/// What a panel's menu can ask of its chart.
#[derive(Clone, Copy)]
pub struct ChartHandle {
    /// How often a picture was asked for.
    pictures: RwSignal<u32>,
    /// How often the chart has been drawn.
    painted: RwSignal<u32>,
}

impl Default for ChartHandle {
    fn default() -> Self {
        Self {
            pictures: RwSignal::new(0),
            painted: RwSignal::new(0),
        }
    }
}

impl ChartHandle {
    /// How often the chart has been drawn; tracked.
    pub fn painted(self) -> u32 {
        self.painted.get()
    }
}

/// Saves the chart as a picture, with its title and legend.
pub fn png(chart: ChartHandle) {
    chart.pictures.update(|n| *n += 1);
}

/// A chart with its legend.
#[component]
pub fn Chart(
    /// What it shows, as a noun: begins its text alternative.
    title: String,
    /// The picture; drawn anew when it changes.
    picture: RwSignal<Picture>,
    /// Whether the values stand as a table in its place.
    #[prop(optional)]
    as_table: Option<RwSignal<bool>>,
    /// For the panel's menu.
    #[prop(optional)]
    handle: Option<ChartHandle>,
) -> impl IntoView {
    let figure = NodeRef::<Figure>::new();
    let (kind, words, entries) = picture.with_untracked(|picture| {
        let summaries = words::summaries(picture);
        let words = words::describe(&title, picture, &summaries);
        (picture.kind, words, legend(picture, &summaries))
    });
    #[cfg(feature = "hydrate")]
    live::start(live::Parts {
        figure,
        title,
        picture,
        as_table: as_table.unwrap_or_else(|| RwSignal::new(false)),
        handle: handle.unwrap_or_default(),
        theme: crate::use_theme(),
        time: use_context(),
        owner: Owner::current(),
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (as_table, handle);
    // Everything below is static: what changes is changed by the code that draws.
    view! {
        <figure class="chart" data-kind=kind.as_str() node_ref=figure>
            <div class="plot" role="img" aria-label=words>
                <canvas aria-hidden="true"></canvas>
            </div>
            <div class="values" hidden></div>
            <ul class="legend">{entries}</ul>
            <p class="hidden-label" aria-live="polite"></p>
        </figure>
    }
}

/// The legend as it is in the first HTML.
fn legend(picture: &Picture, summaries: &[Option<Summary>]) -> AnyView {
    if !words::has_legend(picture.kind) {
        return ().into_any();
    }
    let said = |value: f64| format::value(picture.unit, value);
    all(words::entries(summaries, words::FIRST)
        .into_iter()
        .map(|entry| {
            let row = &picture.sheet.rows[entry.row];
            let (last, min, max) = match entry.summary {
                None => ("no data".to_owned(), String::new(), String::new()),
                Some(of) => (said(of.last), said(of.min), said(of.max)),
            };
            view! {
                <li>
                    <button type="button" data-colour=row.colour.to_string() aria-pressed="true">
                        <i aria-hidden="true"></i>
                        <bdi>{row.name.clone()}</bdi>
                        <span>
                            <b>{last}</b>
                            <small>{min}</small>
                            <small>{max}</small>
                        </span>
                    </button>
                </li>
            }
        }))
}
