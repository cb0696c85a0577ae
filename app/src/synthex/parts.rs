//! The parts of the page of all agents, but for its tables.

use leptos::prelude::*;
use ui::{Ago, BarItem, BarList, Empty, Glyph, Icon, PageTime, Sparkline, all, each, format, when};
use wire::{Agent, AgentPicture, AgentSource, AgentState, path_segment};

use super::api::EXPLAINED;
use super::factors::factors;
use super::list::{Shown, Wanted};
use super::words::{address, badge, ended, kind, level, score, sentence};

/// Bars of a list; the table has all.
const BARS: usize = 20;
/// Types that are links above the table; the table of types has all.
const KINDS: usize = 8;

/// How many agents are in each state; what is chosen is let go by choosing it again.
pub(super) fn states(shown: Shown, wanted: Memo<Wanted>) -> AnyView {
    let time = expect_context::<PageTime>();
    let links = move || {
        let wanted = wanted.get();
        let counted = AgentState::ALL.iter().filter_map(|state| {
            let of = |all: &AgentPicture| all.agents.iter().filter(|it| it.state == *state).count();
            let count = shown.with(of);
            let is_chosen = wanted.state == state.as_str();
            (count > 0 || is_chosen).then_some((*state, count, is_chosen))
        });
        let links = counted.map(|(state, count, is_chosen)| {
            let next = Wanted {
                state: match is_chosen {
                    true => String::new(),
                    false => state.as_str().to_owned(),
                },
                ..wanted.clone()
            };
            let badge = badge(
                state,
                format!("{} {}", format::grouped(count), state.as_str()),
            );
            let current = is_chosen.then_some("true");
            view! { <a href=time.href(&next.href()) aria-current=current>{badge}</a> }
        });
        all(links)
    };
    view! { <nav class="states fleet-states" aria-label="States">{move || links()}</nav> }
        .into_any()
}

/// The types with the most agents, if there are several.
pub(super) fn kinds(shown: Shown, wanted: Memo<Wanted>) -> AnyView {
    let time = expect_context::<PageTime>();
    let names = Memo::new(move |_| {
        let chosen = wanted.with(|wanted| wanted.kind.clone());
        shown.with(|all| {
            let mut names: Vec<_> = all
                .kinds
                .iter()
                .take(KINDS)
                .map(|it| it.name.clone())
                .collect();
            names.extend(chosen.filter(|chosen| !names.contains(chosen)));
            names
        })
    });
    let links = move || {
        let wanted = wanted.get();
        let each = std::iter::once(None).chain(names.get().into_iter().map(Some));
        let links = each.map(|name| {
            let current = (name == wanted.kind).then_some("page");
            let word = name.as_deref().map_or("All types", kind).to_owned();
            let next = Wanted {
                kind: name,
                ..wanted.clone()
            };
            view! { <a href=time.href(&next.href()) aria-current=current>{word}</a> }
        });
        all(links)
    };
    let links = StoredValue::new(links);
    let list = move || {
        view! { <nav class="parts" aria-label="Types">{move || links.with_value(|links| links())}</nav> }
    };
    // Where one is chosen there is a way back, even if no other lives any more.
    let has_choice =
        move || names.with(|names| names.len() > 1) || wanted.with(|it| it.kind.is_some());
    when(has_choice, list).into_any()
}

/// Who has how much to do, and who has done how much.
pub(super) fn balance(shown: Shown) -> AnyView {
    // As in the sentence: who is gone has nothing to do any more.
    let waiting = |agent: &Agent| match agent.state {
        AgentState::Dead | AgentState::Stopped => None,
        _ => agent.figures.queue_depth,
    };
    let done = |agent: &Agent| agent.figures.tasks_completed;
    let said = move || shown.with(|all| sentence(&all.balance_said));
    view! {
        <p>{move || said()}</p>
        <div class="halves">
            {bars(shown, "Tasks that wait, by agent", waiting)}
            {bars(shown, "Tasks done, by agent", done)}
        </div>
    }
    .into_any()
}

/// The agents with the most of something.
fn bars(shown: Shown, title: &'static str, of: fn(&Agent) -> Option<f64>) -> AnyView {
    let time = expect_context::<PageTime>();
    let known = move || {
        shown.with(|all| {
            let known = all
                .agents
                .iter()
                .filter_map(|agent| Some((of(agent)?, agent)));
            let mut known: Vec<_> = known
                .map(|(value, agent)| BarItem {
                    name: agent.id.clone(),
                    value,
                    text: format::number(value),
                    href: Some(time.href(&address(&agent.id))),
                    level: level(agent.state),
                })
                .collect();
            known.sort_by(|a, b| b.value.total_cmp(&a.value));
            known
        })
    };
    let known = Memo::new(move |_| known());
    let items = move || known.with(|known| known.iter().take(BARS).cloned().collect::<Vec<_>>());
    let rest = move || {
        let more = known.with(Vec::len).saturating_sub(BARS);
        (more > 0).then(|| {
            let rest = format!("{} more in the table above.", format::count(more, "agent"));
            view! { <small>{rest}</small> }.into_any()
        })
    };
    view! {
        <div>
            <h3>{title}</h3>
            <BarList title=title items=items />
            {move || rest()}
        </div>
    }
    .into_any()
}

/// The agents to look at first, with what their scores are made of.
pub(super) fn scores(shown: Shown) -> AnyView {
    let ids = move || {
        shown.with(|all| {
            let first = all.agents.iter().take(EXPLAINED);
            first.map(|it| it.id.clone()).collect::<Vec<_>>()
        })
    };
    view! {
        <ul class="agent-scores">{each(ids, String::clone, move |id| explained(shown, id))}</ul>
        <p class="explained">{move || shown.with(|all| all.method.clone())}</p>
    }
    .into_any()
}

fn explained(shown: Shown, id: String) -> AnyView {
    let time = expect_context::<PageTime>();
    let of = id.clone();
    let now = Memo::new(move |before: Option<&Option<Agent>>| {
        let now = shown.with(|all| all.agents.iter().find(|it| it.id == of).cloned());
        // What has gone is shown as it was until the row goes as well.
        now.or_else(|| before.cloned().flatten())
    });
    let part = move |part: fn(&Agent) -> AnyView| now.with(|it| it.as_ref().map(part));
    let number = |agent: &Agent| {
        let own = if agent.is_own_score { " (its own)" } else { "" };
        let said = agent.score.map_or_else(|| "no score".to_owned(), score);
        format!("{said}{own}").into_any()
    };
    let state = |agent: &Agent| badge(agent.state, agent.state.as_str().to_owned());
    let made_of = |agent: &Agent| factors(&agent.factors);
    let course = move || {
        let past = now.with(|it| it.as_ref().map(|it| it.past.clone()));
        ui::Spark::from(past.unwrap_or_default())
    };
    let href = address(&id);
    view! {
        <li>
            <p class="head">
                <a href=move || time.href(&href)>{id.clone()}</a>
                {move || part(state)}
                <b>{move || part(number)}</b>
            </p>
            <Sparkline spark=course />
            <details>
                <summary>"What its score is made of"</summary>
                {move || part(made_of)}
            </details>
        </li>
    }
    .into_any()
}

/// What was not taken last, in a line; where reports come from has all of it.
pub(super) fn not_taken(shown: Shown) -> AnyView {
    let said = Memo::new(move |_| shown.with(|all| mistakes(&all.sources)));
    let line = move || {
        view! {
            <p class="note" data-level="degraded">
                <Icon glyph=Glyph::Warning />
                <span>
                    {move || said.get().unwrap_or_default()} " "
                    <a href="#agent-sources" rel="external">"Where reports come from"</a>
                </span>
            </p>
        }
    };
    when(move || said.with(Option::is_some), line).into_any()
}

/// The first mistake, and how many more there are.
fn mistakes(sources: &[AgentSource]) -> Option<String> {
    let mut all = sources
        .iter()
        .flat_map(|it| it.mistakes.iter().map(move |mistake| (it, mistake)));
    let (source, mistake) = all.next()?;
    let first = format!(
        "Not taken as it was told: {} {}: {}",
        source.kind.as_str(),
        source.name,
        ended(mistake)
    );
    Some(match all.count() {
        0 => first,
        1 => format!("{first} There is one more."),
        more => format!("{first} There are {more} more."),
    })
}

/// Where reports come from, with what is wrong there.
pub(super) fn sources(shown: Shown) -> AnyView {
    let rows = Memo::new(move |_| shown.with(|all| all.sources.clone()));
    view! { {move || rows.with(|rows| source_list(rows))} }.into_any()
}

fn source_list(sources: &[AgentSource]) -> AnyView {
    if sources.is_empty() {
        return view! { <Empty>"Nothing has told of an agent yet."</Empty> }.into_any();
    }
    let rows = all(sources.iter().map(source));
    view! { <ul class="agent-sources">{rows}</ul> }.into_any()
}

fn source(source: &AgentSource) -> AnyView {
    let last = match source.last_ms {
        Some(at_ms) => {
            let told = format::count(source.agents as usize, "agent");
            view! { {told} ", " <Ago at_ms=at_ms /> }.into_any()
        }
        None => "nothing yet".into_any(),
    };
    let mistakes = (!source.mistakes.is_empty()).then(|| {
        let lines = source.mistakes.iter().map(|it| {
            view! { <li><Icon glyph=Glyph::Warning /> <span>{it.clone()}</span></li> }
        });
        view! { <ul class="mistakes">{all(lines)}</ul> }.into_any()
    });
    view! {
        <li>
            <p><b>{source.kind.as_str()}</b> " " <code>{source.name.clone()}</code> ": " {last}</p>
            {mistakes}
        </li>
    }
    .into_any()
}

/// The address of all agents of a type.
pub(super) fn of_kind(name: &str) -> String {
    format!("/synthex?type={}", path_segment(name))
}

#[cfg(test)]
mod tests {
    use wire::AgentSourceKind;

    use super::*;

    #[test]
    fn the_first_mistake_is_said() {
        let source = |name: &str, mistakes: &[&str]| AgentSource {
            kind: AgentSourceKind::File,
            name: name.to_owned(),
            last_ms: None,
            agents: 0,
            mistakes: mistakes.iter().map(|it| (*it).to_owned()).collect(),
        };
        let well = source("a.json", &[]);
        let ill = source("b.json", &["line 3: it breaks off", "x"]);
        assert_eq!(mistakes(&[]), None);
        assert_eq!(mistakes(std::slice::from_ref(&well)), None);
        assert_eq!(
            mistakes(&[well, ill]).as_deref(),
            Some(
                "Not taken as it was told: file b.json: line 3: it breaks off. There is one more."
            )
        );
    }
}
