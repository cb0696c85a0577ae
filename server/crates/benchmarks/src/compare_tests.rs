//! Comparisons: against figures computed elsewhere, and against chance.

use super::*;

/// Values that look like those of a benchmark: about `centre`, within some per cent, the same for the same seed.
fn measured(centre: f64, scatter: f64, seed: u64) -> Measured {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    // The sum of twelve is nearly normal.
    let mut normal = || (0..12).map(|_| next()).sum::<f64>() - 6.0;
    let samples = (0..30).map(|_| centre * (1.0 + scatter * normal()));
    Measured::of_samples("it", "seconds", samples.collect()).unwrap()
}

fn said(now: &Measured, past: &[Measured]) -> (Method, Verdict) {
    let compared = compare(now, past).unwrap();
    (compared.method, verdict(&compared, compared.p, false))
}

#[test]
fn what_is_said() {
    let runs = |centres: &[f64]| -> Vec<Measured> {
        let each = centres.iter().enumerate();
        each.map(|(n, centre)| measured(*centre, 0.01, n as u64 + 10))
            .collect()
    };
    for (now, past, expected) in [
        (1.5, &[1.0][..], (Method::Samples, Verdict::Worse)),
        (0.5, &[1.0, 1.01], (Method::Samples, Verdict::Better)),
        // Certainly more, but by less than runs may differ.
        (1.03, &[1.0], (Method::Samples, Verdict::Same)),
        (1.3, &[1.0, 1.01, 0.99, 1.0], (Method::Runs, Verdict::Worse)),
        (
            0.8,
            &[1.0, 1.01, 0.99, 1.0],
            (Method::Runs, Verdict::Better),
        ),
        (1.3, &[1.0, 1.4, 0.8, 1.2], (Method::Runs, Verdict::Same)),
        (1.002, &[1.0, 1.0, 1.0, 1.0], (Method::Runs, Verdict::Same)),
    ] {
        let (now_is, past_is) = (measured(now, 0.01, 99), runs(past));
        assert_eq!(said(&now_is, &past_is), expected, "{now} after {past:?}");
        let runs = compare(&now_is, &past_is).unwrap().runs;
        assert_eq!(runs, past.len(), "{now} after {past:?}");
    }
}

#[test]
fn more_may_be_better() {
    let compared = compare(&measured(2.0, 0.01, 1), &[measured(1.0, 0.01, 2)]).unwrap();
    assert_eq!(verdict(&compared, compared.p, true), Verdict::Better);
    assert_eq!(verdict(&compared, compared.p, false), Verdict::Worse);
    assert_eq!(
        verdict(&compared, 0.5, false),
        Verdict::Same,
        "the correction decides"
    );
}

#[test]
fn means_are_compared_as_welch_has_it() {
    let of = |mean: f64, deviation: f64, n: u64| Measured {
        deviation: Some(deviation),
        n,
        ..Measured::value("it", "seconds", mean)
    };
    let compared = compare(&of(1.2, 0.1, 10), &[of(1.0, 0.1, 20)]).unwrap();
    assert_eq!(compared.method, Method::Means);
    assert!((compared.change - 0.2).abs() < 1e-9);
    // By SciPy: t = 5.275396 with 21.3764 degrees of freedom.
    assert!((compared.p - 2.966_72e-5).abs() < 1e-9, "{}", compared.p);
    assert!((compared.interval.0 - 0.116_865).abs() < 1e-5);
    assert!((compared.interval.1 - 0.289_323).abs() < 1e-5);
}

#[test]
fn ranks_as_others_compute_them() {
    // scipy.stats.mannwhitneyu(a, b, use_continuity=True, method="asymptotic"): U = 3.5, p = 0.044125570.
    let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let b = [4.0, 5.5, 6.5, 7.0, 8.0];
    let compared = samples(&a, &b);
    assert!((compared.p - 0.044_125_57).abs() < 1e-8, "{}", compared.p);
    assert!(compared.change < 0.0 && compared.interval.1 > compared.interval.0);
}

#[test]
fn nothing_is_said_of_too_little() {
    let one = Measured::value("it", "seconds", 1.0);
    assert_eq!(compare(&one, &[]), None);
    assert_eq!(
        compare(&one, std::slice::from_ref(&one)),
        None,
        "neither has an error"
    );
    let negative = Measured::value("it", "", -1.0);
    assert_eq!(compare(&negative, &vec![one.clone(); 4]), None);
    // Single values suffice where runs are many.
    let compared = compare(&one, &vec![one.clone(); 4]).unwrap();
    assert_eq!(compared.runs, 4);
    assert_eq!(verdict(&compared, compared.p, false), Verdict::Same);
}

#[test]
fn p_values_are_corrected() {
    // The example of R's p.adjust(c(0.01, 0.02, 0.03, 0.5), "BH").
    let adjusted = corrected(&[0.5, 0.01, 0.02, 0.03]);
    for (found, expected) in adjusted.iter().zip([0.5, 0.04, 0.04, 0.04]) {
        assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
    }
    assert_eq!(corrected(&[f64::NAN]), [1.0]);
    assert!(corrected(&[]).is_empty());
}

/// Of 2,000 benchmarks in which nothing changes, few seem to have changed: the method keeps what it promises.
#[test]
fn chance_is_seldom_taken_for_a_change() {
    let mut wrong = 0;
    for n in 0..2000_u64 {
        // Runs differ by about 2 % for no reason.
        let run = |place: u64| {
            let centre = measured(1.0, 0.02, n * 31 + place).samples[(place * 7 % 30) as usize];
            measured(centre, 0.005, n * 57 + place)
        };
        let past: Vec<_> = (1..6).map(run).collect();
        let compared = compare(&run(6), &past).unwrap();
        wrong += u32::from(verdict(&compared, compared.p, false) != Verdict::Same);
    }
    // 5 % without any correction, and some play.
    assert!(wrong < 140, "{wrong} of 2000");
}
