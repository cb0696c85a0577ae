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
    picture: Memo<Picture>,
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
fn ChartTable(picture: Memo<Picture>) -> impl IntoView {
    let rows = move || {
        picture.with(|picture| {
            let rows = newest(&picture.lines).into_iter().map(|(at, name, value)| {
                view! {
                    <tr>
                        <td>{format::exact(at)}</td>
                        <td>{name.to_owned()}</td>
                        <td class="number">{picture.unit.format(value)}</td>
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

/// The newest points of all lines, the newest first.
fn newest(lines: &[Line]) -> Vec<(i64, &str, f64)> {
    const MOST: usize = 200;
    let mut left: Vec<(&str, &[(i64, f64)])> = lines
        .iter()
        .map(|line| (line.name.as_str(), line.points.as_slice()))
        .collect();
    let mut rows = Vec::new();
    while rows.len() < MOST {
        let newest = left
            .iter_mut()
            .max_by_key(|(_, points)| points.last().map(|point| point.0));
        let Some((name, points)) = newest else { break };
        let Some(((at, value), older)) = points.split_last() else {
            break;
        };
        rows.push((*at, *name, *value));
        *points = older;
    }
    rows
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_points_of_all_lines() {
        let line = |name: &str, points: &[(i64, f64)]| Line {
            name: name.to_owned(),
            colour: 0,
            points: points.to_vec(),
        };
        let lines = [
            line("a", &[(1, 0.1), (4, 0.4)]),
            line("b", &[(2, 0.2), (3, 0.3)]),
            line("empty", &[]),
        ];
        let shown: Vec<_> = newest(&lines)
            .into_iter()
            .map(|(at, name, _)| (at, name))
            .collect();
        assert_eq!(shown, [(4, "a"), (3, "b"), (2, "b"), (1, "a")]);
        assert!(newest(&[]).is_empty());
        let long: Vec<_> = (0..500).map(|at| (at, 0.0)).collect();
        assert_eq!(newest(&[line("long", &long)]).len(), 200);
    }
}
