//! What is asked.

use std::time::Instant;

use crate::product::Product;

/// A query and over how long.
pub(crate) struct Question {
    pub(crate) what: &'static str,
    query: &'static str,
    /// Seconds back from the end, and the step; an instant query without.
    range: Option<(i64, i64)>,
}

pub(crate) const ALL: &[Question] = &[
    Question {
        what: "instant: one series",
        query: "metric_0_total{instance=\"host-3:9100\",path=\"/api/v1/resource/7\"}",
        range: None,
    },
    Question {
        what: "instant: sum by over 2,000 series",
        query: "sum by (instance) (metric_0_total)",
        range: None,
    },
    Question {
        what: "instant: rate over 2,000 series",
        query: "sum by (instance) (rate(metric_0_total[5m]))",
        range: None,
    },
    Question {
        what: "range: 1 h at 15 s over 100 series",
        query: "metric_0_total{instance=~\"host-[12]:9100\"}",
        range: Some((3600, 15)),
    },
    Question {
        what: "range: 6 h at 60 s, rate over 2,000 series",
        query: "sum by (instance) (rate(metric_0_total[5m]))",
        range: Some((6 * 3600, 60)),
    },
    Question {
        what: "range: 6 h at 60 s, sum over 2,000 series",
        query: "sum(metric_2_total)",
        range: Some((6 * 3600, 60)),
    },
    Question {
        what: "instant: count_over_time[1h] over a metric",
        query: "sum(count_over_time(metric_0_total[1h]))",
        range: None,
    },
];

const TIMES: usize = 41;

impl Question {
    /// How long an answer takes, half of the time.
    pub(crate) async fn median_ms(&self, product: &Product, end_ms: i64) -> f64 {
        let mut times = Vec::new();
        for n in 0..TIMES + 4 {
            // Another moment each time, so that no answer is remembered.
            #[expect(clippy::cast_precision_loss)]
            let end = end_ms as f64 / 1000.0 - n as f64 * 0.25;
            let mut parameters = vec![("query", self.query.to_owned())];
            match self.range {
                None => parameters.push(("time", end.to_string())),
                Some((seconds, step)) => {
                    #[expect(clippy::cast_precision_loss)]
                    let start = end - seconds as f64;
                    parameters.push(("start", start.to_string()));
                    parameters.push(("end", end.to_string()));
                    parameters.push(("step", step.to_string()));
                }
            }
            parameters.push(("nocache", "1".to_owned()));
            let begun = Instant::now();
            let answer = product.ask(self.range.is_some(), &parameters).await;
            let taken = begun.elapsed();
            assert!(
                answer.contains("\"success\"") && answer.contains("value"),
                "{answer}"
            );
            if n >= 4 {
                times.push(taken.as_secs_f64() * 1e3);
            }
        }
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }
}
