//! "Where would these labels go?": asked in the address, so that it works without a script and can be sent to somebody.

use leptos::prelude::*;
use ui::{Empty, all};
use wire::{RouteMatch, RouteTest};

use super::words::written;
use crate::address::Address;
use crate::labelled::input;

/// What is asked when nobody has asked yet.
const EXAMPLE: &str = "severity=critical, team=web";

/// The form.
pub(crate) fn form(address: Address, labels: &str) -> AnyView {
    let text = RwSignal::new(labels.to_owned());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        address.set(&[("labels", text.get_untracked())], false);
    };
    view! {
        <form class="notify-form" method="get" action="/alerts/routes" on:submit=submit>
            {input("route-labels".to_owned(), "labels", "Labels, such as severity=critical, team=web", text)}
            <button class="primary" type="submit">"Where would it go?"</button>
        </form>
    }
    .into_any()
}

/// The answer.
pub(crate) fn answer(labels: &str, test: &RouteTest) -> AnyView {
    if labels.trim().is_empty() {
        let example = format!("Write the labels of an alert, such as {EXAMPLE}.");
        return view! { <Empty>{example}</Empty> }.into_any();
    }
    let held = (!test.held.is_empty()).then(|| {
        let held = format!(
            "Nobody would be told now, whatever the route: {}.",
            test.held
        );
        view! { <p class="trouble">{held}</p> }.into_any()
    });
    let matches = all(test.matches.iter().map(one));
    view! { <p role="status"><b>{said(test)}</b></p> {held} <ol class="route-matches">{matches}</ol> }.into_any()
}

/// It in a sentence.
fn said(test: &RouteTest) -> String {
    let mut names: Vec<&str> = Vec::new();
    for found in &test.matches {
        if !names.contains(&found.receiver.as_str()) {
            names.push(&found.receiver);
        }
    }
    match names.as_slice() {
        [] => "It would go to nobody.".to_owned(),
        [one] => format!("It would go to {one}."),
        [others @ .., last] => format!("It would go to {} and {last}.", others.join(", ")),
    }
}

fn one(found: &RouteMatch) -> AnyView {
    let RouteMatch {
        node,
        receiver,
        group_key,
        group_labels,
        held,
    } = found.clone();
    let group = match group_labels.is_empty() {
        true => "in the one group of its route".to_owned(),
        false => format!("in the group {}", written(&group_labels)),
    };
    let held = (!held.is_empty()).then(|| format!(" Silent now: {held}."));
    let to = format!("#route-{}", node.replace('/', "-"));
    view! {
        <li>
            <a href=to rel="external">{format!("Route {node}")}</a> " → " <b>{receiver}</b> ", " {group} {held}
            <p>"Key of the group: " <code>{group_key}</code></p>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_in_a_sentence() {
        let found = |receiver: &str| RouteMatch {
            node: "0".to_owned(),
            receiver: receiver.to_owned(),
            group_key: "{}:{}".to_owned(),
            group_labels: [].into(),
            held: String::new(),
        };
        for (receivers, expected) in [
            (&[][..], "It would go to nobody."),
            (&["a", "a"], "It would go to a."),
            (&["a", "b", "c"], "It would go to a, b and c."),
        ] {
            let test = RouteTest {
                matches: receivers.iter().map(|it| found(it)).collect(),
                held: String::new(),
            };
            assert_eq!(said(&test), expected);
        }
    }
}
