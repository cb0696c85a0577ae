//! Points that come in every order.

use wire::Row;

use super::*;

fn matrix(from_ms: i64, step_ms: i64, rows: &[(&str, &[Option<f64>])]) -> Matrix {
    let row = |(name, values): &(&str, &[Option<f64>])| Row {
        labels: vec![("s".to_owned(), (*name).to_owned())],
        values: values.to_vec(),
    };
    Matrix {
        from_ms,
        step_ms,
        rows: rows.iter().map(row).collect(),
    }
}

/// `name: value value …`, `-` where there is none.
fn text(sheet: &Sheet) -> Vec<String> {
    let number = |value: &f64| match value.is_nan() {
        true => "-".to_owned(),
        false => value.to_string(),
    };
    let line = |name: &str, values: &[f64]| {
        let values: Vec<_> = values.iter().map(number).collect();
        format!("{name}: {}", values.join(" "))
    };
    let rows = sheet.rows.iter().map(|row| line(&row.name, &row.values));
    std::iter::once(line("at", &sheet.at_ms))
        .chain(rows)
        .collect()
}

const L: &str = "{{s}}";
const A: Option<f64> = Some(1.0);
const B: Option<f64> = Some(2.0);
const C: Option<f64> = Some(3.0);

#[test]
fn queries_share_their_times() {
    let (a, b) = (
        matrix(0, 10, &[("x", &[A, None, C]), ("y", &[B, B, B])]),
        matrix(5, 10, &[("x", &[C])]),
    );
    assert_eq!(
        text(&Sheet::of(&[(L, &a), (L, &b)])),
        [
            "at: 0 5 10 20",
            "x: 1 - - 3",
            "y: 2 - 2 2",
            "x (2): - 3 - -"
        ]
    );
    assert_eq!(text(&Sheet::of(&[])), ["at: "]);
    assert_eq!(text(&Sheet::of(&[("", &Matrix::default())])), ["at: "]);
    // A series without a single value is none.
    let empty = matrix(0, 10, &[("x", &[None, None])]);
    assert_eq!(Sheet::of(&[(L, &empty)]).rows.len(), 0);
}

#[test]
fn points_arrive() {
    type Step = (Matrix, Option<Matrix>, i64, &'static [&'static str]);
    let steps: [Step; 8] = [
        // The next point; the series that is missing in it has none there.
        (
            matrix(30, 10, &[("x", &[A])]),
            None,
            0,
            &["at: 10 20 30", "x: 1 2 1", "y: 1 1 -"],
        ),
        // A late one replaces what is there.
        (
            matrix(20, 10, &[("x", &[C, C]), ("y", &[B, None])]),
            None,
            0,
            &["at: 10 20 30", "x: 1 3 3", "y: 1 2 -"],
        ),
        // A tip stands at the end, and nothing else changes.
        (
            Matrix::default(),
            Some(matrix(34, 10, &[("x", &[B])])),
            0,
            &["at: 10 20 30 34", "x: 1 3 3 2", "y: 1 2 - -"],
        ),
        // The next tip takes its place.
        (
            Matrix::default(),
            Some(matrix(38, 10, &[("y", &[B])])),
            0,
            &["at: 10 20 30 38", "x: 1 3 3 -", "y: 1 2 - 2"],
        ),
        // So does the next point.
        (
            matrix(40, 10, &[("x", &[A]), ("y", &[A])]),
            None,
            0,
            &["at: 10 20 30 40", "x: 1 3 3 1", "y: 1 2 - 1"],
        ),
        // A tip that is older than what is known is none.
        (
            Matrix::default(),
            Some(matrix(40, 10, &[("x", &[C])])),
            0,
            &["at: 10 20 30 40", "x: 1 3 3 1", "y: 1 2 - 1"],
        ),
        // A new series begins; what has left the range goes, but for the point before its begin.
        (
            matrix(50, 10, &[("x", &[A]), ("z", &[B])]),
            None,
            30,
            &["at: 20 30 40 50", "x: 3 3 1 1", "y: 2 - 1 -", "z: - - - 2"],
        ),
        // A series that has left the range goes too.
        (
            matrix(60, 10, &[("x", &[A])]),
            None,
            50,
            &["at: 40 50 60", "x: 1 1 1", "z: - 2 -"],
        ),
    ];
    let first = matrix(10, 10, &[("x", &[A, B]), ("y", &[A, A])]);
    let mut sheet = Sheet::of(&[(L, &first)]);
    for (points, tip, from_ms, expected) in steps {
        sheet.merge(0, L, &points, tip.as_ref(), from_ms);
        assert_eq!(text(&sheet), expected);
    }
}

#[test]
fn tips_of_two_queries() {
    let mut sheet = Sheet::of(&[]);
    let tip = |at| matrix(at, 10, &[("x", &[A])]);
    sheet.merge(0, L, &matrix(0, 10, &[("x", &[A])]), Some(&tip(7)), 0);
    sheet.merge(1, L, &matrix(0, 10, &[("x", &[B])]), Some(&tip(7)), 0);
    assert_eq!(text(&sheet), ["at: 0 7", "x: 1 1", "x (2): 2 1"]);
    sheet.merge(0, L, &matrix(10, 10, &[("x", &[A])]), Some(&tip(12)), 0);
    assert_eq!(
        text(&sheet),
        ["at: 0 7 10 12", "x: 1 - 1 1", "x (2): 2 1 - -"]
    );
    sheet.merge(1, L, &matrix(10, 10, &[("x", &[B])]), Some(&tip(13)), 0);
    assert_eq!(
        text(&sheet),
        ["at: 0 10 12 13", "x: 1 1 1 -", "x (2): 2 2 - 1"]
    );
}

#[test]
fn old_points_go_now_and_then() {
    let mut sheet = Sheet::of_rows(vec![0.0], vec![("x".to_owned(), vec![0.0])]);
    for n in 1..100_000_i64 {
        sheet.push(n as f64, &[n as f64]);
        sheet.drop_before((n - 600) as f64);
        assert!(sheet.at_ms.len() <= 650, "{}", sheet.at_ms.len());
        assert_eq!(sheet.range(n - 600, n).len(), (n as usize).min(600) + 1);
        assert_eq!(sheet.rows[0].values.len(), sheet.at_ms.len());
    }
}

#[test]
fn equal_names_are_told_apart() {
    let row = |labels: &[(&str, &str)]| Row {
        labels: labels
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
        values: vec![A],
    };
    let all = Matrix {
        from_ms: 0,
        step_ms: 1,
        rows: vec![
            row(&[("s", "fs"), ("step", "ping")]),
            row(&[("s", "fs"), ("step", "list")]),
            row(&[("s", "db"), ("step", "ping")]),
        ],
    };
    let names =
        |sheet: &Sheet| -> Vec<String> { sheet.rows.iter().map(|row| row.name.clone()).collect() };
    let sheet = Sheet::of(&[(L, &all)]);
    assert_eq!(names(&sheet), ["fs · step ping", "fs · step list", "db"]);
    let sheet = Sheet::of(&[("same", &all), ("same", &all)]);
    let mut all_names = names(&sheet);
    all_names.sort_unstable();
    all_names.dedup();
    assert_eq!(all_names.len(), 6, "{all_names:?}");
    let colours: Vec<_> = sheet.rows.iter().map(|row| row.colour).collect();
    assert!(colours.iter().all(|colour| *colour < 8));
}

#[test]
fn numbers_that_are_none() {
    let values = [Some(f64::MAX), Some(f64::MIN), Some(-0.0), None, Some(1e18)];
    let sheet = Sheet::of(&[(L, &matrix(0, 1, &[("x", &values)]))]);
    let got = &sheet.rows[0].values;
    assert_eq!(got[0], f64::INFINITY);
    assert_eq!(got[1], f64::NEG_INFINITY);
    assert!(got[2].is_sign_positive() && got[3].is_nan());
    let all = sheet.rows[0].summary(0..5);
    assert_eq!(
        all,
        Some(Summary {
            last: 1e18,
            min: f64::NEG_INFINITY,
            max: f64::INFINITY
        })
    );
    assert_eq!(sheet.rows[0].summary(3..4), None);
    assert_eq!(sheet.rows[0].summary(9..12), None);
    // Points in the same millisecond: the last one counts.
    let twice = Sheet::of(&[(L, &matrix(5, 0, &[("x", &[A, B])]))]);
    assert_eq!(text(&twice), ["at: 5", "x: 2"]);
    // A range that runs backwards has nothing in it.
    assert_eq!(sheet.range(9, 1), 5..5);
}
