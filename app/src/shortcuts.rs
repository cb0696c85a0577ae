//! What keys do, and what the palette finds.

use leptos::prelude::*;
use ui::{
    Act, KeyBinding, LiveState, PageTime, PaletteEntry, open_key_help, provide_keys,
    provide_palette, time,
};
use wire::path_segment;

/// Pages: the letter after `g`, the address, the name, other words for it.
const PAGES: [(&str, &str, &str, &str); 25] = [
    ("g o", "/", "Overview", "home fleet"),
    ("g s", "/servers", "Servers", "status health"),
    ("g a", "/alerts", "Alerts", "firing acknowledge history"),
    ("g r", "/alerts/rules", "Rules", "thresholds promql editor"),
    (
        "g y",
        "/alerts/history",
        "History of alerts",
        "steps acknowledged who when",
    ),
    (
        "g q",
        "/alerts/windows",
        "Quiet times",
        "maintenance windows calendar silences",
    ),
    (
        "g u",
        "/alerts/routes",
        "Routes",
        "alertmanager notify who is told matchers",
    ),
    (
        "g v",
        "/alerts/receivers",
        "Receivers",
        "webhook slack email pagerduty test send template",
    ),
    (
        "g n",
        "/alerts/sent",
        "Notifications",
        "sent messages queued failed outbox",
    ),
    (
        "g k",
        "/alerts/on-call",
        "On call",
        "rota schedule override duty",
    ),
    (
        "g b",
        "/slo",
        "Service levels",
        "slo objectives error budgets",
    ),
    ("g p", "/slo/reports", "Reports", "sla month schedule print"),
    (
        "g m",
        "/dependencies",
        "Dependencies",
        "map checks affected postgres redis",
    ),
    (
        "g l",
        "/launcher",
        "Launcher",
        "processes start stop restart crash orphan stdio",
    ),
    (
        "g z",
        "/synthex",
        "SYNTHEX agents",
        "fleet health score queue tokens claude code",
    ),
    (
        "g i",
        "/builds",
        "Rust builds",
        "cargo compile errors crates",
    ),
    ("g c", "/traffic", "Live traffic", "calls tap"),
    ("g e", "/explore", "Explore", "promql query metrics"),
    ("g t", "/targets", "Targets", "scrape"),
    (
        "g f",
        "/drift",
        "Definitions",
        "drift changes approve reject poisoned",
    ),
    (
        "g x",
        "/benchmarks",
        "Benchmarks",
        "criterion hyperfine regression speed-up experts synthex",
    ),
    (
        "g j",
        "/events",
        "What changed",
        "marks deploys edits timeline",
    ),
    ("g d", "/dashboards", "Dashboards", "boards"),
    (
        "g h",
        "/dashboards/system-health",
        "System health",
        "cpu memory disk machine",
    ),
    (
        "g w",
        "/dashboards/automation-performance",
        "Automation performance",
        "workflow tasks agents",
    ),
];

/// Makes keys and palette known; once, in the frame.
pub(crate) fn provide_shortcuts() {
    let live = expect_context::<LiveState>();
    let page_time = expect_context::<PageTime>();
    let pages = PAGES.map(|(keys, href, name, _)| KeyBinding {
        keys,
        what: name.to_owned(),
        group: "Pages",
        act: Act::run(move || Act::Go(untrack(|| page_time.href(href))).perform()),
    });
    let pause = KeyBinding {
        keys: "p",
        what: "Stand still, or go on".to_owned(),
        group: "Page",
        act: Act::run(move || live.pause(!live.is_paused.get_untracked())),
    };
    provide_keys(pages.into_iter().chain([pause]).collect());
    provide_palette(move || entries(live, page_time));
}

fn entry(group: &str, title: &str, hint: &str, keywords: &str, act: Act) -> PaletteEntry {
    PaletteEntry {
        title: title.to_owned(),
        hint: hint.to_owned(),
        group: group.to_owned(),
        keywords: keywords.to_owned(),
        act,
    }
}

fn entries(live: LiveState, page_time: PageTime) -> Vec<PaletteEntry> {
    let mut entries = Vec::new();
    let go = |path: &str| Act::Go(page_time.href(path));
    for (keys, href, name, words) in PAGES {
        entries.push(entry("Pages", name, keys, words, go(href)));
    }
    live.servers.with(|servers| {
        for server in servers {
            server.with(|server| {
                let href = format!("/servers/{}", path_segment(&server.name));
                let level = server.verdict.level.as_str();
                entries.push(entry(
                    "Servers",
                    &server.name,
                    level,
                    &server.endpoint,
                    go(&href),
                ));
            });
        }
    });
    live.alerts.with(|alerts| {
        for alert in alerts.iter().filter(|alert| alert.is_open()) {
            let act = go(&format!("/alerts/{}", alert.id));
            let state = alert.state.as_str();
            entries.push(entry("Alerts", &alert.summary, state, &alert.rule, act));
        }
    });
    for (text, words) in time::PRESETS {
        let range = time::from_query(Some(text), None, None, 0).unwrap_or_default();
        let act = Act::run(move || page_time.choose(range));
        entries.push(entry("Time", words, "range", text, act));
    }
    let mut action = |title, hint, words, act| {
        entries.push(entry("Actions", title, hint, words, act));
    };
    let pause = move || live.pause(!live.is_paused.get_untracked());
    action("Pause or go on", "p", "live stop freeze", Act::run(pause));
    action(
        "Show all keys",
        "?",
        "help shortcuts",
        Act::run(open_key_help),
    );
    let zone = move || page_time.switch_zone();
    action(
        "Switch between UTC and local time",
        "",
        "zone clock",
        Act::run(zone),
    );
    for table in ["servers", "alerts", "events", "checks"] {
        let href = format!("/observability/export/csv?table={table}");
        let title = format!("Export {table} as CSV");
        entries.push(entry("Actions", &title, "", "download", Act::Fetch(href)));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_keys_and_addresses_of_their_own() {
        for (number, (keys, href, name, _)) in PAGES.iter().enumerate() {
            let rest = &PAGES[number + 1..];
            let same = rest
                .iter()
                .find(|other| other.0 == *keys || other.1 == *href);
            assert_eq!(same, None, "{name}");
        }
    }
}
