//! Pieces of work: what has begun, what is done, and what cargo measured of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::MOST_UNITS;
use crate::{Timings, Unit};

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// As messages told them, in the order of their end.
    done: Vec<Unit>,
    /// How many that were, also where they are not kept.
    count: u64,
    /// As the bar said it.
    told: u64,
    /// Packages that cargo began to compile, in that order.
    begun: Vec<Unit>,
    known: HashSet<(String, String)>,
    /// Packages of which a library or program is done.
    finished: HashSet<(String, String)>,
    surplus: u64,
}

impl Units {
    /// A package is begun, or was fresh.
    pub(super) fn begin(&mut self, unit: Unit) {
        let key = (unit.name.clone(), unit.version.clone());
        if self.known.contains(&key) {
            return;
        }
        if self.begun.len() < MOST_UNITS {
            self.known.insert(key);
            self.begun.push(unit);
        } else {
            self.surplus += 1;
        }
    }

    /// A piece is done.
    pub(super) fn done_one(&mut self, unit: Unit) {
        self.count += 1;
        if !unit.part.starts_with("build script") {
            self.finished
                .insert((unit.name.clone(), unit.version.clone()));
        }
        if self.done.len() < MOST_UNITS {
            self.done.push(unit);
        } else {
            self.surplus += 1;
        }
    }

    /// How many are done, as cargo's bar says it.
    pub(super) fn told(&mut self, done: u64) {
        self.told = done;
    }

    pub(super) fn done(&self) -> u64 {
        self.count.max(self.told)
    }

    /// What has begun and is not done, as far as messages tell.
    pub(super) fn active(&self, most: usize) -> Vec<String> {
        let is_open = |unit: &&Unit| {
            let key = (unit.name.clone(), unit.version.clone());
            unit.is_fresh != Some(true) && !self.finished.contains(&key)
        };
        // Without messages nobody knows what is done: the newest are what is being compiled.
        let open = self.begun.iter().rev().filter(is_open).take(most);
        open.map(|unit| unit.name.clone()).collect()
    }

    /// All there are, where their times are from, and how many are left out.
    pub(super) fn finish(self, timings: Option<Timings>) -> (Vec<Unit>, &'static str, u64) {
        let Some(timings) = timings else {
            let units = if self.done.is_empty() {
                self.begun
            } else {
                self.done
            };
            return (units, "", self.surplus);
        };
        let all = self.begun.iter().chain(&self.done);
        let own = all.filter(|unit| unit.is_own).map(|unit| unit.name.clone());
        let own: HashSet<String> = own.collect();
        let (units, surplus) = measured(self.done, timings, &own);
        (units, "cargo", self.surplus + surplus)
    }
}

/// What was measured and what was told, as one. Cargo also lists what it did not do: fresh, or never begun.
fn measured(done: Vec<Unit>, timings: Timings, own: &HashSet<String>) -> (Vec<Unit>, u64) {
    type Key = (String, String, String);
    let key = |unit: &Unit| -> Key { (unit.name.clone(), unit.version.clone(), unit.part.clone()) };
    let mut told: HashMap<Key, Vec<Unit>> = HashMap::new();
    for unit in done {
        told.entry(key(&unit)).or_default().push(unit);
    }
    let mut units: Vec<Unit> = Vec::new();
    // Where each measured unit stands now.
    let mut places: BTreeMap<u32, u32> = BTreeMap::new();
    let mut surplus = 0;
    for (old, mut unit) in (0..).zip(timings.units) {
        let of_message = told.get_mut(&key(&unit)).and_then(Vec::pop);
        let took_time = unit.duration_seconds.is_some_and(|it| it > 0.0);
        match of_message {
            Some(message) => {
                unit.is_own = message.is_own;
                // Running a build script is told without saying whether it was fresh.
                unit.is_fresh = message.is_fresh.or(Some(!took_time));
                if unit.features.is_empty() {
                    unit.features = message.features;
                }
            }
            None if took_time => {
                unit.is_own = own.contains(&unit.name);
                unit.is_fresh = Some(false);
            }
            None => continue,
        }
        if unit.is_fresh == Some(true) {
            (
                unit.began_seconds,
                unit.duration_seconds,
                unit.declared_seconds,
            ) = (None, None, None);
        }
        if units.len() >= MOST_UNITS {
            surplus += 1;
            continue;
        }
        places.insert(old, u32::try_from(units.len()).unwrap_or(u32::MAX));
        units.push(unit);
    }
    let moved = |list: &[u32]| {
        list.iter()
            .filter_map(|old| places.get(old).copied())
            .collect()
    };
    for unit in &mut units {
        (unit.unblocks, unit.unblocks_early) = (moved(&unit.unblocks), moved(&unit.unblocks_early));
    }
    // What was told and not measured.
    let mut rest: Vec<Unit> = told.into_values().flatten().collect();
    rest.sort_by_key(key);
    let room = MOST_UNITS.saturating_sub(units.len());
    surplus += rest.len().saturating_sub(room) as u64;
    units.extend(rest.into_iter().take(room));
    (units, surplus)
}
