//! Boards: panels of the catalogue, with what they show first.

mod catalogue;

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream;
use model::Clock;
use wire::{
    Board, BoardData, BoardLink, Caller, Matrix, MetricPanel, Outcome, Problem, Role, Span,
    TimeRange,
};

use crate::events::EventLog;
use crate::metrics::Evaluator;
use crate::reload::Current;
pub(crate) use catalogue::Catalogue;

/// Queries of one board that are evaluated at the same time.
const AT_ONCE: usize = 4;

/// The boards, and what evaluates the queries of their panels.
pub(crate) struct BoardService {
    pub(crate) catalogue: Catalogue,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) evaluator: Evaluator,
    /// How often servers are probed is how far apart most samples are.
    pub(crate) config: Current,
    pub(crate) events: Arc<EventLog>,
}

impl BoardService {
    /// What a query comes to. Where no whole step has anything yet, as after the first start, it is how it
    /// is at this moment.
    async fn look(&self, expr: String, span: Span, until_ms: Option<i64>) -> Outcome {
        let seen = self.evaluator.outcome(expr.clone(), span).await;
        match (&seen, until_ms) {
            (Outcome::Ok(matrix), Some(now_ms)) if matrix.rows.is_empty() => {
                let now = Span::new(now_ms, now_ms, span.step_ms);
                match self.evaluator.outcome(expr, now).await {
                    Outcome::Ok(tip) => Outcome::Ok(Matrix {
                        from_ms: span.to_ms,
                        ..tip
                    }),
                    failed => failed,
                }
            }
            _ => seen,
        }
    }

    fn find(&self, name: &str) -> Result<&Board, Problem> {
        let boards = &self.catalogue.boards;
        boards
            .iter()
            .find(|board| board.name == name)
            .ok_or_else(|| {
                let known: Vec<_> = boards.iter().map(|board| board.name.as_str()).collect();
                Problem::not_found(format!(
                    "no board is called {name:?}; there are {}",
                    known.join(", ")
                ))
            })
    }
}

#[async_trait]
impl wire::Boards for BoardService {
    async fn list(&self, caller: &Caller) -> Result<Vec<BoardLink>, Problem> {
        caller.require(Role::Viewer)?;
        let link = |board: &Board| BoardLink {
            name: board.name.clone(),
            title: board.title.clone(),
            question: board.question.clone(),
        };
        let mut links: Vec<_> = self.catalogue.boards.iter().map(link).collect();
        links.sort_by(|a, b| a.title.cmp(&b.title));
        Ok(links)
    }

    async fn board(
        &self,
        caller: &Caller,
        name: &str,
        server: Option<&str>,
        range: TimeRange,
        points: u32,
    ) -> Result<BoardData, Problem> {
        caller.require(Role::Viewer)?;
        let board = self.find(name)?.clone();
        let interval = self.config.borrow().probe.interval;
        let interval_ms = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
        let now_ms = self.clock.now_ms();
        let span = range.span(now_ms, points).for_samples_every(interval_ms);
        let until_ms = range.slides().then_some(now_ms);
        let queries = board.panels().flat_map(|panel| &panel.queries);
        let exprs: Vec<String> = queries
            .map(|query| MetricPanel::expression(query, server, span))
            .collect();
        let outcomes = stream::iter(exprs).map(|expr| self.look(expr, span, until_ms));
        let outcomes = outcomes.buffered(AT_ONCE).collect().await;
        Ok(BoardData {
            board,
            span,
            outcomes,
            marks: self
                .events
                .charted(span.from_ms, now_ms.min(span.to_ms))
                .await?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::Db;
    use model::{Labels, ManualClock, Sample};
    use tokio::sync::watch;
    use tsdb::Storage;
    use wire::{Boards as _, PanelQuery, Placed, Section, Via};

    use crate::config::Config;
    use crate::metrics::SampleLog;

    const NOW_MS: i64 = 1_795_233_600_000;

    async fn service(exprs: &[&str]) -> BoardService {
        let mut config = Config::default();
        config.probe.interval = std::time::Duration::from_secs(300);
        let db = Db::memory(&db::schema::METRICS).await.unwrap();
        let store = Storage::open(db, tsdb::Config::default()).await.unwrap();
        let clock = Arc::new(ManualClock::at(NOW_MS + 7));
        let samples = SampleLog::new(Arc::new(store), clock.clone());
        samples.push(
            ["a", "b.c", "bxc"]
                .map(|server| Sample {
                    name: "m".into(),
                    labels: Labels::new().with("server", server),
                    at_ms: NOW_MS - 1000,
                    value: 1.0,
                })
                .to_vec(),
        );
        samples.push(vec![Sample {
            name: "young".into(),
            labels: Labels::new(),
            at_ms: NOW_MS + 5,
            value: 7.0,
        }]);
        let queries = exprs.iter().map(|expr| PanelQuery {
            expr: (*expr).to_owned(),
            legend: String::new(),
        });
        let panel = MetricPanel {
            queries: queries.collect(),
            ..MetricPanel::default()
        };
        let section = Section {
            name: "charts".to_owned(),
            panels: vec![Placed { width: 12, panel }],
        };
        let board = Board {
            name: "all".to_owned(),
            sections: vec![section],
            ..Board::default()
        };
        let state = Db::memory(&db::schema::STATE).await.unwrap();
        let events = EventLog::new(state, clock.clone(), crate::live::Hub::new());
        BoardService {
            catalogue: Catalogue {
                boards: vec![board],
            },
            clock,
            evaluator: Evaluator::new(Arc::new(samples)),
            config: watch::channel(Arc::new(config)).1,
            events: Arc::new(events),
        }
    }

    #[tokio::test]
    async fn each_query_has_an_outcome_of_its_own() {
        let exprs = [
            "m{server=~\"$server\"}",
            "label_replace(m, \"server\", \"\", \"\", \"\")",
            "sum(",
            "absent(m)",
            "sum(max_over_time(m[$window]))",
        ];
        let service = service(&exprs).await;
        let caller = Caller::local(Via::Browser);
        let range = TimeRange::Last(60_000);
        for (server, rows) in [(None, 3), (Some("b.c"), 1), (Some("nobody"), 0)] {
            let data = service.board(&caller, "all", server, range, 300).await;
            let BoardData { span, outcomes, .. } = data.unwrap();
            assert_eq!(
                (span.to_ms, span.step_ms, span.points()),
                (NOW_MS, 1000, 61)
            );
            assert_eq!(span.window_ms, 1_200_000, "probed every five minutes");
            let told: Vec<_> = outcomes
                .iter()
                .map(|outcome| match outcome {
                    Outcome::Ok(matrix) => Ok(matrix.rows.len()),
                    Outcome::Failed(problem) => Err(problem.message.as_str()),
                })
                .collect();
            assert_eq!(told[0], Ok(rows), "{server:?}");
            assert!(
                told[1].is_err_and(|why| why.contains("same labelset")),
                "{told:?}"
            );
            assert!(
                told[2].is_err_and(|why| why.contains("invalid query")),
                "{told:?}"
            );
            // Before the sample there was none.
            assert_eq!(told[3..], [Ok(1), Ok(1)]);
        }
        let unknown = service.board(&caller, "some", None, range, 300).await;
        let message = unknown.unwrap_err().message;
        assert!(
            message.contains("\"some\"") && message.contains("all"),
            "{message}"
        );
    }

    #[tokio::test]
    async fn what_is_younger_than_a_step_is_shown_where_there_is_nothing_else() {
        let caller = Caller::local(Via::Browser);
        for (range, shown) in [
            (TimeRange::Last(3_600_000), vec![(NOW_MS, vec![Some(7.0)])]),
            (TimeRange::Between(NOW_MS - 3_600_000, NOW_MS), Vec::new()),
        ] {
            let service = service(&["young"]).await;
            let data = service.board(&caller, "all", None, range, 300).await;
            let told: Vec<_> = data
                .unwrap()
                .outcomes
                .into_iter()
                .filter_map(|outcome| match outcome {
                    Outcome::Ok(mut matrix) => Some((matrix.from_ms, matrix.rows.pop()?.values)),
                    Outcome::Failed(problem) => panic!("{problem}"),
                })
                .collect();
            assert_eq!(told, shown, "{range:?}");
        }
    }
}
