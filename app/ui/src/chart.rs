//! Line charts on a canvas: plotters draws, in the browser; the first HTML has the words and last values.

#[cfg(feature = "hydrate")]
mod draw;
mod plot;

use leptos::html::Canvas;
use leptos::prelude::*;
use wire::{Event, Series};

use crate::{all, format, use_theme, when};
pub use plot::{Line, append, lines};

/// What the values of a chart are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Durations.
    Seconds,
    /// 0 to 100.
    Percent,
}

impl Unit {
    /// A value with its unit.
    pub fn format(self, value: f64) -> String {
        match self {
            Self::Seconds => format::seconds(value),
            Self::Percent => format::percent(value),
        }
    }
}

/// Everything that a picture is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The lines.
    pub lines: Vec<Line>,
    /// Begin of the time axis.
    pub from_ms: i64,
    /// End of the time axis.
    pub to_ms: i64,
    /// What the values are.
    pub unit: Unit,
    /// Marks on the time axis.
    pub marks: Vec<Event>,
}

/// A chart of lines over time.
#[component]
pub fn LineChart(
    /// What it shows, as a noun: begins its text alternative.
    title: String,
    /// The picture; drawn anew when it changes.
    #[prop(into)]
    picture: Signal<Picture>,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let as_table = RwSignal::new(false);
    let theme = use_theme();
    #[cfg(feature = "hydrate")]
    draw::keep_drawn(canvas, picture, theme);
    #[cfg(not(feature = "hydrate"))]
    let _ = theme;
    let alternative = move || picture.with(|picture| plot::describe(&title, picture));
    view! {
        <div class="chart">
            <div class="canvas-room" class:hidden=move || as_table.get()>
                <canvas node_ref=canvas role="img" aria-label=move || alternative()></canvas>
            </div>
            {when(move || as_table.get(), move || view! { <ChartTable picture=picture /> })}
            <div class="legend-row">
                <ul class="legend">{move || picture.with(legend)}</ul>
                <button
                    class="quiet"
                    aria-pressed=move || as_table.get().to_string()
                    on:click=move |_| as_table.update(|on| *on = !*on)
                >
                    {move || if as_table.get() { "View as chart" } else { "View as table" }.to_owned()}
                </button>
            </div>
        </div>
    }
}

fn legend(picture: &Picture) -> AnyView {
    let unit = picture.unit;
    let entries = picture.lines.iter().map(|line| {
        let last = line
            .points
            .last()
            .map_or_else(|| "no data".to_owned(), |(_, value)| unit.format(*value));
        view! {
            <li data-colour=line.colour.to_string()>
                <i aria-hidden="true"></i>
                {line.name.clone()}
                " "
                <b>{last}</b>
            </li>
        }
    });
    all(entries)
}

/// The newest points as rows.
#[component]
fn ChartTable(picture: Signal<Picture>) -> impl IntoView {
    const MOST_ROWS: usize = 200;
    let rows = move || {
        picture.with(|picture| {
            let mut rows: Vec<_> = picture
                .lines
                .iter()
                .flat_map(|line| {
                    line.points
                        .iter()
                        .map(move |(at, value)| (*at, line.name.clone(), *value))
                })
                .collect();
            rows.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
            rows.truncate(MOST_ROWS);
            let unit = picture.unit;
            let rows = rows.into_iter().map(|(at, name, value)| {
                view! {
                    <tr>
                        <td>{format::exact(at)}</td>
                        <td>{name}</td>
                        <td class="number">{unit.format(value)}</td>
                    </tr>
                }
            });
            all(rows)
        })
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Values">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Series"</th>
                        <th scope="col" class="number">"Value"</th>
                    </tr>
                </thead>
                <tbody>{move || rows()}</tbody>
            </table>
        </div>
    }
}

/// A stable colour for each name: its place in the sorted list of all names of the page.
pub fn colour_of(name: &str, names: &[String]) -> usize {
    names
        .iter()
        .position(|known| known == name)
        .unwrap_or(names.len())
        % 8
}

/// Series of samples, each as a line named and coloured by a label.
pub fn by_label(series: &[Series], label: &str, names: &[String]) -> Vec<Line> {
    lines(series, |series| {
        let name = series.label(label).to_owned();
        let colour = colour_of(&name, names);
        (name, colour)
    })
}
