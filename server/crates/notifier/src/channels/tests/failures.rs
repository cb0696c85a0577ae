//! What becomes of a message that a receiver does not take.

use std::time::Duration;

use base64::Engine as _;

use super::receiver::{Receiver, Reply};
use super::*;

async fn failure(text: &str) -> Failure {
    let sent = read("webhook_configs", text)
        .send(&sample(&[("a", true)]))
        .await;
    sent.unwrap_err()
}

#[tokio::test]
async fn answers() {
    let receiver = Receiver::start().await;
    let text = format!(
        "{{ url: '{}/hook', http_config: {{ follow_redirects: false }} }}",
        receiver.url
    );
    for (status, header, cause, is_passing, after) in [
        (400, None, Cause::Client, false, None),
        (401, None, Cause::Authentication, false, None),
        (403, None, Cause::Authentication, false, None),
        (404, None, Cause::Client, false, None),
        (408, None, Cause::Timeout, true, None),
        (413, None, Cause::Client, false, None),
        (
            429,
            Some(("retry-after", "7")),
            Cause::RateLimited,
            true,
            Some(7.0),
        ),
        (
            429,
            Some(("retry-after", "Wed, 21 Oct 2015 07:29:00 GMT")),
            Cause::RateLimited,
            true,
            Some(39.5),
        ),
        (500, None, Cause::Server, true, None),
        (
            503,
            Some(("retry-after", "0.5")),
            Cause::Server,
            true,
            Some(0.5),
        ),
        (
            302,
            Some(("location", "/other")),
            Cause::Client,
            false,
            None,
        ),
    ] {
        let mut reply = Reply::new(status, "no <b>");
        if let Some((name, value)) = header {
            reply.header = (name, value.to_owned());
        }
        receiver.reply(reply);
        let failure = failure(&text).await;
        assert_eq!(
            (failure.cause, failure.is_passing),
            (cause, is_passing),
            "{status}"
        );
        assert_eq!(
            failure.after.map(|after| after.as_secs_f64()),
            after,
            "{status}"
        );
        let answer = failure.answer.unwrap();
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (Some(status), "no <b>")
        );
        assert!(
            failure.text.contains(&status.to_string()) && failure.text.contains("no <b>"),
            "{}",
            failure.text
        );
    }
    receiver.reply(Reply {
        after: Duration::from_secs(60),
        ..Reply::new(200, "")
    });
    let begun = std::time::Instant::now();
    let slow = failure(&format!("{{ url: '{}', timeout: 200ms }}", receiver.url)).await;
    assert_eq!(
        (slow.cause, slow.is_passing),
        (Cause::Timeout, true),
        "{slow:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn nobody_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (url, cause) in [
        (format!("http://{free}/"), Cause::Network),
        ("http://nobody.invalid/".to_owned(), Cause::Network),
        (format!("https://{free}/"), Cause::Network),
    ] {
        let failure = failure(&format!("url: {url}")).await;
        assert_eq!(
            (failure.cause, failure.is_passing),
            (cause, true),
            "{url}: {failure:?}"
        );
        assert!(!failure.text.is_empty());
    }
}

#[tokio::test]
async fn link_local_addresses_are_refused() {
    let receiver = Receiver::start().await;
    let redirect = |to: &str| {
        let mut reply = Reply::new(307, "");
        reply.header = ("location", to.to_owned());
        reply
    };
    let url = format!("url: {}/first", receiver.url);
    for to in [
        "http://169.254.169.254/latest",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/x",
    ] {
        receiver.reply(redirect(to));
        let failure = failure(&url).await;
        assert_eq!(
            (failure.cause, failure.is_passing),
            (Cause::Refused, false),
            "{to}: {failure:?}"
        );
    }
    // As a template makes it, so it is not known when it is read.
    let made = failure("url: 'http://169.254.169.{{ print 254 }}/'").await;
    assert_eq!(made.cause, Cause::Refused, "{made:?}");
    // Others are followed, with what was posted.
    receiver.got();
    receiver.reply(redirect(&format!("{}/second", receiver.url)));
    read("webhook_configs", &url)
        .send(&sample(&[("a", true)]))
        .await
        .unwrap();
    let got = receiver.got();
    assert_eq!(
        got.iter().map(|got| &*got.path).collect::<Vec<_>>(),
        ["/first", "/second"]
    );
    assert_eq!(got[1].body["version"], "4");
    // Round and round is no way either.
    for _ in 0..20 {
        receiver.reply(redirect(&format!("{}/round", receiver.url)));
    }
    assert_eq!(failure(&url).await.cause, Cause::Client);
}

#[tokio::test]
async fn what_is_needed_has_to_be_made() {
    for (text, cause) in [
        (
            "url: 'http://{{ template \"missing\" . }}/'",
            Cause::Template,
        ),
        ("url: '{{ .Receiver }}'", Cause::Client),
        ("url: 'ftp://{{ .Receiver }}/'", Cause::Client),
        ("url_file: /no/such/file", Cause::Client),
    ] {
        let failure = failure(text).await;
        assert_eq!(
            (failure.cause, failure.is_passing),
            (cause, false),
            "{text}: {failure:?}"
        );
    }
}

#[tokio::test]
async fn who_we_are_is_said_and_never_shown() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("word"), "from-a-file\n").unwrap();
    let basic = base64::engine::general_purpose::STANDARD.encode("me:hush-hush");
    for (http, header, expected) in [
        (
            "basic_auth: { username: me, password: hush-hush }",
            "authorization",
            format!("Basic {basic}"),
        ),
        (
            "authorization: { credentials_file: word }",
            "authorization",
            "Bearer from-a-file".to_owned(),
        ),
        (
            "authorization: { type: Token, credentials: hush-hush }",
            "authorization",
            "Token hush-hush".to_owned(),
        ),
        (
            "bearer_token: hush-hush",
            "authorization",
            "Bearer hush-hush".to_owned(),
        ),
        (
            "http_headers: { X-Key: { secrets: [hush-hush] } }",
            "x-key",
            "hush-hush".to_owned(),
        ),
    ] {
        let text = format!(
            "{{ url: '{}/a-long-secret-path?key=hidden-key', http_config: {{ {http} }} }}",
            receiver.url
        );
        let channel = read_in(folder.path(), "webhook_configs", &text, "").unwrap();
        receiver.reply(Reply::new(
            400,
            "hush-hush from-a-file a-long-secret-path hidden-key",
        ));
        let failure = channel.send(&sample(&[("a", true)])).await.unwrap_err();
        assert_eq!(receiver.got()[0].header(header), expected);
        let shown = format!("{failure:?} {}", channel.target());
        for secret in ["a-long-secret-path", "hidden-key"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        let own = if http.contains("file") {
            "from-a-file"
        } else {
            "hush-hush"
        };
        assert!(!shown.contains(own), "{shown}");
    }
    // Of all entries, unless one has its own.
    let global = "http_config: { bearer_token: of-all }";
    let text = format!("url: {}", receiver.url);
    let channel = read_in(folder.path(), "webhook_configs", &text, global).unwrap();
    channel.send(&sample(&[("a", true)])).await.unwrap();
    assert_eq!(receiver.got()[0].header("authorization"), "Bearer of-all");
}

#[tokio::test]
async fn long_answers_are_cut() {
    let receiver = Receiver::start().await;
    let text = format!("url: {}", receiver.url);
    let channel = read("webhook_configs", &text);
    for (body, length) in [
        ("ä".repeat(5000), 2048),
        ("x".repeat(1 << 20), 2048),
        (String::new(), 0),
    ] {
        receiver.reply(Reply::new(200, &body));
        let answer = channel.send(&sample(&[("a", true)])).await.unwrap();
        assert_eq!(answer.text.len(), length);
        assert!(body.starts_with(&answer.text));
    }
    assert_eq!(Answer::LONGEST, 2048);
}

#[tokio::test]
async fn whom_we_trust() {
    let folder = tempfile::tempdir().unwrap();
    let server = super::smtp::tls_server(folder.path()).await;
    for (tls, expected) in [
        ("ca_file: ca.pem", None),
        ("insecure_skip_verify: true, min_version: TLS13", None),
        ("ca_file: ca.pem, max_version: TLS12", None),
        ("insecure_skip_verify: false", Some(Cause::Network)),
    ] {
        let text = format!(
            "{{ url: 'https://localhost:{server}/', http_config: {{ tls_config: {{ {tls} }} }} }}"
        );
        let channel = read_in(folder.path(), "webhook_configs", &text, "").unwrap();
        let sent = channel.send(&sample(&[("a", true)])).await;
        assert_eq!(
            sent.as_ref().err().map(|failure| failure.cause),
            expected,
            "{tls}: {sent:?}"
        );
    }
}

#[tokio::test]
async fn by_a_proxy() {
    let proxy = Receiver::start().await;
    let text = format!(
        "{{ url: 'http://far.invalid/hook', http_config: {{ proxy_url: '{}' }} }}",
        proxy.url
    );
    read("webhook_configs", &text)
        .send(&sample(&[("a", true)]))
        .await
        .unwrap();
    assert_eq!(proxy.got()[0].path, "http://far.invalid/hook");
}

#[tokio::test]
async fn what_a_chat_cannot_show_goes_plain() {
    let receiver = Receiver::start().await;
    let text = format!(
        "{{ api_url: '{}', bot_token: x, chat_id: 1, parse_mode: Markdown, message: '*{{{{ .Status }}}}* a_b' }}",
        receiver.url
    );
    let unreadable = r#"{"ok":false,"description":"Bad Request: can't parse entities: byte 9"}"#;
    receiver.reply(Reply::new(400, unreadable));
    read("telegram_configs", &text)
        .send(&sample(&[("a", true)]))
        .await
        .unwrap();
    let got = receiver.got();
    assert_eq!(
        got.iter()
            .map(|got| &got.body["parse_mode"])
            .collect::<Vec<_>>(),
        [&Json::from("Markdown"), &Json::Null]
    );
    assert_eq!(got[1].body["text"], "*firing* a_b");
    // A text of many alerts is cut, and what is cut is not formatted.
    let names: Vec<_> = (0..200).map(|n| format!("<{n}>")).collect();
    let alerts: Vec<_> = names.iter().map(|name| (name.as_str(), true)).collect();
    let text = format!(
        "{{ api_url: '{}', bot_token: x, chat_id: 1 }}",
        receiver.url
    );
    read("telegram_configs", &text)
        .send(&sample(&alerts))
        .await
        .unwrap();
    let body = receiver.got().remove(0).body;
    assert_eq!(
        (
            body["text"].as_str().unwrap().chars().count(),
            &body["parse_mode"]
        ),
        (4096, &Json::Null)
    );
    for (kind, text) in [
        ("msteamsv2_configs", "webhook_url"),
        ("msteams_configs", "webhook_url"),
        ("ntfy_configs", "topic: t, url"),
    ] {
        read(kind, &format!("{{ {text}: '{}' }}", receiver.url))
            .send(&sample(&alerts))
            .await
            .unwrap();
        let size = receiver.got().remove(0).body.to_string().len();
        assert!(size < 28_000, "{kind}: {size}");
    }
}
