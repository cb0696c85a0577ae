//! Reading histograms: chunks and head, merged. Where there are none, nothing is asked.

use std::sync::{PoisonError, RwLockReadGuard};

use hashbrown::{HashMap, HashSet};
use model::{SeriesSamples, TimestampMs};
use tokio_util::task::AbortOnDropHandle;

use super::{Histograms, row, store};
use crate::compaction::SPAN_MS;
use crate::error::Error;
use crate::head::Head;
use crate::index::{GroupId, SeriesId};
use crate::storage::Storage;

/// The histograms of some series.
type Found = HashMap<SeriesId, Histograms>;

/// Histograms that are being read: what memory has of them, and what chunks have is to come.
pub(crate) struct Page {
    newest: Found,
    older: Option<AbortOnDropHandle<Result<Found, Error>>>,
}

impl Storage {
    /// Begins to read the histograms of some series; `head` is what memory has.
    pub(crate) fn begin_histograms(
        &self,
        head: &Head,
        ids: &[(GroupId, SeriesId)],
        (from_ms, to_ms): (TimestampMs, TimestampMs),
    ) -> Page {
        let of = |(_, id): &(GroupId, SeriesId)| {
            let run = head.histograms.between(*id, from_ms, to_ms);
            (!run.is_empty()).then_some((*id, run))
        };
        let newest = ids.iter().filter_map(of).collect();
        let stored: Vec<SeriesId> = match head.is_complete_from(from_ms) {
            true => Vec::new(),
            false => {
                let with_histograms = self.with_histograms();
                let ids = ids.iter().map(|(_, id)| *id);
                ids.filter(|id| with_histograms.contains(id)).collect()
            }
        };
        let older = (!stored.is_empty()).then(|| {
            let db = self.db.clone();
            AbortOnDropHandle::new(self.runtime.spawn(async move {
                let begin = (from_ms.saturating_sub(SPAN_MS), to_ms);
                let mut found = Found::new();
                for row in store::rows(&db, &stored, begin, from_ms).await? {
                    let all = row::read(row.series, row.from_ms, &row.data)?;
                    let known = found.entry(row.series).or_default();
                    let before = std::mem::take(known);
                    *known = before.merge(all.between(from_ms, to_ms));
                    tokio::task::yield_now().await;
                }
                Ok(found)
            }))
        });
        Page { newest, older }
    }

    /// The histograms of the series that have any.
    pub(crate) fn finish_histograms(&self, page: Page) -> Result<Found, Error> {
        let mut found = match page.older {
            Some(older) => {
                let older = self.runtime.block_on(older);
                older.map_err(|e| Error::damaged("a page of histograms", e))??
            }
            None => Found::new(),
        };
        for (id, newest) in page.newest {
            let known = found.entry(id).or_default();
            let older = std::mem::take(known);
            *known = older.merge(newest);
        }
        Ok(found)
    }

    /// The series that chunks have histograms of.
    pub(crate) fn with_histograms(&self) -> RwLockReadGuard<'_, HashSet<SeriesId>> {
        let with = self.with_histograms.read();
        with.unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks again which series chunks have histograms of.
    pub(crate) async fn find_histograms(&self) -> Result<(), Error> {
        let found = store::series(&self.db).await?;
        let with = self.with_histograms.write();
        *with.unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }
}

/// A series with its histograms; of a number and a histogram of one time the number stays.
pub(crate) fn beside(floats: SeriesSamples, found: Histograms) -> SeriesSamples {
    let is_new = |at_ms: &TimestampMs| floats.at_ms.binary_search(at_ms).is_err();
    let histograms = found.at_ms.into_iter().zip(found.values);
    SeriesSamples {
        histograms: histograms.filter(|(at_ms, _)| is_new(at_ms)).collect(),
        ..floats
    }
}
