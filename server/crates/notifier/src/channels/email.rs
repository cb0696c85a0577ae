//! E-mail: what a mail says. How it is delivered is `smtp.rs`.
//!
//! Settings: <https://prometheus.io/docs/alerting/latest/configuration/#email_config>.

mod smtp;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::message::header::{self, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Mailboxes, MultiPart, SinglePart};
use model::Clock;
use sha2::{Digest as _, Sha256};

use super::entry::{Entry, truncated};
use crate::channel::{Answer, Cause, Channel, Failure};
use crate::message::{File, Message, Notice, Why};
use crate::texts::{Filling, Texts, Written};
use smtp::Smtp;

const KNOWN: &[&str] = &[
    "auth_identity",
    "auth_password",
    "auth_password_file",
    "auth_secret",
    "auth_secret_file",
    "auth_username",
    "force_implicit_tls",
    "from",
    "headers",
    "hello",
    "html",
    "require_tls",
    "send_resolved",
    "smarthost",
    "text",
    "threading",
    "timeout",
    "tls_config",
    "to",
];

/// What a mail is made of says these itself.
const OWN_HEADERS: [&str; 3] = ["content-type", "content-transfer-encoding", "mime-version"];

/// A longer line of a header is none for people, in letters.
const LONGEST_HEADER: usize = 900;

struct Email {
    smtp: Smtp,
    sends_resolved: bool,
    to: Written,
    from: Written,
    subject: Written,
    /// Without `Subject`.
    headers: Vec<(HeaderName, Written)>,
    html: Written,
    text: Written,
    texts: Arc<Texts>,
    clock: Arc<dyn Clock>,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    entry.known(KNOWN);
    if let Some(node) = entry.get("threading") {
        entry.wrong(node.at, "threading is not supported here");
    }
    entry.needed("to")?;
    let from = match entry.get("from").or_else(|| entry.global("smtp_from")) {
        Some(node) => entry.template_in(node),
        None => {
            entry.missing("from");
            Written::empty()
        }
    };
    let mut subject = entry.parsed(entry.at, r#"{{ template "email.default.subject" . }}"#);
    let mut headers = Vec::new();
    for (name, written) in entry.templates("headers") {
        let at = entry.place("headers");
        if name.eq_ignore_ascii_case("subject") {
            subject = written;
        } else if OWN_HEADERS
            .iter()
            .any(|own| own.eq_ignore_ascii_case(&name))
        {
            entry.wrong(
                at,
                format!("the header {name} cannot be set: it says how the mail is written"),
            );
        } else if let Ok(name) = HeaderName::new_from_ascii(name.clone()) {
            headers.push((name, written));
        } else {
            entry.wrong(at, format!("{name:?} is no name of a header"));
        }
    }
    // Alertmanager writes no text unless it is told to; a mail of nothing but HTML is often taken for spam.
    Some(Arc::new(Email {
        smtp: Smtp::read(entry)?,
        sends_resolved: entry.flag("send_resolved", false),
        to: entry.template("to", ""),
        html: entry.template("html", r#"{{ template "email.default.html" . }}"#),
        text: entry.template("text", r#"{{ template "email.default.text" . }}"#),
        texts: Arc::clone(&entry.setting.texts),
        clock: Arc::clone(&entry.setting.clock),
        from,
        subject,
        headers,
    }))
}

/// What can stand in one line: nothing in it begins a new one.
fn line(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    truncated(plain.trim().to_owned(), LONGEST_HEADER)
}

fn mailboxes(what: &str, text: &str) -> Result<Mailboxes, Failure> {
    let boxes: Result<Mailboxes, _> = line(text).parse();
    let boxes = boxes.map_err(|error| {
        Failure::new(
            Cause::Client,
            format!("{what} is no address of a mail: {text:?}: {error}"),
        )
    })?;
    match boxes.iter().next() {
        Some(_) => Ok(boxes),
        None => Err(Failure::new(Cause::Client, format!("{what} names nobody"))),
    }
}

impl Email {
    fn subject(&self, message: &Message, filling: &mut Filling<'_>) -> String {
        let summary = |notice: &Notice| notice.annotations.get("summary").cloned();
        match message.reason {
            Why::Report => message
                .notices
                .first()
                .and_then(summary)
                .unwrap_or_default(),
            _ => filling.text(&self.subject),
        }
    }

    fn mail(&self, message: &Message) -> Result<lettre::Message, Failure> {
        let now_ms = self.clock.now_ms();
        let mut filling = Filling::new(&self.texts, message, now_ms);
        let address = |what: &str, written: &Written| {
            let text = filling.needed(written);
            let text =
                text.map_err(|error| Failure::new(Cause::Template, format!("{what}: {error}")))?;
            mailboxes(what, &text)
        };
        let (to, from) = (address("to", &self.to)?, address("from", &self.from)?);
        let sender: Mailbox = from
            .clone()
            .into_single()
            .ok_or_else(|| Failure::new(Cause::Client, "from names more than one address"))?;
        let told: Vec<_> = to.iter().map(|one| one.email.clone()).collect();
        let envelope = Envelope::new(Some(sender.email.clone()), told);
        let envelope = envelope.map_err(|error| Failure::new(Cause::Client, error.to_string()))?;
        let id = format!("<{}@{}>", digest(&message.key), sender.email.domain());
        let since = Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
        let mut builder = lettre::Message::builder()
            .envelope(envelope)
            .date(SystemTime::UNIX_EPOCH + since)
            .message_id(Some(id))
            .header(header::From::from(from))
            .header(header::To::from(to))
            .subject(line(&self.subject(message, &mut filling)))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for (name, written) in &self.headers {
            let text = line(&filling.bare(written));
            if text.is_empty() {
                continue;
            }
            let known: &str = name.as_ref();
            builder = match known.to_ascii_lowercase().as_str() {
                "to" => builder.header(header::To::from(mailboxes("to", &text)?)),
                "cc" => builder.header(header::Cc::from(mailboxes("cc", &text)?)),
                "from" => builder.header(header::From::from(mailboxes("from", &text)?)),
                "reply-to" => builder.header(header::ReplyTo::from(mailboxes("reply-to", &text)?)),
                _ => builder.raw_header(HeaderValue::new(name.clone(), text)),
            };
        }
        let (mut text, mut html) = (filling.text(&self.text), filling.html(&self.html));
        if let Some(failed) = filling.unsaid() {
            text = format!("{failed}\n\n{text}");
            html = format!(
                "<p>{}</p>{html}",
                failed.replace('&', "&amp;").replace('<', "&lt;")
            );
        }
        if message.reason == Why::Report {
            (text, html) = (reported(message), String::new());
        }
        let has_text = !text.trim().is_empty();
        let mail = match (message.files.is_empty(), has_text, html.trim().is_empty()) {
            (true, true, false) => builder.multipart(MultiPart::alternative_plain_html(text, html)),
            (true, false, false) => builder.singlepart(SinglePart::html(html)),
            (true, _, true) => builder.singlepart(SinglePart::plain(text)),
            (false, _, true) => {
                let mixed = MultiPart::mixed().singlepart(SinglePart::plain(text));
                builder.multipart(with_files(mixed, message)?)
            }
            (false, _, false) => {
                let text = MultiPart::alternative_plain_html(text, html);
                let mixed = MultiPart::mixed().multipart(text);
                builder.multipart(with_files(mixed, message)?)
            }
        };
        mail.map_err(|error| {
            Failure::new(
                Cause::Client,
                format!("the mail cannot be written: {error}"),
            )
        })
    }
}

/// A report in a mail is itself, not an alert about it: what it says in short, and where it is.
fn reported(message: &Message) -> String {
    let notice = |notice: &Notice| {
        let of = |name: &str| notice.annotations.get(name).map_or("", String::as_str);
        format!(
            "{}\n\n{}\n\n{}\n",
            of("summary"),
            of("description"),
            notice.generator_url
        )
    };
    message.notices.iter().map(notice).collect()
}

/// A mail's parts, and the files that come with them.
fn with_files(mut mixed: MultiPart, message: &Message) -> Result<MultiPart, Failure> {
    for File {
        name,
        media_type,
        text,
    } in &message.files
    {
        let kind = header::ContentType::parse(media_type);
        let kind = kind.map_err(|error| {
            Failure::new(Cause::Client, format!("{name}: {media_type:?}: {error}"))
        })?;
        mixed = mixed.singlepart(Attachment::new(name.clone()).body(text.clone(), kind));
    }
    Ok(mixed)
}

/// Names a message in a mail's id: the same at every attempt, so that a mailbox knows a second copy.
fn digest(key: &str) -> String {
    let hash = Sha256::digest(key.as_bytes());
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[async_trait]
impl Channel for Email {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let mail = self.mail(message)?;
        self.smtp.deliver(mail.envelope(), &mail.formatted()).await
    }

    fn kind(&self) -> &'static str {
        "email"
    }

    fn sends_resolved(&self) -> bool {
        self.sends_resolved
    }

    fn target(&self) -> String {
        format!("{} by {}", self.to.as_str(), self.smtp.shown())
    }
}
