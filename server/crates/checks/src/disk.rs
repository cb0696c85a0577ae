//! How much of a disk of this machine is free.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::{Bounds, Check, Fault, Seen};

/// A disk that should not be full.
#[derive(Clone, Debug, PartialEq)]
pub struct DiskSpec {
    /// Where it is mounted.
    pub mount: PathBuf,
    /// Free room in percent.
    pub free: Bounds,
}

pub(crate) struct Disk {
    spec: DiskSpec,
    /// Held by whoever looks.
    turn: Arc<Mutex<()>>,
}

impl Disk {
    pub(crate) fn new(spec: DiskSpec) -> Self {
        let turn = Arc::default();
        Self { spec, turn }
    }
}

#[async_trait]
impl Check for Disk {
    async fn look(&self) -> Result<Seen, Fault> {
        let mount = self.spec.mount.clone();
        // A share that hangs keeps the thread that asks, also when nobody waits for it any more: one is enough.
        let turn = self.turn.clone().try_lock_owned().map_err(|_| {
            Fault::Machine(format!(
                "an earlier look at {} still hangs",
                mount.display()
            ))
        })?;
        let looked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            free(&mount)
        });
        let looked = looked.await;
        let (percent, bytes) = looked.map_err(|error| Fault::Machine(error.to_string()))??;
        let mount = self.spec.mount.display();
        Ok(Seen {
            level: self.spec.free.below(percent),
            message: format!("{percent:.1} % of {mount} is free, {:.1} GB", bytes / 1e9),
            value: Some(percent),
        })
    }
}

/// What is free for everybody, in percent and in bytes, as `df` counts.
#[expect(clippy::cast_precision_loss, reason = "sizes of disks fit")]
fn free(mount: &Path) -> Result<(f64, f64), Fault> {
    let missing = |why: &str| Fault::Missing(format!("{} {why}", mount.display()));
    let folder = mount
        .metadata()
        .map_err(|error| missing(&format!("cannot be looked at: {error}")))?;
    let above = mount
        .canonicalize()
        .ok()
        .and_then(|path| path.parent().map(Path::to_owned));
    // Without this, a disk that is not mounted would pass for the one below it.
    let is_root = above.is_none();
    let device_above = above
        .and_then(|above| above.metadata().ok())
        .map(|above| above.dev());
    if !is_root && device_above == Some(folder.dev()) {
        return Err(missing("is a folder, and nothing is mounted there"));
    }
    let room = rustix::fs::statvfs(mount)
        .map_err(|error| missing(&format!("cannot be looked at: {error}")))?;
    let used = room.f_blocks.saturating_sub(room.f_bfree);
    let all = used + room.f_bavail;
    if all == 0 {
        return Err(missing("has no room at all; it is no disk"));
    }
    let bytes = room.f_bavail as f64 * room.f_frsize as f64;
    Ok((room.f_bavail as f64 / all as f64 * 100.0, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_look_at_a_time() {
        let disk = Disk::new(DiskSpec {
            mount: "/".into(),
            free: Bounds::default(),
        });
        let turn = disk.turn.clone().try_lock_owned().unwrap();
        let fault = disk.look().await.unwrap_err().to_string();
        assert!(
            fault.contains("an earlier look at / still hangs"),
            "{fault}"
        );
        drop(turn);
        assert!(disk.look().await.is_ok());
    }
}
