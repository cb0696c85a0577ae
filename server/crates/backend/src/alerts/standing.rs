//! Where the alerts that fire stand: what holds each, and to whom it goes.

use model::{Labels, TimestampMs};
use rules::State;

use super::AlertService;
use super::routes::Routed;

/// An alert that fires, with everything that holds it.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// The alert.
    pub(crate) alert: rules::Alert,
    /// Silences, by their ids.
    pub(crate) silenced_by: Vec<String>,
    /// The labels of an alert that stands for it.
    pub(crate) inhibited_by: Option<Labels>,
    /// What else: maintenance windows, and what its server depends on.
    pub(crate) muted_by: Vec<String>,
    /// Where it goes.
    pub(crate) routed: Vec<Routed>,
}

impl Standing {
    /// Whether nobody is told of it.
    pub(crate) fn is_suppressed(&self) -> bool {
        let is_muted = !self.silenced_by.is_empty() || !self.muted_by.is_empty();
        is_muted || self.inhibited_by.is_some()
    }
}

impl AlertService {
    /// The alerts that fire at a time and are wanted, whoever has them.
    pub(crate) async fn standing(
        &self,
        now_ms: TimestampMs,
        is_wanted: impl Fn(&Labels) -> bool,
    ) -> Vec<Standing> {
        let mut open = self.book.lock().await.open_alerts();
        // The clock may have ended some that nobody has looked at since.
        let is_on = |alert: &rules::Alert| alert.ends_ms.is_none_or(|ends_ms| ends_ms > now_ms);
        open.retain(|it| it.state != State::Pending && is_on(it) && is_wanted(&it.labels));
        let (silences, routes) = (self.quiet.seen(), self.routes());
        let standing = open.into_iter().map(|alert| {
            let labels = &alert.labels;
            let silences = silences.iter().filter(|it| it.holds(labels, now_ms));
            let mut muted_by = self.quiet.windows_over(labels, now_ms);
            let depends = self.dependencies.held(labels);
            muted_by.extend(Some(depends).filter(|why| !why.is_empty()));
            Standing {
                silenced_by: silences.map(|it| it.id.to_string()).collect(),
                inhibited_by: self.quiet.inhibited_by(labels),
                muted_by,
                routed: routes.of(labels, now_ms),
                alert,
            }
        });
        standing.collect()
    }
}
