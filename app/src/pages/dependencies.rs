//! What hangs on what, and what is broken?

use leptos::prelude::*;
use ui::{LiveState, effect, format};
use wire::{DependencyPicture, Level, MapNode, NodeKind};

use crate::api::load_dependencies;
use crate::loaded::Loaded;
use crate::panels::{self, Scope, show};
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// How often the numbers of checks are asked for anew, in milliseconds; changes are at once.
const REFRESH_MS: i64 = 10_000;

/// What the panels of the page show.
#[derive(Clone, Copy)]
pub(crate) struct Picture(pub(crate) RwSignal<DependencyPicture>);

/// The map and the checks.
#[component]
pub(crate) fn DependencyPage() -> impl IntoView {
    name_page("Dependencies");
    let picture = Loaded::once(load_dependencies);
    seeded_with(Room::Tall, picture, |live, first| {
        let picture = RwSignal::new(first);
        follow(live, picture);
        provide_context(Picture(picture));
        let scope = Scope::default();
        view! {
            <h1>{move || picture.with(|picture| headline(&picture.nodes))}</h1>
            <p class="lead">{move || picture.with(|picture| lead(&picture.nodes))}</p>
            {show(&panels::FLEET_MAP, &scope)}
            {show(&panels::CHECKS, &scope)}
        }
        .into_any()
    })
}

/// Asks anew whenever something has been marked, and for numbers now and then.
fn follow(live: LiveState, picture: RwSignal<DependencyPicture>) {
    let seen = StoredValue::new(None);
    effect(move || {
        if live.is_paused.get() {
            return;
        }
        let newest = live
            .events
            .with(|events| events.first().map(|event| event.id));
        let version = Some((newest, live.now_ms.get() / REFRESH_MS));
        if seen.get_value() == version {
            return;
        }
        let is_first = seen.get_value().is_none();
        seen.set_value(version);
        if is_first {
            return;
        }
        leptos::task::spawn_local(async move {
            // What is shown stays where nothing newer can be had; the bar above says that the product is gone.
            if let Ok(answer) = load_dependencies().await
                && let Ok(newer) = answer.read()
            {
                picture.try_set(newer);
            }
        });
    });
}

/// The page in a sentence.
fn headline(all: &[MapNode]) -> String {
    // Clients call servers, whatever these depend on.
    let is_watched = |node: &&MapNode| node.kind != NodeKind::Client;
    let nodes: Vec<&MapNode> = all.iter().filter(is_watched).collect();
    let is_needed = |node: &MapNode| {
        nodes
            .iter()
            .any(|other| other.depends_on.contains(&node.name))
    };
    let is_root = |node: &&&MapNode| {
        let is_asked_about = node.kind == NodeKind::Check || is_needed(node);
        node.level == Level::Unhealthy && node.affected_by.is_empty() && is_asked_about
    };
    let roots: Vec<&&MapNode> = nodes.iter().filter(is_root).collect();
    let affected: Vec<&str> = nodes
        .iter()
        .filter(|node| !node.affected_by.is_empty())
        .map(|node| node.name.as_str())
        .collect();
    let reached = match affected.as_slice() {
        [] => "nothing depends on it".to_owned(),
        [one] => format!("{one} is affected"),
        [one, other] => format!("{one} and {other} are affected"),
        many => format!("{} are affected", format::count(many.len(), "server")),
    };
    match roots.as_slice() {
        [] if nodes
            .iter()
            .all(|node| node.depends_on.is_empty() && node.kind == NodeKind::Server) =>
        {
            match all.len() - nodes.len() {
                0 => "Nothing depends on anything yet".to_owned(),
                1 => "1 client calls servers".to_owned(),
                clients => format!("{} call servers", callers(clients)),
            }
        }
        [] => match nodes
            .iter()
            .filter(|node| node.kind == NodeKind::Check && node.level == Level::Degraded)
            .count()
        {
            0 => "Everything that servers depend on works".to_owned(),
            1 => "1 check is degraded, none fails".to_owned(),
            count => format!("{count} checks are degraded, none fails"),
        },
        [one] => format!("{} is down: {reached}", one.name),
        several if affected.is_empty() => {
            format!("{} checks fail, no server depends on them", several.len())
        }
        several => format!("{} things are down: {reached}", several.len()),
    }
}

/// How many clients there are: of more than the map shows, nobody knows here how many more.
fn callers(clients: usize) -> String {
    match clients >= wire::MOST_CLIENTS {
        true => format!("{clients} clients or more"),
        false => format::count(clients, "client"),
    }
}

/// How much hangs on how much.
fn lead(nodes: &[MapNode]) -> String {
    let servers = nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Server && !node.depends_on.is_empty())
        .count();
    let checks = nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Check)
        .count();
    let clients = nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Client)
        .count();
    let depends = if servers == 1 { "depends" } else { "depend" };
    let called = match clients {
        0 => String::new(),
        clients => format!(
            " In the last five minutes they were called by {}.",
            callers(clients)
        ),
    };
    format!(
        "{} {depends} on something; {} look at what is behind them.{called}",
        format::count(servers, "server"),
        format::count(checks, "check"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From words like `a+`, `pg-!x`: a name, `+` healthy, `~` degraded, `-` unhealthy, `!` and what affects it;
    /// large letters are servers that depend on `pg`, `@` is before the name of a client.
    fn nodes(text: &str) -> Vec<MapNode> {
        let node = |word: &str| {
            let (word, by) = word.split_once('!').unwrap_or((word, ""));
            let (name, level) = word.split_at(word.len() - 1);
            let is_server = name.starts_with(char::is_uppercase);
            MapNode {
                name: name.to_owned(),
                kind: match (is_server, name.starts_with('@')) {
                    (_, true) => NodeKind::Client,
                    (true, false) => NodeKind::Server,
                    (false, false) => NodeKind::Check,
                },
                what: String::new(),
                level: match level {
                    "+" => Level::Healthy,
                    "~" => Level::Degraded,
                    _ => Level::Unhealthy,
                },
                summary: String::new(),
                since_ms: 0,
                affected_by: by
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned)
                    .collect(),
                depends_on: match is_server && name != "Alone" {
                    true => vec!["pg".to_owned()],
                    false => Vec::new(),
                },
                calls: Vec::new(),
                find: String::new(),
            }
        };
        text.split_whitespace().map(node).collect()
    }

    #[test]
    fn headlines() {
        for (text, expected) in [
            ("", "Nothing depends on anything yet"),
            ("Alone-", "Nothing depends on anything yet"),
            ("A+ pg+", "Everything that servers depend on works"),
            ("A+ pg~", "1 check is degraded, none fails"),
            ("A-!pg pg-", "pg is down: A is affected"),
            ("A-!pg B+!pg pg-", "pg is down: A and B are affected"),
            (
                "A-!pg B+!pg C-!pg pg-",
                "pg is down: 3 servers are affected",
            ),
            ("mail-", "mail is down: nothing depends on it"),
            ("mail- news-", "2 checks fail, no server depends on them"),
            ("A+!pg pg- mail-", "2 things are down: A is affected"),
            ("Alone+ @agent+", "1 client calls servers"),
            ("Alone+ @agent- @other+", "2 clients call servers"),
            (
                "Alone+ @a+ @b+ @c+ @d+ @e+ @f+ @g+ @h+ @i+ @j+ @k+ @l+ @m+ @n+ @o+ @p+ @q+ @r+ @s+ @t+",
                "20 clients or more call servers",
            ),
            ("A+ pg+ @agent-", "Everything that servers depend on works"),
        ] {
            assert_eq!(headline(&nodes(text)), expected, "{text}");
        }
    }
}
