//! One build: what became of it, what the compiler said, where its time went.

use leptos::prelude::*;
use ui::{
    BarList, Cell, Column, Empty, PageTime, PanelFrame, SpanRow, Table, TableRow, Waterfall, all,
    format, worded_badge,
};
use wire::{BuildDetail, BuildPair, BuildState, BuildUnit, Level, Unit, path_segment};

use super::compare::compared;
use super::list::bars;
use super::messages::messages;
use super::running;
use super::words::{address, called, count, errors, level, outcome};
use crate::facts::facts;

/// Pieces of work on the axis: the critical path, and the longest besides.
const MOST_LINES: usize = 60;

/// The page of a build.
pub(crate) fn detail(shown: RwSignal<BuildPair>) -> AnyView {
    view! { {move || shown.with(page)} }.into_any()
}

fn page(pair: &BuildPair) -> AnyView {
    let time = expect_context::<PageTime>();
    let detail = &pair.build;
    let build = &detail.build;
    let title = format!("{} {}", called(build), outcome(build));
    let badge = worded_badge(level(build.state), build.state.as_str());
    let of_project = time.href(&format!("/builds?project={}", path_segment(&build.project)));
    let before = (!detail.previous.is_empty()).then(|| {
        let with = path_segment(&detail.previous);
        let href = time.href(&format!("{}?with={with}", address(&build.id)));
        view! { ", " <a href=href>"compare with the build before it"</a> }.into_any()
    });
    let goes_on = (build.state == BuildState::Running).then(|| {
        let now = running::one(build, &[]);
        view! { <PanelFrame id="running" title="Running now">{now}</PanelFrame> }.into_any()
    });
    let comparison = pair.other.as_ref().map(|other| {
        let both = compared(detail, other);
        view! { <PanelFrame id="compare" title="Two builds">{both}</PanelFrame> }.into_any()
    });
    let notes = (!detail.notes.is_empty()).then(|| {
        let notes = detail.notes.iter();
        let notes = all(notes.map(|note| view! { <li>{note.clone()}</li> }));
        view! {
            <PanelFrame id="notes" title="What to know">
                <ul class="lines">{notes}</ul>
            </PanelFrame>
        }
        .into_any()
    });
    let wrong = (!build.kinds.is_empty()).then(|| {
        let (kinds, files) = (bars(&build.kinds), bars(&detail.files));
        view! {
            <PanelFrame id="kinds" title="Errors by kind">
                <BarList title="Errors by kind" items=move || kinds.clone() />
            </PanelFrame>
            <PanelFrame id="files" title="Errors by file">
                <BarList title="Errors by file" items=move || files.clone() />
            </PanelFrame>
        }
        .into_any()
    });
    let project = build.project.clone();
    let (said, timed, pieces) = (messages(detail), timing(detail), units(detail));
    let (known, came) = (about(detail), binaries(detail));
    view! {
        <h1>{title}</h1>
        <p>
            {badge} " See " <a href=of_project>"builds of " {project}</a> {before} "."
        </p>
        <div class="columns">
            <div class="wide">
                {goes_on}
                {comparison}
                <PanelFrame id="messages" title="What the compiler said">{said}</PanelFrame>
                <PanelFrame id="timing" title="Where the time went">{timed}</PanelFrame>
                <PanelFrame id="units" title="Pieces of work">{pieces}</PanelFrame>
            </div>
            <div>
                <PanelFrame id="facts" title="Build">{known}</PanelFrame>
                {notes}
                {wrong}
                <PanelFrame id="binaries" title="What came out of it">{came}</PanelFrame>
            </div>
        </div>
    }
    .into_any()
}

fn about(detail: &BuildDetail) -> AnyView {
    let build = &detail.build;
    let time = expect_context::<PageTime>();
    let given = |text: &str| match text {
        "" => "not known".to_owned(),
        text => text.to_owned(),
    };
    let seconds =
        |seconds: Option<f64>| seconds.map_or_else(|| "not known".to_owned(), format::seconds);
    let target = match build.target.as_str() {
        "" => "that of the machine".to_owned(),
        target => target.to_owned(),
    };
    let exit = build
        .exit_code
        .map_or_else(|| "none".to_owned(), |code| code.to_string());
    let times = match detail.timing.as_str() {
        "cargo" => "cargo's own (--timings)",
        _ => "none: cargo was not asked for its timings, or did not end",
    };
    facts([
        ("Command", given(&build.command)),
        ("Exit code", exit),
        ("Began", time.zone.get().exact(build.began_ms)),
        ("Took", format::seconds(build.duration_seconds)),
        (
            "Until cargo knew what to build",
            seconds(build.resolution_seconds),
        ),
        ("Downloading", seconds(build.download_seconds)),
        ("Commit", given(&build.commit)),
        ("Branch", given(&build.branch)),
        ("Profile", given(&build.profile)),
        ("Target", target),
        ("Machine", given(&build.host)),
        ("Built by", given(&build.builder)),
        ("Compiled", count(build.compiled, "piece")),
        ("Fresh", count(build.fresh, "piece")),
        ("Errors", errors(build)),
        ("Warnings", build.warnings.to_string()),
        ("Times of crates", times.to_owned()),
    ])
}

/// What is on the axis, by when it began.
fn lines(detail: &BuildDetail) -> Vec<SpanRow> {
    let mut timed: Vec<(u32, &BuildUnit, f64, f64)> = (0_u32..)
        .zip(&detail.units)
        .filter_map(|(place, unit)| {
            Some((place, unit, unit.began_seconds?, unit.duration_seconds?))
        })
        .collect();
    let is_critical = |place: u32| detail.critical.contains(&place);
    timed.sort_by(|a, b| {
        let by_path = is_critical(b.0).cmp(&is_critical(a.0));
        by_path.then(b.3.total_cmp(&a.3))
    });
    timed.truncate(MOST_LINES);
    timed.sort_by(|a, b| a.2.total_cmp(&b.2));
    let line = |(place, unit, began, took): (u32, &BuildUnit, f64, f64)| SpanRow {
        name: format!("{} {}", unit.name, unit.part),
        service: if is_critical(place) {
            "critical path"
        } else {
            "beside it"
        }
        .to_owned(),
        depth: 0,
        from_seconds: began,
        seconds: took,
        level: Level::Unknown,
        href: None,
    };
    timed.into_iter().map(line).collect()
}

/// The work on one axis.
fn timing(detail: &BuildDetail) -> AnyView {
    let lines = lines(detail);
    if lines.is_empty() {
        return view! {
            <Empty>"Nothing was compiled, or nobody measured how long it took: mcp-observatory build asks cargo for its timings."</Empty>
        }
        .into_any();
    }
    let units = detail
        .critical
        .iter()
        .filter_map(|place| detail.units.get(*place as usize));
    let path: Vec<&BuildUnit> = units.collect();
    let took: f64 = path.iter().filter_map(|unit| unit.duration_seconds).sum();
    let longest = path.iter().max_by(|a, b| {
        let of = |unit: &BuildUnit| unit.duration_seconds.unwrap_or(0.0);
        of(a).total_cmp(&of(b))
    });
    let said = longest.map(|unit| {
        format!(
            "The end waited for {}, which took {} together; the longest of them is {} ({}).",
            format::count(path.len(), "piece of work").replace("piece of works", "pieces of work"),
            format::seconds(took),
            unit.name,
            format::seconds(unit.duration_seconds.unwrap_or(0.0)),
        )
    });
    view! {
        <p>{said}</p>
        <Waterfall title="When each piece of work was done" spans=move || lines.clone() />
    }
    .into_any()
}

fn units(detail: &BuildDetail) -> AnyView {
    let columns = vec![
        Column::new("unit", "Crate"),
        Column::new("part", "Part").width(120).second(),
        Column::new("cache", "Cache").width(80),
        Column::new("took", "Took").width(80).number(),
        Column::new("began", "Began after")
            .width(110)
            .number()
            .optional(),
        Column::new("features", "Features")
            .width(200)
            .optional()
            .hidden(),
    ];
    let row = |(place, unit): (usize, &BuildUnit)| {
        let cache = match unit.is_fresh {
            Some(true) => "fresh",
            Some(false) => "compiled",
            None => "not said",
        };
        TableRow {
            key: place.to_string(),
            href: None,
            cells: vec![
                Cell::text(format!("{} {}", unit.name, unit.version)),
                Cell::text(unit.part.clone()),
                Cell::text(cache),
                Cell::value(Unit::Seconds, unit.duration_seconds),
                Cell::value(Unit::Seconds, unit.began_seconds),
                Cell::text(unit.features.join(", ")),
            ],
        }
    };
    let rows: Vec<_> = detail.units.iter().enumerate().map(row).collect();
    view! {
        <Table
            id="units-table"
            title="pieces of work"
            columns=columns
            rows=move || rows.clone()
            empty="Nothing is known of single crates: it ended before any was built, or is not over."
        />
    }
    .into_any()
}

fn binaries(detail: &BuildDetail) -> AnyView {
    if detail.binaries.is_empty() {
        return view! { <Empty>"No program and no library for others."</Empty> }.into_any();
    }
    let rows = detail.binaries.iter().map(|file| {
        let size = match file.bytes {
            0 => "size not known".to_owned(),
            bytes => format::bytes(bytes as f64),
        };
        view! {
            <li>
                <b>{file.name.clone()}</b> " " {file.kind.clone()} ", " {size} <br />
                <code>{file.path.clone()}</code>
            </li>
        }
    });
    view! { <ul class="lines">{all(rows)}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::super::words::tests::build;
    use super::*;

    #[test]
    fn the_critical_path_is_always_on_the_axis() {
        let unit = |name: &str, began, took| BuildUnit {
            name: name.to_owned(),
            version: String::new(),
            part: "lib".to_owned(),
            is_own: true,
            is_fresh: Some(false),
            began_seconds: Some(began),
            duration_seconds: Some(took),
            declared_seconds: None,
            features: Vec::new(),
        };
        let mut units = vec![unit("short", 0.0, 0.1), unit("last", 0.1, 0.2)];
        units.extend((0..100).map(|at| unit(&format!("other-{at}"), 0.0, 5.0 + f64::from(at))));
        let detail = BuildDetail {
            build: build(BuildState::Success),
            units,
            timing: "cargo".to_owned(),
            critical: vec![0, 1],
            messages: Vec::new(),
            files: Vec::new(),
            binaries: Vec::new(),
            notes: Vec::new(),
            previous: String::new(),
        };
        let lines = lines(&detail);
        assert_eq!(lines.len(), MOST_LINES);
        let path: Vec<_> = lines
            .iter()
            .filter(|line| line.service == "critical path")
            .map(|line| line.name.as_str())
            .collect();
        assert_eq!(path, ["short lib", "last lib"]);
        assert!(lines.iter().any(|line| line.name == "other-99 lib"));
        assert!(!lines.iter().any(|line| line.name == "other-0 lib"));
    }
}
