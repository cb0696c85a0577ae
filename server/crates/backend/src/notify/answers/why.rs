//! Why somebody was told of an alert, or nobody.

use notifier::{SentQuery as Query, Standing};
use rules::State;
use wire::{AlertWhy, Caller, Problem, Role, WhyRoute};

use super::super::desk::key;
use super::super::{shown, stage};
use super::NotifyAnswers;
use crate::error::alert_problem;

/// Messages that are shown.
const MOST_SENT: u32 = 50;

impl NotifyAnswers {
    pub(super) async fn do_why(&self, caller: &Caller, id: &str) -> Result<AlertWhy, Problem> {
        caller.require(Role::Viewer)?;
        let found = self.alerts.book.lock().await.find(id).await;
        let alert = found.map_err(|error| alert_problem(&error))?;
        let now_ms = self.now_ms();
        let (held, held_link) = match alert.state {
            State::Resolved => Default::default(),
            _ => self.alerts.held_back(&alert.labels),
        };
        let why = |labels: &model::Labels| self.alerts.held_back(labels).0;
        let desk = &self.notifier.desk;
        let standings = desk.with(|it| it.standings(&key(&alert), now_ms, &why));
        let routing = self.notifier.in_use().routing.clone();
        let routes: Vec<_> = routing
            .root
            .matching(&alert.labels)
            .into_iter()
            .map(|route| {
                let standing = standings.iter().find(|it| it.route == route.id);
                let matched = self.match_of(route, &alert.labels, now_ms);
                shown_route(route, matched, standing)
            })
            .collect();
        let query = Query {
            text: String::new(),
            receiver: String::new(),
            state: String::new(),
            reason: String::new(),
            alert: alert.id.to_string(),
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            before: None,
            limit: MOST_SENT,
        };
        let sent: Vec<_> = self.found(&query).await?.iter().map(shown::sent).collect();
        let standings = standings.iter();
        let expected = standings.filter_map(|it| it.next.map(|next| next.at_ms));
        let next_ms = expected.min().filter(|_| held.is_empty());
        Ok(AlertWhy {
            summary: summary(&alert, &held, &routes, sent.len()),
            held,
            held_link,
            routes,
            next_ms,
            sent,
        })
    }
}

fn summary(alert: &rules::Alert, held: &str, routes: &[WhyRoute], sent: usize) -> String {
    let told = match sent {
        0 => "nobody was told of it".to_owned(),
        1 => "one message names it".to_owned(),
        count => format!("{count} messages name it"),
    };
    let muted = routes.iter().all(|route| !route.held.is_empty());
    let mut receivers: Vec<_> = routes.iter().map(|it| it.receiver.as_str()).collect();
    receivers.dedup();
    match (alert.state, stage(alert)) {
        (State::Pending, _) => "It has not held for long enough yet, so nobody is told.".to_owned(),
        (State::Resolved, None) => "It was over before it fired, so nobody was told.".to_owned(),
        (State::Resolved, _) => format!("It is over; {told}."),
        _ if !held.is_empty() => format!("Held back: {held}; {told}."),
        _ if muted => format!("Its routes tell nobody now; {told}."),
        (State::Acknowledged, _) => format!("Somebody has it, so it is not repeated; {told}."),
        _ => format!("{} is told; {told}.", receivers.join(", ")),
    }
}

fn shown_route(
    route: &notifier::Route,
    matched: wire::RouteMatch,
    standing: Option<&Standing>,
) -> WhyRoute {
    let matchers: Vec<_> = route.matchers.iter().map(ToString::to_string).collect();
    let next = standing.and_then(|it| it.next);
    let escalates = standing.and_then(|it| it.escalates.clone());
    WhyRoute {
        node: matched.node,
        matchers: matchers.join(", "),
        receiver: matched.receiver,
        group_key: matched.group_key,
        group_labels: matched.group_labels,
        alerts: standing.map_or(0, |it| u64::try_from(it.alerts.len()).unwrap_or(u64::MAX)),
        held: matched.held,
        next_ms: next.map(|it| it.at_ms),
        next: next.map_or_else(
            || "nothing, unless something changes".to_owned(),
            |next| shown::reason(next.why).as_str().to_owned(),
        ),
        escalates_ms: escalates.as_ref().map(|(at_ms, _)| *at_ms),
        escalation: escalates.map_or_else(String::new, |(_, names)| names),
    }
}
