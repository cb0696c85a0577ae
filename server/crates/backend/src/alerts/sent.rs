//! Alerts that other systems send: Prometheus, `amtool`, whatever speaks Alertmanager's API.

use rules::Posted;
use wire::{Caller, Problem, Role};

use super::AlertService;
use crate::error::alert_problem;

/// The most bytes of labels and texts of an alert.
const LARGEST: usize = 64 << 10;

impl AlertService {
    /// Takes alerts in, as those that programs raise: in one step, and the valid ones whatever the others are. Why some
    /// were not taken comes back.
    ///
    /// # Errors
    /// When the caller may not send any, or they cannot be written.
    pub(crate) async fn deliver(
        &self,
        caller: &Caller,
        mut alerts: Vec<Posted>,
    ) -> Result<Vec<String>, Problem> {
        caller.require(Role::Operator)?;
        let mut refused = Vec::new();
        alerts.retain(|alert| match fault(alert) {
            Some(fault) => {
                refused.push(fault);
                false
            }
            None => true,
        });
        let mut book = self.book.lock().await;
        let received = book.receive(&alerts, self.clock.now_ms()).await;
        drop(book);
        let received = received.map_err(|error| alert_problem(&error))?;
        if !received.refused.is_empty() {
            let count = received.refused.len();
            let error = rules::Error::TooMany;
            refused.push(format!("{count} alerts: {error}"));
        }
        self.tell(&received.changed).await;
        self.desk.note(&received.reworded, self.clock.now_ms());
        self.show(&received.reworded).await;
        Ok(refused)
    }

    /// Gives those who send alerts the time to send them once more: they could not while the product did not run.
    pub(crate) async fn await_senders(&self) {
        let patience_ms = self.routes().resolve_timeout_ms();
        let until_ms = self.clock.now_ms().saturating_add(patience_ms);
        self.book.lock().await.await_senders(until_ms);
    }
}

/// What is wrong with an alert, in Alertmanager's words.
fn fault(alert: &Posted) -> Option<String> {
    if alert.ends_ms < alert.starts_ms {
        return Some("start time must be before end time".to_owned());
    }
    // An empty value is no label, so that this is about names alone.
    if alert.labels.is_empty() {
        return Some("at least one label pair required".to_owned());
    }
    if alert.labels.iter().any(|(name, _)| name.is_empty()) {
        return Some("invalid label set: invalid name \"\"".to_owned());
    }
    if alert.annotations.contains_key("") {
        return Some("invalid annotations: invalid name \"\"".to_owned());
    }
    let labels = alert.labels.iter();
    let labels: usize = labels.map(|(name, value)| name.len() + value.len()).sum();
    let texts = alert.annotations.iter();
    let texts: usize = texts.map(|(name, text)| name.len() + text.len()).sum();
    let is_large = labels + texts + alert.generator_url.len() > LARGEST;
    is_large.then(|| {
        let name = alert.labels.get("alertname");
        format!("{name:?}: an alert has at most {LARGEST} bytes of labels and annotations")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::Labels;

    use super::*;

    #[test]
    fn what_is_not_taken() {
        let posted = |labels: &[(&str, &str)], note: (&str, &str), ends_ms| Posted {
            labels: labels.iter().copied().collect::<Labels>(),
            annotations: BTreeMap::from([(note.0.to_owned(), note.1.to_owned())]),
            starts_ms: 10,
            ends_ms,
            is_timeout: false,
            generator_url: String::new(),
            sender: "x".to_owned(),
        };
        let long = "x".repeat(LARGEST);
        let good = ("summary", "down");
        for (alert, part) in [
            (posted(&[("a", "b")], good, 9), "start time"),
            (posted(&[("a", "")], good, 20), "at least one label"),
            (posted(&[("", "b")], good, 20), "invalid label set"),
            (posted(&[("a", "b")], ("", "x"), 20), "invalid annotations"),
            (posted(&[("a", &long)], good, 20), "at most"),
            (posted(&[("a", "b")], ("summary", &long), 20), "at most"),
        ] {
            let fault = fault(&alert).unwrap();
            assert!(fault.contains(part), "{fault}");
        }
        assert_eq!(fault(&posted(&[("a.b", "c")], good, 10)), None);
    }
}
