//! One objective: how it does, what spent its budget, how that comes about, what it says, and what was changed.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    LiveState, PageTime, PanelFrame, Question, all, ask, copy, format, notify, when, worded_badge,
};
use wire::{Objective, ObjectiveDetail, Origin, ReportScope, TimeRange, path_segment};

use super::api::{load_objective, remove_objective};
use super::asked::{made, month};
use super::words::{
    address, called, known_part, level, minutes, origin, promise, read, sentences, stretch, window,
};
use super::{past, pictures, spent, standing};
use crate::address::Address;
use crate::kept::kept_new;

/// What is shown: replaced as a whole.
pub(super) type Shown = RwSignal<ObjectiveDetail>;

/// Stretches that pictures can show besides the objective's window.
const STRETCHES: [(&str, &str); 4] = [
    ("30d", "30 days"),
    ("7d", "7 days"),
    ("24h", "24 hours"),
    ("6h", "6 hours"),
];

/// The stretch that is asked for: none where the page looks at nothing in particular, which is the objective's window.
pub(crate) fn asked(range: TimeRange) -> (i64, Option<i64>) {
    match range == TimeRange::default() {
        true => (0, None),
        false => range.parts(),
    }
}

/// Loads it again, after it was changed here.
pub(super) fn reload(shown: Shown, time: PageTime) {
    let id = shown.with_untracked(|it| it.objective.id.clone());
    let (range_ms, until_ms) = asked(time.range.get_untracked());
    leptos::task::spawn_local(async move {
        // The next turn asks again.
        if let Ok(newer) = read(load_objective(id, range_ms, until_ms).await) {
            shown.try_set(newer);
        }
    });
}

/// An objective.
pub(crate) fn detail(live: LiveState, first: ObjectiveDetail) -> AnyView {
    let time = expect_context::<PageTime>();
    let it = first.objective.clone();
    let (id, name) = (it.id.clone(), called(&it.draft));
    let (range_ms, until_ms) = asked(time.range.get_untracked());
    let of = id.clone();
    let shown = kept_new(
        live,
        first,
        || true,
        move || load_objective(of.clone(), range_ms, until_ms),
    );
    let state = Memo::new(move |_| shown.with(|it| it.objective.state));
    let badge = move || worded_badge(level(state.get()), state.get().as_str());
    let part = move |part: fn(&Objective) -> String| shown.with(|it| part(&it.objective));
    let caution = move || part(|it| sentences(&[&it.caution]));
    let has_caution = move || shown.with(|it| !it.objective.caution.is_empty());
    let note = move || {
        view! { <p class="note" data-level="degraded"><ui::Icon glyph=ui::Glyph::Info /> <span>{move || caution()}</span></p> }
    };
    let fast = move || shown.with(|it| standing::rates(&it.objective.burn));
    let arithmetic = Memo::new(move |_| shown.with(|it| it.arithmetic.clone()));
    let steps = move || arithmetic.with(|steps| super::list::said_one_by_one(steps));
    let text = Memo::new(move |_| shown.with(|it| it.rules.clone()));
    view! {
        <p class="lead"><a href=move || time.href("/slo")>"All objectives"</a></p>
        <h1>{name} " " {move || badge()}</h1>
        <p class="lead sentence">{move || part(|it| sentences(&[&it.sentence]))}</p>
        {when(has_caution, note)}
        {standing::bar(shown)}
        {standing::tiles(shown)}
        {stretches(shown, &id)}
        <div class="columns slo-columns">
            <div class="wide">
                {pictures::panel("burn-down", "Budget left", None, shown, pictures::burn_down)}
                {pictures::panel("error-ratio", "Bad, against the target", None, shown, pictures::error_ratio)}
                {pictures::panel("burn-rates", "How fast it is spent", None, shown, pictures::burn_rates)}
            </div>
            <div>
                <PanelFrame id="spent" title="What spent it">{spent::parts(shown)}</PanelFrame>
                <PanelFrame id="incidents" title="What cost most">{spent::incidents(shown)}</PanelFrame>
                <PanelFrame id="rates" title="Burn rates now">{move || fast()}</PanelFrame>
                <PanelFrame id="arithmetic" title="How this is computed"><ol class="steps">{move || steps()}</ol></PanelFrame>
            </div>
        </div>
        <PanelFrame id="objective" title="What is promised">
            {move || shown.with(|it| facts(&it.objective))}
            {actions(shown, &it)}
        </PanelFrame>
        <PanelFrame id="slo-rules" title="Its rules">{rules(text, &id)}</PanelFrame>
        {past::measurements(shown)}
        <PanelFrame id="versions" title="Changes">{past::versions(shown)}</PanelFrame>
    }
    .into_any()
}

/// Which stretch the pictures show, and others.
fn stretches(shown: Shown, id: &str) -> AnyView {
    let time = expect_context::<PageTime>();
    let range = time.range;
    let its_own = address(id);
    let links = all(STRETCHES.iter().map(|(range, word)| {
        view! { <a href=format!("{}?range={range}", address(id))>{*word}</a> " " }
    }));
    let said = move || match range.get() == TimeRange::default() {
        false => ui::time::describe(range.get(), |at| time.zone.get().shift(at)),
        true => shown.with(|it| {
            let (budget, zone) = (&it.objective.budget, time.zone.get());
            let its_window = window(&it.objective.draft);
            match known_part(&it.objective) {
                Some((from_ms, to_ms)) => format!(
                    "what is known of its window of {its_window}, {}",
                    stretch(from_ms, to_ms, zone)
                ),
                None => format!(
                    "its window of {its_window}, {}",
                    stretch(budget.from_ms, budget.to_ms, zone)
                ),
            }
        }),
    };
    view! {
        <p class="stretches">
            "Pictures show " <b>{move || said()}</b>
            <a href=its_own>"Its window"</a> " " {links}
        </p>
    }
    .into_any()
}

/// What it says.
fn facts(it: &Objective) -> AnyView {
    let draft = &it.draft;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let told = match (draft.pages, draft.tickets) {
        (true, true) => "when it burns fast, and when it burns slowly",
        (true, false) => "when it burns fast",
        (false, true) => "when it burns slowly",
        (false, false) => "nobody",
    };
    let threshold = match draft.threshold_seconds > 0.0 {
        true => format::seconds(draft.threshold_seconds),
        false => String::new(),
    };
    let since = it.known_from_ms.map_or_else(
        || "nothing is known yet".to_owned(),
        |at_ms| ui::Zone::Utc.exact(at_ms),
    );
    let budget = &it.budget;
    let counted = [
        (budget.minutes, "measured"),
        (budget.gap_minutes, "without data"),
        (budget.excluded_minutes, "left out for maintenance"),
        (budget.bad_minutes, "worse than the target allows"),
    ];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    let counted = counted.map(|(count, what)| format!("{} {what}", minutes(count as f64)));
    let measured = counted.collect::<Vec<_>>().join(", ");
    let code = ["Good", "Bad", "All", "Series"];
    let fields = [
        ("Promise", promise(draft)),
        ("Measures", draft.kind.as_str().to_owned()),
        ("Good", draft.good.clone()),
        ("Bad", draft.bad.clone()),
        ("All", draft.total.clone()),
        ("Series", draft.metric.clone()),
        ("Threshold", threshold),
        ("Owner", draft.owner.clone()),
        ("When it is missed", draft.consequence.clone()),
        ("Minutes without data", draft.gaps.as_str().to_owned()),
        ("Maintenance is left out", yes(draft.excludes_maintenance)),
        ("Told apart by", draft.parts.join(", ")),
        ("Somebody is told", told.to_owned()),
        ("Evaluated", yes(draft.enabled)),
        ("From", origin(it)),
        ("Known since", since),
        ("In this window", measured),
    ];
    let said = fields.into_iter().filter(|(_, text)| !text.is_empty());
    let rows = all(said.map(|(name, text)| {
        let text = match code.contains(&name) {
            true => view! { <code>{text}</code> }.into_any(),
            false => text.into_any(),
        };
        view! { <div><dt>{name}</dt> <dd>{text}</dd></div> }
    }));
    view! {
        <p>{draft.description.clone()}</p>
        <dl class="facts">{rows}</dl>
    }
    .into_any()
}

/// What can be done with it.
fn actions(shown: Shown, it: &Objective) -> AnyView {
    let time = expect_context::<PageTime>();
    let edit = format!("{}?edit=1", address(&it.id));
    let now_ms = expect_context::<LiveState>().now_ms.get_untracked();
    let report = made(ReportScope::Objective, &it.id, &month(now_ms, 0));
    if !it.can_edit {
        let why = match it.origin {
            Origin::File => format!("It is changed in {}.", it.path),
            _ => "An admin can change it here.".to_owned(),
        };
        return view! { <p>{why}</p> }.into_any();
    }
    let is = move |origin: Origin| shown.with(|it| it.objective.origin == origin);
    let here = StoredValue::new_local(Address::here());
    let (id, name) = (it.id.clone(), called(&it.draft));
    let remove = {
        let (id, name) = (id.clone(), name.clone());
        move || {
            let sentence = format!(
                "Remove {name}, its alerts and what was counted of it? Reports that are kept stay."
            );
            let question = removal(id.clone(), sentence, format!("Remove {name}"), move || {
                notify("Removed", false);
                here.try_with_value(|here| here.go("/slo", false));
            });
            view! { <button class="danger" on:click=move |_| ask(question.clone())>"Remove"</button> }
        }
    };
    let back = move || {
        let sentence = format!("Make {name} as it was built in?");
        let question = removal(
            id.clone(),
            sentence,
            "Back to the built-in".to_owned(),
            move || {
                notify("It is as it was built in", false);
                reload(shown, time);
            },
        );
        view! { <button on:click=move |_| ask(question.clone())>"Back to the built-in"</button> }
    };
    view! {
        <div class="actions" data-needs-script>
            <a class="button" href=move || time.href(&edit)>"Change it"</a>
            <a href=report.clone()>"Report about it"</a>
            {when(move || is(Origin::Made), remove)}
            {when(move || is(Origin::Changed), back)}
        </div>
    }
    .into_any()
}

fn removal(
    id: String,
    sentence: String,
    action: String,
    then: impl Fn() + Copy + Send + Sync + 'static,
) -> Question {
    let run = move || {
        let id = id.clone();
        leptos::task::spawn_local(async move {
            match read(remove_objective(id, String::new()).await) {
                Ok(()) => then(),
                Err(problem) => notify(problem.to_string(), true),
            }
        });
    };
    Question {
        sentence,
        action,
        run: Arc::new(run),
    }
}

/// Its rules as a text.
fn rules(text: Memo<String>, id: &str) -> AnyView {
    let file = format!("/observability/slo/file?id={}", path_segment(id));
    let copy_it = move |_| copy(&text.get_untracked(), "Rules");
    view! {
        <p class="actions">
            "In the format of a Prometheus rule file; they are evaluated here as they stand. "
            <button data-needs-script on:click=copy_it>"Copy"</button>
            <a href=file rel="external" download="slo-rules.yml">"As a file"</a>
        </p>
        <pre class="rules-text" tabindex="0">{move || text.get()}</pre>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_looks_at_nothing_in_particular_shows_the_window() {
        assert_eq!(asked(TimeRange::default()), (0, None));
        assert_eq!(asked(TimeRange::Last(86_400_000)), (86_400_000, None));
        assert_eq!(asked(TimeRange::Between(1, 61)), (60, Some(61)));
    }
}
