//! Builds that run: which crates, how far.

use leptos::prelude::*;
use ui::{PageTime, all, format};
use wire::{Build, BuildState};

use super::words::{address, called};

/// How far a build is: done, of how many, and whether that is only what the last one had.
fn progress(build: &Build, others: &[Build]) -> (u64, Option<u64>, bool) {
    if build.total.is_some() {
        return (build.done, build.total, false);
    }
    let is_alike = |other: &&Build| {
        other.state == BuildState::Success
            && (&other.project, &other.profile, &other.target)
                == (&build.project, &build.profile, &build.target)
    };
    let before = others.iter().find(is_alike).map(|other| other.done);
    (
        build.done,
        before.filter(|before| *before >= build.done),
        true,
    )
}

fn words(build: &Build, others: &[Build]) -> String {
    let far = match progress(build, others) {
        (0, _, _) => "it has begun".to_owned(),
        (done, Some(total), true) => format!("{done} of about {total} pieces of work done"),
        (done, Some(total), false) => format!("{done} of {total} pieces of work done"),
        (done, None, _) => format!("{done} pieces of work done"),
    };
    let active = match build.active.is_empty() {
        true => String::new(),
        false => format!(", compiling {}", build.active.join(", ")),
    };
    let took = format::seconds(build.duration_seconds);
    format!("{far}{active}; {took} so far")
}

/// One that runs.
pub(super) fn one(build: &Build, others: &[Build]) -> AnyView {
    let (done, total, _) = progress(build, others);
    let label = format!("How far {} is", called(build));
    let value = total.map(|_| done.to_string());
    let max = total.map(|total| total.max(1).to_string());
    view! {
        <div class="build-running">
            <progress aria-label=label value=value max=max></progress>
            <p>{words(build, others)}</p>
        </div>
    }
    .into_any()
}

/// All that run.
pub(super) fn all_of(builds: &[Build]) -> AnyView {
    let time = expect_context::<PageTime>();
    let running = builds.iter().filter(|it| it.state == BuildState::Running);
    let rows = running.map(|build| {
        let href = time.href(&address(&build.id));
        view! {
            <li>
                <a href=href>{called(build)}</a> " "
                <code>{build.command.clone()}</code>
                {one(build, builds)}
            </li>
        }
    });
    view! { <ul class="builds-running">{all(rows)}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::super::words::tests::build;
    use super::*;

    #[test]
    fn how_far_it_is() {
        let running = Build {
            active: vec!["serde".to_owned(), "tokio".to_owned()],
            ..build(BuildState::Running)
        };
        let of = |total| Build {
            total,
            ..running.clone()
        };
        let before = Build {
            done: 40,
            ..build(BuildState::Success)
        };
        for (build, others, expected) in [
            (
                of(Some(9)),
                vec![],
                "3 of 9 pieces of work done, compiling serde, tokio; 12.00 s so far",
            ),
            (
                of(None),
                vec![],
                "3 pieces of work done, compiling serde, tokio; 12.00 s so far",
            ),
            (
                of(None),
                vec![before],
                "3 of about 40 pieces of work done, compiling serde, tokio; 12.00 s so far",
            ),
        ] {
            assert_eq!(words(&build, &others), expected);
        }
    }
}
