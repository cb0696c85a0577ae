//! What stands between the axes, by kind.

use plotters::prelude::*;
use wire::Kind;

use super::canvas::{FINE, Failure};
use super::paint::{Painter, Plot};
use crate::chart::plan::buckets::sum;
use crate::chart::plan::reduce::{Trace, columns, trace, usual_distance};
use crate::chart::plan::stack::bars;

type Drawn = Result<(), Failure>;

/// Width of a line, in CSS pixels.
const LINE: f64 = 1.5;
/// Radius of a point that stands alone.
const DOT: f64 = 2.0;
/// Shades of a heat map.
const SHADES: usize = 16;

impl Painter<'_> {
    /// The series of a room.
    pub(super) fn series(&self, room: usize) -> Drawn {
        let plot = self.plot(room);
        match self.scene.kind {
            Kind::Area => self.areas(&plot),
            Kind::Bars => self.bars(&plot),
            Kind::Histogram => self.histogram(),
            Kind::Heatmap => self.heatmap(),
            Kind::BurnDown => {
                self.paces(&plot)?;
                self.lines(&plot, None)
            }
            Kind::Multiples => self.lines(&plot, Some(room)),
            _ => self.lines(&plot, None),
        }
    }

    /// Columns of pixels of the screen.
    fn columns(&self, at_ms: &[f64], range: std::ops::Range<usize>) -> Option<Vec<usize>> {
        let width = self.scene.rooms.first().map_or(0.0, |room| room.width);
        let count = (f64::from(self.fine(width)) / FINE) as usize;
        columns(at_ms, range, self.scene.ends, count)
    }

    fn color_of(&self, row: usize) -> RGBColor {
        self.palette.of_series(self.picture.sheet.rows[row].colour)
    }

    fn lines(&self, plot: &Plot, room: Option<usize>) -> Drawn {
        let sheet = &self.picture.sheet;
        let columns = self.columns(&sheet.at_ms, self.scene.range.clone());
        for (shown, row) in self.scene.rows.iter().enumerate() {
            if room.is_some_and(|room| self.scene.room_of(shown) != room) {
                continue;
            }
            let trace = trace(
                &sheet.at_ms,
                &sheet.rows[*row].values,
                self.scene.range.clone(),
                columns.as_deref(),
                self.scene.gaps[shown],
            );
            self.line(plot, &trace, self.color_of(*row).into(), LINE)?;
        }
        Ok(())
    }

    fn line(&self, plot: &Plot, trace: &Trace, color: RGBAColor, width: f64) -> Drawn {
        let stroke = self.stroke(color, width);
        for part in trace.parts() {
            match part {
                [alone] => plot.draw(&Circle::new(*alone, self.fine(DOT), color.filled()))?,
                part => plot.draw(&PathElement::new(part, stroke))?,
            }
        }
        Ok(())
    }

    /// What would last: from the first value to nothing at the end of the range.
    fn paces(&self, plot: &Plot) -> Drawn {
        let sheet = &self.picture.sheet;
        for row in &self.scene.rows {
            let values = &sheet.rows[*row].values;
            let mut range = self.scene.range.clone();
            let Some(first) = range.find(|place| values[*place].is_finite()) else {
                continue;
            };
            let pace = [
                (sheet.at_ms[first], values[first]),
                (self.scene.ends.1, 0.0),
            ];
            let stroke = self.stroke(self.palette.muted.mix(0.9), 1.0);
            self.dashed([4.0, 4.0], || plot.draw(&PathElement::new(pace, stroke)))?;
        }
        Ok(())
    }

    fn areas(&self, plot: &Plot) -> Drawn {
        let wide = self.scene.wide.clone();
        let at_ms = &self.picture.sheet.at_ms[wide.clone()];
        // All of what was stacked belongs to the range: the layers have no points around it.
        let all = 0..at_ms.len();
        let columns = self.columns(at_ms, all.clone());
        let layers = self.scene.rows.iter().zip(&self.scene.layers);
        for (shown, (row, layer)) in layers.enumerate() {
            let of = |values: &[f64]| {
                let gap = self.scene.gaps[shown];
                trace(at_ms, values, all.clone(), columns.as_deref(), gap)
            };
            let (top, bottom) = (of(&layer.top), of(&layer.bottom));
            let color = self.color_of(*row);
            for (top, bottom) in top.parts().zip(bottom.parts()) {
                let around = top.iter().chain(bottom.iter().rev()).copied();
                let around: Vec<_> = around.collect();
                plot.draw(&Polygon::new(around, color.mix(0.3).filled()))?;
            }
            self.line(plot, &top, color.into(), 1.25)?;
        }
        Ok(())
    }

    fn bars(&self, plot: &Plot) -> Drawn {
        let at_ms = &self.picture.sheet.at_ms[self.scene.wide.clone()];
        let room = self.scene.rooms[0];
        let layers = &self.scene.layers;
        // The height of a stack; nothing where no series has a value.
        let total = |place: usize| {
            let tops = layers.iter().map(|layer| layer.top[place]);
            tops.fold(f64::NAN, f64::max)
        };
        let totals: Vec<f64> = (0..at_ms.len()).map(total).collect();
        let most = (room.width / 3.0) as usize;
        let shown = bars(&totals, most);
        let span = self.scene.ends.1 - self.scene.ends.0;
        let usual = usual_distance(at_ms, &totals).unwrap_or(span / 30.0);
        let pixels = match shown.len() == most {
            true => room.width / most as f64,
            false => usual / span * room.width,
        };
        let width = pixels.min(60.0);
        // Without a gap where a bar is hardly wider than that.
        let gap = if width < 3.0 {
            0.0
        } else {
            (width * 0.2).max(1.0)
        };
        for (row, layer) in self.scene.rows.iter().zip(layers) {
            let color = self.color_of(*row).mix(0.85).filled();
            for place in &shown {
                let (bottom, top) = (layer.bottom[*place], layer.top[*place]);
                // A bar of nothing is none.
                if bottom != top && !top.is_nan() {
                    let left = self.scene.x(0, at_ms[*place]) - width / 2.0;
                    let (_, head) = plot.map_coordinate(&(0.0, top));
                    let (_, foot) = plot.map_coordinate(&(0.0, bottom));
                    let right = self.pixel(left + width) - self.fine(gap);
                    let corners = [(self.pixel(left), head), (right, foot)];
                    self.root().draw(&Rectangle::new(corners, color))?;
                }
            }
        }
        Ok(())
    }

    fn histogram(&self) -> Drawn {
        let room = self.scene.rooms[0];
        let Some(counts) = self.scene.counts.first() else {
            return Ok(());
        };
        let width = room.width / counts.len().max(1) as f64;
        let color = self.palette.of_series(0).mix(0.85).filled();
        let foot = self.scene.y(0, 0.0);
        for (n, count) in counts.iter().enumerate() {
            let left = room.left + n as f64 * width;
            let head = self.scene.y(0, *count);
            if *count > 0.0 {
                // What is there at all is seen.
                let head = head.min(foot - 1.0);
                self.rectangle((left + 1.0, head), (left + width, foot), color)?;
            }
        }
        Ok(())
    }

    fn heatmap(&self) -> Drawn {
        let room = self.scene.rooms[0];
        let at_ms = &self.picture.sheet.at_ms[self.scene.range.clone()];
        let rows = self.scene.buckets.len();
        let most = (room.width / 2.0) as usize;
        // Where there are more times than room for them, the fullest of neighbours is shown.
        let total = |counts: &Vec<f64>| sum(counts.iter().copied());
        let totals: Vec<f64> = self.scene.counts.iter().map(total).collect();
        let shown = bars(&totals, most);
        let counts = self.scene.counts.iter().flatten();
        let largest = counts
            .filter(|c| c.is_finite())
            .fold(0.0_f64, |a, b| a.max(*b));
        if largest == 0.0 || rows == 0 {
            return Ok(());
        }
        let span = self.scene.ends.1 - self.scene.ends.0;
        let usual = usual_distance(at_ms, &totals).unwrap_or(span / 30.0);
        let width = match shown.len() == most {
            true => room.width / most as f64,
            false => usual / span * room.width,
        };
        let height = room.height / rows as f64;
        let mut cells: Vec<Vec<(f64, f64)>> = vec![Vec::new(); SHADES + 1];
        for place in shown {
            let x = self.scene.x(0, at_ms[place]);
            for (bucket, count) in self.scene.counts[place].iter().enumerate() {
                if *count > 0.0 {
                    // The root: what is rare is told apart too.
                    let shade = ((count / largest).min(1.0).sqrt() * SHADES as f64).ceil();
                    let y = room.bottom() - (bucket + 1) as f64 * height;
                    cells[shade as usize].push((x - width / 2.0, y));
                }
            }
        }
        // By shade, because changing the colour costs more than a rectangle.
        for (shade, places) in cells.iter().enumerate() {
            let strength = 0.08 + 0.92 * shade as f64 / SHADES as f64;
            let color = self.palette.of_series(0).mix(strength).filled();
            for (x, y) in places {
                self.rectangle((*x, *y), (x + width, y + height - 1.0), color)?;
            }
        }
        Ok(())
    }

    /// A length on a whole pixel of the screen: what stands side by side has no seam.
    fn pixel(&self, css: f64) -> i32 {
        let fine = f64::from(self.fine(css));
        ((fine / FINE).round() * FINE) as i32
    }

    fn rectangle(&self, from: (f64, f64), to: (f64, f64), style: ShapeStyle) -> Drawn {
        let corner = |(x, y): (f64, f64)| (self.pixel(x), self.pixel(y));
        self.root()
            .draw(&Rectangle::new([corner(from), corner(to)], style))
    }
}
