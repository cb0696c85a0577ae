//! What is scraped, does it answer, and why is something not scraped?

use leptos::prelude::*;
use ui::{Cell, Column, Empty, LiveState, PanelFrame, Table, TableRow, all, format};
use wire::{DroppedTarget, Level, Target, TargetHealth, TargetPicture, Trouble, Unit};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// All targets.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_targets() -> Result<Answer<TargetPicture>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.targets.picture(&caller).await?)
}

/// Targets that are scraped, what was not taken from them, and targets that are not.
#[component]
pub(crate) fn Targets() -> impl IntoView {
    name_page("Targets");
    let loaded = Loaded::<TargetPicture>::once(load_targets);
    seeded_with(Room::Tall, loaded, page)
}

fn page(_: LiveState, picture: TargetPicture) -> AnyView {
    if picture.jobs == 0 {
        return view! {
            <h1>"Nothing is scraped"</h1>
            <Empty>
                "Name a prometheus.yml in observatory.toml: [scrape] config = \"prometheus.yml\". Its targets are scraped as Prometheus does it."
            </Empty>
        }
        .into_any();
    }
    let title = headline(&picture);
    let TargetPicture {
        active,
        dropped,
        dropped_count,
        troubles,
        ..
    } = picture;
    let refused: Vec<TableRow> = active.iter().flat_map(refusals).collect();
    let active: Vec<TableRow> = active.iter().map(active_row).collect();
    let more = (dropped_count as usize).saturating_sub(dropped.len());
    let more = (more > 0).then(|| view! { <p>{format!("and {more} others")}</p> }.into_any());
    let dropped: Vec<TableRow> = dropped.iter().enumerate().map(dropped_row).collect();
    view! {
        <h1>{title}</h1>
        {(!troubles.is_empty()).then(|| trouble_list(&troubles))}
        <PanelFrame id="targets" title="Targets">
            <Table
                id="targets"
                title="targets"
                columns=active_columns()
                rows=move || active.clone()
                is_tall=true
                empty="No target is scraped: the table below says why."
            />
        </PanelFrame>
        <PanelFrame id="refused" title="Samples that were not taken">
            <Table
                id="refused"
                title="reasons"
                columns=refused_columns()
                rows=move || refused.clone()
                empty="All samples of all targets were taken."
            />
        </PanelFrame>
        <PanelFrame id="dropped" title="Found and not scraped">
            <Table
                id="dropped"
                title="targets"
                columns=dropped_columns()
                rows=move || dropped.clone()
                empty="Every target that was found is scraped."
            />
            {more}
        </PanelFrame>
    }
    .into_any()
}

fn headline(picture: &TargetPicture) -> String {
    let down = picture
        .active
        .iter()
        .filter(|it| it.health == TargetHealth::Down);
    let (down, all) = (down.count(), format::count(picture.active.len(), "target"));
    match down {
        0 if picture.active.is_empty() => "No target is scraped".to_owned(),
        0 => format!("{all}, and none fails"),
        down => format!("{down} of {all} cannot be scraped"),
    }
}

fn trouble_list(troubles: &[Trouble]) -> AnyView {
    let rows = all(troubles.iter().map(trouble_row));
    view! {
        <PanelFrame id="troubles" title="Where targets cannot be looked for">
            <ul class="findings">{rows}</ul>
        </PanelFrame>
    }
    .into_any()
}

fn trouble_row(trouble: &Trouble) -> AnyView {
    let text = format!("{}, {}: {}", trouble.job, trouble.from, trouble.why);
    view! { <li><p>{text}</p></li> }.into_any()
}

fn active_columns() -> Vec<Column> {
    vec![
        Column::new("url", "Target"),
        Column::new("state", "State").width(130),
        Column::new("job", "Job").width(120).second(),
        Column::new("last", "Last scrape").width(110).second(),
        Column::new("took", "Took").width(90).number().optional(),
        Column::new("samples", "Samples")
            .width(95)
            .number()
            .optional(),
        Column::new("kept", "Kept").width(85).number().optional(),
        Column::new("labels", "Labels").width(160).optional(),
    ]
}

fn active_row(target: &Target) -> TableRow {
    // Below the name, where a phone shows it too.
    let (level, note) = match target.health {
        TargetHealth::Up => (Level::Healthy, ""),
        TargetHealth::Down => (Level::Unhealthy, target.last_error.as_str()),
        TargetHealth::Unknown => (Level::Unknown, "not asked yet"),
    };
    let seen = target.last_scrape_ms;
    let number = |value: f64| Cell::value(Unit::Number, seen.map(|_| value));
    TableRow {
        key: format!("{} {} {}", target.job, target.url, target.labels),
        href: None,
        cells: vec![
            Cell::text(target.url.clone()).note(note),
            Cell::Level(level),
            Cell::text(target.job.clone()),
            seen.map_or(Cell::Nothing, Cell::Time),
            Cell::value(Unit::Seconds, seen.map(|_| target.duration_seconds)),
            number(f64::from(target.samples)),
            number(f64::from(target.kept)),
            match target.labels.as_str() {
                "{}" => Cell::Nothing,
                labels => Cell::text(labels),
            },
        ],
    }
}

fn refused_columns() -> Vec<Column> {
    vec![
        Column::new("url", "Target"),
        Column::new("reason", "Reason").width(200),
        Column::new("samples", "Samples").width(95).number(),
        Column::new("example", "Example").width(400).optional(),
    ]
}

fn refusals(target: &Target) -> Vec<TableRow> {
    let row = |refused: &wire::RefusedSamples| TableRow {
        key: format!("{} {} {}", target.job, target.url, refused.reason),
        href: None,
        cells: vec![
            Cell::text(target.url.clone()),
            Cell::text(refused.reason.clone()),
            Cell::value(Unit::Number, Some(refused.samples as f64)),
            Cell::text(refused.example.clone()),
        ],
    };
    target.refused.iter().map(row).collect()
}

fn dropped_columns() -> Vec<Column> {
    vec![
        Column::new("address", "Address"),
        Column::new("why", "Why it is not scraped").width(420),
        Column::new("job", "Job").width(120).second(),
        Column::new("labels", "Labels before relabelling")
            .width(300)
            .optional(),
    ]
}

fn dropped_row((place, target): (usize, &DroppedTarget)) -> TableRow {
    TableRow {
        key: place.to_string(),
        href: None,
        cells: vec![
            Cell::text(target.address.clone()),
            Cell::text(target.why.clone()),
            Cell::text(target.job.clone()),
            Cell::text(target.labels.clone()),
        ],
    }
}
