//! What doors and pages ask of the notifier.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use model::Labels;
use notifier::{
    Letter, Mistake, Routing, SentQuery as Query, Version, read_whole, with_secrets,
    without_secrets,
};
use wire::{
    AlertWhy, Caller, ChannelHealth, Code, Problem, Receiver, ReceiverChannel, Role, Rota,
    RotaOverride, RouteMatch, RouteTest, Routes, RoutesDraft, RoutesMistake, RoutesOrigin,
    RoutesVersion, Sent, SentPage, SentQuery, TemplateDraft, TemplatePreview, TestAnswer, TestSend,
};

use super::shown;
use crate::alerts::AlertService;
use crate::asked::{bounded, one_of};
use crate::error::database_problem;

mod on_call;
mod trying;
mod why;

/// The most rows of a page.
const MOST_ROWS: u32 = 1000;
/// Longest text of routes, in bytes.
const LONGEST_TEXT: usize = 1 << 20;
/// Longest name and longest comment, in characters.
const LONGEST_NAME: usize = 200;
const LONGEST_COMMENT: usize = 4000;

/// Answers about the notifier and the alerts it tells of.
pub(crate) struct NotifyAnswers {
    pub(crate) notifier: Arc<super::NotifyService>,
    pub(crate) alerts: Arc<AlertService>,
}

fn reading(what: &str, error: &db::Error) -> Problem {
    database_problem(what, error)
}

/// Who says something: the name typed, else the caller's.
fn said_by(caller: &Caller, by: &str, comment: &str) -> Result<String, Problem> {
    if by.chars().count() > LONGEST_NAME || comment.chars().count() > LONGEST_COMMENT {
        return Err(Problem::invalid(format!(
            "a name has at most {LONGEST_NAME} characters, a comment {LONGEST_COMMENT}"
        )));
    }
    let note = wire::Note {
        by: by.to_owned(),
        comment: comment.to_owned(),
    };
    crate::alerts::actor(caller, &note)
}

fn all(mistakes: &[Mistake]) -> String {
    let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    said.join("\n")
}

impl NotifyAnswers {
    fn now_ms(&self) -> i64 {
        self.notifier.clock.now_ms()
    }

    fn shown_routes(&self, caller: &Caller) -> Routes {
        let in_use = self.notifier.in_use();
        let now_ms = self.now_ms();
        let mut mistakes: Vec<_> = in_use.mistakes.iter().map(shown::mistake).collect();
        mistakes.extend(self.notifier.refused(&in_use.path));
        let tree = self
            .notifier
            .desk
            .with(|it| shown::node(&in_use.routing.root, &in_use.routing, it, now_ms));
        Routes {
            origin: in_use.origin,
            path: in_use.path.clone(),
            version: u32::try_from(in_use.version).unwrap_or(u32::MAX),
            text: without_secrets(&in_use.text),
            mistakes,
            ignored: in_use.routing.ignored.iter().map(shown::mistake).collect(),
            tree,
            can_edit: caller.role >= Role::Admin,
        }
    }

    /// The text with its secrets, if it can be used: with those in use, else with those of the newest version that has all
    /// of them, so that a former text can be taken back.
    async fn usable(&self, text: &str) -> Result<Result<String, Vec<Mistake>>, Problem> {
        let in_use = self.notifier.in_use();
        let mut whole = with_secrets(text, &in_use.text);
        if whole.is_err() {
            let kept = self.notifier.versions.all().await;
            let kept = kept.map_err(|error| reading("reading the routes", &error))?;
            let mut former = kept.iter().map(|it| with_secrets(text, &it.text));
            whole = former.find(Result::is_ok).unwrap_or(whole);
        }
        let (clock, mcp) = (&self.notifier.clock, &self.notifier.mcp);
        Ok(whole.and_then(|text| {
            read_whole(&text, &in_use.folder, clock, mcp)?;
            Ok(text)
        }))
    }

    async fn keep(&self, caller: &Caller, version: Version, after: i64) -> Result<Routes, Problem> {
        let title = match version.text.is_empty() {
            true => format!("Routes are those of the file again, says {}", version.by),
            false => format!("Routes were changed by {}", version.by),
        };
        let kept = self.notifier.versions.add(&version, after).await;
        match kept.map_err(|error| reading("writing the routes", &error))? {
            Some(_) => {}
            None => {
                return Err(Problem::new(
                    Code::Conflict,
                    "somebody else has saved other routes meanwhile; load them, and change those",
                ));
            }
        }
        let adopted = self.notifier.adopt().await;
        adopted.map_err(|error| reading("reading the routes", &error))?;
        self.alerts.inhibit_by(&self.notifier.inhibitions());
        let (marks, link) = (&self.alerts.events, "/alerts/routes".to_owned());
        marks.record(wire::EventKind::Edit, "", title, link).await;
        Ok(self.shown_routes(caller))
    }

    async fn found(&self, query: &Query) -> Result<Vec<Letter>, Problem> {
        let found = self.notifier.outbox.search(query).await;
        found.map_err(|error| reading("reading what was sent", &error))
    }

    fn match_of(&self, route: &notifier::Route, labels: &Labels, now_ms: i64) -> RouteMatch {
        let group = route.group_labels(labels);
        let routing = self.notifier.in_use().routing.clone();
        RouteMatch {
            node: route.id.clone(),
            receiver: route.receiver.clone(),
            group_key: route.group_key(&group),
            group_labels: shown::map(&group),
            held: routing.muted(route, now_ms).unwrap_or_default(),
        }
    }
}

fn query(asked: &SentQuery) -> Result<Query, Problem> {
    let states = wire::SentState::ALL.iter().map(|it| it.as_str());
    one_of("state", &asked.state, states)?;
    let reasons = wire::SendReason::ALL.iter().map(|it| it.as_str());
    one_of("reason", &asked.reason, reasons)?;
    bounded(&[
        ("text", &asked.text),
        ("receiver", &asked.receiver),
        ("alert", &asked.alert),
    ])?;
    let before = match asked.after.as_str() {
        "" => None,
        place => Some(place.parse().map_err(|_| {
            Problem::invalid(format!("{place:?} is no place: take `next` of a page"))
        })?),
    };
    let reason = wire::SendReason::parse(&asked.reason);
    Ok(Query {
        text: asked.text.clone(),
        receiver: asked.receiver.clone(),
        state: asked.state.clone(),
        reason: reason.map_or("", |it| shown::why(it).as_str()).to_owned(),
        alert: asked.alert.clone(),
        from_ms: asked.from_ms.unwrap_or(i64::MIN),
        to_ms: asked.to_ms.unwrap_or(i64::MAX),
        before,
        limit: asked.limit.clamp(1, MOST_ROWS),
    })
}

#[async_trait]
impl wire::Notifier for NotifyAnswers {
    async fn routes(&self, caller: &Caller) -> Result<Routes, Problem> {
        caller.require(Role::Viewer)?;
        let routes = self.shown_routes(caller);
        Ok(Routes {
            text: for_eyes_of(caller, routes.text),
            ..routes
        })
    }

    async fn check(&self, caller: &Caller, text: &str) -> Result<Vec<RoutesMistake>, Problem> {
        // It reads the files of templates that the text names.
        caller.require(Role::Admin)?;
        if text.len() > LONGEST_TEXT {
            return Err(Problem::invalid("routes have at most 1 MiB"));
        }
        Ok(match self.usable(text).await? {
            Ok(_) => Vec::new(),
            Err(mistakes) => mistakes.iter().map(shown::mistake).collect(),
        })
    }

    async fn save(&self, caller: &Caller, draft: RoutesDraft) -> Result<Routes, Problem> {
        caller.require(Role::Admin)?;
        if draft.text.len() > LONGEST_TEXT {
            return Err(Problem::invalid("routes have at most 1 MiB"));
        }
        let by = said_by(caller, &draft.by, &draft.comment)?;
        let _turn = self.notifier.turn.lock().await;
        let text = self.usable(&draft.text).await?;
        let text = text.map_err(|mistakes| Problem::invalid(all(&mistakes)))?;
        let version = Version {
            version: 0,
            at_ms: self.now_ms(),
            by,
            comment: draft.comment.trim().to_owned(),
            text,
        };
        self.keep(caller, version, i64::from(draft.version)).await
    }

    async fn back_to_file(&self, caller: &Caller, by: &str) -> Result<Routes, Problem> {
        caller.require(Role::Admin)?;
        let by = said_by(caller, by, "")?;
        let _turn = self.notifier.turn.lock().await;
        let in_use = self.notifier.in_use();
        if in_use.origin != RoutesOrigin::Edited && in_use.mistakes.is_empty() {
            let what = "the routes are not edited here, so there is nothing to go back from";
            return Err(Problem::new(Code::Conflict, what));
        }
        let version = Version {
            version: 0,
            at_ms: self.now_ms(),
            by,
            comment: String::new(),
            text: String::new(),
        };
        self.keep(caller, version, in_use.version).await
    }

    async fn versions(&self, caller: &Caller) -> Result<Vec<RoutesVersion>, Problem> {
        caller.require(Role::Viewer)?;
        let kept = self.notifier.versions.all().await;
        let kept = kept.map_err(|error| reading("reading the routes", &error))?;
        let shown = kept.into_iter().map(|it| RoutesVersion {
            version: u32::try_from(it.version).unwrap_or(u32::MAX),
            at_ms: it.at_ms,
            by: it.by,
            comment: it.comment,
            text: for_eyes_of(caller, without_secrets(&it.text)),
        });
        Ok(shown.collect())
    }

    async fn try_route(
        &self,
        caller: &Caller,
        labels: BTreeMap<String, String>,
    ) -> Result<RouteTest, Problem> {
        caller.require(Role::Viewer)?;
        let labels: Labels = labels.into_iter().collect();
        let (routing, now_ms) = (self.notifier.in_use().routing.clone(), self.now_ms());
        let found = routing.root.matching(&labels).into_iter();
        Ok(RouteTest {
            matches: found
                .map(|route| self.match_of(route, &labels, now_ms))
                .collect(),
            held: self.alerts.held_back(&labels).0,
        })
    }

    async fn receivers(&self, caller: &Caller) -> Result<Vec<Receiver>, Problem> {
        caller.require(Role::Viewer)?;
        let routing = self.notifier.in_use().routing.clone();
        let waiting = self.notifier.outbox.waiting().await;
        let waiting = waiting.map_err(|error| reading("reading what waits", &error))?;
        let routes = routing.root.all();
        let mut receivers = Vec::new();
        for receiver in routing.receivers.values() {
            let mut channels = Vec::new();
            for (name, channel) in &receiver.channels {
                let health = self.notifier.outbox.health(&receiver.name, name).await;
                let health = health.map_err(|error| reading("reading what was sent", &error))?;
                let mut queue = waiting.iter().filter(|(of, at, ..)| {
                    let (of, at) = at.split_once('>').unwrap_or((of, at));
                    of == receiver.name && at == name
                });
                let first = queue.next();
                channels.push(ReceiverChannel {
                    kind: channel.kind().to_owned(),
                    target: channel.target(),
                    sends_resolved: channel.sends_resolved(),
                    health: match (health.attempted_ms, health.is_ok) {
                        (None, _) => ChannelHealth::Unknown,
                        (Some(_), true) => ChannelHealth::Ok,
                        (Some(_), false) => ChannelHealth::Failing,
                    },
                    attempted_ms: health.attempted_ms,
                    succeeded_ms: health.succeeded_ms,
                    answer: health.answer,
                    cause: health.cause,
                    queued: first.map_or(0, |it| it.2) + queue.map(|it| it.2).sum::<u64>(),
                    oldest_ms: first.map(|it| it.3),
                });
            }
            let mut leading = routes
                .iter()
                .filter(|route| route.receiver == receiver.name);
            receivers.push(Receiver {
                name: receiver.name.clone(),
                channels,
                flood: receiver.flood.map_or_else(String::new, |flood| {
                    format!("{} in {} s", flood.messages, flood.per_ms / 1000)
                }),
                rotas: receiver.rotas.clone(),
                routes: leading.by_ref().map(|route| route.id.clone()).collect(),
                also: leads(&routing, &receiver.name),
            });
        }
        Ok(receivers)
    }

    async fn test(&self, caller: &Caller, test: TestSend) -> Result<Vec<TestAnswer>, Problem> {
        self.do_test(caller, test).await
    }

    async fn preview(
        &self,
        caller: &Caller,
        draft: TemplateDraft,
    ) -> Result<TemplatePreview, Problem> {
        self.do_preview(caller, draft).await
    }

    async fn sent(&self, caller: &Caller, asked: SentQuery) -> Result<SentPage, Problem> {
        caller.require(Role::Viewer)?;
        let mut query = query(&asked)?;
        let limit = query.limit;
        query.limit += 1;
        let mut found = self.found(&query).await?;
        let has_more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| has_more);
        Ok(SentPage {
            next: next.map_or_else(String::new, |last| last.id.to_string()),
            rows: found.iter().map(shown::sent).collect(),
        })
    }

    async fn send_again(&self, caller: &Caller, id: i64) -> Result<Sent, Problem> {
        caller.require(Role::Operator)?;
        let again = self.notifier.outbox.again(id, self.now_ms()).await;
        let again = again.map_err(|error| reading("writing a message", &error))?;
        let letter = again.ok_or_else(|| {
            let what = "there is no such message, or it has arrived or is on its way";
            Problem::new(Code::Conflict, what)
        })?;
        self.notifier.woken.notify_one();
        Ok(shown::sent(&letter))
    }

    async fn why(&self, caller: &Caller, alert: &str) -> Result<AlertWhy, Problem> {
        self.do_why(caller, alert).await
    }

    async fn rotas(&self, caller: &Caller, from_ms: i64, to_ms: i64) -> Result<Vec<Rota>, Problem> {
        self.do_rotas(caller, from_ms, to_ms).await
    }

    async fn override_rota(&self, caller: &Caller, draft: RotaOverride) -> Result<Rota, Problem> {
        self.do_override(caller, draft).await
    }

    async fn end_override(&self, caller: &Caller, id: &str) -> Result<Rota, Problem> {
        self.do_end_override(caller, id).await
    }
}

/// A text of routes for somebody who may not change it: comments may hold what was a secret once.
fn for_eyes_of(caller: &Caller, text: String) -> String {
    if caller.role >= Role::Admin {
        return text;
    }
    let lines = text.lines().map(|line| {
        let begins = line.char_indices().find(|&(at, letter)| {
            letter == '#'
                && line[..at]
                    .chars()
                    .next_back()
                    .is_none_or(char::is_whitespace)
        });
        begins.map_or(line, |(at, _)| line[..at].trim_end())
    });
    let lines: Vec<_> = lines.collect();
    lines.join("\n") + "\n"
}

/// What leads to a receiver besides routes.
fn leads(routing: &Routing, receiver: &str) -> Vec<String> {
    let escalations = routing.escalations.iter().filter(|(_, it)| {
        let mut steps = it.steps.iter();
        steps.any(|step| step.receiver == receiver)
    });
    let rotas = routing.rotas.values().filter(|it| {
        let mut people = it.people.iter();
        people.any(|person| person.receiver == receiver)
    });
    let mut beats = routing.heartbeats.iter();
    let beat = beats
        .any(|it| it.receiver == receiver)
        .then(|| "heartbeat".to_owned());
    let escalations = escalations.map(|(name, _)| format!("escalation {name}"));
    let rotas = rotas.map(|it| format!("rota {}", it.name));
    escalations.chain(rotas).chain(beat).collect()
}
