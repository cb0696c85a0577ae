//! Payloads held against those of the real Alertmanager, from Debian's package `prometheus-alertmanager`.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use model::{Labels, SystemClock};
use serde_json::json;
use tokio::process::{Child, Command};
use uuid::Uuid;

use super::receiver::{Got, Receiver};
use super::smtp::{MailServer, Manner};
use super::*;
use crate::message::{Message, Notice, Why};

/// Everything that templates have and that says the same at any time.
const EVERYTHING: &str = r#"{{ .Receiver }} {{ .Status }} {{ .ExternalURL }} {{ .GroupLabels }} {{ .CommonLabels }}
{{ .CommonLabels.Remove (stringSlice "job" "x") }} {{ .CommonLabels.Names }} {{ .CommonAnnotations.SortedPairs }}
{{ range $i, $a := .Alerts }}{{ $i }}: {{ $a.Status }} {{ $a.Labels.SortedPairs.Values | join "," }} {{ $a.Annotations }}
{{ $a.StartsAt }} {{ $a.StartsAt.Format "Jan 2 15:04:05.000 2006" }} {{ $a.EndsAt.IsZero }} {{ $a.GeneratorURL }}
{{ $a.Fingerprint }}{{ end }} {{ len .Alerts.Firing }} {{ .Alerts.Resolved | len }} {{ .Alerts | len }}
{{ title "one two" }} {{ toUpper "up" }} {{ toLower "LOW" }} {{ match "^a.c$" "abc" }}
{{ reReplaceAll "a(.)c" "<$1>" "xabcx" }} {{ join "-" .GroupLabels.SortedPairs.Values }} {{ safeHtml "<b>" }}
{{ stringSlice "a" "b" }} {{ printf "%q %5.2f %-4d| %v" "x\"y" 1.5 7 .GroupLabels.alertname }} {{ urlquery "a b&c" }}
{{ html "<&>" }} {{ index .CommonLabels "job" }} {{ with .CommonLabels.missing }}x{{ else }}none{{ end }}
{{ if and (eq .Status "firing") (gt (len .Alerts) 1) }}many{{ end }} {{ .CommonLabels.missing }} {{ slice "abcdef" 1 3 }}
{{ define "own" }}<{{ . }}>{{ end }}{{ template "own" .Status }} {{ template "__subject" . }}
{{ template "__text_alert_list" .Alerts.Firing }} {{ .GroupLabels.SortedPairs }} {{ eq "a" "b" "a" }} {{ not true }}
{{- range .CommonAnnotations.SortedPairs }} {{ .Name }}={{ .Value }}{{ end -}} {{ len "äö" }} {{ print 1 2 "x" 3 }}"#;

/// Of one receiver, for both.
fn entries(receiver: &str, mail_port: u16) -> Vec<(&'static str, String)> {
    let everything = serde_json::to_string(EVERYTHING).unwrap();
    vec![
        ("webhook_configs", format!("{{ url: '{receiver}/all' }}")),
        (
            "webhook_configs",
            format!("{{ url: '{receiver}/cut', max_alerts: 1 }}"),
        ),
        (
            "slack_configs",
            format!(
                "{{ api_url: '{receiver}/slack', send_resolved: true, channel: '#{{{{ .Status }}}}', text: {everything}, \
                   title_link: 'x', fallback: 'y', short_fields: true, link_names: true, icon_emoji: ':x:', \
                   fields: [{{ title: a, value: '{{{{ .Status }}}}' }}, {{ title: b, value: c, short: false }}], \
                   actions: [{{ type: button, text: t, url: 'http://u', style: danger }}, {{ type: button, text: t, \
                   name: n, value: v, confirm: {{ text: sure, title: ti, ok_text: o, dismiss_text: d }} }}] }}"
            ),
        ),
        (
            "pagerduty_configs",
            format!(
                "{{ url: '{receiver}/pagerduty', routing_key: key, client_url: 'x', class: c, component: d, group: g, \
                   details: {{ more: '{{{{ .Status }}}}' }}, links: [{{ href: 'http://l', text: t }}], \
                   images: [{{ src: 'http://i', alt: a, href: 'http://h' }}] }}"
            ),
        ),
        (
            "discord_configs",
            format!("{{ webhook_url: '{receiver}/discord' }}"),
        ),
        (
            "email_configs",
            format!(
                "{{ to: 'a@b.example, c@d.example', from: 'me@e.example', smarthost: 'localhost:{mail_port}', \
                   require_tls: false, send_resolved: true, text: {everything}, html: '' }}"
            ),
        ),
    ]
}

async fn alertmanager(folder: &Path, config: &str) -> (String, Child) {
    let file = folder.join("alertmanager.yml");
    std::fs::write(&file, config).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let start = |program: &str| {
        Command::new(program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--web.external-url=http://am.example/x")
            .arg("--web.route-prefix=/")
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    };
    let process = start("prometheus-alertmanager").or_else(|_| start("alertmanager"));
    let process = process
        .unwrap_or_else(|why| panic!("{why}: this test needs the package prometheus-alertmanager"));
    let url = format!("http://{address}");
    for _ in 0..100 {
        if reqwest::get(format!("{url}/-/ready"))
            .await
            .is_ok_and(|answer| answer.status() == 200)
        {
            return (url, process);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Alertmanager does not start");
}

fn ms(time: &Json) -> i64 {
    time.as_str()
        .unwrap()
        .parse::<Timestamp>()
        .unwrap()
        .as_millisecond()
}

fn labels(map: &Json) -> Labels {
    let pairs = map.as_object().unwrap().iter();
    pairs
        .map(|(name, value)| (name, value.as_str().unwrap()))
        .collect()
}

/// The message that a payload of a webhook tells.
fn message(payload: &Json) -> Message {
    let notices = payload["alerts"].as_array().unwrap().iter().map(|alert| {
        let is_firing = alert["status"] == "firing";
        let annotations: BTreeMap<String, String> =
            serde_json::from_value(alert["annotations"].clone()).unwrap();
        Notice {
            id: Uuid::nil(),
            fingerprint: alert["fingerprint"].as_str().unwrap().to_owned(),
            is_firing,
            labels: labels(&alert["labels"]),
            annotations,
            starts_ms: ms(&alert["startsAt"]),
            ends_ms: (!is_firing).then(|| ms(&alert["endsAt"])),
            generator_url: alert["generatorURL"].as_str().unwrap().to_owned(),
        }
    });
    Message {
        receiver: "team.x".to_owned(),
        group_key: payload["groupKey"].as_str().unwrap().to_owned(),
        group_labels: labels(&payload["groupLabels"]),
        notices: notices.collect(),
        reason: Why::FirstNotification,
        external_url: payload["externalURL"].as_str().unwrap().to_owned(),
        key: "key".to_owned(),
        files: Vec::new(),
    }
}

/// Waits for as many posts, by path.
async fn posts(receiver: &Receiver, count: usize) -> BTreeMap<String, Json> {
    let mut got: Vec<Got> = Vec::new();
    for _ in 0..200 {
        got.extend(receiver.got());
        if got.len() >= count {
            return got.into_iter().map(|got| (got.path, got.body)).collect();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!(
        "only {:?} came",
        got.iter().map(|got| &got.path).collect::<Vec<_>>()
    );
}

async fn mail(server: &MailServer) -> String {
    for _ in 0..100 {
        if let Some(mail) = server.mails().pop() {
            return mail.data;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no mail came");
}

/// Subject, addresses, and what the one part says.
fn parts(data: &str) -> (Vec<String>, String) {
    let (head, body) = data.split_once("\r\n\r\n").unwrap();
    let mut heads: Vec<_> = ["Subject: ", "To: ", "From: "]
        .iter()
        .map(|name| {
            head.lines()
                .find(|line| line.starts_with(name))
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    heads.sort();
    // Theirs is a part of a multipart.
    let body = body
        .rsplit_once("\r\n\r\n")
        .filter(|_| head.contains("multipart"))
        .map_or(body, |(_, body)| body);
    let body = body
        .split("\r\n--")
        .next()
        .unwrap_or_default()
        .replace("=\r\n", "");
    (heads, body.trim_end().to_owned())
}

#[tokio::test]
async fn payloads_are_those_of_alertmanager() {
    let (receiver, mails) = (
        Receiver::start().await,
        MailServer::start(Manner::default()).await,
    );
    let folder = tempfile::tempdir().unwrap();
    let entries = entries(&receiver.url, mails.port);
    let mut config = "route: { receiver: team.x, group_by: [alertname, job], group_wait: 100ms, group_interval: 1s }\n\
                      receivers:\n- name: team.x\n"
        .to_owned();
    let mut last = "";
    for (kind, entry) in &entries {
        if *kind != last {
            config.push_str(&format!("  {kind}:\n"));
        }
        config.push_str(&format!("  - {entry}\n"));
        last = *kind;
    }
    let (url, _process) = alertmanager(folder.path(), &config).await;
    let now = Timestamp::now().as_millisecond();
    let at = |ms: i64| Timestamp::from_millisecond(now + ms).unwrap().to_string();
    let alert = |instance: &str, ends_ms: i64| {
        json!({
            "labels": { "alertname": "Slow down", "job": "web <1>", "instance": instance, "severity": "high" },
            "annotations": { "summary": format!("{instance} \"is\" zu spät & <late>"), "runbook": "https://w/1?a=b+c" },
            "startsAt": at(-61_500), "endsAt": at(ends_ms), "generatorURL": "http://g/?x=1",
        })
    };
    let client = reqwest::Client::new();
    let tell = async |alerts: Json| {
        let post = client
            .post(format!("{url}/api/v2/alerts"))
            .header("content-type", "application/json");
        let answer = post.body(alerts.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    };
    for alerts in [
        json!([alert("b:1", 600_000), alert("a:1", 600_000)]),
        json!([alert("b:1", -1000)]),
        json!([alert("a:1", -500)]),
    ] {
        tell(alerts).await;
        let theirs = posts(&receiver, 5).await;
        let message = message(&theirs["/all"]);
        let their_mail = mail(&mails).await;
        for (kind, entry) in &entries {
            let mut setting = setting(folder.path());
            setting.clock = Arc::new(SystemClock);
            let node = yaml::documents(entry).unwrap().remove(0);
            let channel = read_channel(kind, &node, None, &setting).unwrap();
            let answer = channel.send(&message).await;
            answer.unwrap_or_else(|failure| panic!("{kind}: {failure:?}"));
        }
        for (path, ours) in posts(&receiver, 5).await {
            let (mut ours, mut theirs) = (ours, theirs[&path].clone());
            if path == "/discord" {
                // Alertmanager 0.25 knows no more of it than its embeds, and has a field for what it does not fill in.
                ours = ours["embeds"].take();
                theirs = theirs["embeds"].take();
            }
            assert_eq!(ours, theirs, "{path}");
        }
        assert_eq!(parts(&mail(&mails).await), parts(&their_mail));
    }
}
