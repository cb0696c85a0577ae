//! From answers to series.

use std::path::Path;

use super::*;
use crate::exposition::Format;
use crate::scrape::config;
use crate::scrape::target::make;

fn job(more: &str) -> Job {
    let text = format!(
        "scrape_configs: [{{job_name: j, static_configs: [{{targets: ['h:1'], labels: {{zone: eu}}}}], {more}}}]"
    );
    let (scraping, findings) = config::read(&text, Path::new("."));
    assert!(findings.is_empty(), "{findings:?}");
    scraping.jobs.into_iter().next().unwrap()
}

struct Peer {
    job: Job,
    target: Target,
    lines: Lines,
    now: TimestampMs,
}

impl Peer {
    fn new(more: &str) -> Self {
        let job = job(more);
        let discovered = job.statics[0].each().next().unwrap();
        let target = make(&job, &discovered).unwrap();
        Self {
            job,
            target,
            lines: Lines::default(),
            now: 0,
        }
    }

    fn say(&mut self, text: &str) -> Result<Brought, Refused> {
        self.now += 1_000;
        let (job, target, lines) = (&self.job, &self.target, &mut self.lines);
        let mut converter = Converter { job, target, lines };
        converter.convert(text.as_bytes(), Encoding::Text(Format::Text), self.now)
    }

    fn shown(&mut self, text: &str) -> Vec<String> {
        let brought = self.say(text).unwrap();
        let mut all: Vec<_> = brought
            .series
            .iter()
            .map(|one| {
                let value = if model::is_stale(one.values[0]) {
                    "stale".to_owned()
                } else {
                    one.values[0].to_string()
                };
                format!("{} {value}@{}", one.labels, one.at_ms[0])
            })
            .collect();
        all.sort();
        all
    }
}

#[test]
fn labels_join() {
    for (more, text, expected) in [
        (
            "",
            "a{b=\"c\"} 1",
            r#"{__name__="a", b="c", instance="h:1", job="j", zone="eu"} 1@1000"#,
        ),
        (
            "",
            "a{job=\"x\",exported_job=\"y\"} 1",
            r#"{__name__="a", exported_exported_job="x", exported_job="y", instance="h:1", job="j", zone="eu"} 1@1000"#,
        ),
        (
            "honor_labels: true",
            "a{job=\"x\",zone=\"\"} 1",
            r#"{__name__="a", instance="h:1", job="x"} 1@1000"#,
        ),
        (
            "",
            "a{job=\"\"} 1",
            r#"{__name__="a", instance="h:1", job="j", zone="eu"} 1@1000"#,
        ),
        (
            "",
            "a 1 77",
            r#"{__name__="a", instance="h:1", job="j", zone="eu"} 1@77"#,
        ),
        (
            "honor_timestamps: false",
            "a 1 77",
            r#"{__name__="a", instance="h:1", job="j", zone="eu"} 1@1000"#,
        ),
        (
            "metric_relabel_configs: [{regex: zone|job, action: labeldrop}]",
            "a 1",
            r#"{__name__="a", instance="h:1"} 1@1000"#,
        ),
    ] {
        assert_eq!(Peer::new(more).shown(text), [expected], "{more} {text}");
    }
}

#[test]
fn series_end_when_they_go() {
    let mut peer =
        Peer::new("metric_relabel_configs: [{source_labels: [__name__], regex: x, action: drop}]");
    assert_eq!(peer.shown("a 1\nb 2\nx 3\n").len(), 2);
    let second = peer.shown("a 1\n");
    assert!(
        second[1].contains("\"b\"") && second[1].ends_with("stale@2000"),
        "{second:?}"
    );
    assert_eq!(peer.shown("a 1\n").len(), 1, "once");
    // The same series written in another way has not gone.
    assert_eq!(peer.shown("a{} 1\n").len(), 1);
    // What has a time of its own does not end with a marker.
    assert_eq!(peer.shown("a 1\nc 1 5\n").len(), 2);
    assert_eq!(peer.shown("a 1\n").len(), 1);
}

#[test]
fn a_failure_is_whole() {
    for (more, text, why) in [
        ("", "a 1\nb\n", "malformed"),
        ("sample_limit: 1", "a 1\nb 1\n", "sample_limit"),
        ("label_limit: 2", "a{b=\"1\",c=\"2\"} 1\n", "label_limits"),
        (
            "label_name_length_limit: 8",
            "a{bbbbbbbbb=\"1\"} 1\n",
            "label_limits",
        ),
        (
            "label_value_length_limit: 8",
            "a{b=\"123456789\"} 1\n",
            "label_limits",
        ),
        (
            "metric_relabel_configs: [{regex: __name__, action: labeldrop}]",
            "a 1\n",
            "no_name",
        ),
    ] {
        let mut peer = Peer::new(more);
        let refused = peer.say(text).unwrap_err();
        assert_eq!(refused.why, why, "{}", refused.message);
        assert!(
            peer.lines.end(true).is_empty(),
            "nothing of it was there before"
        );
    }
    let mut peer = Peer::new("");
    peer.say("a 1\n").unwrap();
    let refused = peer.say("a 1\nnew 1\nbad").unwrap_err();
    assert!(
        refused.message.starts_with("line 3, column 4"),
        "{}",
        refused.message
    );
    assert_eq!(peer.lines.end(true).len(), 1, "what was there ends");
}

#[test]
fn counts() {
    let mut peer =
        Peer::new("metric_relabel_configs: [{source_labels: [__name__], regex: x, action: drop}]");
    let brought = peer.say("a 1\na 2\nx 1\n").unwrap();
    assert_eq!(
        (
            brought.scraped,
            brought.kept,
            brought.added,
            brought.repeated
        ),
        (3, 1, 1, 1)
    );
    assert_eq!(brought.series[0].values, [1.0]);
    assert_eq!(peer.say("a 1\n").unwrap().added, 0);
}
