//! The server functions of these pages, like those of `crate::api`.

use leptos::prelude::*;
use wire::{AgentDetail, AgentPicture};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// Agents whose factors a page of all agents has: those to look at first. Of the others their own pages have them.
pub(super) const EXPLAINED: usize = 10;

/// Points of a score's course in the table: it is not wider.
#[cfg(feature = "ssr")]
const COURSE: usize = 20;

/// All agents. Of hundreds of them only what the page shows travels.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_agents() -> Result<Answer<AgentPicture>, Failure> {
    let (services, caller) = services()?;
    let mut picture = services.agents.agents(&caller).await?;
    for (place, agent) in picture.agents.iter_mut().enumerate() {
        if place >= EXPLAINED {
            agent.factors.clear();
        }
        agent.past = course(&agent.past, COURSE);
    }
    Answer::of(&picture)
}

/// A course in fewer points: the newest stays, and the lowest of each stretch, so that no fall is lost. Scores are whole
/// numbers to who looks at them.
#[cfg(feature = "ssr")]
fn course(past: &[f64], most: usize) -> Vec<f64> {
    let stretch = past.len().div_ceil(most).max(1);
    let lowest = |part: &[f64]| part.iter().copied().fold(f64::INFINITY, f64::min).round();
    let mut course: Vec<_> = past.chunks(stretch).map(lowest).collect();
    if let (Some(last), Some(newest)) = (course.last_mut(), past.last()) {
        *last = newest.round();
    }
    course
}

/// One agent with its timeline over the stretch that is `range_ms` long and ends at `until_ms`, or now; over the last day
/// where `range_ms` is 0.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_agent(
    id: String,
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<AgentDetail>, Failure> {
    let (services, caller) = services()?;
    let range = (range_ms != 0).then(|| wire::TimeRange::of(range_ms, until_ms));
    Answer::of(&services.agents.agent(&caller, &id, range).await?)
}

/// Forgets an agent that is dead or stopped.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn forget_agent(id: String) -> Result<Answer<()>, Failure> {
    let (services, caller) = services()?;
    services.agents.forget(&caller, &id).await?;
    Answer::of(&())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn courses() {
        for (past, most, expected) in [
            (vec![], 20, vec![]),
            (vec![80.4, 79.6], 20, vec![80.0, 80.0]),
            (vec![90.0, 10.0, 90.0, 95.0], 2, vec![10.0, 95.0]),
            (vec![90.0, 91.0, 10.0], 2, vec![90.0, 10.0]),
        ] {
            assert_eq!(course(&past, most), expected);
        }
    }
}
