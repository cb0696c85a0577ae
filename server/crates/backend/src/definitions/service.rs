//! Definitions as others see them, and what people decide about changes.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use drift::{Class, Foreign, Kind, Side, compare, words};
use wire::{
    Caller, ChangeClass, ChangeDecision, ChangeQuery, ChangeState, ChangeVerdict, Code, Definition,
    DefinitionChange, DefinitionCount, EventKind, FieldChange, Note, PieceSide, Problem,
    RefusedDecision, Role, SeveralDecided, TextPiece,
};

use super::store::{self, Stored};
use super::{DefinitionService, MOST_MARKS, book, link, short};
use crate::alerts::actor;
use crate::error::database_problem;
use crate::fleet::shown;

/// Changes of one answer.
const MOST_CHANGES: u32 = 1_000;
/// The same where their fields are told.
const MOST_WITH_FIELDS: u32 = 200;
/// Changes that are decided about at once.
const MOST_AT_ONCE: usize = 200;
/// Fields that are told of one change.
const MOST_FIELDS: usize = 40;
/// Longest text of a field that is told, in characters.
const LONGEST_TEXT: usize = 4_000;

impl DefinitionService {
    /// Puts the fields that differ into a change.
    async fn with_fields(&self, stored: Stored) -> Result<DefinitionChange, Problem> {
        let Stored { name, mut change } = stored;
        let (server, kind) = (change.server.as_str(), change.kind.as_str());
        let read = async |hash: &str| match hash {
            "" => Ok(None),
            hash => store::body(&self.db, server, kind, &name, hash).await,
        };
        let bodies = async { Ok((read(&change.old_hash).await?, read(&change.new_hash).await?)) };
        let (old, new) = bodies.await.map_err(|error: db::Error| problem(&error))?;
        let is_kept =
            |hash: &str, body: &Option<serde_json::Value>| hash.is_empty() == body.is_none();
        if !is_kept(&change.old_hash, &old) || !is_kept(&change.new_hash, &new) {
            "One of the two versions is no longer kept.".clone_into(&mut change.missing);
            return Ok(change);
        }
        let kind = Kind::parse(kind).unwrap_or(Kind::Tool);
        let compared = tokio::task::spawn_blocking(move || {
            let fields = compare(kind, old.as_ref(), new.as_ref(), &Foreign::new()).fields;
            let count = fields.len();
            let told: Vec<_> = fields.into_iter().take(MOST_FIELDS).map(field).collect();
            (told, count)
        });
        let (fields, count) = compared
            .await
            .map_err(|error| crate::error::fault("comparing two versions", &error))?;
        if count > fields.len() {
            change.missing = format!("{} more fields differ.", count - fields.len());
        }
        change.fields = fields;
        Ok(change)
    }

    /// Decides about changes, about all that can be decided or none of them: what has been decided, each with how it
    /// is told, and why about others nothing can be.
    async fn decided(
        &self,
        ids: &[i64],
        decision: ChangeDecision,
        by: &str,
        comment: &str,
    ) -> Result<(Vec<(Stored, String)>, Vec<(i64, Problem)>), Problem> {
        let (state, done) = done(decision);
        // Held over all of it: a list that comes meanwhile is compared with what is decided here.
        let mut book = self.book.lock().await;
        let (mut decided, mut refused) = (Vec::new(), Vec::new());
        for id in ids {
            match self.to_decide(*id, state, done).await? {
                Ok(stored) => decided.push(stored),
                Err(why) => refused.push((*id, why)),
            }
        }
        let verdict = ChangeVerdict {
            by: by.to_owned(),
            at_ms: self.clock.now_ms(),
            comment: comment.trim().to_owned(),
        };
        store::decide(&self.db, &decided, state, &verdict)
            .await
            .map_err(|error| database_problem("writing a decision", &error))?;
        // From here on nothing can fail: what is written is known, marked and told.
        for stored in &mut decided {
            stored.change.state = state;
            stored.change.is_open = state == ChangeState::Rejected;
            stored.change.decided = Some(verdict.clone());
            book.decide(stored);
        }
        let servers: BTreeSet<_> = decided.iter().map(|it| &it.change.server).collect();
        for server in servers {
            self.samples.push(book.samples(server, verdict.at_ms));
        }
        drop(book);
        if !decided.is_empty() {
            self.changed.notify_one();
        }
        let told = |stored: Stored| {
            let what = match stored.change.kind.as_str() {
                "instructions" => "the change of its instructions".to_owned(),
                kind => format!("the change of {kind} {}", short(&stored.name)),
            };
            let title = format!("{}: {by} has {done} {what}", stored.change.server);
            (stored, title)
        };
        Ok((decided.into_iter().map(told).collect(), refused))
    }

    /// A change, or why nothing can be decided about it.
    async fn to_decide(
        &self,
        id: i64,
        state: ChangeState,
        done: &str,
    ) -> Result<Result<Stored, Problem>, Problem> {
        let stored = store::change(&self.db, id).await;
        let Some(stored) = stored.map_err(|error| problem(&error))? else {
            return Ok(Err(Problem::not_found(format!("there is no change {id}"))));
        };
        let conflict = |what: String| Ok(Err(Problem::new(Code::Conflict, what)));
        if !stored.change.is_newest {
            let newest = store::newest(&self.db, &stored).await;
            let newest = newest.map_err(|error| problem(&error))?;
            return conflict(match newest == id {
                true => {
                    "the definition is as approved again; there is nothing to decide".to_owned()
                }
                false => {
                    format!("the definition has changed again since; decide about change {newest}")
                }
            });
        }
        if stored.change.state == state {
            let verdict = stored.change.decided.as_ref();
            let by = verdict.map_or("", |verdict| verdict.by.as_str());
            return conflict(format!("{by} has {done} it already"));
        }
        Ok(Ok(stored))
    }

    async fn mark_decision(&self, server: &str, title: String, id: Option<i64>) {
        let link = link(server, id);
        self.events
            .record(EventKind::Definition, server, title, link)
            .await;
    }

    /// Many decisions about one server are one mark.
    async fn mark_decisions(
        &self,
        titles: Vec<(String, String, i64)>,
        by: &str,
        decision: ChangeDecision,
    ) {
        let mut servers: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
        for (server, title, id) in titles {
            servers.entry(server).or_default().push((title, id));
        }
        for (server, titles) in servers {
            if titles.len() > MOST_MARKS {
                let did = done(decision).1;
                let title = format!("{server}: {by} has {did} {} changes", titles.len());
                self.mark_decision(&server, title, None).await;
                continue;
            }
            for (title, id) in titles {
                self.mark_decision(&server, title, Some(id)).await;
            }
        }
    }
}

/// What becomes of a change, and the word for it.
fn done(decision: ChangeDecision) -> (ChangeState, &'static str) {
    match decision {
        ChangeDecision::Approve => (ChangeState::Approved, "approved"),
        ChangeDecision::Reject => (ChangeState::Rejected, "rejected"),
    }
}

fn problem(error: &db::Error) -> Problem {
    database_problem("reading definitions", error)
}

fn field(change: drift::Change) -> FieldChange {
    let text = |text: Option<String>| {
        text.map(|text| match text.char_indices().nth(LONGEST_TEXT) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text,
        })
    };
    let (old, new) = (text(change.old), text(change.new));
    let piece = |piece: drift::Piece| TextPiece {
        side: match piece.side {
            Side::Same => PieceSide::Same,
            Side::Old => PieceSide::Old,
            Side::New => PieceSide::New,
        },
        text: shown(&piece.text),
    };
    let pieces = match (&old, &new) {
        (Some(old), Some(new)) => words(old, new).into_iter().map(piece).collect(),
        _ => Vec::new(),
    };
    FieldChange {
        pointer: shown(&change.pointer),
        class: match change.class {
            Class::Suspicious => ChangeClass::Suspicious,
            Class::Added => ChangeClass::Added,
            Class::Removed => ChangeClass::Removed,
            Class::Schema => ChangeClass::Schema,
            Class::Annotation => ChangeClass::Annotation,
            Class::Descriptive => ChangeClass::Descriptive,
        },
        old: old.as_deref().map(shown),
        new: new.as_deref().map(shown),
        pieces,
    }
}

#[async_trait]
impl wire::Definitions for DefinitionService {
    async fn list(
        &self,
        caller: &Caller,
        server: Option<&str>,
    ) -> Result<Vec<Definition>, Problem> {
        caller.require(Role::Viewer)?;
        let listed = store::definitions(&self.db, server).await;
        listed.map_err(|error| problem(&error))
    }

    async fn counts(&self, caller: &Caller) -> Result<Vec<DefinitionCount>, Problem> {
        caller.require(Role::Viewer)?;
        let book = self.book.lock().await;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let counts = book.servers.iter().map(|(server, known)| {
            let of = |is_meant: fn(&book::Open) -> bool| {
                number(known.open.values().filter(|open| is_meant(open)).count())
            };
            let listed = known
                .entries
                .values()
                .filter(|entry| !entry.hash.is_empty());
            DefinitionCount {
                server: server.clone(),
                listed: number(listed.count()),
                pending: of(|open| open.is_pending),
                open: of(|_| true),
                suspicious: of(|open| open.is_suspicious),
            }
        });
        Ok(counts.collect())
    }

    async fn changes(
        &self,
        caller: &Caller,
        query: ChangeQuery,
    ) -> Result<Vec<DefinitionChange>, Problem> {
        caller.require(Role::Viewer)?;
        let most = if query.with_fields {
            MOST_WITH_FIELDS
        } else {
            MOST_CHANGES
        };
        let limit = query.limit.min(most);
        let query = ChangeQuery { limit, ..query };
        let stored = store::list(&self.db, &query)
            .await
            .map_err(|error| problem(&error))?;
        let mut changes = Vec::with_capacity(stored.len());
        for stored in stored {
            changes.push(match query.with_fields {
                true => self.with_fields(stored).await?,
                false => stored.change,
            });
        }
        Ok(changes)
    }

    async fn decide(
        &self,
        caller: &Caller,
        id: i64,
        decision: ChangeDecision,
        note: Note,
    ) -> Result<DefinitionChange, Problem> {
        caller.require(Role::Operator)?;
        let by = actor(caller, &note)?;
        let (decided, refused) = self.decided(&[id], decision, &by, &note.comment).await?;
        let Some((stored, title)) = decided.into_iter().next() else {
            let why = refused.into_iter().next();
            return Err(why.map_or_else(|| Problem::not_found("no change"), |(_, why)| why));
        };
        self.mark_decision(&stored.change.server, title, Some(id))
            .await;
        self.with_fields(stored).await
    }

    async fn decide_several(
        &self,
        caller: &Caller,
        mut ids: Vec<i64>,
        decision: ChangeDecision,
        note: Note,
    ) -> Result<SeveralDecided, Problem> {
        caller.require(Role::Operator)?;
        let by = actor(caller, &note)?;
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() || ids.len() > MOST_AT_ONCE {
            let what = format!("name 1 to {MOST_AT_ONCE} changes, not {}", ids.len());
            return Err(Problem::invalid(what));
        }
        let (decided, refused) = self.decided(&ids, decision, &by, &note.comment).await?;
        let title = |(stored, title): &(Stored, String)| {
            (
                stored.change.server.clone(),
                title.clone(),
                stored.change.id,
            )
        };
        let titles = decided.iter().map(title).collect();
        self.mark_decisions(titles, &by, decision).await;
        let refused = refused.into_iter().map(|(id, why)| RefusedDecision {
            id,
            why: why.message,
        });
        Ok(SeveralDecided {
            decided: decided.into_iter().map(|(it, _)| it.change).collect(),
            refused: refused.collect(),
        })
    }
}

impl book::Book {
    /// Takes in a decision that has been written.
    fn decide(&mut self, stored: &Stored) {
        let change = &stored.change;
        let known = self.servers.entry(change.server.clone()).or_default();
        let kind = Kind::parse(change.kind.as_str()).unwrap_or(Kind::Tool);
        let key = (kind, stored.name.clone());
        match change.state {
            ChangeState::Rejected => {
                let open = book::Open {
                    id: change.id,
                    is_pending: false,
                    is_suspicious: change.classes.contains(&ChangeClass::Suspicious),
                };
                known.open.insert(key.clone(), open);
                known.put(key, &change.new_hash, &change.old_hash);
            }
            _ => {
                known.open.remove(&key);
                known.put(key, &change.new_hash, &change.new_hash);
            }
        }
    }
}
