//! Live queries: each is evaluated once, however many look at it, and as long as somebody does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Clock;
use promql::Query;
use tokio::sync::{OnceCell, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{Matrix, Problem, Row, Span};

use super::grid::{self, next_look, whole};
use crate::metrics::{Evaluator, MOST_POINTS};
use crate::telemetry::{LiveCounts, Present};

/// Closer to a point than this, the point itself says how it is.
const NEAR_MS: i64 = 250;
/// An evaluation is followed by a pause of at least so many times its duration.
const REST: u32 = 9;

/// All live queries.
pub(crate) struct LiveQueries {
    clock: Arc<dyn Clock>,
    evaluator: Evaluator,
    counts: LiveCounts,
    asked: Mutex<HashMap<(String, i64), Arc<Question>>>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

/// What somebody looks at.
pub(super) struct Question {
    expr: String,
    pub(super) step_ms: i64,
    query: OnceCell<Result<Arc<Query>, Problem>>,
    pub(super) looks: watch::Sender<Option<Arc<Look>>>,
}

/// What was seen last.
pub(super) enum Look {
    Seen(Seen),
    Failed(Problem),
}

/// How a question was answered.
pub(super) struct Seen {
    /// The newest points, one of them seen before.
    pub(super) points: Arc<Matrix>,
    /// The time of the newest point.
    pub(super) to_ms: i64,
    /// How it is between that and the next one.
    pub(super) tip: Matrix,
}

impl LiveQueries {
    pub(crate) fn new(clock: Arc<dyn Clock>, evaluator: Evaluator, counts: LiveCounts) -> Self {
        Self {
            clock,
            evaluator,
            counts,
            asked: Mutex::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }
    }

    /// Ends all evaluations when told to stop.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        stop.cancelled().await;
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<(String, i64), Arc<Question>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a query; who else does so sees the same.
    pub(super) fn look_at(
        self: &Arc<Self>,
        expr: &str,
        step_ms: i64,
    ) -> (Arc<Question>, watch::Receiver<Option<Arc<Look>>>) {
        let mut asked = self.asked();
        let key = (expr.to_owned(), step_ms);
        let question = asked.entry(key).or_insert_with(|| {
            let question = Arc::new(Question {
                expr: expr.to_owned(),
                step_ms,
                query: OnceCell::new(),
                looks: watch::Sender::default(),
            });
            let present = Present::of(&self.counts.queries);
            let (queries, looked_at) = (Arc::clone(self), Arc::clone(&question));
            self.tasks.spawn(async move {
                let _present = present;
                queries.keep_looking(&looked_at).await;
            });
            question
        });
        let mut looks = question.looks.subscribe();
        // What has been seen already is news for who comes now.
        looks.mark_changed();
        (Arc::clone(question), looks)
    }

    /// What a question yields at points that not everybody needs.
    pub(super) async fn caught_up(
        &self,
        question: &Question,
        span: Span,
    ) -> Result<Matrix, Problem> {
        self.counts.evaluated("catch_up");
        let query = self.query(question).await?;
        self.evaluator.matrix(&query, span).await
    }

    async fn query(&self, question: &Question) -> Result<Arc<Query>, Problem> {
        let read = || self.evaluator.read(&question.expr);
        question.query.get_or_init(read).await.clone()
    }

    /// Looks until nobody wants to know any more.
    async fn keep_looking(&self, question: &Question) {
        let mut last: Option<Arc<Look>> = None;
        loop {
            let begun = Instant::now();
            let looking = async {
                let look = match self.look(question, last.as_deref()).await {
                    Ok(seen) => Look::Seen(seen),
                    Err(problem) => Look::Failed(problem),
                };
                if is_news(last.as_deref(), &look) {
                    let look = Arc::new(look);
                    last = Some(Arc::clone(&look));
                    question.looks.send_replace(Some(look));
                }
                let rest = begun.elapsed().saturating_mul(REST);
                self.pause(question.step_ms, rest).await;
            };
            tokio::select! {
                () = looking => {}
                () = question.looks.closed() => {
                    if self.left(question) {
                        return;
                    }
                }
                () = self.closing.cancelled() => return,
            }
        }
    }

    /// Until it is time to look again.
    async fn pause(&self, step_ms: i64, rest: Duration) {
        tokio::time::sleep(rest).await;
        let next_ms = next_look(self.clock.now_ms(), step_ms);
        // The clock of the machine may be slower than that of timers, but it is not waited for when it jumps.
        for longest_ms in [i64::MAX, NEAR_MS] {
            let wait_ms = next_ms - self.clock.now_ms();
            if (1..=longest_ms).contains(&wait_ms) {
                tokio::time::sleep(Duration::from_millis(wait_ms.unsigned_abs())).await;
            }
        }
    }

    /// Forgets a question when nobody looks at it; whether that is so.
    fn left(&self, question: &Question) -> bool {
        let mut asked = self.asked();
        // Who comes now has the lock first, or finds nothing.
        let is_left = question.looks.receiver_count() == 0;
        if is_left {
            asked.remove(&(question.expr.clone(), question.step_ms));
        }
        is_left
    }

    /// Looks once: at the points that are new and the one before, which late samples may have changed, and at
    /// this moment.
    async fn look(&self, question: &Question, last: Option<&Look>) -> Result<Seen, Problem> {
        let step_ms = question.step_ms;
        let query = self.query(question).await?;
        let now_ms = self.clock.now_ms();
        let to_ms = whole(now_ms, step_ms);
        let last = match last {
            Some(Look::Seen(seen)) => Some(seen),
            _ => None,
        };
        let points = match last {
            Some(seen) if seen.to_ms == to_ms => Arc::clone(&seen.points),
            _ => {
                let seen_ms = last.map_or(to_ms, |seen| seen.to_ms);
                let before_ms = seen_ms.min(to_ms - step_ms) - step_ms;
                self.counts.evaluated("points");
                let span = grid::after(before_ms, to_ms, step_ms, MOST_POINTS);
                Arc::new(self.evaluator.matrix(&query, span).await?)
            }
        };
        let tip = match now_ms - to_ms < NEAR_MS {
            true => newest(&points, to_ms),
            false => {
                self.counts.evaluated("tip");
                let now = Span::new(now_ms, now_ms, step_ms);
                self.evaluator.matrix(&query, now).await?
            }
        };
        Ok(Seen { points, to_ms, tip })
    }
}

/// The newest column of some points.
fn newest(points: &Matrix, to_ms: i64) -> Matrix {
    let last = |row: &Row| {
        let value = row.values.last().copied().flatten()?;
        Some(Row {
            labels: row.labels.clone(),
            values: vec![Some(value)],
        })
    };
    Matrix {
        from_ms: to_ms,
        step_ms: points.step_ms,
        rows: points.rows.iter().filter_map(last).collect(),
    }
}

/// Whether a look shows anything that the one before did not.
fn is_news(last: Option<&Look>, look: &Look) -> bool {
    match (last, look) {
        (Some(Look::Seen(last)), Look::Seen(seen)) => {
            last.to_ms != seen.to_ms || last.tip.rows != seen.tip.rows
        }
        (Some(Look::Failed(last)), Look::Failed(problem)) => last.message != problem.message,
        _ => true,
    }
}
