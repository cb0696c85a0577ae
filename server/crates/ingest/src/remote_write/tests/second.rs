//! Remote write 2.0: what is read of good, wrong and hostile bodies.

use model::is_stale;

use super::*;
use messages::histogram;
use messages::v2::{Exemplar, Metadata as Said, Request, Series, Symbols};

fn read(request: &Request) -> Result<Sent, Error> {
    let reader = Reader::default();
    let body = snap::raw::Encoder::new()
        .compress_vec(&request.encode_to_vec())
        .unwrap();
    let read = reader.read(Version::Two, &body, MOST);
    let again = reader.read(Version::Two, &body, MOST);
    let series =
        |sent: &Result<Sent, Error>| format!("{:?}", sent.as_ref().map(|sent| &sent.series));
    assert_eq!(series(&read), series(&again));
    read
}

#[test]
fn series_come_as_they_were_sent() {
    let mut symbols = Symbols::default();
    let mut first = symbols.series(
        &[("__name__", "a_bucket"), ("le", "1"), ("é", "ü")],
        &[(1, 0.5), (2, model::STALE)],
    );
    first.metadata = Some(Said {
        kind: 3,
        help: symbols.place("What it is."),
        unit: symbols.place("seconds"),
    });
    first.created = 7;
    let mut second = symbols.series(&[("__name__", "b")], &[(0, 0.0)]);
    let of = |refs: Vec<u32>| Exemplar {
        refs,
        value: 1.5,
        timestamp: 9,
    };
    let named = vec![symbols.place("trace_id"), symbols.place("abc")];
    second.exemplars = vec![of(named), of(vec![77, 78])];
    second.histograms = vec![histogram(5)];
    let only_histograms = Series {
        samples: Vec::new(),
        ..second.clone()
    };
    let request = symbols.request(vec![first, second, only_histograms]);
    let sent = read(&request).unwrap();
    assert_eq!(sent.series.len(), 3);
    let (at_ms, found) = &sent.series[2].histograms[0];
    assert_eq!((*at_ms, found.count), (5, 12.0));
    let labels = sent.series[0].labels.to_string();
    assert_eq!(labels, r#"{__name__="a_bucket", le="1", é="ü"}"#);
    assert_eq!(sent.series[0].at_ms, [1, 2]);
    assert!(is_stale(sent.series[0].values[1]));
    assert_eq!((sent.histograms, sent.mislabelled), (2, 0));
    assert_eq!(sent.wrong_histograms, 0);
    let of_b = r#"{__name__="b"}"#;
    let told = told(&sent.exemplars);
    assert_eq!(told.len(), 4);
    assert_eq!(told[0], format!("{of_b} {{trace_id=\"abc\"}} 1.5 @9"));
    assert_eq!(told[1], format!("{of_b} {{}} 1.5 @9"), "it leads nowhere");
    let said = &sent.metadata[0];
    assert_eq!(
        (said.name.as_str(), said.kind, said.unit.as_str()),
        ("a", "histogram", "seconds")
    );
    assert_eq!(sent.metadata.len(), 1, "of the other nothing is said");
}

#[test]
fn a_series_with_wrong_labels_takes_no_other_with_it() {
    let mut symbols = Symbols::default();
    let good = symbols.series(&[("__name__", "good")], &[(1, 1.0)]);
    let long = "x".repeat(70_000);
    let of = |refs: Vec<u32>| Series {
        refs,
        ..good.clone()
    };
    let unsorted = symbols.series(&[("b", "1"), ("__name__", "a")], &[(1, 1.0)]);
    let without_name = symbols.series(&[("b", "1")], &[(1, 1.0)]);
    let long = symbols.series(&[("__name__", &long)], &[(1, 1.0)]);
    for (wrong, why) in [
        (of(vec![0, 99]), "outside of the table"),
        (of(vec![1, u32::MAX]), "outside of the table"),
        (of(vec![1, 2, 1]), "no value"),
        (of(vec![]), "name of a metric"),
        (of(vec![1, 2, 1, 2]), "repeated"),
        (unsorted, "not sorted"),
        (without_name, "name of a metric"),
        (long, "longer than 65,536 bytes"),
    ] {
        let sent = read(&symbols.request(vec![wrong, good.clone()])).unwrap();
        assert_eq!((sent.series.len(), sent.mislabelled), (1, 1), "{why}");
        let example = sent.mislabelled_example.unwrap();
        assert!(example.contains(why), "{example}");
    }
}

#[test]
fn small_parts_do_not_become_large() {
    let mut symbols = Symbols::default();
    let long = "x".repeat(60_000);
    let labels: Vec<(String, String)> = (0..2_000)
        .map(|n| (format!("a{n:04}"), long.clone()))
        .collect();
    let series = labels.iter().map(|(name, value)| {
        symbols.series(
            &[("__name__", "a"), (name.as_str(), value.as_str())],
            &[(1, 1.0)],
        )
    });
    let series = series.collect();
    let refused = read(&symbols.request(series));
    assert!(
        matches!(
            refused,
            Err(Error::TooMany {
                what: "bytes of new labels",
                ..
            })
        ),
        "{refused:?}"
    );
    let message = b"\x22\x00".repeat(1_000_001);
    let body = snap::raw::Encoder::new().compress_vec(&message).unwrap();
    let refused = Reader::default().read(Version::Two, &body, 64 << 20);
    assert!(
        matches!(refused, Err(Error::TooMany { what: "texts", .. })),
        "{refused:?}"
    );
}

#[test]
fn a_body_of_the_other_version_says_nothing() {
    let first = body(vec![series(&[("__name__", "a")], &[(1, 1.0)])]);
    let sent = Reader::default().read(Version::Two, &first, MOST).unwrap();
    assert_eq!(sent, Sent::default());
}

#[test]
fn damaged_bodies_never_panic() {
    let mut random = StdRng::seed_from_u64(9);
    let mut symbols = Symbols::default();
    let all =
        (0..20).map(|n| symbols.series(&[("__name__", "m"), ("n", &n.to_string())], &[(1, 1.0)]));
    let all = all.collect();
    let good = symbols.request(all).encode_to_vec();
    let reader = Reader::default();
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..random.random_range(1..8) {
            let place = random.random_range(0..bytes.len());
            match random.random_range(0..3) {
                0 => bytes[place] = random.random(),
                1 => bytes.truncate(place.max(1)),
                _ => bytes[place] ^= 1 << random.random_range(0..8),
            }
        }
        let body = snap::raw::Encoder::new().compress_vec(&bytes).unwrap();
        if let Ok(sent) = reader.read(Version::Two, &body, MOST) {
            let samples: usize = sent.series.iter().map(|series| series.values.len()).sum();
            assert!(samples <= bytes.len());
            assert!(
                sent.series
                    .iter()
                    .all(|series| !series.labels.get("__name__").is_empty())
            );
        }
    }
}
