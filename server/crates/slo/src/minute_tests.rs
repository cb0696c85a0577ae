//! Minutes of answers.

use super::*;

fn events(counted: Counted) -> Indicator {
    Indicator::Events {
        counted,
        query: "sum(rate(a[{{.window}}]))".to_owned(),
        total: "sum(rate(b[{{.window}}]))".to_owned(),
    }
}

#[test]
fn answers_become_minutes() {
    let gap = Minute::gap(7);
    let counted = |good, total| Minute::counted(7, good, total);
    let latency = Indicator::Latency {
        histogram: "h".to_owned(),
        threshold: 0.2,
    };
    let raw = Indicator::Raw {
        error_ratio: "r".to_owned(),
    };
    let slices = Indicator::Slices {
        condition: "a < 1".to_owned(),
    };
    let available = Indicator::Availability {
        metric: "up".to_owned(),
    };
    let (nan, inf) = (Some(f64::NAN), Some(f64::INFINITY));
    for (indicator, answers, expected) in [
        (
            &events(Counted::Good),
            &[Some(1.0), Some(2.0), None, None][..],
            counted(60.0, 120.0),
        ),
        (
            &events(Counted::Bad),
            &[Some(0.5), Some(2.0), None, None],
            counted(90.0, 120.0),
        ),
        (
            &events(Counted::Bad),
            &[None, Some(2.0), Some(9.0), Some(9.0)],
            counted(120.0, 120.0),
        ),
        (
            &events(Counted::Good),
            &[None, Some(2.0), Some(9.0), Some(9.0)],
            counted(0.0, 120.0),
        ),
        // The long range, both of it, where the short one does not know how much there was.
        (
            &events(Counted::Bad),
            &[Some(1.0), None, Some(0.5), Some(1.0)],
            counted(30.0, 60.0),
        ),
        (&events(Counted::Bad), &[Some(1.0), nan, None, None], gap),
        (&events(Counted::Bad), &[Some(1.0), None, None, inf], gap),
        (
            &events(Counted::Bad),
            &[None, Some(0.0), None, None],
            counted(0.0, 0.0),
        ),
        // More bad than there is, and less than none.
        (
            &events(Counted::Bad),
            &[Some(3.0), Some(2.0)],
            counted(0.0, 120.0),
        ),
        (
            &events(Counted::Bad),
            &[Some(-1.0), Some(2.0)],
            counted(120.0, 120.0),
        ),
        (&events(Counted::Bad), &[], gap),
        (
            &latency,
            &[Some(1.0), Some(1.0), None, None],
            counted(60.0, 60.0),
        ),
        (&latency, &[None, Some(1.0), None, None], gap),
        (&latency, &[None, Some(0.0), None, None], counted(0.0, 0.0)),
        (&raw, &[Some(0.25), None], counted(0.75, 1.0)),
        (&raw, &[None, Some(1.5)], counted(0.0, 1.0)),
        (&raw, &[nan, nan], gap),
        (&slices, &[Some(2.0), Some(3.0)], counted(1.0, 1.0)),
        (&slices, &[None, Some(3.0)], counted(0.0, 1.0)),
        (&slices, &[None, None], gap),
        (&available, &[Some(2.0), Some(3.0)], counted(2.0, 3.0)),
        (&available, &[None, None], gap),
        (&Indicator::Measured, &[], gap),
    ] {
        assert_eq!(
            minute(indicator, 7, answers),
            expected,
            "{indicator:?} {answers:?}"
        );
    }
}

#[test]
fn what_people_report_is_not_asked() {
    assert_eq!(Indicator::Measured.minute(), []);
    assert_eq!(Indicator::Measured.parts(&["a".to_owned()]), None);
    assert_eq!(events(Counted::Bad).parts(&[]), None);
}

#[test]
fn a_minute_at_its_target_is_good() {
    for (total, bad, target, is_bad) in [
        (1000.0, 1.0, 0.999, false),
        (1000.0, 2.0, 0.999, true),
        (100.0, 5.0, 0.95, false),
        (3.0, 1.0, 0.67, true),
        (0.0, 0.0, 0.999, false),
        (1.0, 1.0, 0.5, true),
    ] {
        let minute = Minute::counted(0, total - bad, total);
        assert_eq!(minute.is_bad(target), is_bad, "{bad} of {total}");
        assert!(!minute.excluded().is_bad(target));
    }
}
