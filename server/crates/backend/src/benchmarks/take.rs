//! A file is taken: read, held against earlier runs, written, and what changed is marked.

use benchmarks::{
    Comparison, MOST_PAST, Measured, Verdict, compare, corrected, read, rivals, speed_up, verdict,
};
use sha2::{Digest, Sha256};
use wire::{BenchmarkFile, BenchmarkTaken, BenchmarkVerdict, Code, EventKind, Problem, Rival};

use super::store::{self, Run, Stand};
use super::{BenchmarkService, words};
use crate::error::database_problem;

/// How far ahead of the clock a file may be; clocks of other machines are not quite like ours.
const AHEAD_MS: i64 = 5 * 60_000;
/// Longest suite, host, commit and branch, in characters.
const LONGEST: usize = 200;
/// Changes that are marked one by one; of more there is one mark.
const MOST_MARKS: usize = 5;

fn writing(error: db::Error) -> Problem {
    database_problem("writing benchmarks", &error)
}

/// A result and how it stands.
struct Taken {
    id: i64,
    measured: Measured,
    compared: Option<Comparison>,
    verdict: Verdict,
    sentence: String,
}

impl BenchmarkService {
    /// Takes a file of somebody.
    pub(super) async fn take_file(
        &self,
        by: &str,
        file: BenchmarkFile,
    ) -> Result<BenchmarkTaken, Problem> {
        let now_ms = self.clock.now_ms();
        let mut reading = read(&file.text).map_err(|why| Problem::invalid(why.0))?;
        let run = run_of(&file, &mut reading, by, now_ms)?;
        let _turn = self.turn.lock().await;
        let known = store::find_run(&self.state, &run.digest).await;
        if let Some(run) = known.map_err(super::reading)? {
            return Ok(BenchmarkTaken {
                run,
                is_new: false,
                tool: reading.tool.to_owned(),
                results: count(reading.results.len()),
                worse: Vec::new(),
                better: Vec::new(),
                notes: vec!["this file was taken before, and nothing is changed".to_owned()],
            });
        }
        let (number, taken) = self.write(&run, reading.results).await.map_err(writing)?;
        let said = |which: Verdict| {
            let those = taken.iter().filter(|it| it.verdict == which);
            those
                .map(|it| format!("{}: {}", it.measured.key(), it.sentence))
                .collect::<Vec<_>>()
        };
        let answer = BenchmarkTaken {
            run: number,
            is_new: true,
            tool: run.tool.clone(),
            results: count(taken.len()),
            worse: said(Verdict::Worse),
            better: said(Verdict::Better),
            notes: run.notes.clone(),
        };
        for which in [Verdict::Worse, Verdict::Better] {
            let changed: Vec<_> = taken.iter().filter(|it| it.verdict == which).collect();
            self.mark(&run, &changed).await;
        }
        Ok(answer)
    }

    async fn write(
        &self,
        run: &Run,
        results: Vec<Measured>,
    ) -> Result<(i64, Vec<Taken>), db::Error> {
        let mut tx = self.state.write().await?;
        let number = store::put_run(&self.state, &mut tx, run).await?;
        let mut taken = Vec::with_capacity(results.len());
        for measured in results {
            let id = store::number(&self.state, &mut tx, &run.suite, &measured).await?;
            let past = store::past(&self.state, &mut tx, id, run, MOST_PAST).await?;
            let compared = compare(&measured, &past);
            taken.push(Taken {
                id,
                measured,
                compared,
                verdict: Verdict::Unknown,
                sentence: String::new(),
            });
        }
        judge(&mut taken);
        for it in &taken {
            let stand = Stand {
                verdict: shown(it.verdict),
                change: it.compared.map(|compared| {
                    let (low, high) = compared.interval;
                    (compared.change, low, high, compared.p)
                }),
                sentence: it.sentence.clone(),
            };
            store::put(&self.state, &mut tx, (it.id, number), &it.measured, &stand).await?;
        }
        for it in &taken {
            let Some((rivalry, is_fast)) = rivals(&it.measured) else {
                continue;
            };
            let side = (rivalry, is_fast);
            let other = store::other_side(&self.state, &mut tx, &it.measured, side, run).await?;
            let Some((other, at_ms, measured)) = other else {
                continue;
            };
            let (fast, slow) = match is_fast {
                true => ((it.id, &it.measured), (other, &measured)),
                false => ((other, &measured), (it.id, &it.measured)),
            };
            if let Some(rival) = rival(store::kind(rivalry), fast, slow, run.at_ms.max(at_ms)) {
                store::put_rival(&self.state, &mut tx, number, &rival).await?;
            }
        }
        self.state.commit(tx).await?;
        Ok((number, taken))
    }

    /// Marks what changed, at the time when it was measured.
    async fn mark(&self, run: &Run, changed: &[&Taken]) {
        let what = |it: &Taken| {
            let compared = it.compared.as_ref();
            compared.map_or_else(String::new, |it_is| words::change(it_is, &it.measured.unit))
        };
        let at = match run.commit.as_str() {
            "" => String::new(),
            commit => format!(" at {}", commit.chars().take(10).collect::<String>()),
        };
        let mut marks = Vec::new();
        if changed.len() > MOST_MARKS {
            let size = |it: &&&Taken| it.compared.map_or(0.0, |it| it.change.abs());
            let largest = changed.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
            if let Some(largest) = largest {
                let (name, what) = (largest.measured.key(), what(largest));
                let count = changed.len();
                let title = format!("{count} benchmarks changed{at}, most of all {name}: {what}");
                marks.push((title, "/benchmarks".to_owned()));
            }
        } else {
            marks.extend(changed.iter().map(|it| {
                let title = format!("Benchmark {} is {}{at}", it.measured.key(), what(it));
                (title, format!("/benchmarks/{}", it.id))
            }));
        }
        for (title, link) in marks {
            let events = &self.events;
            events
                .record_at(run.at_ms, EventKind::Regression, title, link)
                .await;
        }
    }
}

/// Corrects what chance explains for all results of the file, and says what came of each.
fn judge(taken: &mut [Taken]) {
    let compared: Vec<f64> = taken
        .iter()
        .filter_map(|it| it.compared.map(|compared| compared.p))
        .collect();
    let (of, mut corrected) = (compared.len(), corrected(&compared).into_iter());
    for it in taken {
        let unit = it.measured.unit.as_str();
        let p = match it.compared.as_mut() {
            Some(compared) => {
                let p = corrected.next().unwrap_or(1.0);
                it.verdict = verdict(compared, p, it.measured.more_is_better);
                compared.p = p;
                p
            }
            None => 1.0,
        };
        it.sentence = words::sentence(it.verdict, it.compared.as_ref(), (p, of), unit);
    }
}

fn rival(
    kind: wire::RivalKind,
    (fast, fast_is): (i64, &Measured),
    (slow, slow_is): (i64, &Measured),
    at_ms: i64,
) -> Option<Rival> {
    let found = speed_up(fast_is, slow_is)?;
    let ends = fast_is.centre_interval().zip(slow_is.centre_interval());
    Some(Rival {
        kind,
        operation: fast_is.operation(),
        at_ms,
        fast,
        slow,
        fast_value: fast_is.centre(),
        slow_value: slow_is.centre(),
        ends: ends.map_or_else(Vec::new, |(a, b)| vec![a.0, a.1, b.0, b.1]),
        unit: fast_is.unit.clone(),
        factor: found.factor,
        low: found.interval.map(|ends| ends.0),
        high: found.interval.map(|ends| ends.1),
    })
}

fn shown(verdict: Verdict) -> BenchmarkVerdict {
    match verdict {
        Verdict::Worse => BenchmarkVerdict::Worse,
        Verdict::Better => BenchmarkVerdict::Better,
        Verdict::Same => BenchmarkVerdict::Same,
        Verdict::Unknown => BenchmarkVerdict::Unknown,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What is written of the file as a whole: what its sender says goes before what it says itself.
fn run_of(
    file: &BenchmarkFile,
    reading: &mut benchmarks::Reading,
    by: &str,
    now_ms: i64,
) -> Result<Run, Problem> {
    let about = reading.about.clone();
    let text = |field: &str, sent: &str, said: String| {
        let text = match sent.trim() {
            "" => said,
            sent => sent.to_owned(),
        };
        if text.chars().count() > LONGEST {
            let message = format!("{field}: it has more than {LONGEST} characters");
            return Err(Problem::new(Code::Invalid, message));
        }
        Ok(text)
    };
    let suite = match text("suite", &file.suite, about.suite)? {
        suite if suite.is_empty() => reading.tool.to_owned(),
        suite => suite,
    };
    let language = file.language.trim().to_lowercase();
    for it in reading
        .results
        .iter_mut()
        .filter(|it| it.language.is_empty())
    {
        it.language.clone_from(&language);
    }
    let mut notes = std::mem::take(&mut reading.notes);
    let said_ms = file.at_ms.or(about.at_ms);
    let at_ms = match said_ms {
        None => now_ms,
        Some(at_ms) if at_ms > now_ms + AHEAD_MS => {
            let minutes = (at_ms - now_ms) / 60_000;
            notes.push(format!(
                "it says that it was measured {minutes} minutes from now: one of the two clocks is wrong, and it is taken as \
                 measured now"
            ));
            now_ms
        }
        Some(at_ms) if at_ms < now_ms - super::KEPT_MS => {
            return Err(Problem::invalid(
                "it was measured more than 400 days ago, for which nothing is kept",
            ));
        }
        Some(at_ms) => at_ms,
    };
    let (host, commit, branch) = (
        text("host", &file.host, about.host)?,
        text("commit", &file.commit, about.commit)?,
        text("branch", &file.branch, about.branch)?,
    );
    // Without a time of its own, the same file is the same run.
    let parts = [
        file.text.as_str(),
        &suite,
        &host,
        &commit,
        &branch,
        &said_ms.unwrap_or_default().to_string(),
    ];
    let digest = Sha256::digest(parts.join("\n\u{0}").as_bytes());
    Ok(Run {
        digest: format!("{digest:x}"),
        at_ms,
        taken_ms: now_ms,
        suite,
        tool: reading.tool.to_owned(),
        host,
        commit,
        branch,
        by: by.to_owned(),
        notes,
    })
}
