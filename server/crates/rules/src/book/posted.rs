//! Alerts that other systems send.

use std::collections::HashMap;

use model::TimestampMs;

use super::{Book, Error, MOST_RAISED};
use crate::alert::key;
use crate::{Alert, Posted};

/// What came of alerts that were sent together.
#[derive(Debug, Default)]
pub struct Received {
    /// Those that changed their state.
    pub changed: Vec<Alert>,
    /// Those of which something else is said than before, and that have taken no step.
    pub reworded: Vec<Alert>,
    /// Places of those for which there is no room.
    pub refused: Vec<usize>,
}

impl Book {
    /// Takes alerts that were sent together, which costs one write, and none where nothing but their end is new. What
    /// somebody has ended by hand stays over until its sender says so too, or sends it no more.
    ///
    /// # Errors
    /// When it could not be written; then it has to be sent once more.
    pub async fn receive(
        &mut self,
        posted: &[Posted],
        now: TimestampMs,
    ) -> Result<Received, Error> {
        let mut received = Received::default();
        let raised = self.tracked.values().filter(|alert| alert.is_raised);
        let mut room = MOST_RAISED.saturating_sub(raised.count());
        let mut next = HashMap::<u64, Alert>::new();
        for (place, one) in posted.iter().enumerate() {
            let key = key(&one.labels, true);
            let known = next.get(&key).or_else(|| self.tracked.get(&key));
            let known = known.filter(|alert| alert.is_tracked());
            let alert = match known {
                Some(alert) => alert.posted(one, now),
                // It was over before anybody here has heard of it.
                None if one.is_over(now) => continue,
                None if room == 0 => {
                    received.refused.push(place);
                    continue;
                }
                None => {
                    room -= 1;
                    Alert::begin_posted(one, now)
                }
            };
            // Over, and begun anew in the same breath: both are kept.
            if known.is_none() && next.contains_key(&key) {
                self.take(std::mem::take(&mut next), &mut received).await?;
            }
            next.insert(key, alert);
        }
        self.take(next, &mut received).await?;
        Ok(received)
    }

    async fn take(
        &mut self,
        next: HashMap<u64, Alert>,
        received: &mut Received,
    ) -> Result<(), Error> {
        let is_reworded = |(key, alert): &(&u64, &Alert)| {
            let known = self.tracked.get(key);
            known.is_some_and(|known| {
                known.changes.len() == alert.changes.len() && said(known) != said(alert)
            })
        };
        let reworded: Vec<_> = next.iter().filter(is_reworded).collect();
        let reworded: Vec<_> = reworded.into_iter().map(|(_, it)| it.clone()).collect();
        received.changed.extend(self.install(next).await?);
        received.reworded.extend(reworded);
        Ok(())
    }

    /// Alerts that others send end no earlier than this: they could not be sent again while the product did not run.
    pub fn await_senders(&mut self, until_ms: TimestampMs) {
        // The end that is on disk stays as it is: whoever starts the product once more is as patient.
        for alert in self.tracked.values_mut() {
            if alert.sent.is_some() {
                *alert = alert.awaited(until_ms);
            }
        }
    }
}

/// What people read of it.
fn said(alert: &Alert) -> impl PartialEq + '_ {
    let url = alert.sent.as_ref().map(|sent| sent.generator_url.as_str());
    (&alert.annotations, url)
}

#[cfg(test)]
#[path = "posted_tests.rs"]
mod tests;
