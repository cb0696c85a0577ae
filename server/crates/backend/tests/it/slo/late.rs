//! Samples that come when their minutes have been looked at.

use serde_json::json;

use super::{MINUTE_MS, SLO, availability, feed, filled, number, this_minute};
use crate::app::{quick, start};

#[tokio::test(flavor = "multi_thread")]
async fn samples_that_come_late_fill_their_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let end = this_minute();
    let silent = (end - 10 * MINUTE_MS)..(end - MINUTE_MS);
    let (span, early): (_, &[(&str, &str)]) = ((end - 30 * MINUTE_MS, end), &[("server", "a")]);
    feed(&app, "probe_up", &[early], span, |_, at_ms| {
        (!silent.contains(&at_ms)).then_some(1.0)
    })
    .await;
    app.post(SLO, availability()).await;
    let detail = filled(&app, "web-up", 28).await;
    let budget = &detail["objective"]["budget"];
    assert_eq!(budget["gap_minutes"], 4, "five minutes are bridged");

    let late: &[(&str, &str)] = &[("server", "b")];
    feed(&app, "probe_up", &[late], span, |_, at_ms| {
        silent.contains(&at_ms).then_some(0.0)
    })
    .await;
    // Gaps of the last minutes are looked at when the next minute is over.
    let turn = std::time::Duration::from_secs(150);
    let path = format!("{SLO}/web-up");
    let detail = app
        .until_within(turn, &path, |detail| {
            detail["objective"]["budget"]["gap_minutes"] == 0
        })
        .await;
    // Only what was a gap, and what is new, has the answer of now: the five minutes that were known stay as they
    // were told.
    let spent = number(&detail["objective"]["budget"]["spent"]);
    assert!((4.0..=6.0).contains(&spent), "{spent}");
    let part = &detail["parts"][0];
    assert_eq!(
        (&part["labels"], number(&part["spent"])),
        (&json!({ "server": "b" }), spent)
    );
    app.stop().await;
}
