//! How fast expositions are read: those whose series have come before, and those that are new; as text, and as protobuf.
//!
//! `cargo run --release -p ingest --example exposition`

#[path = "../src/exposition/protobuf/tests/messages.rs"]
mod messages;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Instant;

use ingest::exposition::{
    Encoding, Entry, Exposed, Format, Histograms, Pairs, Take, Unreadable, Value, each, read,
};
use messages::{LabelPair, MetricFamily, MetricMessage, Plain};
use prost::Message as _;

const METRICS: usize = 100;
const SERIES: usize = 100;
const ROUNDS: u32 = 50;

/// Text as the node exporter writes it.
fn text() -> String {
    let mut text = String::new();
    for metric in 0..METRICS {
        let name = format!("node_metric_{metric}_total");
        let _ = writeln!(
            text,
            "# HELP {name} What this counts.\n# TYPE {name} counter"
        );
        for n in 0..SERIES {
            let value = (n * 1_234_567) as f64 / 1000.0;
            let _ = writeln!(
                text,
                "{name}{{cpu=\"{n}\",mode=\"idle\",device=\"/dev/sda{n}\"}} {value}"
            );
        }
    }
    text
}

/// The same in protobuf.
fn protobuf() -> Vec<u8> {
    let mut body = Vec::new();
    for metric in 0..METRICS {
        let label = |name: &str, value: String| LabelPair {
            name: name.to_owned(),
            value,
        };
        let metrics = (0..SERIES).map(|n| MetricMessage {
            label: vec![
                label("cpu", n.to_string()),
                label("mode", "idle".to_owned()),
                label("device", format!("/dev/sda{n}")),
            ],
            counter: Some(Plain {
                value: Some((n * 1_234_567) as f64 / 1000.0),
                exemplar: None,
            }),
            ..MetricMessage::default()
        });
        let family = MetricFamily {
            name: format!("node_metric_{metric}_total"),
            help: "What this counts.".to_owned(),
            metric: metrics.collect(),
            ..MetricFamily::default()
        };
        body.extend(family.encode_length_delimited_to_vec());
    }
    body
}

/// Series that have come before, with their values.
#[derive(Default)]
struct Known<'a> {
    values: HashMap<Box<[u8]>, f64>,
    pairs: Pairs<'a>,
}

impl<'a> Take<'a> for Known<'a> {
    type Error = Unreadable;

    fn describe(&mut self, _: &Entry<'_>) {}

    fn sample(&mut self, exposed: &Exposed<'_, 'a>) -> Result<(), Unreadable> {
        let Value::Number(new) = exposed.value else {
            return Ok(());
        };
        match self.values.get_mut(exposed.key) {
            Some(value) => *value = new,
            None => {
                exposed.labels(&mut self.pairs)?;
                self.values.insert(exposed.key.into(), new);
            }
        }
        Ok(())
    }
}

fn main() -> Result<(), Unreadable> {
    let (text, protobuf) = (text(), protobuf());
    let text = text.as_bytes();
    for (name, body, encoding) in [
        ("text", text, Encoding::Text(Format::Text)),
        ("protobuf", &protobuf, Encoding::Protobuf),
    ] {
        let say = |what: &str, begun: Instant| {
            let seconds = begun.elapsed().as_secs_f64() / f64::from(ROUNDS);
            let megabytes = body.len() as f64 / 1e6 / seconds;
            let nanoseconds = seconds * 1e9 / (METRICS * SERIES) as f64;
            println!("{name}, {what}: {megabytes:.0} MB/s, {nanoseconds:.0} ns a sample");
        };
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            read(body, encoding, Histograms::Classic)?;
        }
        say("new series", begun);
        let mut known = Known::default();
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            each(body, encoding, &mut known)?;
        }
        say("known series", begun);
        assert_eq!(known.values.len(), METRICS * SERIES);
    }
    Ok(())
}
