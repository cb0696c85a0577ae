//! A report as it is handed on: made to be printed, by the browser also as a PDF.

use leptos::prelude::*;
use ui::{PageTime, Zone, all, format, notify, worded_badge};
use wire::{Incident, Report, ReportRow, ReportScope, SpentPart};

use super::asked::{REPORTS, ReportAsked};
use super::calendar::{strip, when};
use super::spent::named;
use super::words::{
    amount, called, kept, lasted, left, level, minutes, percent, promise, read, sentences, share,
    spent_of, stretch,
};
use crate::address::Address;

/// The whole of it.
pub(crate) fn report(it: Report, asked: &ReportAsked, here: Address) -> AnyView {
    let about = match it.scope {
        ReportScope::All => String::new(),
        scope => format!("{}: {} · ", scope.as_str(), it.of),
    };
    let summary = all(it
        .summary
        .iter()
        .map(|line| view! { <p>{sentences(&[line])}</p> }));
    let when = when(&it);
    let sections = all(it.rows.iter().map(|row| section(row, &it)));
    let made = Zone::Utc.exact(it.made_ms);
    view! {
        {tools(&it, asked, here)}
        <article class="report">
            <header>
                <p class="when">"MCP Observatory · service level report"</p>
                <h1>{it.title.clone()}</h1>
                <p class="when">{about} {when} " · made " {made}</p>
            </header>
            <section class="summary">{summary}</section>
            {overview(&it)}
            {sections}
            {worst(&it)}
            {changes(&it)}
        </article>
    }
    .into_any()
}

/// What can be done with it; none of it is printed.
fn tools(it: &Report, asked: &ReportAsked, here: Address) -> AnyView {
    let time = expect_context::<PageTime>();
    let print = |_| drop(window().print());
    let files = asked.files(it);
    let file = |format: &str| format!("{files}format={format}");
    let formats = [("html", "HTML"), ("csv", "CSV"), ("json", "JSON")];
    let links = all(formats.iter().map(|(format, word)| {
        view! { <a href=file(format) rel="external" download=format!("report.{format}")>{*word}</a> " " }
    }));
    let keep = (!asked.is_kept()).then(|| keep(asked, here));
    view! {
        <p class="actions report-tools">
            <a href=move || time.href(REPORTS)>"All reports"</a>
            <button class="primary" data-needs-script on:click=print>"Print, or save as PDF"</button>
            <span>"As a file: " {links}</span>
            {keep}
        </p>
    }
    .into_any()
}

fn keep(asked: &ReportAsked, here: Address) -> AnyView {
    let asked = asked.clone();
    let here = StoredValue::new_local(here);
    let by = RwSignal::new(String::new());
    let keep = move |_| {
        let asked = asked.clone();
        leptos::task::spawn_local(async move {
            match read(asked.make(true, by.get_untracked()).await) {
                Ok(kept) => {
                    notify("Kept: it stays as it is", false);
                    let address = format!("{REPORTS}/{}", kept.id);
                    here.try_with_value(|here| here.go(&address, true));
                }
                Err(problem) => notify(problem.to_string(), true),
            }
        });
    };
    view! {
        <span class="keep" data-needs-script>
            {crate::labelled::input("keep-by".to_owned(), "by", "Your name", by)}
            <button on:click=keep>"Keep it"</button>
        </span>
    }
    .into_any()
}

fn overview(it: &Report) -> AnyView {
    if it.rows.is_empty() {
        return view! { <p class="empty">"No objective is of that. Objectives are listed under Service levels."</p> }.into_any();
    }
    let rows = all(it.rows.iter().map(|row| {
        let budget = &row.budget;
        let kept = budget.compliance.map_or_else(|| "–".to_owned(), kept);
        let kind = row.draft.kind;
        let spent = match budget.left {
            None => "–".to_owned(),
            Some(_) => spent_of(kind, budget),
        };
        let place = format!("#{}", row.id);
        view! {
            <tr>
                <th scope="row"><a href=place rel="external">{called(&row.draft)}</a></th>
                <td>{worded_badge(level(row.state), row.state.as_str())}</td>
                <td class="number">{percent(row.draft.target_percent)}</td>
                <td class="number">{kept}</td>
                <td class="number">{left(budget.left)}</td>
                <td class="number">{spent}</td>
            </tr>
        }
    }));
    let heads = ["Objective", "State"];
    let numbers = ["Target", "Kept", "Budget", "Spent"];
    view! {
        <section>
            <h2>"Objectives"</h2>
            {table(&heads, &numbers, &[], rows)}
        </section>
    }
    .into_any()
}

/// A table that scrolls where it does not fit: texts, numbers, texts.
fn table(
    texts: &[&'static str],
    numbers: &[&'static str],
    more: &[&'static str],
    rows: AnyView,
) -> AnyView {
    let text = |name: &&'static str| view! { <th>{*name}</th> };
    let number = |name: &&'static str| view! { <th class="number">{*name}</th> };
    view! {
        <div class="scroll">
            <table>
                <thead><tr>{all(texts.iter().map(text))} {all(numbers.iter().map(number))} {all(more.iter().map(text))}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// An objective over the time of the report.
fn section(row: &ReportRow, report: &Report) -> AnyView {
    let budget = &row.budget;
    let kind = row.draft.kind;
    let caution = (!row.caution.is_empty()).then(|| {
        let caution = sentences(&[&row.caution]);
        view! { <p class="note" data-level="degraded"><ui::Icon glyph=ui::Glyph::Info /> <span>{caution}</span></p> }
            .into_any()
    });
    let mut facts = vec![
        ("Promise", promise(&row.draft)),
        ("Owner", row.draft.owner.clone()),
        ("When it is missed", row.draft.consequence.clone()),
        (
            "Budget",
            match budget.left {
                None => "nothing was measured".to_owned(),
                some => format!("{}: {} spent", left(some), spent_of(kind, budget)),
            },
        ),
        (
            "Measured",
            format!(
                "{} of {}",
                minutes(budget.minutes as f64),
                minutes((report.to_ms - report.from_ms) as f64 / 60_000.0)
            ),
        ),
        (
            "Without data",
            match budget.gap_minutes {
                0 => "none".to_owned(),
                gap => format!("{} ({})", minutes(gap as f64), row.draft.gaps.as_str()),
            },
        ),
    ];
    facts.push((
        "Maintenance",
        match (row.draft.excludes_maintenance, budget.excluded_minutes) {
            (false, _) => "counts like any other time".to_owned(),
            (true, 0) => "left out; there was none".to_owned(),
            (true, left_out) => format!("{} left out", minutes(left_out as f64)),
        },
    ));
    let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
    let facts = all(facts.map(|(name, text)| view! { <div><dt>{name}</dt> <dd>{text}</dd></div> }));
    let versions = (!row.versions.is_empty()).then(|| {
        view! { <h3>"Changed in that time"</h3> {super::past::list(&row.versions, |at_ms| Zone::Utc.exact(at_ms).into_any())} }.into_any()
    });
    view! {
        <section class="objective" id=row.id.clone()>
            <h2>{called(&row.draft)} " " {worded_badge(level(row.state), row.state.as_str())}</h2>
            <p>{row.draft.description.clone()}</p>
            <p><strong>{sentences(&[&row.sentence])}</strong></p>
            {caution}
            <dl class="facts">{facts}</dl>
            {strip(report, &row.days, row.draft.target_percent / 100.0)}
            {parts(row)}
            {incidents(row)}
            {versions}
        </section>
    }
    .into_any()
}

fn parts(row: &ReportRow) -> AnyView {
    if row.parts.is_empty() {
        return ().into_any();
    }
    let kind = row.draft.kind;
    let rows = all(row.parts.iter().map(|part: &SpentPart| {
        view! {
            <tr>
                <th scope="row">{named(part)}</th>
                <td class="number">{share(part.share)}</td>
                <td class="number">{amount(kind, part.spent)}</td>
            </tr>
        }
    }));
    view! {
        <h3>"What spent the budget"</h3>
        {table(&["Part"], &["Of what was spent", "Spent"], &[], rows)}
    }
    .into_any()
}

fn incidents(row: &ReportRow) -> AnyView {
    if row.incidents.is_empty() {
        return ().into_any();
    }
    let kind = row.draft.kind;
    let rows = all(row.incidents.iter().map(|it: &Incident| {
        let end = it
            .to_ms
            .unwrap_or(it.from_ms + it.bad_minutes as i64 * 60_000);
        let when = stretch(it.from_ms, end, Zone::Utc);
        let alerts = it.titles.join(", ");
        view! {
            <tr>
                <th scope="row">{when}</th>
                <td class="number">{lasted(it.from_ms, it.to_ms)}</td>
                <td class="number">{amount(kind, it.spent)}</td>
                <td class="number">{share(it.share)}</td>
                <td>{alerts}</td>
            </tr>
        }
    }));
    view! {
        <h3>"Incidents that cost most"</h3>
        {table(&["When"], &["Lasted", "Spent", "Of the budget"], &["Alerts"], rows)}
    }
    .into_any()
}

fn worst(it: &Report) -> AnyView {
    if it.worst_tools.is_empty() {
        return ().into_any();
    }
    let rows = all(it.worst_tools.iter().map(|tool| {
        let failing = match tool.calls > 0.0 {
            true => share(tool.failed / tool.calls),
            false => "–".to_owned(),
        };
        let p95 = tool
            .p95_seconds
            .map_or_else(|| "–".to_owned(), format::seconds);
        view! {
            <tr>
                <th scope="row">{tool.tool.clone()} " " <small>{tool.server.clone()}</small></th>
                <td class="number">{format::number(tool.calls)}</td>
                <td class="number">{format!("{} ({failing})", format::number(tool.failed))}</td>
                <td class="number">{p95}</td>
            </tr>
        }
    }));
    view! {
        <section>
            <h2>"Tools that did worst"</h2>
            {table(&["Tool"], &["Calls", "Failed", "p95"], &[], rows)}
        </section>
    }
    .into_any()
}

fn changes(it: &Report) -> AnyView {
    if it.changes.is_empty() {
        return ().into_any();
    }
    let rows = all(it.changes.iter().map(|change| {
        let at = Zone::Utc.exact(change.at_ms);
        let of = match change.server.as_str() {
            "" => String::new(),
            server => format!("{server}: "),
        };
        view! { <li><time datetime=format::machine(change.at_ms)>{at}</time> " " {of} {change.text.clone()}</li> }
    }));
    view! {
        <section>
            <h2>"What changed"</h2>
            <ul class="changed">{rows}</ul>
        </section>
    }
    .into_any()
}
