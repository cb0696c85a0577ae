//! Scenes of every kind, also of what should not be.

use wire::{Event, EventKind, Level, Matrix, Row, Threshold};

use super::super::probe;
use super::*;
use crate::chart::Sheet;

const N: f64 = f64::NAN;

fn picture(kind: Kind, rows: &[(&str, &[f64])]) -> Picture {
    let times = rows.iter().map(|(_, values)| values.len()).max();
    let at: Vec<f64> = (0..times.unwrap_or(0)).map(|n| n as f64 * 1000.0).collect();
    let to_ms = at.last().map_or(60_000, |last| *last as i64);
    let rows = rows
        .iter()
        .map(|(name, values)| ((*name).to_owned(), values.to_vec()));
    Picture {
        kind,
        sheet: Sheet::of_rows(at, rows.collect()),
        to_ms,
        ..Picture::default()
    }
}

fn scene_without(picture: &Picture, hidden: &str) -> Scene {
    let cell = |n: f64| Room {
        left: n * 200.0,
        top: 0.0,
        width: 180.0,
        height: 60.0,
    };
    let cells: Vec<Room> = (0..picture.sheet.rows.len())
        .map(|n| cell(n as f64))
        .collect();
    Scene::of(
        picture,
        &View {
            size: (600.0, 220.0),
            is_hidden: &|key| key.contains(hidden),
            measure: &|text| text.chars().count() as f64 * 6.0,
            shift: &|at| at,
            cells: &cells,
        },
    )
}

fn scene(picture: &Picture) -> Scene {
    scene_without(picture, "\u{0}")
}

fn histogram(kind: Kind) -> Picture {
    let bucket = |le: &str, values: [f64; 3]| Row {
        labels: vec![("le".to_owned(), le.to_owned())],
        values: values.into_iter().map(Some).collect(),
    };
    let matrix = Matrix {
        from_ms: 0,
        step_ms: 1000,
        rows: vec![
            bucket("+Inf", [4.0, 5.0, 9.0]),
            bucket("0.1", [1.0, 1.0, 2.0]),
            bucket("1", [3.0, 4.0, 9.0]),
        ],
    };
    Picture {
        kind,
        unit: Unit::Seconds,
        sheet: Sheet::of(&[("{{le}}", &matrix)]),
        to_ms: 2000,
        ..Picture::default()
    }
}

#[test]
fn everything_has_a_place() {
    let bad: [(&str, &[f64]); 6] = [
        ("none", &[N, N, N]),
        ("ends", &[f64::INFINITY, f64::NEG_INFINITY, 1.0]),
        ("large", &[1e18, 1e-12, -1e18]),
        ("equal", &[5.0, 5.0, 5.0]),
        ("one", &[N, 3.0, N]),
        ("zero", &[-0.0, 0.0, -0.0]),
    ];
    let ends = [
        (0, 2000),
        (2000, 0),
        (0, 0),
        (i64::MIN, i64::MAX),
        (0, 253_402_300_799_000),
    ];
    let sets: Vec<&[(&str, &[f64])]> = (0..6)
        .map(|n| &bad[n..=n])
        .chain([&bad[..], &bad[..0]])
        .collect();
    for kind in Kind::ALL {
        for rows in &sets {
            for (from_ms, to_ms) in ends {
                let mut picture = picture(*kind, rows);
                (picture.from_ms, picture.to_ms) = (from_ms, to_ms);
                let scene = scene(&picture);
                let what = format!("{kind:?} {rows:?} {from_ms}..{to_ms}");
                assert!(scene.scale.low < scene.scale.high, "{what}");
                assert!(scene.rooms.iter().all(|room| room.width >= 1.0), "{what}");
                assert!(scene.below.len() < 20, "{what}");
                for x in [-9.0, 60.0, 300.0, 9e9] {
                    let at = scene.at_ms(0, x);
                    assert!(at >= scene.ends.0 && at <= scene.ends.1, "{what}");
                    let found = probe::at(&scene, &picture, at, Some(50.0), None);
                    let found = found.into_iter().flat_map(|probe| probe.found);
                    assert!(found.into_iter().all(|f| f.y.is_finite()), "{what}");
                    let _ = probe::cell(&scene, &picture, x, 9.0);
                }
            }
        }
    }
}

#[test]
fn axes() {
    let mut line = picture(Kind::Line, &[("a", &[0.0, 40.0]), ("b", &[10.0, 90.0])]);
    line.unit = Unit::Percent;
    let words = |scene: &Scene| -> String {
        let all: Vec<_> = scene.scale.ticks.iter().map(|(_, w)| w.as_str()).collect();
        all.join(", ")
    };
    assert_eq!(words(&scene(&line)), "0, 20 %, 40 %, 60 %, 80 %, 100 %");
    // A hidden series leaves its room to the others.
    assert_eq!(
        words(&scene_without(&line, "b")),
        "0, 10 %, 20 %, 30 %, 40 %"
    );
    // A threshold that is near is shown, and one that is far does not squash the lines.
    let threshold = |value| Threshold {
        value,
        level: Level::Degraded,
        label: String::new(),
        below: false,
    };
    line.thresholds = vec![threshold(120.0), threshold(1e6)];
    assert_eq!(scene(&line).scale.high, 125.0);
    line.sheet.rows.clear();
    assert_eq!(scene(&line).scale.high, 1e6);
    // Infinite values do not hide the others.
    let endless = picture(Kind::Line, &[("a", &[1.0, f64::INFINITY, 3.0])]);
    assert_eq!(scene(&endless).scale.high, 3.0);
    // The labels at the left have room.
    let mut sizes = picture(Kind::Line, &[("a", &[1000.0e12, 1004.0e12])]);
    sizes.unit = Unit::Bytes;
    assert!(scene(&sizes).rooms[0].left >= 52.0);
}

#[test]
fn stacks() {
    let area = picture(Kind::Area, &[("a", &[1.0, 2.0]), ("b", &[3.0, 4.0])]);
    let all = scene(&area);
    assert_eq!((all.scale.low, all.scale.high), (0.0, 6.0));
    let found = probe::at(&all, &area, 1000.0, None, None);
    let found = found.map(|probe| probe.found).unwrap_or_default();
    // The largest first; each where its layer ends.
    let values: Vec<_> = found.iter().map(|f| (f.value, f.y.round())).collect();
    assert_eq!(values[0].0, 4.0);
    assert_eq!(values[0].1, 10.0);
    assert_eq!(values[1].0, 2.0);
}

#[test]
fn pointing() {
    let line = picture(
        Kind::Line,
        &[
            ("a", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
            ("slow", &[9.0, N, N, 8.0, N, N, 7.5]),
            ("gone", &[4.0, 4.0, 4.0, N, N, N, N]),
        ],
    );
    let scene = scene(&line);
    let names = |at: f64, y: Option<f64>| -> Vec<(String, bool)> {
        let found = probe::at(&scene, &line, at, y, None).map(|probe| probe.found);
        found
            .unwrap_or_default()
            .iter()
            .map(|f| (line.sheet.rows[f.row].name.clone(), f.is_nearest))
            .collect()
    };
    let owned = |all: &[(&str, bool)]| -> Vec<(String, bool)> {
        all.iter().map(|(n, is)| ((*n).to_owned(), *is)).collect()
    };
    // Between the points of a slow series stands its nearest one; what ended is not there.
    assert_eq!(
        names(3900.0, Some(0.0)),
        owned(&[("slow", true), ("a", false)])
    );
    assert_eq!(
        names(100.0, Some(220.0)),
        owned(&[("slow", false), ("gone", false), ("a", true)])
    );
    // By keys.
    for (from, by, expected) in [
        (None, 1, Some(6000.0)),
        (Some(3000.0), 1, Some(4000.0)),
        (Some(3000.0), -10, Some(0.0)),
        (Some(3000.0), 10, Some(6000.0)),
        (Some(6000.0), 1, None),
        (Some(-5.0), -1, None),
    ] {
        assert_eq!(probe::step(&scene, &line, from, by), expected, "{from:?}");
    }
}

#[test]
fn histograms() {
    let bars = histogram(Kind::Histogram);
    let shown = scene(&bars);
    assert_eq!(shown.counts, [[2.0, 7.0, 0.0]]);
    let below: Vec<_> = shown.below.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(below, ["100 ms", "1 s"]);
    let cell = probe::cell(&shown, &bars, 300.0, 50.0);
    let cell = cell.map(|cell| (cell.words, cell.count, cell.at_ms));
    assert_eq!(
        cell,
        Some(("100 ms to 1 s".to_owned(), "7".to_owned(), None))
    );
    let heat = histogram(Kind::Heatmap);
    let shown = scene(&heat);
    assert_eq!(
        shown.counts,
        [[1.0, 2.0, 1.0], [1.0, 3.0, 1.0], [2.0, 7.0, 0.0]]
    );
    let cell = probe::cell(&shown, &heat, 590.0, 195.0);
    let cell = cell.map(|cell| (cell.words, cell.count, cell.at_ms));
    assert_eq!(
        cell,
        Some(("≤ 100 ms".to_owned(), "2".to_owned(), Some(2000.0)))
    );
}

#[test]
fn marks_stand_together() {
    let mut line = picture(Kind::Line, &[("a", &[1.0; 61])]);
    line.marks = [0, 500, 30_000, 59_900, 99_000]
        .map(|at_ms| Event {
            id: at_ms,
            at_ms,
            kind: EventKind::Alert,
            server: String::new(),
            title: String::new(),
            link: String::new(),
        })
        .to_vec();
    let together: Vec<_> = scene(&line).marks.iter().map(|(_, n)| n.clone()).collect();
    assert_eq!(together, [vec![0, 1], vec![2], vec![3]]);
}

#[test]
fn small_charts_stand_apart() {
    let rows: [(&str, &[f64]); 3] = [("a", &[1.0, 2.0]), ("b", &[5.0, 5.0]), ("c", &[9.0, 8.0])];
    let small = picture(Kind::Multiples, &rows);
    let shown = scene_without(&small, "\u{1f}a");
    assert_eq!((shown.rooms.len(), shown.rows.as_slice()), (3, &[1, 2][..]));
    // One scale for all; a place between them is in none.
    assert_eq!((shown.scale.low, shown.scale.high), (0.0, 10.0));
    assert_eq!(shown.room_at(390.0, 30.0), None);
    assert_eq!(shown.room_at(500.0, 30.0), Some(2));
    let found = probe::at(&shown, &small, 0.0, Some(30.0), Some(2));
    let found = found.map(|probe| probe.found).unwrap_or_default();
    assert_eq!(
        found.iter().map(|f| (f.row, f.value)).collect::<Vec<_>>(),
        [(2, 9.0)]
    );
    // By keys: what all of them have.
    let all = probe::at(&shown, &small, 0.0, None, None).map(|probe| probe.found.len());
    assert_eq!(all, Some(2));
    for (kind, expected) in [
        (Kind::Line, true),
        (Kind::Heatmap, true),
        (Kind::Histogram, false),
    ] {
        assert_eq!(scene(&picture(kind, &rows)).is_over_time(), expected);
    }
    // A chart alone is pointed at from beside its plot too, above and below.
    let alone = scene(&picture(Kind::Line, &rows));
    assert_eq!(alone.room_at(300.0, -50.0), Some(0));
    assert_eq!(alone.room_at(10.0, 50.0), None);
}
