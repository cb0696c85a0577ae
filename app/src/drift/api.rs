//! The server functions of the page, like those of `crate::api`.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use wire::ChangeQuery;
use wire::{
    ChangeDecision, DefinitionChange, DefinitionCount, DefinitionPicture, Note, SeveralDecided,
};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// Whose definitions: one server's, or all.
pub(crate) type Of = Option<String>;

/// Changes that wait and that are told on one page.
#[cfg(feature = "ssr")]
const MOST_OPEN: u32 = 100;
/// Changes that are over.
#[cfg(feature = "ssr")]
const MOST_PAST: u32 = 30;

/// What changed in definitions.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_definitions(server: Of) -> Result<Answer<DefinitionPicture>, Failure> {
    let (services, caller) = services()?;
    let query = |open, limit| ChangeQuery {
        server: server.clone(),
        open: Some(open),
        limit,
        with_fields: true,
    };
    let definitions = &services.definitions;
    Answer::of(&DefinitionPicture {
        counts: definitions.counts(&caller).await?,
        open: definitions.changes(&caller, query(true, MOST_OPEN)).await?,
        history: definitions
            .changes(&caller, query(false, MOST_PAST))
            .await?,
    })
}

/// How many definitions and changes a server has.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_definition_count(
    name: String,
) -> Result<Answer<Option<DefinitionCount>>, Failure> {
    let (services, caller) = services()?;
    let counts = services.definitions.counts(&caller).await?;
    Answer::of(&counts.into_iter().find(|count| count.server == name))
}

/// Somebody decides about a change.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn decide_change(
    id: i64,
    decision: ChangeDecision,
    note: Note,
) -> Result<Answer<DefinitionChange>, Failure> {
    let (services, caller) = services()?;
    let decided = services
        .definitions
        .decide(&caller, id, decision, note)
        .await;
    Answer::of(&decided?)
}

/// Somebody decides about several changes.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn decide_changes(
    ids: Vec<i64>,
    decision: ChangeDecision,
    note: Note,
) -> Result<Answer<SeveralDecided>, Failure> {
    let (services, caller) = services()?;
    let decided = services
        .definitions
        .decide_several(&caller, ids, decision, note)
        .await;
    Answer::of(&decided?)
}
