//! Trying a receiver, and a template.

use std::collections::BTreeMap;

use model::Labels;
use notifier::{Decided, Message, Notice, Why};
use uuid::Uuid;
use wire::{Caller, Problem, Role, TemplateDraft, TemplatePreview, TestAnswer, TestSend};

use super::super::shown;
use super::{NotifyAnswers, reading};
use crate::error::alert_problem;

/// Longest template, in bytes.
const LONGEST_TEMPLATE: usize = 65_536;

impl NotifyAnswers {
    /// A message about one alert.
    fn message(&self, receiver: &str, notice: Notice) -> Message {
        Message {
            receiver: receiver.to_owned(),
            group_key: format!("{{}}:{{alertname={:?}}}", notice.labels.get("alertname")),
            group_labels: Labels::new().with("alertname", notice.labels.get("alertname")),
            notices: vec![notice],
            reason: Why::Test,
            external_url: self.notifier.desk.external_url(),
            key: Uuid::now_v7().to_string(),
            files: Vec::new(),
        }
    }

    fn made_up(&self, labels: Labels, annotations: BTreeMap<String, String>) -> Notice {
        let labels = match labels.get("alertname") {
            "" => labels.with("alertname", "Test").with("severity", "info"),
            _ => labels,
        };
        let annotations = match annotations.is_empty() {
            true => BTreeMap::from([(
                "summary".to_owned(),
                "This is a test of MCP Observatory".to_owned(),
            )]),
            false => annotations,
        };
        Notice {
            id: Uuid::now_v7(),
            fingerprint: format!("{:016x}", labels.fingerprint()),
            is_firing: true,
            labels,
            annotations,
            starts_ms: self.now_ms(),
            ends_ms: None,
            generator_url: self.notifier.desk.external_url(),
        }
    }

    pub(super) async fn do_test(
        &self,
        caller: &Caller,
        test: TestSend,
    ) -> Result<Vec<TestAnswer>, Problem> {
        caller.require(Role::Operator)?;
        let (routing, now_ms) = (self.notifier.in_use().routing.clone(), self.now_ms());
        if !routing.receivers.contains_key(&test.receiver) {
            let known: Vec<_> = routing.receivers.keys().map(String::as_str).collect();
            let (name, known) = (&test.receiver, known.join(", "));
            let text = format!("there is no receiver {name:?}; there are {known}");
            return Err(Problem::not_found(text));
        }
        let channels = self.notifier.desk.with(|it| {
            let on_call = |rota: &notifier::Rota| it.on_call(rota, now_ms).map(|(_, to)| to);
            routing.channels(&test.receiver, &on_call)
        });
        let labels: Labels = test.labels.into_iter().collect();
        let notice = self.made_up(labels, test.annotations);
        let now = || self.now_ms();
        let asked = channels.iter().map(async |(name, channel)| {
            let decided = Decided {
                receiver: test.receiver.clone(),
                channel: name.clone(),
                kind: channel.kind().to_owned(),
                target: channel.target(),
                message: self.message(&test.receiver, notice.clone()),
            };
            let outbox = &self.notifier.outbox;
            let begun_ms = now();
            let outcome = outbox.send_now(&decided, &**channel, &now).await;
            let outcome = outcome.map_err(|error| reading("writing a test", &error))?;
            let cause = outcome.cause.map(notifier::Cause::as_str);
            self.notifier
                .counts
                .tried(&test.receiver, channel.kind(), cause);
            let took_ms = now() - begun_ms;
            Ok(shown::answer(
                channel.kind(),
                decided.target,
                &outcome,
                took_ms,
            ))
        });
        futures::future::try_join_all(asked).await
    }

    pub(super) async fn do_preview(
        &self,
        caller: &Caller,
        draft: TemplateDraft,
    ) -> Result<TemplatePreview, Problem> {
        caller.require(Role::Operator)?;
        if draft.text.len() > LONGEST_TEMPLATE {
            return Err(Problem::invalid("a template has at most 64 KiB"));
        }
        let notice = match draft.alert.as_str() {
            "" => self.made_up(Labels::new(), BTreeMap::new()),
            id => {
                let found = self.alerts.book.lock().await.find(id).await;
                let alert = found.map_err(|error| alert_problem(&error))?;
                let made = self.made_up(alert.labels.clone(), alert.annotations.clone());
                Notice {
                    id: alert.id,
                    is_firing: alert.resolved_ms.is_none(),
                    starts_ms: alert.firing_ms.unwrap_or(alert.pending_ms),
                    ends_ms: alert.resolved_ms,
                    ..made
                }
            }
        };
        let in_use = self.notifier.in_use();
        let message = self.message(&in_use.routing.root.receiver, notice);
        let now_ms = self.now_ms();
        let texts = in_use.texts.clone();
        // It may take as many steps as it is allowed.
        let shown = tokio::task::spawn_blocking(move || {
            texts.preview(&draft.text, &message, false, now_ms)
        });
        let shown = shown
            .await
            .unwrap_or_else(|error| Err(format!("it could not be tried: {error}")));
        Ok(match shown {
            Ok(text) => TemplatePreview {
                text,
                error: String::new(),
            },
            Err(error) => TemplatePreview {
                text: String::new(),
                error,
            },
        })
    }
}
