//! A silence: which alerts nobody is told of, from when to when, who said so, and why.

use model::{Labels, TimestampMs};
use uuid::Uuid;

use crate::{Matcher, Op};

/// Longest comment and longest name, in letters.
const LONGEST_COMMENT: usize = 4000;
const LONGEST_NAME: usize = 200;
/// The longest silence: ten years.
const LONGEST_MS: i64 = 10 * 366 * 24 * 3_600_000;

/// A silence that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Silence {
    /// UUIDv7.
    pub id: Uuid,
    /// All of them have to match.
    pub matchers: Vec<Matcher>,
    /// From then on.
    pub starts_ms: TimestampMs,
    /// Until then.
    pub ends_ms: TimestampMs,
    /// Who said so.
    pub by: String,
    /// Why.
    pub comment: String,
    /// When it was said.
    pub created_ms: TimestampMs,
    /// When it was changed or ended by somebody; `None` where nobody has.
    pub updated_ms: Option<TimestampMs>,
    /// Who ended it before its time.
    pub ended_by: Option<String>,
}

/// Where a silence stands at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It will begin.
    Pending,
    /// It holds.
    Active,
    /// It is over.
    Expired,
}

/// What somebody wants to be silent.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// All of them have to match.
    pub matchers: Vec<Matcher>,
    /// From then on.
    pub starts_ms: TimestampMs,
    /// Until then.
    pub ends_ms: TimestampMs,
    /// Who says so.
    pub by: String,
    /// Why.
    pub comment: String,
}

/// Why a silence cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would hold back everything.
    #[error(
        "every matcher is also true of alerts without the label, so everything would be silent; name at least one value, as in server=\"files\""
    )]
    Everything,
    /// Its end is not after its begin.
    #[error("a silence ends after it begins")]
    Backwards,
    /// It would be over at once.
    #[error("the silence would have ended before now")]
    Past,
    /// It has no end that anybody will see.
    #[error("a silence lasts ten years at most; a rule that nobody wants is better removed")]
    TooLong,
    /// Nobody says so.
    #[error("a silence has the name of who wants it")]
    Nobody,
    /// A text is too long.
    #[error("a name has at most {LONGEST_NAME} letters, a comment {LONGEST_COMMENT}")]
    Texts,
    /// It is over.
    #[error("this silence is over already")]
    Over,
}

impl Draft {
    /// The silence, if it can be.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check(self, now_ms: TimestampMs) -> Result<Silence, Refusal> {
        if self.matchers.iter().all(Matcher::matches_nothing) {
            return Err(Refusal::Everything);
        }
        self.check_as_alertmanager(now_ms)
    }

    /// The same as Alertmanager has it: whoever says `severity!="critical"` alone may be silent about everything else.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check_as_alertmanager(self, now_ms: TimestampMs) -> Result<Silence, Refusal> {
        let (by, comment) = (self.by.trim(), self.comment.trim());
        let is_open =
            |it: &Matcher| it.matches_nothing() && matches!(it.op, Op::Equal | Op::Matches);
        if self.matchers.iter().all(is_open) {
            return Err(Refusal::Everything);
        }
        if self.ends_ms <= self.starts_ms {
            return Err(Refusal::Backwards);
        }
        if self.ends_ms <= now_ms {
            return Err(Refusal::Past);
        }
        if self.ends_ms.saturating_sub(now_ms.max(self.starts_ms)) > LONGEST_MS {
            return Err(Refusal::TooLong);
        }
        if by.is_empty() {
            return Err(Refusal::Nobody);
        }
        if by.chars().count() > LONGEST_NAME || comment.chars().count() > LONGEST_COMMENT {
            return Err(Refusal::Texts);
        }
        Ok(Silence {
            id: Uuid::now_v7(),
            starts_ms: self.starts_ms,
            ends_ms: self.ends_ms,
            by: by.to_owned(),
            comment: comment.to_owned(),
            created_ms: now_ms,
            updated_ms: None,
            ended_by: None,
            matchers: self.matchers,
        })
    }
}

impl Silence {
    /// Where it stands.
    pub fn phase(&self, now_ms: TimestampMs) -> Phase {
        match now_ms {
            now if now >= self.ends_ms => Phase::Expired,
            now if now < self.starts_ms => Phase::Pending,
            _ => Phase::Active,
        }
    }

    /// Whether it is about an alert with these labels, whenever that is.
    pub fn is_about(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }

    /// Whether it holds an alert with these labels now.
    pub fn holds(&self, labels: &Labels, now_ms: TimestampMs) -> bool {
        self.phase(now_ms) == Phase::Active && self.is_about(labels)
    }

    /// It ends now.
    ///
    /// # Errors
    /// When it is over.
    pub fn ended(&self, by: &str, now_ms: TimestampMs) -> Result<Self, Refusal> {
        if self.phase(now_ms) == Phase::Expired {
            return Err(Refusal::Over);
        }
        Ok(Self {
            starts_ms: self.starts_ms.min(now_ms),
            ends_ms: now_ms,
            updated_ms: Some(now_ms),
            ended_by: Some(by.to_owned()),
            ..self.clone()
        })
    }

    /// The same silence with other times and words, if that does not change what was silent in the past: otherwise
    /// another takes its place (`canUpdate` of Alertmanager's `silence/silence.go`).
    pub(crate) fn changed(&self, wanted: &Self, now_ms: TimestampMs) -> Option<Self> {
        let can_be = match self.phase(now_ms) {
            Phase::Active => self.starts_ms / 1000 == wanted.starts_ms / 1000,
            Phase::Pending => wanted.starts_ms >= now_ms,
            Phase::Expired => false,
        };
        (can_be && self.matchers == wanted.matchers).then(|| Self {
            id: self.id,
            created_ms: self.created_ms,
            updated_ms: Some(now_ms),
            ..wanted.clone()
        })
    }
}

/// The one of some silences that holds an alert with these labels; of several that which ends last.
pub fn holding<'a>(
    silences: &'a [Silence],
    labels: &Labels,
    now_ms: TimestampMs,
) -> Option<&'a Silence> {
    let holding = silences.iter().filter(|it| it.holds(labels, now_ms));
    holding.max_by_key(|it| it.ends_ms)
}

/// When one of some silences begins or ends next after a time: until then everything stays as it is.
pub fn next_change(silences: &[Silence], after_ms: TimestampMs) -> Option<TimestampMs> {
    let times = silences.iter().flat_map(|it| [it.starts_ms, it.ends_ms]);
    times.filter(|at| *at > after_ms).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_matchers;

    fn draft(matchers: &str, starts_ms: i64, ends_ms: i64) -> Draft {
        Draft {
            matchers: parse_matchers(matchers).unwrap(),
            starts_ms,
            ends_ms,
            by: " ann ".to_owned(),
            comment: "disk is changed".to_owned(),
        }
    }

    #[test]
    fn from_begin_to_end() {
        let silence = draft("server=files", 100, 200).check(50).unwrap();
        assert_eq!(silence.by, "ann");
        let files = Labels::new().with("server", "files");
        for (now, phase, holds) in [
            (99, Phase::Pending, false),
            (100, Phase::Active, true),
            (199, Phase::Active, true),
            (200, Phase::Expired, false),
        ] {
            assert_eq!(silence.phase(now), phase, "{now}");
            assert_eq!(silence.holds(&files, now), holds, "{now}");
        }
        assert!(!silence.holds(&Labels::new().with("server", "web"), 150));
        let ended = silence.ended("bob", 150).unwrap();
        assert_eq!(ended.phase(150), Phase::Expired);
        assert_eq!(ended.ended("cyd", 160), Err(Refusal::Over));
        // One that has not begun never begins.
        let never = silence.ended("bob", 60).unwrap();
        assert_eq!(never.phase(60), Phase::Expired);
        assert_eq!(never.phase(150), Phase::Expired);
    }

    #[test]
    fn of_several_the_longest_is_told_and_the_next_change_counts() {
        let made = [
            ("server=a", 0, 100),
            ("server=~a|b", 50, 300),
            ("server=a", 0, 200),
        ];
        let silences =
            made.map(|(matchers, starts, ends)| draft(matchers, starts, ends).check(0).unwrap());
        let ends = |server: &str, now| {
            let labels = Labels::new().with("server", server);
            holding(&silences, &labels, now).map(|it| it.ends_ms)
        };
        assert_eq!([ends("a", 10), ends("a", 60)], [Some(200), Some(300)]);
        assert_eq!(
            [ends("b", 10), ends("b", 60), ends("c", 60)],
            [None, Some(300), None]
        );
        for (after, next) in [
            (0, Some(50)),
            (50, Some(100)),
            (100, Some(200)),
            (300, None),
        ] {
            assert_eq!(next_change(&silences, after), next, "{after}");
        }
    }

    #[test]
    fn what_cannot_be() {
        for (matchers, starts, ends, refusal) in [
            ("server=", 0, 10, Refusal::Everything),
            ("server=~.*, team!=x", 0, 10, Refusal::Everything),
            ("server=a", 10, 10, Refusal::Backwards),
            ("server=a", 0, 5, Refusal::Past),
            ("server=a", 0, i64::MAX, Refusal::TooLong),
        ] {
            let refused = draft(matchers, starts, ends).check(5).unwrap_err();
            assert_eq!(refused, refusal, "{matchers}");
        }
        let mut nobody = draft("server=a", 0, 10);
        nobody.by = " ".to_owned();
        assert_eq!(nobody.check(5).unwrap_err(), Refusal::Nobody);
        let mut long = draft("server=a", 0, 10);
        long.comment = "x".repeat(4001);
        assert_eq!(long.check(5).unwrap_err(), Refusal::Texts);
    }
}
