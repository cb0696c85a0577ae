//! Telegram, by a bot: <https://core.telegram.org/bots/api#sendmessage>.
//!
//! Settings: <https://prometheus.io/docs/alerting/latest/configuration/#telegram_config>.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::Secrets;
use serde_json::{Value as Json, json};

use super::entry::{Entry, Secret, truncated};
use super::sender::{SENDER, Sender, check_url, word};
use crate::channel::{Answer, Channel, Failure};
use crate::message::Message;
use crate::texts::Written;

const API: &str = "https://api.telegram.org";
/// Telegram takes no longer message, in letters.
const LONGEST: usize = 4096;
const MODES: [&str; 4] = ["", "HTML", "Markdown", "MarkdownV2"];

struct Telegram {
    sender: Sender,
    api_url: String,
    token: Secret,
    chat: Secret,
    thread: i64,
    message: Written,
    is_quiet: bool,
    mode: String,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    let mut known = vec![
        "api_url",
        "bot_token",
        "bot_token_file",
        "chat_id",
        "chat_id_file",
        "disable_notifications",
        "message",
        "message_thread_id",
        "parse_mode",
    ];
    known.extend(SENDER);
    entry.known(&known);
    let token = entry.secret_or_global("bot_token", "telegram_bot_token");
    if token.is_none() {
        entry.missing("bot_token");
    }
    let chat = entry.secret("chat_id");
    match &chat {
        None => entry.missing("chat_id"),
        Some(Secret::Here(chat)) if chat.parse::<i64>().is_err() => {
            entry.wrong(
                entry.place("chat_id"),
                format!("chat_id is a whole number, and this is {chat:?}"),
            );
        }
        Some(_) => {}
    }
    let api_url = entry
        .text_or_global("api_url", "telegram_api_url")
        .unwrap_or(API)
        .to_owned();
    check_url(entry, "api_url", &api_url);
    let mode = match entry.get("parse_mode") {
        Some(_) => entry.text("parse_mode").unwrap_or_default(),
        None => "HTML",
    };
    if !MODES.contains(&mode) {
        entry.wrong(
            entry.place("parse_mode"),
            format!("parse_mode is HTML, Markdown, MarkdownV2 or empty, and this is {mode:?}"),
        );
    }
    Some(Arc::new(Telegram {
        sender: Sender::read(entry, true)?,
        api_url: api_url.trim_end_matches('/').to_owned(),
        thread: entry.whole("message_thread_id").unwrap_or(0),
        message: entry.template("message", r#"{{ template "telegram.default.message" . }}"#),
        is_quiet: entry.flag("disable_notifications", false),
        mode: mode.to_owned(),
        token: token?,
        chat: chat?,
    }))
}

/// Whether Telegram does not understand how a text is formatted.
fn is_unreadable(failure: &Failure) -> bool {
    let answer = failure.answer.as_ref();
    answer.is_some_and(|answer| {
        answer.status == Some(400) && answer.text.contains("can't parse entities")
    })
}

impl Telegram {
    /// What is posted: plain, and as it is formatted, unless it is too long: cut, it would not be understood.
    fn bodies(&self, message: &Message, chat: &str) -> (Json, Option<Json>) {
        let filling = self.sender.filling(message);
        // Channels are named, chats have a number.
        let chat = chat
            .parse::<i64>()
            .map_or_else(|_| Json::from(chat), Json::from);
        let mut plain = json!({
            "chat_id": chat,
            "text": truncated(filling.text(&self.message), LONGEST),
            "disable_notification": self.is_quiet,
            "link_preview_options": { "is_disabled": true },
        });
        if self.thread != 0 {
            plain["message_thread_id"] = Json::from(self.thread);
        }
        let text = match self.mode.as_str() {
            "" => return (plain, None),
            "HTML" => filling.html(&self.message),
            _ => filling.text(&self.message),
        };
        if text.chars().count() > LONGEST {
            return (plain, None);
        }
        let mut formatted = plain.clone();
        formatted["text"] = Json::from(text);
        formatted["parse_mode"] = Json::from(&*self.mode);
        (plain, Some(formatted))
    }
}

/// Telegram says within its answer how long it wants to be left alone.
fn rested(mut failure: Failure) -> Failure {
    let answer = failure.answer.as_ref().map_or("", |answer| &answer.text);
    let said = serde_json::from_str::<Json>(answer).unwrap_or_default();
    if let Some(seconds) = said["parameters"]["retry_after"].as_u64() {
        failure.after = failure
            .after
            .or(Some(Duration::from_secs(seconds.min(86_400))));
    }
    failure
}

#[async_trait]
impl Channel for Telegram {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let (token, chat) = (word(&self.token).await?, word(&self.chat).await?);
        let url = format!("{}/bot{token}/sendMessage", self.api_url);
        let post = async |body: &Json| {
            let answered = self
                .sender
                .post(message, &url, body, Secrets::of([&*token]))
                .await;
            answered.map_err(rested)
        };
        let (plain, formatted) = self.bodies(message, &chat);
        let Some(formatted) = formatted else {
            return post(&plain).await;
        };
        match post(&formatted).await {
            // What an alert says is no text of this form: better plain than not at all.
            Err(failure) if is_unreadable(&failure) => post(&plain).await,
            answered => answered,
        }
    }

    fn kind(&self) -> &'static str {
        "telegram"
    }

    fn sends_resolved(&self) -> bool {
        self.sender.sends_resolved
    }

    fn target(&self) -> String {
        let api = super::http::shown(&self.api_url);
        match &self.chat {
            Secret::Here(chat) => format!("chat {chat} at {api}"),
            Secret::File(_) => format!("a chat from a file at {api}"),
        }
    }
}
