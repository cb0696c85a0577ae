//! Time zones, from the database that is part of the product: a machine may have none.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::Unfit;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
/// Names that are suggested for one that there is not.
const SUGGESTED: usize = 3;

/// The zone of this name; empty is UTC.
///
/// # Errors
/// When there is none, with names that are near to it.
pub fn find(name: &str) -> Result<TimeZone, Unfit> {
    match name.trim() {
        "" | "UTC" | "Etc/UTC" => Ok(TimeZone::UTC),
        name => ZONES.get(name).map_err(|_| Unfit::Zone {
            name: name.chars().take(100).collect(),
            near: near(name),
        }),
    }
}

/// The names of all zones, sorted.
pub fn names() -> Vec<String> {
    let mut names: Vec<_> = ZONES.available().map(|name| name.to_string()).collect();
    names.sort();
    names
}

/// Names that may have been meant: the city alone, or a slip.
fn near(written: &str) -> Vec<String> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted: String = plain(written).chars().take(100).collect();
    let likeness = |name: &String| {
        let name = plain(name);
        let city = name.rsplit('/').next().unwrap_or_default();
        let last = wanted.rsplit('/').next().unwrap_or_default();
        strsim::jaro_winkler(&wanted, &name).max(strsim::jaro_winkler(last, city))
    };
    let mut ranked: Vec<_> = names()
        .into_iter()
        .map(|name| (likeness(&name), name))
        .collect();
    ranked.retain(|(likeness, _)| *likeness > 0.87);
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
        .into_iter()
        .take(SUGGESTED)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_or_suggested() {
        for name in [
            "",
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "europe/berlin",
        ] {
            assert!(find(name).is_ok(), "{name}");
        }
        for (name, meant) in [
            ("Berlin", "Europe/Berlin"),
            ("Europe/Berln", "Europe/Berlin"),
            ("new york", "America/New_York"),
            ("Asia/Tokio", "Asia/Tokyo"),
        ] {
            let error = find(name).unwrap_err().to_string();
            assert!(error.contains(meant), "{error}");
        }
        let error = find("Mars/Olympus Mons").unwrap_err().to_string();
        assert!(
            error.contains("as in Europe/Berlin") || error.contains("did you mean"),
            "{error}"
        );
        assert!(names().len() > 400);
    }
}
