//! The data folder: made when missing, and held by one process at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::Error;

/// A data folder that this process holds; dropping it lets it go.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder when it is missing and takes it for this process.
    ///
    /// The lock is the operating system's, on the file `lock` inside: it goes with the process,
    /// however that ends.
    ///
    /// # Errors
    /// [`Error::Folder`] when it cannot be made or written to, [`Error::Locked`] when it is taken.
    pub fn take(path: &Path) -> Result<Self, Error> {
        let folder = |source| Error::Folder {
            path: path.to_owned(),
            source,
        };
        std::fs::create_dir_all(path).map_err(folder)?;
        let lock = File::create(path.join("lock")).map_err(folder)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(folder(source)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("new/data");
        let held = DataFolder::take(&path).unwrap();
        assert!(matches!(DataFolder::take(&path), Err(Error::Locked { .. })));
        drop(held);
        DataFolder::take(&path).unwrap();
    }

    #[test]
    fn a_file_is_no_folder() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        std::fs::write(&path, "x").unwrap();
        let error = DataFolder::take(&path).unwrap_err().to_string();
        assert!(error.contains("--data"), "{error}");
    }
}
