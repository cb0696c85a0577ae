//! Looks at servers that answer, fail, and stay away. Time is simulated.

use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::mpsc;
use wire::{Code, ServerDetail, Via};

use super::*;

fn row(name: &str, updated_ms: i64) -> Server {
    let value = serde_json::json!({
        "name": name, "transport": "http", "endpoint": "", "source": "", "admin": "enabled",
        "verdict": Verdict::default(), "identity": null, "tools": null, "steps": [],
        "availability": null, "timeline": [], "process": null, "updated_ms": updated_ms,
        "affected_by": [], "affected_since_ms": null,
    });
    serde_json::from_value(value).unwrap()
}

/// Servers whose looks end a second after they were asked for, but for some.
struct Fake {
    frames: mpsc::UnboundedSender<Frame>,
    most: Mutex<(usize, usize)>,
}

#[async_trait]
impl Servers for Fake {
    async fn list(&self, _: &Caller) -> Result<Vec<Server>, Problem> {
        Ok(Vec::new())
    }

    async fn detail(&self, _: &Caller, _: &str) -> Result<ServerDetail, Problem> {
        Err(Problem::not_found("none"))
    }

    async fn probe_now(&self, _: &Caller, name: &str) -> Result<(), Problem> {
        if name == "broken" {
            return Err(Problem::new(Code::Conflict, "broken is stopped"));
        }
        let mut most = self.most.lock().unwrap();
        most.0 += 1;
        most.1 = most.1.max(most.0);
        let frames = self.frames.clone();
        let name = name.to_owned();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let rows = match name.as_str() {
                // A change that is no look.
                "mute" => vec![row("mute", 1)],
                "gone" => {
                    return drop(
                        frames.send(Frame::Servers(Update::Snapshot(vec![row("mute", 1)]))),
                    );
                }
                _ => vec![row(&name, 2)],
            };
            let _ = frames.send(Frame::Servers(Update::Changed(rows)));
        });
        Ok(())
    }

    async fn approve(&self, _: &Caller, _: &str) -> Result<(), Problem> {
        Ok(())
    }
}

struct Frames<'a> {
    frames: mpsc::UnboundedReceiver<Frame>,
    most: &'a Mutex<(usize, usize)>,
}

#[async_trait]
impl Subscription for Frames<'_> {
    fn want(&mut self, _: Subscribe) {}

    async fn next(&mut self) -> Option<Frame> {
        let frame = self.frames.recv().await?;
        self.most.lock().unwrap().0 -= 1;
        Some(frame)
    }
}

async fn report(names: &[&str]) -> (BTreeMap<String, Diagnosis>, usize, f64) {
    let (frames, received) = mpsc::unbounded_channel();
    let fake = Fake {
        frames,
        most: Mutex::default(),
    };
    let mut changes = Frames {
        frames: received,
        most: &fake.most,
    };
    let caller = Caller::local(Via::Api);
    let rows = names.iter().map(|name| row(name, 1)).collect();
    let mut looks = Looks::new(&fake, &caller, rows);
    let begun = Instant::now();
    looks.run(&mut changes).await;
    let most = fake.most.lock().unwrap().1;
    (looks.seen, most, begun.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_is_a_line() {
    let (seen, _, _) = report(&["a", "broken", "gone"]).await;
    let lines: Vec<_> = seen
        .values()
        .map(|it| (it.name.as_str(), it.observed, it.note.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            ("a", true, ""),
            (
                "broken",
                false,
                "It cannot be looked at: broken is stopped."
            ),
            ("gone", false, "It is configured no more."),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_stays_away_is_waited_for_no_longer_than_a_minute() {
    let (seen, _, took) = report(&["a", "mute"]).await;
    assert!(seen["a"].observed && !seen["mute"].observed);
    assert!(seen["mute"].note.contains("No look ended within 60 s"));
    assert!((60.0..61.0).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn some_at_a_time() {
    let names: Vec<String> = (0..100).map(|number| format!("s{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (seen, most, took) = report(&names).await;
    assert_eq!((seen.len(), most), (100, MOST_AT_ONCE));
    assert!(seen.values().all(|it| it.observed));
    assert!(took < 10.0, "{took}");
}
