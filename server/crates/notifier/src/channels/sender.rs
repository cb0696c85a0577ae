//! What all channels that post JSON have in common.

use std::sync::Arc;
use std::time::Duration;

use model::{Clock, Secrets, TimestampMs};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value as Json;

use super::entry::{Entry, Secret};
use super::http::{Http, LIMIT, Post};
use crate::channel::{Answer, Cause, Failure};
use crate::message::Message;
use crate::texts::{Filling, Texts};

/// Most time that a setting may give one attempt.
const LONGEST: Duration = Duration::from_secs(300);

/// Names of settings that [`Sender::read`] reads.
pub(super) const SENDER: [&str; 3] = ["http_config", "send_resolved", "timeout"];

/// Fills in and posts.
pub(super) struct Sender {
    pub(super) sends_resolved: bool,
    texts: Arc<Texts>,
    clock: Arc<dyn Clock>,
    http: Http,
    limit: Duration,
}

impl Sender {
    pub(super) fn read(entry: &mut Entry<'_>, sends_resolved: bool) -> Option<Self> {
        let limit = entry.duration("timeout").filter(|limit| !limit.is_zero());
        Some(Self {
            sends_resolved: entry.flag("send_resolved", sends_resolved),
            limit: limit.unwrap_or(LIMIT).min(LONGEST),
            http: Http::read(entry)?,
            texts: Arc::clone(&entry.setting.texts),
            clock: Arc::clone(&entry.setting.clock),
        })
    }

    pub(super) fn now_ms(&self) -> TimestampMs {
        self.clock.now_ms()
    }

    pub(super) fn filling<'a>(&'a self, message: &'a Message) -> Filling<'a> {
        Filling::new(&self.texts, message, self.now_ms())
    }

    /// Posts JSON; `secrets` are hidden in what is answered.
    pub(super) async fn post(
        &self,
        message: &Message,
        url: &str,
        body: &Json,
        secrets: Secrets,
    ) -> Result<Answer, Failure> {
        // It tells a message from all others, so that a receiver can know one that it has had.
        let mut headers = HeaderMap::new();
        if let Ok(key) = HeaderValue::from_str(&message.key) {
            headers.insert("idempotency-key", key);
        }
        self.http
            .post(Post {
                url,
                body: body.to_string().into_bytes(),
                headers,
                limit: self.limit,
                now_ms: self.now_ms(),
                secrets,
            })
            .await
    }
}

/// The word of a secret; where it cannot be read nothing can be sent.
pub(super) async fn word(secret: &Secret) -> Result<String, Failure> {
    let word = secret.word().await;
    word.map_err(|error| Failure::new(Cause::Client, error))
}

/// Says what is wrong with an address that is known when it is read.
pub(super) fn check_url(entry: &mut Entry<'_>, name: &str, text: &str) {
    let at = entry.place(name);
    match reqwest::Url::parse(text) {
        Err(error) => entry.wrong(at, format!("{name} is no address: {error}")),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            entry.wrong(
                at,
                format!("{name} begins with neither http:// nor https://"),
            );
        }
        Ok(url) => {
            if let Err(refused) = outbound::check(&url) {
                entry.wrong(at, format!("{name} leads {refused}"));
            }
        }
    }
}

/// An address that an entry or `global` has to have: a secret, because whoever knows it can post.
pub(super) fn url(entry: &mut Entry<'_>, name: &str, global: &str) -> Option<Secret> {
    let url = match global {
        "" => entry.secret(name),
        global => entry.secret_or_global(name, global),
    };
    match &url {
        None => entry.missing(name),
        Some(Secret::Here(text)) => check_url(entry, name, text),
        Some(Secret::File(_)) => {}
    }
    url
}

/// Where a message goes, for people.
pub(super) fn shown(url: &Secret) -> String {
    match url {
        Secret::Here(url) => super::http::shown(url),
        Secret::File(_) => "an address from a file".to_owned(),
    }
}
