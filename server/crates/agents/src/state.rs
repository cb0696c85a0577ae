//! How an agent stands: by what it says, and by how long ago it said it.

use serde::{Deserialize, Serialize};

/// What an agent says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// It works.
    Active,
    /// It waits for work.
    Idle,
    /// It comes back from a failure.
    Recovering,
    /// It has failed, or does badly.
    Failed,
    /// It ends.
    Stopped,
    /// Whoever reports it says that it is gone.
    Gone,
}

/// Words for states, in lower case, without marks between words.
const WORDS: &[(Said, &[&str])] = &[
    (
        Said::Active,
        &[
            "active",
            "running",
            "busy",
            "working",
            "processing",
            "healthy",
            "ok",
            "good",
            "online",
            "up",
            "alive",
            "excellent",
            "operational",
            "optimal",
            "learning",
        ],
    ),
    (
        Said::Idle,
        &[
            "idle",
            "waiting",
            "ready",
            "standby",
            "available",
            "sleeping",
            "paused",
            "inactive",
        ],
    ),
    (
        Said::Recovering,
        &[
            "recovering",
            "restarting",
            "starting",
            "initializing",
            "initialising",
            "healing",
            "retrying",
        ],
    ),
    (
        Said::Failed,
        &[
            "failed",
            "failing",
            "error",
            "critical",
            "unhealthy",
            "degraded",
            "warning",
            "overloaded",
            "stuck",
            "poor",
        ],
    ),
    (
        Said::Stopped,
        &[
            "stopped",
            "stopping",
            "exited",
            "shutdown",
            "terminated",
            "completed",
            "finished",
            "done",
            "closed",
        ],
    ),
    (
        Said::Gone,
        &[
            "dead", "lost", "gone", "crashed", "offline", "down", "killed",
        ],
    ),
];

/// What a word means; nothing where it is not known.
pub fn said(word: &str) -> Option<Said> {
    let squashed: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    let squashed = squashed.to_ascii_lowercase();
    let found = WORDS
        .iter()
        .find(|(_, words)| words.contains(&squashed.as_str()));
    found.map(|(said, _)| *said)
}

/// How long an agent may be silent, where that is set; else it follows from how often it reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patience {
    /// After so many milliseconds it is stale.
    pub stale_ms: Option<i64>,
    /// After so many it is dead.
    pub dead_ms: Option<i64>,
}

/// Stale: three reports are missing, and never before this.
const STALE_INTERVALS: i64 = 3;
const STALE_LEAST_MS: i64 = 5_000;
/// Stale, of an agent of which it is not known how often it reports.
const STALE_UNKNOWN_MS: i64 = 90_000;
/// Dead: so many times as long as stale, and never before a minute.
const DEAD_TIMES: i64 = 4;
const DEAD_LEAST_MS: i64 = 60_000;

/// What is known of an agent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Heard<'a> {
    /// When it was heard of last.
    pub last_ms: i64,
    /// How long it usually is between two reports.
    pub interval_ms: Option<i64>,
    /// What it said, and in which word.
    pub said: Option<Said>,
    /// The word for that.
    pub word: &'a str,
    /// Since when its source no longer has it, and which that is.
    pub gone: Option<(i64, &'a str)>,
}

/// How an agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "the words of `Said`, and what follows from silence"
)]
pub enum State {
    Active,
    Idle,
    Recovering,
    Failed,
    Stale,
    Dead,
    Stopped,
    Unknown,
}

/// How an agent stands, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How.
    pub state: State,
    /// Why, in a sentence that stays the same while the state does.
    pub why: String,
}

impl Patience {
    /// After how many milliseconds of silence an agent is stale, and after how many it is dead.
    pub fn limits(&self, interval_ms: Option<i64>) -> (i64, i64) {
        let usual = interval_ms
            .map(|interval| interval.saturating_mul(STALE_INTERVALS).max(STALE_LEAST_MS));
        let stale = self.stale_ms.or(usual).unwrap_or(STALE_UNKNOWN_MS);
        let dead = stale.saturating_mul(DEAD_TIMES).max(DEAD_LEAST_MS);
        (stale, self.dead_ms.unwrap_or(dead).max(stale))
    }
}

/// How an agent stands now.
pub fn standing(heard: &Heard<'_>, patience: &Patience, now_ms: i64) -> Standing {
    let silent_ms = now_ms - heard.last_ms;
    let (stale_ms, dead_ms) = patience.limits(heard.interval_ms);
    let usually = match (heard.interval_ms, patience.stale_ms) {
        (Some(interval), None) => format!("it reports every {} usually", words(interval)),
        _ => "that is the limit".to_owned(),
    };
    let of = |state, why: String| Standing { state, why };
    let word = heard.word;
    match heard.said {
        Some(Said::Stopped) => return of(State::Stopped, format!("it said {word:?} last")),
        Some(Said::Gone) => return of(State::Dead, format!("its source calls it {word:?}")),
        _ => {}
    }
    if let Some((_, source)) = heard.gone {
        return of(State::Dead, format!("{source} no longer has it"));
    }
    if silent_ms > dead_ms {
        return of(
            State::Dead,
            format!(
                "nothing was heard of it for more than {}; {usually}",
                words(dead_ms)
            ),
        );
    }
    if silent_ms > stale_ms {
        return of(
            State::Stale,
            format!(
                "nothing was heard of it for more than {}; {usually}",
                words(stale_ms)
            ),
        );
    }
    let state = match heard.said {
        Some(Said::Active) => State::Active,
        Some(Said::Idle) => State::Idle,
        Some(Said::Recovering) => State::Recovering,
        Some(Said::Failed) => State::Failed,
        _ => State::Unknown,
    };
    match (state, word) {
        (State::Unknown, "") => of(state, "it does not say how it stands".to_owned()),
        (State::Unknown, _) => of(
            state,
            format!("it says {word:?}, which is no known word for a state"),
        ),
        _ => of(state, format!("it says {word:?}")),
    }
}

/// A session is idle when it has done nothing for so long.
const SESSION_IDLE_MS: i64 = 5 * 60_000;
/// And taken as over after so long.
const SESSION_OVER_MS: i64 = 60 * 60_000;

/// How a session stands that people work with: what it does comes when they ask for it, and nobody says when it ends, so
/// its silence is no failure.
pub fn session(heard: &Heard<'_>, now_ms: i64) -> Standing {
    let silent_ms = now_ms - heard.last_ms;
    let limit = |ms| words(ms);
    let (state, why) = match heard.said {
        _ if silent_ms > SESSION_OVER_MS => (
            State::Stopped,
            format!(
                "it has done nothing for more than {}; a session does not say that it ends",
                limit(SESSION_OVER_MS)
            ),
        ),
        _ if silent_ms > SESSION_IDLE_MS => (
            State::Idle,
            format!(
                "it has done nothing for more than {}",
                limit(SESSION_IDLE_MS)
            ),
        ),
        Some(Said::Failed) => (
            State::Failed,
            format!("its last request failed: {}", heard.word),
        ),
        _ => (
            State::Active,
            format!("it did something within {}", limit(SESSION_IDLE_MS)),
        ),
    };
    Standing { state, why }
}

/// A time in words, as exact as it matters.
fn words(ms: i64) -> String {
    match ms {
        ms if ms < 10_000 => {
            let tenths = (ms + 50) / 100;
            match tenths % 10 {
                0 => format!("{} s", tenths / 10),
                rest => format!("{}.{rest} s", tenths / 10),
            }
        }
        ms if ms < 180_000 => format!("{} s", (ms + 500) / 1000),
        ms => format!("{} min", (ms + 30_000) / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_means_two_things() {
        let mut seen = std::collections::HashSet::new();
        for (state, all) in WORDS {
            for word in *all {
                assert!(seen.insert(word), "{word}");
                assert_eq!(said(&word.to_uppercase()), Some(*state));
            }
        }
        assert_eq!(said("shut-down"), Some(Said::Stopped));
        assert_eq!(said("purple"), None);
    }

    #[test]
    fn silence() {
        let patience = Patience::default();
        let set = Patience {
            stale_ms: Some(2_000),
            dead_ms: Some(1_000),
        };
        let active = Some(Said::Active);
        for (interval, patience, silent, said, expected) in [
            (Some(1000), patience, 5_000, active, State::Active),
            (Some(1000), patience, 5_001, active, State::Stale),
            (Some(1000), patience, 60_000, active, State::Stale),
            (Some(1000), patience, 60_001, active, State::Dead),
            (Some(60_000), patience, 180_000, active, State::Active),
            (Some(60_000), patience, 180_001, active, State::Stale),
            (Some(60_000), patience, 720_001, active, State::Dead),
            (None, patience, 90_000, None, State::Unknown),
            (None, patience, 90_001, None, State::Stale),
            (None, patience, 360_001, Some(Said::Failed), State::Dead),
            (None, patience, 360_001, Some(Said::Stopped), State::Stopped),
            (None, patience, 0, Some(Said::Gone), State::Dead),
            (None, patience, 0, Some(Said::Failed), State::Failed),
            // What is set holds, and nobody is dead before being stale.
            (Some(60_000), set, 2_000, active, State::Active),
            (Some(60_000), set, 2_001, active, State::Dead),
            // A clock that was set back is no silence.
            (Some(1000), patience, -5_000, active, State::Active),
        ] {
            let heard = Heard {
                last_ms: 1_000_000,
                interval_ms: interval,
                said,
                word: "word",
                gone: None,
            };
            let found = standing(&heard, &patience, 1_000_000 + silent);
            assert_eq!(found.state, expected, "{interval:?} {silent} {said:?}");
        }
    }

    #[test]
    fn sessions() {
        for (silent, said, expected) in [
            (0, None, State::Active),
            (300_000, Some(Said::Active), State::Active),
            (0, Some(Said::Failed), State::Failed),
            (300_001, Some(Said::Failed), State::Idle),
            (3_600_000, None, State::Idle),
            (3_600_001, None, State::Stopped),
        ] {
            let heard = Heard {
                said,
                word: "529: overloaded",
                ..Heard::default()
            };
            assert_eq!(session(&heard, silent).state, expected, "{silent} {said:?}");
        }
    }

    #[test]
    fn reasons() {
        let mut heard = Heard {
            last_ms: 0,
            interval_ms: Some(2000),
            said: Some(Said::Active),
            word: "busy",
            gone: None,
        };
        let why = |heard: &Heard<'_>, now| standing(heard, &Patience::default(), now).why;
        assert_eq!(why(&heard, 0), "it says \"busy\"");
        assert_eq!(
            why(&heard, 7000),
            "nothing was heard of it for more than 6 s; it reports every 2 s usually"
        );
        heard.gone = Some((0, "status.json"));
        assert_eq!(why(&heard, 0), "status.json no longer has it");
        heard = Heard {
            word: "purple",
            ..Heard::default()
        };
        assert_eq!(
            why(&heard, 0),
            "it says \"purple\", which is no known word for a state"
        );
    }
}
