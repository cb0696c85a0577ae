//! What the compiler said.

use leptos::prelude::*;
use ui::{Empty, all, worded_badge};
use wire::{BuildDetail, BuildMessage, Level};

/// Messages that are open at first.
const OPEN: usize = 3;

/// Errors first, then warnings.
pub(super) fn messages(detail: &BuildDetail) -> AnyView {
    if detail.messages.is_empty() {
        return view! { <Empty>"The compiler said nothing that is kept."</Empty> }.into_any();
    }
    let mut sorted: Vec<&BuildMessage> = detail.messages.iter().collect();
    sorted.sort_by_key(|message| !message.is_error);
    let rows = sorted.into_iter().enumerate().map(|(place, message)| {
        let is_open = message.is_error && place < OPEN;
        one(message, is_open)
    });
    view! { <ul class="build-messages">{all(rows)}</ul> }.into_any()
}

fn one(message: &BuildMessage, is_open: bool) -> AnyView {
    let badge = match message.is_error {
        true => worded_badge(Level::Unhealthy, message.kind.clone()),
        false => worded_badge(Level::Degraded, "warning"),
    };
    let code = match message.code.as_str() {
        "" => String::new(),
        code => format!("{code}: "),
    };
    let place = match message.file.as_str() {
        "" => message.package.clone(),
        file => format!("{file}:{}", message.line),
    };
    view! {
        <li>
            <details open=is_open>
                <summary>{badge} " " <span>{code} {message.text.clone()}</span> " " <code>{place}</code></summary>
                <pre tabindex="0">{message.rendered.clone()}</pre>
            </details>
        </li>
    }
    .into_any()
}
