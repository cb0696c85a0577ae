//! What a rule would have done over the last day, and what it finds now.

use leptos::prelude::*;
use ui::{Empty, StateRow, States, all, format};
use wire::{RuleFiring, RuleKind, RuleMatch, RulePreview};

/// Stretches that are listed before one has asked for more.
const FIRST: usize = 10;

/// The whole of it; `kind` is what the rule makes.
pub(super) fn outlook(preview: &RulePreview, kind: RuleKind) -> AnyView {
    let trouble = (!preview.trouble.is_empty()).then(|| {
        view! { <p class="trouble" role="status">{preview.trouble.clone()}</p> }.into_any()
    });
    let errors = all(preview.errors.iter().map(|error| {
        view! { <p class="trouble">"A text fails: " {error.clone()}</p> }
    }));
    let past = (kind == RuleKind::Alert && !preview.timeline.is_empty()).then(|| past(preview));
    view! {
        <p><strong>{said(preview, kind)}</strong></p>
        {trouble}
        {errors}
        {past}
        {matches(preview)}
    }
    .into_any()
}

/// It in a sentence.
pub(super) fn said(preview: &RulePreview, kind: RuleKind) -> String {
    let found = preview.found;
    if kind == RuleKind::Record {
        return format!("Now it makes {found} series.");
    }
    if preview.timeline.is_empty() {
        return format!("Now it holds for {found} series.");
    }
    let stretch = format::duration(preview.to_ms - preview.from_ms);
    let fired = match preview.fired {
        0 => format!("Over the last {stretch} it would not have fired"),
        1 => format!("Over the last {stretch} it would have fired once"),
        fired => format!("Over the last {stretch} it would have fired {fired} times"),
    };
    let waited = match preview.only_pending {
        0 => String::new(),
        1 => ", and waited once for nothing".to_owned(),
        waited => format!(", and waited {waited} times for nothing"),
    };
    format!("{fired}{waited}. Now it holds for {found} series.")
}

fn past(preview: &RulePreview) -> AnyView {
    let rows = vec![StateRow {
        name: "Alerts".to_owned(),
        spans: preview.timeline.clone(),
        note: format!("{}×", preview.fired),
        href: None,
    }];
    let range = (preview.from_ms, preview.to_ms);
    let (first, rest) = preview.firings.split_at(preview.firings.len().min(FIRST));
    let more = (!rest.is_empty()).then(|| {
        view! {
            <details>
                <summary>{format!("{} more", rest.len())}</summary>
                <ul class="firings">{all(rest.iter().map(firing))}</ul>
            </details>
        }
        .into_any()
    });
    view! {
        <States title="When it would have fired" rows=move || rows.clone() range=Some((move || range).into()) />
        <ul class="firings">{all(first.iter().map(firing))}</ul>
        {more}
    }
    .into_any()
}

fn firing(firing: &RuleFiring) -> AnyView {
    let begun = match firing.firing_ms {
        Some(firing_ms) => format!("fires {}", format::exact(firing_ms)),
        None => format!("waits {}", format::exact(firing.pending_ms)),
    };
    let length = firing.ended_ms.map_or_else(
        || "and still does".to_owned(),
        |end| {
            let begin = firing.firing_ms.unwrap_or(firing.pending_ms);
            format!("for {}", format::duration(end - begin))
        },
    );
    view! {
        <li>
            {begun} " " {length} " " <code>{firing.labels.clone()}</code>
        </li>
    }
    .into_any()
}

fn matches(preview: &RulePreview) -> AnyView {
    if preview.matches.is_empty() {
        return view! { <Empty>"It finds nothing now."</Empty> }.into_any();
    }
    let left = preview.found.saturating_sub(preview.matches.len() as u64);
    let more = (left > 0).then(|| view! { <p>{format!("… and {left} more")}</p> }.into_any());
    view! {
        <h3>"What it finds now"</h3>
        <ul class="matches">{all(preview.matches.iter().map(one))}</ul>
        {more}
    }
    .into_any()
}

fn one(found: &RuleMatch) -> AnyView {
    let texts = all(found.annotations.iter().map(|(name, text)| {
        view! { <div><dt>{name.clone()}</dt> <dd>{text.clone()}</dd></div> }
    }));
    view! {
        <li>
            <code>{found.labels.clone()}</code> " = " <b>{found.value.clone()}</b>
            <dl class="facts">{texts}</dl>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{Level, StateSpan};

    #[test]
    fn in_a_sentence() {
        let mut preview = RulePreview {
            mistakes: Vec::new(),
            trouble: String::new(),
            from_ms: 0,
            to_ms: 7_200_000,
            step_ms: 15_000,
            fired: 0,
            only_pending: 0,
            timeline: Vec::new(),
            firings: Vec::new(),
            found: 2,
            matches: Vec::new(),
            errors: Vec::new(),
        };
        let alert = RuleKind::Alert;
        assert_eq!(said(&preview, alert), "Now it holds for 2 series.");
        preview.timeline.push(StateSpan {
            from_ms: 0,
            to_ms: 7_200_000,
            level: Level::Healthy,
        });
        let said_now = said(&preview, alert);
        assert!(
            said_now.ends_with("it would not have fired. Now it holds for 2 series."),
            "{said_now}"
        );
        (preview.fired, preview.only_pending) = (3, 1);
        let said_now = said(&preview, alert);
        assert!(
            said_now.contains("have fired 3 times, and waited once for nothing"),
            "{said_now}"
        );
        assert_eq!(said(&preview, RuleKind::Record), "Now it makes 2 series.");
    }
}
