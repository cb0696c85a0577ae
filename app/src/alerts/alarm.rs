//! Whether new alerts are heard, and shown by the browser: asked for in this browser, and remembered by it.

use leptos::prelude::*;
use ui::{LiveState, all, when};
use wire::Severity;

use crate::panels::{Panel, Scope};
use crate::seeded::seeded;

pub(crate) const PANEL: Panel = Panel {
    id: "alarm",
    title: "Sound and messages for new alerts",
    export: None,
    view: |_: &Scope| seeded(choice),
};

fn choice(live: LiveState) -> AnyView {
    let alarm = live.alarm;
    let choose = move |word: String| live.choose_alarm(Severity::parse(&word));
    let option = move |severity: Severity| {
        let is_chosen = move || alarm.from.get() == Some(severity);
        let words = match severity {
            Severity::Emergency => "emergency alone".to_owned(),
            Severity::Info => "of any severity".to_owned(),
            severity => format!("{} and worse", severity.as_str()),
        };
        view! { <option value=severity.as_str() prop:selected=is_chosen>{words}</option> }
    };
    let options = all(Severity::ALL.iter().rev().copied().map(option));
    let is_on = move || alarm.from.with(Option::is_some);
    let is_off = move || !is_on();
    let trouble = move || alarm.trouble.get();
    let test = move || {
        view! { <button on:click=move |_| live.test_alarm()>"Test it"</button> }
    };
    view! {
        <div class="alarm" data-needs-script>
            <label for="alarm-from">"Tell me of alerts that begin to fire"</label>
            <select id="alarm-from" on:change:target=move |event| choose(event.target().value())>
                <option value="" prop:selected=is_off>"never"</option>
                {options}
            </select>
            {when(is_on, test)}
            <p class="trouble" role="status" data-said=move || (!trouble().is_empty()).then_some("")>
                {move || trouble()}
            </p>
            <p>
                "In this browser, on any page and while the tab is hidden: a tone once for those that come together, and a message. Not for alerts that are held or that somebody has taken. Of several tabs one does it."
            </p>
        </div>
        <p class="without-script">"A tone and a message of the browser need JavaScript."</p>
    }
    .into_any()
}
