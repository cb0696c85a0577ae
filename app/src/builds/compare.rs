//! Two builds beside each other: what took longer, what is larger, what is new.

use std::collections::BTreeMap;

use leptos::prelude::*;
use ui::{Cell, Column, PageTime, Table, TableRow, format};
use wire::{BuildBinary, BuildDetail, BuildUnit, Unit};

use super::list::signed;
use super::words::{address, called, outcome};

/// What a crate came to in both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pair {
    one: Option<f64>,
    other: Option<f64>,
}

impl Pair {
    fn difference(self) -> Option<f64> {
        Some(self.one? - self.other?)
    }
}

/// Seconds by crate: all its parts that were compiled.
fn seconds(units: &[BuildUnit]) -> BTreeMap<&str, f64> {
    let mut all = BTreeMap::new();
    for unit in units {
        if let Some(seconds) = unit
            .duration_seconds
            .filter(|_| unit.is_fresh != Some(true))
        {
            *all.entry(unit.name.as_str()).or_default() += seconds;
        }
    }
    all
}

/// Bytes by program.
fn bytes(binaries: &[BuildBinary]) -> BTreeMap<&str, f64> {
    let files = binaries.iter().filter(|file| file.bytes > 0);
    let mut all = BTreeMap::new();
    for file in files {
        all.insert(file.name.as_str(), file.bytes as f64);
    }
    all
}

fn pairs<'a>(one: BTreeMap<&'a str, f64>, other: BTreeMap<&'a str, f64>) -> Vec<(String, Pair)> {
    let mut pairs: BTreeMap<&str, Pair> = BTreeMap::new();
    for (name, value) in one {
        pairs.entry(name).or_default().one = Some(value);
    }
    for (name, value) in other {
        pairs.entry(name).or_default().other = Some(value);
    }
    let pairs = pairs.into_iter();
    pairs.map(|(name, pair)| (name.to_owned(), pair)).collect()
}

/// Both, and what differs.
pub(super) fn compared(one: &BuildDetail, other: &BuildDetail) -> AnyView {
    let time = expect_context::<PageTime>();
    let href = time.href(&address(&other.build.id));
    let back = time.href(&address(&one.build.id));
    let by = one.build.duration_seconds - other.build.duration_seconds;
    let faster = if by < 0.0 { "faster" } else { "slower" };
    let said = format!(
        "{} {}; the other {}: {} {faster}.",
        called(&one.build),
        outcome(&one.build),
        outcome(&other.build),
        format::seconds(by.abs()),
    );
    let mut crates = pairs(seconds(&one.units), seconds(&other.units));
    let weight = |pair: &Pair| pair.difference().map_or(-1.0, f64::abs);
    crates.sort_by(|a, b| weight(&b.1).total_cmp(&weight(&a.1)));
    let took = |(name, pair): &(String, Pair)| TableRow {
        key: name.clone(),
        href: None,
        cells: vec![
            Cell::text(name.clone()),
            Cell::value(Unit::Seconds, pair.one),
            Cell::value(Unit::Seconds, pair.other),
            difference(pair.difference(), |by| {
                let sign = if by < 0.0 { "−" } else { "+" };
                format!("{sign}{}", format::seconds(by.abs()))
            }),
        ],
    };
    let crates: Vec<_> = crates.iter().map(took).collect();
    let size = |(name, pair): (String, Pair)| TableRow {
        key: name.clone(),
        href: None,
        cells: vec![
            Cell::text(name),
            Cell::value(Unit::Bytes, pair.one),
            Cell::value(Unit::Bytes, pair.other),
            difference(pair.difference(), signed),
        ],
    };
    let sizes = pairs(bytes(&one.binaries), bytes(&other.binaries)).into_iter();
    let sizes: Vec<_> = sizes.map(size).collect();
    let columns = |what: &'static str| {
        vec![
            Column::new("name", what),
            Column::new("one", "This").width(110).number(),
            Column::new("other", "The other").width(110).number(),
            Column::new("difference", "Difference").width(120).number(),
        ]
    };
    view! {
        <p>{said} " " <a href=href>"The other build"</a> ", " <a href=back>"this one alone"</a></p>
        <Table
            id="compared-crates"
            title="crates of both"
            columns=columns("Crate")
            rows=move || crates.clone()
            empty="Neither build says how long its crates took."
        />
        <Table
            id="compared-sizes"
            title="programs of both"
            columns=columns("Program")
            rows=move || sizes.clone()
            empty="Neither build has made a program."
        />
    }
    .into_any()
}

fn difference(by: Option<f64>, words: impl Fn(f64) -> String) -> Cell {
    by.map_or(Cell::Nothing, |by| Cell::Number(by, words(by)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_of_both_are_beside_each_other() {
        let map = |pairs: &[(&'static str, f64)]| pairs.iter().copied().collect();
        let found = pairs(
            map(&[("a", 3.0), ("b", 1.0)]),
            map(&[("a", 1.0), ("c", 2.0)]),
        );
        let pair = |one, other| Pair { one, other };
        assert_eq!(
            found,
            [
                ("a".to_owned(), pair(Some(3.0), Some(1.0))),
                ("b".to_owned(), pair(Some(1.0), None)),
                ("c".to_owned(), pair(None, Some(2.0))),
            ]
        );
        assert_eq!(found[0].1.difference(), Some(2.0));
        assert_eq!(found[1].1.difference(), None);
    }
}
