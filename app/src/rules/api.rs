//! The server functions of the page, like those of `crate::api`. Drafts travel as JSON: names in them may be any text.

use leptos::prelude::*;
use wire::{RuleDetail, RuleList, RulePreview, RuleSaved};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::{given, services};

/// All rules.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_rules() -> Result<Answer<RuleList>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.rules.list(&caller).await?)
}

/// One rule.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_rule(id: String) -> Result<Answer<RuleDetail>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.rules.one(&caller, &id).await?)
}

/// What a draft would have done, in place of the rule that is named.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn preview_rule(
    id: Option<String>,
    draft: String,
) -> Result<Answer<RulePreview>, Failure> {
    let (services, caller) = services()?;
    let draft = given(&draft)?;
    let preview = services.rules.preview(&caller, id.as_deref(), draft, None);
    Answer::of(&preview.await?)
}

/// Makes a rule, or changes the one that is named.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn save_rule(
    id: Option<String>,
    change: String,
) -> Result<Answer<RuleSaved>, Failure> {
    let (services, caller) = services()?;
    let change = given(&change)?;
    Answer::of(&services.rules.save(&caller, id.as_deref(), change).await?)
}

/// Switches a rule on or off.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn switch_rule(id: String, enabled: bool) -> Result<Answer<RuleSaved>, Failure> {
    let (services, caller) = services()?;
    let note = wire::Note::default();
    Answer::of(&services.rules.switch(&caller, &id, enabled, note).await?)
}

/// Another number at the end of a rule's expression.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn set_threshold(
    id: String,
    threshold: f64,
) -> Result<Answer<RuleSaved>, Failure> {
    let (services, caller) = services()?;
    let note = wire::Note::default();
    let set = services
        .rules
        .set_threshold(&caller, &id, threshold, note)
        .await;
    Answer::of(&set?)
}

/// Removes a rule that was made here.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn remove_rule(id: String) -> Result<Answer<()>, Failure> {
    let (services, caller) = services()?;
    services
        .rules
        .remove(&caller, &id, wire::Note::default())
        .await?;
    Answer::of(&())
}

/// Makes an older version the newest.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn undo_rule(id: String, version: u32) -> Result<Answer<RuleSaved>, Failure> {
    let (services, caller) = services()?;
    let note = wire::Note::default();
    Answer::of(&services.rules.undo(&caller, &id, version, note).await?)
}

/// Makes the rules of a file.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn import_rules(text: String) -> Result<Answer<RuleSaved>, Failure> {
    let (services, caller) = services()?;
    Answer::of(
        &services
            .rules
            .import(&caller, &text, wire::Note::default())
            .await?,
    )
}
