//! The fields of an objective's form: what is measured, and what is promised of it.

use leptos::prelude::*;
use ui::{CheckField, FieldKind, SelectField, TextField, when};
use wire::{BudgetWindow, GapRule, IndicatorKind};

use super::form::Editor;

/// What the chosen kind of indicator asks for.
pub(super) fn indicator(editor: Editor) -> AnyView {
    let form = editor.form;
    let kinds = || {
        let called = |kind: IndicatorKind| match kind {
            IndicatorKind::Ratio => "good of all events",
            IndicatorKind::Latency => "requests below a duration",
            IndicatorKind::Slices => "minutes in which a condition held",
            IndicatorKind::Availability => "probes that found their server available",
            IndicatorKind::Freshness => "minutes in which data was young enough",
            IndicatorKind::Measured => "what people or programs report",
        };
        let kinds = IndicatorKind::ALL.iter();
        kinds
            .map(|kind| (kind.as_str().to_owned(), called(*kind).to_owned()))
            .collect::<Vec<_>>()
    };
    let is = move |kind: IndicatorKind| move || form.kind() == kind;
    let ratio = move || {
        view! {
            <TextField
                info=editor.info("total").hint("PromQL of all events a second, {{.window}} as its range: sum(rate(requests_total[{{.window}}]))").required()
                value=form.total
                kind=FieldKind::Lines
            />
            <TextField
                info=editor.info("bad").hint("PromQL of bad events a second; or good ones below.")
                value=form.bad
                kind=FieldKind::Lines
            />
            <TextField
                info=editor.info("good").hint("PromQL of good events a second, where the bad ones are not counted.")
                value=form.good
                kind=FieldKind::Lines
            />
        }
    };
    let slices = move || {
        view! {
            <TextField
                info=editor.info("good").hint("A comparison in PromQL that holds in a good minute: sum(rate(errors_total[5m])) < 1").required()
                value=form.good
                kind=FieldKind::Lines
            />
        }
    };
    let metric = move |hint: &'static str| {
        view! { <TextField info=editor.info("metric").hint(hint).required() value=form.metric kind=FieldKind::Code /> }
    };
    let threshold = move |hint: &'static str| {
        view! {
            <TextField info=editor.info("threshold_seconds").hint(hint).required() value=form.threshold kind=FieldKind::Number("s") />
        }
    };
    view! {
        <SelectField info=editor.info("kind") value=form.kind options=kinds />
        {when(is(IndicatorKind::Ratio), ratio)}
        {when(is(IndicatorKind::Slices), slices)}
        {when(is(IndicatorKind::Latency), move || view! {
            {metric("A histogram: mcp_request_duration_seconds{server=\"a\"}")}
            {threshold("Requests that took no longer are good. It has to be one of the histogram's bounds (le).")}
        })}
        {when(is(IndicatorKind::Freshness), move || view! {
            {metric("The series whose newest sample is looked at.")}
            {threshold("A minute is good when the newest sample is younger.")}
        })}
        {when(is(IndicatorKind::Availability), move || view! {
            {metric("A series that is 1 where it is available: mcp_server_up")}
        })}
        {when(is(IndicatorKind::Measured), || view! {
            <p>"Nothing is asked. What was measured elsewhere is reported on its page, or with POST /sla/measurement."</p>
        })}
    }
    .into_any()
}

pub(super) fn target(editor: Editor) -> AnyView {
    let form = editor.form;
    let windows = || {
        let called = |window: BudgetWindow| match window {
            BudgetWindow::Rolling => "the last days",
            BudgetWindow::Month => "the calendar month",
            BudgetWindow::Quarter => "the calendar quarter",
        };
        let windows = BudgetWindow::ALL.iter();
        windows
            .map(|window| (window.as_str().to_owned(), called(*window).to_owned()))
            .collect::<Vec<_>>()
    };
    let gaps = || {
        let gaps = GapRule::ALL.iter();
        gaps.map(|gap| (gap.as_str().to_owned(), gap.as_str().to_owned()))
            .collect::<Vec<_>>()
    };
    let days = move || {
        view! { <TextField info=editor.info("days").hint("30 as a rule; at most 400.") value=form.days kind=FieldKind::Number("days") /> }
    };
    view! {
        <div class="halves">
            <TextField
                info=editor.info("target_percent").hint("99.9 leaves 43 min 12 s of 30 days.").required()
                value=form.target
                kind=FieldKind::Number("%")
            />
            <SelectField info=editor.info("window") value=form.window options=windows />
            {when(move || !form.is_calendar(), days)}
            <TextField info=editor.info("zone").hint("Of months and days: UTC, Europe/Berlin.") value=form.zone />
            <SelectField info=editor.info("gaps") value=form.gaps options=gaps />
            <TextField
                info=editor.info("parts").hint("Labels that say what spent the budget: server, tool.")
                value=form.parts
            />
        </div>
        <CheckField
            info=editor.info("excludes_maintenance").hint("Minutes of maintenance windows count neither as good nor as bad; reports say so.")
            value=form.excludes_maintenance
        />
    }
    .into_any()
}
