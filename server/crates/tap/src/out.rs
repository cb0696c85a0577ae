//! Records on their way out, in batches.

use std::time::{Duration, Instant};

use traffic::{Batch, Lost, Record, Transport};
use uuid::Uuid;

/// How long records wait for others.
pub(crate) const TOGETHER: Duration = Duration::from_secs(1);
/// How often a session in which nothing is said tells that it is there.
const PULSE: Duration = Duration::from_secs(10);
/// The most records of a batch, but for the last that a frame brings.
const MOST: usize = 1_000;
/// The most that is told of what is said in a batch, in bytes, but for what the last frame brings.
const MOST_SAID: usize = 1 << 20;

/// How often, and after which pause, it is tried again at the end to say what was lost.
const LAST_TRIES: u32 = 100;
const LAST_PAUSE: Duration = Duration::from_millis(20);

/// Gives a batch to who sends it, or back when there is no room.
pub(crate) type Give = dyn Fn(Batch) -> Result<(), Batch>;

/// Where records go.
pub(crate) struct Out<'a> {
    name: &'a str,
    transport: Transport,
    give: &'a Give,
    pub(crate) records: Vec<Record>,
    /// How many of them are in `said`, and what is said in these, in bytes.
    weighed: usize,
    said: usize,
    pub(crate) lost: Lost,
}

impl<'a> Out<'a> {
    pub(crate) fn new(name: &'a str, transport: Transport, give: &'a Give) -> Self {
        Self {
            name,
            transport,
            give,
            records: Vec::new(),
            weighed: 0,
            said: 0,
            lost: Lost::default(),
        }
    }

    /// Sends a batch when it has become large.
    pub(crate) fn relieve(&mut self) {
        let added = self.records.iter().skip(self.weighed);
        self.said += added.map(Record::said_bytes).sum::<usize>();
        self.weighed = self.records.len();
        if self.weighed >= MOST || self.said >= MOST_SAID {
            self.flush();
        }
    }

    /// Sends the last batch. If there is no room for it now, at least it is said what was lost.
    pub(crate) fn finish(&mut self) {
        for _ in 0..LAST_TRIES {
            self.flush();
            if self.lost.is_none() {
                return;
            }
            std::thread::sleep(LAST_PAUSE);
        }
    }

    pub(crate) fn flush(&mut self) {
        (self.weighed, self.said) = (0, 0);
        if self.records.is_empty() && self.lost.is_none() {
            return;
        }
        let batch = Batch {
            id: Uuid::now_v7().to_string(),
            server: self.name.to_owned(),
            transport: self.transport,
            lost: std::mem::take(&mut self.lost),
            records: std::mem::take(&mut self.records),
        };
        if let Err(batch) = (self.give)(batch) {
            self.lost = batch.lost;
            self.lost.records += batch.records.len() as u64;
        }
    }
}

/// What is to be told of sessions now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// How those stand in which something was said.
    News,
    /// How all stand.
    Pulse,
}

/// When sessions tell how they stand.
pub(crate) struct Turns {
    told: Instant,
    pulsed: Instant,
    was_seen: bool,
}

impl Turns {
    /// A session that has just begun is told at once.
    pub(crate) fn begin() -> Self {
        Self {
            told: Instant::now(),
            pulsed: Instant::now(),
            was_seen: true,
        }
    }

    /// Something was said.
    pub(crate) fn see(&mut self) {
        self.was_seen = true;
    }

    pub(crate) fn due(&mut self) -> Due {
        let now = Instant::now();
        let due = if now - self.pulsed >= PULSE {
            self.pulsed = now;
            Due::Pulse
        } else if self.was_seen && now - self.told >= TOGETHER {
            Due::News
        } else {
            return Due::Nothing;
        };
        (self.told, self.was_seen) = (now, false);
        due
    }
}
