//! One client's view of one live query: what it has, and what it lacks.
//!
//! What is seen is not queued: who reads slowly finds the latest look, and gets in one piece what it has
//! missed in between.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::{BoxStream, StreamExt, unfold};
use tokio::sync::watch;
use wire::{LiveQuery, Matrix, Outcome, Points, Problem};

use super::grid;
use super::queries::{LiveQueries, Look, Question, Seen};
use crate::metrics::{MOST_POINTS, MOST_VALUES};

/// The points of a query, as they come.
pub(super) struct Feed {
    query: LiveQuery,
    points: BoxStream<'static, Points>,
}

impl Feed {
    /// Begins to look.
    pub(super) fn open(queries: &Arc<LiveQueries>, query: LiveQuery) -> Self {
        let (question, looks) = queries.look_at(&query.expr, query.step_ms);
        let view = View {
            id: query.id,
            queries: Arc::clone(queries),
            question,
            looks,
            has_ms: query.after_ms,
            said: None,
        };
        let points = unfold(view, async |mut view| Some((view.next().await?, view)));
        Self {
            query,
            points: points.boxed(),
        }
    }

    /// The client's number for it.
    pub(super) fn id(&self) -> u32 {
        self.query.id
    }

    /// Whether it answers a question already.
    pub(super) fn answers(&self, query: &LiveQuery) -> bool {
        (&self.query.expr, self.query.step_ms) == (&query.expr, query.step_ms)
    }
}

impl Stream for Feed {
    type Item = Points;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Points>> {
        self.points.as_mut().poll_next(context)
    }
}

struct View {
    id: u32,
    queries: Arc<LiveQueries>,
    question: Arc<Question>,
    looks: watch::Receiver<Option<Arc<Look>>>,
    /// The newest point that the client has.
    has_ms: i64,
    /// What it was told last, where that was a failure.
    said: Option<String>,
}

impl View {
    /// What the client is told next; `None` when there will be nothing.
    async fn next(&mut self) -> Option<Points> {
        loop {
            self.looks.changed().await.ok()?;
            let look = self.looks.borrow_and_update().clone();
            let (outcome, tip) = match look.as_deref() {
                None => continue,
                Some(Look::Failed(problem)) => (Err(problem.clone()), None),
                Some(Look::Seen(seen)) => (self.points(seen).await, Some(&seen.tip)),
            };
            let (outcome, tip) = match outcome {
                Ok(points) => {
                    self.said = None;
                    (Outcome::Ok(points), tip.cloned())
                }
                Err(problem) if self.said.as_ref() == Some(&problem.message) => continue,
                Err(problem) => {
                    self.said = Some(problem.message.clone());
                    (Outcome::Failed(problem), None)
                }
            };
            let id = self.id;
            return Some(Points { id, outcome, tip });
        }
    }

    /// The points that the client lacks. Those that cannot be had are not tried again: they stay a gap, and
    /// do not keep it from what comes later.
    async fn points(&mut self, seen: &Seen) -> Result<Matrix, Problem> {
        let step_ms = self.question.step_ms;
        let has_ms = std::mem::replace(&mut self.has_ms, seen.to_ms);
        if has_ms >= seen.to_ms {
            return Ok(Matrix {
                from_ms: seen.to_ms,
                step_ms,
                rows: Vec::new(),
            });
        }
        if has_ms >= seen.points.from_ms - step_ms {
            return Ok(Matrix::clone(&seen.points));
        }
        let rows = seen.points.rows.len().max(1);
        let most = i64::try_from(MOST_VALUES / rows).unwrap_or(MOST_POINTS);
        let span = grid::after(has_ms, seen.to_ms, step_ms, most.min(MOST_POINTS));
        self.queries.caught_up(&self.question, span).await
    }
}
