//! How started servers stand over time, noted on disk as it changes: what pages show of hours ago, and of before the
//! product was started anew.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use db::Db;
use model::{Clock, TimestampMs};
use tokio_util::sync::CancellationToken;
use wire::{LaunchExit, LaunchState};

use super::book::{Book, Record};
use super::store::{self, Entry};
use super::{Current, Fleet, state};

/// How often it is looked though nothing is heard: a crash loop is over by the clock.
const INTERVAL: Duration = Duration::from_secs(5);
/// What happens within this time is written at once.
const TOGETHER: Duration = Duration::from_secs(1);
/// How often it is noted that it was looked: so much of what was is unknown when the product is killed.
const LOOKED_MS: i64 = 30_000;
/// How often old things are forgotten.
const FORGET_MS: i64 = 600_000;

/// Whoever notes it.
pub(super) struct Chronicle {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: Current,
    pub(super) fleet: Arc<Fleet>,
    pub(super) book: Arc<Book>,
}

/// How a server stood when it was looked last.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    state: LaunchState,
    from_ms: TimestampMs,
    /// How many of its runs had ended.
    ended: u64,
}

/// What is known of all.
#[derive(Default)]
struct Seen {
    servers: BTreeMap<String, Known>,
    looked_ms: TimestampMs,
    forgot_ms: TimestampMs,
}

impl Chronicle {
    /// Notes what becomes of servers until told to stop.
    pub(super) async fn run(self, stop: CancellationToken) {
        let mut seen = Seen::default();
        let mut trouble = Trouble::default();
        trouble.say(store::resume(&self.db).await);
        loop {
            trouble.say(self.look(&mut seen).await);
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(INTERVAL) => {}
                () = self.book.changed() => {
                    let more = tokio::time::sleep(TOGETHER);
                    if stop.run_until_cancelled(more).await.is_none() {
                        break;
                    }
                }
            }
        }
        trouble.say(self.look(&mut seen).await);
        trouble.say(store::close(&self.db, self.clock.now_ms()).await);
    }

    /// Looks at all servers; what could not be written is found again by the next look.
    async fn look(&self, seen: &mut Seen) -> Result<(), db::Error> {
        let now = self.clock.now_ms();
        let (limits, history) = {
            let config = self.config.borrow();
            (config.launcher.clone(), config.retention.history)
        };
        let mut entries = Vec::new();
        let mut servers = BTreeMap::new();
        for row in self.fleet.launched() {
            let record = self.book.of(&row.name);
            let state = state::standing(row.admin, &record, &limits, now);
            let before = seen.servers.remove(&row.name);
            let (known, told) = became(before, &record, state, now);
            entries.extend(told.into_iter().map(|it| match it {
                Became::Stands(state, at_ms) => Entry::Stands(row.name.clone(), state, at_ms),
                Became::Ended(exit) => Entry::Ended(row.name.clone(), exit),
            }));
            servers.insert(row.name, (before, known));
        }
        let gone = seen.servers.keys();
        entries.extend(gone.map(|name| Entry::Gone(name.clone(), now)));
        let written = match entries.is_empty() && now - seen.looked_ms < LOOKED_MS {
            true => Ok(()),
            false => store::note(&self.db, &entries, now).await,
        };
        if written.is_err() {
            let before = servers.into_iter();
            let before = before.filter_map(|(name, (before, _))| Some((name, before?)));
            seen.servers.extend(before);
            return written;
        }
        if !entries.is_empty() || now - seen.looked_ms >= LOOKED_MS {
            seen.looked_ms = now;
        }
        let after = servers.into_iter();
        seen.servers = after.map(|(name, (_, known))| (name, known)).collect();
        if now - seen.forgot_ms >= FORGET_MS {
            let history_ms = i64::try_from(history.as_millis()).unwrap_or(now);
            let before_ms = (!history.is_zero()).then_some(now - history_ms);
            store::forget(&self.db, before_ms).await?;
            seen.forgot_ms = now;
        }
        Ok(())
    }
}

/// What cannot be written is said once, not every few seconds.
#[derive(Default)]
struct Trouble {
    is_said: bool,
}

impl Trouble {
    fn say(&mut self, written: Result<(), db::Error>) {
        match written {
            Ok(()) => self.is_said = false,
            Err(_) if self.is_said => {}
            Err(error) => {
                tracing::error!(%error, "how started servers stand cannot be noted");
                self.is_said = true;
            }
        }
    }
}

/// Something that became of a server.
#[derive(Debug, PartialEq)]
enum Became {
    /// From then on it stood so.
    Stands(LaunchState, TimestampMs),
    /// A run of it ended.
    Ended(LaunchExit),
}

/// What became of a server, as far as it has been told.
struct Story {
    /// How it stood last, and since when.
    at: Option<(LaunchState, TimestampMs)>,
    told: Vec<Became>,
}

impl Story {
    fn stands(&mut self, state: LaunchState, from_ms: TimestampMs) {
        if self.at.is_none_or(|(before, _)| before != state) {
            let from_ms = self.at.map_or(from_ms, |(_, at_ms)| from_ms.max(at_ms));
            self.told.push(Became::Stands(state, from_ms));
            self.at = Some((state, from_ms));
        }
    }

    /// A start, unless how it stands is known of a later time.
    fn begins(&mut self, started_ms: TimestampMs) {
        if self.at.is_none_or(|(_, at_ms)| started_ms > at_ms) {
            self.stands(LaunchState::Starting, started_ms);
        }
    }
}

/// What has become of a server since it was looked before, also between the two looks.
fn became(
    before: Option<Known>,
    record: &Record,
    state: LaunchState,
    now: TimestampMs,
) -> (Known, Vec<Became>) {
    let noted = before.map_or(0, |known| known.ended);
    let fresh = usize::try_from(record.ended.saturating_sub(noted)).unwrap_or(usize::MAX);
    let mut fresh: Vec<_> = record.exits.iter().take(fresh).cloned().collect();
    let mut story = Story {
        at: before.map(|known| (known.state, known.from_ms)),
        told: Vec::new(),
    };
    // In a loop it stands alike, whether it runs at this moment or not.
    let is_looping = before.is_some_and(|known| known.state == LaunchState::CrashLoop);
    while let Some(exit) = fresh.pop() {
        if !is_looping {
            story.begins(exit.started_ms);
            story.stands(after(&exit, state, fresh.is_empty()), exit.ended_ms);
        }
        story.told.push(Became::Ended(exit));
    }
    let run = record.run.as_ref().filter(|_| !is_looping);
    if let (LaunchState::Starting | LaunchState::Running, Some(run)) = (state, run) {
        story.begins(run.started_ms);
    }
    let ready_ms = run.and_then(|run| run.ready_ms);
    story.stands(
        state,
        match state {
            LaunchState::Running => ready_ms.unwrap_or(now),
            _ => now,
        },
    );
    let from_ms = story.at.map_or(now, |(_, from_ms)| from_ms);
    let known = Known {
        state,
        from_ms,
        ended: record.ended,
    };
    (known, story.told)
}

/// How it stood after a run: as now after the last, if it has not been started again.
fn after(exit: &LaunchExit, now: LaunchState, is_last: bool) -> LaunchState {
    use LaunchState::{BackingOff, CrashLoop, Failed, Starting, Stopped};
    match (now, exit.pid) {
        (BackingOff | CrashLoop | Failed | Stopped, _) if is_last => now,
        _ if exit.was_asked => Starting,
        (_, None) => Failed,
        (_, Some(_)) => BackingOff,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::super::book::End;
    use super::*;

    /// A clock that a test sets.
    #[derive(Default)]
    struct Set(AtomicI64);

    impl Clock for Set {
        fn now_ms(&self) -> TimestampMs {
            self.0.load(Ordering::Relaxed)
        }
    }

    /// What happens at a time, in seconds.
    enum What {
        Begins,
        Runs,
        Crashes,
        Ends,
        Looks(LaunchState),
    }

    /// Plays what happens and tells what became of it: states with the second, and ends.
    fn played(all: &[(i64, What)]) -> Vec<String> {
        let clock = Arc::new(Set::default());
        let book = Book::new(clock.clone());
        let (mut id, mut before, mut told) = (0, None, Vec::new());
        for (at, what) in all {
            clock.0.store(at * 1000, Ordering::Relaxed);
            match what {
                What::Begins => id = book.begins("fs"),
                What::Runs => book.runs("fs", id, 7, Arc::new(Vec::new)),
                What::Crashes | What::Ends => {
                    let end = End {
                        how: format!("end at {at}"),
                        was_asked: matches!(what, What::Ends),
                        stderr: vec!["the last line".to_owned()],
                    };
                    book.ends("fs", id, end);
                }
                What::Looks(state) => {
                    let (known, news) = became(before, &book.of("fs"), *state, at * 1000);
                    before = Some(known);
                    told.extend(news.into_iter().map(|it| match it {
                        Became::Stands(state, at_ms) => {
                            format!("{} {}", state.as_str(), at_ms / 1000)
                        }
                        Became::Ended(exit) => exit.how,
                    }));
                }
            }
        }
        told
    }

    #[test]
    fn what_happens_between_two_looks_is_told_with_its_time() {
        use LaunchState::{BackingOff, CrashLoop, Failed, Running, Starting, Stopped};
        use What::{Begins, Crashes, Ends, Looks, Runs};
        for (all, expected) in [
            // Seen from the start.
            (
                vec![
                    (1, Begins),
                    (2, Looks(Starting)),
                    (3, Runs),
                    (9, Looks(Running)),
                ],
                vec!["starting 1", "running 9"],
            ),
            // A crash, and another start that failed, all of it unseen.
            (
                vec![
                    (1, Begins),
                    (2, Runs),
                    (3, Looks(Running)),
                    (5, Crashes),
                    (7, Begins),
                    (8, Crashes),
                    (10, Begins),
                    (11, Runs),
                    (12, Looks(Starting)),
                ],
                vec![
                    "starting 1",
                    "running 3",
                    "backing_off 5",
                    "end at 5",
                    "starting 7",
                    "failed 8",
                    "end at 8",
                    "starting 10",
                ],
            ),
            // A stop that somebody ordered, and a start.
            (
                vec![
                    (1, Begins),
                    (2, Runs),
                    (3, Looks(Running)),
                    (5, Ends),
                    (6, Looks(Stopped)),
                    (7, Looks(Stopped)),
                    (9, Begins),
                    (9, Looks(Starting)),
                ],
                vec![
                    "starting 1",
                    "running 3",
                    "stopped 5",
                    "end at 5",
                    "starting 9",
                ],
            ),
            // A restart is no crash.
            (
                vec![
                    (1, Begins),
                    (2, Runs),
                    (3, Looks(Running)),
                    (5, Ends),
                    (6, Begins),
                    (6, Looks(Starting)),
                ],
                vec!["starting 1", "running 3", "starting 5", "end at 5"],
            ),
            // In a crash loop each end is told, and the loop is one stretch.
            (
                vec![
                    (1, Begins),
                    (2, Runs),
                    (3, Crashes),
                    (4, Looks(CrashLoop)),
                    (5, Begins),
                    (6, Runs),
                    (6, Looks(CrashLoop)),
                    (7, Crashes),
                    (8, Looks(CrashLoop)),
                    (9, Begins),
                    (10, Runs),
                    (300, Looks(Running)),
                ],
                vec![
                    "starting 1",
                    "crash_loop 3",
                    "end at 3",
                    "end at 7",
                    "running 300",
                ],
            ),
            (
                vec![
                    (1, Begins),
                    (2, Crashes),
                    (2, Looks(Failed)),
                    (3, Looks(BackingOff)),
                ],
                vec!["starting 1", "failed 2", "end at 2", "backing_off 3"],
            ),
        ] {
            assert_eq!(played(&all), expected);
        }
    }
}
