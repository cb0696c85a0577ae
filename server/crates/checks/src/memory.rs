//! How much memory of this machine is in use.

use async_trait::async_trait;
use sysinfo::System;

use crate::{Bounds, Check, Fault, Seen};

/// Memory that should not be full.
#[derive(Clone, Debug, PartialEq)]
pub struct MemorySpec {
    /// Use in percent.
    pub used: Bounds,
}

pub(crate) struct Memory(pub(crate) MemorySpec);

#[async_trait]
impl Check for Memory {
    async fn look(&self) -> Result<Seen, Fault> {
        let looked = tokio::task::spawn_blocking(|| {
            let mut system = System::new().map_err(|error| Fault::Machine(error.to_string()))?;
            system.refresh_memory();
            Ok::<_, Fault>((system.available_memory(), system.total_memory()))
        });
        let looked = looked
            .await
            .map_err(|error| Fault::Machine(error.to_string()))?;
        let (available, total) = looked?;
        judge(self.0.used, available, total)
    }
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a machine fit")]
fn judge(bounds: Bounds, available: u64, total: u64) -> Result<Seen, Fault> {
    if total == 0 {
        return Err(Fault::Machine(
            "it does not say how much memory it has".to_owned(),
        ));
    }
    let percent = total.saturating_sub(available) as f64 / total as f64 * 100.0;
    Ok(Seen {
        level: bounds.above(percent),
        message: format!(
            "{percent:.1} % of the memory is in use, {:.1} GB are available",
            available as f64 / 1e9
        ),
        value: Some(percent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn percents() {
        let bounds = Bounds {
            degraded: Some(85.0),
            unhealthy: Some(95.0),
        };
        for (available, level, value) in [
            (50, Level::Healthy, 50.0),
            (10, Level::Degraded, 90.0),
            (1, Level::Unhealthy, 99.0),
            (200, Level::Healthy, 0.0),
        ] {
            let seen = judge(bounds, available, 100).unwrap();
            assert_eq!((seen.level, seen.value), (level, Some(value)));
        }
        assert!(judge(bounds, 0, 0).is_err());
    }
}
