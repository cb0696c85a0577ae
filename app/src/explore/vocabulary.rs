//! Words to choose from, asked for when they are needed and kept for all fields of the page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{FoundMetrics, FoundNames, FunctionInfo, Read as FromTree};

use super::api::{load_functions, load_label_names, load_label_values, load_metrics};
use super::choices::{Choice, Words, choices};
use super::context::{Place, Wanted};
use crate::answer::{Answer, Failure};

/// Words that are asked for at once.
const MOST: u32 = 200;
/// Lists that are kept.
const MOST_KEPT: usize = 100;

/// What is asked for: the label (empty for names of labels), the metric, and what was typed.
type Question = (String, String, String);

/// The words. All fields share them.
#[derive(Clone, Copy)]
pub(crate) struct Vocabulary {
    functions: RwSignal<Vec<FunctionInfo>>,
    /// Metrics by what was typed; first those that fit nothing in particular.
    metrics: RwSignal<Vec<(String, FoundMetrics)>>,
    labels: RwSignal<Vec<(Question, FoundNames)>>,
    /// What is under way.
    asked: StoredValue<Vec<Question>>,
}

impl Vocabulary {
    pub(crate) fn new() -> Self {
        Self {
            functions: RwSignal::new(Vec::new()),
            metrics: RwSignal::new(Vec::new()),
            labels: RwSignal::new(Vec::new()),
            asked: StoredValue::new(Vec::new()),
        }
    }

    /// Asks for what every query needs; when a field is looked at for the first time.
    pub(crate) fn wake(self) {
        let is_awake = self.functions.with_untracked(|all| !all.is_empty());
        if is_awake || !self.begin(&metrics_for("")) {
            return;
        }
        let functions = self.functions;
        fetch(load_functions(), move |found| functions.set(found), || {});
        self.fetch_metrics("");
    }

    /// Asks for what is needed at a place and not known yet.
    pub(crate) fn need(self, place: &Place) {
        match &place.wanted {
            Wanted::Operand(_)
                if self.are_metrics_cut(&place.typed) && self.begin(&metrics_for(&place.typed)) =>
            {
                self.fetch_metrics(&place.typed);
            }
            Wanted::LabelName { metric, .. } => {
                let question = (String::new(), metric.clone(), String::new());
                if self.knows(&question).is_none() && self.begin(&question) {
                    let answer = load_label_names(metric.clone());
                    self.fetch_labels(question, answer);
                }
            }
            Wanted::LabelValue { label, metric, .. } => {
                let question = |typed: &str| (label.clone(), metric.clone(), typed.to_owned());
                // Where all of them are known, nothing has to be asked again.
                let whole = self.knows(&question(""));
                let typed = match whole {
                    None => "",
                    Some(false) => return,
                    Some(true) => &place.typed,
                };
                let question = question(typed);
                if self.knows(&question).is_none() && self.begin(&question) {
                    let (label, metric, typed) = question.clone();
                    let answer = load_label_values(label, metric, typed, MOST);
                    self.fetch_labels(question, answer);
                }
            }
            _ => {}
        }
    }

    /// What is offered at a place of a text, as far as it is known.
    pub(crate) fn offered(self, text: &str, place: &Place) -> Vec<Choice> {
        let functions = self.functions.read();
        let metrics = self.metrics.read();
        let labels = self.labels.read();
        // The longest text that was asked for and is the beginning of what is typed.
        let fitting = metrics
            .iter()
            .filter(|(typed, _)| place.typed.starts_with(typed));
        let metrics = fitting.max_by_key(|(typed, _)| typed.len());
        let names = match &place.wanted {
            Wanted::LabelName { metric, .. } => Some(("", metric)),
            Wanted::LabelValue { label, metric, .. } => Some((label.as_str(), metric)),
            _ => None,
        };
        let labels = names.and_then(|(label, metric)| {
            let ours = labels.iter().filter(|((of, on, typed), _)| {
                of == label && on == metric && place.typed.starts_with(typed)
            });
            ours.max_by_key(|((_, _, typed), _)| typed.len())
        });
        let words = Words {
            functions: &functions,
            metrics: metrics.map_or(&[], |(_, found)| &found.found),
            labels: labels.map_or(&[], |(_, found)| &found.found),
        };
        choices(text, place, words)
    }

    fn are_metrics_cut(self, typed: &str) -> bool {
        self.metrics.with_untracked(|metrics| {
            let fitting = metrics.iter().filter(|(known, _)| typed.starts_with(known));
            let nearest = fitting.max_by_key(|(known, _)| known.len());
            nearest.is_some_and(|(known, found)| found.is_cut && known != typed)
        })
    }

    /// Whether an answer is known, and if so whether it is cut.
    fn knows(self, question: &Question) -> Option<bool> {
        self.labels.with_untracked(|labels| {
            let known = labels.iter().find(|(known, _)| known == question);
            known.map(|(_, found)| found.is_cut)
        })
    }

    /// Notes that something is asked for; `false` where it is under way already.
    fn begin(self, question: &Question) -> bool {
        let is_new = self.asked.with_value(|asked| !asked.contains(question));
        if is_new {
            self.asked
                .update_value(|asked| asked.push(question.clone()));
        }
        is_new
    }

    fn end(self, question: &Question) {
        let asked = self.asked;
        let _left = asked.try_update_value(|asked| asked.retain(|known| known != question));
    }

    fn fetch_metrics(self, typed: &str) {
        let question = metrics_for(typed);
        let (known, failed) = (question.clone(), question.clone());
        fetch(
            load_metrics(typed.to_owned(), MOST),
            move |found| {
                self.end(&known);
                self.metrics.update(|all| keep(all, known.2, found));
            },
            move || self.end(&failed),
        );
    }

    fn fetch_labels(
        self,
        question: Question,
        answer: impl Future<Output = Result<Answer<FoundNames>, Failure>> + 'static,
    ) {
        let failed = question.clone();
        fetch(
            answer,
            move |found| {
                self.end(&question);
                self.labels.update(|all| keep(all, question, found));
            },
            move || self.end(&failed),
        );
    }
}

fn metrics_for(typed: &str) -> Question {
    ("__name__".to_owned(), "\n".to_owned(), typed.to_owned())
}

fn keep<K, V>(all: &mut Vec<(K, V)>, key: K, value: V) {
    // The first is what fits nothing in particular, and stays.
    if all.len() >= MOST_KEPT {
        all.remove(1);
    }
    all.push((key, value));
}

/// Waits for an answer. What does not come is not offered: nobody who types is told of it.
fn fetch<T: FromTree + 'static>(
    answer: impl Future<Output = Result<Answer<T>, Failure>> + 'static,
    take: impl FnOnce(T) + 'static,
    give_up: impl FnOnce() + 'static,
) {
    spawn_local(async move {
        match answer.await.map(|answer| answer.read()) {
            Ok(Ok(found)) => take(found),
            _ => give_up(),
        }
    });
}
