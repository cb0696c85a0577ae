//! A maintenance window: which alerts nobody is told of, at times that a calendar or two dates say.

use model::{Labels, TimestampMs};
use uuid::Uuid;

use crate::{Calendar, Matcher, Span, Unfit};

/// Longest comment and longest name, in letters.
const LONGEST_COMMENT: usize = 4000;
const LONGEST_NAME: usize = 200;
/// The longest single window: ten years.
const LONGEST_MS: i64 = 10 * 366 * 24 * 3_600_000;
/// How far ahead somebody looks for what comes next, in milliseconds: two years.
pub const AHEAD_MS: i64 = 2 * 366 * 24 * 3_600_000;
/// What begins on the last day of a calendar is over after this time.
const LAST_MS: i64 = 34 * 24 * 3_600_000;
/// Times that were left out and are still kept.
const MOST_HOLES: usize = 200;

/// When a window is.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Once.
    Once(Span),
    /// Whenever a calendar says so.
    Calendar(Box<Calendar>),
}

/// A time that is left out: somebody has ended one occurrence before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// What is left out.
    pub span: Span,
    /// Who said so.
    pub by: String,
    /// When.
    pub at_ms: TimestampMs,
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Who.
    pub by: String,
    /// When.
    pub at_ms: TimestampMs,
}

/// A window that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// UUIDv7; of one from the configuration, made of its name.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// All of them have to match.
    pub matchers: Vec<Matcher>,
    /// When.
    pub when: When,
    /// Why.
    pub comment: String,
    /// Who made it.
    pub made: Deed,
    /// Who changed it last.
    pub changed: Option<Deed>,
    /// Who ended it for good.
    pub ended: Option<Deed>,
    /// What is left out of its times, oldest first.
    pub holes: Vec<Hole>,
}

/// What somebody wants a window to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What people call it.
    pub name: String,
    /// All of them have to match.
    pub matchers: Vec<Matcher>,
    /// When.
    pub when: When,
    /// Why.
    pub comment: String,
    /// Who says so.
    pub by: String,
}

/// Why a window cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has no name.
    #[error("a window has a name, by which people know it")]
    Nameless,
    /// It would hold back everything.
    #[error(
        "every matcher is also true of alerts without the label, so everything would be silent; name at least one value, as in server=\"files\""
    )]
    Everything,
    /// Its end is not after its begin.
    #[error("a window ends after it begins")]
    Backwards,
    /// It would be over at once.
    #[error("the window would have ended before now")]
    Past,
    /// It has no end that anybody will see.
    #[error("a single window lasts ten years at most")]
    TooLong,
    /// Its calendar.
    #[error(transparent)]
    Calendar(#[from] Unfit),
    /// Nobody says so.
    #[error("a window has the name of who wants it")]
    Nobody,
    /// A text is too long.
    #[error("a name has at most {LONGEST_NAME} letters, a comment {LONGEST_COMMENT}")]
    Texts,
    /// It is over.
    #[error("this window is over already")]
    Over,
    /// It does not run now.
    #[error("this window does not run now; a later time of it can be left out once it has begun")]
    Idle,
}

impl Plan {
    /// Whether it can be, from a time on.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check(&self, now_ms: TimestampMs) -> Result<(), Refused> {
        let letters = |text: &str| text.trim().chars().count();
        if self.matchers.iter().all(Matcher::matches_nothing) {
            return Err(Refused::Everything);
        }
        self.when.check(now_ms)?;
        if letters(&self.name) == 0 {
            return Err(Refused::Nameless);
        }
        if letters(&self.by) == 0 {
            return Err(Refused::Nobody);
        }
        let is_long = [&self.name, &self.by]
            .iter()
            .any(|it| letters(it) > LONGEST_NAME);
        match is_long || letters(&self.comment) > LONGEST_COMMENT {
            true => Err(Refused::Texts),
            false => Ok(()),
        }
    }

    /// The window, if it can be.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn made(self, now_ms: TimestampMs) -> Result<Window, Refused> {
        self.check(now_ms)?;
        Ok(Window {
            id: Uuid::now_v7(),
            name: self.name.trim().to_owned(),
            matchers: self.matchers,
            when: self.when,
            comment: self.comment.trim().to_owned(),
            made: deed(&self.by, now_ms),
            changed: None,
            ended: None,
            holes: Vec::new(),
        })
    }
}

fn deed(by: &str, at_ms: TimestampMs) -> Deed {
    let by = by.trim().to_owned();
    Deed { by, at_ms }
}

impl When {
    /// Whether it will be, after a time.
    ///
    /// # Errors
    /// Why it will not.
    pub fn check(&self, now_ms: TimestampMs) -> Result<(), Refused> {
        match self {
            Self::Calendar(calendar) => Ok(calendar.happens(now_ms)?),
            Self::Once(span) if span.to_ms <= span.from_ms => Err(Refused::Backwards),
            Self::Once(span) if span.to_ms <= now_ms => Err(Refused::Past),
            Self::Once(span) => {
                let lasts_ms = span.to_ms.saturating_sub(now_ms.max(span.from_ms));
                match lasts_ms > LONGEST_MS {
                    true => Err(Refused::TooLong),
                    false => Ok(()),
                }
            }
        }
    }

    /// Its stretches after a time, as those of [`Calendar::spans`].
    pub fn spans(&self, from_ms: i64, to_ms: i64, most: usize) -> Vec<Span> {
        match self {
            Self::Once(span) => {
                let is_near = span.to_ms > from_ms && span.from_ms < to_ms;
                Some(*span)
                    .filter(|_| is_near)
                    .into_iter()
                    .take(most)
                    .collect()
            }
            // It has been checked when it was made.
            Self::Calendar(calendar) => calendar.spans(from_ms, to_ms, most).unwrap_or_default(),
        }
    }
}

impl Window {
    /// Whether it is about an alert with these labels, whenever that is.
    pub fn is_about(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(labels))
    }

    /// When it holds, from a time on: at most so many stretches that begin before another; what is left out is not in
    /// them.
    pub fn spans(&self, from_ms: i64, to_ms: i64, most: usize) -> Vec<Span> {
        if self.ended.is_some() {
            return Vec::new();
        }
        let mut spans = self.when.spans(from_ms, to_ms, most + self.holes.len());
        for hole in &self.holes {
            spans = spans
                .into_iter()
                .flat_map(|it| it.without(hole.span))
                .collect();
        }
        spans.retain(|it| it.to_ms > from_ms);
        spans.truncate(most);
        spans
    }

    /// What runs at a time.
    pub fn runs(&self, at_ms: TimestampMs) -> Option<Span> {
        let spans = self.spans(at_ms, at_ms + AHEAD_MS, 1);
        spans.into_iter().find(|it| it.holds(at_ms))
    }

    /// The same by another plan; what was left out of the former times is no longer.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn changed(&self, plan: Plan, now_ms: TimestampMs) -> Result<Self, Refused> {
        // A text may be mended while the times, which were fine when they were said, go on.
        let is_same_time = self.when == plan.when && self.ended.is_none();
        let checked = plan.check(now_ms);
        match checked {
            Err(Refused::Past) if is_same_time => return Err(Refused::Over),
            other => other?,
        }
        let holes = match is_same_time {
            true => self.holes.clone(),
            false => Vec::new(),
        };
        Ok(Self {
            name: plan.name.trim().to_owned(),
            matchers: plan.matchers,
            when: plan.when,
            comment: plan.comment.trim().to_owned(),
            changed: Some(deed(&plan.by, now_ms)),
            ended: None,
            holes,
            ..self.clone()
        })
    }

    /// What runs now ends now; it comes again as its calendar says.
    ///
    /// # Errors
    /// When nothing runs.
    pub fn left(&self, by: &str, now_ms: TimestampMs) -> Result<Self, Refused> {
        let running = self.runs(now_ms).ok_or(Refused::Idle)?;
        if matches!(self.when, When::Once(_)) {
            return self.ended(by, now_ms);
        }
        let span = Span {
            from_ms: now_ms,
            to_ms: running.to_ms,
        };
        let mut next = self.clone();
        next.holes.retain(|hole| hole.span.to_ms > now_ms);
        if next.holes.len() >= MOST_HOLES {
            next.holes.remove(0);
        }
        let Deed { by, at_ms } = deed(by, now_ms);
        next.holes.push(Hole { span, by, at_ms });
        Ok(next)
    }

    /// It never holds again.
    ///
    /// # Errors
    /// When it is over already.
    pub fn ended(&self, by: &str, now_ms: TimestampMs) -> Result<Self, Refused> {
        match self.is_over(now_ms) {
            true => Err(Refused::Over),
            false => Ok(Self {
                ended: Some(deed(by, now_ms)),
                ..self.clone()
            }),
        }
    }

    /// Since when it does not hold any more, and will not, where that can be told.
    pub(crate) fn over_since_ms(&self) -> Option<TimestampMs> {
        match (&self.ended, &self.when) {
            (Some(ended), _) => Some(ended.at_ms),
            (None, When::Once(span)) => Some(span.to_ms),
            (None, When::Calendar(calendar)) => {
                let last = calendar.last?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
                Some(last.timestamp().as_millisecond() + LAST_MS)
            }
        }
    }

    /// Whether it never holds again.
    pub fn is_over(&self, now_ms: TimestampMs) -> bool {
        self.ended.is_some()
            || match &self.when {
                When::Once(span) => span.to_ms <= now_ms,
                When::Calendar(calendar) => calendar.happens(now_ms).is_err(),
            }
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
