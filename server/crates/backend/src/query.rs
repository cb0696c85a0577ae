//! The conditions that rules can have until there is a query engine: a selector compared with a number.

use model::Sample;
use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{self, Expr};
use rules::Answer;

use crate::metrics::SampleLog;

/// A comparison of the newest values of a metric with a number.
#[derive(Debug)]
pub(crate) struct Condition {
    metric: String,
    matchers: Vec<Matcher>,
    compare: fn(f64, f64) -> bool,
    limit: f64,
}

impl Condition {
    /// Reads an expression.
    ///
    /// # Errors
    /// A sentence that quotes the expression.
    pub(crate) fn parse(expr: &str) -> Result<Self, String> {
        let parsed =
            parser::parse(expr).map_err(|error| format!("{expr:?} is no PromQL: {error}"))?;
        let unsupported = || {
            format!("{expr:?}: only `metric{{labels}} <comparison> number` can be evaluated yet")
        };
        let Expr::Binary(binary) = parsed else {
            return Err(unsupported());
        };
        let (Expr::VectorSelector(selector), Expr::NumberLiteral(limit)) =
            (*binary.lhs, *binary.rhs)
        else {
            return Err(unsupported());
        };
        let compare: fn(f64, f64) -> bool = match binary.op.to_string().as_str() {
            "==" => |a, b| a == b,
            "!=" => |a, b| a != b,
            ">" => |a, b| a > b,
            "<" => |a, b| a < b,
            ">=" => |a, b| a >= b,
            "<=" => |a, b| a <= b,
            _ => return Err(unsupported()),
        };
        let plain = selector.offset.is_none()
            && selector.at.is_none()
            && selector.matchers.or_matchers.is_empty();
        match selector.name {
            Some(metric) if plain => Ok(Self {
                metric,
                matchers: selector.matchers.matchers,
                compare,
                limit: limit.val,
            }),
            _ => Err(unsupported()),
        }
    }

    /// What the newest samples say.
    pub(crate) fn evaluate(&self, samples: &SampleLog) -> Answer {
        let mut known = samples.latest(&self.metric);
        known.retain(|sample| self.matchers.iter().all(|m| matches(m, sample)));
        let holds = known.iter().filter(|s| (self.compare)(s.value, self.limit));
        Answer {
            holds: holds.cloned().collect(),
            known: known.iter().map(|sample| sample.labels.clone()).collect(),
        }
    }
}

fn matches(matcher: &Matcher, sample: &Sample) -> bool {
    let value = sample.labels.get(&matcher.name);
    match &matcher.op {
        MatchOp::Equal => value == matcher.value,
        MatchOp::NotEqual => value != matcher.value,
        MatchOp::Re(regex) => regex.is_match(value),
        MatchOp::NotRe(regex) => !regex.is_match(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::Hub;
    use model::{Labels, ManualClock};
    use std::sync::Arc;

    #[tokio::test]
    async fn conditions() {
        let db = db::Db::memory(&db::schema::METRICS).await.unwrap();
        let store = tsdb::Storage::open(db, tsdb::Config::default()).await;
        let store = Arc::new(store.unwrap());
        let samples = SampleLog::new(store, Arc::new(ManualClock::at(0)), Hub::new());
        let sample = |server: &str, value| Sample {
            name: "up".into(),
            labels: Labels::new().with("server", server),
            at_ms: 0,
            value,
        };
        samples.push(vec![sample("a", 0.0), sample("b", 1.0), sample("c", 2.0)]);
        for (expr, expected) in [
            ("up == 0", "a | a b c"),
            ("up > 0", "b c | a b c"),
            ("up{server=\"b\"} != 0", "b | b"),
            ("up{server=~\"a|c\"} <= 2", "a c | a c"),
            ("up{server!~\"a|c\"} < 1", " | b"),
            ("down == 0", " | "),
        ] {
            let answer = Condition::parse(expr).unwrap().evaluate(&samples);
            let names = |labels: Vec<&str>| {
                let mut labels = labels;
                labels.sort_unstable();
                labels.join(" ")
            };
            let holds = names(
                answer
                    .holds
                    .iter()
                    .map(|s| s.labels.get("server"))
                    .collect(),
            );
            let known = names(answer.known.iter().map(|l| l.get("server")).collect());
            assert_eq!(format!("{holds} | {known}"), expected, "{expr}");
        }
    }

    #[test]
    fn refusals_quote_the_expression() {
        for expr in [
            "up ==",
            "rate(up[5m]) > 1",
            "up",
            "1 == up",
            "up offset 5m == 0",
            "up and down",
        ] {
            let error = Condition::parse(expr).unwrap_err();
            assert!(error.contains(expr), "{error}");
        }
    }
}
