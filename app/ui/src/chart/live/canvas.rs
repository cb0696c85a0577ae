//! The canvas as plotters sees it: eight units to a pixel of the screen, so that whole numbers are fine
//! enough, and text straight on the pixels.

use std::cell::Cell;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind,
};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::format;

/// Units to a pixel of the screen.
pub(super) const FINE: f64 = 8.0;
/// Families of the page's font that a canvas knows.
pub(super) const FONT: &str = "system-ui, sans-serif";

type Refused = <CanvasBackend as DrawingBackend>::ErrorType;
/// What a drawing can fail with.
pub(super) type Failure = DrawingAreaErrorKind<Refused>;
type Drawn = Result<(), DrawingErrorKind<Refused>>;

/// What text is written with.
#[derive(Clone, Copy, PartialEq)]
struct Pen {
    size: f64,
    color: (u8, u8, u8),
    align: &'static str,
    baseline: &'static str,
}

/// What lines are drawn with.
#[derive(Clone, Copy)]
struct Line {
    color: (u8, u8, u8),
    alpha: f64,
    width: f64,
}

/// How the context stands. To set something costs more than to know that it is set.
#[derive(Default)]
struct State {
    /// Whether it is in pixels now, for text, and not fine.
    is_plain: Cell<bool>,
    /// What text is written with.
    pen: Cell<Option<Pen>>,
    /// What lines are drawn with.
    line: Cell<Option<Line>>,
}

/// A canvas to draw on, for as long as it has its size.
#[derive(Clone)]
pub(super) struct Surface {
    pub(super) context: CanvasRenderingContext2d,
    pub(super) root: DrawingArea<Fine, Shift>,
    size: (u32, u32),
    state: Rc<State>,
}

/// plotters' canvas, finer.
pub(super) struct Fine {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
    size: (u32, u32),
    state: Rc<State>,
}

/// The context of a canvas; always the same one.
pub(super) fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

impl Surface {
    pub(super) fn of(canvas: &HtmlCanvasElement) -> Option<Self> {
        let context = context(canvas)?;
        let fine = |n: u32| (f64::from(n) * FINE) as u32;
        let size = (fine(canvas.width()), fine(canvas.height()));
        let state = Rc::<State>::default();
        let root = Fine {
            inner: CanvasBackend::with_canvas_object(canvas.clone())?,
            context: context.clone(),
            size,
            state: state.clone(),
        };
        Some(Self {
            context,
            root: root.into_drawing_area(),
            size,
            state,
        })
    }

    /// Takes away what is there. Others may have used the context meanwhile.
    pub(super) fn clear(&self) {
        self.state.is_plain.set(false);
        self.state.pen.set(None);
        self.state.line.set(None);
        fine(&self.context);
        self.context.set_line_join("round");
        let (width, height) = self.size;
        self.context
            .clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    }

    /// Draws within a rectangle of the canvas.
    pub(super) fn clipped<T>(
        &self,
        (left, top, width, height): (f64, f64, f64, f64),
        draw: impl FnOnce() -> T,
    ) -> T {
        self.context.save();
        self.context.begin_path();
        self.context.rect(left, top, width, height);
        self.context.clip();
        let is_plain = self.state.is_plain.get();
        let drawn = draw();
        self.context.restore();
        self.state.is_plain.set(is_plain);
        self.state.pen.set(None);
        self.state.line.set(None);
        drawn
    }
}

fn fine(context: &CanvasRenderingContext2d) {
    // It fails for no number.
    let _ = context.set_transform(1.0 / FINE, 0.0, 0.0, 1.0 / FINE, 0.0, 0.0);
}

/// Whether a line goes up and down so much that strokes of some width lie over each other: browsers that
/// draw without a graphics card take ten times as long for them as for thin ones.
fn is_scribble(path: &[BackendCoord]) -> bool {
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return false;
    };
    let ups_and_downs: i64 = path
        .windows(2)
        .map(|pair| i64::from((pair[1].1 - pair[0].1).abs()))
        .sum();
    path.len() > 64 && ups_and_downs > 3 * i64::from((last.0 - first.0).abs())
}

fn css(color: BackendColor) -> String {
    let (r, g, b) = color.rgb;
    format!("rgba({r},{g},{b},{})", format::fixed(color.alpha, 3))
}

impl Fine {
    /// Leaves text behind.
    fn fine(&self) {
        self.state.pen.set(None);
        if self.state.is_plain.replace(false) {
            fine(&self.context);
        }
    }

    /// For what plotters' canvas draws itself: it sets colours as it likes.
    fn lent(&mut self) -> &mut CanvasBackend {
        self.fine();
        self.state.line.set(None);
        &mut self.inner
    }

    /// Goes on to text of a style.
    fn plain<S: BackendTextStyle>(&self, style: &S) {
        let anchor = style.anchor();
        let size = style.size() / FINE;
        let color = style.color();
        if !self.state.is_plain.replace(true) {
            // It fails for no number.
            let _ = self.context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
        }
        let align = match anchor.h_pos {
            HPos::Left => "left",
            HPos::Center => "center",
            HPos::Right => "right",
        };
        let baseline = match anchor.v_pos {
            VPos::Top => "top",
            VPos::Center => "middle",
            VPos::Bottom => "bottom",
        };
        let pen = Pen {
            size,
            color: color.rgb,
            align,
            baseline,
        };
        let before = self.state.pen.replace(Some(pen));
        let is_other = |of: fn(&Pen) -> &'static str| before.as_ref().map(of) != Some(of(&pen));
        if is_other(|pen| pen.align) {
            self.context.set_text_align(align);
        }
        if is_other(|pen| pen.baseline) {
            self.context.set_text_baseline(baseline);
        }
        if before.is_none_or(|before| before.size != size) {
            self.context.set_font(&font(size));
        }
        if before.is_none_or(|before| before.color != color.rgb) {
            self.context.set_fill_style_str(&css(color));
        }
    }

    /// Lines of a colour and a width from now on.
    fn set_line(&self, color: BackendColor, width: f64) {
        let (rgb, alpha) = (color.rgb, color.alpha);
        let line = Line {
            color: rgb,
            alpha,
            width,
        };
        let before = self.state.line.replace(Some(line));
        if before.is_none_or(|before| (before.color, before.alpha) != (rgb, alpha)) {
            self.context.set_stroke_style_str(&css(color));
        }
        if before.is_none_or(|before| before.width != width) {
            self.context.set_line_width(width);
        }
    }

    fn stroke(&self, path: &[BackendCoord]) {
        self.context.begin_path();
        for (n, (x, y)) in path.iter().enumerate() {
            let (x, y) = (f64::from(*x), f64::from(*y));
            match n {
                0 => self.context.move_to(x, y),
                _ => self.context.line_to(x, y),
            }
        }
        self.context.stroke();
    }
}

impl DrawingBackend for Fine {
    type ErrorType = Refused;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.lent().draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.lent().draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.fine();
        let path: Vec<BackendCoord> = path.into_iter().collect();
        let wide = f64::from(style.stroke_width());
        let wide = if wide > FINE && is_scribble(&path) {
            FINE
        } else {
            wide
        };
        self.set_line(style.color(), wide);
        self.stroke(&path);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.lent().draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.lent().fill_polygon(path, style)
    }

    /// On whole pixels and in the size of the screen: scaled, letters would be blurred.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        self.plain(style);
        let pixel = |n: i32| (f64::from(n) / FINE).round();
        // It fails for no number.
        let _ = self.context.fill_text(text, pixel(at.0), pixel(at.1));
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Refused>> {
        self.context.set_font(&font(style.size() / FINE));
        let width = self.context.measure_text(text).map_or(0.0, |m| m.width());
        Ok(((width * FINE) as u32, style.size() as u32))
    }
}

/// The font of a canvas at a size in its pixels.
pub(super) fn font(size: f64) -> String {
    format!("{}px {FONT}", format::fixed(size, 2))
}
