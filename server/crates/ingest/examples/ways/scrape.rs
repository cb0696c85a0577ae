//! What scraping costs.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::product::{Kind, Product};
use crate::targets::{self, SERIES};

const TARGETS: usize = 300;
const INTERVAL_SECONDS: u64 = 15;
/// Most processor time, as a part of one processor.
const LIMIT: f64 = 0.30;

/// Whether the limit is kept.
pub(crate) async fn measure(binary: &Path, seconds: u64) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let addresses = targets::start(TARGETS).await;
    let mut list = String::new();
    for address in &addresses {
        let _ = write!(list, "'{address}',");
    }
    let scraped = format!(
        "global: {{scrape_interval: {INTERVAL_SECONDS}s}}\nscrape_configs:\n  - job_name: many\n    static_configs: [{{targets: [{list}]}}]\n"
    );
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("prometheus.yml", &scraped);
    put(
        "observatory.toml",
        "[scrape]\nconfig = \"prometheus.yml\"\n",
    );
    let product = Product::start(Kind::Observatory(binary.to_owned()), folder.path());
    let up = format!("count(up{{job=\"many\"}} == 1) == {TARGETS}");
    product.ready(&up).await;
    // New series are over, and what they left to write.
    tokio::time::sleep(Duration::from_secs(2 * INTERVAL_SECONDS)).await;

    let begun = (Instant::now(), product.cpu_seconds());
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let took = begun.0.elapsed().as_secs_f64();
    let part = (product.cpu_seconds() - begun.1) / took;
    let all = "sum(scrape_samples_post_metric_relabeling{job=\"many\"})".to_owned();
    let answer = product.ask(false, &[("query", all)]).await;
    let samples = format!("\"{}\"", TARGETS * SERIES);
    assert!(answer.contains(&samples), "all of it is taken: {answer}");
    println!(
        "scraping {TARGETS} targets of {SERIES} series every {INTERVAL_SECONDS} s, over {took:.0} s: {:.1} % of a core \
         (at most {:.0} %), {:.0} MB",
        part * 100.0,
        LIMIT * 100.0,
        product.memory_mb()
    );
    part <= LIMIT
}
