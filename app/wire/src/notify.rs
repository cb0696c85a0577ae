//! Who is told of alerts: routes, receivers, what was sent, who is on call.

mod drafts;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem};

pub use drafts::{RotaOverride, RoutesDraft, SentQuery, TemplateDraft, TestSend};

words! {
    /// Where the routes in use come from.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RoutesOrigin {
        /// They come with the product: everything goes to its log.
        BuiltIn = "built-in",
        /// A file in the format of `alertmanager.yml`.
        File = "file",
        /// Somebody has edited them here.
        Edited = "edited",
    }
}

words! {
    /// How a receiver's channel does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ChannelHealth {
        /// Nothing was sent yet.
        Unknown = "unknown",
        /// What was sent last has arrived.
        Ok = "ok",
        /// What was sent last has not.
        Failing = "failing",
    }
}

words! {
    /// Why a message goes out.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum SendReason {
        /// The first of its group.
        First = "first notification",
        /// An alert of the group is new.
        NewAlerts = "new alerts",
        /// An alert of the group is over.
        NewResolved = "new resolved alerts",
        /// All of the group's alerts are over.
        AllResolved = "all alerts resolved",
        /// Nothing has changed for as long as `repeat_interval` says.
        Repeat = "repeat",
        /// Nobody has acknowledged it in time.
        Escalation = "escalation",
        /// Many messages in one, because there were too many.
        Digest = "digest",
        /// It says that messages arrive.
        Heartbeat = "heartbeat",
        /// Somebody tried whether the receiver works.
        Test = "test",
        /// A report about service levels that was planned.
        Report = "report",
    }
}

words! {
    /// What became of a message.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum SentState {
        /// It will be sent, for the first time or again.
        Queued = "queued",
        /// It was taken.
        Sent = "sent",
        /// It was refused for good.
        Failed = "failed",
        /// It was tried for too long.
        GivenUp = "given up",
        /// It is part of a digest, because there were too many.
        HeldBack = "held back",
    }
}

record! {
    /// What is wrong with a text of routes.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RoutesMistake {
        /// From 1; 0 where it is about the whole.
        pub line: u32,
        /// From 1; 0 where it is about the whole.
        pub column: u32,
        /// What, and what to write instead.
        pub text: String,
    }

    /// A route: which alerts it takes, and what becomes of them.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct RouteNode {
        /// Its place in the tree: `0` is the root, `0/2/1` the second child of the root's third.
        pub id: String,
        /// Who is told, also where the parent says so.
        pub receiver: String,
        /// Which alerts; empty takes all that its parent takes.
        pub matchers: String,
        /// Whether alerts that it takes are offered to the routes after it as well.
        pub goes_on: bool,
        /// Labels that alerts of a group have in common; `...` is all of them.
        pub group_by: Vec<String>,
        /// How long the first message of a group waits for more.
        pub wait_seconds: f64,
        /// The least time between messages of a group of which something has changed.
        pub interval_seconds: f64,
        /// When a message about the same is sent again.
        pub repeat_seconds: f64,
        /// Time intervals in which nobody is told.
        pub muted_at: Vec<String>,
        /// Time intervals outside of which nobody is told; empty is always.
        pub active_at: Vec<String>,
        /// Whether nobody is told at this time.
        pub is_muted_now: bool,
        /// The escalation that applies; empty where none does.
        pub escalation: String,
        /// Groups with alerts in them now.
        pub groups: u64,
        /// In the order in which they are asked.
        pub children: Vec<RouteNode>,
    }

    /// The routes in use.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Routes {
        /// Where they come from.
        pub origin: RoutesOrigin,
        /// The file; empty where there is none.
        pub path: String,
        /// The number of the edited version that holds; 0 where none does.
        pub version: u32,
        /// As it is written; secrets are `<secret>`, and stay what they were when the text is saved with that.
        pub text: String,
        /// What was wrong with the file when it was read last: then what was before is kept.
        pub mistakes: Vec<RoutesMistake>,
        /// What is written there and has no effect here.
        pub ignored: Vec<RoutesMistake>,
        /// The root.
        pub tree: RouteNode,
        /// Whether who asks may change them.
        pub can_edit: bool,
    }

    /// A version of the routes that somebody has edited here.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RoutesVersion {
        /// From 1.
        pub version: u32,
        /// When.
        pub at_ms: i64,
        /// Who.
        pub by: String,
        /// Why.
        pub comment: String,
        /// The text, secrets as `<secret>`; empty where it went back to the file.
        pub text: String,
    }

    /// Where alerts with some labels go.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RouteMatch {
        /// The route.
        pub node: String,
        /// Who is told.
        pub receiver: String,
        /// The group, as Alertmanager writes it.
        pub group_key: String,
        /// Labels of the group.
        pub group_labels: BTreeMap<String, String>,
        /// Why nobody would be told now; empty where somebody would.
        pub held: String,
    }

    /// The answer to "where would these labels go?".
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RouteTest {
        /// The routes that take it, in order; the root is the last resort.
        pub matches: Vec<RouteMatch>,
        /// Why nobody would be told now whatever the route (a silence, a window, another alert, a dependency);
        /// empty where nothing holds it.
        pub held: String,
    }

    /// One way to reach a receiver.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ReceiverChannel {
        /// `webhook`, `email`, `slack` and others.
        pub kind: String,
        /// Where to, without secrets.
        pub target: String,
        /// Whether it is told that alerts are over.
        pub sends_resolved: bool,
        /// How it does.
        pub health: ChannelHealth,
        /// When something was sent last, successfully or not.
        pub attempted_ms: Option<i64>,
        /// When something has arrived last.
        pub succeeded_ms: Option<i64>,
        /// What it answered last, or why nothing arrived.
        pub answer: String,
        /// The word for why the last attempt failed; empty where it did not.
        pub cause: String,
        /// Messages that wait.
        pub queued: u64,
        /// Since when the oldest of them waits.
        pub oldest_ms: Option<i64>,
    }

    /// Who is told.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Receiver {
        /// Its name.
        pub name: String,
        /// Its channels, in the order of the file.
        pub channels: Vec<ReceiverChannel>,
        /// The most messages in a time, in words (`20 in 10m`); empty where there is no limit.
        pub flood: String,
        /// The rotas of which it tells who is on call.
        pub rotas: Vec<String>,
        /// Routes that lead to it.
        pub routes: Vec<String>,
        /// What else leads to it: `escalation NAME`, `rota NAME`, `heartbeat`.
        pub also: Vec<String>,
    }

    /// An alert of a message.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct SentAlert {
        /// Its id.
        pub id: String,
        /// Name and what it is about.
        pub title: String,
        /// Whether it was said to fire.
        pub is_firing: bool,
    }

    /// A message to one channel of a receiver, and what became of it.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Sent {
        /// Its number.
        pub id: i64,
        /// When it was decided.
        pub at_ms: i64,
        /// Who.
        pub receiver: String,
        /// `webhook`, `email`, `slack` and others.
        pub kind: String,
        /// Where to, without secrets.
        pub target: String,
        /// The group, as Alertmanager writes it.
        pub group_key: String,
        /// Labels of the group.
        pub group_labels: BTreeMap<String, String>,
        /// Why.
        pub reason: SendReason,
        /// How many alerts fire in it.
        pub firing: u64,
        /// How many alerts are over in it.
        pub resolved: u64,
        /// The first of its alerts.
        pub alerts: Vec<SentAlert>,
        /// What became of it.
        pub state: SentState,
        /// How often it was tried.
        pub attempts: u32,
        /// When it was tried last.
        pub attempted_ms: Option<i64>,
        /// The word for why the last attempt failed; empty where it did not.
        pub cause: String,
        /// What the receiver answered, or why nothing arrived.
        pub answer: String,
        /// When it is tried next.
        pub next_ms: Option<i64>,
        /// The same for every attempt: a receiver can tell by it what it has already.
        pub key: String,
    }

    /// A page of what was sent, newest first.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct SentPage {
        /// The messages.
        pub rows: Vec<Sent>,
        /// Where the next page begins; empty where there is none.
        pub next: String,
    }

    /// A route that takes an alert, and how its group stands.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct WhyRoute {
        /// The route.
        pub node: String,
        /// Which alerts it takes.
        pub matchers: String,
        /// Who is told.
        pub receiver: String,
        /// The group, as Alertmanager writes it.
        pub group_key: String,
        /// Labels of the group.
        pub group_labels: BTreeMap<String, String>,
        /// Alerts in the group, this one included.
        pub alerts: u64,
        /// Why this route tells nobody now; empty where it does.
        pub held: String,
        /// When the next message of the group is due; missing where none is.
        pub next_ms: Option<i64>,
        /// What is expected to be sent then, in words; that nothing is, where no time is known.
        pub next: String,
        /// The next step of its escalation, in words; empty where there is none.
        pub escalation: String,
        /// When that is due.
        pub escalates_ms: Option<i64>,
    }

    /// Why somebody was told of an alert, or nobody.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AlertWhy {
        /// In a few words.
        pub summary: String,
        /// What holds it back whatever the route; empty where nothing does.
        pub held: String,
        /// Where to read or change that; empty where nowhere.
        pub held_link: String,
        /// The routes that take it.
        pub routes: Vec<WhyRoute>,
        /// When the next message about it goes out, if nothing changes.
        pub next_ms: Option<i64>,
        /// Messages that name it, newest first.
        pub sent: Vec<Sent>,
    }

    /// Who is on call from one time to another.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Turn {
        /// Who.
        pub person: String,
        /// The receiver that reaches them.
        pub receiver: String,
        /// From then on.
        pub from_ms: i64,
        /// Until then.
        pub to_ms: i64,
        /// The override that says so; empty where the rota does.
        pub override_id: String,
    }

    /// Who is on call when.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Rota {
        /// Its name.
        pub name: String,
        /// The zone of its hand-overs.
        pub zone: String,
        /// Everybody, in the order of their turns.
        pub people: Vec<String>,
        /// Who is on call now; empty where the rota has not begun.
        pub on_call: String,
        /// Who is on call when, in the time that was asked for.
        pub turns: Vec<Turn>,
    }

    /// What a channel said to a test.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct TestAnswer {
        /// The channel's kind.
        pub kind: String,
        /// Where to, without secrets.
        pub target: String,
        /// Whether it has arrived.
        pub is_ok: bool,
        /// The word for why it has not; empty where it has.
        pub cause: String,
        /// What the receiver answered.
        pub answer: String,
        /// How long that took.
        pub seconds: f64,
    }

    /// What a template makes of an alert.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct TemplatePreview {
        /// The text; what it has become until the mistake, where there is one.
        pub text: String,
        /// Why it fails; empty where it does not.
        pub error: String,
    }
}

/// Who is told of alerts.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// The routes in use.
    async fn routes(&self, caller: &Caller) -> Result<Routes, Problem>;
    /// What is wrong with a text of routes, and nothing else.
    async fn check(&self, caller: &Caller, text: &str) -> Result<Vec<RoutesMistake>, Problem>;
    /// Replaces the routes by an edited text.
    async fn save(&self, caller: &Caller, draft: RoutesDraft) -> Result<Routes, Problem>;
    /// Goes back to the file, or to what is built in.
    async fn back_to_file(&self, caller: &Caller, by: &str) -> Result<Routes, Problem>;
    /// What was edited here, newest first.
    async fn versions(&self, caller: &Caller) -> Result<Vec<RoutesVersion>, Problem>;
    /// Where alerts with these labels would go.
    async fn try_route(
        &self,
        caller: &Caller,
        labels: BTreeMap<String, String>,
    ) -> Result<RouteTest, Problem>;
    /// Who can be told, and how that goes.
    async fn receivers(&self, caller: &Caller) -> Result<Vec<Receiver>, Problem>;
    /// Sends a test to every channel of a receiver and waits for the answers.
    async fn test(&self, caller: &Caller, test: TestSend) -> Result<Vec<TestAnswer>, Problem>;
    /// What a template makes of an alert.
    async fn preview(
        &self,
        caller: &Caller,
        draft: TemplateDraft,
    ) -> Result<TemplatePreview, Problem>;
    /// What was sent, newest first.
    async fn sent(&self, caller: &Caller, query: SentQuery) -> Result<SentPage, Problem>;
    /// Sends a message that was refused or given up once more.
    async fn send_again(&self, caller: &Caller, id: i64) -> Result<Sent, Problem>;
    /// Why somebody was told of an alert, or nobody.
    async fn why(&self, caller: &Caller, alert: &str) -> Result<AlertWhy, Problem>;
    /// Who is on call, from a time to another.
    async fn rotas(&self, caller: &Caller, from_ms: i64, to_ms: i64) -> Result<Vec<Rota>, Problem>;
    /// Puts somebody else on call for a while.
    async fn override_rota(&self, caller: &Caller, draft: RotaOverride) -> Result<Rota, Problem>;
    /// Takes that back.
    async fn end_override(&self, caller: &Caller, id: &str) -> Result<Rota, Problem>;
}
