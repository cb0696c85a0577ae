//! What templates of messages say.

use super::*;
use crate::message::sample;

fn shown(text: &str) -> String {
    let texts = Texts::defaults().unwrap();
    let message = sample(&[("a", true), ("b", false)]);
    let said = texts.preview(text, &message, false, 1_445_412_500_500);
    said.unwrap_or_else(|error| format!("wrong: {error}"))
}

#[test]
fn data_and_functions() {
    for (text, expected) in [
        (
            "{{ .Receiver }} {{ .Status }} {{ .ExternalURL }}",
            "team firing https://host",
        ),
        (
            "{{ len .Alerts }} {{ len .Alerts.Firing }} {{ .Alerts.Resolved | len }}",
            "2 1 1",
        ),
        (
            "{{ range .Alerts }}{{ .Labels.instance }}={{ .Status }} {{ end }}",
            "a=firing b=resolved ",
        ),
        ("{{ (index .Alerts 0).Annotations.summary }}", "a is down"),
        (
            "{{ range (index .Alerts 0).Labels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}",
            "alertname=Down instance=a severity=critical ",
        ),
        (
            "{{ .CommonLabels.Names | join \",\" }} {{ (.CommonLabels.Remove .GroupLabels.Names).Values }}",
            "alertname,severity [critical]",
        ),
        (
            "{{ .CommonLabels.Remove (stringSlice \"severity\" \"x\") }} {{ .GroupLabels.SortedPairs }}",
            "map[alertname:Down] [{alertname Down}]",
        ),
        (
            "{{ range $k, $v := .CommonLabels }}{{ $k }}{{ end }}{{ index .CommonLabels \"severity\" }}",
            "alertnameseveritycritical",
        ),
        (
            "{{ if .CommonLabels.missing }}x{{ else }}{{ len .CommonLabels }}{{ end }}",
            "2",
        ),
        (
            "{{ (index .Alerts 0).StartsAt }}",
            "2015-10-21 07:28:00.5 +0000 UTC",
        ),
        (
            "{{ (index .Alerts 0).StartsAt.Format \"15:04 MST\" }}",
            "07:28 UTC",
        ),
        (
            "{{ (index .Alerts 0).EndsAt.IsZero }} {{ (index .Alerts 1).EndsAt.Unix }}",
            "true 1445412540",
        ),
        (
            "{{ (index .Alerts 0).StartsAt | tz \"Europe/Paris\" | date \"15:04 MST\" }}",
            "09:28 CEST",
        ),
        (
            "{{ since (index .Alerts 0).StartsAt }} {{ (since (index .Alerts 0).StartsAt) | humanizeDuration }}",
            "20s 20s",
        ),
        (
            "{{ .CommonLabels | toJson }}",
            r#"{"alertname":"Down","severity":"critical"}"#,
        ),
        ("{{ toJson (stringSlice \"<a>\") }}", r#"["\u003ca\u003e"]"#),
        (
            "{{ toJson (index .Alerts 0).StartsAt }}",
            "\"2015-10-21T07:28:00.5Z\"",
        ),
        (
            "{{ trimSpace \" x \" | toUpper }} {{ title \"a b\" }} {{ urlUnescape \"a%20b+c\" }}",
            "X A B a b c",
        ),
        (
            "{{ reReplaceAll \"(.)own\" \"${1}ice\" .GroupLabels.alertname }} {{ match \"^a\" \"ab\" }}",
            "Dice true",
        ),
        ("{{ (dict \"a\" 1).a }} {{ append (list 1) 2 }}", "1 [1 2]"),
        (
            "{{ tz \"Nowhere\" (index .Alerts 0).StartsAt }}",
            "wrong: error calling tz: unknown time zone Nowhere",
        ),
        (
            "{{ .Nonsense }}",
            "wrong: can't evaluate field Nonsense in type *template.Data",
        ),
        (
            "{{ template \"slack.default.title\" . }}",
            "[FIRING:1] Down (critical)",
        ),
        (
            "{{ template \"slack.default.fallback\" . }}",
            "[FIRING:1] Down (critical) | https://host/alerts?receiver=team",
        ),
        (
            "{{ template \"__text_alert_list\" .Alerts.Firing }}",
            "Labels:\n - alertname = Down\n - instance = a\n - severity = critical\nAnnotations:\n \
             - runbook = https://wiki/down\n - summary = a is down\nSource: https://host/alerts/1\n",
        ),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn all_defaults_say_something_of_every_message() {
    let texts = Texts::defaults().unwrap();
    let messages = [
        sample(&[]),
        sample(&[("a", true)]),
        sample(&[("a", false), ("b", false)]),
    ];
    let whole = |name: &&str| !name.starts_with("__") && !name.ends_with("instances");
    let names: Vec<_> = texts.names().filter(whole).collect();
    assert!(names.len() > 15);
    for name in names {
        for message in &messages {
            let text = format!("{{{{ template {name:?} . }}}}");
            for is_html in [false, true] {
                let said = texts.preview(&text, message, is_html, 0);
                assert!(said.is_ok(), "{name}: {said:?}");
            }
        }
    }
}

#[test]
fn mails_quote_what_alerts_say() {
    let texts = Texts::defaults().unwrap();
    let mut message = sample(&[("a", true)]);
    let summary = "<script>alert(1)</script>".to_owned();
    message.notices[0]
        .annotations
        .insert("summary".to_owned(), summary);
    message.notices[0].generator_url = "javascript:alert(1)".to_owned();
    let mail = "{{ template \"email.default.html\" . }}";
    let html = texts.preview(mail, &message, true, 0).unwrap();
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "{html}"
    );
    assert!(
        !html.contains("<script") && !html.contains("javascript:"),
        "{html}"
    );
    assert!(html.contains("1 alert: alertname Down"), "{html}");
    assert!(
        html.contains("href=\"https://host/alerts?receiver=team\""),
        "{html}"
    );
}

#[test]
fn failures_stand_in_the_message() {
    let texts = Texts::defaults().unwrap();
    let message = sample(&[("a", true)]);
    let mut filling = Filling::new(&texts, &message, 0);
    for text in [
        "{{ template \"missing\" . }}",
        "{{ template \"missing\" . }}",
    ] {
        let said = filling.text(&Written::parse(text).unwrap());
        assert_eq!(
            said,
            "[FIRING:1] Down (a template failed: template \"missing\" not defined)"
        );
    }
    let endless = r#"{{ define "r" }}{{ template "r" . }}<{{ end }}{{ template "r" . }}"#;
    let said = filling.html(&Written::parse(endless).unwrap());
    assert_eq!(
        said,
        "[FIRING:1] Down (a template failed: templates use each other without an end)"
    );
    assert_eq!(filling.unsaid(), None);
    for _ in 0..2 {
        assert_eq!(
            filling.bare(&Written::parse("a{{ .Nonsense }}").unwrap()),
            ""
        );
    }
    let unsaid = "(a template failed: can't evaluate field Nonsense in type *template.Data)";
    assert_eq!(filling.unsaid().as_deref(), Some(unsaid));
}

#[test]
fn files_define_more() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("t")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join("t").join(name), text);
    write("a.tmpl", r#"{{ define "mine" }}old{{ end }}"#).unwrap();
    write("b.tmpl", r#"{{ define "mine" }}new {{ template "__subject" . }}{{ end }}{{ define "__subject" }}S{{ end }}"#).unwrap();
    let patterns = ["t/*.tmpl".to_owned()];
    let texts = Texts::read(&patterns, folder.path()).unwrap();
    let said = texts.preview("{{ template \"mine\" . }}", &sample(&[]), false, 0);
    assert_eq!(said.unwrap(), "new S");
    write("c.tmpl", "{{ nonsense }}").unwrap();
    let wrong = Texts::read(&patterns, folder.path()).unwrap_err();
    assert_eq!(wrong.len(), 1);
    assert!(
        wrong[0]
            .to_string()
            .contains("c.tmpl: function \"nonsense\" not defined")
    );
}

#[test]
fn ten_thousand_alerts_are_one_message() {
    let texts = Texts::defaults().unwrap();
    let names: Vec<_> = (0..10_000)
        .map(|n| format!("instance-{n}.example:9100"))
        .collect();
    let alerts: Vec<_> = names.iter().map(|name| (name.as_str(), true)).collect();
    let message = sample(&alerts);
    for (name, longest, part) in [
        (
            "email.default.html",
            200_000,
            "10000 firing, of which the first 100 are",
        ),
        (
            "email.default.text",
            50_000,
            "FIRING: the first 100 of 10000",
        ),
        ("slack.default.fallback", 200, "[FIRING:10000] Down"),
        ("telegram.default.message", 4 << 20, "instance-9999.example"),
        ("msteamsv2.default.text", 4 << 20, "instance-9999.example"),
    ] {
        let begun = std::time::Instant::now();
        let text = format!("{{{{ template {name:?} . }}}}");
        let said = texts
            .preview(&text, &message, name.ends_with("html"), 0)
            .unwrap();
        assert!(said.contains(part), "{name}: {:.2000}", said);
        assert!(said.len() < longest, "{name}: {}", said.len());
        assert!(begun.elapsed().as_secs() < 10, "{name}");
    }
}
