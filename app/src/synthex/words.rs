//! Agents in words.

use leptos::prelude::*;
use ui::{Glyph, Icon, format};
use wire::{Agent, AgentPicture, AgentState, Level, path_segment};

/// The level of a state.
pub(crate) fn level(state: AgentState) -> Level {
    match state {
        AgentState::Active | AgentState::Idle => Level::Healthy,
        AgentState::Recovering | AgentState::Stale => Level::Degraded,
        AgentState::Failed | AgentState::Dead => Level::Unhealthy,
        AgentState::Stopped | AgentState::Unknown => Level::Unknown,
    }
}

/// The sign of a state: each has its own.
pub(super) fn glyph(state: AgentState) -> Glyph {
    match state {
        AgentState::Active => Glyph::Check,
        AgentState::Idle => Glyph::Pause,
        AgentState::Recovering => Glyph::Restart,
        AgentState::Failed => Glyph::Warning,
        AgentState::Stale => Glyph::Clock,
        AgentState::Dead => Glyph::Cross,
        AgentState::Stopped => Glyph::Stop,
        AgentState::Unknown => Glyph::Question,
    }
}

/// A state as a badge: colour, sign, and `word`.
pub(super) fn badge(state: AgentState, word: String) -> AnyView {
    view! {
        <span class="badge" data-level=level(state).as_str()>
            <Icon glyph=glyph(state) />
            {word}
        </span>
    }
    .into_any()
}

/// The address of an agent.
pub(crate) fn address(id: &str) -> String {
    format!("/synthex/{}", path_segment(id))
}

/// What a type is called.
pub(super) fn kind(name: &str) -> &str {
    match name {
        "" => "no type said",
        name => name,
    }
}

/// An amount: cents where it is less than a hundred dollars.
pub(super) fn dollars(usd: f64) -> String {
    let digits = if usd.abs() < 100.0 { 2 } else { 0 };
    format!("${}", format::fixed(usd, digits))
}

/// A score as it is written; it has no unit.
pub(crate) fn score(score: f64) -> String {
    format::fixed(score, 0)
}

/// How good a score is: degraded where the rule `AgentHealthLow` fires.
pub(super) fn score_level(score: Option<f64>) -> Level {
    let limits = ui::Thresholds {
        warn: 70.0,
        bad: 40.0,
    };
    limits.level(score)
}

/// Whether somebody should look at it.
pub(crate) fn is_trouble(state: AgentState) -> bool {
    matches!(level(state), Level::Degraded | Level::Unhealthy)
}

/// How the fleet is, in a sentence.
pub(crate) fn headline(picture: &AgentPicture) -> String {
    let all = picture.agents.len();
    let active = picture.active as usize;
    let troubled = (picture.troubled + picture.stale + picture.dead) as usize;
    let are = if active == 1 { "is" } else { "are" };
    match (all, troubled) {
        (0, _) => "No agent has been heard of".to_owned(),
        (1, 0) => {
            let only = picture
                .agents
                .first()
                .map_or(AgentState::Unknown, |it| it.state);
            format!("The only agent is {}", only.as_str())
        }
        (all, 0) if active == all => format!("All {} are active", format::count(all, "agent")),
        (all, 0) => format!(
            "{} of {} {are} active, none in trouble",
            format::grouped(active),
            format::count(all, "agent")
        ),
        (all, troubled) => {
            let need = if troubled == 1 { "needs" } else { "need" };
            format!(
                "{} of {} {need} attention: {}",
                format::grouped(troubled),
                format::count(all, "agent"),
                troubles(picture)
            )
        }
    }
}

/// What is wrong, and how often.
pub(super) fn troubles(picture: &AgentPicture) -> String {
    let parts = [
        (picture.troubled, "failed or recovering"),
        (picture.stale, "stale"),
        (picture.dead, "dead"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    parts.join(", ")
}

/// The agent to look at first, if one is in trouble: they come first in the picture.
pub(super) fn worst(picture: &AgentPicture) -> Option<&Agent> {
    picture.agents.first().filter(|it| is_trouble(it.state))
}

/// The end of a sentence, with its full stop.
pub(crate) fn ended(text: &str) -> String {
    let text = text.trim_end();
    match text.is_empty() || text.ends_with(['.', '!', '?']) {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}

/// A whole sentence: it begins with a large letter, unless it begins with a name.
pub(crate) fn sentence(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    let is_word = first.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut sentence = ended(text);
    if let Some(letter) = sentence.get_mut(..1).filter(|_| is_word) {
        letter.make_ascii_uppercase();
    }
    sentence
}

#[cfg(test)]
pub(crate) mod tests {
    use wire::{AgentFigures, AgentSourceKind};

    use super::*;

    pub(crate) fn agent(id: &str, state: AgentState) -> Agent {
        Agent {
            id: id.to_owned(),
            kind: "parser".to_owned(),
            state,
            said_state: String::new(),
            why: "it says so".to_owned(),
            source: AgentSourceKind::Http,
            source_name: "tests".to_owned(),
            host: String::new(),
            version: String::new(),
            first_ms: 0,
            last_ms: 0,
            ahead_ms: 0,
            interval_ms: None,
            score: Some(80.0),
            is_own_score: false,
            factors: Vec::new(),
            figures: AgentFigures::default(),
            past: Vec::new(),
        }
    }

    pub(crate) fn fleet(states: &[AgentState]) -> AgentPicture {
        let of = |wanted: &[AgentState]| {
            let found = states.iter().filter(|state| wanted.contains(state));
            u32::try_from(found.count()).unwrap()
        };
        let mut agents: Vec<_> = (0..)
            .zip(states)
            .map(|(at, state)| agent(&format!("a{at}"), *state))
            .collect();
        agents.sort_by_key(|it| !is_trouble(it.state));
        AgentPicture {
            agents,
            active: of(&[AgentState::Active]),
            idle: of(&[AgentState::Idle]),
            troubled: of(&[AgentState::Failed, AgentState::Recovering]),
            stale: of(&[AgentState::Stale]),
            dead: of(&[AgentState::Dead]),
            ..AgentPicture::default()
        }
    }

    #[test]
    fn headlines() {
        use AgentState::{Active, Dead, Failed, Idle, Recovering, Stale, Stopped};
        for (states, expected) in [
            (&[][..], "No agent has been heard of"),
            (&[Idle], "The only agent is idle"),
            (&[Active, Active], "All 2 agents are active"),
            (
                &[Active, Idle, Stopped],
                "1 of 3 agents is active, none in trouble",
            ),
            (&[Active, Stale], "1 of 2 agents needs attention: 1 stale"),
            (
                &[Failed, Recovering, Dead, Active],
                "3 of 4 agents need attention: 2 failed or recovering, 1 dead",
            ),
        ] {
            assert_eq!(headline(&fleet(states)), expected);
        }
    }

    #[test]
    fn what_to_look_at_first() {
        use AgentState::{Active, Dead, Stopped};
        assert_eq!(worst(&fleet(&[Active, Stopped])), None);
        let fleet = fleet(&[Active, Dead]);
        assert_eq!(worst(&fleet).map(|it| it.id.as_str()), Some("a1"));
    }

    #[test]
    fn every_state_has_a_sign_of_its_own() {
        for (place, state) in AgentState::ALL.iter().enumerate() {
            for other in &AgentState::ALL[place + 1..] {
                assert_ne!(glyph(*state), glyph(*other), "{state:?} {other:?}");
            }
        }
    }

    #[test]
    fn sentences() {
        for (text, expected) in [
            ("", ""),
            ("so it is", "So it is."),
            ("Is it? ", "Is it?"),
            (
                "status.json no longer has it",
                "status.json no longer has it.",
            ),
            ("ärger", "ärger."),
        ] {
            assert_eq!(sentence(text), expected);
            assert_eq!(ended(text).to_lowercase(), expected.to_lowercase());
        }
    }
}
