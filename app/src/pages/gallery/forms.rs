//! What is filled in, chosen, opened and answered.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    CheckField, Dialog, ErrorSummary, FieldInfo, FieldKind, Question, SelectField, Side, Tab, Tabs,
    TextField, Tip, Undo, ask, notify, notify_with, open_key_help, open_palette,
};

pub(super) fn fields() -> AnyView {
    let text = |text: &str| RwSignal::new(text.to_owned());
    let (name, limit) = (text("filesystem"), text("soon"));
    let problem = move || {
        let is_number = limit.with(|limit| limit.trim().parse::<f64>().is_ok());
        (!is_number).then(|| "This is no number of milliseconds.".to_owned())
    };
    let unit = text("seconds");
    let (kept, live) = (RwSignal::new(true), RwSignal::new(true));
    let is_tried = RwSignal::new(false);
    let problems = move || {
        let listed = |problem| ("limit".to_owned(), "Limit".to_owned(), problem);
        let found = problem().filter(|_| is_tried.get()).map(listed);
        found.into_iter().collect::<Vec<_>>()
    };
    let units = || {
        let units = [
            ("seconds", "Seconds"),
            ("bytes", "Bytes"),
            ("ratio", "Ratio"),
        ];
        units
            .map(|(sent, called)| (sent.to_owned(), called.to_owned()))
            .to_vec()
    };
    view! {
        <ErrorSummary problems=problems />
        <div class="halves">
            <div>
                <TextField
                    info=FieldInfo::new("name", "Name").hint("As it stands in the configuration.").required()
                    value=name
                />
                <TextField
                    info=FieldInfo::new("limit", "Limit").hint("A call that takes longer counts as failed.").problem(problem)
                    value=limit
                    kind=FieldKind::Number("ms")
                />
                <SelectField info=FieldInfo::new("unit", "Unit") value=unit options=units />
                <CheckField info=FieldInfo::new("kept", "Keep the history").hint("30 days, then hourly values.") value=kept />
                <CheckField info=FieldInfo::new("live", "Live") value=live is_switch=true />
                <button class="primary" on:click=move |_| is_tried.set(true)>"Save"</button>
            </div>
            <div>
                <TextField info=FieldInfo::new("find", "Find") value=text("") kind=FieldKind::Search placeholder="Name or address" />
                <TextField info=FieldInfo::new("expr", "Expression") value=text("sum by (server) (rate(mcp_calls_total[5m]))") kind=FieldKind::Code />
                <TextField info=FieldInfo::new("why", "Why").hint("Others read it beside the alert.") value=text("Known leak, restart tonight.") kind=FieldKind::Lines />
            </div>
        </div>
    }
    .into_any()
}

pub(super) fn tabs() -> AnyView {
    let part = |text: &'static str| move || view! { <p>{text}</p> }.into_any();
    let tabs = vec![
        Tab::new(
            "tab-calls",
            "Calls",
            part("What was asked, and how long it took."),
        ),
        Tab::new("tab-tools", "Tools", part("What the server can do.")),
        Tab::new("tab-log", "Log", part("What it wrote on its way.")),
    ];
    view! {
        <Tabs title="Views of a server" tabs=tabs chosen=RwSignal::new(String::new()) />
        <p>
            "The "
            <Tip id="tip-budget" word="error budget" text="How much may fail before the objective is missed, over 30 days." />
            " is spent in 2 days at this rate."
        </p>
    }
    .into_any()
}

pub(super) fn dialogs() -> AnyView {
    let (middle, right) = (RwSignal::new(false), RwSignal::new(false));
    let question = move |_| {
        ask(Question {
            sentence: "Stop filesystem and end its 3 open calls?".to_owned(),
            action: "Stop filesystem".to_owned(),
            run: Arc::new(|| notify("filesystem would be stopped now", false)),
        });
    };
    let taken_back = move |_| {
        let undo = Undo {
            label: "Reopen".to_owned(),
            run: Arc::new(|| notify("Reopened", false)),
        };
        notify_with("filesystem: 41 % of calls fail: resolved", undo);
    };
    let failed = |_| {
        notify(
            "The alert was resolved by Ann 4 s before; nothing was changed.",
            true,
        )
    };
    let body = Arc::new(|| {
        view! { <p>"What is below cannot be reached while this is open."</p> }.into_any()
    });
    view! {
        <p class="line" data-needs-script>
            <button on:click=move |_| middle.set(true)>"Open a dialog"</button>
            <button on:click=move |_| right.set(true)>"Open a drawer"</button>
            <button class="danger" on:click=question>"Stop filesystem …"</button>
            <button on:click=|_| notify("filesystem is being probed", false)>"Say something"</button>
            <button on:click=taken_back>"Resolve"</button>
            <button on:click=failed>"Fail"</button>
            <button on:click=|_| open_palette()>"Palette"</button>
            <button on:click=|_| open_key_help()>"Keys"</button>
        </p>
        <Dialog id="specimen-dialog" title="A decision" open=middle body=body.clone() />
        <Dialog id="specimen-drawer" title="Details" open=right side=Side::Right body=body />
    }
    .into_any()
}
