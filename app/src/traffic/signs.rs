//! Signs of attacks and secrets: when, where and which kind; never what was found.

use leptos::prelude::*;
use ui::{Cell, Column, PageTime, Table, TableRow, all};
use wire::{SeenSign, SignKind};

/// All that were seen, as they stand.
pub(crate) fn signs(shown: RwSignal<Vec<SeenSign>>) -> AnyView {
    let time = expect_context::<PageTime>();
    view! {
        <Table
            id="signs"
            title="signs"
            columns=columns()
            rows=move || shown.with(|signs| signs.iter().map(|sign| row(sign, time)).collect())
            is_tall=true
            empty="Nothing looked like an attack or a secret in this time."
        />
    }
    .into_any()
}

/// Those of one call.
pub(super) fn of_call(signs: &[SeenSign]) -> AnyView {
    let rows = signs.iter().map(|sign| {
        let place = sign.place.clone();
        view! { <li>{word(sign.what)} " in " <code>{place}</code></li> }
    });
    let advice = signs.first().map(|sign| advice(sign.what));
    view! { <ul>{all(rows)}</ul> <p>{advice}</p> }.into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("sign", "Looks like"),
        Column::new("call", "In a call of").width(180),
        Column::new("server", "Server").width(130).second(),
        Column::new("client", "Client").width(130).optional(),
        Column::new("at", "At").width(110).second(),
    ]
}

fn row(sign: &SeenSign, time: PageTime) -> TableRow {
    let called = sign.target.clone().unwrap_or_else(|| sign.method.clone());
    let href = sign
        .call
        .map(|call| time.href(&format!("/traffic/calls/{call}")));
    TableRow {
        key: sign.id.to_string(),
        href: href.clone(),
        cells: vec![
            Cell::text(word(sign.what)).note(sign.place.clone()),
            match href {
                Some(href) => Cell::Link(called, href),
                None => Cell::text(called),
            },
            Cell::text(sign.server.clone()),
            match &sign.client {
                Some(client) => Cell::text(client.clone()),
                None => Cell::Nothing,
            },
            Cell::Time(sign.at_ms),
        ],
    }
}

/// What it is called.
fn word(kind: SignKind) -> &'static str {
    match kind {
        SignKind::SqlInjection => "SQL injection",
        SignKind::CrossSiteScripting => "cross-site scripting",
        SignKind::PathTraversal => "path traversal",
        SignKind::CodeExecution => "code execution",
        SignKind::SecretInArguments => "a secret in what was asked",
        SignKind::SecretInResult => "a secret in what was answered",
    }
}

/// What to do about it.
fn advice(kind: SignKind) -> &'static str {
    match kind {
        SignKind::SecretInArguments | SignKind::SecretInResult => {
            "Treat the secret as told to the model and to whoever keeps its talks: replace it, and keep it from where the tool reads."
        }
        _ => {
            "It may be a test or what the tool is for. If not, look at what the agent had read just before: the order may have come from there."
        }
    }
}
