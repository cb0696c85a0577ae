//! The routes as a picture: boxes within boxes, in the order in which they are asked.

use leptos::prelude::*;
use ui::{PageTime, all, format};
use wire::{RouteNode, Routes, RoutesOrigin, path_segment};

use super::words::seconds;

/// Where the routes come from, in a sentence.
pub(crate) fn headline(routes: &Routes) -> String {
    let count = format::count(nodes(&routes.tree), "route");
    match routes.origin {
        RoutesOrigin::BuiltIn => "Nobody is told yet: every message goes to the log".to_owned(),
        RoutesOrigin::File => format!("{count}, from {}", routes.path),
        RoutesOrigin::Edited => format!("{count}, edited here (version {})", routes.version),
    }
}

fn nodes(node: &RouteNode) -> usize {
    1 + node.children.iter().map(nodes).sum::<usize>()
}

/// The tree. Routes that a test has hit are marked.
pub(super) fn picture(root: &RouteNode, hit: &[String]) -> AnyView {
    let time = expect_context::<PageTime>();
    view! { <ol class="routes" aria-label="Routes">{node(root, None, hit, time)}</ol> }.into_any()
}

fn node(it: &RouteNode, parent: Option<&RouteNode>, hit: &[String], time: PageTime) -> AnyView {
    let matchers = match (it.matchers.as_str(), parent) {
        ("", None) => "every alert".to_owned(),
        ("", Some(_)) => "all that comes here".to_owned(),
        (matchers, _) => matchers.to_owned(),
    };
    let is_hit = hit.contains(&it.id);
    let receiver = time.href(&format!(
        "/alerts/receivers#receiver-{}",
        path_segment(&it.receiver)
    ));
    let notes = notes(it, parent);
    let notes = all(notes.into_iter().map(|note| view! { <li>{note}</li> }));
    let below = (!it.children.is_empty()).then(|| {
        let below = all(it
            .children
            .iter()
            .map(|child| node(child, Some(it), hit, time)));
        view! { <ol>{below}</ol> }.into_any()
    });
    let name = format!("route-{}", it.id.replace('/', "-"));
    view! {
        <li id=name data-hit=is_hit.then_some("") data-muted=it.is_muted_now.then_some("")>
            <div class="route">
                <p><code>{matchers}</code> " → " <a href=receiver>{it.receiver.clone()}</a></p>
                <ul class="notes">{notes}</ul>
            </div>
            {below}
        </li>
    }
    .into_any()
}

/// What a route says besides: of a route below another, what differs.
fn notes(it: &RouteNode, parent: Option<&RouteNode>) -> Vec<String> {
    let mut notes = Vec::new();
    let differs = |is_same: fn(&RouteNode, &RouteNode) -> bool| {
        parent.is_none_or(|parent| !is_same(it, parent))
    };
    if differs(|a, b| a.group_by == b.group_by) {
        notes.push(match it.group_by.as_slice() {
            [] => "one group of all".to_owned(),
            [all] if all == "..." => "every alert by itself".to_owned(),
            labels => format!("grouped by {}", labels.join(", ")),
        });
    }
    let is_same = |a: &RouteNode, b: &RouteNode| {
        let times = |it: &RouteNode| [it.wait_seconds, it.interval_seconds, it.repeat_seconds];
        times(a) == times(b)
    };
    if differs(is_same) {
        notes.push(format!(
            "waits {}, then every {}, again after {}",
            seconds(it.wait_seconds),
            seconds(it.interval_seconds),
            seconds(it.repeat_seconds)
        ));
    }
    if it.goes_on {
        notes.push("and goes on to the next".to_owned());
    }
    if !it.muted_at.is_empty() {
        notes.push(format!("silent in {}", it.muted_at.join(", ")));
    }
    if !it.active_at.is_empty() {
        notes.push(format!("only in {}", it.active_at.join(", ")));
    }
    if it.is_muted_now {
        notes.push("silent now".to_owned());
    }
    if !it.escalation.is_empty() {
        notes.push(format!("escalates by {}", it.escalation));
    }
    if it.groups > 0 {
        notes.push(format::count(it.groups as usize, "group") + " now");
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(id: &str, children: Vec<RouteNode>) -> RouteNode {
        RouteNode {
            id: id.to_owned(),
            receiver: "ops".to_owned(),
            matchers: String::new(),
            goes_on: false,
            group_by: vec!["alertname".to_owned()],
            wait_seconds: 30.0,
            interval_seconds: 300.0,
            repeat_seconds: 14_400.0,
            muted_at: Vec::new(),
            active_at: Vec::new(),
            is_muted_now: false,
            escalation: String::new(),
            groups: 0,
            children,
        }
    }

    #[test]
    fn what_differs_is_said() {
        let mut child = route("0/0", Vec::new());
        child.goes_on = true;
        child.repeat_seconds = 3600.0;
        child.groups = 2;
        let root = route("0", vec![child.clone()]);
        let said = notes(&root, None);
        assert_eq!(said[0], "grouped by alertname");
        assert!(
            said[1].starts_with("waits 30 s, then every 5 min"),
            "{said:?}"
        );
        let said = notes(&child, Some(&root));
        assert_eq!(said.len(), 3, "{said:?}");
        assert_eq!(said[1..], ["and goes on to the next", "2 groups now"]);
        assert_eq!(nodes(&root), 2);
    }
}
