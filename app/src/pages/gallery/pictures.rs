//! Pictures that the server draws.

use leptos::prelude::*;
use ui::{
    BarItem, BarList, Gantt, Gauge, Phase, Reading, SpanRow, Spark, Sparkline, StartUp, Stat,
    StatTile, StateRow, States, Thresholds, Waterfall, all, format,
};
use wire::{Level, Unit};

use super::data::{NOW_MS, SERVERS, course, spans};

fn tile(title: &str, stat: Stat, href: Option<&str>) -> AnyView {
    let href = href.map(str::to_owned);
    view! { <StatTile title=title stat=move || stat.clone() href=href /> }.into_any()
}

pub(super) fn tiles() -> AnyView {
    let calls = Stat {
        number: "1,284".to_owned(),
        unit: "/min".to_owned(),
        ..Stat::default()
    };
    let limit = Thresholds {
        warn: 1.0,
        bad: 4.0,
    };
    let mut failing = course(7, 40, 0.4, 0.2);
    failing.extend([1.2, 3.8, 4.4, 4.1, 4.9, 4.8]);
    let failing = Spark {
        values: failing,
        threshold: Some(1.0),
    };
    let mut broken = course(5, 40, 37.0, 6.0);
    broken[12..20].fill(f64::NAN);
    let open = Stat {
        number: "37".to_owned(),
        unit: "of 64".to_owned(),
        ..Stat::default()
    };
    view! {
        <div class="tiles">
            {tile("Calls", calls.detail("+6 % against yesterday").spark(course(1, 60, 1200.0, 160.0)), Some("#tiles"))}
            {tile(
                "Failing",
                Stat::of(Unit::Percent, Some(4.8)).level(limit.level(Some(4.8))).detail("objective 1 %, over since 14:02").spark(failing),
                Some("#tiles"),
            )}
            {tile(
                "Duration, p95",
                Stat::of(Unit::Seconds, Some(0.192)).level(Level::Degraded).detail("objective 200 ms")
                    .spark(Spark { values: course(3, 60, 0.17, 0.02), threshold: Some(0.2) }),
                None,
            )}
            {tile("Open connections", open.detail("31 stdio, 6 HTTP; a gap at 13:20").spark(broken), None)}
            {tile("Traffic", Stat::of(Unit::Bytes, None).detail("No call has been seen yet."), None)}
        </div>
    }
    .into_any()
}

fn reading(
    share: Option<f64>,
    text: &str,
    level: Level,
    detail: &str,
    mark: Option<f64>,
) -> Reading {
    Reading {
        share,
        text: text.to_owned(),
        level,
        detail: detail.to_owned(),
        mark,
    }
}

fn gauge(title: &str, place: &str, reading: Reading) -> AnyView {
    view! { <Gauge title=title place=place reading=move || reading.clone() /> }.into_any()
}

pub(super) fn measures() -> AnyView {
    use Level::{Degraded, Healthy, Unhealthy, Unknown};
    let bar = |name: &str, value: f64, level: Level| BarItem {
        name: name.to_owned(),
        value,
        text: format::value(Unit::Seconds, value),
        href: Some("#gauges".to_owned()),
        level,
    };
    let bars = vec![
        bar("list_objects", 4.1, Unhealthy),
        bar("read_file", 1.24, Degraded),
        bar("query_range", 0.24, Healthy),
        bar(
            "a_tool_whose_name_goes_on_and_on_and_on_until_it_has_to_be_broken_somewhere",
            0.061,
            Healthy,
        ),
        bar("ping", 0.0004, Healthy),
    ];
    let lines: [(&str, Vec<f64>); 5] = [
        ("steady", course(2, 60, 100.0, 2.0)),
        ("at zero", vec![0.0; 30]),
        ("one value", vec![5.0]),
        (
            "with gaps",
            vec![1.0, 2.0, 3.0, f64::NAN, f64::NAN, 2.0, f64::NAN, 4.0, 3.0],
        ),
        ("ten thousand values", course(9, 10_000, 10.0, 8.0)),
    ];
    let lines = all(lines.into_iter().map(|(name, values)| {
        let spark = Spark::from(values);
        let label = move || format!("A course that is {name}");
        view! {
            <li>
                <span>{name}</span>
                <Sparkline spark=move || spark.clone() label=Some(label.into()) />
            </li>
        }
    }));
    view! {
        <div class="halves">
            <div>
                {gauge("CPU", "", reading(Some(0.38), "38 %", Healthy, "", None))}
                {gauge("Memory", "", reading(Some(0.88), "88 %", Degraded, "14.1 of 16 GB", Some(0.85)))}
                {gauge("Disk", "/var/lib", reading(Some(0.97), "97 %", Unhealthy, "full in 2 d at this rate", Some(0.95)))}
                {gauge("Open files", "", reading(None, "first look under way", Unknown, "", None))}
            </div>
            <div>
                {gauge("Availability 99.9 %", "", reading(Some(0.71), "71 % left", Healthy, "30.7 of 43.2 min", Some(0.5)))}
                {gauge("95 % of calls under 200 ms", "", reading(Some(0.48), "48 % left", Degraded, "lasts 12 d at this rate", Some(0.5)))}
                {gauge("Errors under 1 %", "", reading(Some(0.09), "9 % left", Unhealthy, "spent in 2 d at this rate", Some(0.5)))}
            </div>
            <BarList title="Slowest tools" items=move || bars.clone() />
            <ul class="sparklines">{lines}</ul>
            <BarList title="Nothing" items=Vec::new />
        </div>
    }
    .into_any()
}

pub(super) fn strips() -> AnyView {
    use Level::{Degraded, Healthy, Unhealthy, Unknown};
    let strips: [&[(i64, Level)]; 6] = [
        &[
            (300, Healthy),
            (1, Unhealthy),
            (40, Healthy),
            (19, Unhealthy),
        ],
        &[
            (210, Healthy),
            (30, Degraded),
            (50, Healthy),
            (70, Degraded),
        ],
        &[(360, Healthy)],
        &[(90, Healthy), (60, Unknown), (210, Healthy)],
        &[(200, Healthy), (4, Unhealthy), (156, Healthy)],
        &[(360, Unknown)],
    ];
    let notes = ["94.44 %", "72.22 %", "100 %", "100 %", "98.89 %", "–"];
    let rows: Vec<_> = SERVERS
        .iter()
        .zip(strips)
        .zip(notes)
        .map(|(((name, ..), parts), note)| StateRow {
            name: (*name).to_owned(),
            href: Some("#strips".to_owned()),
            spans: spans(parts),
            note: note.to_owned(),
        })
        .collect();
    let range = Some((NOW_MS - 21_600_000, NOW_MS));
    view! {
        <div class="panel"><div class="body">
            <States title="Servers over the last 6 hours" rows=move || rows.clone() range=range.map(|range| (move || range).into()) />
        </div></div>
        <States title="Nothing" rows=Vec::new />
    }
    .into_any()
}

pub(super) fn waterfall() -> AnyView {
    let span = |name: &str, service: &str, depth, from_seconds, seconds, level| SpanRow {
        name: name.to_owned(),
        service: service.to_owned(),
        depth,
        from_seconds,
        seconds,
        level,
        href: Some("#waterfall".to_owned()),
    };
    use Level::{Healthy, Unhealthy};
    let spans = vec![
        span("POST /chat", "gateway", 0, 0.0, 1.482, Unhealthy),
        span("plan", "agent", 1, 0.012, 0.41, Healthy),
        span(
            "tools/call list_objects",
            "s3-storage",
            1,
            0.43,
            0.214,
            Healthy,
        ),
        span("connect", "s3-storage", 2, 0.431, 0.012, Healthy),
        span(
            "tools/call read_file",
            "filesystem",
            1,
            0.66,
            0.78,
            Unhealthy,
        ),
        span("validate", "filesystem", 2, 0.661, 0.0004, Healthy),
        span("read", "filesystem", 2, 0.664, 0.772, Unhealthy),
        span(
            "a call within a call within a call, named at length",
            "disk",
            7,
            0.7,
            0.7,
            Healthy,
        ),
        span("answer", "gateway", 1, 1.45, 0.03, Healthy),
    ];
    view! {
        <div class="panel"><div class="body">
            <Waterfall title="Spans of the trace" spans=move || spans.clone() />
        </div></div>
        <Waterfall title="Nothing" spans=Vec::new />
    }
    .into_any()
}

pub(super) fn gantt() -> AnyView {
    let phases = |begin: f64, parts: &[(&str, f64)]| {
        let mut from_seconds = begin;
        let phase = |(name, seconds): &(&str, f64)| {
            let phase = Phase {
                name: (*name).to_owned(),
                from_seconds,
                seconds: *seconds,
            };
            from_seconds += seconds;
            phase
        };
        parts.iter().map(phase).collect()
    };
    let start = |name: &str, phases, level| StartUp {
        name: name.to_owned(),
        href: Some("#gantt".to_owned()),
        phases,
        level,
    };
    let rows = vec![
        start(
            "filesystem",
            phases(
                0.0,
                &[("process", 0.21), ("handshake", 0.05), ("list tools", 0.02)],
            ),
            Level::Healthy,
        ),
        start(
            "s3-storage",
            phases(
                0.02,
                &[
                    ("transport", 0.6),
                    ("handshake", 0.31),
                    ("list tools", 0.14),
                ],
            ),
            Level::Degraded,
        ),
        start(
            "kubernetes",
            phases(
                0.02,
                &[
                    ("transport", 0.08),
                    ("handshake", 0.11),
                    ("list tools", 0.41),
                ],
            ),
            Level::Healthy,
        ),
        start(
            "desktop-commander",
            phases(0.03, &[("process", 2.4)]),
            Level::Unhealthy,
        ),
    ];
    view! {
        <div class="panel"><div class="body">
            <Gantt title="Start of all servers" start_ups=move || rows.clone() />
        </div></div>
        <Gantt title="Nothing" start_ups=Vec::new />
    }
    .into_any()
}
