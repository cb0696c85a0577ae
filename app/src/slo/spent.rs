//! What spent a budget: its parts, and the incidents that cost most.

use leptos::prelude::*;
use ui::{BarItem, BarList, Empty, PageTime, all, time};
use wire::{Incident, IndicatorKind, ObjectiveDetail, SpentPart, TimeRange, path_segment};

use super::words::{amount, lasted, minutes, share, stretch};

/// Time that is shown around an incident, in milliseconds.
const AROUND_MS: i64 = 600_000;

/// The parts, the most first.
pub(super) fn parts(shown: RwSignal<ObjectiveDetail>) -> AnyView {
    let time = expect_context::<PageTime>();
    let items = move || {
        shown.with(|it| {
            let kind = it.objective.draft.kind;
            let item = |part: &SpentPart| BarItem {
                href: part
                    .labels
                    .get("server")
                    .map(|server| time.href(&format!("/servers/{}", path_segment(server)))),
                ..item(kind, part)
            };
            it.parts.iter().map(item).collect::<Vec<_>>()
        })
    };
    let is_told_apart = move || shown.with(|it| !it.parts.is_empty());
    let nothing = move || {
        let (spent, is_apart) = shown.with(|it| {
            let has_parts = !it.objective.draft.parts.is_empty();
            (it.objective.budget.spent, has_parts)
        });
        let text = match (spent > 0.0, is_apart) {
            (false, _) => "Nothing of the budget is spent.",
            (true, false) => {
                "It is not told apart: name labels such as server or tool in the objective."
            }
            (true, true) => "Nothing was bad in this stretch of time.",
        };
        view! { <Empty>{text}</Empty> }
    };
    ui::when_else(
        is_told_apart,
        move || view! { <BarList title="What spent the budget" items=items full=Some(1.0) /> },
        nothing,
    )
}

/// A part as a bar.
pub(super) fn item(kind: IndicatorKind, part: &SpentPart) -> BarItem {
    BarItem {
        name: named(part),
        value: part.share,
        text: format!("{} · {}", share(part.share), amount(kind, part.spent)),
        ..BarItem::default()
    }
}

/// What a part is called.
pub(super) fn named(part: &SpentPart) -> String {
    let labels = part.labels.iter().filter(|(_, value)| !value.is_empty());
    let labels: Vec<_> = labels
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    match labels.is_empty() {
        true => "the rest".to_owned(),
        false => labels.join(", "),
    }
}

/// What cost most.
pub(super) fn incidents(shown: RwSignal<ObjectiveDetail>) -> AnyView {
    // What stays the same is not made anew, so that it keeps the focus.
    let known =
        Memo::new(move |_| shown.with(|it| (it.incidents.clone(), it.objective.draft.kind)));
    let page_time = expect_context::<PageTime>();
    let rows = move || {
        known.with(|(incidents, kind)| {
            if incidents.is_empty() {
                return view! { <Empty>"No minute was worse than the target allows."</Empty> }
                    .into_any();
            }
            let row = |it: &Incident| row(it, *kind, page_time);
            view! { <ol class="incidents">{all(incidents.iter().map(row))}</ol> }.into_any()
        })
    };
    view! { {move || rows()} }.into_any()
}

fn row(it: &Incident, kind: IndicatorKind, page_time: PageTime) -> AnyView {
    let (from_ms, to_ms) = (it.from_ms, it.to_ms);
    let end_ms = to_ms.unwrap_or(from_ms + it.bad_minutes as i64 * 60_000);
    let closer = time::to_query(TimeRange::Between(from_ms - AROUND_MS, end_ms + AROUND_MS));
    let closer = format!("{}?{closer}", super::words::address(&it.objective));
    let when = move || stretch(from_ms, end_ms, page_time.zone.get());
    let lasted = lasted(from_ms, to_ms);
    let bad = format!("{} bad", minutes(it.bad_minutes as f64));
    let cost = share(it.share);
    view! {
        <li>
            <p>
                <b>{cost} " of the budget"</b> {format!(", {}", amount(kind, it.spent))}
            </p>
            <p class="when">
                <a href=closer><time datetime=ui::format::machine(from_ms)>{move || when()}</time></a>
                {format!(" · {lasted} · {bad}")}
            </p>
            {alerts(it, page_time)}
        </li>
    }
    .into_any()
}

/// The alerts that fired in it.
fn alerts(it: &Incident, page_time: PageTime) -> AnyView {
    if it.alerts.is_empty() {
        return ().into_any();
    }
    let titles = it.titles.iter().map(Some).chain(std::iter::repeat(None));
    let links = all(it.alerts.iter().zip(titles).map(|(id, title)| {
        let href = format!("/alerts/{}", path_segment(id));
        let title = title
            .filter(|title| !title.is_empty())
            .unwrap_or(id)
            .clone();
        view! { <a href=move || page_time.href(&href)>{title}</a> " " }
    }));
    view! { <p class="when">"Alerts: " {links}</p> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_by_their_labels() {
        let part = |labels: &[(&str, &str)]| SpentPart {
            labels: labels
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            spent: 12.0,
            share: 0.25,
        };
        assert_eq!(named(&part(&[])), "the rest");
        assert_eq!(named(&part(&[("tool", "")])), "the rest");
        assert_eq!(
            named(&part(&[("server", "fs"), ("tool", "read")])),
            "server fs, tool read"
        );
        let shown = item(IndicatorKind::Freshness, &part(&[("server", "fs")]));
        assert_eq!(shown.text, "25 % · 12 min");
    }
}
