//! Reports that are kept, a form for another one, and when they are made by themselves.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    Cell, Column, FieldInfo, LiveState, PageTime, PanelFrame, Question, SelectField, Table,
    TableRow, TextField, all, ask, format, notify, when,
};
use wire::{ReportSchedule, ReportScope, Reports};

use super::api::{end_schedule, load_reports, save_schedule};
use super::asked::{REPORTS, times};
use super::words::{days, read};
use crate::address::Address;
use crate::kept::kept_new;
use crate::labelled::choice;

type Shown = RwSignal<Reports>;

/// How often a schedule makes one.
const EVERY: [(&str, &str); 3] = [
    ("week", "when a week is over"),
    ("month", "when a month is over"),
    ("quarter", "when a quarter is over"),
];

/// All of it.
pub(crate) fn reports(live: LiveState, first: Reports, here: Address) -> AnyView {
    let can_edit = first.can_edit;
    let shown = kept_new(live, first, || true, load_reports);
    let time = expect_context::<PageTime>();
    let title = move || {
        shown.with(|it| match it.kept.len() {
            0 => "No report is kept yet".to_owned(),
            1 => "1 report is kept".to_owned(),
            count => format!("{} are kept", format::count(count, "report")),
        })
    };
    let columns = vec![
        Column::new("report", "Report"),
        Column::new("about", "Time").width(200),
        Column::new("made", "Made").width(100),
        Column::new("by", "By").width(160).second(),
    ];
    let rows = move || {
        let zone = time.zone.get();
        let row = |it: &wire::ReportKept| TableRow {
            key: it.id.to_string(),
            href: None,
            cells: vec![
                Cell::Link(it.title.clone(), time.href(&format!("{REPORTS}/{}", it.id))),
                Cell::text(days(it.from_ms, it.to_ms, zone)),
                Cell::Time(it.made_ms),
                Cell::text(it.by.clone()),
            ],
        };
        shown.with(|it| it.kept.iter().map(row).collect::<Vec<_>>())
    };
    let add = can_edit.then(|| schedule_form(shown));
    view! {
        <h1>{move || title()}</h1>
        <p class="lead">"A report says what was kept, what it cost and what changed. What is kept stays as it was made, also when data has expired."</p>
        <PanelFrame id="make-report" title="Make a report">{form(live, here)}</PanelFrame>
        <PanelFrame id="reports" title="Kept">
            <Table id="reports" title="reports" columns=columns rows=rows empty="A report that is made can be kept; those of schedules are." />
        </PanelFrame>
        <PanelFrame id="schedules" title="Made by themselves">
            {schedules(shown, can_edit)}
            {add}
        </PanelFrame>
    }
    .into_any()
}

/// What a report is about, as options.
fn scopes() -> Vec<(String, String)> {
    let called = |scope: ReportScope| match scope {
        ReportScope::All => "all objectives",
        ReportScope::Objective => "one objective",
        ReportScope::Server => "a server",
        ReportScope::Owner => "objectives of an owner",
    };
    let scopes = ReportScope::ALL.iter();
    scopes
        .map(|scope| (scope.as_str().to_owned(), called(*scope).to_owned()))
        .collect()
}

/// A report is an address, so its form works without a script.
fn form(live: LiveState, here: Address) -> AnyView {
    let time = expect_context::<PageTime>();
    let text = |text: &str| RwSignal::new(text.to_owned());
    let now_ms = live.now_ms.get_untracked();
    let options = times(now_ms, time.range.get_untracked());
    let first = options.first().map_or("", |(sent, _)| sent.as_str());
    let (scope, of, month, zone) = (
        text(ReportScope::All.as_str()),
        text(""),
        text(first),
        text("UTC"),
    );
    let make = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let said = [scope, of, month, zone].map(|field| field.get_untracked());
        let parts = ["scope", "of", "month", "zone"];
        let parts: Vec<_> = parts
            .iter()
            .zip(&said)
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        let address = crate::searched::address(&format!("{REPORTS}/new"), &parts);
        here.go(&untrack(|| time.href(&address)), false);
    };
    let named = "Which: its id, name or owner";
    view! {
        <form class="notify-form" method="get" action=format!("{REPORTS}/new") on:submit=make>
            {choice("report-scope".to_owned(), "scope", "About", scope, scopes())}
            <label class="hidden-label" for="report-of">{named}</label>
            <input
                id="report-of"
                name="of"
                placeholder=named
                prop:value=of
                on:input:target=move |event| of.set(event.target().value())
            />
            {choice("report-month".to_owned(), "month", "Time", month, options)}
            <label class="hidden-label" for="report-zone">"Zone of days and months"</label>
            <input
                id="report-zone"
                name="zone"
                placeholder="Zone: UTC, Europe/Berlin"
                value="UTC"
                prop:value=zone
                on:input:target=move |event| zone.set(event.target().value())
            />
            <button class="primary">"Make it"</button>
        </form>
    }
    .into_any()
}

/// What is planned, and what became of it.
fn schedules(shown: Shown, can_edit: bool) -> AnyView {
    // What stays the same is not made anew, so that it keeps the focus.
    let known = Memo::new(move |_| shown.with(|it| it.schedules.clone()));
    let rows = move || {
        known.with(|schedules| match schedules.is_empty() {
            true => view! { <ui::Empty>"No report is made by itself. A schedule makes one when a week, month or quarter is over, keeps it, and sends it to a receiver."</ui::Empty> }.into_any(),
            false => {
                let rows = all(schedules.iter().map(|it| schedule(shown, it, can_edit)));
                view! { <ul class="schedules">{rows}</ul> }.into_any()
            }
        })
    };
    view! { {move || rows()} }.into_any()
}

fn schedule(shown: Shown, it: &ReportSchedule, can_edit: bool) -> AnyView {
    let every = EVERY.iter().find(|(sent, _)| *sent == it.every);
    let every = every
        .map_or(it.every.as_str(), |(_, called)| called)
        .to_owned();
    let about = match it.of.as_str() {
        "" => "all objectives".to_owned(),
        of => format!("{} {of}", it.scope.as_str()),
    };
    let receiver = match it.receiver.as_str() {
        "" => "nobody: they are only kept".to_owned(),
        receiver => receiver.to_owned(),
    };
    let next = it.next_ms.map(|at_ms| {
        let at = ui::Zone::Utc.exact(at_ms);
        view! { <p class="when">"Next " {at}</p> }.into_any()
    });
    let last = (!it.last.is_empty()).then(|| {
        let last = it.last.clone();
        view! { <p class="when">"Last: " {last}</p> }.into_any()
    });
    let name = it.name.clone();
    let end = can_edit.then(|| {
        let label = format!("End {name}");
        let name = name.clone();
        let end = move |_| ask(ending(shown, &name));
        view! { <button class="quiet" data-needs-script aria-label=label on:click=end>"End it"</button> }
            .into_any()
    });
    view! {
        <li>
            <p><b>{name}</b> {format!(": {every} ({}), about {about}, to {receiver} ", it.zone)} {end}</p>
            {next}
            {last}
        </li>
    }
    .into_any()
}

fn ending(shown: Shown, name: &str) -> Question {
    let of = name.to_owned();
    let run = move || {
        let name = of.clone();
        leptos::task::spawn_local(async move {
            match read(end_schedule(name).await) {
                Ok(()) => {
                    notify("Ended; the reports it made stay", false);
                    reload(shown).await;
                }
                Err(problem) => notify(problem.to_string(), true),
            }
        });
    };
    Question {
        sentence: format!("End the schedule {name}? The reports it made stay."),
        action: format!("End {name}"),
        run: Arc::new(run),
    }
}

async fn reload(shown: Shown) {
    // The next turn asks again.
    if let Ok(newer) = read(load_reports().await) {
        shown.try_set(newer);
    }
}

fn schedule_form(shown: Shown) -> AnyView {
    let text = |text: &str| RwSignal::new(text.to_owned());
    let (name, scope, of) = (text(""), text(ReportScope::All.as_str()), text(""));
    let (every, zone, receiver) = (text("month"), text("UTC"), text(""));
    let problem = RwSignal::new(None::<String>);
    let is_about_one = move || scope.with(|scope| *scope != ReportScope::All.as_str());
    let save = move |_| {
        let scope = ReportScope::parse(&scope.get_untracked()).unwrap_or_default();
        let schedule = ReportSchedule {
            name: name.get_untracked(),
            scope,
            of: match scope {
                ReportScope::All => String::new(),
                _ => of.get_untracked(),
            },
            every: every.get_untracked(),
            zone: zone.get_untracked(),
            receiver: receiver.get_untracked(),
            next_ms: None,
            last: String::new(),
        };
        let Ok(written) = serde_json::to_string(&schedule) else {
            return;
        };
        leptos::task::spawn_local(async move {
            match read(save_schedule(written).await) {
                Ok(()) => {
                    notify("Planned", false);
                    problem.try_set(None);
                    name.try_set(String::new());
                    reload(shown).await;
                }
                Err(why) => _ = problem.try_set(Some(why.to_string())),
            }
        });
    };
    let receivers = move || {
        let nobody = (String::new(), "nobody, only keep it".to_owned());
        let known = shown.with(|it| it.receivers.clone());
        let known = known.into_iter().map(|name| (name.clone(), name));
        std::iter::once(nobody).chain(known).collect::<Vec<_>>()
    };
    let every_options = || {
        let every = EVERY.map(|(sent, called)| (sent.to_owned(), called.to_owned()));
        every.to_vec()
    };
    let which = move || {
        view! { <TextField info=FieldInfo::new("schedule-of", "Which").hint("Its id, name or owner.") value=of /> }
    };
    view! {
        <details data-needs-script>
            <summary>"Plan reports"</summary>
            <div class="slo-editor">
                <div class="halves">
                    <TextField
                        info=FieldInfo::new("schedule-name", "Name").hint("One that is known is changed.").required().problem(move || problem.get())
                        value=name
                    />
                    <SelectField info=FieldInfo::new("schedule-every", "When") value=every options=every_options />
                    <SelectField info=FieldInfo::new("schedule-scope", "About") value=scope options=scopes />
                    {when(is_about_one, which)}
                    <TextField info=FieldInfo::new("schedule-zone", "Zone").hint("UTC, Europe/Berlin") value=zone />
                    <SelectField info=FieldInfo::new("schedule-receiver", "Receiver").hint("Its e-mail and webhook channels get them.") value=receiver options=receivers />
                </div>
                <button on:click=save>"Plan it"</button>
            </div>
        </details>
    }
    .into_any()
}
