//! What there is about alerts, each a page of its own, as links in a row above it.

use leptos::prelude::*;
use ui::{PageTime, all};

/// Address and name of each page.
const PARTS: &[(&str, &str)] = &[
    ("/alerts", "Alerts"),
    ("/alerts/history", "History"),
    ("/alerts/windows", "Quiet times"),
    ("/alerts/rules", "Rules"),
    ("/alerts/routes", "Routes"),
    ("/alerts/receivers", "Receivers"),
    ("/alerts/sent", "Notifications"),
    ("/alerts/on-call", "On call"),
];

/// The links; the page at `path` is the one that is shown.
pub(super) fn alert_parts(path: &'static str) -> AnyView {
    let time = expect_context::<PageTime>();
    let links = PARTS.iter().map(move |&(to, name)| {
        let current = (to == path).then_some("page");
        view! { <a href=move || time.href(to) aria-current=current>{name}</a> }
    });
    view! { <nav class="parts" aria-label="Alerts">{all(links)}</nav> }.into_any()
}
