//! Where everything of a picture stands: what drawing and pointing share.

use std::ops::Range;

use wire::{Kind, Unit};

use super::buckets::{Bucket, buckets, own, sum};
use super::scale::{Scale, Wanted};
use super::stack::{Layer, stack};
use super::{reduce, times};
use crate::chart::{Picture, Summary};

/// Room above the plot, so that a line at the top is whole.
const TOP: f64 = 10.0;
const RIGHT: f64 = 12.0;
/// Room for the labels of the time axis.
const BOTTOM: f64 = 22.0;
/// Room for the labels of the value axis: charts above each other begin at the same place.
const LEFT: f64 = 52.0;
/// Marks that are nearer than this stand together.
const MARKS_APART: f64 = 12.0;

/// A rectangle, in CSS pixels of the chart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Room {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Room {
    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    #[cfg(any(feature = "hydrate", test))]
    pub(crate) fn holds(&self, x: f64, y: f64) -> bool {
        (self.left..=self.right()).contains(&x) && (self.top..=self.bottom()).contains(&y)
    }
}

/// What the page decides about a picture.
pub(crate) struct View<'a> {
    /// Width and height of the chart.
    pub(crate) size: (f64, f64),
    /// Whether the series of this key is not shown.
    pub(crate) is_hidden: &'a dyn Fn(&str) -> bool,
    /// How wide a text is.
    pub(crate) measure: &'a dyn Fn(&str) -> f64,
    /// A time as the page's clock shows it.
    pub(crate) shift: &'a dyn Fn(i64) -> i64,
    /// For small multiples: the room of each series in the legend.
    pub(crate) cells: &'a [Room],
}

/// A label of an axis: where it stands along the axis, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Label {
    pub(crate) along: f64,
    pub(crate) text: String,
    pub(crate) is_date: bool,
}

/// A picture with everything in its place.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) kind: Kind,
    /// What is written at the value axis.
    pub(crate) unit: Unit,
    pub(crate) size: (f64, f64),
    /// Where it is drawn: one place, or one for each series.
    pub(crate) rooms: Vec<Room>,
    pub(crate) ends: (f64, f64),
    pub(crate) scale: Scale,
    /// Labels below the plot.
    pub(crate) below: Vec<Label>,
    /// Labels at the left.
    pub(crate) beside: Vec<Label>,
    /// The series that are shown, in the order of the sheet.
    pub(crate) rows: Vec<usize>,
    /// For each of them, how far apart its points may be and still be connected.
    pub(crate) gaps: Vec<f64>,
    /// What each series of the sheet comes to, the hidden ones too.
    pub(crate) summaries: Vec<Option<Summary>>,
    /// The times that are shown.
    pub(crate) range: Range<usize>,
    /// The same, and one more at each end where there is one: lines reach the edges.
    pub(crate) wide: Range<usize>,
    /// For areas and bars: each shown series on those before it, over `wide`.
    pub(crate) layers: Vec<Layer>,
    /// For histograms.
    pub(crate) buckets: Vec<Bucket>,
    /// For histograms: how many are in each bucket, by the time in `range`.
    pub(crate) counts: Vec<Vec<f64>>,
    /// Marks that stand together: where, and which.
    pub(crate) marks: Vec<(f64, Vec<usize>)>,
}

impl Scene {
    pub(crate) fn of(picture: &Picture, view: &View) -> Self {
        let sheet = &picture.sheet;
        let (from_ms, to_ms) = times::ends(picture.from_ms, picture.to_ms);
        let range = sheet.range(from_ms, to_ms);
        let wide = range.start.saturating_sub(1)..(range.end + 1).min(sheet.at_ms.len());
        let summaries: Vec<_> = sheet
            .rows
            .iter()
            .map(|row| row.summary(range.clone()))
            .collect();
        let is_shown = |row: &usize| !(view.is_hidden)(&sheet.rows[*row].key);
        let mut scene = Self {
            kind: picture.kind,
            unit: picture.unit,
            size: view.size,
            rooms: Vec::new(),
            ends: (from_ms as f64, to_ms as f64),
            scale: Scale {
                low: 0.0,
                high: 1.0,
                ticks: Vec::new(),
            },
            below: Vec::new(),
            beside: Vec::new(),
            rows: (0..sheet.rows.len()).filter(is_shown).collect(),
            gaps: Vec::new(),
            summaries,
            range,
            wide,
            layers: Vec::new(),
            buckets: Vec::new(),
            counts: Vec::new(),
            marks: Vec::new(),
        };
        let gap = |row: &usize| {
            let values = &sheet.rows[*row].values[scene.wide.clone()];
            reduce::gap(&sheet.at_ms[scene.wide.clone()], values)
        };
        scene.gaps = scene.rows.iter().map(gap).collect();
        scene.fill(picture);
        scene.scale = scene.scale_of(picture, view);
        scene.lay_out(picture, view);
        scene
    }

    /// Computes what its kind needs.
    fn fill(&mut self, picture: &Picture) {
        let sheet = &picture.sheet;
        match self.kind {
            Kind::Area | Kind::Bars => {
                let pairs = self.rows.iter().zip(&self.gaps);
                let rows: Vec<(&[f64], f64)> = pairs
                    .map(|(row, gap)| (sheet.rows[*row].values.as_slice(), *gap))
                    .collect();
                self.layers = stack(&sheet.at_ms, &rows, self.wide.clone());
            }
            Kind::Histogram | Kind::Heatmap => {
                self.buckets = buckets(sheet.rows.iter().map(|row| row.label("le")));
                let counts_at = |value: &dyn Fn(usize) -> f64| {
                    let sums = self
                        .buckets
                        .iter()
                        .map(|b| sum(b.rows.iter().map(|r| value(*r))));
                    own(sums)
                };
                self.counts = match self.kind {
                    Kind::Histogram => {
                        let last = |row: usize| self.summaries[row].map_or(f64::NAN, |s| s.last);
                        vec![counts_at(&last)]
                    }
                    _ => self
                        .range
                        .clone()
                        .map(|at| counts_at(&|row| sheet.rows[row].values[at]))
                        .collect(),
                };
            }
            _ => {}
        }
    }

    fn scale_of(&self, picture: &Picture, view: &View) -> Scale {
        let (mut low, mut high) = self.extremes(picture);
        let is_count = self.kind == Kind::Histogram;
        let stands_on_zero = matches!(
            self.kind,
            Kind::Area | Kind::Bars | Kind::Histogram | Kind::BurnDown
        );
        // A threshold is shown where it does not squash what it is a threshold for.
        let room = (high.max(0.0) - low.min(0.0)).max(0.0) * 0.6;
        let near = match low <= high {
            true => low - room..=high + room,
            false => f64::MIN..=f64::MAX,
        };
        for threshold in picture.thresholds.iter().filter(|_| !is_count) {
            let value = threshold.value;
            if near.contains(&value) {
                (low, high) = (low.min(value), high.max(value));
            }
        }
        let ticks = (view.size.1 / 44.0).clamp(2.0, 8.0) as usize;
        Scale::of(Wanted {
            low,
            high,
            unit: if is_count { Unit::Number } else { self.unit },
            stands_on_zero,
            max: picture.max.filter(|_| !is_count),
            ticks: if self.kind == Kind::Multiples {
                2
            } else {
                ticks
            },
        })
    }

    /// The smallest and the largest finite value that is drawn.
    fn extremes(&self, picture: &Picture) -> (f64, f64) {
        let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
        let mut take = |value: f64| {
            if value.is_finite() {
                ends = (ends.0.min(value), ends.1.max(value));
            }
        };
        match self.kind {
            Kind::Area | Kind::Bars => {
                let layers = self.layers.iter();
                layers.for_each(|layer| layer.top.iter().for_each(|value| take(*value)));
            }
            Kind::Histogram => self.counts.iter().flatten().for_each(|value| take(*value)),
            Kind::Heatmap => {}
            _ => {
                for row in &self.rows {
                    match self.summaries[*row] {
                        Some(s) if s.min.is_finite() && s.max.is_finite() => {
                            take(s.min);
                            take(s.max);
                        }
                        Some(_) => {
                            let values = &picture.sheet.rows[*row].values[self.range.clone()];
                            values.iter().for_each(|value| take(*value));
                        }
                        None => {}
                    }
                }
            }
        }
        ends
    }

    fn lay_out(&mut self, picture: &Picture, view: &View) {
        let (width, height) = view.size;
        if self.kind == Kind::Multiples {
            self.rooms = view.cells.to_vec();
            return;
        }
        let beside = self.beside_texts();
        // The longest is as good as the widest, and measuring all costs more than drawing them.
        let longest = beside.iter().max_by_key(|(_, text)| text.chars().count());
        let widest = longest.map_or(0.0, |(_, text)| (view.measure)(text));
        let least = if width < 420.0 { LEFT - 12.0 } else { LEFT };
        let left = (widest + 12.0).clamp(least, (width * 0.4).max(least));
        let room = Room {
            left,
            top: TOP,
            width: (width - left - RIGHT).max(1.0),
            height: (height - TOP - BOTTOM).max(1.0),
        };
        self.rooms = vec![room];
        let label = |(share, text): (f64, String)| Label {
            along: room.bottom() - share * room.height,
            text,
            is_date: false,
        };
        self.beside = beside.into_iter().map(label).collect();
        self.below = match self.kind {
            Kind::Histogram => self.bounds_below(room, view),
            _ => self.times_below(room, view),
        };
        if self.kind != Kind::Histogram {
            self.gather_marks(picture, room);
        }
    }

    /// What stands at the left, and at which share of the height.
    fn beside_texts(&self) -> Vec<(f64, String)> {
        if self.kind != Kind::Heatmap {
            let ticks = self.scale.ticks.iter();
            return ticks
                .map(|(value, text)| (self.scale.share(*value), text.clone()))
                .collect();
        }
        // A bound stands between two buckets.
        let count = self.buckets.len().max(1);
        let every = (count as f64 * 15.0 / (self.size.1 - TOP - BOTTOM).max(15.0)).ceil() as usize;
        let bounds = self.buckets.iter().enumerate();
        bounds
            .filter(|(n, bucket)| bucket.le.is_finite() && (n + 1) % every.max(1) == 0)
            .map(|(n, bucket)| {
                let share = (n + 1) as f64 / count as f64;
                (share, super::buckets::edge(bucket.le, self.unit))
            })
            .collect()
    }

    fn bounds_below(&self, room: Room, view: &View) -> Vec<Label> {
        let count = self.buckets.len().max(1) as f64;
        let mut labels: Vec<Label> = Vec::new();
        let mut free_from = 0.0;
        for (n, bucket) in self.buckets.iter().enumerate() {
            let text = super::buckets::edge(bucket.le, self.unit);
            let along = room.left + (n + 1) as f64 / count * room.width;
            let half = (view.measure)(&text) / 2.0;
            if bucket.le.is_finite() && along - half >= free_from {
                free_from = along + half + 8.0;
                labels.push(Label {
                    along,
                    text,
                    is_date: false,
                });
            }
        }
        labels
    }

    fn times_below(&self, room: Room, view: &View) -> Vec<Label> {
        let (from_ms, to_ms) = (self.ends.0 as i64, self.ends.1 as i64);
        let ticks = times::ticks(from_ms, to_ms, room.width, view.shift);
        let label = |tick: times::Tick| Label {
            along: self.x(0, tick.at_ms as f64),
            text: tick.label,
            is_date: tick.is_date,
        };
        ticks.into_iter().map(label).collect()
    }

    fn gather_marks(&mut self, picture: &Picture, room: Room) {
        let mut places: Vec<(f64, usize)> = picture
            .marks
            .iter()
            .enumerate()
            .map(|(n, mark)| (self.x(0, mark.at_ms as f64), n))
            .filter(|(x, _)| (room.left..=room.right()).contains(x))
            .collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (x, n) in places {
            match self.marks.last_mut() {
                Some((last, together)) if x - *last < MARKS_APART => together.push(n),
                _ => self.marks.push((x, vec![n])),
            }
        }
    }

    /// Where a time stands in a room.
    pub(crate) fn x(&self, room: usize, at_ms: f64) -> f64 {
        let room = self.rooms.get(room).copied().unwrap_or_default();
        let share = (at_ms - self.ends.0) / (self.ends.1 - self.ends.0);
        room.left + share.clamp(-2.0, 3.0) * room.width
    }

    /// Where a value stands in a room.
    pub(crate) fn y(&self, room: usize, value: f64) -> f64 {
        let room = self.rooms.get(room).copied().unwrap_or_default();
        room.bottom() - self.scale.share(value) * room.height
    }

    /// The time at a place.
    pub(crate) fn at_ms(&self, room: usize, x: f64) -> f64 {
        let room = self.rooms.get(room).copied().unwrap_or_default();
        let share = ((x - room.left) / room.width.max(1.0)).clamp(0.0, 1.0);
        self.ends.0 + share * (self.ends.1 - self.ends.0)
    }

    /// The room under a place, or the nearest one below or above it where there is only one.
    #[cfg(any(feature = "hydrate", test))]
    pub(crate) fn room_at(&self, x: f64, y: f64) -> Option<usize> {
        match self.rooms.as_slice() {
            [room] => (room.left - 4.0..=room.right() + 4.0)
                .contains(&x)
                .then_some(0),
            rooms => rooms.iter().position(|room| room.holds(x, y)),
        }
    }

    /// Whether it is over time, so that it has a crosshair and can be zoomed.
    #[cfg(any(feature = "hydrate", test))]
    pub(crate) fn is_over_time(&self) -> bool {
        self.kind != Kind::Histogram
    }

    /// The room in which a shown series is drawn.
    pub(crate) fn room_of(&self, shown: usize) -> usize {
        match self.kind {
            Kind::Multiples => self.rows[shown].min(self.rooms.len().saturating_sub(1)),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests;
