//! A chart as a picture to keep: with its title, and its legend below.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, Url};

use super::canvas::{FONT, context};
use super::palette::Palette;
use super::stage::Stage;
use crate::chart::words::{entries, has_legend, summaries};
use crate::format;

/// In CSS pixels.
const EDGE: f64 = 12.0;
const HEAD: f64 = 32.0;
const LINE: f64 = 20.0;

/// Names and values, each with its colour.
type Legend = Vec<(String, usize)>;

/// Saves the chart as it is now.
pub(super) fn save(stage: &Stage) {
    // It can only fail where there is no canvas.
    let _done = draw(stage).map(|canvas| download(&canvas, &stage.parts.title));
}

fn draw(stage: &Stage) -> Option<HtmlCanvasElement> {
    let palette = stage.colours();
    let ratio = stage.ratio();
    let size = (
        f64::from(stage.canvas.width()) / ratio,
        f64::from(stage.canvas.height()) / ratio,
    );
    let legend = stage.with_picture(|picture| -> Legend {
        if !has_legend(picture.kind) {
            return Vec::new();
        }
        let hidden = stage.hidden.borrow();
        entries(&summaries(picture), usize::MAX)
            .into_iter()
            .filter(|entry| !hidden.contains(&picture.sheet.rows[entry.row].key))
            .map(|entry| {
                let row = &picture.sheet.rows[entry.row];
                let last = entry.summary.map_or(f64::NAN, |summary| summary.last);
                let text = format!("{} {}", row.name, format::value(picture.unit, last));
                (text, row.colour)
            })
            .collect()
    })?;
    let canvas = document().create_element("canvas").ok()?;
    let canvas: HtmlCanvasElement = canvas.dyn_into().ok()?;
    let pen = context(&canvas)?;
    pen.set_font(&format!("12px {FONT}"));
    let lines = wrapped(&pen, legend, size.0);
    let height = HEAD + size.1 + lines.len() as f64 * LINE + EDGE;
    canvas.set_width(((size.0 + EDGE * 2.0) * ratio).ceil() as u32);
    canvas.set_height((height * ratio).ceil() as u32);
    paint(stage, &pen, &palette, &lines, (size, height, ratio))?;
    Some(canvas)
}

/// The legend in lines that fit, each entry with where it begins.
fn wrapped(
    pen: &CanvasRenderingContext2d,
    legend: Legend,
    width: f64,
) -> Vec<Vec<(f64, String, usize)>> {
    let mut lines: Vec<Vec<(f64, String, usize)>> = Vec::new();
    let mut x = f64::INFINITY;
    for (text, colour) in legend {
        let own = pen.measure_text(&text).map_or(100.0, |m| m.width()) + 32.0;
        if x + own > width {
            lines.push(Vec::new());
            x = 0.0;
        }
        if let Some(line) = lines.last_mut() {
            line.push((x, text, colour));
        }
        x += own;
    }
    lines
}

fn paint(
    stage: &Stage,
    pen: &CanvasRenderingContext2d,
    palette: &Palette,
    lines: &[Vec<(f64, String, usize)>],
    ((width, tall), height, ratio): ((f64, f64), f64, f64),
) -> Option<()> {
    pen.scale(ratio, ratio).ok()?;
    let css = |color: plotters::style::RGBColor| {
        let plotters::style::RGBColor(r, g, b) = color;
        format!("rgb({r},{g},{b})")
    };
    pen.set_fill_style_str(&css(palette.panel));
    pen.fill_rect(0.0, 0.0, width + EDGE * 2.0, height);
    pen.set_fill_style_str(&css(palette.text));
    pen.set_text_baseline("middle");
    pen.set_font(&format!("600 14px {FONT}"));
    pen.fill_text(&stage.parts.title, EDGE, HEAD / 2.0 + 2.0)
        .ok()?;
    pen.draw_image_with_html_canvas_element_and_dw_and_dh(&stage.canvas, EDGE, HEAD, width, tall)
        .ok()?;
    pen.set_font(&format!("12px {FONT}"));
    for (n, line) in lines.iter().enumerate() {
        let y = HEAD + tall + (n as f64 + 0.5) * LINE;
        for (x, text, colour) in line {
            pen.set_fill_style_str(&css(palette.of_series(*colour)));
            pen.fill_rect(EDGE + x, y - 2.0, 10.0, 3.0);
            pen.set_fill_style_str(&css(palette.text));
            pen.fill_text(text, EDGE + x + 16.0, y).ok()?;
        }
    }
    Some(())
}

fn download(canvas: &HtmlCanvasElement, title: &str) -> Option<()> {
    let is_plain = |c: char| c.is_alphanumeric() || c == '-';
    let name: String = title
        .chars()
        .take(80)
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    let name = format!("{name}.png");
    let save = Closure::once_into_js(move |blob: Option<Blob>| {
        // A canvas without an area makes none.
        let _done = blob.and_then(|blob| offer(&blob, &name));
    });
    canvas.to_blob(save.unchecked_ref()).ok()
}

fn offer(blob: &Blob, name: &str) -> Option<()> {
    let url = Url::create_object_url_with_blob(blob).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url).ok()
}
