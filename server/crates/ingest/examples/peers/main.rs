//! What taking in, keeping and asking samples costs, beside Prometheus and VictoriaMetrics in the same run.
//!
//! ```sh
//! cargo run --release -p ingest --example peers -- target/release/mcp-observatory [SERIES] [HOURS]
//! ```
//!
//! Each product is started with an empty folder, sent the same samples by remote write, and asked the
//! same questions over HTTP. They are sent by turns, an hour at a time, because a machine is not equally
//! fast all the time; while one is asked, those that come after it stand still. A peer that is not installed (Debian: `prometheus`, `victoria-metrics`) is
//! left out. Everything is on loopback and on the same processors, the sender included.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that fails says so by panicking"
)]

mod data;
mod product;
mod questions;
mod table;

use std::time::{Duration, Instant, SystemTime};

use data::Data;
use product::{Kind, Product};

/// What was measured of one product.
#[derive(Default)]
struct Figures {
    cpu_seconds_per_million: f64,
    samples_per_second: f64,
    bytes_per_sample: f64,
    memory_mb: f64,
    restart_ms: f64,
    memory_after_restart_mb: f64,
    /// In the order of [`questions::ALL`], in milliseconds.
    answers_ms: Vec<f64>,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().expect("the program to measure");
    let series: usize = arguments
        .next()
        .map_or(20_000, |text| text.parse().unwrap());
    let hours: u32 = arguments.next().map_or(6, |text| text.parse().unwrap());
    let only = arguments.next();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let end_ms = now.as_millis() as i64;
    let mut all = Vec::new();
    for kind in [
        Kind::Observatory(std::fs::canonicalize(binary).unwrap()),
        Kind::Prometheus,
        Kind::VictoriaMetrics,
    ] {
        let name = kind.name();
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        if !kind.is_installed() {
            eprintln!("{name} is not installed and is left out");
            continue;
        }
        all.push(Candidate::start(kind, series, hours, end_ms).await);
    }
    for hour in 1..=hours {
        for one in &mut all {
            eprintln!("hour {hour} goes to {}", one.name);
            one.take_an_hour().await;
        }
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    all.iter_mut().for_each(Candidate::weigh);
    all.iter().for_each(|one| one.product.pause());
    for one in &mut all {
        eprintln!("asking {}", one.name);
        one.product.resume();
        one.answer(end_ms).await;
    }
    let figures: Vec<_> = all.iter().map(|one| (one.name, &one.figures)).collect();
    table::print(series, hours, &figures);
}

/// A product that is measured.
struct Candidate {
    name: &'static str,
    product: Product,
    data: Data,
    cpu_seconds: f64,
    samples: f64,
    took: Duration,
    figures: Figures,
    // What the product has on disk.
    _folder: tempfile::TempDir,
}

impl Candidate {
    async fn start(kind: Kind, series: usize, hours: u32, end_ms: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = kind.name();
        let product = Product::start(kind, folder.path());
        product.ready("vector(1)").await;
        Self {
            name,
            cpu_seconds: product.cpu_seconds(),
            product,
            data: Data::new(series, hours, end_ms),
            samples: 0.0,
            took: Duration::ZERO,
            figures: Figures::default(),
            _folder: folder,
        }
    }

    async fn take_an_hour(&mut self) {
        let begun = Instant::now();
        let samples = self.data.send_hour(&self.product.write_url()).await;
        self.took += begun.elapsed();
        #[expect(clippy::cast_precision_loss)]
        let samples = samples as f64;
        self.samples += samples;
    }

    fn weigh(&mut self) {
        let cpu = self.product.cpu_seconds() - self.cpu_seconds;
        let figures = &mut self.figures;
        figures.samples_per_second = self.samples / self.took.as_secs_f64();
        figures.cpu_seconds_per_million = cpu / (self.samples / 1e6);
        figures.memory_mb = self.product.memory_mb();
    }

    async fn answer(&mut self, end_ms: i64) {
        let (product, figures) = (&mut self.product, &mut self.figures);
        for question in questions::ALL {
            figures
                .answers_ms
                .push(question.median_ms(product, end_ms).await);
        }

        product.kill();
        let begun = Instant::now();
        product.restart();
        product
            .ready(&format!(
                "{}{{instance=\"host-0:9100\"}} @ {}",
                data::FIRST,
                end_ms / 1000
            ))
            .await;
        figures.restart_ms = begun.elapsed().as_secs_f64() * 1e3;
        figures.memory_after_restart_mb = product.memory_mb();

        #[expect(clippy::cast_precision_loss)]
        let bytes = product.compacted_bytes().await as f64;
        figures.bytes_per_sample = bytes / self.samples;
    }
}
