//! A store on a real file, and what is in it, flat.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use db::{Check, Db};
use model::{Labels, Matcher, ReadSamples, Selection, SeriesSamples};
use tsdb::{Config, Storage};

pub(crate) const NOW: i64 = 1_795_233_900_000;
pub(crate) const HOUR: i64 = 3_600_000;

pub(crate) async fn open(folder: &Path, config: Config) -> Arc<Storage> {
    let file = folder.join("metrics.db");
    let db = Db::open(&file, &db::schema::METRICS, Check::Schema)
        .await
        .unwrap();
    Arc::new(Storage::open(db, config).await.unwrap())
}

pub(crate) fn for_ever() -> Config {
    Config {
        retention: Duration::ZERO,
        ..Config::default()
    }
}

pub(crate) fn labels(text: &str) -> Labels {
    text.split(' ')
        .filter_map(|pair| pair.split_once('='))
        .collect()
}

pub(crate) fn series(name: &str, samples: &[(i64, f64)]) -> SeriesSamples {
    SeriesSamples::floats(
        labels(name),
        samples.iter().map(|(at, _)| *at).collect(),
        samples.iter().map(|(_, value)| *value).collect(),
    )
}

/// Name of the series, time, bits of the value.
pub(crate) type Flat = BTreeMap<(String, i64), u64>;

pub(crate) async fn read(
    storage: &Arc<Storage>,
    matchers: Vec<Matcher>,
    from_ms: i64,
    to_ms: i64,
) -> Flat {
    let storage = Arc::clone(storage);
    let reading = move || {
        let mut found = Flat::new();
        let selection = Selection {
            matchers,
            from_ms,
            to_ms,
        };
        let each = &mut |series: SeriesSamples| {
            assert!(series.at_ms.is_sorted_by(|a, b| a < b), "each time once");
            for (at, value) in series.at_ms.iter().zip(&series.values) {
                found.insert((series.labels.to_string(), *at), value.to_bits());
            }
            ControlFlow::Continue(())
        };
        storage.select(&selection, each).unwrap();
        found
    };
    tokio::task::spawn_blocking(reading).await.unwrap()
}

pub(crate) async fn all(storage: &Arc<Storage>) -> Flat {
    read(storage, Vec::new(), i64::MIN, i64::MAX).await
}

pub(crate) fn flat(all: &[SeriesSamples]) -> Flat {
    let mut flat = Flat::new();
    for series in all {
        for (at, value) in series.at_ms.iter().zip(&series.values) {
            let key = (series.labels.to_string(), *at);
            flat.entry(key).or_insert(value.to_bits());
        }
    }
    flat
}
