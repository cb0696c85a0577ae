//! How fast expositions are read: those whose series have come before, and those that are new.
//!
//! `cargo run --release -p ingest --example exposition`

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Instant;

use ingest::exposition::{Entry, Error, Format, Pairs, Parser, read};

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

fn main() -> Result<(), Error> {
    let text = text();
    let say = |what: &str, begun: Instant| {
        let megabytes = text.len() as f64 * f64::from(ROUNDS) / 1e6;
        println!(
            "{what}: {:.0} MB/s",
            megabytes / begun.elapsed().as_secs_f64()
        );
    };
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        read(text.as_bytes(), Format::Text)?;
    }
    say("new series", begun);
    let mut known: HashMap<Box<str>, f64> = HashMap::new();
    let mut pairs = Pairs::new();
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        let mut parser = Parser::new(text.as_bytes(), Format::Text)?;
        while let Some(entry) = parser.next_entry()? {
            let Entry::Sample(sample) = entry else {
                continue;
            };
            match known.get_mut(sample.series) {
                Some(value) => *value = sample.value,
                None => {
                    parser.labels(&sample, &mut pairs)?;
                    known.insert(sample.series.into(), sample.value);
                }
            }
        }
    }
    say("known series", begun);
    assert_eq!(known.len(), METRICS * SERIES);
    Ok(())
}
