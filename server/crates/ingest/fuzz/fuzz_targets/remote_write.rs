//! Any bytes as a body of remote write: read or refused, never a panic, and never other samples than a
//! generated reader of protobuf finds. `README.md` of the crate says how to run it.

#![no_main]

use std::sync::LazyLock;

use ingest::remote_write::{Error, Reader, Sent, Version};
use libfuzzer_sys::fuzz_target;
use model::METRIC_NAME;
use prost::Message;

#[path = "../../src/remote_write/tests/messages.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod messages;

use messages::{TimeSeries, WriteRequest};

const MOST: usize = 1 << 20;

/// Samples as they compare: labels that have a value, time, bits.
type Flat = Vec<(Vec<(String, String)>, i64, u64)>;

/// A reader that knows what others have sent, and must not mind.
static EXPERIENCED: LazyLock<Reader> = LazyLock::new(Reader::default);

fn read(body: &[u8], most: usize) -> Result<Sent, Error> {
    let read = Reader::default().read(Version::One, body, most);
    let experienced = EXPERIENCED.read(Version::One, body, most);
    assert_eq!(format!("{read:?}"), format!("{experienced:?}"));
    read
}

/// The body as it came.
fn as_it_is(body: &[u8]) {
    match read(body, MOST) {
        Err(Error::TooLarge { bytes, most }) => assert!(bytes > most),
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(sent) => {
            for series in &sent.series {
                let names: Vec<_> = series.labels.iter().map(|(name, _)| name).collect();
                assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
                assert!(!series.labels.get(METRIC_NAME).is_empty());
                assert!(!series.at_ms.is_empty());
                assert_eq!(series.at_ms.len(), series.values.len());
            }
        }
    }
}

/// The message, packed well.
fn as_a_message(message: &[u8]) {
    let Ok(body) = snap::raw::Encoder::new().compress_vec(message) else {
        return;
    };
    as_it_is(&body);
    let (Ok(ours), Ok(theirs)) = (read(&body, MOST), WriteRequest::decode(message)) else {
        return;
    };
    let mut found = Flat::new();
    for series in &ours.series {
        let labels = series.labels.iter();
        let labels: Vec<_> = labels.map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        for (at, value) in series.at_ms.iter().zip(&series.values) {
            found.push((labels.clone(), *at, value.to_bits()));
        }
    }
    let (mut expected, mut mislabelled) = (Flat::new(), 0);
    for series in theirs.timeseries {
        let pairs = series
            .labels
            .into_iter()
            .map(|label| (label.name, label.value));
        let mut pairs: Vec<_> = pairs.collect();
        let is_named = pairs
            .iter()
            .any(|(name, value)| name == METRIC_NAME && !value.is_empty());
        let is_sorted = pairs.is_sorted_by(|(a, _), (b, _)| a < b);
        if !is_named || !is_sorted || pairs.iter().any(|(name, _)| name.is_empty()) {
            mislabelled += series.samples.len() as u64;
            continue;
        }
        // A label without a value is none.
        pairs.retain(|(_, value)| !value.is_empty());
        for sample in series.samples {
            expected.push((pairs.clone(), sample.timestamp, sample.value.to_bits()));
        }
    }
    assert_eq!((found, ours.mislabelled), (expected, mislabelled));
}

/// A message as it should be, changed here and there: four bytes say where and how.
fn as_a_damaged_message(changes: &[u8]) {
    let series = |n: i64| -> TimeSeries {
        let samples: Vec<_> = (n..4).map(|n| (n << (n * 15), n as f64)).collect();
        messages::series(&[(METRIC_NAME, "m"), ("n", &n.to_string())], &samples)
    };
    let good = WriteRequest {
        timeseries: (0..3).map(series).collect(),
        metadata: Vec::new(),
    };
    let mut message = good.encode_to_vec();
    for change in changes.chunks_exact(4) {
        let place = usize::from(change[0]) % message.len();
        match change[1] % 4 {
            0 => message[place] = change[2],
            1 => message.insert(place, change[2]),
            2 => message[place] = message[place].wrapping_add(change[2]),
            _ => {
                let end = (place + usize::from(change[2]) % 16).min(message.len() - 1);
                let moved: Vec<u8> = message.drain(place..end).collect();
                // To somewhere else, or nowhere.
                let to = usize::from(change[3]) % message.len();
                if change[3] < 200 {
                    message.splice(to..to, moved);
                }
            }
        }
    }
    as_a_message(&message);
}

fuzz_target!(|bytes: &[u8]| {
    match bytes.split_first() {
        Some((0, body)) => as_it_is(body),
        Some((1, message)) => as_a_message(message),
        Some((_, changes)) => as_a_damaged_message(changes),
        None => {}
    }
});
