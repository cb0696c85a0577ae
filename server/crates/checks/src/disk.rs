//! How much of a disk of this machine is free.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::{Bounds, Check, Fault, Seen};

/// A disk that should not be full.
#[derive(Clone, Debug, PartialEq)]
pub struct DiskSpec {
    /// Where it is mounted.
    pub mount: PathBuf,
    /// Free room in percent.
    pub free: Bounds,
}

pub(crate) struct Disk(pub(crate) DiskSpec);

#[async_trait]
impl Check for Disk {
    async fn look(&self) -> Result<Seen, Fault> {
        // A share that hangs keeps who asks.
        let mount = self.0.mount.clone();
        let looked = tokio::task::spawn_blocking(move || free(&mount)).await;
        let (percent, bytes) = looked.map_err(|error| Fault::Machine(error.to_string()))??;
        let mount = self.0.mount.display();
        Ok(Seen {
            level: self.0.free.below(percent),
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
