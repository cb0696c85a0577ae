//! What builds come to as series: counters, and what was measured last.

use std::collections::BTreeMap;

use ::builds::{BuildState, Report, slower};
use model::{Labels, Sample, TimestampMs};

/// Series of a project at most, so that one cannot fill the store.
const MOST_OF_PROJECT: usize = 400;
/// Crates of a build that get a series of their own: the slowest.
const MOST_CRATES: usize = 60;
/// Projects at most.
const MOST_PROJECTS: usize = 200;

/// The name of a series.
pub(super) type Name = (String, Labels);

/// What becomes of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    Add(f64),
    Set(f64),
}

/// A value, and when it changed last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) seen_ms: TimestampMs,
}

/// How long a crate took in builds, the oldest first.
pub(super) type Times = BTreeMap<String, Vec<f64>>;

/// All series.
#[derive(Default)]
pub(super) struct Series(BTreeMap<Name, Value>);

impl Series {
    pub(super) fn of(all: BTreeMap<Name, Value>) -> Self {
        Self(all)
    }

    /// What the end of a build changes.
    pub(super) fn changes(&self, report: &Report) -> Vec<(Name, Change)> {
        let mut changes = Vec::new();
        let of_project = || Labels::new().with("project", report.project.clone());
        let mut change = |name: &str, labels: Labels, change| {
            changes.push(((name.to_owned(), labels), change));
        };
        let status = super::state(report.state).as_str();
        let ended = of_project().with("status", status);
        change("rust_compilations_total", ended, Change::Add(1.0));
        let is_success = report.state == BuildState::Success;
        let success = f64::from(u8::from(is_success));
        change(
            "rust_compilation_success_total",
            of_project(),
            Change::Add(success),
        );
        let warnings = Change::Add(number(report.warnings));
        change("rust_compilation_warnings_total", of_project(), warnings);
        for kind in &report.kinds {
            let labels = of_project().with("error_type", kind.name.clone());
            change(
                "rust_compilation_errors_total",
                labels,
                Change::Add(number(kind.count)),
            );
        }
        if report.state == BuildState::Interrupted {
            return changes;
        }
        let took = Change::Set(report.duration_seconds);
        change("rust_build_duration_seconds", of_project(), took);
        if let Some(seconds) = report.resolution_seconds {
            let name = "rust_dependency_resolution_time_seconds";
            change(name, of_project(), Change::Set(seconds));
        }
        let fresh = |wanted| {
            let units = report.units.iter();
            number(units.filter(|unit| unit.is_fresh == Some(wanted)).count() as u64)
        };
        if report.units.iter().any(|unit| unit.is_fresh.is_some()) {
            let name = "rust_incremental_build_cache_hits";
            change(name, of_project(), Change::Set(fresh(true)));
            let name = "rust_incremental_build_cache_misses";
            change(name, of_project(), Change::Set(fresh(false)));
        }
        let mut crates = crate_seconds(report);
        crates.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (module, seconds) in crates.into_iter().take(MOST_CRATES) {
            let labels = of_project().with("module", module);
            change(
                "rust_compilation_duration_seconds",
                labels,
                Change::Set(seconds),
            );
        }
        for binary in report.binaries.iter().filter(|binary| binary.bytes > 0) {
            let labels = of_project().with("target", binary.name.clone());
            let labels = labels.with("profile", report.profile.clone());
            change(
                "rust_binary_size_bytes",
                labels,
                Change::Set(number(binary.bytes)),
            );
        }
        for (feature, count) in features(report) {
            let labels = of_project().with("feature", feature);
            change(
                "rust_feature_gate_usage",
                labels,
                Change::Set(number(count)),
            );
        }
        changes
    }

    /// What has become slower with a build, by what was measured before it, and what no longer is.
    pub(super) fn slower(&self, report: &Report, mut times: Times) -> Vec<(Name, Change)> {
        const NAME: &str = "rust_compilation_regression_ratio";
        let mut changes = Vec::new();
        for (module, seconds) in crate_seconds(report) {
            let before = times.entry(module.clone()).or_default();
            before.push(seconds);
            let labels = Labels::new().with("project", report.project.clone());
            let name = (NAME.to_owned(), labels.with("module", module));
            match slower(before) {
                Some(change) => {
                    let ratio = change.after / change.before.max(0.001);
                    changes.push((name, Change::Set(ratio)));
                }
                None if self.0.contains_key(&name) => changes.push((name, Change::Set(1.0))),
                None => {}
            }
        }
        changes
    }

    /// Makes changes; the samples of what has changed.
    pub(super) fn apply(
        &mut self,
        changes: Vec<(Name, Change)>,
        now_ms: TimestampMs,
    ) -> Vec<Sample> {
        let mut samples = Vec::with_capacity(changes.len());
        for (name, change) in changes {
            let known = self.0.get(&name).map(|known| known.value);
            if known.is_none() && !self.has_room(name.1.get("project")) {
                continue;
            }
            let value = match change {
                Change::Add(by) => known.unwrap_or_default() + by,
                Change::Set(value) => value,
            };
            if known.is_none() && matches!(change, Change::Add(_)) {
                // A counter that begins with what it counts would show no increase.
                samples.push(sample(&name, now_ms - 1_000, 0.0));
            }
            samples.push(sample(&name, now_ms, value));
            let seen_ms = now_ms;
            self.0.insert(name, Value { value, seen_ms });
        }
        samples
    }

    /// What samples say, as it is kept.
    pub(super) fn changed(&self, samples: &[Sample]) -> Vec<(Name, Value)> {
        let names = samples
            .iter()
            .map(|it| (it.name.clone(), it.labels.clone()));
        let changed = names.filter_map(|name| Some((name.clone(), *self.0.get(&name)?)));
        changed.collect()
    }

    /// Every series once; those that have not changed for long are left out from then on.
    pub(super) fn all(&mut self, now_ms: TimestampMs) -> Vec<Sample> {
        self.0
            .retain(|_, value| now_ms - value.seen_ms < super::KEPT_SERIES_MS);
        let all = self.0.iter();
        all.map(|(name, value)| sample(name, now_ms, value.value))
            .collect()
    }

    fn has_room(&self, project: &str) -> bool {
        let of_project = self
            .0
            .keys()
            .filter(|name| name.1.get("project") == project);
        match of_project.count() {
            0 => {
                let mut projects: Vec<_> = self.0.keys().map(|it| it.1.get("project")).collect();
                projects.sort_unstable();
                projects.dedup();
                projects.len() < MOST_PROJECTS
            }
            count => count < MOST_OF_PROJECT,
        }
    }
}

/// How long each crate that was compiled took, all its parts together.
pub(super) fn crate_seconds(report: &Report) -> Vec<(String, f64)> {
    let mut crates: BTreeMap<&str, f64> = BTreeMap::new();
    for unit in &report.units {
        if let Some(seconds) = unit
            .duration_seconds
            .filter(|_| unit.is_fresh != Some(true))
        {
            *crates.entry(&unit.name).or_default() += seconds;
        }
    }
    let crates = crates.into_iter();
    crates
        .map(|(name, seconds)| (name.to_owned(), seconds))
        .collect()
}

/// Features that are on in crates of the project itself, with the number of those crates.
pub(super) fn features(report: &Report) -> BTreeMap<String, u64> {
    let mut features: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for unit in report.units.iter().filter(|unit| unit.is_own) {
        for feature in &unit.features {
            let crates = features.entry(feature.clone()).or_default();
            if !crates.contains(&unit.name.as_str()) {
                crates.push(&unit.name);
            }
        }
    }
    let counted = features.into_iter();
    counted
        .map(|(name, crates)| (name, crates.len() as u64))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes of files")]
fn number(count: u64) -> f64 {
    count as f64
}

fn sample((name, labels): &Name, at_ms: TimestampMs, value: f64) -> Sample {
    Sample {
        name: name.clone(),
        labels: labels.clone(),
        at_ms,
        value,
    }
}
