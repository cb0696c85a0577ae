//! All builds in one picture: how many succeed, what runs, what is slow, what became slower, what is wrong.

use leptos::prelude::*;
use ui::{
    BarItem, BarList, Cell, CellView, Column, Empty, PageTime, PanelFrame, PanelMenu, SortKey,
    Stat, StatTile, Table, TableAction, TableRow, Thresholds, all, format, notify, when,
    worded_badge,
};
use wire::{
    Build, BuildCount, BuildCrate, BuildPicture, BuildSize, BuildState, Unit, path_segment,
};

use super::running;
use super::words::{address, called, count, errors, headline, level, outcome, share, short};

type Shown = RwSignal<BuildPicture>;

/// What would fill the page.
const HOW: &str = "No build has been told of in this time. Write mcp-observatory build -- before a build, as in: mcp-observatory build -- cargo build --release";

/// The page.
pub(crate) fn picture(shown: Shown, project: String, days: String) -> AnyView {
    let runs = move || {
        let is_running = |build: &Build| build.state == BuildState::Running;
        shown.with(|all| all.builds.iter().any(is_running))
    };
    let has_slower = move || shown.with(|all| !all.slower.is_empty());
    let has_errors = move || shown.with(|all| !all.kinds.is_empty());
    let menu = |table: &'static str| {
        let query = match project.as_str() {
            "" => format!("table={table}&last_ms=604800000"),
            project => format!(
                "table={table}&last_ms=604800000&text={}",
                path_segment(project)
            ),
        };
        PanelMenu {
            exports: Some((move || query.clone()).into()),
            ..PanelMenu::default()
        }
    };
    let (of_builds, of_crates) = (menu("builds"), menu("build-crates"));
    view! {
        <h1>{move || shown.with(headline)}</h1>
        <p class="lead">{move || lead(shown, &days)}</p>
        {projects(shown, project.clone())}
        {tiles(shown)}
        {when(runs, move || view! {
            <PanelFrame id="running" title="Running now">
                {move || shown.with(|all| running::all_of(&all.builds))}
            </PanelFrame>
        })}
        {when(has_slower, move || view! {
            <PanelFrame id="slower" title="Became slower">
                {move || shown.with(slower)}
            </PanelFrame>
        })}
        <PanelFrame id="builds" title="Builds" menu=of_builds>{builds(shown)}</PanelFrame>
        {when(has_errors, move || view! {
            <div class="columns">
                <PanelFrame id="kinds" title="Errors by kind">
                    {counted("Errors by kind", shown, |all| &all.kinds)}
                </PanelFrame>
                <PanelFrame id="files" title="Errors by file">
                    {counted("Errors by file", shown, |all| &all.files)}
                </PanelFrame>
            </div>
        })}
        <PanelFrame id="crates" title="Crates, slowest first" menu=of_crates>
            {crates(shown)}
        </PanelFrame>
        <PanelFrame id="sizes" title="Size of programs">{sizes(shown)}</PanelFrame>
        <PanelFrame id="features" title="Features in use">{features(shown)}</PanelFrame>
    }
    .into_any()
}

fn lead(shown: Shown, days: &str) -> AnyView {
    let time = expect_context::<PageTime>();
    let newest = shown.with(|all| all.builds.first().cloned());
    match newest {
        Some(build) => {
            let href = time.href(&address(&build.id));
            let said = format!(" {}.", outcome(&build));
            view! { {days.to_owned()} ". The newest, " <a href=href>{called(&build)}</a> "," {said} }
                .into_any()
        }
        None => HOW.into_any(),
    }
}

/// The projects there are, if there are several.
fn projects(shown: Shown, chosen: String) -> AnyView {
    let time = expect_context::<PageTime>();
    let links = move || {
        let names = shown.with(|all| all.projects.clone());
        let chosen = chosen.clone();
        let links = std::iter::once(String::new()).chain(names).map(|name| {
            let current = (name == chosen).then_some("page");
            let (href, word) = match name.as_str() {
                "" => ("/builds".to_owned(), "All projects".to_owned()),
                name => (
                    format!("/builds?project={}", path_segment(name)),
                    name.to_owned(),
                ),
            };
            view! { <a href=time.href(&href) aria-current=current>{word}</a> }
        });
        all(links)
    };
    let has_several = move || shown.with(|all| all.projects.len() > 1);
    let links = StoredValue::new(links);
    let list = move || {
        let links = links.with_value(|links| links());
        view! { <nav class="parts" aria-label="Projects">{links}</nav> }
    };
    when(has_several, list).into_any()
}

fn tiles(shown: Shown) -> AnyView {
    let success = move || {
        shown.with(|all| {
            let ended = all.succeeded + all.failed;
            let share = share(all.succeeded, ended);
            let limits = Thresholds {
                warn: 0.9,
                bad: 0.5,
            };
            let detail = format!("{} of {ended} builds", all.succeeded);
            Stat::of(Unit::Ratio, share)
                .detail(detail)
                .level(limits.level(share))
        })
    };
    let median = move || {
        shown.with(|all| {
            Stat::of(Unit::Seconds, all.median_seconds).detail("median of those that succeeded")
        })
    };
    let hits = move || {
        shown.with(|all| {
            let known = all.compiled + all.fresh;
            let detail = format!("{} of {known} pieces of work were there", all.fresh);
            Stat::of(Unit::Ratio, share(all.fresh, known)).detail(detail)
        })
    };
    let resolution = move || {
        shown.with(|all| {
            Stat::of(Unit::Seconds, all.resolution_seconds)
                .detail("mean, until cargo knows what to build")
        })
    };
    let warnings = move || {
        shown.with(|all| {
            Stat::of(Unit::Number, Some(all.warnings as f64)).detail("in the last builds")
        })
    };
    view! {
        <div class="tiles">
            <StatTile title="Success" stat=success />
            <StatTile title="Build time" stat=median />
            <StatTile title="Cache hits" stat=hits />
            <StatTile title="Dependency resolution" stat=resolution />
            <StatTile title="Warnings" stat=warnings />
        </div>
    }
    .into_any()
}

fn slower(picture: &BuildPicture) -> AnyView {
    let time = expect_context::<PageTime>();
    let rows = picture.slower.iter().map(|it| {
        let href = time.href(&address(&it.since));
        let said = format!(
            "{} ({}, {}) takes {} instead of {}, since ",
            it.name,
            it.project,
            it.profile,
            format::seconds(it.after_seconds),
            format::seconds(it.before_seconds),
        );
        let since = match it.commit.as_str() {
            "" => time.zone.get().exact(it.since_ms),
            commit => format!("commit {}", short(commit)),
        };
        view! { <li>{said} <a href=href>{since}</a></li> }
    });
    view! { <ul class="lines">{all(rows)}</ul> }.into_any()
}

fn builds(shown: Shown) -> AnyView {
    let time = expect_context::<PageTime>();
    let columns = vec![
        Column::new("build", "Build"),
        Column::new("state", "State").width(110),
        Column::new("began", "Began").width(95).second(),
        Column::new("took", "Took").width(70).number(),
        Column::new("errors", "Errors").width(120).second(),
        Column::new("warnings", "Warnings")
            .width(90)
            .number()
            .optional(),
        Column::new("compiled", "Compiled")
            .width(90)
            .number()
            .optional(),
        Column::new("fresh", "Fresh").width(65).number().optional(),
        Column::new("size", "Size").width(80).number().optional(),
        Column::new("profile", "Profile")
            .width(85)
            .optional()
            .hidden(),
        Column::new("commit", "Commit").optional(),
    ];
    let rows = move || {
        shown.with(|all| {
            let rows = all.builds.iter().map(|build| row(build, time));
            rows.collect::<Vec<_>>()
        })
    };
    let compare = TableAction::new("Compare two", move |ids: Vec<String>| {
        match ids.as_slice() {
            [one, other] => {
                let path = format!("{}?with={}", address(one), path_segment(other));
                ui::Act::Go(time.href(&path)).perform();
            }
            _ => notify("Choose two builds to compare them.".to_owned(), true),
        }
    });
    let more = move || {
        let more = shown.with(|all| all.more);
        (more > 0).then(|| {
            let said = format!(
                "{} more in this time; the newest are shown.",
                count(more, "build")
            );
            view! { <small>{said}</small> }.into_any()
        })
    };
    view! {
        <Table id="builds-table" title="builds" columns=columns rows=rows actions=vec![compare] empty=HOW />
        {move || more()}
    }
    .into_any()
}

fn row(build: &Build, time: PageTime) -> TableRow {
    let href = time.href(&address(&build.id));
    let (of_state, word) = (level(build.state), build.state.as_str());
    let badge: CellView = std::sync::Arc::new(move || worded_badge(of_state, word));
    let said = match build.errors {
        0 => Cell::Nothing,
        number => Cell::Number(number as f64, errors(build)),
    };
    let number = |number: u64| Cell::value(Unit::Number, Some(number as f64));
    let commit = match (build.branch.as_str(), short(&build.commit)) {
        ("", commit) => commit.to_owned(),
        (branch, "") => branch.to_owned(),
        (branch, commit) => format!("{commit} on {branch}"),
    };
    TableRow {
        key: build.id.clone(),
        href: Some(href.clone()),
        cells: vec![
            Cell::Link(called(build), href),
            Cell::View(SortKey::text(word), word.to_owned(), badge),
            Cell::Time(build.began_ms),
            Cell::value(Unit::Seconds, Some(build.duration_seconds)),
            said,
            number(build.warnings),
            number(build.compiled),
            number(build.fresh),
            Cell::value(
                Unit::Bytes,
                (build.binary_bytes > 0).then_some(build.binary_bytes as f64),
            ),
            Cell::text(build.profile.clone()),
            Cell::text(commit),
        ],
    }
}

/// Counts as bars.
pub(super) fn bars(counts: &[BuildCount]) -> Vec<BarItem> {
    let bar = |it: &BuildCount| BarItem {
        name: it.name.clone(),
        value: it.count as f64,
        text: it.count.to_string(),
        ..BarItem::default()
    };
    counts.iter().map(bar).collect()
}

fn counted(
    title: &'static str,
    shown: Shown,
    part: fn(&BuildPicture) -> &Vec<BuildCount>,
) -> AnyView {
    let items = move || shown.with(|all| bars(part(all)));
    view! { <BarList title=title items=items /> }.into_any()
}

fn features(shown: Shown) -> AnyView {
    let has_some = move || shown.with(|all| !all.features.is_empty());
    let some = move || counted("Crates with a feature on", shown, |all| &all.features);
    let none = || view! { <Empty>"Cargo lists features with what it has made; of the project's own crates no build has any."</Empty> };
    ui::when_else(has_some, some, none).into_any()
}

fn crates(shown: Shown) -> AnyView {
    let columns = vec![
        Column::new("crate", "Crate"),
        Column::new("project", "Project").width(140).optional(),
        Column::new("mean", "Mean").width(90).number(),
        Column::new("last", "Last").width(90).number(),
        Column::new("compiled", "Compiled")
            .width(100)
            .number()
            .second(),
        Column::new("failed", "Failed").width(90).number().second(),
    ];
    let row = |it: &BuildCrate| TableRow {
        key: format!("{} {}", it.project, it.name),
        href: None,
        cells: vec![
            Cell::text(it.name.clone()),
            Cell::text(it.project.clone()),
            Cell::value(Unit::Seconds, it.mean_seconds),
            Cell::value(Unit::Seconds, it.last_seconds),
            Cell::value(Unit::Number, Some(it.compiled as f64)),
            Cell::value(Unit::Number, Some(it.failed as f64)),
        ],
    };
    let rows = move || shown.with(|all| all.crates.iter().map(row).collect::<Vec<_>>());
    let of = move || {
        let builds = shown.with(|all| all.looked_at);
        format!(
            "Of the last {}; all parts of a crate together.",
            count(builds, "build")
        )
    };
    view! {
        <small>{move || of()}</small>
        <Table
            id="crates-table"
            title="crates"
            columns=columns
            rows=rows
            empty="How long each crate takes is cargo's own measurement (--timings), which mcp-observatory build asks for."
        />
    }
    .into_any()
}

fn sizes(shown: Shown) -> AnyView {
    let columns = vec![
        Column::new("program", "Program"),
        Column::new("profile", "Profile").width(90).optional(),
        Column::new("size", "Size").width(100).number(),
        Column::new("change", "Since the build before")
            .width(170)
            .number()
            .second(),
        Column::new("course", "Over builds")
            .width(140)
            .unsorted()
            .optional(),
    ];
    let row = |it: &BuildSize| {
        let bytes: Vec<f64> = it.bytes.iter().map(|bytes| *bytes as f64).collect();
        let change = match bytes.as_slice() {
            [.., before, last] if before == last => Cell::Number(0.0, "the same".to_owned()),
            [.., before, last] => Cell::Number(last - before, signed(last - before)),
            _ => Cell::Nothing,
        };
        TableRow {
            key: format!("{} {} {}", it.project, it.profile, it.name),
            href: None,
            cells: vec![
                Cell::text(it.name.clone()),
                Cell::text(it.profile.clone()),
                Cell::value(Unit::Bytes, bytes.last().copied()),
                change,
                Cell::Spark(bytes),
            ],
        }
    };
    let rows = move || shown.with(|all| all.sizes.iter().map(row).collect::<Vec<_>>());
    view! {
        <Table
            id="sizes-table"
            title="programs"
            columns=columns
            rows=rows
            empty="No build has made a program: sizes are those of programs and libraries for others that cargo says it has made."
        />
    }
    .into_any()
}

/// A difference of sizes.
pub(super) fn signed(bytes: f64) -> String {
    match bytes < 0.0 {
        true => format!("−{}", format::bytes(-bytes)),
        false => format!("+{}", format::bytes(bytes)),
    }
}
