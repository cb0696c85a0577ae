//! How healthy an agent is, of 100.
//!
//! What takes part follows the golden signals (errors, saturation: Google, *Site Reliability Engineering*, chapter 6) and
//! Brendan Gregg's USE method (utilisation, saturation, errors), with what agents add to them: recovering from failures,
//! and predicting well. Each factor is 0 to 100; the score is their mean by weight. What is not known takes no part, so the
//! weights of the others grow.

use crate::figure::{Figure, Figures};
use crate::state::State;

/// How the score is computed, in words.
pub const METHOD: &str = "The score that an agent reports itself goes first. Else it is the mean, by weight, of what is known: \
    tasks done (30 %), how it stands (25 %: active and idle 100, recovering 50, failed 0), recoveries that succeeded (10 %), \
    parallel efficiency (10 %), accuracy of predictions (10 %), memory (10 %: its efficiency, else 100 up to 80 % used, falling \
    to 0 at 100 %), and the queue (5 %: 100 while no more waits than it works on, falling to 0 at ten times that). What is not \
    known takes no part; of its state alone no score is made.";

/// One of the things that a score is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// What.
    pub name: &'static str,
    /// How good it is, 0 to 100.
    pub value: Option<f64>,
    /// Its weight, of 1.
    pub weight: f64,
    /// What it is computed of.
    pub said: String,
}

/// A score and what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// 0 to 100; nothing where too little is known.
    pub value: Option<f64>,
    /// Whether the agent reports it itself.
    pub is_own: bool,
    /// What it is, or would be, computed of.
    pub factors: Vec<Factor>,
}

/// The score of an agent. How it stands takes part while it reports; whoever is silent keeps what it had.
pub fn score(figures: &Figures, state: State) -> Score {
    let factors = vec![
        tasks(figures),
        stands(state),
        recoveries(figures),
        part(
            "parallel efficiency",
            figures.get(Figure::ParallelEfficiency),
            0.10,
        ),
        part("predictions", figures.get(Figure::PredictionAccuracy), 0.10),
        memory(figures),
        queue(figures),
    ];
    let known = || {
        factors
            .iter()
            .filter_map(|it| it.value.map(|value| (value, it)))
    };
    let measured = known().any(|(_, it)| it.name != STANDS);
    let weight: f64 = known().map(|(_, it)| it.weight).sum();
    let sum: f64 = known().map(|(value, it)| value * it.weight).sum();
    let own = figures.get(Figure::Score);
    Score {
        value: own.or_else(|| measured.then(|| sum / weight)),
        is_own: own.is_some(),
        factors,
    }
}

const STANDS: &str = "how it stands";

fn factor(name: &'static str, value: Option<f64>, weight: f64, said: String) -> Factor {
    let said = if said.is_empty() {
        "not reported".to_owned()
    } else {
        said
    };
    Factor {
        name,
        value: value.map(|value| value.clamp(0.0, 100.0)),
        weight,
        said,
    }
}

fn part(name: &'static str, ratio: Option<f64>, weight: f64) -> Factor {
    let said = ratio.map(percent).unwrap_or_default();
    factor(name, ratio.map(|it| it * 100.0), weight, said)
}

fn percent(ratio: f64) -> String {
    format!("{} %", rounded(ratio * 100.0))
}

/// To tenths.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn counted(figures: &Figures, (good, bad): (Figure, Figure), what: &str) -> Option<String> {
    let (good, bad) = (figures.get(good)?, figures.get(bad)?);
    (good + bad > 0.0).then(|| format!("{good} of {} {what}", good + bad))
}

fn tasks(figures: &Figures) -> Factor {
    let ratio = figures.completion();
    let counts = (Figure::TasksCompleted, Figure::TasksFailed);
    let said = counted(figures, counts, "tasks done").or(ratio.map(percent));
    factor(
        "tasks done",
        ratio.map(|it| it * 100.0),
        0.30,
        said.unwrap_or_default(),
    )
}

fn recoveries(figures: &Figures) -> Factor {
    let ratio = figures.recovery();
    let counts = (Figure::Recoveries, Figure::RecoveriesFailed);
    let said = counted(figures, counts, "recoveries succeeded").or(ratio.map(percent));
    factor(
        "recoveries",
        ratio.map(|it| it * 100.0),
        0.10,
        said.unwrap_or_default(),
    )
}

fn stands(state: State) -> Factor {
    let (value, said) = match state {
        State::Active => (Some(100.0), "active"),
        State::Idle => (Some(100.0), "idle"),
        State::Recovering => (Some(50.0), "recovering"),
        State::Failed => (Some(0.0), "failed"),
        State::Stale | State::Dead | State::Stopped | State::Unknown => (None, "not known"),
    };
    factor(STANDS, value, 0.25, said.to_owned())
}

fn memory(figures: &Figures) -> Factor {
    let (value, said) = match (
        figures.get(Figure::MemoryEfficiency),
        figures.get(Figure::MemoryPercent),
    ) {
        (Some(score), _) => (Some(score), format!("efficiency {} of 100", rounded(score))),
        (None, Some(used)) => (
            Some(100.0 * (100.0 - used) / 20.0),
            format!("{} % used", rounded(used)),
        ),
        (None, None) => (None, String::new()),
    };
    factor("memory", value, 0.10, said)
}

fn queue(figures: &Figures) -> Factor {
    let value = figures.get(Figure::QueueDepth).map(|waiting| {
        let works = figures.get(Figure::TasksRunning).unwrap_or(1.0).max(1.0);
        (100.0 * (10.0 - waiting / works) / 9.0, waiting)
    });
    let said = value.map(|(_, waiting)| format!("{} wait", rounded(waiting)));
    factor(
        "queue",
        value.map(|(value, _)| value),
        0.05,
        said.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(figures: &[(Figure, f64)]) -> Figures {
        let mut all = Figures::default();
        for (figure, value) in figures {
            all.set(*figure, *value);
        }
        all
    }

    #[test]
    fn weights_are_a_whole() {
        let weights: f64 = score(&Figures::default(), State::Active)
            .factors
            .iter()
            .map(|it| it.weight)
            .sum();
        assert!((weights - 1.0).abs() < 1e-9);
        for factor in score(&Figures::default(), State::Active).factors {
            let percent = format!("({} %", (factor.weight * 100.0).round());
            assert!(METHOD.contains(&percent), "{percent} of {}", factor.name);
        }
    }

    #[test]
    fn what_it_is_computed_of_is_read_with_ease() {
        let third = 100.0 / 3.0;
        for (figure, name, expected) in [
            (Figure::MemoryPercent, "memory", "33.3 % used"),
            (Figure::MemoryEfficiency, "memory", "efficiency 33.3 of 100"),
            (Figure::QueueDepth, "queue", "33.3 wait"),
        ] {
            let score = score(&of(&[(figure, third)]), State::Active);
            let factor = score.factors.iter().find(|it| it.name == name).unwrap();
            assert_eq!(factor.said, expected);
        }
    }

    #[test]
    fn by_hand() {
        let done = [(Figure::TasksCompleted, 18.0), (Figure::TasksFailed, 2.0)];
        for (figures, state, expected) in [
            (of(&[]), State::Active, None),
            // (90 × 0.3 + 100 × 0.25) / 0.55
            (of(&done), State::Active, Some(52.0 / 0.55)),
            (of(&done), State::Failed, Some(27.0 / 0.55)),
            (of(&done), State::Unknown, Some(90.0)),
            (
                of(&[(Figure::MemoryPercent, 90.0)]),
                State::Unknown,
                Some(50.0),
            ),
            (
                of(&[(Figure::MemoryPercent, 10.0)]),
                State::Unknown,
                Some(100.0),
            ),
            (
                of(&[
                    (Figure::MemoryPercent, 90.0),
                    (Figure::MemoryEfficiency, 70.0),
                ]),
                State::Unknown,
                Some(70.0),
            ),
            (
                of(&[(Figure::QueueDepth, 20.0), (Figure::TasksRunning, 2.0)]),
                State::Unknown,
                Some(0.0),
            ),
            (
                of(&[(Figure::QueueDepth, 2.0), (Figure::TasksRunning, 2.0)]),
                State::Unknown,
                Some(100.0),
            ),
            (of(&[(Figure::QueueDepth, 5.5)]), State::Unknown, Some(50.0)),
            (
                of(&[
                    (Figure::PredictionAccuracy, 0.8),
                    (Figure::ParallelEfficiency, 0.6),
                ]),
                State::Unknown,
                Some(70.0),
            ),
            (
                of(&[(Figure::Score, 12.0), (Figure::PredictionAccuracy, 0.8)]),
                State::Active,
                Some(12.0),
            ),
        ] {
            let found = score(&figures, state).value;
            let is_same = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
                (found, expected) => found == expected,
            };
            assert!(
                is_same,
                "{figures:?} {state:?}: {found:?}, not {expected:?}"
            );
        }
    }

    #[test]
    fn words() {
        let figures = of(&[(Figure::TasksCompleted, 18.0), (Figure::TasksFailed, 2.0)]);
        let found = score(&figures, State::Idle);
        assert!(!found.is_own);
        let said: Vec<_> = found.factors.iter().map(|it| it.said.as_str()).collect();
        assert_eq!(said[..3], ["18 of 20 tasks done", "idle", "not reported"]);
    }
}
