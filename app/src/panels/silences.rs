//! Silences: what is silent, until when and why; and a new one, with what it would be about.

use leptos::prelude::*;
use ui::{
    Cell, Column, Empty, FieldInfo, FieldKind, LiveState, SelectField, Table, TableAction,
    TableRow, TextField, effect, format, notify,
};
use wire::{Alert, Silence, SilenceDraft, SilencePhase, TableName, Unit};

use super::{Panel, Scope};
use crate::address::Address;
use crate::alerts::load_alert;
use crate::api::{add_silence, end_silence, load_silences, preview_silence};
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};

pub(crate) const PANEL: Panel = Panel {
    id: "silences",
    title: "Silences",
    export: Some(TableName::Silences),
    view: |_: &Scope| {
        let loaded = Loaded::<Vec<Silence>>::once(load_silences);
        seeded_with(Room::Tall, loaded, |live, first| {
            let silences = kept_new(live, first, || true, load_silences);
            view! { {form(live, silences)} {table(silences)} }.into_any()
        })
    },
};

/// How long a silence may last, in hours: as it is chosen, and as it is called.
const LENGTHS: [(&str, &str); 6] = [
    ("1", "1 hour"),
    ("2", "2 hours"),
    ("8", "8 hours"),
    ("24", "1 day"),
    ("72", "3 days"),
    ("168", "1 week"),
];
const HOUR_MS: i64 = 3_600_000;
/// Labels that say nothing of which alert it is.
const NOT_WHICH: [&str; 2] = ["severity", "team"];
/// Alerts of a preview that are named.
const NAMED: usize = 5;

/// What is being written.
#[derive(Clone, Copy)]
struct Draft {
    matchers: RwSignal<String>,
    hours: RwSignal<String>,
    by: RwSignal<String>,
    comment: RwSignal<String>,
    problem: RwSignal<Option<String>>,
}

impl Draft {
    fn read(self) -> SilenceDraft {
        let hours: i64 = self.hours.get_untracked().parse().unwrap_or(1);
        SilenceDraft {
            matchers: self.matchers.get_untracked(),
            lasts_ms: Some(hours * HOUR_MS),
            by: self.by.get_untracked(),
            comment: self.comment.get_untracked(),
            ..SilenceDraft::default()
        }
    }
}

/// The matchers that are about one alert alone.
fn about(alert: &Alert) -> String {
    let which = alert.labels.iter();
    let which = which.filter(|(name, _)| !NOT_WHICH.contains(&name.as_str()));
    let matcher = |(name, value): (&String, &String)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{name}=\"{}\"", value.replace('\n', "\\n"))
    };
    which.map(matcher).collect::<Vec<_>>().join(", ")
}

fn form(live: LiveState, silences: RwSignal<Vec<Silence>>) -> AnyView {
    let text = |text: &str| RwSignal::new(text.to_owned());
    let draft = Draft {
        matchers: text(""),
        hours: text("2"),
        by: text(""),
        comment: text(""),
        problem: RwSignal::new(None),
    };
    prefill(live, draft.matchers);
    let found = RwSignal::new(None::<Vec<Alert>>);
    follow(draft, found);
    let lengths = || {
        let lengths = LENGTHS.map(|(hours, called)| (hours.to_owned(), called.to_owned()));
        lengths.to_vec()
    };
    let preview = move || found.with(|found| found.as_ref().map(|found| said(found)));
    let info = FieldInfo::new("silence-matchers", "Which alerts")
        .hint("alertname=\"MCPServerDown\", server=~\"files|web\": all of them have to match.")
        .problem(move || draft.problem.get())
        .required();
    view! {
        <div class="halves" data-needs-script>
            <div>
                <TextField info=info value=draft.matchers kind=FieldKind::Code />
                <p role="status">{move || preview()}</p>
            </div>
            <div>
                <SelectField info=FieldInfo::new("silence-for", "For") value=draft.hours options=lengths />
                <TextField info=FieldInfo::new("silence-by", "Your name") value=draft.by />
                <TextField info=FieldInfo::new("silence-why", "Why") value=draft.comment />
                <button class="primary" on:click=move |_| add(draft, silences)>"Silence"</button>
            </div>
        </div>
    }
    .into_any()
}

/// An alert that leads here brings its matchers along.
fn prefill(live: LiveState, matchers: RwSignal<String>) {
    let address = Address::here();
    effect(move || {
        let Some(id) = address.query.with(|query| query.get("silence")) else {
            return;
        };
        let wanted = live.alerts.with_untracked(|alerts| {
            let alert = alerts.iter().find(|alert| alert.id == id);
            alert.map(about)
        });
        if let Some(wanted) = wanted {
            return matchers.set(wanted);
        }
        // It is not among the worst.
        leptos::task::spawn_local(async move {
            if let Ok(answer) = load_alert(id).await
                && let Ok(detail) = answer.read()
            {
                matchers.try_set(about(&detail.alert));
            }
        });
    });
}

/// Asks what the matchers are about, whenever they change.
fn follow(draft: Draft, found: RwSignal<Option<Vec<Alert>>>) {
    effect(move || {
        let matchers = draft.matchers.get();
        draft.problem.set(None);
        if matchers.trim().is_empty() {
            found.set(None);
            return;
        }
        leptos::task::spawn_local(async move {
            let answer = preview_silence(matchers.clone()).await;
            let answer = answer.map_err(|failure| failure.0);
            // What is written goes on meanwhile.
            if draft.matchers.try_get_untracked().as_ref() != Some(&matchers) {
                return;
            }
            match answer.and_then(|answer| answer.read()) {
                Ok(alerts) => {
                    found.try_set(Some(alerts));
                }
                Err(problem) => {
                    found.try_set(None);
                    draft.problem.try_set(Some(problem.to_string()));
                }
            }
        });
    });
}

/// What a silence would be about.
fn said(alerts: &[Alert]) -> String {
    let named: Vec<_> = alerts
        .iter()
        .take(NAMED)
        .map(|alert| alert.summary.as_str())
        .collect();
    let more = match alerts.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match alerts.len() {
        0 => "No alert that is open now; those to come that match will be silent.".to_owned(),
        count => format!(
            "{}: {}{more}.",
            format::count(count, "open alert"),
            named.join("; ")
        ),
    }
}

fn add(draft: Draft, silences: RwSignal<Vec<Silence>>) {
    leptos::task::spawn_local(async move {
        let answer = add_silence(draft.read()).await;
        let answer = answer.map_err(|failure| failure.0);
        match answer.and_then(|answer| answer.read()) {
            Ok(silence) => {
                draft.matchers.try_set(String::new());
                draft.comment.try_set(String::new());
                let until = format::exact(silence.ends_ms);
                notify(format!("Silent until {until}"), false);
                silences.try_update(|silences| silences.insert(0, silence));
            }
            Err(problem) => {
                draft.problem.try_set(Some(problem.to_string()));
            }
        }
    });
}

fn table(silences: RwSignal<Vec<Silence>>) -> AnyView {
    let end = TableAction::new("End now", move |ids: Vec<String>| {
        leptos::task::spawn_local(async move {
            for id in ids {
                let answer = end_silence(id.clone()).await;
                let answer = answer.map_err(|failure| failure.0);
                match answer.and_then(|answer| answer.read()) {
                    Ok(ended) => {
                        silences.try_update(|silences| {
                            let mine = silences.iter_mut().find(|it| it.id == id);
                            if let Some(mine) = mine {
                                *mine = ended;
                            }
                        });
                    }
                    Err(problem) => notify(problem.to_string(), true),
                }
            }
        });
    });
    let columns = vec![
        Column::new("matchers", "Which alerts"),
        Column::new("state", "State").width(100),
        Column::new("alerts", "Open alerts")
            .width(110)
            .number()
            .optional(),
        Column::new("until", "Until").width(190).second(),
        Column::new("by", "Who").width(140).second(),
    ];
    view! {
        <Table
            id="silences"
            title="silences"
            columns=columns
            rows=move || silences.with(|silences| silences.iter().map(row).collect())
            actions=vec![end]
            is_tall=true
            empty="Nothing is silent."
        />
        <Empty>
            "A silent alert goes on through its states and is seen here; nobody is called for it. When the silence ends, what still fires comes back at once."
        </Empty>
    }
    .into_any()
}

fn row(silence: &Silence) -> TableRow {
    let state = match (silence.phase, &silence.ended_by) {
        (SilencePhase::Expired, Some(by)) => format!("ended by {by}"),
        (phase, _) => phase.as_str().to_owned(),
    };
    TableRow {
        key: silence.id.clone(),
        href: None,
        cells: vec![
            Cell::text(silence.matchers.clone()).note(silence.comment.clone()),
            Cell::text(state),
            Cell::value(Unit::Number, Some(silence.alerts as f64)),
            Cell::text(format::exact(silence.ends_ms)),
            Cell::text(silence.by.clone()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(summary: &str) -> Alert {
        let labels = [
            ("alertname", "Down"),
            ("server", "a \"b\""),
            ("severity", "critical"),
            ("team", "mcp"),
        ];
        let json = serde_json::json!({
            "id": "x", "fingerprint": "0", "rule": "Down", "server": "a", "severity": "critical", "state": "firing",
            "summary": summary, "description": "", "labels": std::collections::BTreeMap::from(labels),
            "pending_ms": 0, "firing_ms": 1, "acknowledged": null, "resolved": null, "changes": [],
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn an_alert_in_matchers() {
        let matchers = about(&alert("x"));
        assert_eq!(matchers, r#"alertname="Down", server="a \"b\"""#);
    }

    #[test]
    fn what_a_silence_is_about() {
        assert!(said(&[]).starts_with("No alert that is open now"));
        assert_eq!(said(&[alert("a"), alert("b")]), "2 open alerts: a; b.");
        let many: Vec<_> = (0..7).map(|n| alert(&n.to_string())).collect();
        assert_eq!(said(&many), "7 open alerts: 0; 1; 2; 3; 4 and 2 more.");
    }
}
