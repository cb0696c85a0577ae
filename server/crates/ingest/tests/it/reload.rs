//! Another configuration while targets are scraped: what goes ends, what stays does not notice.

use ingest::scrape::Health;
use model::Labels;

use crate::peers::Target;
use crate::scraping::{Running, until};

fn series(name: &str, job: &str, target: &Target) -> Labels {
    Labels::new()
        .with("__name__", name)
        .with("job", job)
        .with("instance", target.address.clone())
}

fn job(name: &str, targets: &[&Target], more: &str) -> String {
    let all: Vec<_> = targets
        .iter()
        .map(|target| format!("'{}'", target.address))
        .collect();
    let all = all.join(", ");
    format!("  - {{job_name: {name}, static_configs: [{{targets: [{all}]}}]{more}}}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_targets_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let start = async |text: &str| Target::start(text, None).await;
    let (stays, leaves) = (start("a 1\n").await, start("a 2\n").await);
    let (comes, ends) = (start("a 3\n").await, start("a 4\n").await);
    let before = job("many", &[&stays, &leaves], "") + &job("ends", &[&ends], "");
    let running = &Running::start(folder, &before);
    let has = async |labels: Labels, value: Option<f64>| {
        let name = labels.to_string();
        let is_so = || running.last().get(&name) == Some(&value);
        until(&format!("{name} is {value:?}"), || is_so().then_some(())).await;
    };
    has(series("a", "many", &stays), Some(1.0)).await;
    has(series("a", "many", &leaves), Some(2.0)).await;
    has(series("a", "ends", &ends), Some(4.0)).await;

    running.configure(folder, &job("many", &[&stays, &comes], ""));
    has(series("a", "many", &comes), Some(3.0)).await;
    for (job, target) in [("many", &leaves), ("ends", &ends)] {
        has(series("a", job, target), None).await;
        has(series("up", job, target), None).await;
        let asked = target.asked();
        let other = stays.asked();
        until("others are asked", || {
            (stays.asked() > other + 2).then_some(())
        })
        .await;
        assert_eq!(target.asked(), asked, "nobody asks it any more");
    }
    assert!(running.target("ends").is_none());
    assert_eq!(running.ends(&series("a", "many", &stays)), 0);
    assert_eq!(running.ends(&series("up", "many", &stays)), 0);

    // Another label makes it another target: the series of before end, once.
    let renamed = job("many", &[&stays], "").replace("]}]", "], labels: {zone: eu}}]");
    running.configure(folder, &renamed);
    has(series("a", "many", &stays).with("zone", "eu"), Some(1.0)).await;
    has(series("a", "many", &stays), None).await;
    has(series("a", "many", &comes), None).await;
    assert_eq!(running.ends(&series("a", "many", &stays)), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_goes_on_under_other_settings() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let target = Target::start("a 1\nb 2\n", None).await;
    let running = Running::start(folder, &job("it", &[&target], ""));
    running.until("it", Health::Up).await;

    // Who asks is another setting of the same target.
    target.want("Bearer secret");
    running.until("it", Health::Down).await;
    let ended = running.ends(&series("a", "it", &target));
    running.configure(folder, &job("it", &[&target], ", bearer_token: secret"));
    running.until("it", Health::Up).await;
    assert_eq!(running.ends(&series("a", "it", &target)), ended);

    // A rule that drops a series ends it, and no other.
    let rule = "metric_relabel_configs: [{source_labels: [__name__], regex: b, action: drop}]";
    let more = format!(", bearer_token: secret, {rule}");
    running.configure(folder, &job("it", &[&target], &more));
    let name = series("b", "it", &target).to_string();
    until("b ends", || {
        (running.last().get(&name) == Some(&None)).then_some(())
    })
    .await;
    let asked = target.asked();
    until("it is asked", || (target.asked() > asked + 2).then_some(())).await;
    assert_eq!(running.ends(&series("a", "it", &target)), ended);
    let a = series("a", "it", &target).to_string();
    assert_eq!(running.last()[&a], Some(1.0));
}
