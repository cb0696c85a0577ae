//! One rule: what it says, how it stands, its alerts, its versions, and an editor.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    Ago, AlertBadge, Empty, FieldInfo, FieldKind, LiveState, PageTime, PanelFrame, Question,
    TextField, all, ask, effect, format, when,
};
use wire::{Alert, Origin, RuleDetail, RuleInfo, RuleKind, RuleState, RuleVersion, path_segment};

use super::api::{load_rule, remove_rule, set_threshold, switch_rule, undo_rule};
use super::editor::change_rule;
use super::words::{can_change, done, origin, read, state};
use crate::address::Address;
use crate::kept::kept_new;

/// What is shown: replaced as a whole.
type Shown = RwSignal<RuleDetail>;

/// Loads it again, after it was changed here.
fn reload(shown: Shown) {
    let id = shown.with_untracked(|it| it.rule.id.clone());
    leptos::task::spawn_local(async move {
        // The next turn asks again.
        if let Ok(newer) = read(load_rule(id).await) {
            shown.try_set(newer);
        }
    });
}

/// A rule.
pub(crate) fn detail(live: LiveState, first: RuleDetail) -> AnyView {
    let id = first.rule.id.clone();
    let rule = first.rule.clone();
    let shown = kept_new(live, first, || true, move || load_rule(id.clone()));
    let name = rule.draft.name.clone();
    let editor = can_change(&rule).then(|| {
        let form = change_rule(shown, move |_| reload(shown));
        view! {
            <PanelFrame id="rule-editor" title="Change it">{form}</PanelFrame>
        }
        .into_any()
    });
    // What stays the same is not made anew, so that it keeps the focus.
    let open = Memo::new(move |_| shown.with(|it| (it.alerts.clone(), it.links.clone())));
    let past = Memo::new(move |_| shown.with(|it| (it.history.clone(), it.rule.version)));
    let is_alert = rule.draft.kind == RuleKind::Alert;
    let alerts = is_alert.then(|| {
        view! {
            <PanelFrame id="rule-alerts" title="Open alerts">{move || open.with(|(open, links)| alerts(open, links))}</PanelFrame>
        }
        .into_any()
    });
    let time = expect_context::<PageTime>();
    view! {
        <p class="lead"><a href=move || time.href("/alerts/rules")>"All rules"</a></p>
        <h1>{name} ": " {move || shown.with(|it| standing(&it.rule))}</h1>
        <PanelFrame id="rule" title="What it says">
            {move || shown.with(facts)}
            {actions(shown, &rule)}
        </PanelFrame>
        {alerts}
        {editor}
        <PanelFrame id="rule-history" title="Changes">{move || past.with(|(past, newest)| history(shown, past, *newest))}</PanelFrame>
    }
    .into_any()
}

/// How it stands, in a sentence.
fn standing(rule: &RuleInfo) -> String {
    if rule.state == RuleState::Off {
        return rule.off.clone();
    }
    match rule.health.as_str() {
        "err" => "it cannot be evaluated".to_owned(),
        "unknown" => "it has not been evaluated yet".to_owned(),
        _ => match usize::try_from(rule.alerts).unwrap_or(usize::MAX) {
            0 => state(rule),
            alerts => format!("{} {}", format::count(alerts, "alert"), rule.state.as_str()),
        },
    }
}

fn facts(detail: &RuleDetail) -> AnyView {
    let RuleInfo { draft, .. } = &detail.rule;
    let rule = &detail.rule;
    let labels: Vec<_> = draft
        .labels
        .iter()
        .map(|(name, text)| format!("{name}={text}"))
        .collect();
    let seconds = |value| format::value(wire::Unit::Seconds, value);
    let evaluated = match rule.evaluated_ms {
        Some(at_ms) => {
            let took = seconds(rule.evaluation_seconds);
            let every = seconds(rule.interval_seconds);
            view! { <Ago at_ms=at_ms /> {format!(", took {took}; every {every}")} }.into_any()
        }
        None => "not yet".into_any(),
    };
    let text = |name: &str| draft.annotations.get(name).cloned().unwrap_or_default();
    let link = Some(text("link")).filter(|link| link.starts_with('/') && !link.contains("{{"));
    let link = link.map(|link| view! { <a href=link>"Open its panel"</a> }.into_any());
    let others = draft.annotations.iter();
    let others = others.filter(|(name, _)| !["link", "description"].contains(&name.as_str()));
    let others = others.map(|(name, text)| fact(name.clone(), text.clone().into_any()));
    let error = (!rule.error.is_empty())
        .then(|| view! { <p class="trouble" role="status">{rule.error.clone()}</p> }.into_any());
    let optional = [
        ("For", &draft.hold),
        ("Keeps firing for", &draft.keep_firing_for),
        ("Without data", &draft.no_data),
    ];
    let optional = optional.into_iter().filter(|(_, text)| !text.is_empty());
    let optional = optional.map(|(name, text)| fact(name.to_owned(), text.clone().into_any()));
    view! {
        {error}
        <pre class="expr"><code>{draft.expr.clone()}</code></pre>
        <p>{text("description")}</p>
        <dl class="facts">
            {fact("From".to_owned(), origin(rule).into_any())}
            {fact("Group".to_owned(), draft.group.clone().into_any())}
            {all(optional)}
            {fact("Labels".to_owned(), labels.join(", ").into_any())}
            {all(others)}
            {fact("Evaluated".to_owned(), evaluated)}
        </dl>
        {link}
    }
    .into_any()
}

fn fact(name: String, value: AnyView) -> AnyView {
    view! { <div><dt>{name}</dt> <dd>{value}</dd></div> }.into_any()
}

/// What can be done with it.
fn actions(shown: Shown, rule: &RuleInfo) -> AnyView {
    let export = format!("/observability/rules/file?rule={}", path_segment(&rule.id));
    let export = view! { <a href=export rel="external" download="rules.yml">"As a rule file"</a> };
    if !can_change(rule) {
        let why = match rule.origin {
            Origin::File => format!("It is changed in {}.", rule.file),
            _ => "Panels and other rules need this series, so it cannot be changed.".to_owned(),
        };
        return view! { <p>{why} " " {export}</p> }.into_any();
    }
    let id = rule.id.clone();
    let is_on = move || shown.with(|it| it.rule.draft.enabled);
    let of_switch = id.clone();
    let switch = move |_| {
        let (id, enabled) = (of_switch.clone(), !untrack(is_on));
        leptos::task::spawn_local(async move {
            let word = if enabled { "on" } else { "off" };
            if done(switch_rule(id, enabled).await, &format!("Switched {word}")) {
                reload(shown);
            }
        });
    };
    let is_changed = move || shown.with(|it| it.rule.origin == Origin::Changed);
    let of_undo = id.clone();
    let back = move || {
        let id = of_undo.clone();
        view! {
            <button on:click=move |_| undo(shown, id.clone(), 0)>"Back to the built-in"</button>
        }
    };
    let remove = (rule.origin == Origin::Made).then(|| remove_button(rule));
    view! {
        <div class="actions" data-needs-script>
            <button on:click=switch>{move || if is_on() { "Switch off" } else { "Switch on" }}</button>
            {when(is_changed, back)}
            {remove}
            {export}
        </div>
        {threshold(shown, rule)}
    }
    .into_any()
}

fn remove_button(rule: &RuleInfo) -> AnyView {
    let (id, name) = (rule.id.clone(), rule.draft.name.clone());
    let here = StoredValue::new_local(Address::here());
    let remove = move |_| {
        let id = id.clone();
        ask(Question {
            sentence: format!(
                "Remove {name} and end its alerts? The list of rules can bring it back."
            ),
            action: format!("Remove {name}"),
            run: Arc::new(move || {
                let id = id.clone();
                leptos::task::spawn_local(async move {
                    match read(remove_rule(id).await) {
                        Ok(()) => {
                            ui::notify("Removed; its alerts have ended".to_owned(), false);
                            here.try_with_value(|here| here.go("/alerts/rules", false));
                        }
                        Err(problem) => ui::notify(problem.to_string(), true),
                    }
                });
            }),
        });
    };
    view! { <button on:click=remove>"Remove"</button> }.into_any()
}

/// The number that the expression ends with, as a field of its own.
fn threshold(shown: Shown, rule: &RuleInfo) -> AnyView {
    let Some(number) = rule.threshold else {
        return ().into_any();
    };
    let value = RwSignal::new(number.to_string());
    // Others may change it.
    let newest = Memo::new(move |_| shown.with(|it| it.rule.threshold));
    effect(move || {
        if let Some(number) = newest.get() {
            value.set(number.to_string());
        }
    });
    let problem = RwSignal::new(None::<String>);
    let id = rule.id.clone();
    let set = move |_| {
        let Ok(number) = value.get_untracked().trim().parse::<f64>() else {
            problem.set(Some("This is no number.".to_owned()));
            return;
        };
        problem.set(None);
        let id = id.clone();
        leptos::task::spawn_local(async move {
            if done(set_threshold(id, number).await, "The threshold is changed") {
                reload(shown);
            }
        });
    };
    let info = FieldInfo::new("rule-threshold", "Threshold")
        .hint("The number at the end of the expression.")
        .problem(move || problem.get());
    view! {
        <div class="actions threshold" data-needs-script>
            <TextField info=info value=value kind=FieldKind::Number("") />
            <button on:click=set>"Set threshold"</button>
        </div>
    }
    .into_any()
}

fn alerts(open: &[Alert], links: &[(String, String)]) -> AnyView {
    if open.is_empty() {
        return view! { <Empty>"No alert of it is open."</Empty> }.into_any();
    }
    let time = expect_context::<PageTime>();
    let link = |alert: &Alert| {
        let link = links.iter().find(|(id, _)| *id == alert.id);
        link.map(|(_, to)| view! { <a href=to.clone()>"Its panel"</a> }.into_any())
    };
    let rows = all(open.iter().map(|alert| {
        let to = time.href(&format!("/alerts/{}", alert.id));
        view! {
            <li>
                <AlertBadge state=alert.state /> " "
                <a href=to>{alert.summary.clone()}</a> " " {link(alert)} " "
                <Ago at_ms=alert.firing_ms.unwrap_or(alert.pending_ms) />
            </li>
        }
    }));
    view! { <ul class="rule-alerts">{rows}</ul> }.into_any()
}

fn undo(shown: Shown, id: String, version: u32) {
    leptos::task::spawn_local(async move {
        if done(undo_rule(id, version).await, "Undone") {
            reload(shown);
        }
    });
}

fn history(shown: Shown, past: &[RuleVersion], newest: u32) -> AnyView {
    if past.is_empty() {
        return view! { <Empty>"Nobody has changed it here."</Empty> }.into_any();
    }
    let id = shown.with_untracked(|it| it.rule.id.clone());
    let rows = all(past.iter().map(|version| row(shown, &id, version, newest)));
    view! { <ol class="rule-history">{rows}</ol> }.into_any()
}

fn row(shown: Shown, id: &str, version: &RuleVersion, newest: u32) -> AnyView {
    let RuleVersion {
        version: number,
        at_ms,
        by,
        comment,
        edit,
        changes,
        ..
    } = version.clone();
    let id = id.to_owned();
    let back = (number != newest && version.draft.is_some()).then(|| {
        let label = format!("Go back to version {number}");
        view! {
            <button class="quiet" data-needs-script aria-label=label on:click=move |_| undo(shown, id.clone(), number)>
                "Go back to this"
            </button>
        }
        .into_any()
    });
    let comment = (!comment.is_empty()).then(|| format!(": {comment}"));
    let changes = all(changes
        .into_iter()
        .map(|change| view! { <li><code>{change}</code></li> }));
    view! {
        <li>
            <p>
                <b>{format!("{number}. {}", edit.as_str())}</b> {format!(" by {by} ")} <Ago at_ms=at_ms /> {comment} " "
                {back}
            </p>
            <ul>{changes}</ul>
        </li>
    }
    .into_any()
}
