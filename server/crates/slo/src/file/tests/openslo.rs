//! OpenSLO's files.

use super::*;

/// An SLO of OpenSLO over a metric, with more in its spec and its objective.
fn openslo(spec: &str, objective: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{ name: one }}\nspec:\n  service: shop\n{spec}\n  objectives:\n    - {objective}\n"
    )
}

const RATIO: &str = "  indicator: { spec: { ratioMetric: { good: { metricSource: { type: prometheus, spec: { query: \
                     'rate(a[{{.window}}])' } } }, total: { metricSource: { spec: { query: 'rate(b[{{.window}}])' } } } \
                     } } }";
const VALUE: &str =
    "  indicator: { spec: { thresholdMetric: { metricSource: { spec: { query: max(q) } } } } }";

#[test]
fn openslo_with_what_is_not_supported() {
    let cases: Vec<(String, &[&str], &[&str])> = vec![
        (openslo(RATIO, "{ target: 0.99 }"), &[], &[]),
        (openslo(RATIO, "{ target: 0.99, color: red }"), &[], &["8 color:| color of an objective has no effect here"]),
        (openslo(RATIO, "{ target: 99 }"), &["8 99 }| write 0.999 for 99.9 %, or targetPercent"], &[]),
        (openslo(RATIO, "{ target: 1 }"), &["8 target:| target: 100 % leaves no budget"], &[]),
        (openslo(RATIO, "{ targetPercent: lots }"), &["8 lots| targetPercent: \"lots\" is no number"], &[]),
        (openslo(RATIO, "{}"), &["8 {}| target is missing"], &[]),
        (
            openslo(&format!("{RATIO}\n  budgetingMethod: Timeslices"), "{ target: 0.99 }"),
            &["9 { target: 0.99 }| timeSliceTarget is missing"],
            &[],
        ),
        (
            openslo(
                &format!("{RATIO}\n  budgetingMethod: Timeslices"),
                "{ target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m, op: gt }",
            ),
            &[],
            &["9 5m, op: gt }| timeSliceWindow 5m: slices are minutes here", "9 op:| op has no effect here"],
        ),
        (
            openslo(&format!("{RATIO}\n  budgetingMethod: Guesses"), "{ target: 0.99 }"),
            &["7 budgetingMethod:| budgetingMethod \"Guesses\" is not known"],
            &[],
        ),
        (
            openslo(VALUE, "{ target: 0.99 }"),
            &["8 { target: 0.99 }| op is lte, gte, lt or gt"],
            &["6 max| thresholdMetric: minutes are counted instead of single values"],
        ),
        (
            openslo(&format!("{VALUE}\n  budgetingMethod: Timeslices"), "{ target: 0.99, op: lte }"),
            &["9 { target: 0.99,| value is missing"],
            &[],
        ),
        (
            openslo(&format!("{RATIO}\n  timeWindow: [{{ duration: 1Y, calendar: {{ timeZone: UTC }} }}]"), "{ target: 0.99 }"),
            &["7 { duration: 1Y,| a calendar window of 1Y is not supported; write 1M, 1Q, or isRolling: true"],
            &[],
        ),
        (
            openslo(&format!("{RATIO}\n  timeWindow: [{{ duration: 12h, isRolling: true }}]"), "{ target: 0.99 }"),
            &["7 { duration: 12h,| 12h is not supported; write days"],
            &[],
        ),
        (
            openslo(&format!("{RATIO}\n  timeWindow: [{{ duration: 1M, isRolling: true }}]"), "{ target: 0.99 }"),
            &[],
            &["7 { duration: 1M,| a rolling window of 1M is counted as 30 days"],
        ),
        (
            openslo(&format!("{RATIO}\n  timeWindow: [{{ duration: 1M, calendar: {{ startTime: '2026-01-21 12:30:00', timeZone: Mars }} }}]"), "{ target: 0.99 }"),
            &["7 timeWindow:| timeWindow: there is no time zone \"Mars\""],
            &["7 startTime:| startTime 2026-01-21 12:30:00: calendar windows begin with the month"],
        ),
        (
            openslo(&format!("{RATIO}\n  timeWindow: [{{ duration: 30d }}, {{ duration: 7d }}]"), "{ target: 0.99 }"),
            &["7 { duration: 7d }| timeWindow has one window"],
            &[],
        ),
        (
            openslo(&format!("{RATIO}\n  alertPolicies: [{{ alertPolicyRef: loud }}, {{ kind: AlertPolicy, metadata: {{ name: inline }} }}]"), "{ target: 0.99 }"),
            &[],
            &["7 { alertPolicyRef| the alert policy loud has no effect here", "7 { kind: AlertPol| the alert policy inline has no effect here"],
        ),
        (openslo("  indicatorRef: none", "{ target: 0.99 }"), &["6 none| there is no SLI \"none\" in this file"], &[]),
        (openslo("", "{ target: 0.99 }"), &["8 { target: 0.99 }| nothing says what is measured"], &[]),
        (
            openslo(&RATIO.replace("type: prometheus", "type: CloudWatch"), "{ target: 0.99 }"),
            &["6 { type: CloudWat| metrics of CloudWatch are not supported; objectives are asked in PromQL"],
            &[],
        ),
        (
            openslo(&RATIO.replace("type: prometheus", "metricSourceRef: there"), "{ target: 0.99 }"),
            &[],
            &["6 metricSourceRef:| metricSourceRef there is not in this file"],
        ),
        (
            openslo(&RATIO.replace("[{{.window}}]", "[1h]"), "{ target: 0.99 }"),
            &[],
            &["6 'rate(a[1| the range 1h: it is asked", "6 'rate(b[1| the range 1h: it is asked"],
        ),
        (
            openslo(&RATIO.replace("rate(a[{{.window}}])", "a"), "{ target: 0.99 }"),
            &["6 'a' } } }| write counter: true if it only goes up"],
            &[],
        ),
        (
            openslo(&RATIO.replace("rate(a[{{.window}}])", "a / 2"), "{ target: 0.99 }"),
            &["6 'a / 2' }| write {{.window}} where its range is"],
            &[],
        ),
        (openslo(&RATIO.replace("good:", "goood:"), "{ target: 0.99 }"), &["6 { goood: { metri| ratioMetric has neither good nor bad"], &["6 goood:| goood of ratioMetric has no effect here"]),
        (
            "apiVersion: openslo/v1\nkind: Service\nmetadata: { name: shop }\n---\napiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: { name: loud }\n---\napiVersion: openslo/v1\nkind: AlertNotificationTarget\nmetadata: { name: mail }\n---\napiVersion: openslo/v1\nkind: Wish\n".to_owned(),
            &["13 apiVersion:| kind \"Wish\" is none of OpenSLO's"],
            &["1 apiVersion:| Service shop has no effect here", "5 apiVersion:| AlertPolicy loud has no effect here", "9 apiVersion:| AlertNotificationTarget mail has no effect here"],
        ),
    ];
    let unused = "apiVersion: openslo/v1\nkind: SLI\nmetadata: { name: idle }\n---\n";
    let source = "apiVersion: openslo/v1\nkind: DataSource\nmetadata: { name: far }\n---\n";
    let cases = cases.into_iter().chain([(
        format!("{unused}{source}{}", openslo(RATIO, "{ target: 0.99 }")),
        &[][..],
        &[
            "1 apiVersion:| SLI idle has no effect",
            "5 apiVersion:| DataSource far has no effect",
        ][..],
    )]);
    for (text, mistakes, ignored) in cases {
        let reading = of(&text);
        assert_said(&reading.mistakes, mistakes, &text);
        assert_said(&reading.ignored, ignored, &text);
        assert!(
            reading.mistakes.is_empty() != reading.objectives.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn openslo_as_it_is_written() {
    let reading = of(include_str!("../../../tests/objectives/openslo.yml"));
    let found: Vec<_> = reading
        .objectives
        .iter()
        .map(|(one, line)| (one.id(), *line, one.target, one.window, one.zone.as_str()))
        .collect();
    let id = str::to_owned;
    assert_eq!(
        found,
        [
            (id("shop-errors-1"), 35, 0.999, Window::Rolling(28), "UTC"),
            (id("shop-errors-2"), 36, 0.9995, Window::Rolling(28), "UTC"),
            (
                id("shop-queue"),
                38,
                0.99,
                Window::Month,
                "America/New_York"
            ),
            (id("shop-slices"), 57, 0.99, Window::Quarter, "UTC"),
            (id("shop-alpha"), 77, 0.99, Window::Rolling(30), "UTC"),
            (
                id("shop-success-ratio"),
                98,
                0.9,
                Window::Rolling(30),
                "UTC"
            ),
        ]
    );
    let slices = |condition: &str| Indicator::Slices {
        condition: condition.to_owned(),
    };
    let indicators: Vec<_> = reading
        .objectives
        .iter()
        .map(|(one, _)| one.indicator.clone())
        .collect();
    let counted = Indicator::Events {
        counted: Counted::Bad,
        query: "sum(rate(http_requests_total{code=~\"5..\"}[{{.window}}]))".to_owned(),
        total: "sum(rate(http_requests_total[{{.window}}]))".to_owned(),
    };
    assert_eq!(indicators[0], counted);
    assert_eq!(indicators[1], counted);
    assert_eq!(indicators[2], slices("(max(queue_length)) <= 100"));
    assert_eq!(
        indicators[3],
        slices(
            "(sum(rate(http_requests_total{code=\"200\"}[{{.window}}]))) / (sum(rate(http_requests_total[{{.window}}]))) >= 0.95"
        )
    );
    let raw = "1 - (avg_over_time(success_ratio[{{.window}}]))".to_owned();
    assert_eq!(indicators[5], Indicator::Raw { error_ratio: raw });
    let (one, _) = &reading.objectives[0];
    assert_eq!(
        (one.owner.as_str(), one.labels["regions"].as_str()),
        ("shop-team", "eu,us")
    );
    assert_eq!(one.description, "Errors of the shop (promised)");
}

/// A list of documents, and a query where others write its fields.
#[test]
fn openslo_as_others_write_it() {
    let text = "\
- apiVersion: openslo.com/v1
  kind: SLO
  metadata: { name: one }
  spec:
    service: shop
    indicator:
      spec:
        ratioMetric:
          counter: true
          bad: { metricSource: { spec: 'a{b=\"c\"}' } }
          total: { metricSource: { spec: a } }
    objectives: [ { target: 0.9 } ]
- { apiVersion: openslo.com/v1, kind: Service, metadata: { name: shop } }
";
    let reading = of(text);
    assert_said(&reading.mistakes, &[], text);
    assert_said(
        &reading.ignored,
        &["13 { apiVersion:| Service shop has no effect here"],
        text,
    );
    let events = Indicator::Events {
        counted: Counted::Bad,
        query: "sum(rate(a{b=\"c\"}[{{.window}}]))".to_owned(),
        total: "sum(rate(a[{{.window}}]))".to_owned(),
    };
    assert_eq!(reading.objectives[0].0.indicator, events);
}
