//! What all parts of a page share about time: what is looked at, where the crosshair stands, in which
//! zone times are written.

use std::sync::Arc;

use leptos::prelude::*;
use wire::TimeRange;

use crate::theme::{cookie, set_cookie};
use crate::{Changing, format, time};

/// In which zone times are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    /// Coordinated universal time.
    #[default]
    Utc,
    /// The browser's.
    Local,
}

impl Zone {
    /// A time such that reading it as UTC gives what a clock in this zone shows.
    pub fn shift(self, at_ms: i64) -> i64 {
        match self {
            Self::Utc => at_ms,
            Self::Local => at_ms + offset_ms(at_ms),
        }
    }

    /// What follows an exact time.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Utc => " UTC",
            Self::Local => "",
        }
    }

    /// `2026-11-21 04:05:06 UTC`, or without the zone where it is the browser's.
    pub fn exact(self, at_ms: i64) -> String {
        let at_ms = self.shift(at_ms);
        let (date, clock) = (format::date(at_ms), format::clock(at_ms, true));
        format!("{date} {clock}{}", self.suffix())
    }
}

/// How far the browser's clock is ahead of UTC at a time: it changes with the season.
#[cfg(feature = "hydrate")]
fn offset_ms(at_ms: i64) -> i64 {
    let date = js_sys::Date::new(&(at_ms as f64).into());
    -(date.get_timezone_offset() as i64) * 60_000
}

#[cfg(not(feature = "hydrate"))]
fn offset_ms(_: i64) -> i64 {
    0
}

type Choose = Arc<dyn Fn(TimeRange) + Send + Sync>;

/// The time of a page; provided by its frame.
#[derive(Clone, Copy)]
pub struct PageTime {
    /// What is looked at.
    pub range: Memo<TimeRange>,
    /// Where the crosshair of all charts stands, in milliseconds since 1970.
    pub crosshair: RwSignal<Option<i64>>,
    /// In which zone times are written.
    pub zone: RwSignal<Zone>,
    choose: StoredValue<Choose>,
    /// What was looked at before each zoom.
    zoomed_from: StoredValue<Vec<TimeRange>>,
}

/// Makes the time known: `range` says what is looked at, `choose` makes it something else (and puts it
/// into the address).
pub fn provide_page_time(
    range: impl Into<Changing<TimeRange>>,
    choose: impl Fn(TimeRange) + Send + Sync + 'static,
) -> PageTime {
    let range = range.into();
    let choose: Choose = Arc::new(choose);
    let time = PageTime {
        range: Memo::new(move |_| range.get()),
        crosshair: RwSignal::new(None),
        zone: RwSignal::new(Zone::default()),
        choose: StoredValue::new(choose),
        zoomed_from: StoredValue::new(Vec::new()),
    };
    provide_context(time);
    time
}

/// The cookie that remembers the zone.
const COOKIE: &str = "zone";

impl PageTime {
    /// Looks at something else.
    pub fn choose(self, range: TimeRange) {
        self.zoomed_from.update_value(Vec::clear);
        self.go(range);
    }

    /// Looks closer; [`Self::unzoom`] goes back.
    pub fn zoom(self, from_ms: i64, to_ms: i64) {
        let before = self.range.get_untracked();
        self.zoomed_from.update_value(|stack| stack.push(before));
        self.go(TimeRange::Between(from_ms, to_ms));
    }

    /// Goes back to what was looked at before the last zoom; nothing where there was none.
    pub fn unzoom(self) {
        if let Some(before) = self.zoomed_from.try_update_value(Vec::pop).flatten() {
            self.go(before);
        }
    }

    /// The address of another page, or of another place on this one, that looks at the same time:
    /// every link to one is written with it.
    pub fn href(self, path: &str) -> String {
        carrying(path, self.range.get())
    }

    /// Writes times in the other zone from now on.
    pub fn switch_zone(self) {
        let zone = match self.zone.get_untracked() {
            Zone::Utc => Zone::Local,
            Zone::Local => Zone::Utc,
        };
        self.zone.set(zone);
        set_cookie(COOKIE, if zone == Zone::Utc { "utc" } else { "local" });
    }

    /// Writes times as this browser was told to; when the page has been taken over, because what was
    /// rendered is in UTC.
    pub fn restore_zone(self) {
        if cookie(COOKIE).as_deref() == Some("local") {
            self.zone.set(Zone::Local);
        }
    }

    fn go(self, range: TimeRange) {
        let choose = self.choose.get_value();
        choose(range);
    }
}

/// A path that names what is looked at, unless that goes without saying.
fn carrying(path: &str, range: TimeRange) -> String {
    if range == TimeRange::default() || !path.starts_with('/') {
        return path.to_owned();
    }
    let (page, place) = path.split_at(path.find('#').unwrap_or(path.len()));
    let sign = if page.contains('?') { '&' } else { '?' };
    format!("{page}{sign}{}{place}", time::to_query(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_looks_at_the_same_time() {
        let hour = TimeRange::default();
        let day = TimeRange::Last(24 * 3_600_000);
        let stretch = TimeRange::Between(0, 60_000);
        for (path, range, expected) in [
            ("/servers", hour, "/servers"),
            ("/servers", day, "/servers?range=24h"),
            ("https://ci.example/1", day, "https://ci.example/1"),
            ("/alerts#a1", day, "/alerts?range=24h#a1"),
            ("/explore?q=up", day, "/explore?q=up&range=24h"),
            ("/explore?q=up#x?y", day, "/explore?q=up&range=24h#x?y"),
            (
                "/",
                stretch,
                "/?from=1970-01-01T00:00:00Z&to=1970-01-01T00:01:00Z",
            ),
        ] {
            assert_eq!(carrying(path, range), expected, "{path}");
        }
    }
}
