//! Drawing: plotters on a canvas, crisp on any pixel ratio, at most ten times a second.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::html::Canvas;
use leptos::prelude::*;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlCanvasElement, ResizeObserver};

use super::plot::{reduce, segments, time_ticks, value_ticks};
use super::{Picture, Unit};
use crate::{effect, format};

/// The live picture moves at most this often.
const FRAME: Duration = Duration::from_millis(100);
const FONT: &str = "system-ui, sans-serif";

/// Draws the picture when it, the theme or the size changes, for as long as the canvas is there.
pub(super) fn keep_drawn(canvas: NodeRef<Canvas>, picture: Memo<Picture>, theme: Signal<u32>) {
    let size = RwSignal::new(0_u32);
    let pending = Rc::new(Cell::new(false));
    effect(move || {
        let Some(element) = canvas.get() else {
            return;
        };
        let resized = Closure::<dyn FnMut()>::new(move || size.update(|n| *n += 1));
        if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref())
            && let Some(room) = element.parent_element()
        {
            observer.observe(&room);
            // Both live as long as the page's scope: the observer keeps calling the closure.
            let kept = StoredValue::new_local((observer, resized));
            on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
        }
    });
    effect(move || {
        picture.track();
        theme.track();
        size.track();
        let Some(element) = canvas.get() else {
            return;
        };
        if pending.replace(true) {
            return;
        }
        let pending = pending.clone();
        set_timeout(
            move || {
                pending.set(false);
                // The page may have been left meanwhile.
                if let Some(picture) = picture.try_get_untracked() {
                    mark("chart:data-ready");
                    draw(&element, &picture);
                    mark("chart:painted");
                }
            },
            FRAME,
        );
    });
}

fn mark(name: &str) {
    if let Some(performance) = window().performance() {
        // Marks are for measuring; a browser without them draws all the same.
        let _ = performance.mark(name);
    }
}

/// The colours of the page, as the canvas needs them.
struct Palette {
    text: RGBColor,
    grid: RGBColor,
    mark: RGBColor,
    lines: Vec<RGBColor>,
}

impl Palette {
    fn of(canvas: &HtmlCanvasElement) -> Self {
        let style = window().get_computed_style(canvas).ok().flatten();
        let read = |property: &str| {
            let value = style
                .as_ref()
                .and_then(|style| style.get_property_value(property).ok());
            value
                .and_then(|value| parse_rgb(&value))
                .unwrap_or(RGBColor(128, 128, 128))
        };
        // The style sheet gives the canvas the colours of the theme as properties that browsers
        // resolve; custom properties would come back as they were written.
        Self {
            text: read("color"),
            grid: read("outline-color"),
            mark: read("text-decoration-color"),
            lines: (0..8)
                .map(|n| legend_colour(n).unwrap_or(RGBColor(128, 128, 128)))
                .collect(),
        }
    }
}

/// The colour that the legend shows for an entry of the palette.
fn legend_colour(n: usize) -> Option<RGBColor> {
    let entry = document()
        .query_selector(&format!("[data-colour=\"{n}\"] i"))
        .ok()??;
    let style = window().get_computed_style(&entry).ok()??;
    parse_rgb(&style.get_property_value("background-color").ok()?)
}

/// `rgb(1, 2, 3)` and `rgba(1, 2, 3, 0.5)`, as computed styles write colours.
fn parse_rgb(text: &str) -> Option<RGBColor> {
    let inside = text.trim().strip_suffix(')')?.split_once('(')?.1;
    let mut parts = inside
        .split([',', ' ', '/'])
        .filter(|part| !part.is_empty());
    // Whole numbers: what reads fractions is 12 kB of tables in every first load.
    let mut next = || parts.next()?.split('.').next()?.parse::<u8>().ok();
    Some(RGBColor(next()?, next()?, next()?))
}

/// A time axis labelled at round times.
#[derive(Clone)]
struct TimeAxis {
    from_ms: i64,
    to_ms: i64,
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i64;

    fn map(&self, value: &i64, limit: (i32, i32)) -> i32 {
        let share = (value - self.from_ms) as f64 / (self.to_ms - self.from_ms).max(1) as f64;
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<i64> {
        time_ticks(
            self.from_ms,
            self.to_ms,
            i64::try_from(hint.max_num_points()).unwrap_or(6),
        )
    }

    fn range(&self) -> std::ops::Range<i64> {
        self.from_ms..self.to_ms
    }
}

impl ValueFormatter<i64> for TimeAxis {
    fn format_ext(&self, value: &i64) -> String {
        let span_ms = self.to_ms - self.from_ms;
        if span_ms > 2 * 86_400_000 {
            format::day(*value)
        } else {
            format::clock(*value, span_ms < 600_000)
        }
    }
}

/// A value axis from zero, labelled at round values with their unit.
#[derive(Clone)]
struct ValueAxis {
    top: f64,
    ticks: Vec<f64>,
    unit: Unit,
}

impl Ranged for ValueAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        limit.0 + (value / self.top * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        0.0..self.top
    }
}

impl ValueFormatter<f64> for ValueAxis {
    fn format_ext(&self, value: &f64) -> String {
        self.unit.format(*value)
    }
}

fn draw(canvas: &HtmlCanvasElement, picture: &Picture) {
    let Some(room) = canvas.parent_element() else {
        return;
    };
    let ratio = window().device_pixel_ratio().max(1.0);
    let room = room.get_bounding_client_rect();
    let (width, height) = (
        (room.width() * ratio) as u32,
        (room.height() * ratio) as u32,
    );
    // A hidden panel has no size and is drawn when it gets one.
    if width < 50 || height < 50 {
        return;
    }
    canvas.set_width(width);
    canvas.set_height(height);
    let palette = Palette::of(canvas);
    if let Some(backend) = CanvasBackend::with_canvas_object(canvas.clone())
        && let Err(error) = paint(backend, picture, &palette, ratio, width)
    {
        leptos::logging::error!("a chart could not be drawn: {error}");
    }
}

type Failure = DrawingAreaErrorKind<<CanvasBackend as DrawingBackend>::ErrorType>;

fn paint(
    backend: CanvasBackend,
    picture: &Picture,
    palette: &Palette,
    ratio: f64,
    width: u32,
) -> Result<(), Failure> {
    let px = |n: f64| (n * ratio).round() as i32;
    let root = backend.into_drawing_area();
    let values = picture
        .lines
        .iter()
        .flat_map(|line| line.points.iter().map(|(_, value)| *value));
    let largest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let (top, ticks) = value_ticks(largest);
    let label = (FontFamily::Name(FONT), 11.0 * ratio)
        .into_font()
        .color(&palette.text);
    let time = TimeAxis {
        from_ms: picture.from_ms,
        to_ms: picture.to_ms,
    };
    let mut chart = ChartBuilder::on(&root)
        .margin_top(px(14.0))
        .margin_right(px(12.0))
        .x_label_area_size(px(22.0))
        .y_label_area_size(px(56.0))
        .build_cartesian_2d(
            time,
            ValueAxis {
                top,
                ticks,
                unit: picture.unit,
            },
        )?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(palette.grid)
        .light_line_style(TRANSPARENT)
        .axis_style(palette.grid)
        .x_labels((f64::from(width) / ratio / 90.0) as usize)
        .y_labels(5)
        .x_label_style(label.clone())
        .y_label_style(label.clone())
        .draw()?;
    let anchor = label.pos(Pos::new(HPos::Center, VPos::Top));
    for event in &picture.marks {
        let line = [(event.at_ms, 0.0), (event.at_ms, top)];
        chart.draw_series(std::iter::once(PathElement::new(
            line,
            palette.mark.mix(0.45).stroke_width(px(1.0) as u32),
        )))?;
        let sign = Text::new("◆", (event.at_ms, top), anchor.clone().color(&palette.mark));
        chart.draw_series(std::iter::once(sign))?;
    }
    let columns = i64::from(width);
    for line in &picture.lines {
        let style = palette.lines[line.colour % palette.lines.len()].stroke_width(px(1.6) as u32);
        for part in segments(&line.points) {
            let part = reduce(&part, picture.from_ms, picture.to_ms, columns);
            if let [single] = part.as_slice() {
                chart.draw_series(std::iter::once(Circle::new(
                    *single,
                    px(1.5),
                    style.filled(),
                )))?;
            } else {
                chart.draw_series(LineSeries::new(part, style))?;
            }
        }
    }
    root.present()
}
