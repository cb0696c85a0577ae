//! Agents at a glance: how many do well, and those to look at first.

use ui::format;
use wire::{Agent, AgentPicture, Caller, Glance, GlanceLine, Problem, Services, Unit};

use crate::synthex::words;

/// More are on their own page.
const MOST: usize = 5;

pub(super) async fn glance(services: &Services, caller: &Caller) -> Result<Glance, Problem> {
    Ok(said(&services.agents.agents(caller).await?))
}

fn said(picture: &AgentPicture) -> Glance {
    if picture.agents.is_empty() {
        let words = "No agent has told of itself. A file, a POST, metrics, or Claude Code's telemetry tell of agents.";
        return Glance {
            words: words.to_owned(),
            lines: Vec::new(),
        };
    }
    let mut said = vec![words::headline(picture)];
    if let Some(mean) = picture.score {
        said.push(format!("mean score {} of 100", words::score(mean)));
    }
    if let Some(queries) = picture.queries_per_second {
        let queries = format::value(Unit::PerSecond, queries);
        said.push(format!("{queries} queries"));
    }
    if let Some(queue) = picture.queue_depth {
        said.push(format!("{} waiting", format::number(queue)));
    }
    Glance {
        words: words::ended(&said.join("; ")),
        lines: picture.agents.iter().take(MOST).map(line).collect(),
    }
}

fn line(agent: &Agent) -> GlanceLine {
    let about = match words::is_trouble(agent.state) {
        true => &agent.why,
        false => &agent.kind,
    };
    GlanceLine {
        path: words::address(&agent.id),
        name: agent.id.clone(),
        about: about.clone(),
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
        assert!(none.lines.is_empty() && none.words.starts_with("No agent"));
        let well = AgentPicture {
            score: Some(91.4),
            queries_per_second: Some(12.5),
            queue_depth: Some(3.0),
            ..fleet(&[AgentState::Active, AgentState::Idle])
        };
        let well = said(&well);
        assert_eq!(
            well.words,
            "1 of 2 agents is active, none in trouble; mean score 91 of 100; 12.5/s queries; 3 waiting."
        );
        let ill = said(&fleet(&[
            AgentState::Active,
            AgentState::Stale,
            AgentState::Active,
            AgentState::Active,
            AgentState::Active,
            AgentState::Idle,
        ]));
        assert_eq!(ill.lines.len(), MOST);
        let first = &ill.lines[0];
        assert_eq!(
            (first.path.as_str(), first.level, first.state.as_str()),
            ("/synthex/a1", Level::Degraded, "stale")
        );
        assert_eq!(
            (first.about.as_str(), first.figure.as_str()),
            ("it says so", "80")
        );
        assert_eq!(ill.lines[1].about, "parser");
    }
}
