//! What is scraped, does it answer, and what is not taken of what others send?

use leptos::prelude::*;
use ui::{
    Cell, Changing, Column, Empty, LiveState, PanelFrame, PanelMenu, Table, TableRow, all, effect,
    format, when, when_else,
};
use wire::{DroppedTarget, Level, Refusal, TableName, Target, TargetHealth, TargetPicture, Unit};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// How often they are asked for anew, in milliseconds of the product's clock.
const REFRESH_MS: i64 = 5_000;

/// All targets.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_targets() -> Result<Answer<TargetPicture>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.targets.picture(&caller).await?)
}

/// Targets that are scraped, what was not taken of what anybody sends or exposes, and targets that are not scraped.
#[component]
pub(crate) fn Targets() -> impl IntoView {
    name_page("Targets");
    let loaded = Loaded::<TargetPicture>::once(load_targets);
    seeded_with(Room::Tall, loaded, page)
}

/// What the page shows: it is replaced as a whole.
type Picture = RwSignal<TargetPicture>;

fn page(live: LiveState, first: TargetPicture) -> AnyView {
    let picture = RwSignal::new(first);
    follow(live, picture);
    view! {
        <h1>{move || picture.with(headline)}</h1>
        {when(move || picture.with(|it| !it.troubles.is_empty()), move || troubles(picture))}
        {when_else(move || picture.with(|it| it.jobs > 0), move || active(picture), nothing)}
        <PanelFrame id="refused" title="Refused" menu=exported(TableName::Refusals)>
            <Table
                id="refused"
                title="reasons"
                columns=refused_columns()
                rows=move || picture.with(|it| it.refusals.iter().map(refused_row).collect())
                is_tall=true
                empty="Everything was taken that was sent or scraped."
            />
        </PanelFrame>
        {when(move || picture.with(|it| it.jobs > 0), move || dropped(picture))}
    }
    .into_any()
}

/// Asks anew with the product's clock: how targets do changes with each scrape.
fn follow(live: LiveState, picture: Picture) {
    let seen = StoredValue::new(None);
    effect(move || {
        if live.is_paused.get() {
            return;
        }
        let now = Some(live.now_ms.get() / REFRESH_MS);
        let before = seen.get_value();
        if before == now {
            return;
        }
        seen.set_value(now);
        if before.is_none() {
            return;
        }
        leptos::task::spawn_local(async move {
            // What is shown stays where nothing newer can be had; the bar above says that the product is gone.
            if let Ok(answer) = load_targets().await
                && let Ok(newer) = answer.read()
            {
                picture.try_set(newer);
            }
        });
    });
}

fn exported(table: TableName) -> PanelMenu {
    PanelMenu {
        exports: Some(Changing::from(move || format!("table={}", table.as_str()))),
        ..PanelMenu::default()
    }
}

fn nothing() -> AnyView {
    view! {
        <PanelFrame id="targets" title="Targets">
            <Empty>
                "Name a prometheus.yml in observatory.toml: [scrape] config = \"prometheus.yml\". Its targets are scraped as Prometheus does it."
            </Empty>
        </PanelFrame>
    }
    .into_any()
}

fn active(picture: Picture) -> AnyView {
    view! {
        <PanelFrame id="targets" title="Targets" menu=exported(TableName::Targets)>
            <Table
                id="targets"
                title="targets"
                columns=active_columns()
                rows=move || picture.with(|it| it.active.iter().map(active_row).collect())
                is_tall=true
                empty="No target is scraped: the table below says why."
            />
        </PanelFrame>
    }
    .into_any()
}

fn dropped(picture: Picture) -> AnyView {
    let rows = move || picture.with(|it| it.dropped.iter().enumerate().map(dropped_row).collect());
    let more = move || {
        let more = picture.with(|it| (it.dropped_count as usize).saturating_sub(it.dropped.len()));
        match more {
            0 => String::new(),
            more => format!("and {more} others"),
        }
    };
    view! {
        <PanelFrame id="dropped" title="Found and not scraped">
            <Table
                id="dropped"
                title="targets"
                columns=dropped_columns()
                rows=rows
                empty="Every target that was found is scraped."
            />
            <p>{more}</p>
        </PanelFrame>
    }
    .into_any()
}

fn headline(picture: &TargetPicture) -> String {
    if picture.jobs == 0 {
        return "Nothing is scraped".to_owned();
    }
    let of = |health| {
        picture
            .active
            .iter()
            .filter(|it| it.health == health)
            .count()
    };
    let all = format::count(picture.active.len(), "target");
    match (of(TargetHealth::Down), of(TargetHealth::Unknown)) {
        _ if picture.active.is_empty() => "No target is scraped".to_owned(),
        (0, 0) => format!("{all}, and none fails"),
        (0, unknown) if unknown == picture.active.len() => format!("{all}, not asked yet"),
        (0, unknown) => format!("{all}, {unknown} not asked yet, and none fails"),
        (down, _) => format!("{down} of {all} cannot be scraped"),
    }
}

fn troubles(picture: Picture) -> AnyView {
    let rows = move || {
        picture.with(|it| {
            let texts = it.troubles.iter();
            let texts = texts.map(|it| format!("{}, {}: {}", it.job, it.from, it.why));
            all(texts.map(|text| view! { <li><p>{text}</p></li> }.into_any()))
        })
    };
    view! {
        <PanelFrame id="troubles" title="Where targets cannot be looked for">
            <ul class="findings">{rows}</ul>
        </PanelFrame>
    }
    .into_any()
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
        Column::new("sender", "From"),
        Column::new("way", "Way").width(120).second(),
        Column::new("reason", "Reason").width(190),
        Column::new("count", "How many").width(110).number(),
        Column::new("last", "Last").width(110).second(),
    ]
}

fn refused_row(refusal: &Refusal) -> TableRow {
    let Refusal {
        source,
        sender,
        reason,
        ..
    } = refusal;
    TableRow {
        key: format!("{source} {sender} {reason}"),
        href: None,
        cells: vec![
            // Below the name, where a phone shows it too.
            Cell::text(sender.clone()).note(refusal.example.as_str()),
            Cell::text(way(source)),
            Cell::text(reason.clone()),
            Cell::value(Unit::Number, Some(refusal.count as f64)),
            Cell::Time(refusal.at_ms),
        ],
    }
}

/// How something comes, as its protocol is called.
fn way(source: &str) -> &str {
    match source {
        "remote_write" => "remote write",
        "otlp" => "OTLP",
        other => other,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(jobs: u32, health: &[TargetHealth]) -> TargetPicture {
        let target = |health: &TargetHealth| Target {
            job: "node".to_owned(),
            instance: "it".to_owned(),
            labels: "{}".to_owned(),
            url: "http://it/metrics".to_owned(),
            health: *health,
            last_error: String::new(),
            last_scrape_ms: None,
            duration_seconds: 0.0,
            interval_seconds: 15.0,
            samples: 0,
            kept: 0,
        };
        TargetPicture {
            jobs,
            active: health.iter().map(target).collect(),
            dropped: Vec::new(),
            dropped_count: 0,
            troubles: Vec::new(),
            refusals: Vec::new(),
        }
    }

    #[test]
    fn headlines() {
        use TargetHealth::{Down, Unknown, Up};
        for (jobs, health, expected) in [
            (0, &[][..], "Nothing is scraped"),
            (1, &[], "No target is scraped"),
            (1, &[Up], "1 target, and none fails"),
            (1, &[Unknown], "1 target, not asked yet"),
            (
                1,
                &[Up, Unknown],
                "2 targets, 1 not asked yet, and none fails",
            ),
            (2, &[Up, Down], "1 of 2 targets cannot be scraped"),
        ] {
            assert_eq!(headline(&picture(jobs, health)), expected);
        }
    }

    #[test]
    fn a_refusal_says_whose_it_is_and_why() {
        let refusal = Refusal {
            source: "otlp".to_owned(),
            sender: "local".to_owned(),
            reason: "too_old".to_owned(),
            count: 7,
            since_ms: 1,
            at_ms: 2,
            example: "a is too old".to_owned(),
        };
        let row = refused_row(&refusal);
        assert_eq!(row.key, "otlp local too_old");
        assert_eq!(row.cells.len(), refused_columns().len());
    }
}
