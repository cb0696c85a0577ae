//! All agents in a few words, for the overview. The first load has this code, so the words are made on the server: to read
//! agents takes a call for each of their fields.

use leptos::prelude::*;
use ui::{PageTime, worded_badge};
use wire::{AgentGlance, path_segment};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// How the fleet is.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_agent_glance() -> Result<Answer<AgentGlance>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&of(&services.agents.agents(&caller).await?))
}

/// All agents in a few words.
#[cfg(feature = "ssr")]
fn of(picture: &wire::AgentPicture) -> AgentGlance {
    use super::words::{headline, level, score, sentence, worst};
    use ui::format;
    use wire::{Level, Unit};

    if picture.agents.is_empty() {
        return AgentGlance::default();
    }
    let mut figures = Vec::new();
    if let Some(mean) = picture.score {
        figures.push(format!("mean score {} of 100", score(mean)));
    }
    if let Some(queries) = picture.queries_per_second {
        let queries = format::value(Unit::PerSecond, queries);
        figures.push(format!("{queries} queries"));
    }
    if let Some(queue) = picture.queue_depth {
        figures.push(format!("{} waiting", format::number(queue)));
    }
    let worst = worst(picture);
    AgentGlance {
        level: worst.map_or(Level::Healthy, |it| level(it.state)),
        said: headline(picture),
        figures: figures.join(" · "),
        worst: worst.map_or_else(String::new, |it| it.id.clone()),
        why: worst.map_or_else(String::new, |it| sentence(&it.why)),
    }
}

/// The fleet in a line or two, with the agent to look at first; nothing where no agent has been heard of.
#[allow(dead_code, reason = "the overview shows it")]
pub(crate) fn glance(glance: AgentGlance) -> AnyView {
    if glance.said.is_empty() {
        return ().into_any();
    }
    let time = expect_context::<PageTime>();
    let worst = (!glance.worst.is_empty()).then(|| {
        let path = format!("/synthex/{}", path_segment(&glance.worst));
        view! { <p>"Worst: " <a href=move || time.href(&path)>{glance.worst}</a> ". " {glance.why}</p> }.into_any()
    });
    view! {
        <p>{worded_badge(glance.level, glance.said)} " " {glance.figures}</p>
        {worst}
        <p class="more"><a href=move || time.href("/synthex")>"All agents"</a></p>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use wire::{AgentPicture, AgentState, Level};

    use super::super::words::tests::fleet;
    use super::*;

    #[test]
    fn in_a_few_words() {
        assert_eq!(of(&AgentPicture::default()), AgentGlance::default());
        let well = AgentPicture {
            score: Some(91.4),
            queries_per_second: Some(12.5),
            queue_depth: Some(3.0),
            ..fleet(&[AgentState::Active, AgentState::Idle])
        };
        let said = of(&well);
        assert_eq!(said.level, Level::Healthy);
        assert_eq!(said.said, "1 of 2 agents is active, none in trouble");
        assert_eq!(
            said.figures,
            "mean score 91 of 100 · 12.5/s queries · 3 waiting"
        );
        assert_eq!((said.worst.as_str(), said.why.as_str()), ("", ""));
        let ill = of(&fleet(&[AgentState::Active, AgentState::Stale]));
        assert_eq!(ill.level, Level::Degraded);
        assert_eq!(
            (ill.worst.as_str(), ill.why.as_str()),
            ("a1", "It says so.")
        );
        assert_eq!(ill.figures, "");
    }
}
