//! Builds at a glance: the last one of each project, what runs now and how far it is, and how the week went.

use ui::format;
use wire::{
    Build, BuildProject, BuildState, Caller, Glance, GlanceLine, Problem, Services, TimeRange,
};

use crate::builds::words;

/// More are on their own page.
const MOST: usize = 5;
/// What is looked at.
const WEEK_MS: i64 = 7 * 86_400_000;

pub(super) async fn glance(services: &Services, caller: &Caller) -> Result<Glance, Problem> {
    let projects = services.builds.projects(caller, TimeRange::Last(WEEK_MS));
    let projects = projects.await?;
    let now_ms = services.live.snapshot(caller).await?.now_ms;
    Ok(said(projects, now_ms))
}

fn said(mut projects: Vec<BuildProject>, now_ms: i64) -> Glance {
    if projects.is_empty() {
        let words = "No build in seven days. \"mcp-observatory build -- cargo build\" runs one and tells of it.";
        return Glance {
            words: words.to_owned(),
            lines: Vec::new(),
        };
    }
    let sum = |count: fn(&BuildProject) -> u64| projects.iter().map(count).sum::<u64>();
    let (succeeded, failed) = (sum(|it| it.succeeded), sum(|it| it.failed));
    let is_running = |it: &&BuildProject| it.newest.state == BuildState::Running;
    let running = projects.iter().filter(is_running).count();
    let mut said = match (succeeded + failed, failed) {
        (0, _) => "No build has ended in seven days".to_owned(),
        (1, 0) => "The only build of seven days succeeded".to_owned(),
        (1, _) => "The only build of seven days failed".to_owned(),
        (all, 0) => format!("All {all} builds of seven days succeeded"),
        (all, failed) => format!("{failed} of {all} builds of seven days failed"),
    };
    if running > 0 {
        said.push_str(&format!(", {running} going on now"));
    }
    // What is broken first, then what goes on; within that the newest first, as they come.
    projects.sort_by_key(|it| match it.newest.state {
        BuildState::Failure => 0,
        BuildState::Running => 1,
        BuildState::Interrupted => 2,
        BuildState::Success => 3,
    });
    let left_out = projects.len().saturating_sub(MOST);
    if left_out > 0 {
        said.push_str(&format!(
            "; {} are not shown",
            format::count(left_out, "more project")
        ));
    }
    let lines = projects.iter().take(MOST).map(|it| line(it, now_ms));
    Glance {
        lines: lines.collect(),
        words: said,
    }
}

fn line(project: &BuildProject, now_ms: i64) -> GlanceLine {
    let build = &project.newest;
    GlanceLine {
        path: words::address(&build.id),
        name: words::called(build),
        about: about(build, now_ms),
        level: words::level(build.state),
        state: state(build),
        figure: share(project.succeeded, project.failed),
    }
}

/// What became of it and when; of one that goes on, what is being compiled.
fn about(build: &Build, now_ms: i64) -> String {
    let mut parts = Vec::new();
    if !build.branch.is_empty() {
        parts.push(build.branch.clone());
    }
    match build.state {
        BuildState::Running => {
            parts.push(format!("for {}", format::seconds(build.duration_seconds)));
            if let Some(first) = build.active.first() {
                let more = match build.active.len() {
                    1 => String::new(),
                    all => format!(" and {} more", all - 1),
                };
                parts.push(format!("compiles {first}{more}"));
            }
        }
        state => {
            let ended_ms = build.ended_ms.unwrap_or(build.began_ms);
            let ago = format::ago(ended_ms, now_ms);
            parts.push(format!(
                "{ago}, after {}",
                format::seconds(build.duration_seconds)
            ));
            if state == BuildState::Failure {
                parts.push(words::errors(build));
            }
        }
    }
    parts.join(" · ")
}

fn state(build: &Build) -> String {
    match (build.state, build.total) {
        (BuildState::Running, Some(total)) if total > 0 => {
            format!("{} of {total}", build.done.min(total))
        }
        (BuildState::Running, _) => "going on".to_owned(),
        (BuildState::Success, _) => "succeeded".to_owned(),
        (BuildState::Failure, _) => "failed".to_owned(),
        (BuildState::Interrupted, _) => "interrupted".to_owned(),
    }
}

/// How many of those that ended did so well.
fn share(succeeded: u64, failed: u64) -> String {
    match succeeded + failed {
        0 => "–".to_owned(),
        all => {
            // What is not all never reads 100 %.
            let percent = succeeded * 100 / all;
            format!("{percent} % of {all}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 10_000_000;

    fn project(name: &str, state: BuildState, ended: [u64; 2]) -> BuildProject {
        let newest = Build {
            id: format!("{name} 1"),
            number: 4,
            project: name.to_owned(),
            command: String::new(),
            commit: String::new(),
            branch: "main".to_owned(),
            profile: String::new(),
            target: String::new(),
            host: String::new(),
            builder: String::new(),
            state,
            exit_code: None,
            began_ms: NOW - 200_000,
            ended_ms: (state != BuildState::Running).then_some(NOW - 120_000),
            duration_seconds: 80.0,
            resolution_seconds: None,
            download_seconds: None,
            done: 41,
            total: Some(120),
            active: vec!["serde".to_owned(), "tokio".to_owned()],
            compiled: 0,
            fresh: 0,
            warnings: 0,
            errors: 2,
            kinds: Vec::new(),
            binary_bytes: 0,
        };
        BuildProject {
            newest,
            succeeded: ended[0],
            failed: ended[1],
            interrupted: 0,
        }
    }

    #[test]
    fn what_is_broken_comes_first_and_what_goes_on_says_how_far_it_is() {
        let glance = said(
            vec![
                project("fine", BuildState::Success, [9, 0]),
                project("now", BuildState::Running, [199, 1]),
                project("broken", BuildState::Failure, [0, 1]),
            ],
            NOW,
        );
        assert_eq!(
            glance.words,
            "2 of 210 builds of seven days failed, 1 going on now"
        );
        let lines = glance.lines.iter();
        let lines = lines.map(|it| [&*it.name, &*it.state, &*it.figure, &*it.about]);
        assert_eq!(
            lines.collect::<Vec<_>>(),
            [
                [
                    "broken #4",
                    "failed",
                    "0 % of 1",
                    "main · 2 min ago, after 1 min 20 s · 2 errors"
                ],
                [
                    "now #4",
                    "41 of 120",
                    "99 % of 200",
                    "main · for 1 min 20 s · compiles serde and 1 more"
                ],
                [
                    "fine #4",
                    "succeeded",
                    "100 % of 9",
                    "main · 2 min ago, after 1 min 20 s"
                ],
            ]
        );
        assert_eq!(glance.lines[0].path, "/builds/broken%201");
    }

    #[test]
    fn sentences() {
        for (projects, expected) in [
            (
                vec![],
                "No build in seven days. \"mcp-observatory build -- cargo build\" runs one and tells of it.",
            ),
            (
                vec![project("a", BuildState::Success, [1, 0])],
                "The only build of seven days succeeded",
            ),
            (
                vec![project("a", BuildState::Running, [0, 0])],
                "No build has ended in seven days, 1 going on now",
            ),
            (
                (0..7)
                    .map(|n| project(&n.to_string(), BuildState::Success, [2, 0]))
                    .collect(),
                "All 14 builds of seven days succeeded; 2 more projects are not shown",
            ),
        ] {
            let glance = said(projects, NOW);
            assert_eq!(glance.words, expected);
            assert!(glance.lines.len() <= MOST);
        }
    }
}
