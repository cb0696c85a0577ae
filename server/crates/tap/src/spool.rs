//! A folder with batches that the product has not taken: a file each, the oldest first by name.
//!
//! Several taps may share it, and any of them may be killed at any time: a file is written under another name and
//! renamed, and a batch that is delivered twice says by its id that it is the same.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use traffic::{Batch, Lost};

/// How large a folder becomes if nothing else is said, in bytes.
pub const LARGEST: u64 = 64 << 20;

/// What is half written for longer is nobody's any more.
const LONGEST_WRITE: Duration = Duration::from_secs(600);

/// The folder.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    most: u64,
}

impl Spool {
    /// A folder, and how large it may become, in bytes. It is made when something is put into it.
    pub fn new(folder: PathBuf, most: u64) -> Self {
        Self { folder, most }
    }

    /// Puts a batch away. Returns what had to go for it, the oldest of the folder.
    pub(crate) fn put(&self, batch: &Batch) -> io::Result<Lost> {
        let text = serde_json::to_vec(batch)?;
        // What is in it is told by the name, for when the file has to go.
        let (id, records, lost) = (&batch.id, batch.records.len(), batch.lost);
        let name = match lost.is_none() {
            true => format!("{id}.{records}.json"),
            false => format!("{id}.{records}.{}.{}.json", lost.records, lost.bytes),
        };
        self.keep(&name, &text)
    }

    /// Puts a text away, under a name that says what is lost with it: `ID.RECORDS.json`. Returns what had to go for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, name: &str, text: &[u8]) -> io::Result<Lost> {
        // Which tools somebody uses is not for everybody on the machine.
        let mut private = fs::DirBuilder::new();
        private.recursive(true).mode(0o700).create(&self.folder)?;
        let begun = self.folder.join(format!("{name}.part"));
        let written = File::create(&begun).and_then(|mut file| {
            file.write_all(text)?;
            file.sync_data()
        });
        let put = written.and_then(|()| fs::rename(&begun, self.folder.join(name)));
        if put.is_err() {
            // Half a file is of no use to anybody, and the disk may be full.
            let _ = fs::remove_file(&begun);
        }
        put.map(|()| self.make_room())
    }

    /// The files, the oldest first.
    pub fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let is_one = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
        let mut files: Vec<_> = paths.filter(is_one).collect();
        files.sort();
        files
    }

    /// Takes a file away; another tap may have been faster.
    pub fn remove(path: &Path) {
        let _ = fs::remove_file(path);
    }

    /// Takes away what taps that were killed left half written.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        for entry in entries.filter_map(Result::ok) {
            let is_half = entry.path().extension().is_some_and(|end| end == "part");
            let written = entry.metadata().and_then(|about| about.modified());
            let age = written.ok().and_then(|time| time.elapsed().ok());
            if is_half && age.is_some_and(|age| age > LONGEST_WRITE) {
                Self::remove(&entry.path());
            }
        }
    }

    fn make_room(&self) -> Lost {
        self.sweep();
        let size = |path: &PathBuf| fs::metadata(path).map_or(0, |about| about.len());
        let files = self.files();
        let sizes: Vec<u64> = files.iter().map(size).collect();
        let mut whole: u64 = sizes.iter().sum();
        let mut lost = Lost::default();
        for (file, size) in files.iter().zip(sizes) {
            if whole <= self.most {
                break;
            }
            // Another tap may have been faster, and counts it then.
            if fs::remove_file(file).is_ok() {
                lost += holds(file);
            }
            whole -= size;
        }
        lost
    }
}

/// What is lost with a file, by its name: its records, and what it says was lost before.
pub(crate) fn holds(path: &Path) -> Lost {
    let name = path.file_name().and_then(|name| name.to_str());
    let mut numbers = name.unwrap_or_default().split('.').skip(1);
    let mut next = || numbers.next().and_then(|it| it.parse().ok()).unwrap_or(0);
    Lost {
        records: next() + next(),
        bytes: next(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use traffic::{Pulse, Record, Transport};

    use super::*;

    fn batch(id: u64) -> Batch {
        let pulse = Record::Pulse(Pulse {
            at_ms: 1,
            session: "s".into(),
            began_ms: 1,
            is_open: true,
            in_flight: 0,
            hung: 0,
        });
        Batch {
            id: format!("{id:04}"),
            server: "fs".into(),
            transport: Transport::Stdio,
            lost: Lost::default(),
            records: vec![pulse; 3],
        }
    }

    #[test]
    fn the_oldest_go_when_there_is_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let size = serde_json::to_vec(&batch(0)).unwrap().len() as u64;
        let spool = Spool::new(folder.path().join("a/b"), 3 * size);
        assert_eq!(spool.files(), Vec::<PathBuf>::new());
        let lost = (0..5).map(|id| spool.put(&batch(id)).unwrap().records);
        assert_eq!(lost.collect::<Vec<_>>(), [0, 0, 0, 3, 3]);
        let left = spool.files();
        assert!(
            left[0].ends_with("0002.3.json") && left.len() == 3,
            "{left:?}"
        );
        let read: Batch = serde_json::from_slice(&fs::read(&left[0]).unwrap()).unwrap();
        assert_eq!(read, batch(2));
    }

    /// What a batch says was lost is not forgotten with it.
    #[test]
    fn what_was_lost_before_is_lost_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned(), 1);
        let lost = |records, bytes| Lost { records, bytes };
        let mut first = batch(1);
        first.lost = lost(4, 1_000);
        assert_eq!(spool.put(&first).unwrap(), lost(7, 1_000));
        assert_eq!(spool.files(), Vec::<PathBuf>::new());
        for (name, expected) in [
            ("1.3.json", lost(3, 0)),
            ("1.3.4.5.json", lost(7, 5)),
            ("1.json", lost(0, 0)),
            ("", lost(0, 0)),
        ] {
            assert_eq!(holds(Path::new(name)), expected, "{name}");
        }
    }

    /// A disk that is full is said, and nothing half written stays.
    #[test]
    fn a_full_disk_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned(), LARGEST);
        // What a link to `/dev/full` is given meets a full disk.
        let full = folder.path().join("0001.3.json.part");
        std::os::unix::fs::symlink("/dev/full", full).unwrap();
        let error = spool.put(&batch(1)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(spool.put(&batch(2)).unwrap(), Lost::default());
        assert_eq!(spool.files().len(), 1);
    }

    #[test]
    fn what_is_half_written_goes_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned(), LARGEST);
        let half = |name: &str| File::create(folder.path().join(name)).unwrap();
        let old = SystemTime::now() - 2 * LONGEST_WRITE;
        half("0001.3.json.part").set_modified(old).unwrap();
        half("0002.3.json.part");
        spool.put(&batch(3)).unwrap();
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["0002.3.json.part", "0003.3.json"]);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let spool = Spool::new(file.path().join("x"), 1);
        assert!(spool.put(&batch(1)).is_err());
    }
}
