//! Histograms from memory to chunks: series by series, because one is as large as many numbers.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use hashbrown::HashMap;
use model::TimestampMs;

use super::store::{self, HistogramRow};
use super::{Histograms, row};
use crate::chunk::Effort;
use crate::compaction::{FULL, SPAN_MS, by_slot, is_readable, slot_end};
use crate::error::Error;
use crate::index::SeriesId;
use crate::storage::Storage;

/// Series that are compacted in one transaction: others wait for it.
const AT_ONCE: usize = 16;
/// As much as numbers that one row has at most, so that reading a little does not unpack a lot.
const HEAVY: usize = 1 << 17;

/// A series and the begin of a stretch of time.
type Slot = (SeriesId, TimestampMs);

/// Rows that take the place of others.
#[derive(Default)]
struct Rewrite {
    old: Vec<i64>,
    new: Vec<HistogramRow>,
}

impl Storage {
    /// Writes the histograms that memory has set aside. The head keeps them until the journal is cut.
    pub(crate) async fn compact_histograms(
        &self,
        sealed: Vec<(SeriesId, Arc<Histograms>)>,
        newest: TimestampMs,
    ) -> Result<(), Error> {
        let known: Vec<_> = {
            let head = self.read_head();
            let is_known = |(id, _): &(SeriesId, _)| head.index.get(*id).is_some();
            sealed.into_iter().filter(is_known).collect()
        };
        for some in known.chunks(AT_ONCE) {
            let mut slots: BTreeMap<Slot, Histograms> = BTreeMap::new();
            for (id, run) in some {
                slots.extend(
                    by_slot(run)
                        .into_iter()
                        .map(|(slot, part)| ((*id, slot), part)),
                );
            }
            let mut rows: HashMap<Slot, Vec<HistogramRow>> = HashMap::new();
            for (id, slot) in slots.keys() {
                let begin = (*slot, slot_end(*slot));
                let found = store::rows(&self.db, &[*id], begin, TimestampMs::MIN).await?;
                rows.insert((*id, *slot), found);
            }
            // Compressing takes a while; others go on meanwhile.
            let rewriting = move || rewrite(slots, rows, newest);
            let rewritten = tokio::task::spawn_blocking(rewriting).await;
            let rewritten = rewritten.map_err(|e| Error::damaged("a compaction", e))??;
            store::rewrite(&self.db, &rewritten.old, &rewritten.new).await?;
            let with = self.with_histograms.write();
            let mut with = with.unwrap_or_else(PoisonError::into_inner);
            with.extend(some.iter().map(|(id, _)| *id));
        }
        Ok(())
    }
}

/// New rows for some series, together with what the rows have that they overlap or that are not full.
fn rewrite(
    slots: BTreeMap<Slot, Histograms>,
    mut rows: HashMap<Slot, Vec<HistogramRow>>,
    newest: TimestampMs,
) -> Result<Rewrite, Error> {
    let mut rewrite = Rewrite::default();
    for ((id, slot), mut run) in slots {
        let mut stored = rows.remove(&(id, slot)).unwrap_or_default();
        while let Some(row) = stored.pop() {
            let is_behind = run.at_ms.last().is_some_and(|last| row.from_ms > *last);
            let is_before = run.at_ms.first().is_some_and(|first| row.to_ms < *first);
            if is_behind || (is_before && row.count >= FULL) {
                continue;
            }
            // A damaged row stays as it is; what is new must not be kept from the disk by it.
            let old = row::read(id, row.from_ms, &row.data);
            let Ok(old) = old else {
                is_readable(old);
                continue;
            };
            rewrite.old.push(row.id);
            run = old.merge(run);
        }
        let is_over = slot.saturating_add(SPAN_MS) <= newest;
        write(id, &run, is_over, &mut rewrite.new)?;
    }
    Ok(rewrite)
}

/// Histograms in rows that are not too large.
fn write(
    id: SeriesId,
    run: &Histograms,
    is_over: bool,
    rows: &mut Vec<HistogramRow>,
) -> Result<(), Error> {
    let mut begin = 0;
    while begin < run.at_ms.len() {
        let mut heavy = 0;
        let fits = run.values[begin..].iter().take(FULL).take_while(|one| {
            heavy += one.weight();
            heavy <= HEAVY
        });
        let end = begin + fits.count().max(1);
        let piece = run.slice(begin..end);
        // What another piece follows is complete, and so is what time has left behind.
        let effort = match is_over || end < run.at_ms.len() {
            true => Effort::Full,
            false => Effort::Little,
        };
        let data = row::write(&piece, effort);
        rows.push(HistogramRow {
            id: 0,
            series: id,
            from_ms: piece.at_ms[0],
            to_ms: piece.at_ms[piece.at_ms.len() - 1],
            count: piece.at_ms.len(),
            data: data.map_err(|e| Error::damaged("histograms to be written", e))?,
        });
        begin = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::examples::all;
    use super::*;
    use crate::compaction::slot_of;

    fn run(times: impl Iterator<Item = i64>) -> Histograms {
        let at_ms: Vec<i64> = times.collect();
        let one = Arc::new(all()[3].clone());
        Histograms {
            values: vec![one; at_ms.len()],
            at_ms,
        }
    }

    #[test]
    fn full_rows_are_left_alone_and_others_grow() {
        let times = |from: i64, to: i64| (from..to).map(|n| n * 1_000);
        let compact = |run: Histograms, rows: Vec<HistogramRow>| {
            let slot = (1, slot_of(run.at_ms[0]));
            let rewritten = rewrite([(slot, run)].into(), [(slot, rows)].into(), 0).unwrap();
            let counts: Vec<_> = rewritten.new.iter().map(|row| row.count).collect();
            (rewritten, counts)
        };
        let (first, counts) = compact(run(times(0, 700)), Vec::new());
        assert_eq!(counts, [480, 220]);
        let (second, counts) = compact(run(times(700, 900)), first.new);
        assert_eq!((counts, second.old.len()), (vec![420], 1));
        let (mut first, _) = compact(run(times(0, 10)), Vec::new());
        first.new[0].data.truncate(9);
        let (second, counts) = compact(run(times(5, 12)), first.new);
        assert_eq!((counts, second.old.len()), (vec![7], 0), "damage stays");
        let (late, counts) = compact(run(times(3, 4)), compact(run(times(0, 10)), vec![]).0.new);
        assert_eq!((counts, late.old.len()), (vec![10], 1), "sent twice is one");
    }
}
