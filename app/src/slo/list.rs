//! All objectives: a row each, the worst first; those that are looked for; and objectives as files.

use leptos::prelude::*;
use ui::{
    Empty, FieldInfo, FieldKind, Gauge, LiveState, PageTime, PanelFrame, PanelMenu, Spark,
    Sparkline, TextField, all, each, format, notify, when, worded_badge,
};
use wire::{Objective, ObjectiveState, Objectives};

use super::api::{import_objectives, load_objectives};
use super::words::{
    address, burn_now, called, headline, level, promise, rate, read, reading, sentences,
};
use crate::address::Address;
use crate::kept::kept_new;
use crate::searched;

type Shown = RwSignal<Objectives>;

/// What is looked for; it stands in the address.
#[derive(Clone, Default, PartialEq)]
struct Wanted {
    text: String,
    state: Option<ObjectiveState>,
}

impl Wanted {
    fn of(address: Address) -> Self {
        address.query.with(|query| Self {
            text: query.get("q").unwrap_or_default(),
            state: query
                .get("state")
                .and_then(|state| ObjectiveState::parse(&state)),
        })
    }

    /// Whether an objective has all of the words.
    fn has(&self, it: &Objective) -> bool {
        let draft = &it.draft;
        let parts = [
            it.id.as_str(),
            &draft.service,
            &draft.name,
            &draft.description,
            &draft.owner,
            it.state.as_str(),
            draft.kind.as_str(),
        ];
        let known = parts.join(" ").to_lowercase();
        let words = self.text.to_lowercase();
        let mut words = words.split_whitespace();
        self.state.is_none_or(|state| state == it.state) && words.all(|word| known.contains(word))
    }
}

/// Objectives that are asked for again every few seconds; more of them once a minute, when there is another minute of each.
const FEW: usize = 50;
/// Minutes are counted a little after they are over, in milliseconds.
const COUNTED_MS: i64 = 15_000;

/// Whether it is time to ask again.
fn renewal(live: LiveState, count: usize) -> impl Fn() -> bool {
    let minute = move || (live.now_ms.get_untracked() - COUNTED_MS).div_euclid(60_000);
    let last = StoredValue::new(minute());
    move || {
        count <= FEW
            || last.try_update_value(|last| std::mem::replace(last, minute()) != minute())
                == Some(true)
    }
}

/// All of them.
pub(crate) fn list(live: LiveState, first: Objectives, here: Address) -> AnyView {
    let can_edit = first.can_edit;
    let is_due = renewal(live, first.rows.len());
    let shown = kept_new(live, first, is_due, load_objectives);
    let wanted = Memo::new(move |_| Wanted::of(here));
    let time = expect_context::<PageTime>();
    let found = Memo::new(move |_| {
        let ids = |all: &Objectives| {
            let rows = all.rows.iter();
            wanted.with(|wanted| {
                let rows = rows.filter(|it| wanted.has(it));
                rows.map(|it| it.id.clone()).collect::<Vec<_>>()
            })
        };
        shown.with(ids)
    });
    let make = can_edit.then(|| {
        view! { <a class="button primary" href=move || time.href("/slo/new")>"New objective"</a> " " }
            .into_any()
    });
    let menu = PanelMenu {
        exports: Some((|| "table=objectives".to_owned()).into()),
        ..PanelMenu::default()
    };
    let has_some = move || found.with(|found| !found.is_empty());
    let row = move |id: String| row(shown, id);
    let lead = move || {
        let worst = shown.with(|all| all.rows.first().cloned());
        worst.map(|it| {
            let href = time.href(&address(&it.id));
            view! { "Worst: " <a href=href>{called(&it.draft)}</a> ". " {sentences(&[&it.sentence])} }.into_any()
        })
    };
    let import = can_edit.then(|| {
        view! { <PanelFrame id="import-objectives" title="From a file">{import(shown)}</PanelFrame> }.into_any()
    });
    view! {
        <h1>{move || shown.with(headline)}</h1>
        <p class="lead">{move || lead()}</p>
        {notes(shown)}
        <p class="actions">
            {make}
            <a href="/observability/slo/file?format=objectives" rel="external" download="objectives.yml">"Export them"</a> " "
            <a href="/observability/slo/file" rel="external" download="slo-rules.yml">"Export their rules"</a> " "
            <a href="/observability/export/csv?table=budgets" rel="external" download="budgets.csv">"Export their budgets"</a>
        </p>
        <PanelFrame id="objectives" title="Objectives" menu=menu>
            {tools(shown, here, wanted)}
            {when(move || !has_some(), move || nothing(shown))}
            <ul class="objectives">{each(move || found.get(), String::clone, row)}</ul>
        </PanelFrame>
        {import}
    }
    .into_any()
}

/// What is looked for, and how many there are in each state.
fn tools(shown: Shown, here: Address, wanted: Memo<Wanted>) -> AnyView {
    let text = RwSignal::new(wanted.with_untracked(|wanted| wanted.text.clone()));
    let type_in = move |typed: String| {
        text.set(typed.clone());
        here.set(&[("q", typed)], true);
    };
    let state = wanted.with_untracked(|wanted| wanted.state);
    let state = state.map(|state| {
        view! { <input type="hidden" name="state" value=state.as_str() /> }.into_any()
    });
    view! {
        <form class="table-tools" role="search" method="get" action="/slo" on:submit=searched::submit(here, [("q", text)])>
            <label class="hidden-label" for="objective-filter">"Filter objectives"</label>
            <span class="filter">
                <ui::Icon glyph=ui::Glyph::Search />
                <input
                    id="objective-filter"
                    type="search"
                    name="q"
                    placeholder="Filter"
                    autocomplete="off"
                    data-filter
                    value=text.get_untracked()
                    prop:value=move || text.get()
                    on:input:target=move |event| type_in(event.target().value())
                />
            </span>
            {state}
            <span class="said states" role="group" aria-label="States">{move || states(shown, wanted)}</span>
        </form>
    }
    .into_any()
}

fn states(shown: Shown, wanted: Memo<Wanted>) -> AnyView {
    let time = expect_context::<PageTime>();
    let (text, chosen) = wanted.with(|wanted| (wanted.text.clone(), wanted.state));
    let counted = ObjectiveState::ALL.iter().filter_map(|state| {
        let of = |all: &Objectives| all.rows.iter().filter(|it| it.state == *state).count();
        let count = shown.with(of);
        let is_chosen = chosen == Some(*state);
        (count > 0 || is_chosen).then_some((*state, count, is_chosen))
    });
    // What is chosen is let go by choosing it again.
    all(counted.map(|(state, count, is_chosen)| {
        let wanted = if is_chosen { "" } else { state.as_str() };
        let href = searched::address("/slo", &[("q", &text), ("state", wanted)]);
        let badge = worded_badge(level(state), format!("{count} {}", state.as_str()));
        view! { <a href=time.href(&href) aria-current=is_chosen.then_some("true")>{badge}</a> }
    }))
}

fn nothing(shown: Shown) -> AnyView {
    let has_none = shown.with_untracked(|all| all.rows.is_empty());
    match has_none {
        true => view! { <Empty>"An objective says what is promised: 99.9 % of minutes available over 30 days. Make one here, or name files of them in the configuration."</Empty> }.into_any(),
        false => view! { <Empty>"No objective is like this. " <a href="/slo">"Show all"</a></Empty> }.into_any(),
    }
}

/// An objective: how it does, what is left, how fast it is spent, and all of it in a sentence.
fn row(shown: Shown, id: String) -> AnyView {
    let time = expect_context::<PageTime>();
    let of = id.clone();
    let now = Memo::new(move |_| shown.with(|all| all.rows.iter().find(|it| it.id == of).cloned()));
    // What has gone is shown as it was until the row goes as well.
    let part = move |part: fn(&Objective) -> String| {
        now.with(|it| it.as_ref().map(part).unwrap_or_default())
    };
    let state = Memo::new(move |_| now.with(|it| it.as_ref().map(|it| it.state)));
    let badge = move || state.get().map(|it| worded_badge(level(it), it.as_str()));
    let gauge = move || {
        let reading = |it: &Objective| reading(it.draft.kind, it.state, &it.budget);
        now.with(|it| it.as_ref().map(reading).unwrap_or_default())
    };
    let spark = move || {
        now.with(|it| {
            let points = it.iter().flat_map(|it| &it.spark);
            let values = points.map(|point| point.value.unwrap_or(f64::NAN));
            // On a scale from nothing, so that a little that is spent looks like a little.
            Spark {
                values: values.collect(),
                threshold: Some(0.0),
            }
        })
    };
    let alerts = move || {
        let count = now.with(|it| it.as_ref().map_or(0, |it| it.alerts));
        (count > 0).then(|| {
            let href = time.href("/alerts");
            let word = format::count(count as usize, "open alert");
            view! { <a href=href>{word}</a> " " }.into_any()
        })
    };
    let href = address(&id);
    view! {
        <li data-level=move || state.get().map_or("unknown", |it| level(it).as_str())>
            <div class="what">
                <h3>
                    <a href=move || time.href(&href)>{move || part(|it| called(&it.draft))}</a> " "
                    {move || badge()}
                </h3>
                <p class="promise">{move || part(|it| promise(&it.draft))} " " {move || alerts()}</p>
            </div>
            <div class="left"><Gauge title="Budget" reading=gauge /></div>
            <dl class="burn">
                <div><dt>"Kept"</dt> <dd>{move || part(compliance)}</dd></div>
                <div><dt>"Burn"</dt> <dd>{move || part(burn)}</dd></div>
            </dl>
            <div class="course"><Sparkline spark=spark /></div>
            <p class="sentence">{move || part(|it| sentences(&[&it.sentence]))} " " <span class="caution">{move || part(|it| sentences(&[&it.caution]))}</span></p>
        </li>
    }
    .into_any()
}

fn compliance(it: &Objective) -> String {
    let kept = it.budget.compliance.map(super::words::kept);
    kept.unwrap_or_else(|| "–".to_owned())
}

fn burn(it: &Objective) -> String {
    burn_now(&it.burn).map_or_else(
        || "–".to_owned(),
        |burn| format!("{} in {}", rate(burn.rate), burn.window),
    )
}

/// What is wrong with files of objectives.
fn notes(shown: Shown) -> AnyView {
    let wrong = Memo::new(move |_| shown.with(|it| it.mistakes.clone()));
    let ignored = Memo::new(move |_| shown.with(|it| it.ignored.clone()));
    let said = move |lines: Memo<Vec<String>>, class: &'static str, title: &'static str| {
        when(
            move || lines.with(|lines| !lines.is_empty()),
            move || {
                let rows = move || lines.with(|lines| said_one_by_one(lines));
                view! { <div class=class><p>{title}</p> <ul>{move || rows()}</ul></div> }
            },
        )
    };
    view! {
        {said(wrong, "mistakes", "Files of objectives have mistakes, so what was before is kept:")}
        {said(ignored, "ignored", "Written in files of objectives, and not supported here:")}
    }
    .into_any()
}

/// Lines as items of a list.
pub(super) fn said_one_by_one(lines: &[String]) -> AnyView {
    all(lines.iter().map(|line| view! { <li>{line.clone()}</li> }))
}

/// Objectives of a file that is pasted.
fn import(shown: Shown) -> AnyView {
    let (text, by) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<String>);
    let ignored = RwSignal::new(Vec::<String>::new());
    let make = move |_| {
        leptos::task::spawn_local(async move {
            let (written, who) = (text.get_untracked(), by.get_untracked());
            match read(import_objectives(written, who).await) {
                Ok(not_supported) => {
                    notify("The objectives of the file are made", false);
                    text.try_set(String::new());
                    problem.try_set(None);
                    ignored.try_set(not_supported);
                    // The next turn asks again.
                    if let Ok(newer) = read(load_objectives().await) {
                        shown.try_set(newer);
                    }
                }
                Err(why) => _ = problem.try_set(Some(why.to_string())),
            }
        });
    };
    let info = FieldInfo::new(
        "import-slo",
        "A file of objectives: the own short form, OpenSLO or Sloth",
    )
    .hint("All its objectives are made here, or none if there is a mistake.")
    .problem(move || problem.get());
    let left_out = move || {
        let rows = move || ignored.with(|lines| said_one_by_one(lines));
        view! { <div class="ignored"><p>"Not supported, so it was left out:"</p> <ul>{move || rows()}</ul></div> }
    };
    view! {
        <div data-needs-script>
            <TextField info=info value=text kind=FieldKind::Lines placeholder="version: prometheus/v1" />
            <TextField info=FieldInfo::new("import-by", "Your name") value=by />
            <button on:click=make>"Make its objectives"</button>
            <div role="status">{when(move || ignored.with(|it| !it.is_empty()), left_out)}</div>
        </div>
        <p class="without-script">"Making objectives of a file needs JavaScript, or the configuration: name the file there."</p>
    }
    .into_any()
}
