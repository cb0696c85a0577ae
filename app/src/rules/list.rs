//! All rules, those that were removed, and rules as files.

use leptos::prelude::*;
use ui::{
    Cell, Column, FieldInfo, FieldKind, LiveState, PageTime, PanelFrame, PanelMenu, Table,
    TableAction, TableRow, TextField, all, notify, when,
};
use wire::{RemovedRule, RuleInfo, RuleList, TableName, Unit};

use super::api::{import_rules, load_rules, switch_rule, undo_rule};
use super::words::{address, done, headline, mistake, origin, read, state};
use crate::kept::kept_new;

type Shown = RwSignal<RuleList>;

fn reload(shown: Shown) {
    leptos::task::spawn_local(async move {
        // The next turn asks again.
        if let Ok(newer) = read(load_rules().await) {
            shown.try_set(newer);
        }
    });
}

/// The rules, by group.
pub(crate) fn list(live: LiveState, first: RuleList) -> AnyView {
    let shown = kept_new(live, first, || true, load_rules);
    let time = expect_context::<PageTime>();
    // What stays the same is not made anew, so that it keeps the focus.
    let gone = Memo::new(move |_| shown.with(|it| it.removed.clone()));
    let wrong = Memo::new(move |_| shown.with(|it| it.refused.clone()));
    let removed = move || gone.with(|it| !it.is_empty());
    let menu = PanelMenu {
        exports: Some((|| format!("table={}", TableName::Rules.as_str())).into()),
        ..PanelMenu::default()
    };
    view! {
        <h1>{move || shown.with(headline)}</h1>
        {when(move || wrong.with(|it| !it.is_empty()), move || view! { {move || wrong.with(|it| not_taken(it))} })}
        <p class="actions">
            <a href=move || time.href("/alerts/rules?new=1")>"New rule"</a> " "
            <a href="/observability/rules/file" rel="external" download="rules.yml">"Export what was made or changed here"</a>
        </p>
        <PanelFrame id="rules" title="Rules" menu=menu>{table(shown, time)}</PanelFrame>
        {when(removed, move || view! {
            <PanelFrame id="removed-rules" title="Removed">{move || gone.with(|it| bring_back(shown, it))}</PanelFrame>
        })}
        <PanelFrame id="import-rules" title="From a file">{import(shown)}</PanelFrame>
    }
    .into_any()
}

/// A reload with mistakes changes nothing.
fn not_taken(refused: &[String]) -> AnyView {
    let lines = all(refused.iter().map(|line| view! { <li>{line.clone()}</li> }));
    view! {
        <div class="trouble" role="alert">
            <p>"The files were read again and have mistakes, so the old rules are kept:"</p>
            <ul>{lines}</ul>
        </div>
    }
    .into_any()
}

fn table(shown: Shown, time: PageTime) -> AnyView {
    let columns = vec![
        Column::new("rule", "Rule"),
        Column::new("group", "Group").width(140).second(),
        Column::new("state", "State").width(95),
        Column::new("alerts", "Alerts").width(75).number(),
        Column::new("health", "Health").width(85).second(),
        Column::new("evaluated", "Evaluated").width(110).optional(),
        Column::new("took", "Took").width(85).number().optional(),
        Column::new("from", "From").width(190).optional(),
    ];
    let switch = |word: &'static str, enabled: bool| {
        TableAction::new(word, move |ids: Vec<String>| {
            leptos::task::spawn_local(async move {
                for id in ids {
                    // The first that cannot be switched says why.
                    if !done(switch_rule(id, enabled).await, "Switched") {
                        break;
                    }
                }
                reload(shown);
            });
        })
    };
    view! {
        <Table
            id="rules"
            title="rules"
            columns=columns
            rows=move || shown.with(|it| it.rules.iter().map(|rule| row(rule, time)).collect())
            actions=vec![switch("Switch off", false), switch("Switch on", true)]
            is_tall=true
            empty="There is no rule."
        />
    }
    .into_any()
}

fn row(rule: &RuleInfo, time: PageTime) -> TableRow {
    let draft = &rule.draft;
    let note = match (rule.error.as_str(), rule.off.as_str()) {
        ("", "") => draft.expr.split_whitespace().collect::<Vec<_>>().join(" "),
        ("", off) => off.to_owned(),
        (error, _) => error.to_owned(),
    };
    let health = match rule.health.as_str() {
        "err" => "fails",
        "unknown" => "–",
        health => health,
    };
    let took = rule.evaluated_ms.map(|_| rule.evaluation_seconds);
    TableRow {
        key: rule.id.clone(),
        href: None,
        cells: vec![
            Cell::Link(draft.name.clone(), time.href(&address(&rule.id))).note(note),
            Cell::text(draft.group.clone()),
            Cell::text(state(rule)),
            Cell::value(Unit::Number, Some(rule.alerts as f64)),
            Cell::text(health),
            rule.evaluated_ms.map_or(Cell::Nothing, Cell::Time),
            Cell::value(Unit::Seconds, took),
            Cell::text(origin(rule)),
        ],
    }
}

fn bring_back(shown: Shown, gone: &[RemovedRule]) -> AnyView {
    let rows = all(gone.iter().map(|rule| removed(shown, rule)));
    view! { <ul class="removed">{rows}</ul> }.into_any()
}

fn removed(shown: Shown, rule: &RemovedRule) -> AnyView {
    let (id, version) = (rule.id.clone(), rule.version);
    let back = move |_| {
        let id = id.clone();
        leptos::task::spawn_local(async move {
            if done(undo_rule(id, version).await, "It is back") {
                reload(shown);
            }
        });
    };
    let label = format!("Bring {} back", rule.name);
    view! {
        <li>
            <b>{rule.name.clone()}</b> {format!(" of {}, removed by {} ", rule.group, rule.by)}
            <ui::Ago at_ms=rule.at_ms /> " "
            <button class="quiet" data-needs-script aria-label=label on:click=back>"Bring back"</button>
        </li>
    }
    .into_any()
}

/// Rules of a file that is pasted.
fn import(shown: Shown) -> AnyView {
    let text = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let make = move |_| {
        leptos::task::spawn_local(async move {
            match read(import_rules(text.get_untracked()).await) {
                Ok(saved) if saved.mistakes.is_empty() => {
                    let count = ui::format::count(saved.rules.len(), "rule");
                    notify(format!("{count} taken from the file"), false);
                    text.try_set(String::new());
                    problem.try_set(None);
                    reload(shown);
                }
                Ok(saved) => {
                    let all: Vec<_> = saved.mistakes.iter().map(mistake).collect();
                    problem.try_set(Some(all.join("; ")));
                }
                Err(why) => {
                    problem.try_set(Some(why.to_string()));
                }
            }
        });
    };
    let info = FieldInfo::new("import-text", "A rule file of Prometheus")
        .hint("All its rules are made here, or none if there is a mistake.")
        .problem(move || problem.get());
    view! {
        <div data-needs-script>
            <TextField info=info value=text kind=FieldKind::Lines placeholder="groups:" />
            <button on:click=make>"Make its rules"</button>
        </div>
    }
    .into_any()
}
