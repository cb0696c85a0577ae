//! Builds of some time in one picture, and one build in detail.

use std::collections::BTreeMap;

use ::builds::{Report, critical_path, slower};
use db::{Db, Error};
use wire::{
    Build, BuildBinary, BuildCount, BuildCrate, BuildDetail, BuildMessage, BuildPicture, BuildSize,
    BuildSlower, BuildState, BuildUnit,
};

use super::store::read::{self, Asked, CrateRow};

/// Builds whose crates are looked at: the newest.
const LOOKED_AT: u32 = 200;
/// Rows of crates that are read for it.
const MOST_ROWS: u32 = 40_000;
/// Items of each list.
const MOST_CRATES: usize = 50;
const MOST_SLOWER: usize = 20;
const MOST_COUNTS: u32 = 20;
const MOST_SIZES: usize = 20;
/// Sizes of one program, the newest.
const MOST_OF_SIZE: usize = 60;

/// The picture.
pub(super) async fn picture(db: &Db, asked: &Asked) -> Result<BuildPicture, Error> {
    let wide = Asked {
        project: asked.project.clone(),
        limit: LOOKED_AT.max(asked.limit),
        ..*asked
    };
    let newest = read::list(db, &wide).await?;
    let of: BTreeMap<i64, &Build> = newest.iter().map(|build| (build.number, build)).collect();
    let numbers: Vec<i64> = of.keys().copied().collect();
    let ended = read::ended(db, asked).await?;
    let with = |state| {
        let ended = ended.iter().filter(|ended| ended.state == Some(state));
        ended.map(|ended| ended.builds).sum()
    };
    let (succeeded, failed) = (with(BuildState::Success), with(BuildState::Failure));
    let all: u64 = ended.iter().map(|ended| ended.builds).sum();
    let rows = read::crates(db, &numbers, MOST_ROWS).await?;
    let latest = latest(&newest);
    let latest_numbers: Vec<i64> = latest.iter().map(|build| build.number).collect();
    let mut features: BTreeMap<String, u64> = BTreeMap::new();
    for (name, count) in read::features(db, &latest_numbers).await? {
        *features.entry(name).or_default() += count;
    }
    let sizes = read::sizes(db, &numbers).await?;
    Ok(BuildPicture {
        more: all.saturating_sub(u64::from(asked.limit).min(newest.len() as u64)),
        projects: read::projects(db).await?,
        succeeded,
        failed,
        interrupted: with(BuildState::Interrupted),
        compiled: ended.iter().map(|ended| ended.compiled).sum(),
        fresh: ended.iter().map(|ended| ended.fresh).sum(),
        median_seconds: read::median(db, asked, succeeded).await?,
        resolution_seconds: mean(&ended),
        warnings: latest.iter().map(|build| build.warnings).sum(),
        crates: crates(&rows, &of),
        looked_at: numbers.len() as u64,
        slower: slowed(&rows, &of),
        kinds: read::counts(db, asked, "kind", MOST_COUNTS).await?,
        files: read::counts(db, asked, "file", MOST_COUNTS).await?,
        features: counted(features),
        sizes: sized(sizes, &of),
        builds: newest.into_iter().take(asked.limit as usize).collect(),
    })
}

/// The newest build of each project that has ended.
fn latest(newest: &[Build]) -> Vec<&Build> {
    let mut latest: Vec<&Build> = Vec::new();
    for build in newest {
        let is_over = matches!(build.state, BuildState::Success | BuildState::Failure);
        if is_over && !latest.iter().any(|known| known.project == build.project) {
            latest.push(build);
        }
    }
    latest
}

#[expect(clippy::cast_precision_loss, reason = "numbers of builds")]
fn mean(ended: &[read::Ended]) -> Option<f64> {
    let count: u64 = ended.iter().map(|ended| ended.resolved).sum();
    let sums = ended
        .iter()
        .filter_map(|ended| Some(ended.resolution? * ended.resolved as f64));
    let sum: f64 = sums.sum();
    (count > 0).then(|| sum / count as f64)
}

fn counted(counts: BTreeMap<String, u64>) -> Vec<BuildCount> {
    let counts = counts.into_iter();
    let mut counted: Vec<_> = counts
        .map(|(name, count)| BuildCount { name, count })
        .collect();
    counted.sort_by_key(|it| std::cmp::Reverse(it.count));
    counted.truncate(MOST_COUNTS as usize);
    counted
}

type Of<'a> = BTreeMap<i64, &'a Build>;

/// Crates over builds, the slowest first.
fn crates(rows: &[CrateRow], of: &Of<'_>) -> Vec<BuildCrate> {
    let mut found: BTreeMap<(&str, &str), (BuildCrate, f64)> = BTreeMap::new();
    for row in rows {
        let Some(build) = of.get(&row.build) else {
            continue;
        };
        let key = (build.project.as_str(), row.name.as_str());
        let (one, sum) = found.entry(key).or_insert_with(|| {
            let one = BuildCrate {
                project: build.project.clone(),
                name: row.name.clone(),
                is_own: false,
                mean_seconds: None,
                last_seconds: None,
                compiled: 0,
                failed: 0,
            };
            (one, 0.0)
        });
        one.is_own |= row.is_own;
        one.failed += u64::from(row.failed);
        if let Some(seconds) = row.seconds {
            one.compiled += 1;
            *sum += seconds;
            one.last_seconds = Some(seconds);
        }
    }
    let crates = found.into_values().map(|(one, sum)| {
        #[expect(clippy::cast_precision_loss, reason = "numbers of builds")]
        let mean = (one.compiled > 0).then(|| sum / one.compiled as f64);
        BuildCrate {
            mean_seconds: mean,
            ..one
        }
    });
    let mut crates: Vec<_> = crates.collect();
    let weight = |one: &BuildCrate| one.mean_seconds.unwrap_or(-1.0);
    crates.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    crates.truncate(MOST_CRATES);
    crates
}

/// Project, profile and crate.
type OfProfile<'a> = (&'a str, &'a str, &'a str);

/// Crates that have become slower, each in the profile in which it did.
fn slowed(rows: &[CrateRow], of: &Of<'_>) -> Vec<BuildSlower> {
    let mut times: BTreeMap<OfProfile<'_>, Vec<(&Build, f64)>> = BTreeMap::new();
    for row in rows {
        let (Some(build), Some(seconds)) = (of.get(&row.build), row.seconds) else {
            continue;
        };
        // A build that failed has not compiled all of what it began.
        if build.state == BuildState::Success {
            let key = (&*build.project, &*build.profile, &*row.name);
            times.entry(key).or_default().push((build, seconds));
        }
    }
    let found = times
        .into_iter()
        .filter_map(|((project, profile, name), times)| {
            let seconds: Vec<f64> = times.iter().map(|(_, seconds)| *seconds).collect();
            let change = slower(&seconds)?;
            let since = times[change.since].0;
            Some(BuildSlower {
                project: project.to_owned(),
                profile: profile.to_owned(),
                name: name.to_owned(),
                before_seconds: change.before,
                after_seconds: change.after,
                since: since.id.clone(),
                since_ms: since.began_ms,
                commit: since.commit.clone(),
            })
        });
    let mut found: Vec<_> = found.collect();
    let by = |it: &BuildSlower| it.after_seconds - it.before_seconds;
    found.sort_by(|a, b| by(b).total_cmp(&by(a)));
    found.truncate(MOST_SLOWER);
    found
}

/// Programs, the largest first.
fn sized(sizes: Vec<(i64, String, u64)>, of: &Of<'_>) -> Vec<BuildSize> {
    let mut found: BTreeMap<(&str, &str, String), BuildSize> = BTreeMap::new();
    for (number, name, bytes) in sizes {
        let Some(build) = of.get(&number) else {
            continue;
        };
        let key = (&*build.project, &*build.profile, name.clone());
        let one = found.entry(key).or_insert_with(|| BuildSize {
            project: build.project.clone(),
            profile: build.profile.clone(),
            name,
            bytes: Vec::new(),
            at_ms: Vec::new(),
        });
        one.bytes.push(bytes);
        one.at_ms.push(build.began_ms);
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by(|a, b| b.bytes.last().cmp(&a.bytes.last()));
    found.truncate(MOST_SIZES);
    for one in &mut found {
        let surplus = one.bytes.len().saturating_sub(MOST_OF_SIZE);
        one.bytes.drain(..surplus);
        one.at_ms.drain(..surplus);
    }
    found
}

/// One in detail.
pub(super) fn detail(build: Build, report: Report, previous: String) -> BuildDetail {
    let critical = critical_path(&report.units);
    let count = |it: ::builds::Counted| BuildCount {
        name: it.name,
        count: it.count,
    };
    let unit = |it: ::builds::Unit| BuildUnit {
        name: it.name,
        version: it.version,
        part: it.part,
        is_own: it.is_own,
        is_fresh: it.is_fresh,
        began_seconds: it.began_seconds,
        duration_seconds: it.duration_seconds,
        declared_seconds: it.declared_seconds,
        features: it.features,
    };
    let message = |it: ::builds::Message| BuildMessage {
        is_error: it.is_error,
        kind: it.kind,
        code: it.code,
        text: it.text,
        rendered: it.rendered,
        package: it.package,
        file: it.file,
        line: it.line,
        column: it.column,
    };
    let binary = |it: ::builds::Binary| BuildBinary {
        name: it.name,
        kind: it.kind,
        path: it.path,
        bytes: it.bytes,
    };
    let mut notes = report.notes;
    if build.state == BuildState::Interrupted && report.state == ::builds::BuildState::Running {
        notes.push("nothing was heard of it for a minute while it ran".to_owned());
    }
    BuildDetail {
        build,
        units: report.units.into_iter().map(unit).collect(),
        timing: report.timing,
        critical,
        messages: report.messages.into_iter().map(message).collect(),
        files: report.files.into_iter().map(count).collect(),
        binaries: report.binaries.into_iter().map(binary).collect(),
        notes,
        previous,
    }
}
