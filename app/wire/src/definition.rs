//! What servers list about themselves, what changed in it, and what people say to that.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Note, Problem};

words! {
    /// What a definition is of.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum DefinitionKind {
        /// A tool.
        Tool = "tool",
        /// A prompt.
        Prompt = "prompt",
        /// A resource.
        Resource = "resource",
        /// A template of resources.
        Template = "template",
        /// What the server tells models about itself.
        Instructions = "instructions",
    }
}

words! {
    /// What a change of a definition is; the worst first.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum ChangeClass {
        /// Something that a person should read before a model does.
        Suspicious = "suspicious",
        /// It is new.
        Added = "added",
        /// It is gone.
        Removed = "removed",
        /// What it takes or gives is another.
        Schema = "schema",
        /// What it promises is another.
        Annotation = "annotation",
        /// Its words are others.
        Descriptive = "descriptive",
    }
}

words! {
    /// Where a change stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ChangeState {
        /// Nobody has decided.
        Pending = "pending",
        /// Somebody agrees: it is what the next change is compared with.
        Approved = "approved",
        /// Somebody does not agree.
        Rejected = "rejected",
        /// The definition changed again before anybody decided.
        Superseded = "superseded",
        /// The definition is as approved again.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What somebody decides about a change.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ChangeDecision {
        /// Agrees.
        Approve = "approve",
        /// Does not.
        Reject = "reject",
    }
}

words! {
    /// In which of two texts a piece stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum PieceSide {
        /// In both.
        Same = "same",
        /// Only in the old one.
        Old = "old",
        /// Only in the new one.
        New = "new",
    }
}

record! {
    /// A piece of a text that is compared with another.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct TextPiece {
        /// Where it stands.
        pub side: PieceSide,
        /// The text, fit to be shown.
        pub text: String,
    }

    /// A field of a definition that is another.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct FieldChange {
        /// The way to it, as a JSON pointer.
        pub pointer: String,
        /// What its change is.
        pub class: ChangeClass,
        /// What it was; `None` if it was not there.
        pub old: Option<String>,
        /// What it is; `None` if it is not there.
        pub new: Option<String>,
        /// Both by words, where both are there.
        pub pieces: Vec<TextPiece>,
    }

    /// Something suspicious in a definition.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Suspicion {
        /// What, in a word or two.
        pub pattern: String,
        /// Why it matters.
        pub reason: String,
        /// Where it stands, as a JSON pointer.
        pub pointer: String,
        /// The text around it, fit to be shown.
        pub excerpt: String,
    }

    /// Who decided about a change.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ChangeVerdict {
        /// The name given; as claimed where nobody signs in.
        pub by: String,
        /// When.
        pub at_ms: i64,
        /// What they said.
        pub comment: String,
    }

    /// A change of a definition.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct DefinitionChange {
        /// Rising number.
        pub id: i64,
        /// When it was seen.
        pub at_ms: i64,
        /// Whose definition it is.
        pub server: String,
        /// What it is of.
        pub kind: DefinitionKind,
        /// What names it.
        pub name: String,
        /// Hash of what was approved; empty where nothing was.
        pub old_hash: String,
        /// Hash of what is listed; empty where it is gone.
        pub new_hash: String,
        /// What the change is, the worst first.
        pub classes: Vec<ChangeClass>,
        /// Why whoever used the old one may fail with the new one.
        pub breaking: Vec<String>,
        /// What is suspicious in the new one.
        pub suspicions: Vec<Suspicion>,
        /// Where it stands.
        pub state: ChangeState,
        /// Whether it is what the server lists now and nobody has agreed to it.
        pub is_open: bool,
        /// Whether somebody can decide about it.
        pub is_newest: bool,
        /// Who decided, if anybody did.
        pub decided: Option<ChangeVerdict>,
        /// The fields that differ.
        pub fields: Vec<FieldChange>,
        /// Why fields are missing; empty where none are.
        pub missing: String,
    }

    /// A definition as it is listed now.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Definition {
        /// Whose it is.
        pub server: String,
        /// What it is of.
        pub kind: DefinitionKind,
        /// What names it.
        pub name: String,
        /// SHA-256 of its canonical JSON (RFC 8785); empty where it is gone.
        pub hash: String,
        /// The same of what was approved; empty where nothing was.
        pub approved_hash: String,
        /// When this version was first seen.
        pub since_ms: i64,
        /// When it was listed last.
        pub seen_ms: i64,
        /// Versions that are kept.
        pub versions: u32,
    }

    /// How many definitions and changes one server has.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct DefinitionCount {
        /// Whose they are.
        pub server: String,
        /// What it lists.
        pub listed: u32,
        /// Changes that nobody has decided about.
        pub pending: u32,
        /// Changes that hold and that nobody has agreed to.
        pub open: u32,
        /// Those of them that are suspicious.
        pub suspicious: u32,
    }

    /// What the page of definitions shows.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct DefinitionPicture {
        /// Every server that has listed something.
        pub counts: Vec<DefinitionCount>,
        /// Changes that hold and that nobody has agreed to, suspicious ones first; of many the first.
        pub open: Vec<DefinitionChange>,
        /// The others, newest first; of many the first.
        pub history: Vec<DefinitionChange>,
    }
}

/// Which changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeQuery {
    /// Of which server; all where missing.
    pub server: Option<String>,
    /// Only those that hold and that nobody has agreed to, or only the others; all where missing.
    pub open: Option<bool>,
    /// The most that are answered.
    pub limit: u32,
    /// Whether fields are told, not only what kind of change it is.
    pub with_fields: bool,
}

record! {
    /// What became of a decision about several changes.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct SeveralDecided {
        /// Those that are decided now, as they are, without their fields.
        pub decided: Vec<DefinitionChange>,
        /// Those about which nothing could be decided.
        pub refused: Vec<RefusedDecision>,
    }

    /// A change about which nothing could be decided.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct RefusedDecision {
        /// Its number.
        pub id: i64,
        /// Why, as a sentence.
        pub why: String,
    }
}

/// What servers list about themselves.
#[async_trait]
pub trait Definitions: Send + Sync {
    /// Definitions by server, kind and name; of one server where one is named.
    async fn list(&self, caller: &Caller, server: Option<&str>)
    -> Result<Vec<Definition>, Problem>;
    /// How many there are, by server.
    async fn counts(&self, caller: &Caller) -> Result<Vec<DefinitionCount>, Problem>;
    /// Changes; open ones with the suspicious first, then the newest.
    async fn changes(
        &self,
        caller: &Caller,
        query: ChangeQuery,
    ) -> Result<Vec<DefinitionChange>, Problem>;
    /// Somebody decides about several changes at once: each is decided or refused by itself.
    async fn decide_several(
        &self,
        caller: &Caller,
        ids: Vec<i64>,
        decision: ChangeDecision,
        note: Note,
    ) -> Result<SeveralDecided, Problem>;
    /// Somebody decides about a change.
    async fn decide(
        &self,
        caller: &Caller,
        id: i64,
        decision: ChangeDecision,
        note: Note,
    ) -> Result<DefinitionChange, Problem>;
}
