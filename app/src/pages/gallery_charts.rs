//! Every kind of chart in every state, with made-up data: what is drawn here is looked at after each
//! change of the charts.

use leptos::prelude::*;
use ui::all;
use ui::chart::{Chart, ChartHandle, Picture, Sheet, png};
use wire::{Event, EventKind, Kind, Level, Matrix, Row, Threshold, Unit};

/// 2026-11-21 14:05:00 UTC: it is always the same day here.
const NOW: i64 = 1_795_269_900_000;
const HOUR: i64 = 3_600_000;
const STEP: i64 = 60_000;

/// All charts.
pub(crate) fn charts() -> AnyView {
    let kinds = kinds().into_iter().chain(states()).chain(bad_input());
    all(kinds.map(|(title, picture)| one(title, picture)))
}

fn one(title: &'static str, picture: Picture) -> AnyView {
    let as_table = RwSignal::new(false);
    let handle = ChartHandle::default();
    let toggle = move |_| as_table.update(|on| *on = !*on);
    view! {
        <section class="panel gallery-chart">
            <header>
                <h3>{title}</h3>
                <span class="exports">
                    <button class="quiet" type="button" on:click=toggle>"Table"</button>
                    <button class="quiet" type="button" on:click=move |_| png(handle)>"Picture"</button>
                </span>
            </header>
            <div class="body">
                <Chart
                    title=title.to_owned()
                    picture=RwSignal::new(picture)
                    as_table=as_table
                    handle=handle
                />
            </div>
        </section>
    }
    .into_any()
}

type Titled = (&'static str, Picture);

fn kinds() -> Vec<Titled> {
    let servers = ["filesystem", "s3-storage", "kubernetes"];
    let failing = |n: usize, at: usize| match n {
        0 if at > 330 => Some(40.0 + noise(n, at) * 3.0),
        0 => Some(noise(n, at).abs() * 0.5),
        1 => Some(1.0 + at as f64 / 60.0 + noise(n, at)),
        // Away for half an hour.
        _ if (150..180).contains(&at) => None,
        _ => Some(0.2 + noise(n, at).abs() * 0.4),
    };
    let line = Picture {
        unit: Unit::Percent,
        thresholds: vec![threshold(1.0, Level::Degraded, "objective 1 %")],
        marks: marks(),
        ..picture(Kind::Line, &servers, failing)
    };
    let used =
        |n: usize, at: usize| Some((n as f64 + 2.0) * 8e6 + at as f64 * 2e4 + noise(n, at) * 1e6);
    let area = Picture {
        unit: Unit::Bytes,
        ..picture(Kind::Area, &servers, used)
    };
    let calls = |n: usize, at: usize| {
        at.is_multiple_of(5)
            .then(|| (10.0 + (at as f64 / 40.0).sin() * 6.0 + noise(n, at) * 2.0).max(0.0))
    };
    let bars = Picture {
        unit: Unit::PerSecond,
        ..picture(Kind::Bars, &servers, calls)
    };
    let left =
        |_: usize, at: usize| Some(1.0 - at as f64 / 800.0 - if at > 200 { 0.2 } else { 0.0 });
    let burn = Picture {
        unit: Unit::Ratio,
        thresholds: vec![threshold(0.1, Level::Unhealthy, "spent")],
        ..picture(Kind::BurnDown, &["Availability 99.9 %"], left)
    };
    let names: Vec<String> = (1..=7).map(|n| format!("server-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answer = |n: usize, at: usize| Some(0.05 * (n + 1) as f64 + noise(n, at).abs() * 0.1);
    let multiples = Picture {
        unit: Unit::Seconds,
        ..picture(Kind::Multiples, &names, answer)
    };
    vec![
        ("Failing calls by server", line),
        ("Memory by server", area),
        ("Calls by server", bars),
        ("How long calls take", histogram(Kind::Histogram)),
        ("How long calls take, over time", histogram(Kind::Heatmap)),
        ("Error budget", burn),
        ("Time to answer, each", multiples),
    ]
}

fn states() -> Vec<Titled> {
    let one = |value: fn(usize) -> Option<f64>| move |_: usize, at: usize| value(at);
    let many: Vec<String> = (0..40).map(|n| format!("tool-{n:02}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let sparse = one(|at| (at % 6 == 0).then(|| 20.0 + (at as f64 / 30.0).sin() * 5.0));
    let gaps = one(|at| match at % 90 {
        0..40 => Some(5.0 + (at as f64 / 9.0).sin()),
        // A point alone.
        60 => Some(7.0),
        _ => None,
    });
    let narrow = Picture {
        unit: Unit::Seconds,
        thresholds: vec![
            threshold(0.2, Level::Degraded, ""),
            threshold(
                0.21,
                Level::Unhealthy,
                "much too long for a label, but it is shown",
            ),
        ],
        ..picture(
            Kind::Line,
            &["a"],
            one(|at| Some(0.19 + (at as f64).sin() * 0.01)),
        )
    };
    let busy = Picture {
        marks: (0..150).map(|n| mark(n, NOW - n * 2 * STEP)).collect(),
        ..picture(Kind::Line, &["a"], one(|at| Some((at as f64 / 50.0).cos())))
    };
    let days = Picture {
        from_ms: NOW - 9 * 24 * HOUR,
        ..with_step(
            picture(Kind::Line, &["a"], one(|at| Some(at as f64))),
            36 * STEP,
        )
    };
    vec![
        ("Nothing yet", picture(Kind::Line, &[], one(|_| None))),
        (
            "One point",
            picture(Kind::Line, &["a"], one(|at| (at == 200).then_some(3.0))),
        ),
        (
            "Forty series",
            picture(Kind::Line, &many, |n, at| {
                Some((n as f64 + noise(n, at)).abs())
            }),
        ),
        (
            "A point every six steps, and a row at each",
            picture(Kind::Line, &["slow", "fast"], move |n, at| {
                if n == 0 {
                    sparse(n, at)
                } else {
                    Some(10.0 + noise(n, at))
                }
            }),
        ),
        ("Gaps and a point alone", picture(Kind::Line, &["a"], gaps)),
        ("Two thresholds beside each other", narrow),
        ("A hundred and fifty marks", busy),
        ("Nine days", days),
    ]
}

fn bad_input() -> Vec<Titled> {
    let long = "long ".repeat(1000);
    let names = [
        "<img src=x onerror=alert(1)> & \"quoted\"",
        &long,
        "שלום עולם مرحبا",
        "\u{202e}backwards\u{202c}",
        "line\nbreak\ttab",
        "",
        "same",
        "same",
    ];
    let named = picture(Kind::Line, &names, |n, at| {
        Some(n as f64 + noise(n, at).abs())
    });
    let one = |value: fn(usize) -> Option<f64>| picture(Kind::Line, &["a"], move |_, at| value(at));
    let extremes = one(|at| Some(if at % 100 == 50 { 1e18 } else { 1e-12 }));
    let endless = one(|at| match at % 60 {
        10 => Some(f64::MAX),
        40 => Some(f64::MIN),
        50 => Some(-0.0),
        _ => Some((at as f64 / 20.0).sin()),
    });
    let backwards = Picture {
        from_ms: NOW,
        to_ms: NOW - 6 * HOUR,
        ..one(|at| Some(at as f64))
    };
    let ages = Picture {
        from_ms: 0,
        to_ms: 253_402_300_799_000,
        ..one(|at| Some(at as f64))
    };
    vec![
        ("Names as they come", named),
        ("1e18 and 1e-12", extremes),
        ("Infinite values", endless),
        ("All the same", one(|_| Some(42.0))),
        ("All zero", one(|_| Some(0.0))),
        (
            "Below zero",
            one(|at| Some(-3.0 - (at as f64 / 30.0).sin())),
        ),
        (
            "Far from zero",
            one(|at| Some(1000.0 + (at as f64 / 30.0).sin())),
        ),
        ("A range that runs backwards", backwards),
        ("From 1970 to 9999", ages),
        (
            "A histogram without bounds",
            picture(Kind::Histogram, &["a", "b"], |_, _| Some(1.0)),
        ),
    ]
}

/// Six hours of series, a value a minute.
fn picture(kind: Kind, names: &[&str], value: impl Fn(usize, usize) -> Option<f64>) -> Picture {
    let row = |(n, name): (usize, &&str)| Row {
        labels: vec![
            ("name".to_owned(), (*name).to_owned()),
            ("n".to_owned(), n.to_string()),
        ],
        values: (0..=360).map(|at| value(n, at)).collect(),
    };
    let matrix = Matrix {
        from_ms: NOW - 6 * HOUR,
        step_ms: STEP,
        rows: names.iter().enumerate().map(row).collect(),
    };
    Picture {
        kind,
        sheet: Sheet::of(&[("{{name}}", &matrix)]),
        from_ms: NOW - 6 * HOUR,
        to_ms: NOW,
        ..Picture::default()
    }
}

/// The same values, further apart.
fn with_step(mut picture: Picture, step_ms: i64) -> Picture {
    let count = picture.sheet.at_ms.len() as i64;
    for (n, at) in picture.sheet.at_ms.iter_mut().enumerate() {
        *at = (NOW - (count - 1 - n as i64) * step_ms) as f64;
    }
    picture
}

fn histogram(kind: Kind) -> Picture {
    const BOUNDS: [&str; 9] = [
        "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "+Inf",
    ];
    let count = |bucket: usize, at: usize| -> f64 {
        let middle = 3.5 + (at as f64 / 40.0).sin() * 1.5;
        (0..=bucket)
            .map(|b| (120.0 * (-(b as f64 - middle).powi(2) / 2.0).exp()).floor())
            .sum()
    };
    let row = |(bucket, le): (usize, &&str)| Row {
        labels: vec![("le".to_owned(), (*le).to_owned())],
        values: (0..=360)
            .map(|at| (at % 4 == 0).then(|| count(bucket, at)))
            .collect(),
    };
    let matrix = Matrix {
        from_ms: NOW - 6 * HOUR,
        step_ms: STEP,
        rows: BOUNDS.iter().enumerate().map(row).collect(),
    };
    Picture {
        kind,
        unit: Unit::Seconds,
        sheet: Sheet::of(&[("{{le}}", &matrix)]),
        from_ms: NOW - 6 * HOUR,
        to_ms: NOW,
        ..Picture::default()
    }
}

fn threshold(value: f64, level: Level, label: &str) -> Threshold {
    Threshold {
        value,
        level,
        label: label.to_owned(),
        below: false,
    }
}

fn marks() -> Vec<Event> {
    [331, 320, 120]
        .into_iter()
        .map(|n| mark(n, NOW - (360 - n) * STEP))
        .collect()
}

fn mark(id: i64, at_ms: i64) -> Event {
    let (kind, title) = match id % 3 {
        0 => (EventKind::Restart, "s3-storage restarted"),
        1 => (
            EventKind::Definition,
            "filesystem: read_file changed its input",
        ),
        _ => (EventKind::Alert, "filesystem: 41 % of calls fail"),
    };
    Event {
        id,
        at_ms,
        kind,
        server: "filesystem".to_owned(),
        title: title.to_owned(),
        link: "/alerts".to_owned(),
    }
}

/// The same numbers every time, between -1 and 1.
fn noise(n: usize, at: usize) -> f64 {
    let mixed = (n as u32 + 1)
        .wrapping_mul(0x9e37_79b9)
        .wrapping_add(at as u32)
        .wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
    f64::from((mixed ^ (mixed >> 16)) % 2001) / 1000.0 - 1.0
}
