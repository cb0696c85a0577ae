//! Where samples of others go in, however they were sent: how many at a time, how large, and what is counted.

mod records;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use flate2::read::MultiGzDecoder;
use futures::StreamExt;
use http::StatusCode;
use ingest::Exemplars;
use model::{Admitted, AppendSamples, Clock, SeriesSamples};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refusals::{Refusals, shortened};
use crate::telemetry::SampleCounts;

/// Requests that are taken in at the same time; others wait unread.
const AT_ONCE: usize = 8;
/// How long one may take to arrive: it has a place meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest body as it is sent; senders send less than one megabyte.
const LARGEST: usize = 10 << 20;
/// Largest body unpacked.
pub(super) const LARGEST_UNPACKED: usize = 32 << 20;
/// What is larger than `LARGEST` is read up to here and dropped: a sender that is answered before it
/// has sent everything meets a closed connection instead of the reason.
const DROPPED: usize = 4 * LARGEST;
/// What is larger is unpacked where blocking is allowed.
pub(super) const LARGE: usize = 256 << 10;

/// Why a request is refused as a whole, in words.
pub(crate) type Refused = (StatusCode, String);

/// Where samples go in.
#[derive(Clone)]
pub(crate) struct Intake {
    store: Arc<dyn AppendSamples>,
    clock: Arc<dyn Clock>,
    counts: SampleCounts,
    refusals: Refusals,
    places: Arc<Semaphore>,
}

impl Intake {
    pub(crate) fn new(
        store: Arc<dyn AppendSamples>,
        clock: Arc<dyn Clock>,
        counts: SampleCounts,
        refusals: Refusals,
    ) -> Self {
        Self {
            store,
            clock,
            counts,
            refusals,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The whole body, with a place among those that are taken in.
    pub(super) async fn body(
        &self,
        body: Body,
    ) -> Result<(Vec<u8>, OwnedSemaphorePermit), Refused> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|error| broken(&error))?;
        let body = tokio::time::timeout(PATIENCE, arrived(body)).await;
        let body = body.map_err(|_| {
            let text = format!("the body did not arrive within {PATIENCE:?}");
            (StatusCode::REQUEST_TIMEOUT, text)
        })??;
        Ok((body, place))
    }

    /// Writes samples, and counts what was refused of them.
    pub(crate) async fn append(
        &self,
        series: Vec<SeriesSamples>,
        source: &'static str,
        sender: &str,
    ) -> Result<Admitted, Refused> {
        if series.is_empty() {
            return Ok(Admitted::default());
        }
        let appended = self.store.clone().append(series, self.clock.now_ms());
        let admitted = appended.await.map_err(|error| broken(&error))?;
        self.counts.appended(admitted.taken);
        for (why, samples) in &admitted.refused {
            let example = admitted.examples.get(why).map(ToString::to_string);
            let example = example.unwrap_or_default();
            self.refused((source, sender, why.as_str()), *samples, &example);
        }
        Ok(admitted)
    }

    /// Takes exemplars of samples in that have been taken in before; how many are kept. Those without a time have
    /// that of now.
    pub(crate) fn exemplars(&self, exemplars: Exemplars, source: &'static str) -> u64 {
        if exemplars.is_empty() {
            return 0;
        }
        let now_ms = self.clock.now_ms();
        let Exemplars { found, dropped } = exemplars.dated(now_ms);
        let mut taken = self.store.append_exemplars(found, now_ms);
        for (why, count) in dropped {
            *taken.dropped.entry(why).or_default() += count;
        }
        self.counts.exemplars(source, &taken);
        taken.taken
    }

    /// Counts what was refused.
    pub(crate) fn refused(
        &self,
        (source, sender, why): (&'static str, &str, &'static str),
        count: u64,
        example: &str,
    ) {
        if count > 0 {
            self.counts.refused_of(source, why, count);
            let now_ms = self.clock.now_ms();
            let of = (source, sender, why);
            self.refusals.note(of, count, example, now_ms);
        }
    }

    /// Counts what is taken but kept nowhere yet.
    pub(super) fn not_stored(&self, source: &'static str, what: &'static str, count: u64) {
        self.counts.not_stored(source, what, count);
    }

    /// What was refused lately.
    pub(super) fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// What time it is.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}

/// An example of each reason for which samples were not taken, with their number.
pub(super) fn reasons(admitted: &Admitted) -> impl Iterator<Item = (&'static str, u64, String)> {
    admitted.refused.iter().map(|(why, samples)| {
        let example = admitted.examples.get(why).map(ToString::to_string);
        let example = example.unwrap_or_default();
        (why.as_str(), *samples, shortened(&example))
    })
}

/// What a body of gzip holds.
pub(super) fn gunzipped(body: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut whole = Vec::new();
    let mut gzip = MultiGzDecoder::new(body).take(LARGEST_UNPACKED as u64 + 1);
    gzip.read_to_end(&mut whole).map_err(|error| {
        let text = format!("the body is not compressed with gzip: {error}");
        (StatusCode::BAD_REQUEST, text)
    })?;
    match whole.len() > LARGEST_UNPACKED {
        true => {
            let text = format!("the body is larger than {LARGEST_UNPACKED} bytes unpacked");
            Err((StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        false => Ok(whole),
    }
}

/// The whole body.
async fn arrived(body: Body) -> Result<Vec<u8>, Refused> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut whole = Vec::with_capacity(announced.min(LARGEST));
    let mut length = 0;
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| {
            let text = format!("the body cannot be read: {error}");
            (StatusCode::BAD_REQUEST, text)
        })?;
        length += part.len();
        if length > DROPPED {
            break;
        }
        match length > LARGEST {
            true => whole = Vec::new(),
            false => whole.extend_from_slice(&part),
        }
    }
    match length > LARGEST {
        true => {
            let text = format!("the body is larger than {LARGEST} bytes");
            Err((StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        false => Ok(whole),
    }
}

/// Something of ours that does not work.
pub(super) fn broken(error: &dyn std::fmt::Display) -> Refused {
    tracing::error!(%error, "samples that were sent could not be written");
    let text = "the samples could not be written; the product's log says why".to_owned();
    (StatusCode::INTERNAL_SERVER_ERROR, text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(body).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn bombs_are_not_unpacked() {
        assert_eq!(gunzipped(&gzip(b"body")).unwrap(), b"body");
        let fits = gzip(&vec![0; LARGEST_UNPACKED]);
        assert_eq!(gunzipped(&fits).unwrap().len(), LARGEST_UNPACKED);
        let bomb = gzip(&vec![0; LARGEST_UNPACKED + 1]);
        assert_eq!(
            gunzipped(&bomb).unwrap_err().0,
            StatusCode::PAYLOAD_TOO_LARGE
        );
        for body in [&b""[..], b"plain", &gzip(b"cut short")[..12]] {
            assert_eq!(gunzipped(body).unwrap_err().0, StatusCode::BAD_REQUEST);
        }
    }
}
