//! How started servers stood over the time of the page, and why each of their runs ended.

use leptos::prelude::*;
use ui::{Changing, Empty, PageTime, Stretch, StretchRow, Stretches, all, format, when_else};
use wire::{LaunchCourse, LaunchCourses, LaunchStretch, path_segment};

use super::api::load_courses;
use super::details::ended;
use super::words;
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::searched;
use crate::seeded::{Room, seeded_with};

/// Servers that are shown: of more, those first that do not run or did not all the time.
const MOST: usize = 60;

/// A strip for each server, and the ends of runs below.
pub(crate) fn courses() -> AnyView {
    let time = expect_context::<PageTime>();
    let version = Memo::new(move |_| searched::version(&format!("{:?}", time.range.get())));
    let load = move || {
        let (range_ms, until_ms) = time.range.get_untracked().parts();
        load_courses(range_ms, until_ms)
    };
    let loaded = Loaded::<LaunchCourses>::while_at(move || version.get(), load);
    seeded_with(Room::Tall, loaded, move |live, first| {
        let slides = move || time.range.get_untracked().slides();
        shown(kept_new(live, first, slides, load))
    })
}

fn shown(known: RwSignal<LaunchCourses>) -> AnyView {
    let time = expect_context::<PageTime>();
    let chosen = Memo::new(move |_| known.with(|known| chosen(&known.rows)));
    let rows = move || {
        let rows = chosen.get();
        rows.iter().map(|row| strip(row, time)).collect::<Vec<_>>()
    };
    let range = move || known.with(|known| (known.from_ms, known.to_ms));
    let strips = move || {
        let range = Changing::from(range);
        view! {
            <Stretches title="How started servers stood" rows=rows range=range />
            <p><small>
                "Green runs, amber waits for its next start, red fails, grey is being started, is stopped or awaits approval. "
                "Where nothing stands, the product did not run or the server was not configured." {move || left_out(known)}
            </small></p>
            <div class="launch-ends">{move || chosen.with(|rows| ends(rows))}</div>
        }
        .into_any()
    };
    when_else(
        move || known.with(|known| !known.rows.is_empty()),
        strips,
        || view! { <Empty>"No server is started here."</Empty> },
    )
}

/// All, or of many those to look at first.
fn chosen(rows: &[LaunchCourse]) -> Vec<LaunchCourse> {
    let mut rows = rows.to_vec();
    if rows.len() > MOST {
        let calm = |row: &LaunchCourse| row.ends.is_empty() && row.stretches.len() < 2;
        rows.sort_by_key(calm);
        rows.truncate(MOST);
    }
    rows
}

fn left_out(known: RwSignal<LaunchCourses>) -> String {
    known.with(|known| {
        let mut text = String::new();
        if known.rows.len() > MOST {
            let count = known.rows.len();
            text.push_str(&format!(" {MOST} of {count} servers are shown, those first of which something has become."));
        }
        if known.rows.iter().any(|row| row.stretches_left_out > 0) {
            text.push_str(" Of servers with very many stretches the oldest are left out; choose a shorter time.");
        }
        text
    })
}

fn strip(row: &LaunchCourse, time: PageTime) -> StretchRow {
    let stretch = |stretch: &LaunchStretch| Stretch {
        from_ms: stretch.from_ms,
        to_ms: stretch.to_ms,
        level: words::level_of(stretch.state),
        word: words::state(stretch.state),
        why: why(row, stretch),
    };
    StretchRow {
        name: row.name.clone(),
        href: Some(time.href(&format!("/servers/{}", path_segment(&row.name)))),
        stretches: row.stretches.iter().map(stretch).collect(),
    }
}

/// How the run ended that a stretch came after.
fn why(row: &LaunchCourse, stretch: &LaunchStretch) -> String {
    let before = row.ends.iter().find(|end| end.ended_ms == stretch.from_ms);
    before.map_or_else(String::new, |end| match end.was_asked {
        true => format!("{}, as it was told", end.how),
        false => end.how.clone(),
    })
}

/// The ends of each server, behind how many they are.
fn ends(rows: &[LaunchCourse]) -> AnyView {
    let some = rows.iter().filter(|row| !row.ends.is_empty());
    let some: Vec<_> = some.map(ends_of).collect();
    match some.is_empty() {
        true => view! { <p><small>"No run ended in this time."</small></p> }.into_any(),
        false => all(some.into_iter()),
    }
}

fn ends_of(row: &LaunchCourse) -> AnyView {
    let unasked = row.ends.iter().filter(|end| !end.was_asked).count();
    let count = row.ends.len() + row.ends_left_out as usize;
    let more = match row.ends_left_out {
        0 => String::new(),
        _ => format!(", the newest {} are shown", row.ends.len()),
    };
    let asked = match (unasked, row.ends.len()) {
        (0, _) => ", as it was told",
        _ => "",
    };
    let runs = format::count(count, "run");
    let summary = format!("{}: {runs} ended{asked}{more}", row.name);
    let list = all(row.ends.iter().map(ended));
    view! {
        <details>
            <summary>{summary}</summary>
            <ol class="history">{list}</ol>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use wire::{LaunchExit, LaunchState};

    use super::*;

    #[test]
    fn a_stretch_says_why_it_began_and_of_many_servers_the_restless_come_first() {
        let stretch = |from_ms, to_ms, state| LaunchStretch {
            from_ms,
            to_ms,
            state,
        };
        let restless = LaunchCourse {
            stretches: vec![
                stretch(0, 500, LaunchState::Running),
                stretch(500, 900, LaunchState::BackingOff),
            ],
            ends: vec![LaunchExit {
                started_ms: 0,
                ended_ms: 500,
                pid: Some(7),
                how: "exit code 3".to_owned(),
                was_asked: false,
                stderr: Vec::new(),
            }],
            ..LaunchCourse::of("zz".to_owned())
        };
        let said: Vec<_> = restless
            .stretches
            .iter()
            .map(|it| why(&restless, it))
            .collect();
        assert_eq!(said, ["", "exit code 3"]);
        let mut rows: Vec<_> = (0..MOST)
            .map(|n| LaunchCourse::of(format!("s{n:02}")))
            .collect();
        let names =
            |rows: &[LaunchCourse]| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&chosen(&rows)), names(&rows), "by name");
        rows.push(restless);
        let shown = chosen(&rows);
        assert_eq!((shown.len(), shown[0].name.as_str()), (MOST, "zz"));
    }
}
