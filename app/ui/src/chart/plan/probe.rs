//! What stands at a time or under the pointer.

use wire::Kind;

use super::buckets::words;
use super::scene::Scene;
use crate::chart::Picture;
use crate::format;

/// The value of a series near a time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Its row in the sheet.
    pub(crate) row: usize,
    pub(crate) value: f64,
    /// Where its point stands.
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Whether it is the one that is pointed at.
    pub(crate) is_nearest: bool,
}

/// What is at a time: the time of the nearest point, and what each series has there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Probe {
    pub(crate) at_ms: f64,
    /// The largest value first.
    pub(crate) found: Vec<Found>,
}

/// What the series of a scene have near a time. `y` is where the pointer is, if it is a pointer that
/// asks; `room` the small chart that it is in.
pub(crate) fn at(
    scene: &Scene,
    picture: &Picture,
    at_ms: f64,
    y: Option<f64>,
    room: Option<usize>,
) -> Option<Probe> {
    let near = |at_ms: f64| -> Vec<(usize, usize)> {
        let rows = scene.rows.iter().enumerate();
        rows.filter(|(shown, _)| {
            scene.kind != Kind::Multiples || room.is_none_or(|room| scene.room_of(*shown) == room)
        })
        .filter_map(|(shown, row)| {
            let values = &picture.sheet.rows[*row].values;
            // No further than a point of the series is from the next one.
            let reach = match scene.gaps[shown].is_finite() {
                true => scene.gaps[shown] / 3.0,
                false => (scene.ends.1 - scene.ends.0) / 50.0,
            };
            let place = nearest(
                &picture.sheet.at_ms,
                values,
                scene.range.clone(),
                at_ms,
                reach,
            )?;
            Some((shown, place))
        })
        .collect()
    };
    let distance = |place: usize| (picture.sheet.at_ms[place] - at_ms).abs();
    let places = near(at_ms).into_iter().map(|(_, place)| place);
    let place = places.min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
    let at_ms = picture.sheet.at_ms[place];
    let mut found: Vec<Found> = near(at_ms)
        .into_iter()
        .map(|(shown, place)| {
            let row = scene.rows[shown];
            let value = picture.sheet.rows[row].values[place];
            let stands = match scene.layers.get(shown) {
                Some(layer) => layer.top[place - scene.wide.start],
                None => value,
            };
            let room = scene.room_of(shown);
            let limits = scene.rooms.get(room).copied().unwrap_or_default();
            Found {
                row,
                value,
                x: scene.x(room, picture.sheet.at_ms[place]),
                y: scene.y(room, stands).clamp(limits.top, limits.bottom()),
                is_nearest: false,
            }
        })
        .collect();
    found.sort_by(|a, b| b.value.total_cmp(&a.value));
    if let Some(y) = y {
        let distance = |found: &Found| (found.y - y).abs();
        let nearest =
            (0..found.len()).min_by(|a, b| distance(&found[*a]).total_cmp(&distance(&found[*b])));
        if let Some(nearest) = nearest {
            found[nearest].is_nearest = true;
        }
    }
    Some(Probe { at_ms, found })
}

/// The place of the value that is nearest to a time, within reach.
fn nearest(
    at: &[f64],
    values: &[f64],
    range: std::ops::Range<usize>,
    at_ms: f64,
    reach: f64,
) -> Option<usize> {
    let middle = at[range.clone()].partition_point(|at| *at < at_ms) + range.start;
    let is_near = |place: &usize| (at[*place] - at_ms).abs() <= reach;
    let has_value = |place: &usize| !values[*place].is_nan();
    let after = (middle..range.end).take_while(is_near).find(has_value);
    let before = (range.start..middle)
        .rev()
        .take_while(is_near)
        .find(has_value);
    match (before, after) {
        (Some(before), Some(after)) => match at_ms - at[before] <= at[after] - at_ms {
            true => Some(before),
            false => Some(after),
        },
        (before, after) => before.or(after),
    }
}

/// The time of the point so many points after (or before) a time, for moving by keys. Without a time it
/// begins at the newest.
pub(crate) fn step(scene: &Scene, picture: &Picture, from_ms: Option<f64>, by: i32) -> Option<f64> {
    let sheet = &picture.sheet;
    let has_value = |place: &usize| {
        let mut rows = scene.rows.iter();
        rows.any(|row| !sheet.rows[*row].values[*place].is_nan())
    };
    let range = scene.range.clone();
    let Some(from_ms) = from_ms else {
        return range.rev().find(has_value).map(|place| sheet.at_ms[place]);
    };
    let steps = by.unsigned_abs() as usize;
    let places: Vec<usize> = match by >= 0 {
        true => {
            let first = sheet.at_ms.partition_point(|at| *at <= from_ms);
            let after = first.max(range.start)..range.end;
            after.filter(has_value).take(steps).collect()
        }
        false => {
            let end = sheet.at_ms.partition_point(|at| *at < from_ms);
            let before = range.start..end.min(range.end);
            before.rev().filter(has_value).take(steps).collect()
        }
    };
    places.last().map(|place| sheet.at_ms[*place])
}

/// A bucket of a histogram or a heat map under a place: its bounds and how many are in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    /// When, for what is over time.
    pub(crate) at_ms: Option<f64>,
    /// From where to where it stands.
    pub(crate) words: String,
    pub(crate) count: String,
}

/// The bucket under a place.
pub(crate) fn cell(scene: &Scene, picture: &Picture, x: f64, y: f64) -> Option<Cell> {
    let room = scene.rooms.first()?;
    let count = scene.buckets.len();
    let place = |share: f64| ((share * count as f64) as usize).min(count.wrapping_sub(1));
    let (at_ms, counts, bucket) = match scene.kind {
        Kind::Histogram => {
            let share = ((x - room.left) / room.width).clamp(0.0, 1.0);
            (None, scene.counts.first()?, place(share))
        }
        Kind::Heatmap => {
            let at = scene.at_ms(0, x);
            let times = &picture.sheet.at_ms[scene.range.clone()];
            let last = times.len().checked_sub(1)?;
            let middle = times.partition_point(|known| *known < at).min(last);
            // Not every time has counts: the nearest one that has some.
            let is_known = |place: &usize| scene.counts[*place].iter().any(|n| !n.is_nan());
            let after = (middle..=last).find(is_known);
            let before = (0..middle).rev().find(is_known);
            let nearer = match (before, after) {
                (Some(before), Some(after)) if at - times[before] >= times[after] - at => after,
                (before, after) => before.or(after)?,
            };
            let share = ((room.bottom() - y) / room.height).clamp(0.0, 1.0);
            (Some(times[nearer]), scene.counts.get(nearer)?, place(share))
        }
        _ => return None,
    };
    let inside = *counts.get(bucket)?;
    Some(Cell {
        at_ms,
        words: words(&scene.buckets, bucket, scene.unit),
        count: format::number(inside),
    })
}
