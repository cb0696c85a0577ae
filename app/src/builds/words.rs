//! Builds in words.

use ui::format;
use wire::{Build, BuildPicture, BuildState, Level, path_segment};

/// The level of what became of a build.
pub(crate) fn level(state: BuildState) -> Level {
    match state {
        BuildState::Success => Level::Healthy,
        BuildState::Failure => Level::Unhealthy,
        BuildState::Interrupted => Level::Degraded,
        BuildState::Running => Level::Unknown,
    }
}

/// The address of a build.
pub(crate) fn address(id: &str) -> String {
    format!("/builds/{}", path_segment(id))
}

/// What a build is called.
pub(crate) fn called(build: &Build) -> String {
    format!("{} #{}", build.project, build.number)
}

/// The first letters of a commit.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

pub(super) fn count(count: u64, what: &str) -> String {
    format::count(usize::try_from(count).unwrap_or(usize::MAX), what)
}

/// Errors, with their kinds.
pub(crate) fn errors(build: &Build) -> String {
    let kinds = build.kinds.iter().take(3);
    let kinds: Vec<_> = kinds
        .map(|kind| format!("{} {}", kind.name, kind.count))
        .collect();
    match kinds.is_empty() {
        true => count(build.errors, "error"),
        false => format!("{} ({})", count(build.errors, "error"), kinds.join(", ")),
    }
}

/// What became of a build, in a few words.
pub(super) fn outcome(build: &Build) -> String {
    let took = format::seconds(build.duration_seconds);
    match build.state {
        BuildState::Running => format!("has been running for {took}"),
        BuildState::Success => format!("succeeded after {took}"),
        BuildState::Failure => format!("failed after {took}: {}", errors(build)),
        BuildState::Interrupted => format!("was interrupted after {took}"),
    }
}

/// How builds do, in a sentence.
pub(super) fn headline(picture: &BuildPicture) -> String {
    let running = picture
        .builds
        .iter()
        .filter(|it| it.state == BuildState::Running)
        .count();
    let mut parts = Vec::new();
    let ended = picture.succeeded + picture.failed;
    match (ended, picture.failed) {
        (0, _) if running == 0 && picture.interrupted == 0 => return "No builds".to_owned(),
        (0, _) => {}
        (1, 0) => parts.push("The only build succeeded".to_owned()),
        (1, _) => parts.push("The only build failed".to_owned()),
        (all, 0) => parts.push(format!("All {all} builds succeeded")),
        (all, failed) => parts.push(format!("{failed} of {all} builds failed")),
    }
    if let Some(slower) = picture.slower.first() {
        parts.push(format!("{} became slower", slower.name));
    }
    if running > 0 {
        parts.push(format!(
            "{} {} now",
            format::count(running, "build"),
            runs(running)
        ));
    } else if ended == 0 {
        parts.push(format!(
            "{} interrupted",
            count(picture.interrupted, "build")
        ));
    }
    parts.join(", ")
}

fn runs(builds: usize) -> &'static str {
    if builds == 1 { "runs" } else { "run" }
}

/// A share in per cent; nothing of nothing.
pub(super) fn share(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

#[cfg(test)]
pub(super) mod tests {
    use wire::{BuildCount, BuildSlower};

    use super::*;

    pub(in crate::builds) fn build(state: BuildState) -> Build {
        Build {
            id: "b".to_owned(),
            number: 7,
            project: "tower".to_owned(),
            command: String::new(),
            commit: "0123456789abcdef".to_owned(),
            branch: String::new(),
            profile: "dev".to_owned(),
            target: String::new(),
            host: String::new(),
            builder: String::new(),
            state,
            exit_code: None,
            began_ms: 0,
            ended_ms: None,
            duration_seconds: 12.0,
            resolution_seconds: None,
            download_seconds: None,
            done: 3,
            total: None,
            active: Vec::new(),
            compiled: 0,
            fresh: 0,
            warnings: 0,
            errors: 3,
            kinds: vec![BuildCount {
                name: "type".to_owned(),
                count: 2,
            }],
            binary_bytes: 0,
        }
    }

    #[test]
    fn outcomes() {
        for (state, expected) in [
            (BuildState::Running, "has been running for 12.00 s"),
            (BuildState::Success, "succeeded after 12.00 s"),
            (
                BuildState::Failure,
                "failed after 12.00 s: 3 errors (type 2)",
            ),
            (BuildState::Interrupted, "was interrupted after 12.00 s"),
        ] {
            assert_eq!(outcome(&build(state)), expected);
        }
        assert_eq!(short(&build(BuildState::Running).commit), "01234567");
        assert_eq!(short("abc"), "abc");
    }

    #[test]
    fn headlines() {
        let picture = |succeeded, failed, interrupted, running| BuildPicture {
            builds: vec![build(BuildState::Running); running],
            more: 0,
            projects: Vec::new(),
            succeeded,
            failed,
            interrupted,
            compiled: 0,
            fresh: 0,
            median_seconds: None,
            resolution_seconds: None,
            warnings: 0,
            crates: Vec::new(),
            looked_at: 0,
            slower: Vec::new(),
            kinds: Vec::new(),
            files: Vec::new(),
            features: Vec::new(),
            sizes: Vec::new(),
        };
        for (picture, expected) in [
            (picture(0, 0, 0, 0), "No builds"),
            (picture(1, 0, 0, 0), "The only build succeeded"),
            (
                picture(9, 0, 0, 1),
                "All 9 builds succeeded, 1 build runs now",
            ),
            (
                picture(7, 2, 0, 2),
                "2 of 9 builds failed, 2 builds run now",
            ),
            (picture(0, 0, 1, 0), "1 build interrupted"),
            (picture(0, 0, 0, 1), "1 build runs now"),
        ] {
            assert_eq!(headline(&picture), expected);
        }
        let slower = BuildSlower {
            project: "tower".to_owned(),
            profile: "dev".to_owned(),
            name: "core".to_owned(),
            before_seconds: 1.0,
            after_seconds: 2.0,
            since: "b".to_owned(),
            since_ms: 0,
            commit: String::new(),
        };
        let picture = BuildPicture {
            slower: vec![slower],
            ..picture(2, 0, 0, 0)
        };
        assert_eq!(
            headline(&picture),
            "All 2 builds succeeded, core became slower"
        );
    }
}
