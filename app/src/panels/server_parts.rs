//! The parts of one server's page that are loaded with it: tools and history.

use leptos::prelude::*;
use ui::{Ago, Empty, LevelBadge, all};
use wire::{ServerDetail, TableName};

use super::{Panel, Scope};
use crate::api::Detail;
use crate::seeded::{Room, seeded_with};

pub(crate) const TOOLS: Panel = Panel {
    id: "tools",
    title: "Tools",
    export: Some(TableName::Tools),
    view: |_: &Scope| loaded(tools),
};

pub(crate) const HISTORY: Panel = Panel {
    id: "history",
    title: "History of the verdict",
    export: Some(TableName::History),
    view: |_: &Scope| loaded(history),
};

/// Tools that are listed at once; the export has them all.
const MOST_TOOLS: usize = 500;

pub(super) fn loaded(show: fn(&ServerDetail) -> AnyView) -> AnyView {
    let Detail(detail) = expect_context();
    seeded_with(Room::Tall, detail, move |_, detail| show(&detail))
}

fn tools(detail: &ServerDetail) -> AnyView {
    if detail.tools.is_empty() {
        let text = match detail.server.tools {
            Some(_) => "This server lists no tools.",
            None => "This server has not listed its tools yet.",
        };
        return view! { <Empty>{text}</Empty> }.into_any();
    }
    let more = detail.tools.len().saturating_sub(MOST_TOOLS);
    let rows = detail.tools.iter().take(MOST_TOOLS).map(|tool| {
        let title = if tool.title.is_empty() || tool.title == tool.name {
            None
        } else {
            Some(tool.title.clone())
        };
        view! {
            <li>
                <details>
                    <summary>
                        <code>{tool.name.clone()}</code>
                        " "
                        {title}
                        <span class="description">{tool.description.clone()}</span>
                    </summary>
                    <p>"Unchanged since " <Ago at_ms=tool.since_ms /> "."</p>
                    <pre tabindex="0">{tool.input_schema.clone()}</pre>
                </details>
            </li>
        }
    });
    view! {
        <ul class="tools">{all(rows)}</ul>
        {(more > 0).then(|| {
            view! { <p class="empty">{format!("{more} more are in the export.")}</p> }.into_any()
        })}
    }
    .into_any()
}

fn history(detail: &ServerDetail) -> AnyView {
    if detail.history.is_empty() {
        return view! { <Empty>"No verdict yet: the first probe is under way."</Empty> }.into_any();
    }
    let rows = detail.history.iter().take(30).map(|entry| {
        let level = entry.level;
        view! {
            <li>
                <LevelBadge level=move || level />
                " "
                <Ago at_ms=entry.at_ms />
                <small>{entry.summary.clone()}</small>
            </li>
        }
    });
    view! { <ol class="history">{all(rows)}</ol> }.into_any()
}
