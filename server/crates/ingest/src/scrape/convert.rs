//! What a target exposes, as series: its labels joined with the target's, relabelled, bounded; whole or not at all.

use std::collections::HashSet;
use std::sync::Arc;

use model::{COARSEST_SCHEMA, Histogram, Labels, METRIC_NAME, STALE, SeriesSamples, TimestampMs};

use super::config::{Job, Limits};
use super::known::{Line, Lines};
use super::relabel::{self, Set};
use super::target::Target;
use crate::exemplars::Exemplars;
use crate::exposition::{
    Descriptions, Encoding, Entry, Exposed, Histograms, Pairs, Take, Unreadable, Value, each,
};
use crate::remote_write::Metadata;

/// What a scrape brought.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// Samples, with the markers of series that have gone.
    pub(super) series: Vec<SeriesSamples>,
    pub(super) metadata: Vec<Metadata>,
    /// Exemplars of those samples.
    pub(super) exemplars: Exemplars,
    /// Samples of the answer.
    pub(super) scraped: usize,
    /// Samples that rules left.
    pub(super) kept: usize,
    /// Series that were not there before.
    pub(super) added: usize,
    /// Samples of series that the answer has twice, beyond the first.
    pub(super) repeated: usize,
}

/// Why a scrape brings nothing.
#[derive(Debug)]
pub(super) struct Refused {
    /// As a word, for counters.
    pub(super) why: &'static str,
    pub(super) message: String,
    /// Samples that were read until then.
    pub(super) scraped: usize,
}

/// What answers are turned into series with.
pub(super) struct Converter<'a> {
    pub(super) job: &'a Job,
    pub(super) target: &'a Target,
    pub(super) lines: &'a mut Lines,
}

impl Converter<'_> {
    /// The series of an answer that came at a time.
    pub(super) fn convert(
        &mut self,
        body: &[u8],
        encoding: Encoding,
        now: TimestampMs,
    ) -> Result<Brought, Refused> {
        let scrape = self.lines.begin();
        let mut answer = Answer {
            converter: self,
            scrape,
            now,
            brought: Brought::default(),
            described: Descriptions::default(),
            pairs: Pairs::new(),
        };
        let read = each(body, encoding, &mut answer);
        let (mut brought, described) = (answer.brought, answer.described);
        read.map_err(|refused| Refused {
            scraped: brought.scraped,
            ..refused
        })?;
        brought.metadata = described.done();
        let gone = self.lines.gone();
        mark(gone, now, &mut brought.series);
        Ok(brought)
    }

    /// The labels of a series as it is stored; nothing where rules drop it.
    fn labels(&self, pairs: &Pairs<'_>) -> Result<Option<Labels>, (&'static str, String)> {
        let mut set = Set::new();
        let mut emptied = HashSet::new();
        for (name, value) in pairs {
            match value.is_empty() {
                true => {
                    emptied.insert(name.as_ref());
                }
                false => {
                    set.insert(name.to_string(), value.to_string());
                }
            }
        }
        if self.job.honor_labels {
            for (name, value) in self.target.labels.iter() {
                if !emptied.contains(name) {
                    set.entry(name.to_owned())
                        .or_insert_with(|| value.to_owned());
                }
            }
        } else {
            let ours = self.target.labels.iter();
            let mut renamed = Vec::new();
            for (name, value) in ours {
                let theirs = set.insert(name.to_owned(), value.to_owned());
                renamed.extend(theirs.map(|theirs| (format!("exported_{name}"), theirs)));
            }
            for (mut name, value) in renamed {
                while set.contains_key(&name) {
                    name.insert_str(0, "exported_");
                }
                set.insert(name, value);
            }
        }
        if relabel::apply(&self.job.metric_relabel, &mut set).is_err() {
            return Ok(None);
        }
        if !set.contains_key(METRIC_NAME) {
            return Err((
                "no_name",
                "rules leave this series without the name of a metric".to_owned(),
            ));
        }
        bounded(&set, self.job.limits).map_err(|message| ("label_limits", message))?;
        Ok(Some(set.iter().collect()))
    }
}

/// An answer that is read.
struct Answer<'c, 'j, 'a> {
    converter: &'c mut Converter<'j>,
    scrape: u64,
    now: TimestampMs,
    brought: Brought,
    described: Descriptions,
    pairs: Pairs<'a>,
}

impl From<Unreadable> for Refused {
    fn from(error: Unreadable) -> Self {
        Self {
            why: "malformed",
            message: error.to_string(),
            scraped: 0,
        }
    }
}

impl<'a> Take<'a> for Answer<'_, '_, 'a> {
    type Error = Refused;

    fn histograms(&self) -> Histograms {
        self.converter.job.histograms
    }

    fn describe(&mut self, entry: &Entry<'_>) {
        self.described.note(entry);
    }

    fn sample(&mut self, exposed: &Exposed<'_, 'a>) -> Result<(), Refused> {
        self.brought.scraped += 1;
        let job = self.converter.job;
        let own_time = exposed.at_ms.filter(|_| job.honor_timestamps);
        let Some(labels) = self.series(exposed, own_time.is_some())? else {
            return Ok(());
        };
        self.brought.kept += 1;
        let most = job.limits.samples;
        if most > 0 && self.brought.kept > most {
            return Err(Refused {
                why: "sample_limit",
                message: format!("the answer has more samples than sample_limit allows ({most})"),
                scraped: 0,
            });
        }
        let at_ms = own_time.unwrap_or(self.now);
        let exemplars = &mut self.brought.exemplars;
        exposed.exemplars(at_ms, &mut |exemplar| exemplars.put(&labels, exemplar))?;
        let series = match exposed.value {
            Value::Number(value) => SeriesSamples::floats(labels, vec![at_ms], vec![value]),
            Value::Histogram(histogram) => {
                let histogram =
                    coarse(histogram, job.limits.buckets).map_err(|message| Refused {
                        why: "native_histogram_bucket_limit",
                        message: exposed.error(message).to_string(),
                        scraped: 0,
                    })?;
                SeriesSamples::histograms(labels, vec![(at_ms, histogram)])
            }
        };
        self.brought.series.push(series);
        Ok(())
    }
}

impl<'a> Answer<'_, '_, 'a> {
    /// The labels of a series; nothing where it is not to be stored.
    fn series(
        &mut self,
        exposed: &Exposed<'_, 'a>,
        is_dated: bool,
    ) -> Result<Option<Labels>, Refused> {
        let scrape = self.scrape;
        match self.converter.lines.find(exposed.key) {
            Some(Line::Dropped) => return Ok(None),
            Some(Line::Kept { seen, .. }) if *seen == scrape && !is_dated => {
                self.brought.repeated += 1;
                return Ok(None);
            }
            Some(Line::Kept {
                labels,
                seen,
                is_dated: was_dated,
                ..
            }) => {
                *seen = scrape;
                *was_dated = is_dated;
                return Ok(Some(labels.clone()));
            }
            None => {}
        }
        exposed.labels(&mut self.pairs)?;
        let made = self.converter.labels(&self.pairs);
        let made = made.map_err(|(why, message)| Refused {
            why,
            message: exposed.error(message).to_string(),
            scraped: 0,
        })?;
        let line = match &made {
            None => Line::Dropped,
            Some(labels) => {
                self.brought.added += 1;
                Line::Kept {
                    labels: labels.clone(),
                    since: scrape,
                    seen: scrape,
                    is_dated,
                }
            }
        };
        self.converter.lines.learn(exposed.key, line);
        Ok(made)
    }
}

/// A histogram with no more buckets than a limit allows: as coarse as it needs to be.
fn coarse(histogram: &Arc<Histogram>, most: usize) -> Result<Arc<Histogram>, String> {
    let count = |it: &Histogram| it.positive.counts.len() + it.negative.counts.len();
    if most == 0 || count(histogram) <= most {
        return Ok(histogram.clone());
    }
    let mut coarse = Histogram::clone(histogram);
    while !coarse.is_custom() && coarse.schema > COARSEST_SCHEMA && count(&coarse) > most {
        coarse = coarse.reduced_to(coarse.schema - 1);
    }
    match count(&coarse) {
        few if few <= most => Ok(Arc::new(coarse)),
        many => Err(format!(
            "this histogram has {many} buckets at its coarsest, and native_histogram_bucket_limit is {most}"
        )),
    }
}

fn bounded(labels: &Set, limits: Limits) -> Result<(), String> {
    if limits.labels > 0 && labels.len() > limits.labels {
        let (count, most) = (labels.len(), limits.labels);
        return Err(format!(
            "this series has {count} labels, and label_limit is {most}"
        ));
    }
    for (name, value) in labels {
        if limits.label_name > 0 && name.len() > limits.label_name {
            let most = limits.label_name;
            return Err(format!(
                "the label {name:?} has a longer name than label_name_length_limit allows ({most})"
            ));
        }
        if limits.label_value > 0 && value.len() > limits.label_value {
            let most = limits.label_value;
            return Err(format!(
                "the label {name:?} has a longer value than label_value_length_limit allows ({most})"
            ));
        }
    }
    Ok(())
}

/// Adds the markers of series that have gone, but for those that came in another way.
pub(super) fn mark(gone: Vec<Labels>, at_ms: TimestampMs, series: &mut Vec<SeriesSamples>) {
    if gone.is_empty() {
        return;
    }
    let here: HashSet<Labels> = series.iter().map(|one| one.labels.clone()).collect();
    let gone = gone.into_iter().filter(|labels| !here.contains(labels));
    series.extend(gone.map(|labels| SeriesSamples::floats(labels, vec![at_ms], vec![STALE])));
}

#[cfg(test)]
mod tests;
