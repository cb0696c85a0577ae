//! Open alerts in groups by a label: each folded up under what it is, with how many there are, and worked as a whole.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::prelude::*;
use ui::{Ago, AlertBadge, Empty, LiveState, PageTime, all, each, effect, format, when};
use wire::{AlertGroup, AlertGroups, AlertRow, OpenPage, OpenQuery, Severity, path_segment};

use super::api::{load_groups, load_open, load_open_ids};
use super::many::{Work, works};
use crate::address::Address;

/// Rows of a group that are shown at first, and by how many more.
const ROWS: u32 = 50;
/// How long what has changed may wait until it is asked anew.
const STALE: Duration = Duration::from_millis(1500);
/// What can always be grouped by: as it is sent, and as it is called.
const USUAL: [(&str, &str); 5] = [
    ("", "nothing"),
    ("server", "server"),
    ("severity", "severity"),
    ("rule", "rule"),
    ("team", "team"),
];
/// Labels that say the same as one of these.
const SAME: [&str; 5] = ["alertname", "server", "severity", "rule", "team"];

type Shown = RwSignal<AlertGroups>;

/// By what is grouped: remembered in the address. Without a script it is sent as it is.
pub(super) fn by_field(live: LiveState, address: Address, by: &str) -> AnyView {
    let others: BTreeSet<String> = live.alerts.with_untracked(|alerts| {
        let names = alerts.iter().flat_map(|alert| alert.labels.keys());
        let own = std::iter::once(by).filter(|by| !by.is_empty());
        let names = names.map(String::as_str).chain(own);
        let others = names.filter(|name| !SAME.contains(name));
        others.map(str::to_owned).collect()
    });
    let usual = USUAL.map(|(sent, called)| (sent.to_owned(), called.to_owned()));
    let others = others.into_iter().map(|name| (name.clone(), name));
    let options = all(usual.into_iter().chain(others).map(|(sent, called)| {
        let is_chosen = sent == by;
        view! { <option value=sent selected=is_chosen>{called}</option> }
    }));
    let choose = move |value: String| {
        address.set(&[("by", value), ("value", String::new())], false);
    };
    view! {
        <form class="group-by" method="get" action="/alerts">
            <label>
                "Group by "
                <select name="by" on:change:target=move |event| choose(event.target().value())>
                    {options}
                </select>
            </label>
            <button class="without-script" type="submit">"Show"</button>
        </form>
    }
    .into_any()
}

/// The groups, kept new.
pub(super) fn groups(
    live: LiveState,
    query: OpenQuery,
    first: AlertGroups,
    owner: RwSignal<String>,
) -> AnyView {
    let shown = RwSignal::new(first);
    let by = query.by.clone();
    keep_new(live, shown, by.clone());
    let open = query.value.clone();
    let row = move |first: AlertGroup| {
        let is_open = open.as_ref() == Some(&first.value);
        group(shown, first, by.clone(), is_open, owner)
    };
    let words = move || shown.with(said);
    let is_empty = move || shown.with(|shown| shown.groups.is_empty());
    let label = query.by;
    view! {
        <p class="said" role="status">{move || words()}</p>
        {when(is_empty, || view! { <Empty>"No alert is open."</Empty> })}
        <ul class="alert-groups" aria-label=format!("Open alerts by {label}")>
            {each(move || shown.with(|shown| shown.groups.clone()), |group| group.value.clone(), row)}
        </ul>
    }
    .into_any()
}

/// How many there are, and what is left out.
fn said(shown: &AlertGroups) -> String {
    let groups = shown.groups.len() + shown.others as usize;
    let all = format!(
        "{} in {}",
        format::count(shown.found as usize, "alert"),
        format::count(groups, "group")
    );
    match shown.others {
        0 => all,
        others => format!(
            "{all}; the {} others are small and not shown",
            format::grouped(others as usize)
        ),
    }
}

/// Asks anew a little after something has changed.
fn keep_new(live: LiveState, shown: Shown, by: String) {
    let is_stale = StoredValue::new(false);
    live.on_alerts(move |_| {
        if is_stale.try_get_value() != Some(false) {
            return;
        }
        is_stale.set_value(true);
        let by = by.clone();
        let renew = move || {
            if is_stale.try_get_value().is_none() {
                return;
            }
            is_stale.set_value(false);
            if live.is_paused.get_untracked() {
                return;
            }
            leptos::task::spawn_local(async move {
                let query = OpenQuery {
                    by,
                    ..OpenQuery::default()
                };
                // What is shown stays where nothing newer can be had; the bar above says that the product is gone.
                if let Ok(answer) = load_groups(query).await
                    && let Ok(newer) = answer.read()
                {
                    shown.try_set(newer);
                }
            });
        };
        set_timeout(renew, STALE);
    });
}

fn group(
    shown: Shown,
    first: AlertGroup,
    by: String,
    is_open: bool,
    owner: RwSignal<String>,
) -> AnyView {
    let value = first.value.clone();
    let name = match value.as_str() {
        "" => format!("without {by}"),
        value => value.to_owned(),
    };
    let alone = format!(
        "/alerts?by={}&value={}#many-alerts",
        path_segment(&by),
        path_segment(&value)
    );
    let query = OpenQuery {
        by,
        value: Some(value.clone()),
        limit: ROWS,
        ..OpenQuery::default()
    };
    // A group that is being taken out stays as it was.
    let now = Memo::new(move |before: Option<&AlertGroup>| {
        let is_it = |group: &&AlertGroup| group.value == value;
        let now = shown.with(|shown| shown.groups.iter().find(is_it).cloned());
        now.unwrap_or_else(|| before.unwrap_or(&first).clone())
    });
    let rows = RwSignal::new(match is_open {
        true => shown.with_untracked(|shown| shown.rows.clone()),
        false => None,
    });
    let is_wanted = RwSignal::new(is_open);
    let limit = RwSignal::new(ROWS);
    let asked = query.clone();
    effect(move || {
        let (limit, is_wanted) = (limit.get(), is_wanted.get());
        // Whenever the groups are new, so are their alerts.
        shown.track();
        if !is_wanted {
            return;
        }
        let query = OpenQuery {
            limit,
            ..asked.clone()
        };
        leptos::task::spawn_local(async move {
            if let Ok(answer) = load_open(query).await
                && let Ok(page) = answer.read()
            {
                rows.try_set(Some(page));
            }
        });
    });
    let worst = move || now.with(worst).map(Severity::as_str);
    let badges = move || now.with(badges);
    let notes = move || now.with(notes);
    let list = move || rows.with(|rows| rows.as_ref().map(list));
    let left = move || rows.with(|rows| rows.as_ref().map_or(0, left));
    let more = move || {
        view! {
            <button class="quiet" data-needs-script on:click=move |_| limit.update(|limit| *limit += ROWS)>
                {move || format!("Show more of {} others", format::grouped(left()))}
            </button>
        }
    };
    view! {
        <li class="alert-group" data-severity=move || worst()>
            <details open=is_open>
                <summary on:click=move |_| is_wanted.set(true)>
                    <b>{name}</b> " " {move || badges()} " " <small>{move || notes()}</small>
                </summary>
                {actions(now, query, owner)}
                <p class="without-script"><a href=alone>"List them"</a></p>
                {move || list()}
                {when(move || left() > 0, more)}
            </details>
        </li>
    }
    .into_any()
}

/// What can be done with all alerts of a group.
fn actions(now: Memo<AlertGroup>, query: OpenQuery, owner: RwSignal<String>) -> AnyView {
    let buttons = all(works(owner).into_iter().map(move |work| {
        let Work { label, run } = work;
        let query = query.clone();
        let act = move |_| {
            let (query, run) = (query.clone(), run.clone());
            leptos::task::spawn_local(async move {
                let answer = load_open_ids(query).await;
                match answer.map_err(|it| it.0).and_then(|answer| answer.read()) {
                    Ok(ids) => run(ids),
                    Err(problem) => ui::notify(problem.to_string(), true),
                }
            });
        };
        let words = move || {
            let count = now.with(|group| group.count as usize);
            format!("{label} ({})", format::grouped(count))
        };
        view! { <button on:click=act>{move || words()}</button> }
    }));
    view! { <div class="actions" role="toolbar" aria-label="With the whole group" data-needs-script>{buttons}</div> }
        .into_any()
}

/// The severities from the worst on, each with how many there are.
fn counts(group: &AlertGroup) -> impl Iterator<Item = (Severity, u64)> {
    let counts = Severity::ALL.iter().zip(&group.severities).rev();
    counts
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| (*severity, *count))
}

fn worst(group: &AlertGroup) -> Option<Severity> {
    counts(group).next().map(|(severity, _)| severity)
}

fn badges(group: &AlertGroup) -> AnyView {
    let counts: Vec<_> = counts(group).collect();
    all(counts.into_iter().map(|(severity, count)| {
        let words = format!("{} {}", format::grouped(count as usize), severity.as_str());
        view! { <span class="badge" data-severity=severity.as_str()>{words}</span> " " }
    }))
}

/// What nobody has taken, what is held, and how new it is.
fn notes(group: &AlertGroup) -> AnyView {
    let AlertGroup {
        firing,
        held,
        newest_ms,
        ..
    } = *group;
    let held = match held {
        0 => String::new(),
        held => format!(" · {held} held"),
    };
    let taken = match firing {
        0 => "nobody is needed".to_owned(),
        firing => format!("{firing} firing"),
    };
    view! { {taken} {held} " · newest " <Ago at_ms=newest_ms /> }.into_any()
}

/// How many of a group are not listed.
fn left(page: &OpenPage) -> usize {
    (page.found as usize).saturating_sub(page.rows.len())
}

fn list(page: &OpenPage) -> AnyView {
    let time = expect_context::<PageTime>();
    view! { <ul class="life">{all(page.rows.iter().map(|it| row(it, time)))}</ul> }.into_any()
}

fn row(alert: &AlertRow, time: PageTime) -> AnyView {
    let [summary, severity, rule, _, server, owner] = alert.words();
    let owner = match owner.as_str() {
        "" => String::new(),
        owner => format!("{owner} has it"),
    };
    let held = if alert.is_held { "held" } else { "" };
    let about = [severity, rule, server, held.to_owned(), owner];
    let about: Vec<_> = about.into_iter().filter(|it| !it.is_empty()).collect();
    let href = time.href(&format!("/alerts/{}", alert.id));
    view! {
        <li>
            <AlertBadge state=alert.state /> " " <a href=href>{summary}</a> " "
            <small>{about.join(" · ")} " · " <Ago at_ms=alert.since_ms /></small>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(severities: [u64; 5]) -> AlertGroup {
        AlertGroup {
            value: "a".to_owned(),
            count: severities.iter().sum(),
            severities: severities.to_vec(),
            firing: 0,
            held: 0,
            newest_ms: 0,
        }
    }

    #[test]
    fn the_worst_comes_first() {
        let found: Vec<_> = counts(&group([3, 0, 0, 2, 0])).collect();
        assert_eq!(found, [(Severity::Critical, 2), (Severity::Info, 3)]);
        assert_eq!(worst(&group([0; 5])), None);
    }

    #[test]
    fn what_is_left_out_is_said() {
        let mut shown = AlertGroups {
            groups: vec![group([1, 0, 0, 0, 0])],
            found: 1,
            ..AlertGroups::default()
        };
        assert_eq!(said(&shown), "1 alert in 1 group");
        (shown.others, shown.found) = (1200, 5000);
        let words = said(&shown);
        assert!(words.contains("others are small and not shown"), "{words}");
    }
}
