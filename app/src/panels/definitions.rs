//! How many definitions one server lists, and how many changes of them wait.

use leptos::prelude::*;
use ui::{Empty, LiveState, PageTime, format};
use wire::{DefinitionCount, EventKind, TableName, path_segment};

use super::{Panel, Scope};
use crate::drift::load_definition_count;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};

pub(crate) const OF_SERVER: Panel = Panel {
    id: "definitions",
    title: "Definitions",
    export: Some(TableName::DefinitionChanges),
    view: |scope: &Scope| {
        let name = scope.server.clone().unwrap_or_default();
        let live = expect_context::<LiveState>();
        let of = name.clone();
        let version = move || newest(live, &of);
        let loaded = Loaded::<Option<DefinitionCount>>::while_at(version, move || {
            load_definition_count(name.clone())
        });
        seeded_with(Room::Small, loaded, |_, count| summary(count))
    },
};

/// The newest mark about definitions of a server: with it the number changes. Any number will do that differs.
fn newest(live: LiveState, server: &str) -> u32 {
    live.events.with(|events| {
        let marks = events
            .iter()
            .filter(|event| event.kind == EventKind::Definition && event.server == server);
        marks.map(|event| event.id).max().unwrap_or(0) as u32
    })
}

fn summary(count: Option<DefinitionCount>) -> AnyView {
    let Some(count) = count else {
        return view! { <Empty>"Nothing has been listed yet."</Empty> }.into_any();
    };
    let time = expect_context::<PageTime>();
    let path = format!("/drift?server={}", path_segment(&count.server));
    view! {
        <p>{words(&count)} " " <a href=move || time.href(&path)>"See what changed"</a></p>
    }
    .into_any()
}

fn words(count: &DefinitionCount) -> String {
    let listed = format::count(count.listed as usize, "definition");
    let rejected = count.open.saturating_sub(count.pending);
    let changes = format::count(count.pending as usize, "change");
    let wait = match (count.pending, rejected) {
        (0, 0) => "all as approved".to_owned(),
        (1, 0) => format!("{changes} waits"),
        (_, 0) => format!("{changes} wait"),
        (0, rejected) => format!("{rejected} rejected and still listed"),
        (_, rejected) => format!("{changes} wait, {rejected} rejected and still listed"),
    };
    match count.suspicious {
        0 => format!("{listed}, {wait}."),
        some => format!("{listed}, {wait}; {some} suspicious."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries() {
        for (numbers, expected) in [
            ([14, 0, 0, 0], "14 definitions, all as approved."),
            ([14, 1, 1, 0], "14 definitions, 1 change waits."),
            (
                [1, 2, 3, 1],
                "1 definition, 2 changes wait, 1 rejected and still listed; 1 suspicious.",
            ),
            (
                [2, 0, 1, 1],
                "2 definitions, 1 rejected and still listed; 1 suspicious.",
            ),
        ] {
            let [listed, pending, open, suspicious] = numbers;
            let count = DefinitionCount {
                server: "files".to_owned(),
                listed,
                pending,
                open,
                suspicious,
            };
            assert_eq!(words(&count), expected);
        }
    }
}
