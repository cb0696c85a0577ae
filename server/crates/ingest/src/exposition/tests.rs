//! Expositions that are right, and what is wrong with those that are not.

use super::Format::{OpenMetrics, Text};
use super::*;

type Expected = &'static [(&'static str, f64, Option<i64>)];

const RIGHT: &[(Format, &str, Expected)] = &[
    (Text, "", &[]),
    (Text, "\n\n# a comment\n#another\n# HELP\n# EOF\n", &[]),
    (Text, "a 1", &[("a", 1.0, None)]),
    (Text, "a\t 1 \t\n", &[("a", 1.0, None)]),
    (Text, "a:b_1 1.5e3 1234\n", &[("a:b_1", 1500.0, Some(1234))]),
    (Text, "a{} +Inf\n", &[("a", f64::INFINITY, None)]),
    (
        Text,
        "a{b=\"c\"}-inf\n",
        &[("a b=c", f64::NEG_INFINITY, None)],
    ),
    (Text, "a-5\n", &[("a", -5.0, None)]),
    (Text, "a { b = \"c\" , } 0\n", &[("a b=c", 0.0, None)]),
    (Text, "a{b=\"1\" c=\"2\"} .5\n", &[("a b=1 c=2", 0.5, None)]),
    (
        Text,
        "a{b=\"}\\\"{\\\\\\n\\x,\"} 1\n",
        &[("a b=}\"{\\\n\\x,", 1.0, None)],
    ),
    (Text, "a{b=\"x\ny\"} 1\n", &[("a b=x\ny", 1.0, None)]),
    (Text, "a{b=\"\"} 1\n", &[("a", 1.0, None)]),
    (
        Text,
        "{\"a.b\",\"c d\"=\"e\",f=\"g\"} 2\n",
        &[("a.b c d=e f=g", 2.0, None)],
    ),
    (Text, "{c=\"d\",\"ä\"} 2\n", &[("ä c=d", 2.0, None)]),
    (
        Text,
        "a 123456789012345678\n",
        &[("a", 123_456_789_012_345_680.0, None)],
    ),
    (
        Text,
        "# TYPE a counter\n# HELP a b\\nc\na 1\n",
        &[("a", 1.0, None)],
    ),
    (OpenMetrics, "# EOF", &[]),
    (OpenMetrics, "# EOF\n", &[]),
    (
        OpenMetrics,
        "a_total{b=\"c\"} 1 1.5\n# EOF\n",
        &[("a_total b=c", 1.0, Some(1500))],
    ),
    (
        OpenMetrics,
        "a_created 1.7e9\n# EOF\n",
        &[("a_created", 1.7e9, None)],
    ),
    (
        OpenMetrics,
        "a 1 # {t=\"x\"} 0.5 12.5\n# EOF\n",
        &[("a", 1.0, None)],
    ),
    (
        OpenMetrics,
        "a 1 -2 # {} 0.5\n# EOF\n",
        &[("a", 1.0, Some(-2000))],
    ),
    (
        OpenMetrics,
        "# UNIT a_seconds seconds\n# TYPE a_seconds stateset\na_seconds 0\n# EOF\n",
        &[("a_seconds", 0.0, None)],
    ),
];

/// Format, text, line, column, and what the message says.
const WRONG: &[(Format, &str, usize, usize, &str)] = &[
    (Text, "a", 1, 2, "the value is missing"),
    (Text, "ok 1\n a 1\n", 2, 1, "blanks before"),
    (Text, "a b\n", 1, 3, "\"b\""),
    (Text, "ok 1\na 1 2 3\n", 2, 7, "should end here"),
    (Text, "a 1 1.5\n", 1, 5, "the time in milliseconds"),
    (Text, "a 1e400\n", 1, 3, "no such number"),
    (Text, "a 1_000\n", 1, 3, "no such number"),
    (Text, "a 0x1p-2\n", 1, 3, "no such number"),
    (Text, "a -nan\n", 1, 3, "no such number"),
    (Text, "a 1\r\n", 1, 4, "carriage return"),
    (Text, "a{b=\"c} 1\n", 1, 5, "never closed"),
    (Text, "a{b=\"c\" 1\n", 1, 10, "within braces"),
    (Text, "a{b=\"c\"", 1, 2, "never closed"),
    (Text, "a{b=c} 1\n", 1, 5, "in quotes"),
    (Text, "a{b} 1\n", 1, 4, "equals sign"),
    (Text, "ä 1\n", 1, 1, "begins with the name"),
    (
        Text,
        "a{\"ä\"=\"ö\",1=\"c\"} 1\n",
        1,
        11,
        "a label's name is expected",
    ),
    (Text, "a{b:c=\"d\"} 1\n", 1, 4, "equals sign"),
    (Text, "a{,} 1\n", 1, 3, "a label's name is expected"),
    (Text, "a{\"b\"} 1\n", 1, 3, "two names"),
    (Text, "{b=\"c\"} 1\n", 1, 1, "no name"),
    (Text, "{\"\"} 1\n", 1, 2, "name is empty"),
    (Text, "a{b=\"1\",b=\"2\"} 1\n", 1, 1, "twice"),
    (Text, "a{__name__=\"b\"} 1\n", 1, 3, "__name__"),
    (Text, "# TYPE a b\n", 1, 10, "no type of a metric"),
    (Text, "# TYPE a\n", 1, 9, "no type of a metric"),
    (Text, "# TYPE a counter\r\n", 1, 10, "line feed"),
    (Text, "# TYPE a info\n", 1, 10, "no type of a metric"),
    (Text, "# HELP 1 a\n", 1, 8, "name of a metric is expected"),
    (Text, "<!DOCTYPE html>\n<p>", 1, 1, "web page"),
    (Text, "\n\0\n", 2, 1, "begins with the name"),
    (OpenMetrics, "a 1\n", 2, 1, "# EOF"),
    (OpenMetrics, "a 1", 1, 4, "# EOF"),
    (OpenMetrics, "# EOF\na 1\n", 2, 1, "behind # EOF"),
    (OpenMetrics, "\n# EOF\n", 1, 1, "empty lines"),
    (OpenMetrics, "# text\n# EOF\n", 1, 1, "no comments"),
    (OpenMetrics, "a  1\n# EOF\n", 1, 3, "the value is missing"),
    (OpenMetrics, "a\t1\n# EOF\n", 1, 2, "space is missing"),
    (
        OpenMetrics,
        "a{b=\"c\"}1\n# EOF\n",
        1,
        9,
        "space is missing",
    ),
    (OpenMetrics, "a{b=\"c\" ,d=\"e\"} 1\n# EOF\n", 1, 8, "comma"),
    (
        OpenMetrics,
        "a{b=\"c\nd\"} 1\n# EOF\n",
        1,
        5,
        "never closed",
    ),
    (OpenMetrics, "a 1 NaN\n# EOF\n", 1, 5, "the time in seconds"),
    (OpenMetrics, "a 1 # x 1\n# EOF\n", 1, 7, "labels in braces"),
    (
        OpenMetrics,
        "a 1 # {\"b\"} 1\n# EOF\n",
        1,
        8,
        "label's name",
    ),
    (
        OpenMetrics,
        "a 1 # {b=\"c\"}\n# EOF\n",
        1,
        14,
        "exemplar's value",
    ),
    (
        OpenMetrics,
        "# TYPE a untyped\n# EOF\n",
        1,
        10,
        "no type of a metric",
    ),
    (
        OpenMetrics,
        "# UNIT a_bytes seconds\n# EOF\n",
        1,
        8,
        "its unit",
    ),
    (
        OpenMetrics,
        "# UNIT abytes bytes\n# EOF\n",
        1,
        8,
        "its unit",
    ),
];

/// Reads a text.
fn read_text(body: &[u8], format: Format) -> Result<Exposition, Error> {
    read(body, Encoding::Text(format), Histograms::Classic).map_err(|error| match error {
        Unreadable::Text(error) => error,
        other => panic!("{other}"),
    })
}

/// As the tables write a series.
fn written(labels: &Labels) -> String {
    let others = labels
        .iter()
        .filter(|(name, _)| *name != model::METRIC_NAME);
    let name = labels.get(model::METRIC_NAME).to_owned();
    others.fold(name, |text, (name, value)| format!("{text} {name}={value}"))
}

#[test]
fn right() {
    for (format, text, expected) in RIGHT {
        let found = read_text(text.as_bytes(), *format);
        let found = found.unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let points = found.points.iter();
        let found: Vec<_> = points
            .map(|it| (written(&it.labels), it.value, it.at_ms))
            .collect();
        let expected = expected.iter();
        let expected: Vec<_> = expected
            .map(|(name, value, at)| ((*name).to_owned(), *value, *at))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn wrong() {
    for (format, text, line, column, message) in WRONG {
        let error = match read_text(text.as_bytes(), *format) {
            Err(error) => error,
            Ok(found) => panic!("{text:?} was taken as {found:?}"),
        };
        assert_eq!(
            (error.line, error.column),
            (*line, *column),
            "{text:?}: {error}"
        );
        assert!(error.message.contains(message), "{text:?}: {error}");
    }
    let error = read_text(b"a 1\nb{c=\"\xff\"} 1\n", Text).unwrap_err();
    assert_eq!((error.line, error.column), (2, 6), "{error}");
}

#[test]
fn what_is_said_of_metrics() {
    let text = "# HELP a_seconds x\\\\ \\n \\\"y\\\"\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# EOF\n";
    let found = read_text(text.as_bytes(), OpenMetrics).unwrap();
    let expected = Metadata {
        name: "a_seconds".into(),
        kind: "gauge",
        help: "x\\ \n \"y\"".into(),
        unit: "seconds".into(),
    };
    assert_eq!(found.metadata, [expected]);
    let found = read_text(b"# HELP a \"x\\\"\n# TYPE b untyped\n", Text).unwrap();
    let said: Vec<_> = found
        .metadata
        .iter()
        .map(|it| (&*it.name, it.kind, &*it.help))
        .collect();
    assert_eq!(said, [("a", "unknown", "\"x\\\""), ("b", "unknown", "")]);
}

#[test]
fn nan_is_a_number() {
    let found = read_text(b"a NaN\na nAn\n", Text).unwrap();
    assert!(
        found
            .points
            .iter()
            .all(|it| it.value.is_nan() && !model::is_stale(it.value))
    );
}

#[test]
fn types_by_content() {
    let text = Some(Encoding::Text(Text));
    for (value, expected) in [
        (None, text),
        (Some("text/plain; version=0.0.4"), text),
        (
            Some("application/openmetrics-text; version=1.0.0; charset=utf-8"),
            Some(Encoding::Text(OpenMetrics)),
        ),
        (
            Some("application/vnd.google.protobuf"),
            Some(Encoding::Protobuf),
        ),
        (
            Some(
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
            ),
            Some(Encoding::Protobuf),
        ),
        (
            Some("application/vnd.google.protobuf; proto=\"other.Message\"; encoding=delimited"),
            None,
        ),
        (
            Some("application/vnd.google.protobuf; encoding=compact-text"),
            None,
        ),
        (Some("text/html; charset=utf-8"), None),
        (Some("application/json"), None),
    ] {
        assert_eq!(Encoding::of_content_type(value).ok(), expected, "{value:?}");
    }
}

/// Bounds are numbers, however they are written.
#[test]
fn bounds_are_written_in_one_way() {
    let text = "# TYPE h histogram\nh_bucket{le=\"1\",x=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_bucket{le=\"x\"} 1\n\
                # TYPE s summary\ns{quantile=\"1e0\",le=\"1\"} 1\n\
                # TYPE g gauge\ng{quantile=\"1\",le=\"1\"} 1\n";
    let found = read_text(text.as_bytes(), Text).unwrap();
    let found: Vec<_> = found.points.iter().map(|it| written(&it.labels)).collect();
    assert_eq!(
        found,
        [
            "h_bucket le=1.0 x=1",
            "h_bucket le=+Inf",
            "h_bucket le=x",
            "s le=1 quantile=1.0",
            "g le=1 quantile=1"
        ]
    );
}

/// What is written out of labels is read as the same labels, and any other text ends in an answer.
#[test]
fn any_text() {
    use rand::{Rng as _, SeedableRng as _};
    let mut random = rand::rngs::StdRng::seed_from_u64(6);
    let pieces = [
        "a",
        "b_total",
        "{",
        "}",
        "\"",
        "\\",
        "=",
        ",",
        " ",
        "\n",
        "1",
        "-2.5",
        "# ",
        "TYPE ",
        "HELP ",
        "EOF",
        "ä",
        "\t",
        "NaN",
        "\r",
        "\0",
        "# EOF\n",
        "{x=\"y\"}",
        " 1\n",
    ];
    for _ in 0..20_000 {
        let mut labels = Labels::new().with(model::METRIC_NAME, "m\"\\");
        let mut text = String::from("{\"m\\\"\\\\\"");
        for name in ["é", "x"] {
            let value: String = (0..random.random_range(1..6))
                .map(|_| pieces[random.random_range(0..pieces.len())])
                .collect();
            let escaped = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            text += &format!(",\"{name}\"=\"{escaped}\"");
            labels = labels.with(name, value);
        }
        text += "} 1\n";
        for (format, text) in [
            (Text, text.clone()),
            (OpenMetrics, format!("{text}# EOF\n")),
        ] {
            let found = read_text(text.as_bytes(), format)
                .unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(found.points[0].labels, labels);
            // Cut anywhere it is an answer or an error within the text.
            let cut = random.random_range(0..text.len());
            if let Err(error) = read_text(&text.as_bytes()[..cut], format) {
                assert!(error.line <= text.lines().count() + 1, "{error}");
            }
        }
        let any: String = (0..random.random_range(0..12))
            .map(|_| pieces[random.random_range(0..pieces.len())])
            .collect();
        for format in [Text, OpenMetrics] {
            if let Err(error) = read_text(any.as_bytes(), format) {
                assert!(error.line <= any.lines().count() + 1, "{any:?}: {error}");
            }
        }
    }
}
