//! The history of all alerts: what is looked for stands in the address, and what is found below it, in pages.

use leptos::prelude::*;
use ui::{Ago, Empty, PageTime, all, format};
use wire::{AlertEvent, HistoryPage, HistoryQuery, HistoryRow, Severity};

use super::detail::told;
use crate::address::Address;
use crate::labelled::choice;
use crate::searched;

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) query: HistoryQuery,
    /// Of how many last days; of all that are kept where missing.
    pub(crate) days: Option<i64>,
}

impl Asked {
    /// What the address of the page asks for.
    pub(crate) fn of(address: Address) -> Self {
        address.query.with(|query| {
            let text = |name: &str| query.get(name).unwrap_or_default();
            Self {
                query: HistoryQuery {
                    text: text("text"),
                    server: text("server"),
                    severity: text("severity"),
                    what: text("what"),
                    person: text("person"),
                    after: text("after"),
                    ..HistoryQuery::default()
                },
                days: text("days").parse().ok(),
            }
        })
    }

    /// As it stands in an address; the page after a place.
    fn address(&self, after: &str) -> String {
        let query = &self.query;
        let days = self.days.map_or_else(String::new, |days| days.to_string());
        let parts = [
            ("text", query.text.as_str()),
            ("server", &query.server),
            ("severity", &query.severity),
            ("what", &query.what),
            ("person", &query.person),
            ("days", &days),
            ("after", after),
        ];
        searched::address("/alerts/history", &parts)
    }

    /// A number that is another for another question.
    pub(crate) fn version(&self) -> u32 {
        searched::version(&self.address(&self.query.after))
    }

    /// What of it an export knows: the server, and how far back.
    pub(crate) fn exported(&self) -> String {
        searched::query(&[
            ("table", "alert-history"),
            ("server", &self.query.server),
            ("last_ms", &searched::last_ms(self.days)),
        ])
    }
}

/// The form above it. Without a script it is sent as it is.
pub(crate) fn filter(address: Address, asked: &Asked) -> AnyView {
    let query = &asked.query;
    let days = asked.days.map_or_else(String::new, |days| days.to_string());
    let severities = Severity::ALL.iter().map(|it| it.as_str());
    let severities = searched::words("any severity", severities);
    let whats = AlertEvent::ALL.iter().map(|it| it.as_str());
    let whats = searched::words("whatever happened", whats);
    let written = |text: &str| RwSignal::new(text.to_owned());
    let fields = [
        ("text", written(&query.text)),
        ("server", written(&query.server)),
        ("person", written(&query.person)),
        ("severity", written(&query.severity)),
        ("what", written(&query.what)),
        ("days", written(&days)),
        // Another question begins with its first page.
        ("after", written("")),
    ];
    let submit = searched::submit(address, fields);
    let [text, server, person, severity, what, days, _] = fields;
    view! {
        <form class="history-filter" method="get" action="/alerts/history" on:submit=submit>
            {field(text, "Words")} {field(server, "Server")} {field(person, "Who")}
            {chosen(severity, "Severity", severities)} {chosen(what, "What happened", whats)}
            {chosen(days, "When", searched::days())}
            <button class="primary" type="submit">"Search"</button>
        </form>
    }
    .into_any()
}

fn field((name, text): (&'static str, RwSignal<String>), label: &'static str) -> AnyView {
    view! {
        <label class="hidden-label" for=name>{label}</label>
        <input
            id=name
            name=name
            placeholder=label
            value=text.get_untracked()
            autocomplete="off"
            on:input:target=move |event| text.set(event.target().value())
        />
    }
    .into_any()
}

fn chosen(
    (name, text): (&'static str, RwSignal<String>),
    label: &'static str,
    options: Vec<(String, String)>,
) -> AnyView {
    choice(name.to_owned(), name, label, text, options)
}

/// What was found.
pub(crate) fn found(asked: &Asked, page: &HistoryPage) -> AnyView {
    if page.rows.is_empty() {
        return view! { <Empty>"Nothing of that kind has happened within what is kept (retention.alerts)."</Empty> }
            .into_any();
    }
    let time = expect_context::<PageTime>();
    let rows = all(page.rows.iter().map(|found| row(found, time)));
    let newest = (!asked.query.after.is_empty()).then(|| asked.address(""));
    let older = (!page.next.is_empty()).then(|| asked.address(&page.next));
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Alert"</th>
                        <th scope="col">"What happened"</th>
                        <th scope="col">"Who has it"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {searched::pages(newest, older)}
    }
    .into_any()
}

fn row(found: &HistoryRow, time: PageTime) -> AnyView {
    let step = &found.step;
    let path = format!("/alerts/{}", found.alert);
    let name = match found.summary.as_str() {
        "" => found.rule.clone(),
        summary => summary.to_owned(),
    };
    let about = [&found.rule, &found.server, &found.severity];
    let about: Vec<_> = about
        .into_iter()
        .filter(|it| !it.is_empty())
        .cloned()
        .collect();
    let said = (!step.comment.is_empty())
        .then(|| view! { <small>{step.comment.clone()}</small> }.into_any());
    view! {
        <tr>
            <td title=format::exact(step.at_ms)><Ago at_ms=step.at_ms /></td>
            <th scope="row">
                <a href=move || time.href(&path)>{name}</a>
                <small>{about.join(" · ")}</small>
            </th>
            <td>{told(step)} " " {said}</td>
            <td>{step.owner.clone()}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let asked = Asked {
            query: HistoryQuery {
                text: "full disk".to_owned(),
                server: "a&b".to_owned(),
                ..HistoryQuery::default()
            },
            days: Some(7),
        };
        let address = "/alerts/history?text=full%20disk&server=a%26b&days=7";
        assert_eq!(asked.address(""), address);
        assert_eq!(asked.address("5.3"), format!("{address}&after=5.3"));
        assert_eq!(
            asked.exported(),
            "table=alert-history&server=a%26b&last_ms=604800000"
        );
        assert_eq!(Asked::default().address(""), "/alerts/history");
        assert_ne!(asked.version(), Asked::default().version());
    }
}
