//! What was sent: what is looked for stands in the address, and what is found below it, in pages, the newest first.

use leptos::prelude::*;
use ui::{Ago, Empty, PageTime, all, format};
use wire::{SendReason, Sent, SentPage, SentQuery, SentState};

use super::api::send_again;
use super::words::{attempts, contents, read, state_badge, written};
use crate::address::Address;
use crate::labelled::{choice, input};
use crate::searched;

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) query: SentQuery,
    /// Of how many last days; of all that are kept where missing.
    pub(crate) days: Option<i64>,
}

impl Asked {
    /// What the address of the page asks for.
    pub(crate) fn of(address: Address) -> Self {
        address.query.with(|query| {
            let text = |name: &str| query.get(name).unwrap_or_default();
            Self {
                query: SentQuery {
                    text: text("text"),
                    receiver: text("receiver"),
                    state: text("state"),
                    reason: text("reason"),
                    alert: text("alert"),
                    after: text("after"),
                    ..SentQuery::default()
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
            ("receiver", &query.receiver),
            ("state", &query.state),
            ("reason", &query.reason),
            ("alert", &query.alert),
            ("days", &days),
            ("after", after),
        ];
        searched::address("/alerts/sent", &parts)
    }

    /// A number that is another for another question.
    pub(crate) fn version(&self) -> u32 {
        searched::version(&self.address(&self.query.after))
    }

    /// The file of it.
    pub(crate) fn exported(&self) -> String {
        let asked = &self.query;
        searched::query(&[
            ("table", "notifications"),
            ("text", &asked.text),
            ("receiver", &asked.receiver),
            ("state", &asked.state),
            ("reason", &asked.reason),
            ("last_ms", &searched::last_ms(self.days)),
        ])
    }
}

/// The form above it. Without a script it is sent as it is.
pub(crate) fn filter(address: Address, asked: &Asked) -> AnyView {
    let query = &asked.query;
    let days = asked.days.map_or_else(String::new, |days| days.to_string());
    let states = SentState::ALL.iter().map(|it| it.as_str());
    let states = searched::words("whatever became of it", states);
    let reasons = SendReason::ALL.iter().map(|it| it.as_str());
    let reasons = searched::words("for any reason", reasons);
    let written = |text: &str| RwSignal::new(text.to_owned());
    let fields = [
        ("text", written(&query.text)),
        ("receiver", written(&query.receiver)),
        ("state", written(&query.state)),
        ("reason", written(&query.reason)),
        ("days", written(&days)),
        // Another question begins with its first page.
        ("after", written("")),
    ];
    let submit = searched::submit(address, fields);
    let [text, receiver, state, reason, days, _] = fields;
    let field =
        |(name, text): (&'static str, _), label| input(format!("sent-{name}"), name, label, text);
    let chosen = |(name, text): (&'static str, _), label, options| {
        choice(format!("sent-{name}"), name, label, text, options)
    };
    view! {
        <form class="notify-form" method="get" action="/alerts/sent" on:submit=submit>
            {field(text, "Words")} {field(receiver, "Receiver")}
            {chosen(state, "What became of it", states)} {chosen(reason, "Why", reasons)}
            {chosen(days, "When", searched::days())}
            <button class="primary" type="submit">"Search"</button>
        </form>
    }
    .into_any()
}

/// What was found.
pub(crate) fn found(asked: &Asked, page: &SentPage) -> AnyView {
    if page.rows.is_empty() {
        return view! { <Empty>"Nothing of that kind was sent within what is kept."</Empty> }
            .into_any();
    }
    let newest = (!asked.query.after.is_empty()).then(|| asked.address(""));
    let older = (!page.next.is_empty()).then(|| asked.address(&page.next));
    view! {
        {table(&page.rows)}
        {searched::pages(newest, older)}
    }
    .into_any()
}

/// Messages as a table.
pub(crate) fn table(rows: &[Sent]) -> AnyView {
    let time = expect_context::<PageTime>();
    let rows = all(rows.iter().map(|sent| row(sent, time)));
    view! {
        <div class="scroll" tabindex="0">
            <table class="sent">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"To whom"</th>
                        <th scope="col">"Why"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"What became of it"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(sent: &Sent, time: PageTime) -> AnyView {
    let alerts = all(sent.alerts.iter().map(|alert| {
        let (path, title) = (format!("/alerts/{}", alert.id), alert.title.clone());
        let word = if alert.is_firing { "" } else { " (over)" };
        // The alert of a test or a heartbeat is made up: it has no page.
        match sent.reason {
            SendReason::Test | SendReason::Heartbeat => {
                view! { <li>{title} {word}</li> }.into_any()
            }
            SendReason::Report => {
                view! { <li><a href=move || time.href("/slo/reports")>{title}</a></li> }.into_any()
            }
            _ => view! { <li><a href=move || time.href(&path)>{title}</a> {word}</li> }.into_any(),
        }
    }));
    let count = (sent.firing + sent.resolved) as usize;
    let more = count.saturating_sub(sent.alerts.len());
    let more = (more > 0).then(|| format!("and {} more", format::grouped(more)));
    let group = match sent.group_labels.is_empty() {
        true => "all alerts".to_owned(),
        false => written(&sent.group_labels),
    };
    let next = sent
        .next_ms
        .map(|at_ms| format!("; again {}", format::exact(at_ms)));
    let answer = (!sent.answer.is_empty())
        .then(|| view! { <p class="answer"><code>{sent.answer.clone()}</code></p> }.into_any());
    let again =
        matches!(sent.state, SentState::Failed | SentState::GivenUp).then(|| again(sent.id));
    let target = format!("{} {}", sent.kind, sent.target);
    view! {
        <tr>
            <td title=format::exact(sent.at_ms)><Ago at_ms=sent.at_ms /></td>
            <th scope="row">{sent.receiver.clone()} <small>{target}</small></th>
            <td>{sent.reason.as_str()} <small>{group}</small></td>
            <td>{contents(sent)} <ul class="life">{alerts}</ul> {more}</td>
            <td>
                {state_badge(sent.state)} " " <small>{attempts(sent)} {next}</small>
                {answer}
                {again}
            </td>
        </tr>
    }
    .into_any()
}

fn again(id: i64) -> AnyView {
    let send = move |_| {
        leptos::task::spawn_local(async move {
            match read(send_again(id).await) {
                Ok(_) => ui::notify("It is sent once more", false),
                Err(problem) => ui::notify(problem.to_string(), true),
            }
        });
    };
    view! { <button data-needs-script on:click=send>"Send again"</button> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let asked = Asked {
            query: SentQuery {
                receiver: "on call".to_owned(),
                state: "given up".to_owned(),
                ..SentQuery::default()
            },
            days: Some(7),
        };
        let address = "/alerts/sent?receiver=on%20call&state=given%20up&days=7";
        assert_eq!(asked.address(""), address);
        assert_eq!(asked.address("5"), format!("{address}&after=5"));
        assert_eq!(
            asked.exported(),
            "table=notifications&receiver=on%20call&state=given%20up&last_ms=604800000"
        );
        assert_eq!(Asked::default().address(""), "/alerts/sent");
        assert_ne!(asked.version(), Asked::default().version());
    }
}
