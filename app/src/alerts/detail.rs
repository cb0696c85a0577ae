//! One alert closely: what it says, why it is quiet or is not, what happened to it and around it.

use leptos::prelude::*;
use ui::{
    Ago, AlertBadge, Clocked, Empty, LiveState, PageTime, PanelFrame, StateRow, States, all, format,
};
use wire::{
    Alert, AlertDetail, AlertEvent, AlertState, AlertStep, Level, RelatedAlert, StateSpan,
    path_segment,
};

use super::api::load_alert;
use super::course::course;
use super::form::{Shown, form, renew};
use crate::kept::kept_new;
use crate::notify::why;
use crate::title::name_page;

/// How much is shown of the expression before the alert and after it.
const MARGIN_MS: i64 = 30 * 60_000;

/// The page of an alert.
pub(crate) fn detail(live: LiveState, first: AlertDetail) -> AnyView {
    let id = first.alert.id.clone();
    let load = move || load_alert(id.clone());
    let shown = kept_new(live, first, || true, load);
    follow(live, shown);
    let part = move |part: fn(&AlertDetail) -> AnyView| move || shown.with(part);
    let (head, quiet, timeline) = (part(head), part(quiet), part(timeline));
    let (steps, facts, related, before) = (part(steps), part(facts), part(related), part(before));
    view! {
        {move || head()}
        <div class="columns">
            <div class="wide">
                <PanelFrame id="work" title="Work it">{form(shown)}</PanelFrame>
                <PanelFrame id="quiet" title="Is it quiet?">{move || quiet()}</PanelFrame>
                {course(live, shown)}
                {why(shown)}
                <PanelFrame id="steps" title="What happened">
                    {move || timeline()} {move || steps()}
                </PanelFrame>
                <PanelFrame id="related" title="Related alerts">{move || related()}</PanelFrame>
            </div>
            <div>
                <PanelFrame id="facts" title="Alert">{move || facts()}</PanelFrame>
                <PanelFrame id="before" title="What changed just before">{move || before()}</PanelFrame>
            </div>
        </div>
    }
    .into_any()
}

/// What others do is seen at once.
fn follow(live: LiveState, shown: Shown) {
    live.on_alerts(move |alerts| {
        let is_news = shown.try_with_untracked(|shown| {
            let is_it = |alert: &&Alert| alert.id == shown.alert.id;
            let alert = alerts.iter().find(is_it)?;
            let known = (shown.steps.len(), &shown.alert.held);
            Some((alert.changes.len(), &alert.held) != known)
        });
        if is_news == Some(Some(true)) && !live.is_paused.get_untracked() {
            leptos::task::spawn_local(renew(shown));
        }
    });
}

fn head(detail: &AlertDetail) -> AnyView {
    let alert = &detail.alert;
    name_page(&alert.summary);
    let time = expect_context::<PageTime>();
    let since = alert.firing_ms.unwrap_or(alert.pending_ms);
    let server = alert.server.clone();
    let path = format!("/servers/{}", path_segment(&server));
    let about = (!server.is_empty())
        .then(|| view! { " · " <a href=move || time.href(&path)>{server}</a> }.into_any());
    let description = (alert.description != alert.summary)
        .then(|| view! { <p class="description">{alert.description.clone()}</p> }.into_any());
    let owner = (!alert.owner.is_empty())
        .then(|| view! { " · " <b>{alert.owner.clone()}</b> " sees to it" }.into_any());
    let link = |path: Option<String>, word: &'static str| {
        path.map(|path| view! { <a href=move || time.href(&path)>{word}</a> " " }.into_any())
    };
    let panel = Some(alert.link.clone()).filter(|it| !it.is_empty());
    let explored = (!detail.expr.is_empty()).then(|| explored(detail, live_now()));
    let silence =
        Some(format!("/alerts?silence={}#silences", alert.id)).filter(|_| alert.is_open());
    view! {
        <h1>{alert.summary.clone()}</h1>
        <p>
            <AlertBadge state=alert.state />
            " " {alert.severity.as_str()} " · " {alert.rule.clone()} {about} " · began "
            <Ago at_ms=since /> {owner}
        </p>
        {description}
        <p>
            {link(panel, "Open its panel")}
            {link(explored, "See its expression around that time")}
            {link(silence, "Silence it")}
        </p>
    }
    .into_any()
}

fn live_now() -> i64 {
    expect_context::<LiveState>().now_ms.get_untracked()
}

/// Its rule's expression, around the time in which it fired.
fn explored(detail: &AlertDetail, now_ms: i64) -> String {
    let (from_ms, to_ms) = around(detail, now_ms);
    format!(
        "/explore?q={}&from={from_ms}&to={to_ms}",
        path_segment(&detail.expr)
    )
}

/// The time of an alert, with some before and after it.
pub(super) fn around(detail: &AlertDetail, now_ms: i64) -> (i64, i64) {
    let alert = &detail.alert;
    let end_ms = alert.resolved.as_ref().map_or(now_ms, |end| end.at_ms);
    let to_ms = (end_ms + MARGIN_MS).min(now_ms.max(alert.pending_ms));
    (alert.pending_ms - MARGIN_MS, to_ms)
}

fn quiet(detail: &AlertDetail) -> AnyView {
    let time = expect_context::<PageTime>();
    let reasons = all(detail.quiet.iter().map(|reason| {
        let (text, link) = (format!("{}. ", reason.text), reason.link.clone());
        let link = (!link.is_empty())
            .then(|| view! { <a href=move || time.href(&link)>"Look there"</a> }.into_any());
        view! { <li>{text} {link}</li> }
    }));
    let answer = match detail.is_quiet {
        true => "It is quiet now.",
        false => "It is not quiet.",
    };
    view! { <p><b>{answer}</b></p> <ul>{reasons}</ul> }.into_any()
}

/// The stretches of each state, over one axis.
fn timeline(detail: &AlertDetail) -> AnyView {
    let now_ms = live_now();
    let rows = [
        (AlertState::Pending, Level::Unknown),
        (AlertState::Firing, Level::Unhealthy),
        (AlertState::Acknowledged, Level::Degraded),
    ];
    let rows = rows.map(|(state, level)| {
        let spans = spans(&detail.steps, state, level, now_ms);
        let length_ms: i64 = spans.iter().map(|span| span.to_ms - span.from_ms).sum();
        StateRow {
            name: state.as_str().to_owned(),
            href: None,
            note: format::duration(length_ms),
            spans,
        }
    });
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|row| !row.spans.is_empty())
        .collect();
    view! { <States title="States over time" rows=move || rows.clone() /> }.into_any()
}

/// When an alert was in a state.
fn spans(steps: &[AlertStep], state: AlertState, level: Level, now_ms: i64) -> Vec<StateSpan> {
    let mut spans: Vec<StateSpan> = Vec::new();
    let ends = steps.iter().skip(1).map(|step| step.at_ms).chain([now_ms]);
    for (step, to_ms) in steps.iter().zip(ends) {
        if step.state != state {
            continue;
        }
        match spans.last_mut().filter(|span| span.to_ms == step.at_ms) {
            Some(span) => span.to_ms = to_ms,
            None => spans.push(StateSpan {
                from_ms: step.at_ms,
                to_ms,
                level,
            }),
        }
    }
    spans
}

fn steps(detail: &AlertDetail) -> AnyView {
    let steps = detail.steps.iter().map(|step| {
        let said = (!step.comment.is_empty())
            .then(|| view! { <p class="description">{step.comment.clone()}</p> }.into_any());
        view! {
            <li data-what=step.what.as_str()>
                <Clocked at_ms=step.at_ms /> " " <b>{told(step)}</b> " " <Ago at_ms=step.at_ms /> {said}
            </li>
        }
    });
    view! { <ol class="life">{all(steps)}</ol> }.into_any()
}

/// A step in words.
pub(super) fn told(step: &AlertStep) -> String {
    let by = match step.by.as_str() {
        "rule" | "clock" => String::new(),
        by => format!(" by {by}"),
    };
    let owner = match step.owner.as_str() {
        owner if owner.is_empty() || owner == step.by => String::new(),
        owner => format!(" for {owner}"),
    };
    let until = step.until_ms.map_or_else(String::new, |until_ms| {
        format!(" until {}", format::exact(until_ms))
    });
    match step.what {
        AlertEvent::Begun => "pending".to_owned(),
        AlertEvent::Fired => "firing".to_owned(),
        AlertEvent::Raised => format!("raised{by}"),
        AlertEvent::Acknowledged => format!("acknowledged{by}{owner}{until}"),
        AlertEvent::Lapsed => "fires again".to_owned(),
        AlertEvent::Assigned if step.owner.is_empty() => format!("assigned to nobody{by}"),
        AlertEvent::Assigned => format!("assigned to {}{by}", step.owner),
        AlertEvent::Commented => format!("said{by}"),
        AlertEvent::Resolved if by.is_empty() => "resolved by itself".to_owned(),
        AlertEvent::Resolved => format!("resolved{by}"),
        AlertEvent::Reopened => format!("reopened{by}"),
    }
}

fn related(detail: &AlertDetail) -> AnyView {
    if detail.related.is_empty() {
        return view! {
            <Empty>"No other alert of that time is about the same server, what hangs on it, or of the same rule."</Empty>
        }
        .into_any();
    }
    let time = expect_context::<PageTime>();
    let rows = detail.related.iter().map(|other| {
        let RelatedAlert {
            summary,
            severity,
            state,
            firing_ms,
            why,
            ..
        } = other.clone();
        let path = format!("/alerts/{}", other.id);
        let name = match summary.as_str() {
            "" => other.rule.clone(),
            _ => summary,
        };
        view! {
            <li>
                <AlertBadge state=state /> " "
                <a href=move || time.href(&path)>{name}</a> " "
                <small>{severity.as_str()} " · " {why} " · " <Ago at_ms=firing_ms /></small>
            </li>
        }
    });
    view! { <ul class="life">{all(rows)}</ul> }.into_any()
}

fn before(detail: &AlertDetail) -> AnyView {
    if detail.before.is_empty() {
        return view! {
            <Empty>"Nothing was restarted, reloaded or changed in the half hour before it fired."</Empty>
        }
        .into_any();
    }
    let time = expect_context::<PageTime>();
    let rows = detail.before.iter().map(|mark| {
        let (link, title) = (mark.link.clone(), mark.title.clone());
        view! { <li><Clocked at_ms=mark.at_ms /> " " <a href=move || time.href(&link)>{title}</a></li> }
    });
    view! { <ol class="life">{all(rows)}</ol> }.into_any()
}

fn facts(detail: &AlertDetail) -> AnyView {
    let alert = &detail.alert;
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
    if detail.is_raised && detail.starts_ms.is_none() {
        fact(
            "Raised by",
            alert
                .changes
                .first()
                .map_or_else(String::new, |it| it.by.clone()),
        );
    } else if !detail.is_raised {
        fact("Value", format::number(detail.value));
    }
    if let Some(starts_ms) = detail.starts_ms {
        fact("Sent by", alert.source.clone());
        fact("Began, as its sender says", format::exact(starts_ms));
    }
    if let Some(ends_ms) = detail.ends_ms {
        fact("Ends by itself", format::exact(ends_ms));
    }
    if let Some(until_ms) = detail.until_ms {
        fact("Acknowledged until", format::exact(until_ms));
    }
    fact(
        "Fired in the last 30 days",
        format::count(detail.fired_30d as usize, "time"),
    );
    for (name, value) in &alert.labels {
        fact(name, value.clone());
    }
    let texts = detail.annotations.iter();
    let texts = texts.filter(|(name, _)| !["summary", "description"].contains(&name.as_str()));
    let (links, texts): (Vec<_>, Vec<_>) = texts.partition(|(_, text)| is_of_web(text));
    for (name, text) in texts {
        fact(name, text.clone());
    }
    if !detail.expr.is_empty() {
        fact("Expression", detail.expr.clone());
    }
    let links = all(links.iter().map(|(name, url)| outside(url, name)));
    let origin = origin(&detail.generator_url);
    view! { {crate::facts::facts(facts)} {links} {origin} }.into_any()
}

fn is_of_web(text: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}

/// A link that leads out of the product.
fn outside(url: &str, name: &str) -> AnyView {
    let (url, name) = (url.to_owned(), name.to_owned());
    view! { <p><a href=url rel="noreferrer" target="_blank">{name}</a></p> }.into_any()
}

/// Where a sender says that an alert comes from: a link, if it is one of the web.
fn origin(url: &str) -> AnyView {
    match url {
        "" => ().into_any(),
        url if is_of_web(url) => outside(url, "Where it comes from"),
        url => view! { <p>"Comes from " {url.to_owned()}</p> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(at_ms: i64, what: AlertEvent, state: AlertState) -> AlertStep {
        AlertStep {
            at_ms,
            what,
            was: None,
            state,
            by: "ann".to_owned(),
            comment: String::new(),
            owner: "bob".to_owned(),
            until_ms: None,
        }
    }

    #[test]
    fn states_have_stretches() {
        let steps = [
            step(0, AlertEvent::Begun, AlertState::Pending),
            step(10, AlertEvent::Fired, AlertState::Firing),
            step(20, AlertEvent::Commented, AlertState::Firing),
            step(30, AlertEvent::Acknowledged, AlertState::Acknowledged),
            step(40, AlertEvent::Lapsed, AlertState::Firing),
        ];
        let found = spans(&steps, AlertState::Firing, Level::Unhealthy, 50);
        let found: Vec<_> = found
            .iter()
            .map(|span| (span.from_ms, span.to_ms))
            .collect();
        assert_eq!(found, [(10, 30), (40, 50)]);
    }

    #[test]
    fn steps_in_words() {
        for (what, expected) in [
            (AlertEvent::Acknowledged, "acknowledged by ann for bob"),
            (AlertEvent::Assigned, "assigned to bob by ann"),
            (AlertEvent::Commented, "said by ann"),
            (AlertEvent::Resolved, "resolved by ann"),
            (AlertEvent::Lapsed, "fires again"),
        ] {
            assert_eq!(told(&step(0, what, AlertState::Firing)), expected);
        }
        let by_itself = AlertStep {
            by: "rule".to_owned(),
            ..step(0, AlertEvent::Resolved, AlertState::Resolved)
        };
        assert_eq!(told(&by_itself), "resolved by itself");
    }
}
