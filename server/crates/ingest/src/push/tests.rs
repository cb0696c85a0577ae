//! Groups of metrics, pushed by turns.

use super::*;
use crate::exposition::{Encoding, Format, Histograms, read};

fn key(address: &str) -> Labels {
    grouping_key(address).unwrap()
}

fn pushed(text: &str, key: &Labels) -> Result<Vec<Family>, String> {
    let exposition = read(
        text.as_bytes(),
        Encoding::Text(Format::Text),
        Histograms::Both,
    )
    .unwrap();
    families(&exposition, key)
}

/// Pushes something; what is no more comes back.
fn push(
    groups: &mut Groups,
    address: &str,
    text: &str,
    replace: bool,
    now_ms: i64,
) -> Result<Vec<String>, String> {
    let key = key(address);
    let group = groups.after_push(&key, pushed(text, &key)?, replace, now_ms)?;
    let gone = groups.set(&key, Some(group));
    Ok(gone.iter().map(|labels| labels.to_string()).collect())
}

/// What is there but for the times, as texts.
fn shown(groups: &Groups) -> Vec<String> {
    let all = groups.samples().into_iter();
    let own = all.filter(|(labels, _)| !labels.get("__name__").starts_with("push_"));
    own.map(|(labels, value)| format!("{labels} {value}"))
        .collect()
}

const HISTOGRAM: &str = "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 2\nh_count 1\n";

#[test]
fn put_replaces_the_group_and_post_the_families() {
    let mut groups = Groups::default();
    push(
        &mut groups,
        "job/a",
        &format!("x 1\ny{{z=\"1\"}} 2\n{HISTOGRAM}"),
        true,
        1_000,
    )
    .unwrap();
    push(&mut groups, "job/b", "x 7\n", true, 1_000).unwrap();
    let gone = push(&mut groups, "job/a", "y{z=\"2\"} 3\n", false, 2_000).unwrap();
    assert_eq!(gone, [r#"{__name__="y", job="a", z="1"}"#]);
    assert_eq!(
        shown(&groups),
        [
            r#"{__name__="h_bucket", job="a", le="+Inf"} 1"#,
            r#"{__name__="h_sum", job="a"} 2"#,
            r#"{__name__="h_count", job="a"} 1"#,
            r#"{__name__="x", job="a"} 1"#,
            r#"{__name__="y", job="a", z="2"} 3"#,
            r#"{__name__="x", job="b"} 7"#,
        ]
    );
    let gone = push(&mut groups, "job/a", "x 4\n", true, 3_000).unwrap();
    assert_eq!(gone.len(), 4);
    assert_eq!(
        shown(&groups),
        [
            r#"{__name__="x", job="a"} 4"#,
            r#"{__name__="x", job="b"} 7"#
        ]
    );
    push(&mut groups, "job/a", "", true, 4_000).unwrap();
    assert_eq!(shown(&groups), [r#"{__name__="x", job="b"} 7"#]);
    let times = groups.samples_of(&key("job/a"));
    let times: Vec<_> = times
        .iter()
        .map(|(labels, at)| format!("{} {at}", labels.get("__name__")))
        .collect();
    assert_eq!(
        times,
        ["push_time_seconds 4", "push_failure_time_seconds 0"]
    );
    assert_eq!(groups.set(&key("job/a"), None).len(), 2, "the times go too");
    assert!(groups.set(&key("job/none"), None).is_empty());
}

#[test]
fn the_group_says_whose_series_they_are() {
    let mut groups = Groups::default();
    push(
        &mut groups,
        "job/a/instance/i",
        "x{job=\"other\",instance=\"j\",k=\"l\"} 1\n",
        true,
        1,
    )
    .unwrap();
    assert_eq!(
        shown(&groups),
        [r#"{__name__="x", instance="i", job="a", k="l"} 1"#]
    );
}

#[test]
fn what_does_not_go_together_is_refused() {
    let mut groups = Groups::default();
    push(&mut groups, "job/a", "# TYPE x counter\nx 1\n", true, 1).unwrap();
    for (address, text, why) in [
        (
            "job/b",
            "# TYPE x gauge\nx 1\n",
            "x is a gauge here and a counter in the group {job=\"a\"}",
        ),
        ("job/b", "y 1 1000\n", "y has a time"),
        (
            "job/b",
            "y{job=\"1\"} 1\ny{job=\"2\"} 1\n",
            "pushed twice at once",
        ),
        ("job/b", "push_time_seconds 1\n", "cannot be pushed"),
    ] {
        let refused = push(&mut groups, address, text, true, 1).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    push(&mut groups, "job/a", "# TYPE x gauge\nx 1\n", true, 2).unwrap();
    let failed = groups.after_failure(&key("job/a"), 9_000).unwrap();
    assert_eq!(
        (failed.pushed_ms, failed.failed_ms, failed.families.len()),
        (2, 9_000, 1)
    );
    assert_eq!(
        groups
            .after_failure(&key("job/c"), 9_000)
            .unwrap()
            .pushed_ms,
        0
    );
}
