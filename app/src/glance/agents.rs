//! Agents at a glance: how the fleet is, and the agents to look at first.

use ui::format;
use wire::{Agent, AgentPicture, Caller, Glance, GlanceLine, Problem, Services, Unit};

use crate::synthex::words;

/// More are on their own page.
const MOST: usize = 5;

pub(super) async fn glance(services: &Services, caller: &Caller) -> Result<Glance, Problem> {
    let picture = services.agents.agents(caller).await?;
    Ok(said(&picture))
}

fn said(picture: &AgentPicture) -> Glance {
    if picture.agents.is_empty() {
        let words = "No agent has been heard of. The page of agents says how to tell of some.";
        return Glance {
            words: words.to_owned(),
            lines: Vec::new(),
        };
    }
    let mut parts = vec![words::headline(picture)];
    if let Some(mean) = picture.score {
        parts.push(format!("mean score {} of 100", words::score(mean)));
    }
    if let Some(queries) = picture.queries_per_second {
        let queries = format::value(Unit::PerSecond, queries);
        parts.push(format!("{queries} queries"));
    }
    if let Some(queue) = picture.queue_depth {
        parts.push(format!("{} waiting", format::number(queue)));
    }
    let troubled = picture.agents.iter();
    let troubled = troubled.take_while(|it| words::is_trouble(it.state));
    Glance {
        words: parts.join(" · "),
        lines: troubled.take(MOST).map(line).collect(),
    }
}

fn line(agent: &Agent) -> GlanceLine {
    GlanceLine {
        path: words::address(&agent.id),
        name: agent.id.clone(),
        about: words::sentence(&agent.why),
        level: words::level(agent.state),
        state: agent.state.as_str().to_owned(),
        figure: agent.score.map_or_else(|| "–".to_owned(), words::score),
    }
}

#[cfg(test)]
mod tests {
    use wire::{AgentState, Level};

    use super::*;
    use crate::synthex::words::tests::fleet;

    #[test]
    fn in_a_few_words() {
        let none = said(&AgentPicture::default());
        assert!(none.words.starts_with("No agent") && none.lines.is_empty());
        let well = AgentPicture {
            score: Some(91.4),
            queries_per_second: Some(12.5),
            queue_depth: Some(3.0),
            ..fleet(&[AgentState::Active, AgentState::Idle])
        };
        let glance = said(&well);
        assert_eq!(
            glance.words,
            "1 of 2 agents is active, none in trouble · mean score 91 of 100 · 12.5/s queries · 3 waiting"
        );
        assert_eq!(glance.lines, []);
    }

    #[test]
    fn those_in_trouble_are_named() {
        let glance = said(&fleet(&[AgentState::Active, AgentState::Stale]));
        let [line] = &glance.lines[..] else {
            panic!("{:?}", glance.lines);
        };
        assert_eq!(
            [
                &*line.path,
                &*line.name,
                &*line.about,
                &*line.state,
                &*line.figure
            ],
            ["/synthex/a1", "a1", "It says so.", "stale", "80"]
        );
        assert_eq!(line.level, Level::Degraded);
        assert_eq!(said(&fleet(&[AgentState::Dead; 9])).lines.len(), MOST);
    }
}
