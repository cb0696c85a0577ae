//! Mails: what they say, and how they are handed over.

use std::time::Duration;

use base64::Engine as _;

use super::smtp::{Mail, MailServer, Manner};
use super::*;
use crate::message::{File, Message, Why};

/// Sends by a server, with settings besides those that are always there.
async fn send(server: &MailServer, more: &str, message: &Message) -> Result<Answer, Failure> {
    let text = format!(
        "from: 'Alerts <alerts@host.example>'\nsmarthost: 'localhost:{}'\nhello: me.example\n{more}",
        server.port
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &server.ca).unwrap();
    let channel = read_in(folder.path(), "email_configs", &text, "");
    channel
        .unwrap_or_else(|wrong| panic!("{wrong:?}"))
        .send(message)
        .await
}

/// What stands in a header, or nothing.
fn header<'m>(mail: &'m Mail, name: &str) -> &'m str {
    let head = mail.data.split("\r\n\r\n").next().unwrap();
    let start = format!("{name}: ");
    let line = head
        .split("\r\n")
        .find_map(|line| line.strip_prefix(&*start));
    line.unwrap_or_default()
}

/// Undoes quoted-printable.
fn decoded(data: &str) -> String {
    let joined = data.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'=', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (other, _) => {
                bytes.push(*other);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A report is in the mail and comes with it, and says what it is about instead of what fires.
#[tokio::test]
async fn a_report_comes_with_its_files() {
    let server = MailServer::start(Manner::default()).await;
    let mut message = sample(&[("a", true)]);
    message.reason = Why::Report;
    let annotations = &mut message.notices[0].annotations;
    annotations.insert("summary".to_owned(), "Service levels, October".to_owned());
    annotations.insert(
        "description".to_owned(),
        "Nine of ten were kept.".to_owned(),
    );
    let file = |name: &str, media_type: &str, text: &str| File {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        text: text.to_owned(),
    };
    message.files = vec![
        file("report.html", "text/html; charset=utf-8", "<h1>Grüße</h1>"),
        file("report.csv", "text/csv; charset=utf-8", "a,b\r\n1,2\r\n"),
    ];
    let more = "to: a@b.example\nrequire_tls: false";
    send(&server, more, &message).await.unwrap();
    let mail = server.mails().remove(0);
    assert_eq!(header(&mail, "Subject"), "Service levels, October");
    let said = decoded(&mail.data);
    for part in [
        "multipart/mixed",
        "Nine of ten were kept.\r\n\r\nhttps://host/alerts/1",
        "Content-Disposition: attachment; filename=\"report.html\"",
        "<h1>Grüße</h1>",
        "Content-Type: text/csv; charset=utf-8",
        "a,b\r\n1,2\r\n",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("FIRING"), "{said}");

    message.files[0].media_type = "nonsense".to_owned();
    let refused = send(&server, more, &message).await.unwrap_err();
    assert!(
        refused.to_string().contains("report.html: \"nonsense\""),
        "{refused}"
    );
}

#[tokio::test]
async fn what_a_mail_says() {
    let server = MailServer::start(Manner::default()).await;
    let message = sample(&[("a", true)]);
    let more = "to: 'a@b.example, Öttilie <c@d.example>'\nrequire_tls: false\nheaders: { X-Team: 'Ops {{ .Status }}', \
                Reply-To: r@host.example }";
    let answer = send(&server, more, &message).await.unwrap();
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (Some(250), "queued as 1")
    );
    let mail = server.mails().remove(0);
    assert_eq!(mail.from.split(' ').next(), Some("<alerts@host.example>"));
    assert_eq!(mail.to, ["<a@b.example>", "<c@d.example>"]);
    for (name, expected) in [
        ("Subject", "[FIRING:1] Down (a critical)"),
        ("From", "Alerts <alerts@host.example>"),
        ("X-Team", "Ops firing"),
        ("Reply-To", "r@host.example"),
        ("Auto-Submitted", "auto-generated"),
        ("Date", "Wed, 21 Oct 2015 07:28:20 +0000"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(header(&mail, name), expected, "{name}: {}", mail.data);
    }
    assert!(header(&mail, "To").contains("=?utf-8?"), "{}", mail.data);
    let said = decoded(&mail.data);
    for part in [
        "multipart/alternative",
        "text/plain; charset=utf-8",
        "text/html; charset=utf-8",
        "FIRING\r\n  alertname = Down\r\n  instance = a\r\n",
        "summary: a is down",
        "<td>a is down</td>",
        "href=\"https://host/alerts?receiver=team\"",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The same message has the same id whenever it is sent.
    let id = header(&mail, "Message-ID").to_owned();
    assert!(id.ends_with("@host.example>"), "{id}");
    send(&server, more, &message).await.unwrap();
    assert_eq!(header(&server.mails()[0], "Message-ID"), id);
}

#[tokio::test]
async fn nothing_is_smuggled_in() {
    let server = MailServer::start(Manner::default()).await;
    let mut message = sample(&[("a", true)]);
    let evil = "x\r\nBcc: evil@e.example\r\n\r\n.\r\nMAIL FROM:<evil@e.example>\r\n".to_owned();
    message.notices[0]
        .annotations
        .insert("summary".to_owned(), evil);
    let more = "to: a@b.example\nrequire_tls: false\ntext: '{{ .CommonAnnotations.summary }}'\nhtml: ''\nheaders: { \
                Subject: 'S {{ .CommonAnnotations.summary }}', X-S: '{{ .CommonAnnotations.summary }}' }";
    send(&server, more, &message).await.unwrap();
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    let (head, body) = mails[0].data.split_once("\r\n\r\n").unwrap();
    assert!(
        !head
            .lines()
            .any(|line| line.to_ascii_lowercase().starts_with("bcc")),
        "{head}"
    );
    assert!(
        body.contains("\r\n.\r\nMAIL FROM:<evil@e.example>"),
        "{body}"
    );
    assert_eq!(mails[0].to, ["<a@b.example>"]);
    // Nor by an address that alerts say.
    let more = "to: '{{ .CommonAnnotations.summary }}'\nrequire_tls: false";
    let failure = send(&server, more, &message).await.unwrap_err();
    assert_eq!(
        (failure.cause, failure.is_passing),
        (Cause::Client, false),
        "{failure:?}"
    );
    assert_eq!(server.mails().len(), 0);
}

#[tokio::test]
async fn with_tls_and_a_password() {
    let plain = base64::engine::general_purpose::STANDARD.encode("\0me\0hush-hush");
    let auth = "auth_username: me\nauth_password: hush-hush";
    let trusting = "tls_config: { ca_file: ca.pem }";
    for (manner, more, expected) in [
        (
            Manner {
                offers_starttls: true,
                wants_auth: true,
                ..Manner::default()
            },
            format!("{auth}\n{trusting}"),
            Ok((true, plain.clone())),
        ),
        (
            Manner {
                begins_with_tls: true,
                wants_auth: true,
                ..Manner::default()
            },
            format!("{auth}\n{trusting}\nforce_implicit_tls: true"),
            Ok((true, plain.clone())),
        ),
        // The name of the test's own machine: nobody else hears the password.
        (
            Manner {
                wants_auth: true,
                ..Manner::default()
            },
            format!("{auth}\nrequire_tls: false"),
            Ok((false, plain.clone())),
        ),
        (
            Manner::default(),
            format!("{auth}\nrequire_tls: false"),
            Ok((false, String::new())),
        ),
        (
            Manner {
                offers_starttls: true,
                ..Manner::default()
            },
            "tls_config: { insecure_skip_verify: true }".to_owned(),
            Ok((true, String::new())),
        ),
        // Nobody knows who that is.
        (
            Manner {
                offers_starttls: true,
                ..Manner::default()
            },
            String::new(),
            Err(Cause::Network),
        ),
        (Manner::default(), String::new(), Err(Cause::Client)),
        (
            Manner {
                wants_auth: true,
                instead: Some(("AUTH", "535 5.7.8 who is hush-hush?")),
                ..Manner::default()
            },
            format!("{auth}\nrequire_tls: false"),
            Err(Cause::Authentication),
        ),
    ] {
        let server = MailServer::start(manner).await;
        let sent = send(
            &server,
            &format!("to: a@b.example\n{more}"),
            &sample(&[("a", true)]),
        )
        .await;
        match expected {
            Ok((is_encrypted, auth)) => {
                sent.unwrap_or_else(|failure| panic!("{more}: {failure:?}"));
                let mail = server.mails().remove(0);
                assert_eq!(
                    (mail.is_encrypted, mail.auth),
                    (is_encrypted, auth),
                    "{more}"
                );
            }
            Err(cause) => {
                let failure = sent.unwrap_err();
                assert_eq!(failure.cause, cause, "{more}: {failure:?}");
                assert!(!format!("{failure:?}").contains("hush-hush"), "{failure:?}");
                assert_eq!(server.mails().len(), 0);
            }
        }
    }
}

#[tokio::test]
async fn servers_that_do_not_take_it() {
    for (instead, cause, is_passing, status) in [
        (
            ("RCPT", "550 5.1.1 nobody here"),
            Cause::Client,
            false,
            Some(550),
        ),
        (
            ("RCPT", "450 4.2.1 too many"),
            Cause::Server,
            true,
            Some(450),
        ),
        (
            ("MAIL", "530 5.7.0 who are you"),
            Cause::Authentication,
            false,
            Some(530),
        ),
        (
            ("DATA", "421 4.3.0 going down"),
            Cause::Server,
            true,
            Some(421),
        ),
        (("EHLO", "hang"), Cause::Timeout, true, None),
    ] {
        let manner = Manner {
            instead: Some(instead),
            ..Manner::default()
        };
        let server = MailServer::start(manner).await;
        let begun = std::time::Instant::now();
        let more = "to: a@b.example\nrequire_tls: false\ntimeout: 1s";
        let failure = send(&server, more, &sample(&[("a", true)]))
            .await
            .unwrap_err();
        assert_eq!(
            (failure.cause, failure.is_passing),
            (cause, is_passing),
            "{failure:?}"
        );
        assert_eq!(failure.answer.and_then(|answer| answer.status), status);
        assert!(begun.elapsed() < Duration::from_secs(15));
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = MailServer::start(Manner::default()).await;
    let nobody = MailServer {
        port: free,
        ..server
    };
    let failure = send(&nobody, "to: a@b.example", &sample(&[("a", true)]))
        .await
        .unwrap_err();
    assert_eq!(
        (failure.cause, failure.is_passing),
        (Cause::Network, true),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_template_that_fails_stops_no_mail() {
    let server = MailServer::start(Manner::default()).await;
    let more = "to: a@b.example\nrequire_tls: false\nhtml: '{{ template \"missing\" . }}'\nheaders: { X-A: '{{ .Nonsense }}' }";
    send(&server, more, &sample(&[("a", true)])).await.unwrap();
    let said = decoded(&server.mails()[0].data);
    assert!(
        said.contains("(a template failed: template \"missing\" not defined)"),
        "{said}"
    );
    assert!(said.contains("can't evaluate field Nonsense"), "{said}");
    let more = "to: '{{ .Nonsense }}'\nrequire_tls: false";
    let failure = send(&server, more, &sample(&[("a", true)]))
        .await
        .unwrap_err();
    assert_eq!(failure.cause, Cause::Template);
}
