//! One change of a definition: what is other, what is suspicious in it, and what can be decided.

use leptos::prelude::*;
use ui::{Ago, Glyph, Icon, LiveState, PageTime, all, notify};
use wire::{
    ChangeDecision, ChangeState, ChangeVerdict, DefinitionChange, DefinitionPicture, FieldChange,
    Note, PieceSide, Suspicion, TextPiece, path_segment,
};

use super::api::{Of, decide_change};
use super::several::{Chosen, choice as choose};
use super::words::{class_word, classes, state_word, subject};
use crate::labelled::input;

/// What the page shows: it is replaced as a whole.
pub(crate) type Picture = RwSignal<DefinitionPicture>;

/// The page, of one server or of all, and of its time.
pub(super) fn page_address(time: PageTime, of: Option<&str>) -> String {
    match of {
        Some(server) => time.href(&format!("/drift?server={}", path_segment(server))),
        None => time.href("/drift"),
    }
}

/// A change. It is made anew when something has become of it. It can be `chosen` where it waits.
pub(crate) fn card(
    live: LiveState,
    picture: Picture,
    of: &Of,
    chosen: Option<Chosen>,
    change: DefinitionChange,
) -> AnyView {
    let time = expect_context::<PageTime>();
    let path = format!("/servers/{}", path_segment(&change.server));
    let severity = match change.suspicions.is_empty() {
        true => "warning",
        false => "critical",
    };
    // What is decided is quiet.
    let state = match change.is_open && change.state == ChangeState::Pending {
        true => "firing",
        false => "resolved",
    };
    let choice = chosen.filter(|_| change.is_open && change.is_newest);
    let choice = choice.map(|chosen| choose(chosen, &change));
    let fields = all(change.fields.iter().map(field));
    let missing = (!change.missing.is_empty())
        .then(|| view! { <p class="description">{change.missing.clone()}</p> }.into_any());
    view! {
        <article class="alert" id=format!("change-{}", change.id) data-severity=severity data-state=state>
            <header>
                <h3>{subject(&change)}</h3>
                <span><Ago at_ms=change.at_ms /></span>
            </header>
            <p>
                {choice} {classes(&change)} " · "
                <a href=move || time.href(&path)>{change.server.clone()}</a>
                " · " {state_word(&change)}
            </p>
            {breaking(&change)}
            {suspicions(&change.suspicions)}
            {decided(&change)}
            <details open=change.is_open>
                <summary>"What changed"</summary>
                {fields}
                {missing}
            </details>
            {actions(live, picture, of.clone(), &change)}
        </article>
    }
    .into_any()
}

fn breaking(change: &DefinitionChange) -> Option<AnyView> {
    let why = change.breaking.join("; ");
    (!why.is_empty()).then(|| view! { <p><b>"Breaks callers: "</b> {why} "."</p> }.into_any())
}

fn suspicions(found: &[Suspicion]) -> Option<AnyView> {
    let rows = found.iter().map(|it| {
        view! {
            <li>
                <p>
                    <Icon glyph=Glyph::Alert />
                    <b>" Suspicious: " {it.pattern.clone()} ". "</b>
                    {it.reason.clone()}
                </p>
                <p class="action">"“" {it.excerpt.clone()} "” " <code>{it.pointer.clone()}</code></p>
            </li>
        }
    });
    (!found.is_empty()).then(|| view! { <ul class="findings">{all(rows)}</ul> }.into_any())
}

fn decided(change: &DefinitionChange) -> Option<AnyView> {
    let verdict = change.decided.clone()?;
    let did = match change.state {
        ChangeState::Approved => "Approved by ",
        _ => "Rejected by ",
    };
    let comment = match verdict.comment.as_str() {
        "" => String::new(),
        comment => format!(": “{comment}”"),
    };
    let view = view! {
        <p class="taken">{did} <b>{verdict.by}</b> " " <Ago at_ms=verdict.at_ms /> {comment}</p>
    };
    Some(view.into_any())
}

/// A field: its place, and both texts by words where both are there.
fn field(field: &FieldChange) -> AnyView {
    let whole = |side, text: &Option<String>| {
        let text = text.clone()?;
        Some(piece(&TextPiece { side, text }))
    };
    let text = match field.pieces.is_empty() {
        true => {
            let (old, new) = (
                whole(PieceSide::Old, &field.old),
                whole(PieceSide::New, &field.new),
            );
            all(old.into_iter().chain(new))
        }
        false => all(field.pieces.iter().map(piece)),
    };
    view! {
        <p class="description"><code>{field.pointer.clone()}</code> " " {class_word(field.class)}</p>
        <p class="diff">{text}</p>
    }
    .into_any()
}

/// What is gone is struck through and says so, what is new is underlined and says so: colour alone tells nothing.
fn piece(piece: &TextPiece) -> AnyView {
    let text = piece.text.clone();
    match piece.side {
        PieceSide::Same => view! { <span>{text}</span> }.into_any(),
        PieceSide::Old => {
            view! { <del><span class="hidden-label">"removed: "</span>{text}</del> }.into_any()
        }
        PieceSide::New => {
            view! { <ins><span class="hidden-label">"added: "</span>{text}</ins> }.into_any()
        }
    }
}

/// The decisions that a change is open to, each with its button's word.
fn decisions(change: &DefinitionChange) -> &'static [(ChangeDecision, &'static str)] {
    use ChangeDecision::{Approve, Reject};
    match change.state {
        _ if !change.is_newest => &[],
        ChangeState::Pending => &[(Approve, "Approve"), (Reject, "Reject")],
        ChangeState::Rejected => &[(Approve, "Approve after all")],
        ChangeState::Approved => &[(Reject, "Reject after all")],
        ChangeState::Superseded | ChangeState::Withdrawn => &[],
    }
}

/// The change as it will be, shown before the product confirms.
fn foresee(
    decision: ChangeDecision,
    change: &DefinitionChange,
    note: &Note,
    at_ms: i64,
) -> DefinitionChange {
    let (state, is_open) = match decision {
        ChangeDecision::Approve => (ChangeState::Approved, false),
        ChangeDecision::Reject => (ChangeState::Rejected, true),
    };
    let by = match note.by.as_str() {
        "" => "you".to_owned(),
        name => name.to_owned(),
    };
    let comment = note.comment.clone();
    DefinitionChange {
        state,
        is_open,
        decided: Some(ChangeVerdict { by, at_ms, comment }),
        ..change.clone()
    }
}

/// Puts a change into the place of the one with its number.
fn put(picture: Picture, change: DefinitionChange) {
    // The page may have been left.
    picture.try_update(|picture| {
        let mut all = picture.open.iter_mut().chain(&mut picture.history);
        if let Some(place) = all.find(|known| known.id == change.id) {
            *place = change;
        }
    });
}

/// Shows what will be, asks for it, and takes it back where the product refuses.
fn decide(
    live: LiveState,
    picture: Picture,
    before: DefinitionChange,
    decision: ChangeDecision,
    note: Note,
) {
    put(
        picture,
        foresee(decision, &before, &note, live.now_ms.get_untracked()),
    );
    leptos::task::spawn_local(async move {
        let asked = decide_change(before.id, decision, note).await;
        let answer = asked.map_err(|failure| failure.0);
        match answer.and_then(|answer| answer.read()) {
            Ok(confirmed) => put(picture, confirmed),
            Err(problem) => {
                put(picture, before);
                notify(problem.to_string(), true);
            }
        }
    });
}

/// A form, so that it works without a script as well.
fn actions(
    live: LiveState,
    picture: Picture,
    of: Of,
    change: &DefinitionChange,
) -> Option<AnyView> {
    let decisions = decisions(change);
    if decisions.is_empty() {
        return None;
    }
    let time = expect_context::<PageTime>();
    let text = || RwSignal::new(String::new());
    let (by, comment) = (text(), text());
    let fields = [("by", "Your name", by), ("comment", "Comment", comment)];
    let id = change.id;
    let fields = all(fields
        .into_iter()
        .map(|(name, label, text)| input(format!("{name}-{id}"), name, label, text)));
    let buttons = decisions.iter().map(|&(decision, word)| {
        let class = (decision == ChangeDecision::Approve).then_some("primary");
        let change = change.clone();
        let label = format!("{word}: {} of {}", subject(&change), change.server);
        let act = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            let note = Note {
                by: by.get_untracked(),
                comment: comment.get_untracked(),
            };
            decide(live, picture, change.clone(), decision, note);
        };
        view! {
            <button
                class=class
                type="submit"
                name="decision"
                value=decision.as_str()
                aria-label=label
                on:click=act
            >
                {word}
            </button>
        }
    });
    let buttons = all(buttons);
    let view = view! {
        <form class="actions" method="post" action=format!("/observability/definitions/changes/{id}")>
            <input type="hidden" name="page" value=move || page_address(time, of.as_deref()) />
            {fields} {buttons}
        </form>
    };
    Some(view.into_any())
}
