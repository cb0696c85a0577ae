//! What each kind of receiver is sent.

use serde_json::json;

use super::receiver::{Receiver, Reply};
use super::*;

const LIST: &str = "Labels:\n - alertname = Down\n - instance = a\n - severity = critical\nAnnotations:\n - runbook = \
                    https://wiki/down\n - summary = a is down\nSource: https://host/alerts/1\n";
const LINK: &str = "https://host/alerts?receiver=team";

/// Sends one alert that holds, and gives back where and what was posted.
async fn sent(kind: &str, text: &str, is_firing: bool) -> (String, Json) {
    let receiver = Receiver::start().await;
    let channel = read(kind, &text.replace("@R", &receiver.url));
    let answer = channel.send(&sample(&[("a", is_firing)])).await.unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (Some(200), "ok"));
    let mut got = receiver.got();
    assert_eq!(got.len(), 1, "{kind}");
    let got = got.remove(0);
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.header("idempotency-key"), "key-1");
    (got.path, got.body)
}

#[tokio::test]
async fn webhooks() {
    let alert = |name: &str, is_firing: bool| {
        json!({
            "status": if is_firing { "firing" } else { "resolved" },
            "labels": { "alertname": "Down", "instance": name, "severity": "critical" },
            "annotations": { "runbook": "https://wiki/down", "summary": format!("{name} is down") },
            "startsAt": "2015-10-21T07:28:00.5Z",
            "endsAt": if is_firing { "0001-01-01T00:00:00Z" } else { "2015-10-21T07:29:00Z" },
            "generatorURL": "https://host/alerts/1",
            "fingerprint": format!("{:016x}", sample(&[(name, true)]).notices[0].labels.fingerprint()),
        })
    };
    let receiver = Receiver::start().await;
    let message = sample(&[("a", true), ("b", false)]);
    let url = &receiver.url;
    let url_file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(url_file.path(), format!("{url}/file\n")).unwrap();
    let in_file = format!("url_file: {}", url_file.path().display());
    for (text, path, most) in [
        (format!("url: {url}/hook"), "/hook", 2),
        (
            format!("url: '{url}/{{{{ .GroupLabels.alertname }}}}'\nmax_alerts: 1"),
            "/Down",
            1,
        ),
        (in_file, "/file", 2),
    ] {
        read("webhook_configs", &text).send(&message).await.unwrap();
        let got = receiver.got().remove(0);
        assert_eq!(got.path, path);
        let both = [alert("a", true), alert("b", false)];
        let common = match most {
            1 => json!({ "alertname": "Down", "instance": "a", "severity": "critical" }),
            _ => json!({ "alertname": "Down", "severity": "critical" }),
        };
        assert_eq!(got.body["commonLabels"], common);
        assert_eq!(got.body["alerts"], json!(both[..most]));
        assert_eq!(got.body["truncatedAlerts"], 2 - most);
        for (name, expected) in [
            ("version", json!("4")),
            ("status", json!("firing")),
            ("receiver", json!("team")),
            ("groupKey", json!("{}:{alertname=\"Down\"}")),
            ("groupLabels", json!({ "alertname": "Down" })),
            ("externalURL", json!("https://host")),
        ] {
            assert_eq!(got.body[name], expected, "{name}");
        }
    }
}

#[tokio::test]
async fn slack() {
    let (path, body) = sent(
        "slack_configs",
        "api_url: @R/services/T/B/x\nchannel: '#ops'",
        true,
    )
    .await;
    assert_eq!(path, "/services/T/B/x");
    let attachment = json!({
        "title": "[FIRING:1] Down (a critical)",
        "title_link": LINK,
        "text": "",
        "fallback": format!("[FIRING:1] Down (a critical) | {LINK}"),
        "callback_id": "",
        "footer": "",
        "color": "danger",
        "mrkdwn_in": ["fallback", "pretext", "text"],
    });
    assert_eq!(
        body,
        json!({ "channel": "#ops", "username": "Alertmanager", "attachments": [attachment] })
    );
    let text = r##"
api_url: @R
username: ''
title: '{{ .CommonAnnotations.summary }}'
title_link: ''
fallback: f
color: '{{ if eq .Status "firing" }}#f00{{ else }}#0f0{{ end }}'
short_fields: true
fields: [{ title: Since, value: '{{ (index .Alerts 0).StartsAt | since }}' }, { title: T, value: v, short: false }]
actions:
  - { type: button, text: Runbook, url: '{{ .CommonAnnotations.runbook }}' }
  - { type: button, text: Ack, name: ack, value: '1', style: primary, confirm: { text: Sure?, ok_text: Yes } }
link_names: true
mrkdwn_in: [text]
text: '{{ .Nonsense }}'
"##;
    let (_, body) = sent("slack_configs", text, false).await;
    let attachment = json!({
        "title": "a is down",
        "text": "[RESOLVED] Down (a template failed: can't evaluate field Nonsense in type *template.Data)",
        "fallback": "f",
        "callback_id": "",
        "footer": "",
        "color": "#0f0",
        "mrkdwn_in": ["text"],
        "fields": [
            { "title": "Since", "value": "20s", "short": true },
            { "title": "T", "value": "v", "short": false },
        ],
        "actions": [
            { "type": "button", "text": "Runbook", "url": "https://wiki/down" },
            {
                "type": "button", "text": "Ack", "name": "ack", "value": "1", "style": "primary",
                "confirm": { "text": "Sure?", "ok_text": "Yes" },
            },
        ],
    });
    assert_eq!(
        body,
        json!({ "link_names": true, "attachments": [attachment] })
    );
}

#[tokio::test]
async fn pagerduty() {
    let text = "{ url: @R/v2/enqueue, routing_key: 'R{{ len .Alerts.Resolved }}', severity: critical, details: { who: me, num_firing: many, \
                deep: { a: ['{{ .Status }}'] } }, links: [{ href: '{{ .ExternalURL }}', text: All }, { text: no }], \
                images: [{ src: 'https://host/i.png', alt: i }] }";
    let (path, body) = sent("pagerduty_configs", text, true).await;
    assert_eq!(path, "/v2/enqueue");
    assert_eq!(
        body,
        json!({
            "routing_key": "R0",
            "event_action": "trigger",
            // sha256 of {}:{alertname="Down"}
            "dedup_key": "af94c9e8f6a3043625e36c6f472fe6be85ac23a9117184ee4cb7b4ad7401a47e",
            "client": "Alertmanager",
            "client_url": LINK,
            "payload": {
                "summary": "[FIRING:1] Down (a critical)",
                "severity": "critical",
                "source": "Alertmanager",
                "custom_details": {
                    "firing": LIST,
                    "resolved": "",
                    "num_firing": "many",
                    "num_resolved": "0",
                    "who": "me",
                    "deep": { "a": ["firing"] },
                },
            },
            "links": [{ "href": "https://host", "text": "All" }],
            "images": [{ "src": "https://host/i.png", "alt": "i" }],
        })
    );
    let (_, body) = sent(
        "pagerduty_configs",
        "{ url: @R, routing_key: R0, severity: '{{ .Nonsense }}' }",
        false,
    )
    .await;
    assert_eq!(body["event_action"], "resolve");
    assert_eq!(body["payload"]["severity"], "error");
    let failed = body["payload"]["custom_details"]["template_error"]
        .as_str()
        .unwrap();
    assert!(failed.contains("Nonsense"), "{failed}");
}

#[tokio::test]
async fn an_event_that_is_too_large_goes_without_details() {
    let receiver = Receiver::start().await;
    let text = format!(
        "{{ url: '{}', routing_key: R0, description: '{{{{ range .Alerts }}}}0123456789{{{{ end }}}}' }}",
        receiver.url
    );
    let alerts = vec![("a", true); 5000];
    read("pagerduty_configs", &text)
        .send(&sample(&alerts))
        .await
        .unwrap();
    let body = receiver.got().remove(0).body;
    let summary = body["payload"]["summary"].as_str().unwrap();
    assert_eq!(summary.chars().count(), 1024);
    let details = body["payload"]["custom_details"]["error"].as_str().unwrap();
    assert!(details.contains("left out"), "{details}");
}

#[tokio::test]
async fn chats() {
    let both = format!("\n\nAlerts Firing:\n{LIST}\n\n\n");
    let markdown = "\n\n# Alerts Firing:\n\nLabels:\n  - alertname = Down\n  - instance = a\n  - severity = \
                    critical\n\nAnnotations:\n  - runbook = https://wiki/down\n  - summary = a is down\n\nSource: \
                    https://host/alerts/1\n\n\n\n\n";
    let title = "[FIRING:1] Down (a critical)";
    for (kind, text, path, expected) in [
        (
            "discord_configs",
            "{ webhook_url: @R/d, username: me }",
            "/d",
            json!({
                "content": "",
                "username": "me",
                "embeds": [{ "title": title, "description": both, "color": 10_038_562 }],
            }),
        ),
        (
            "telegram_configs",
            "{ api_url: @R/, bot_token: '1:x', chat_id: -5, parse_mode: '' }",
            "/bot1:x/sendMessage",
            json!({
                "chat_id": -5,
                "text": both,
                "disable_notification": false,
                "link_preview_options": { "is_disabled": true },
            }),
        ),
        (
            "telegram_configs",
            "{ api_url: @R, bot_token: '1:x', chat_id: -5, message_thread_id: 7, disable_notifications: true, \
               message: '<b>{{ .Status }}</b> {{ print \"a<b\" }}' }",
            "/bot1:x/sendMessage",
            json!({
                "chat_id": -5,
                "text": "<b>firing</b> a&lt;b",
                "parse_mode": "HTML",
                "message_thread_id": 7,
                "disable_notification": true,
                "link_preview_options": { "is_disabled": true },
            }),
        ),
        (
            "msteams_configs",
            "{ webhook_url: @R/m }",
            "/m",
            json!({
                "@context": "http://schema.org/extensions",
                "@type": "MessageCard",
                "title": title,
                "summary": title,
                "text": markdown,
                "themeColor": "8C1A1A",
            }),
        ),
        (
            "msteamsv2_configs",
            "{ webhook_url: @R/m, text: '{{ .Status }}' }",
            "/m",
            json!({
                "type": "message",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "contentUrl": null,
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.4",
                        "msteams": { "width": "full" },
                        "body": [
                            {
                                "type": "TextBlock", "text": title, "weight": "Bolder", "size": "Medium",
                                "wrap": true, "style": "heading", "color": "Attention",
                            },
                            { "type": "TextBlock", "text": "firing", "wrap": true },
                        ],
                    },
                }],
            }),
        ),
        (
            "ntfy_configs",
            "{ url: @R, topic: 'alerts-{{ .CommonLabels.severity }}' }",
            "/",
            json!({
                "topic": "alerts-critical",
                "title": title,
                "message": "firing: a is down\n",
                "priority": 4,
                "tags": ["rotating_light"],
                "click": LINK,
            }),
        ),
        (
            "alertmanager_configs",
            "{ url: @R/am/, holds: 1h }",
            "/am/api/v2/alerts",
            json!([{
                "labels": { "alertname": "Down", "instance": "a", "severity": "critical" },
                "annotations": { "runbook": "https://wiki/down", "summary": "a is down" },
                "startsAt": "2015-10-21T07:28:00.5Z",
                "endsAt": "2015-10-21T08:28:20.5Z",
                "generatorURL": "https://host/alerts/1",
            }]),
        ),
    ] {
        let (found, body) = sent(kind, text, true).await;
        assert_eq!(found, path, "{kind}");
        assert_eq!(body, expected, "{kind}");
        let mut resolved = sent(kind, text, false).await.1;
        assert_ne!(resolved, expected, "{kind}");
        if kind == "alertmanager_configs" {
            assert_eq!(resolved[0]["endsAt"].take(), "2015-10-21T07:29:00Z");
        }
    }
}

#[tokio::test]
async fn a_tool_and_the_log() {
    let message = sample(&[("a", true)]);
    for (text, expected) in [
        (
            "{ server: chat, tool: post, arguments: { text: '{{ .Status }}', list: [a, 1] } }",
            Ok(r#"post {"list":["a","1"],"text":"firing"}"#.to_owned()),
        ),
        (
            "{ server: chat, tool: post, arguments_json: '{\"n\": {{ len .Alerts }}, \"s\": {{ toJson .Status }}}' }",
            Ok(r#"post {"n":1,"s":"firing"}"#.to_owned()),
        ),
        ("{ server: chat, tool: post }", Ok("post {}".to_owned())),
        ("{ server: other, tool: post }", Err(Cause::Client)),
        (
            "{ server: slow, tool: post, timeout: 50ms }",
            Err(Cause::Timeout),
        ),
        (
            "{ server: chat, tool: post, arguments_json: '{{ .Status }}' }",
            Err(Cause::Template),
        ),
        (
            "{ server: chat, tool: post, arguments_json: '[]' }",
            Err(Cause::Template),
        ),
    ] {
        let said = read("mcp_configs", text).send(&message).await;
        let said = said
            .map(|answer| answer.text)
            .map_err(|failure| failure.cause);
        assert_eq!(said, expected, "{text}");
    }
    let said = read("log_configs", "message: '{{ .Receiver }} {{ .Nonsense }}'")
        .send(&message)
        .await
        .unwrap();
    assert!(
        said.text
            .starts_with("[FIRING:1] Down (a template failed: "),
        "{}",
        said.text
    );
}

#[test]
fn what_people_see_of_them() {
    for (kind, text, target, sends_resolved) in [
        (
            "webhook_configs",
            "url: https://host/secret-path",
            "https://host/…",
            true,
        ),
        (
            "webhook_configs",
            "{ url_file: /x, send_resolved: false }",
            "an address from a file",
            false,
        ),
        (
            "slack_configs",
            "{ api_url: 'https://s.example/x', channel: '#a' }",
            "#a at https://s.example/…",
            false,
        ),
        (
            "email_configs",
            "{ to: 'a@b.example', from: c@d.example, smarthost: 'm:25' }",
            "a@b.example by m:25",
            false,
        ),
        (
            "pagerduty_configs",
            "routing_key: hush",
            "https://events.pagerduty.com/…",
            true,
        ),
        (
            "telegram_configs",
            "{ bot_token: hush, chat_id: 5 }",
            "chat 5 at https://api.telegram.org",
            true,
        ),
        ("ntfy_configs", "topic: t", "t at https://ntfy.sh", true),
        (
            "alertmanager_configs",
            "url: http://am:9093",
            "http://am:9093",
            true,
        ),
        ("mcp_configs", "{ server: s, tool: t }", "t of s", true),
        ("log_configs", "{}", "the log", true),
    ] {
        let channel = read(kind, text);
        assert_eq!(channel.target(), target);
        assert_eq!(channel.sends_resolved(), sends_resolved, "{kind}");
        assert_eq!(format!("{}_configs", channel.kind()), kind);
    }
}

#[tokio::test]
async fn slack_and_telegram_say_more_in_their_answers() {
    let receiver = Receiver::start().await;
    let slack = read("slack_configs", &format!("api_url: {}", receiver.url));
    for (body, cause) in [
        (
            r#"{"ok":false,"error":"invalid_auth"}"#,
            Some(Cause::Authentication),
        ),
        (
            r#"{"ok":false,"error":"ratelimited"}"#,
            Some(Cause::RateLimited),
        ),
        (
            r#"{"ok":false,"error":"channel_not_found"}"#,
            Some(Cause::Client),
        ),
        (r#"{"ok":true}"#, None),
        ("ok", None),
    ] {
        receiver.reply(Reply::new(200, body));
        let said = slack.send(&sample(&[("a", true)])).await;
        assert_eq!(said.err().map(|failure| failure.cause), cause, "{body}");
    }
    let text = format!(
        "{{ api_url: '{}', bot_token: 'secret-token', chat_id: 1 }}",
        receiver.url
    );
    receiver.reply(Reply::new(
        429,
        r#"{"ok":false,"parameters":{"retry_after":9},"d":"secret-token"}"#,
    ));
    let failure = read("telegram_configs", &text)
        .send(&sample(&[("a", true)]))
        .await
        .unwrap_err();
    assert_eq!(failure.cause, Cause::RateLimited);
    assert_eq!(failure.after.map(|after| after.as_secs()), Some(9));
    assert!(
        !format!("{failure:?}").contains("secret-token"),
        "{failure:?}"
    );
}
