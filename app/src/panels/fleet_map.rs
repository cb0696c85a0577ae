//! The map of the fleet: what hangs on what, as SVG that the server draws; on a phone, as a list.

mod layout;

use std::collections::BTreeSet;

use leptos::prelude::*;
use ui::{Empty, Glyph, Icon, LevelBadge, PageTime, all, format};
use wire::{Level, MapCalls, MapNode, NodeKind, path_segment};

use super::{Panel, Scope};
use crate::pages::Picture;
use layout::{Layout, Place, layout};

pub(crate) const PANEL: Panel = Panel {
    id: "map",
    title: "Map",
    export: None,
    view: |_: &Scope| {
        let Picture(picture) = expect_context();
        // Numbers of checks come more often than the map changes.
        let nodes = Memo::new(move |_| picture.with(|picture| picture.nodes.clone()));
        view! { {move || nodes.with(|nodes| map(nodes))} }.into_any()
    },
};

/// The size of a box, and the room between two.
const WIDTH: usize = 190;
const HEIGHT: usize = 46;
const GAP: usize = 70;
const ROW: usize = 58;
const MARGIN: usize = 8;
/// Letters of a name that fit into a box.
const LONGEST: usize = 21;
/// The share of failing calls from which a line says so.
const MANY: f64 = 0.05;
/// More than this is no picture any more: then only what is broken is drawn.
const MOST: usize = 120;

fn map(nodes: &[MapNode]) -> AnyView {
    let connected = connected(nodes);
    if connected.is_empty() {
        return view! {
            <Empty>
                "Nothing depends on anything yet. Name what a server needs with depends_on = [\"…\"] in its table, "
                "or the servers that need a check with servers = [\"…\"] in the check's. "
                "Clients whose calls pass through a tap are here as well."
            </Empty>
        }
        .into_any();
    }
    let shown = match connected.len() <= MOST {
        true => connected.clone(),
        false => broken(&connected),
    };
    let left_out = connected.len() - shown.len();
    let note = (left_out > 0).then(|| {
        let text = format!("{left_out} more work and are not drawn; the export has them all.");
        view! { <p class="empty">{text}</p> }.into_any()
    });
    view! {
        <div class="fleet-map scroll">{drawing(&shown)}</div>
        <ul class="fleet-list">{all(shown.iter().map(|node| item(node)))}</ul>
        {note}
    }
    .into_any()
}

/// What depends on something, or is depended on.
fn connected(nodes: &[MapNode]) -> Vec<&MapNode> {
    let needed: BTreeSet<&str> = nodes
        .iter()
        .flat_map(|node| &node.depends_on)
        .map(String::as_str)
        .collect();
    let is_connected =
        |node: &&MapNode| !node.depends_on.is_empty() || needed.contains(node.name.as_str());
    nodes.iter().filter(is_connected).collect()
}

fn broken<'a>(nodes: &[&'a MapNode]) -> Vec<&'a MapNode> {
    let is_broken =
        |node: &&&MapNode| node.level == Level::Unhealthy || !node.affected_by.is_empty();
    nodes.iter().filter(is_broken).copied().take(MOST).collect()
}

fn drawing(nodes: &[&MapNode]) -> AnyView {
    // A client may be called like a server; nothing depends on it.
    let number = |name: &String| {
        let is_it = |node: &&MapNode| node.kind != NodeKind::Client && node.name == *name;
        nodes.iter().position(is_it)
    };
    let depends_on: Vec<Vec<usize>> = nodes
        .iter()
        .map(|node| node.depends_on.iter().filter_map(number).collect())
        .collect();
    let has_checks = nodes.iter().any(|node| node.kind == NodeKind::Check);
    let least: Vec<usize> = nodes
        .iter()
        .map(|node| match node.kind {
            NodeKind::Check => 0,
            NodeKind::Server => usize::from(has_checks),
            NodeKind::Client => usize::from(has_checks) + 1,
        })
        .collect();
    let Layout {
        places,
        routes,
        columns,
        half_rows,
    } = layout(&depends_on, &least);
    let width = 2 * MARGIN + columns * (WIDTH + GAP) - GAP;
    let height = 2 * MARGIN + half_rows * ROW + HEIGHT;
    let corner = |place: Place| {
        let row = i64::from(place.half_row) + i64::try_from(half_rows).unwrap_or_default();
        let y = MARGIN + usize::try_from(row).unwrap_or_default() * ROW / 2;
        (MARGIN + place.column * (WIDTH + GAP), y)
    };
    let edges = routes.iter().map(|route| {
        let on = nodes[route.from];
        let fails = on.level == Level::Unhealthy || !on.affected_by.is_empty();
        let stops = [places[route.from]]
            .into_iter()
            .chain(route.through.iter().copied());
        let stops: Vec<_> = stops.chain([places[route.to]]).map(corner).collect();
        let calls = nodes[route.to].calls.iter().find(|it| it.to == on.name);
        let label = calls.map(|calls| label(calls, &stops));
        let fails = fails || calls.is_some_and(|it| it.failing >= MANY);
        view! {
            <path class="edge" data-fails=fails.then_some("true") d=line(&stops)></path>
            {label}
        }
        .into_any()
    });
    let boxes = nodes
        .iter()
        .zip(&places)
        .map(|(node, place)| a_box(node, corner(*place)));
    view! {
        <svg
            width=width.to_string()
            height=height.to_string()
            viewBox=format!("0 0 {width} {height}")
            role="group"
            aria-label="What hangs on what: what is depended on stands at the left"
        >
            {all(edges)}
            {all(boxes)}
        </svg>
    }
    .into_any()
}

/// From the right side of the first box to the left side of the last, straight through the places between.
fn line(corners: &[(usize, usize)]) -> String {
    let bend = GAP / 2;
    let mut path = String::new();
    for pair in corners.windows(2) {
        let [(from_x, from_y), (to_x, to_y)] = [pair[0], pair[1]];
        let (x1, y1) = (from_x + WIDTH, from_y + HEIGHT / 2);
        let (x2, y2) = (to_x, to_y + HEIGHT / 2);
        path += &match path.as_str() {
            "" => format!("M{x1} {y1}"),
            _ => format!("H{x1}"),
        };
        path += &format!(
            "C{} {y1} {} {y2} {x2} {y2}",
            x1 + bend,
            x2.saturating_sub(bend)
        );
    }
    path
}

/// How often it is called, in the middle of the last piece of a line.
fn label(calls: &MapCalls, corners: &[(usize, usize)]) -> AnyView {
    let [.., (from_x, from_y), (to_x, to_y)] = corners else {
        return ().into_any();
    };
    let x = (from_x + WIDTH + to_x) / 2;
    let y = (from_y + to_y) / 2 + HEIGHT / 2 - 4;
    view! {
        <text class="calls" text-anchor="middle" x=x.to_string() y=y.to_string()>
            {rate(calls.per_second)}
        </text>
    }
    .into_any()
}

fn rate(per_second: f64) -> String {
    match per_second {
        // A call every ten seconds is six a minute.
        rate if rate < 1.0 => format!("{}/min", format::fixed(rate * 60.0, 1)),
        rate => format!("{}/s", format::number(rate)),
    }
}

/// What a client does, in short.
fn activity(node: &MapNode) -> Option<String> {
    (node.kind == NodeKind::Client).then(|| {
        let total: f64 = node.calls.iter().map(|it| it.per_second).sum();
        let failed: f64 = node.calls.iter().map(|it| it.per_second * it.failing).sum();
        let share = match failed > 0.0 {
            true => format!(", {} fail", format::percent(100.0 * failed / total)),
            false => String::new(),
        };
        format!("{}{share}", rate(total))
    })
}

fn a_box(node: &MapNode, (x, y): (usize, usize)) -> AnyView {
    let time = expect_context::<PageTime>();
    let path = path_of(node);
    let affected = !node.affected_by.is_empty();
    let words = activity(node).unwrap_or_else(|| match affected {
        true => format!("{}, affected", node.level.as_str()),
        false => format!("{} · {}", node.level.as_str(), node.what),
    });
    let id = (node.kind == NodeKind::Check).then(|| format!("check-{}", node.name));
    let at = format!("translate({x} {y})");
    view! {
        <g
            class="node"
            id=id
            transform=at
            data-level=node.level.as_str()
            data-affected=affected.then_some("true")
            data-node=node.name.clone()
        >
            <a href=move || time.href(&path)>
                <title>{said(node)}</title>
                <rect width=WIDTH.to_string() height=HEIGHT.to_string() rx="6"></rect>
                <g class="sign" transform="translate(10 7)">
                    <Icon glyph=Glyph::of_level(node.level) />
                </g>
                <text class="name" x="34" y="20">{cut(&node.name)}</text>
                <text class="words" x="34" y="37">{cut(&words)}</text>
            </a>
        </g>
    }
    .into_any()
}

fn item(node: &MapNode) -> AnyView {
    let time = expect_context::<PageTime>();
    let (level, path) = (node.level, path_of(node));
    let verb = match node.kind {
        NodeKind::Client => "calls",
        _ => "depends on",
    };
    let on = match node.depends_on.as_slice() {
        [] => String::new(),
        names => format!("· {verb} {}", names.join(", ")),
    };
    let affected = match node.affected_by.as_slice() {
        [] => String::new(),
        names => format!("affected by {}", names.join(", ")),
    };
    view! {
        <li data-level=level.as_str()>
            <LevelBadge level=move || level />
            " "
            <a href=move || time.href(&path)>{node.name.clone()}</a>
            " "
            <small>{activity(node).unwrap_or_else(|| node.what.clone())} " " {on} " " <b>{affected}</b></small>
        </li>
    }
    .into_any()
}

/// A server has a page of its own; a check is a row of the table below; of a client there are its calls.
fn path_of(node: &MapNode) -> String {
    match node.kind {
        NodeKind::Server => format!("/servers/{}", path_segment(&node.name)),
        NodeKind::Check => "/dependencies#checks".to_owned(),
        NodeKind::Client => format!("/traffic?filter={}", path_segment(&node.find)),
    }
}

/// A node in words.
fn said(node: &MapNode) -> String {
    let kind = node.kind.as_str();
    let affected = match node.affected_by.as_slice() {
        [] => String::new(),
        names => format!(" Affected by {}.", names.join(", ")),
    };
    format!(
        "{kind} {}: {}. {}{affected}",
        node.name,
        node.level.as_str(),
        node.summary
    )
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let begin: String = text.chars().take(LONGEST - 1).collect();
    format!("{begin}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit() {
        for (text, expected) in [
            ("postgres", "postgres"),
            ("a-name-of-21-letters-", "a-name-of-21-letters-"),
            ("a-name-of-22-letters--", "a-name-of-22-letters…"),
            ("ßßßßßßßßßßßßßßßßßßßßßß", "ßßßßßßßßßßßßßßßßßßßß…"),
        ] {
            assert_eq!(cut(text), expected);
        }
    }

    #[test]
    fn rates() {
        for (per_second, expected) in [(12.0, "12/s"), (1.5, "1.5/s"), (0.1, "6.0/min")] {
            assert_eq!(rate(per_second), expected);
        }
    }

    #[test]
    fn lines_go_from_side_to_side() {
        assert_eq!(line(&[(8, 8), (268, 66)]), "M198 31C233 31 233 89 268 89");
        assert_eq!(
            line(&[(8, 8), (268, 8), (528, 8)]),
            "M198 31C233 31 233 31 268 31H458C493 31 493 31 528 31"
        );
    }
}
