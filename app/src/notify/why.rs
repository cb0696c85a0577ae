//! Who was told of an alert, and why, or why not: the routes that take it, what holds it back, what was sent and what comes
//! next.

use leptos::prelude::*;
use ui::{Ago, Empty, LiveState, PageTime, PanelFrame, all, effect, format};
use wire::{AlertDetail, AlertWhy, WhyRoute};

use super::api::load_why;
use super::sent::table;
use super::words::written;
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};

/// The panel on the page of an alert.
pub(crate) fn why(shown: RwSignal<AlertDetail>) -> AnyView {
    let id = shown.with_untracked(|shown| shown.alert.id.clone());
    let asked = id.clone();
    let loaded = Loaded::<AlertWhy>::once(move || load_why(asked.clone()));
    let content = seeded_with(Room::Tall, loaded, move |live, first| {
        kept(live, shown, id.clone(), first)
    });
    view! { <PanelFrame id="told" title="Who was told, and why">{content}</PanelFrame> }.into_any()
}

fn kept(live: LiveState, shown: RwSignal<AlertDetail>, id: String, first: AlertWhy) -> AnyView {
    let of_step = id.clone();
    let why = kept_new(live, first, || true, move || load_why(id.clone()));
    // What somebody has done with it changes who is told, at once.
    let steps = Memo::new(move |_| shown.with(|it| (it.steps.len(), it.is_quiet)));
    let known = StoredValue::new(steps.get_untracked());
    effect(move || {
        let now = steps.get();
        if known.get_value() == now {
            return;
        }
        known.set_value(now);
        let id = of_step.clone();
        leptos::task::spawn_local(async move {
            if let Ok(answer) = load_why(id).await
                && let Ok(newer) = answer.read()
            {
                why.try_set(newer);
            }
        });
    });
    let content = move || why.with(answer);
    view! { {move || content()} }.into_any()
}

fn answer(why: &AlertWhy) -> AnyView {
    let time = expect_context::<PageTime>();
    let link = why.held_link.clone();
    let holds = (!link.is_empty())
        .then(|| view! { " " <a href=move || time.href(&link)>"See what holds it"</a> }.into_any());
    let next = why.next_ms.map(|at_ms| {
        view! { <p>"The next message about it: " {format::exact(at_ms)} "."</p> }.into_any()
    });
    let routes = all(why.routes.iter().map(|it| route(it, time)));
    let sent = match why.sent.is_empty() {
        true => view! { <Empty>"Nothing was sent about it."</Empty> }.into_any(),
        false => table(&why.sent),
    };
    view! {
        <p role="status"><b>{why.summary.clone()}</b> {holds}</p>
        {next}
        <h3>"Routes that take it"</h3>
        <ol class="route-matches">{routes}</ol>
        <h3>"What was sent"</h3>
        {sent}
    }
    .into_any()
}

fn route(it: &WhyRoute, time: PageTime) -> AnyView {
    let to = time.href("/alerts/routes") + "#route-" + &it.node.replace('/', "-");
    let matchers = match it.matchers.as_str() {
        "" => "every alert",
        matchers => matchers,
    };
    let group = match it.group_labels.is_empty() {
        true => "one group of all".to_owned(),
        false => written(&it.group_labels),
    };
    let alerts = format::count(it.alerts as usize, "alert");
    let held = (!it.held.is_empty()).then(|| format!(" Tells nobody now: {}.", it.held));
    let next = match it.next_ms {
        Some(at_ms) => format!(" Next message {}: {}.", format::exact(at_ms), it.next),
        None => " No message is due unless something changes.".to_owned(),
    };
    let escalation = (!it.escalation.is_empty()).then(|| {
        let due = it
            .escalates_ms
            .map(|at_ms| view! { " " <Ago at_ms=at_ms /> }.into_any());
        view! { <p>"Escalation: " {it.escalation.clone()} {due}</p> }.into_any()
    });
    view! {
        <li>
            <p>
                <a href=to>{format!("Route {}", it.node)}</a> " " <code>{matchers.to_owned()}</code> " → "
                <b>{it.receiver.clone()}</b> {held}
            </p>
            <p>{format!("In the group {group} with {alerts}.")} {next}</p>
            {escalation}
        </li>
    }
    .into_any()
}
