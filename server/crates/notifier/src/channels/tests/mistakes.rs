//! What is wrong with an entry, and where.

use super::*;

#[test]
fn every_mistake_has_its_place() {
    for (kind, text, expected) in [
        (
            "webhook_configs",
            "{}",
            &["1:1: webhook_configs need url"][..],
        ),
        (
            "webhook_configs",
            "[a]",
            &[
                "1:1: an entry of webhook_configs is a map, and this is a list",
                "1:1: webhook_configs need url",
            ],
        ),
        (
            "webhook_configs",
            "url: http://a.example\nsend_resolve: true\nmax_alerts: many\ntimeout: soon\nnonsense: 1",
            &[
                "2:1: webhook_configs have no send_resolve; did you mean send_resolved?",
                "3:13: \"many\" is no whole number",
                "4:10: ",
                "5:1: webhook_configs have no nonsense; they have ",
            ],
        ),
        (
            "webhook_configs",
            "url: http://a.example\nurl_file: x",
            &["2:11: url and url_file say the same; write one of them"],
        ),
        (
            "webhook_configs",
            "url: http://169.254.169.254/",
            &["1:6: url leads to a link-local address"],
        ),
        (
            "webhook_configs",
            "url: '{{ if }}'",
            &["1:6: this is no template: a command is missing"],
        ),
        (
            "webhook_configs",
            "url: ftp://a.example",
            &["1:6: url begins with neither http:// nor https://"],
        ),
        (
            "webhook_configs",
            "url: http://a.example\nhttp_config:\n  basic_auth: { user: x }\n  bearer_token: y\n  oauth2: {}\n  tls_config:\n    ca_file: /no/such/file\n    server_name: x",
            &[
                "3:17: basic_auth have no user; did you mean username?",
                "4:17: basic_auth and bearer_token exclude each other",
                "7:14: /no/such/file cannot be read: ",
                "8:18: server_name is not supported here",
            ],
        ),
        (
            "webhook_configs",
            "url: http://a.example\nhttp_config: { oauth2: { token_url: ftp://a, scopes: x, other: 1 } }",
            &[
                "2:24: oauth2 need client_id",
                "2:24: oauth2 need client_secret",
                "2:37: token_url begins with neither http:// nor https://",
                "2:54: scopes is a list, and this is a text",
                "2:57: oauth2 have no other",
            ],
        ),
        (
            "webhook_configs",
            "url: http://a.example\nhttp_config: { tls_config: { ca: nonsense } }",
            &["2:28: ca is no certificate in PEM"],
        ),
        (
            "slack_configs",
            "channel: a",
            &["1:1: slack_configs need api_url"],
        ),
        (
            "slack_configs",
            "api_url: https://a.example\nfields: [{ title: x }]\nactions: [{ type: button }]\nlink_names: maybe\ncolor: '{{ nonsense }}'",
            &[
                "2:10: fields need value",
                "3:11: actions need text",
                "3:11: actions need url or name",
                "4:13: \"maybe\" is neither true nor false",
                "5:8: this is no template: function \"nonsense\" not defined",
            ],
        ),
        (
            "email_configs",
            "to: a@b.example",
            &[
                "1:1: email_configs need from",
                "1:1: email_configs need smarthost",
            ],
        ),
        (
            "email_configs",
            "to: a@b.example\nfrom: a@b.example\nsmarthost: nowhere\nheaders: { Content-Type: x, 'a b': y }\nauth_secret: z",
            &[
                "3:12: smarthost is host:port, for instance mail.example:587, and this is \"nowhere\"",
                "4:10: the header Content-Type cannot be set",
                "4:10: \"a b\" is no name of a header",
                "5:14: auth_secret is of CRAM-MD5, which is not supported here",
            ],
        ),
        (
            "email_configs",
            "{ to: a@b.example, from: a@b.example, smarthost: '169.254.169.254:25' }",
            &["1:50: smarthost is link-local; nothing is sent there"],
        ),
        (
            "pagerduty_configs",
            "service_key: x",
            &["1:14: service_key is of PagerDuty's first API, which is not supported"],
        ),
        (
            "pagerduty_configs",
            "{ details: [] }",
            &[
                "1:1: pagerduty_configs need routing_key",
                "1:12: details is a map",
            ],
        ),
        (
            "discord_configs",
            "title: x",
            &["1:1: discord_configs need webhook_url"],
        ),
        (
            "telegram_configs",
            "{ bot_token: x, chat_id: me, parse_mode: Word }",
            &[
                "1:26: chat_id is a whole number",
                "1:42: parse_mode is HTML",
            ],
        ),
        (
            "msteamsv2_configs",
            "{ webhook_url: 'https://a.example', summary: x }",
            &["1:37: msteamsv2_configs have no summary"],
        ),
        ("ntfy_configs", "{}", &["1:1: ntfy_configs need topic"]),
        (
            "alertmanager_configs",
            "{ holds: 1h }",
            &["1:1: alertmanager_configs need url"],
        ),
        (
            "mcp_configs",
            "{ arguments: x }",
            &[
                "1:1: mcp_configs need server",
                "1:1: mcp_configs need tool",
                "1:14: arguments is a map",
            ],
        ),
        (
            "mcp_configs",
            "{ server: a, tool: b, arguments: {}, arguments_json: x }",
            &["1:54: arguments and arguments_json exclude each other"],
        ),
        (
            "log_configs",
            "{ mesage: x }",
            &["1:3: log_configs have no mesage; did you mean message?"],
        ),
        (
            "pigeon_configs",
            "{}",
            &["1:1: pigeon_configs is not known; there are alertmanager_configs, "],
        ),
    ] {
        let Err(wrong) = read_in(Path::new("/"), kind, text, "") else {
            panic!("{kind} {text} is read");
        };
        assert_eq!(wrong.len(), expected.len(), "{text}: {wrong:#?}");
        for (wrong, expected) in wrong.iter().zip(expected) {
            assert!(wrong.starts_with(expected), "{text}: {wrong}");
        }
    }
}

#[test]
fn global_says_what_entries_do_not() {
    let global = "{ slack_api_url: 'https://s.example/x', smtp_from: a@b.example, smtp_smarthost: 'm.example:25', \
                    smtp_require_tls: false, telegram_api_url: 'https://t.example', pagerduty_url: 'https://p.example/v2' }";
    for (kind, text, target) in [
        ("slack_configs", "{}", "https://s.example/…"),
        (
            "slack_configs",
            "api_url: https://own.example/",
            "https://own.example",
        ),
        (
            "email_configs",
            "to: c@d.example",
            "c@d.example by m.example:25",
        ),
        (
            "telegram_configs",
            "{ bot_token: x, chat_id: 1 }",
            "chat 1 at https://t.example",
        ),
        ("pagerduty_configs", "routing_key: x", "https://p.example/…"),
    ] {
        let channel = read_in(Path::new("/"), kind, text, global).unwrap();
        assert_eq!(channel.target(), target);
    }
    let global = "slack_api_url: http://169.254.169.254/";
    assert!(read_in(Path::new("/"), "slack_configs", "{}", global).is_err());
}
