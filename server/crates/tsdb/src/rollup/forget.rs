//! Forgetting with rollups: samples only after they have been rolled up, then windows, the shorter first.

use std::sync::Arc;

use model::TimestampMs;

use super::{HOUR_MS, Level, store};
use crate::error::Error;
use crate::storage::Storage;

/// What is kept of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub level: Level,
    /// Rows of the database.
    pub rows: u64,
    /// What they take, in bytes.
    pub bytes: u64,
    /// The end of the oldest stretch of time that there is, if there is any.
    pub oldest_ms: Option<TimestampMs>,
}

impl Storage {
    /// Deletes what is older or more than configured: samples by age, windows by age, and both by size;
    /// how many rows.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn forget_as_configured(self: &Arc<Self>, now_ms: TimestampMs) -> Result<u64, Error> {
        let config = self.config();
        let mut rows = self.forget_beyond_size(now_ms).await?;
        let before = |kept: std::time::Duration| {
            now_ms.saturating_sub(i64::try_from(kept.as_millis()).unwrap_or(i64::MAX))
        };
        for level in Level::ALL {
            let before_ms = match config.rollups.of(level) {
                None => TimestampMs::MAX,
                Some(kept) if kept.is_zero() => continue,
                Some(kept) => before(kept),
            };
            rows += self.forget_windows(level, before_ms).await?;
        }
        if !config.retention.is_zero() {
            let before_ms = before(config.retention);
            // Where windows take over, samples go by whole hours.
            let before_ms = match config.rollups.is_off() {
                true => before_ms,
                false => before_ms.saturating_sub(before_ms.rem_euclid(HOUR_MS)),
            };
            rows += self.forget(before_ms).await?;
        }
        self.seams.set_kept(self.kept().await?);
        Ok(rows)
    }

    /// What was kept of each level when old samples were last deleted as configured.
    pub fn kept_lately(&self) -> Vec<Kept> {
        self.seams.kept()
    }

    /// What is kept of each level.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept(&self) -> Result<Vec<Kept>, Error> {
        let mut kept = Vec::new();
        for level in Level::ALL {
            let size = store::size(&self.db, level).await?;
            kept.push(Kept {
                level,
                rows: size.rows.unsigned_abs(),
                bytes: size.bytes.unsigned_abs(),
                oldest_ms: size.oldest_ms,
            });
        }
        Ok(kept)
    }

    /// Stretches of time of groups that have changed since they were rolled up.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn due(&self) -> Result<u64, Error> {
        Ok(store::count_due(&self.db).await?.unsigned_abs())
    }

    /// Sees to it that what is about to be deleted has been rolled up as far as it is known by now.
    pub(crate) async fn roll_old(self: &Arc<Self>, before_ms: TimestampMs) -> Result<(), Error> {
        if self.config().rollups.is_off() {
            return Ok(());
        }
        // What lies at this very time is in a window that ends there.
        if self.read_head().oldest_unwritten() <= before_ms {
            self.compact().await?;
        }
        self.roll_before(before_ms).await
    }

    /// Deletes the oldest windows where they take more than half of what may be taken, or where there are
    /// no samples left that could go; how many rows.
    pub(crate) async fn forget_windows_beyond(
        &self,
        most: u64,
        is_last_resort: bool,
    ) -> Result<u64, Error> {
        let kept = self.kept().await?;
        let bytes: u64 = kept.iter().map(|level| level.bytes).sum();
        if !is_last_resort && bytes <= most / 2 {
            return Ok(0);
        }
        // The shorter ones first: the longer tell the same for longer.
        for level in kept {
            let Some(oldest_ms) = level.oldest_ms else {
                continue;
            };
            return self.forget_windows(level.level, oldest_ms).await;
        }
        Ok(0)
    }

    async fn forget_windows(&self, level: Level, before_ms: TimestampMs) -> Result<u64, Error> {
        // What is rolled up meanwhile would go with the rest, and not be noted as gone.
        let _one = self.compacting.lock().await;
        let last_ms = self.seams.last_ms(level);
        let rows = store::forget(&self.db, level, before_ms, last_ms).await?;
        if rows > 0 {
            self.seams.renew(&self.db).await?;
        }
        Ok(rows)
    }
}
