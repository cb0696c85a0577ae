//! Files as people have them, and what is said of mistakes.

use async_trait::async_trait;

use super::*;
use crate::channel::{Answer, Failure};
use crate::message::Message;

/// A channel that takes everything and sends nothing.
pub(crate) struct Quiet {
    kind: &'static str,
    sends_resolved: bool,
}

#[async_trait]
impl Channel for Quiet {
    async fn send(&self, _: &Message) -> Result<Answer, Failure> {
        Ok(Answer::default())
    }

    fn kind(&self) -> &'static str {
        self.kind
    }

    fn sends_resolved(&self) -> bool {
        self.sends_resolved
    }

    fn target(&self) -> String {
        "nowhere".to_owned()
    }
}

/// Reads an entry as far as its kind and `send_resolved` go.
pub(crate) fn quiet(
    kind: &str,
    node: &Node,
    _: Option<&Node>,
) -> Result<Arc<dyn Channel>, Vec<Mistake>> {
    if node.text_of("url") == Some("wrong") {
        let text = "the address is wrong".to_owned();
        return Err(vec![Mistake { at: node.at, text }]);
    }
    let sends_resolved = node.text_of("send_resolved") != Some("false");
    let kind = match kind {
        "slack_configs" => "slack",
        _ => "webhook",
    };
    Ok(Arc::new(Quiet {
        kind,
        sends_resolved,
    }))
}

pub(crate) fn routing(text: &str) -> Routing {
    match read(text, &quiet) {
        Ok(routing) => routing,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}

pub(crate) fn labels(text: &str) -> Labels {
    let pairs = text.split(' ').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').expect("name=value"))
        .collect()
}

/// The example of Alertmanager's documentation in its structure, with parts of every kind.
const WHOLE: &str = include_str!("tests/whole.yml");

#[test]
fn where_alerts_go() {
    let routing = routing(WHOLE);
    for (alert, expected) in [
        ("alertname=A", "0 team-X-mails {}:{alertname=\"A\"}"),
        (
            "alertname=A service=foo1",
            "0/0 team-X-mails {}/{service=~\"^(foo1|foo2|baz)$\"}:{alertname=\"A\"}",
        ),
        (
            "alertname=A service=foo1 severity=critical",
            "0/0/0 team-X-pager {}/{service=~\"^(foo1|foo2|baz)$\"}/{severity=\"critical\"}:{alertname=\"A\"}",
        ),
        (
            "alertname=A service=files cluster=c",
            "0/1 team-Y-mails {}/{service=\"files\"}:{alertname=\"A\", cluster=\"c\"}",
        ),
        // A route that goes on, and one that groups by all labels.
        (
            "alertname=A service=database owner=team-X x=y",
            "0/2 log {}/{service=\"database\"}:{alertname=\"A\", owner=\"team-X\", service=\"database\", x=\"y\"} | \
             0/3/0 team-X-pager {}/{service=\"database\",service!=\"x\"}/{owner=\"team-X\"}:{alertname=\"A\"}",
        ),
    ] {
        let labels = labels(alert);
        let found = routing.root.matching(&labels);
        let found: Vec<_> = found
            .iter()
            .map(|route| {
                let key = route.group_key(&route.group_labels(&labels));
                format!("{} {} {key}", route.id, route.receiver)
            })
            .collect();
        assert_eq!(found.join(" | "), expected, "{alert}");
    }
}

#[test]
fn what_is_inherited() {
    let routing = routing(WHOLE);
    let route = |id: &str| routing.root.find(id).unwrap();
    let root = route("0");
    assert_eq!(
        (root.wait_ms, root.interval_ms, root.repeat_ms),
        (30_000, 300_000, 3 * 3_600_000)
    );
    let child = route("0/0/0");
    assert_eq!((child.wait_ms, child.repeat_ms), (0, 3 * 3_600_000));
    assert_eq!(child.group_by, ["alertname"]);
    assert_eq!(route("0/3/0").escalation, "pager");
    assert!(route("0/0").muted_at.len() == 1 && route("0/0/0").muted_at.is_empty());
    assert_eq!(routing.resolve_timeout_ms, 420_000);
    let heartbeat = Heartbeat {
        receiver: "log".to_owned(),
        every_ms: 60_000,
    };
    assert_eq!(routing.heartbeats, [heartbeat]);
    assert_eq!(routing.inhibitions.len(), 2);
    assert_eq!(routing.templates, ["templates/*.tmpl"]);
    assert_eq!(
        routing.receivers["team-X-mails"].flood,
        Some(Flood {
            messages: 20,
            per_ms: 600_000
        })
    );
    let ignored: Vec<_> = routing.ignored.iter().map(ToString::to_string).collect();
    assert_eq!(
        ignored,
        [
            "43:5: victorops_configs of the receiver \"team-Y-mails\" are not supported, nothing is sent there"
        ]
    );
}

#[test]
fn intervals_hold_as_in_alertmanager() {
    let routing = routing(WHOLE);
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for (name, time, expected) in [
        // Mondays to Fridays, 9 to 17 in Berlin.
        ("hours", "2026-01-05T08:00:00Z", true),
        ("hours", "2026-01-05T07:59:59Z", false),
        ("hours", "2026-01-05T16:00:00Z", false),
        ("hours", "2026-01-04T12:00:00Z", false),
        ("hours", "2026-07-06T07:00:00Z", true),
        ("hours", "2026-07-06T15:00:00Z", false),
        // From Sunday to Tuesday, the last three days of months, at all times.
        ("early", "2026-01-04T00:00:00Z", true),
        ("early", "2026-01-06T23:59:00Z", true),
        ("early", "2026-01-07T00:00:00Z", false),
        ("early", "2026-02-26T12:00:00Z", true),
        ("early", "2026-02-25T12:00:00Z", false),
    ] {
        let holds = routing.intervals[name].holds(at(time));
        assert_eq!(holds, expected, "{name} {time}");
    }
    let route = routing.root.find("0/0").unwrap();
    let muted = routing.muted(route, at("2026-01-04T00:00:00Z"));
    assert_eq!(
        muted.as_deref(),
        Some("muted in the time interval \"early\"")
    );
    let route = routing.root.find("0/1").unwrap();
    assert!(routing.muted(route, at("2026-01-05T08:00:00Z")).is_none());
    assert!(routing.muted(route, at("2026-01-05T18:00:00Z")).is_some());
}

#[test]
fn turns_follow_the_zones_days() {
    let routing = routing(WHOLE);
    let rota = &routing.rotas["team"];
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let name = |text: &str| {
        let turn = rota.turn(at(text));
        turn.map(|turn| rota.people[turn.person].name.as_str())
    };
    // Berlin's clocks go forward on 2026-03-29: hand-overs stay at 9 o'clock there.
    for (time, expected) in [
        ("2026-03-23T07:59:59Z", None),
        ("2026-03-23T08:00:00Z", Some("ann")),
        ("2026-03-30T06:59:59Z", Some("ann")),
        ("2026-03-30T07:00:00Z", Some("bob")),
        ("2026-04-06T07:00:00Z", Some("ann")),
    ] {
        assert_eq!(name(time), expected, "{time}");
    }
    let turns = rota.turns(0, at("2026-04-10T00:00:00Z"), 100);
    assert_eq!(turns.len(), 3);
    assert!(turns.windows(2).all(|two| two[0].to_ms == two[1].from_ms));
    let bound = |name: &str| {
        let receiver = |rota: &Rota| rota.people.first().map(|it| it.receiver.clone());
        let channels = routing.channels(name, &receiver);
        channels
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(bound("team-X-pager"), ["webhook/0", "log>webhook/0"]);
}

#[test]
fn mistakes_have_places() {
    for (text, expected) in [
        ("", vec!["nothing is written"]),
        ("route: [", vec!["1:8: this is no YAML"]),
        (
            "route: {}\nreceivers: []",
            vec!["1:8: the root route has no receiver"],
        ),
        ("receivers: [{name: a}]", vec!["1:1: there is no route"]),
        (
            "route: {receiver: b}\nreceivers: [{name: a}, {name: a}]",
            vec![
                "1:19: there is no receiver \"b\"",
                "2:24: there are two receivers",
            ],
        ),
        (
            "route: {receiver: a, matchers: [x=y], continue: true, mute_time_intervals: [z]}\nreceivers: [{name: a}]",
            vec![
                "1:8: the root route has matchers",
                "1:8: the root route has continue",
                "1:8: the root route has time intervals",
                "1:77: there is no time interval \"z\"",
            ],
        ),
        (
            "route:\n  receiver: a\n  group_by: [x, ...]\n  group_interval: 0s\n  repeat_interval: soon\nreceivers: [{name: a}]",
            vec![
                "3:13: group_by has either",
                "4:19: group_interval cannot be zero",
                "5:20: \"soon\" is no duration",
            ],
        ),
        (
            "route: {receiver: a, group_by: [x, x], routes: [{matchers: ['x=~(']}, {recever: b}]}\nreceivers: [{name: a}]",
            vec![
                "1:36: the label \"x\" stands twice",
                "1:61: \"(\" is no regular expression",
                "1:72: a route has no recever; did you mean receiver?",
            ],
        ),
        (
            "route: {receiver: a}\nreceivers:\n- name: a\n  webhook_configs: [{url: wrong}]\n  fax_configs: []",
            vec![
                "4:21: the address is wrong",
                "5:3: a receiver has no fax_configs",
            ],
        ),
        (
            "route: {receiver: a}\nreceivers: [{name: a, wechat_configs: [{}]}]",
            vec![
                "2:23: wechat_configs of the receiver \"a\" are not supported, nothing is sent there, and it has no other",
            ],
        ),
        (
            "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals:\n- name: n\n  time_intervals:\n  - times: [{start_time: '22:00', end_time: '06:00'}]\n  - weekdays: [funday]\n- name: n",
            vec![
                "6:13: 22:00 is not before 06:00",
                "7:5: weekdays: \"funday\"",
                "8:3: there are two time intervals \"n\", one at 4:3",
            ],
        ),
        (
            "route: {receiver: a}\nreceivers: [{name: a}]\nheartbeats: [{receiver: b}, {receiver: a, every: 5ms}]",
            vec![
                "3:14: there is no receiver \"b\"",
                "3:29: a heartbeat comes every second",
            ],
        ),
        (
            "route: {receiver: a, escalation: e}\nreceivers: [{name: a, rota_configs: [{rota: r}], flood: {messages: 0}}]\nglobal: {smtp_form: x, slack_api_url: a, slack_api_url_file: b}",
            vec![
                "1:34: there is no escalation \"e\"",
                "2:38: there is no rota \"r\"",
                "2:57: flood has a number",
                "3:10: global has no smtp_form; did you mean smtp_from?",
                "3:62: write one of slack_api_url",
            ],
        ),
    ] {
        let mistakes = match read(text, &quiet) {
            Ok(_) => panic!("{text} is taken"),
            Err(mistakes) => mistakes,
        };
        let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), expected.len(), "{text}: {said:?}");
        for (said, expected) in said.iter().zip(&expected) {
            assert!(said.starts_with(expected), "{said} for {expected}");
        }
    }
}
