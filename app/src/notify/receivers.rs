//! Who can be told: every channel of every receiver, how it does, what it answered, and a test.

use leptos::prelude::*;
use ui::{Ago, Empty, PageTime, all, each, format};
use wire::{ChannelHealth, Receiver, ReceiverChannel, TemplateDraft, TestAnswer, path_segment};

use super::api::{preview_template, test_receiver};
use super::words::{health_badge, read};
use crate::labelled::input;

/// What the receivers come to.
pub(crate) fn headline(receivers: &[Receiver]) -> String {
    let channels = || receivers.iter().flat_map(|it| &it.channels);
    let failing: Vec<_> = receivers
        .iter()
        .filter(|it| {
            let mut channels = it.channels.iter();
            channels.any(|it| it.health == ChannelHealth::Failing)
        })
        .map(|it| it.name.as_str())
        .collect();
    let queued: u64 = channels().map(|it| it.queued).sum();
    let waiting = match queued {
        0 => String::new(),
        1 => "; 1 message waits".to_owned(),
        queued => format!("; {} wait", format::count(queued as usize, "message")),
    };
    let all = format::count(receivers.len(), "receiver");
    match failing.as_slice() {
        [] => format!("{all}, none fails{waiting}"),
        [name] => format!("{all}; {name} cannot be reached{waiting}"),
        names => format!("{} of {all} cannot be reached{waiting}", names.len()),
    }
}

/// All of them.
pub(crate) fn list(shown: RwSignal<Vec<Receiver>>) -> AnyView {
    let names = move || shown.with(|all| all.iter().map(|it| it.name.clone()).collect());
    let has_none = move || shown.with(Vec::is_empty);
    let card = move |name: String| card(shown, name);
    view! {
        {ui::when(has_none, || view! { <Empty>"No receiver is configured. Write one into the text of the routes."</Empty> })}
        <ul class="receivers">{each(names, String::clone, card)}</ul>
    }
    .into_any()
}

/// A receiver stays where it is while its channels change: an answer to a test goes on standing there.
fn card(shown: RwSignal<Vec<Receiver>>, name: String) -> AnyView {
    let id = format!("receiver-{}", path_segment(&name));
    let title = name.clone();
    let now = {
        let name = name.clone();
        Memo::new(move |_| shown.with(|all| all.iter().find(|it| it.name == name).cloned()))
    };
    let about = move || now.with(|it| it.as_ref().map(about));
    let channels = move || now.with(|it| it.as_ref().map(channels));
    let answers = RwSignal::new(None::<Vec<TestAnswer>>);
    let is_busy = RwSignal::new(false);
    let of_test = name.clone();
    let test = move |_| {
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let name = of_test.clone();
        leptos::task::spawn_local(async move {
            let outcome = read(test_receiver(name).await);
            // The page may have been left.
            is_busy.try_set(false);
            match outcome {
                Ok(said) => _ = answers.try_set(Some(said)),
                Err(problem) => ui::notify(problem.to_string(), true),
            }
        });
    };
    let said = move || answers.with(|it| it.as_ref().map(|it| told(it)));
    let word = move || match is_busy.get() {
        true => "Waiting for the answer …",
        false => "Send a test",
    };
    let sent = format!("/alerts/sent?receiver={}", path_segment(&name));
    let time = expect_context::<PageTime>();
    view! {
        <li id=id>
            <header><h3>{title}</h3></header>
            {move || about()}
            {move || channels()}
            <div class="actions">
                <button
                    data-needs-script
                    aria-label=format!("Send a test to {name}")
                    disabled=move || is_busy.get()
                    on:click=test
                >
                    {move || word().to_owned()}
                </button>
                <a href=move || time.href(&sent)>"What it was sent"</a>
            </div>
            <div role="status">{move || said()}</div>
        </li>
    }
    .into_any()
}

fn about(receiver: &Receiver) -> AnyView {
    let mut facts = Vec::new();
    let routes = receiver.routes.len();
    facts.push(match (routes, receiver.also.is_empty()) {
        (0, true) => "Nothing leads to it".to_owned(),
        (0, false) => format!("Told by {}", receiver.also.join(", ")),
        (_, true) => format!("{} to it", format::count(routes, "route")),
        (_, false) => format!(
            "{} to it · also told by {}",
            format::count(routes, "route"),
            receiver.also.join(", ")
        ),
    });
    if !receiver.flood.is_empty() {
        facts.push(format!("at most {}", receiver.flood));
    }
    if !receiver.rotas.is_empty() {
        facts.push(format!(
            "tells who is on call in {}",
            receiver.rotas.join(", ")
        ));
    }
    view! { <p class="about">{facts.join(" · ")}</p> }.into_any()
}

fn channels(receiver: &Receiver) -> AnyView {
    if receiver.channels.is_empty() && !receiver.rotas.is_empty() {
        return ().into_any();
    }
    if receiver.channels.is_empty() {
        return view! { <p class="about">"It has no channel: what is sent to it goes nowhere."</p> }
            .into_any();
    }
    let rows = all(receiver.channels.iter().map(channel));
    view! { <ul class="channels">{rows}</ul> }.into_any()
}

fn channel(it: &ReceiverChannel) -> AnyView {
    let resolved = match it.sends_resolved {
        true => "",
        false => "not told of ends · ",
    };
    let attempted = it
        .attempted_ms
        .map(|at_ms| view! { "tried " <Ago at_ms=at_ms /> }.into_any());
    let succeeded = it
        .succeeded_ms
        .filter(|_| it.health == ChannelHealth::Failing)
        .map(|at_ms| view! { " · last arrived " <Ago at_ms=at_ms /> }.into_any());
    let queued = (it.queued > 0).then(|| {
        let oldest = it
            .oldest_ms
            .map(|at_ms| view! { ", the oldest since " <Ago at_ms=at_ms /> }.into_any());
        view! { <p class="queued">{format::count(it.queued as usize, "message")} " waiting" {oldest}</p> }
            .into_any()
    });
    let cause = match it.cause.as_str() {
        "" => String::new(),
        cause => format!("{cause}: "),
    };
    let answer = (!it.answer.is_empty() || !cause.is_empty()).then(|| {
        view! { <p class="answer">{cause} <code>{it.answer.clone()}</code></p> }.into_any()
    });
    view! {
        <li>
            <p>
                {health_badge(it.health)} " " <b>{it.kind.clone()}</b> " " <code>{it.target.clone()}</code>
                <small>{resolved} {attempted} {succeeded}</small>
            </p>
            {queued}
            {answer}
        </li>
    }
    .into_any()
}

/// What the channels said to a test.
fn told(answers: &[TestAnswer]) -> AnyView {
    if answers.is_empty() {
        return view! { <p>"It has no channel, so nothing was sent."</p> }.into_any();
    }
    let rows = all(answers.iter().map(|it| {
        let health = match it.is_ok {
            true => ChannelHealth::Ok,
            false => ChannelHealth::Failing,
        };
        let took = match it.cause.as_str() {
            "" => format!(" after {}", format::seconds(it.seconds)),
            cause => format!(" after {}: {cause}", format::seconds(it.seconds)),
        };
        let (kind, answer) = (it.kind.clone(), it.answer.clone());
        view! { <li>{health_badge(health)} " " <b>{kind}</b> {took} " " <code>{answer}</code></li> }
    }));
    view! { <p>"The test:"</p> <ul class="channels">{rows}</ul> }.into_any()
}

/// A template is written, and what it makes of an alert is shown.
pub(crate) fn template() -> AnyView {
    let text = RwSignal::new(
        "{{ .CommonLabels.alertname }}: {{ range .Alerts }}{{ .Annotations.summary }} {{ end }}"
            .to_owned(),
    );
    let alert = RwSignal::new(String::new());
    let shown = RwSignal::new(None::<wire::TemplatePreview>);
    let run = move |_| {
        let draft = TemplateDraft {
            text: text.get_untracked(),
            alert: alert.get_untracked().trim().to_owned(),
        };
        leptos::task::spawn_local(async move {
            match read(preview_template(draft).await) {
                Ok(preview) => _ = shown.try_set(Some(preview)),
                Err(problem) => ui::notify(problem.to_string(), true),
            }
        });
    };
    let outcome = move || {
        shown.with(|shown| {
            let shown = shown.as_ref()?;
            let error = (!shown.error.is_empty())
                .then(|| view! { <p class="trouble">{shown.error.clone()}</p> }.into_any());
            Some(view! { <pre class="template-text">{shown.text.clone()}</pre> {error} }.into_any())
        })
    };
    view! {
        <div data-needs-script>
            <label for="template-text">"A template, in Go's language with Alertmanager's data and functions"</label>
            <textarea
                id="template-text"
                class="routes-text"
                rows="5"
                spellcheck="false"
                prop:value=move || text.get()
                on:input:target=move |event| text.set(event.target().value())
            >
                {text.get_untracked()}
            </textarea>
            <div class="notify-form">
                {input("template-alert".to_owned(), "alert", "Id of an alert; one is made up where empty", alert)}
                <button class="primary" on:click=run>"What does it make?"</button>
            </div>
            <div role="status">{move || outcome()}</div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(name: &str, health: ChannelHealth, queued: u64) -> Receiver {
        Receiver {
            name: name.to_owned(),
            channels: vec![ReceiverChannel {
                kind: "webhook".to_owned(),
                target: "http://a".to_owned(),
                sends_resolved: true,
                health,
                attempted_ms: None,
                succeeded_ms: None,
                answer: String::new(),
                cause: String::new(),
                queued,
                oldest_ms: None,
            }],
            flood: String::new(),
            rotas: Vec::new(),
            routes: Vec::new(),
            also: Vec::new(),
        }
    }

    #[test]
    fn who_cannot_be_reached_is_named() {
        use ChannelHealth::{Failing, Ok, Unknown};
        let all = |of: &[(&str, ChannelHealth, u64)]| {
            let all: Vec<_> = of.iter().map(|it| receiver(it.0, it.1, it.2)).collect();
            headline(&all)
        };
        assert_eq!(all(&[("a", Ok, 0)]), "1 receiver, none fails");
        assert_eq!(
            all(&[("a", Failing, 3), ("b", Unknown, 0)]),
            "2 receivers; a cannot be reached; 3 messages wait"
        );
        assert_eq!(
            all(&[("a", Ok, 1)]),
            "1 receiver, none fails; 1 message waits"
        );
        assert_eq!(
            all(&[("a", Failing, 0), ("b", Failing, 0)]),
            "2 of 2 receivers cannot be reached"
        );
    }
}
