//! Files with reports, which are looked at again and again.
//!
//! A file may be written anew while it is read, cut off, replaced by another, or removed. What is read is taken when the file
//! is the same before and after; what breaks off and has just been written is read once more before it is taken.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use agents::{LARGEST, Nothing, Reading};
use model::TimestampMs;

/// Readings of one file that is written meanwhile.
const TRIES: usize = 3;
/// A file that breaks off is read again so many times, if it was written less than this ago.
const BREAKS: u32 = 2;
const YOUNG_MS: i64 = 2_000;
/// Files that are looked at.
const MOST: usize = 100;

/// What tells one content of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified_ns: i128,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified_ns: i128::from(metadata.mtime()) * 1_000_000_000
                + i128::from(metadata.mtime_nsec()),
        }
    }
}

/// A file that was there.
#[derive(Debug, Default)]
struct Watched {
    seen: Option<Identity>,
    /// How often in a row it broke off.
    broken: u32,
    is_missing: bool,
}

/// What became of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Look {
    pub(super) path: String,
    pub(super) what: What,
}

/// What.
#[derive(Debug, PartialEq)]
pub(super) enum What {
    /// It was written, at a time.
    Read(Box<Reading>, TimestampMs),
    /// Nothing of it can be taken.
    Wrong(String),
    /// It is not there, or not any more.
    Missing(String),
}

/// The files that are looked at.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<PathBuf, Watched>);

impl Files {
    /// Looks at the files that the patterns name; `expected` is named by one without being there always. Blocks.
    pub(super) fn look(
        &mut self,
        patterns: &[PathBuf],
        expected: &Path,
        now_ms: TimestampMs,
    ) -> Vec<Look> {
        let mut found = Vec::new();
        for path in self.paths(patterns, expected) {
            let watched = self.0.entry(path.clone()).or_default();
            if let Some(what) = watched.look(&path, now_ms) {
                found.push(Look {
                    path: path.display().to_string(),
                    what,
                });
            }
        }
        found
    }

    /// All that are there, that were, and that have to be. What nobody names any more is let go.
    fn paths(&mut self, patterns: &[PathBuf], expected: &Path) -> Vec<PathBuf> {
        let read: Vec<_> = patterns
            .iter()
            .map(|pattern| {
                let text = pattern.to_string_lossy().into_owned();
                let is_pattern = text.contains(['*', '?', '[']);
                (
                    pattern,
                    is_pattern.then(|| glob::Pattern::new(&text).ok()).flatten(),
                )
            })
            .collect();
        self.0.retain(|path, _| {
            let is_named = |(name, pattern): &(&PathBuf, Option<glob::Pattern>)| {
                *name == path || pattern.as_ref().is_some_and(|it| it.matches_path(path))
            };
            path == expected || read.iter().any(is_named)
        });
        let mut paths: Vec<PathBuf> = self.0.keys().cloned().collect();
        let mut push = |path: PathBuf| {
            if !paths.contains(&path) && paths.len() < MOST {
                paths.push(path);
            }
        };
        for (name, pattern) in &read {
            match (pattern, glob::glob(&name.to_string_lossy())) {
                (Some(_), Ok(found)) => found.flatten().for_each(&mut push),
                _ => push((*name).clone()),
            }
        }
        if expected.exists() {
            push(expected.to_owned());
        }
        paths
    }
}

impl Watched {
    fn look(&mut self, path: &Path, now_ms: TimestampMs) -> Option<What> {
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => {
                let was_there = self.seen.take().is_some();
                let is_new = !std::mem::replace(&mut self.is_missing, true);
                let why = match (error.kind(), was_there) {
                    (std::io::ErrorKind::NotFound, true) => {
                        "it is not there any more; what it said last stands until its agents are stale".to_owned()
                    }
                    (std::io::ErrorKind::NotFound, false) => "it is not there".to_owned(),
                    _ => format!("it cannot be looked at: {error}"),
                };
                return is_new.then_some(What::Missing(why));
            }
        };
        self.is_missing = false;
        if self.seen == Some(Identity::of(&metadata)) {
            return None;
        }
        match read(path) {
            Ok(Some((text, identity))) => self.take(&text, identity, now_ms),
            // It is written all the time: the next look has another chance.
            Ok(None) => None,
            Err(error) => {
                self.seen = Some(Identity::of(&metadata));
                Some(What::Wrong(format!("it cannot be read: {error}")))
            }
        }
    }

    fn take(&mut self, text: &str, identity: Identity, now_ms: TimestampMs) -> Option<What> {
        let read = agents::read(text);
        let is_whole = read.as_ref().is_ok_and(|reading| reading.is_whole);
        let modified_ms = i64::try_from(identity.modified_ns / 1_000_000).unwrap_or(now_ms);
        if !is_whole && self.broken < BREAKS && (now_ms - modified_ms).abs() < YOUNG_MS {
            self.broken += 1;
            return None;
        }
        self.broken = 0;
        self.seen = Some(identity);
        Some(match read {
            Ok(reading) => What::Read(Box::new(reading), modified_ms.min(now_ms)),
            Err(Nothing(why)) => What::Wrong(why),
        })
    }
}

/// The text of a file that was the same before and after; nothing where it was written each time.
fn read(path: &Path) -> std::io::Result<Option<(String, Identity)>> {
    for _ in 0..TRIES {
        let file = File::open(path)?;
        let before = file.metadata()?;
        if !before.is_file() {
            return Err(std::io::Error::other("it is no file"));
        }
        let mut bytes = Vec::new();
        (&file).take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
        let after = Identity::of(&file.metadata()?);
        let there = std::fs::metadata(path).map(|it| Identity::of(&it));
        if Identity::of(&before) == after && there.is_ok_and(|there| there == after) {
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), after)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a file was written last, in milliseconds UTC.
    fn modified_ms(path: &Path) -> i64 {
        let metadata = std::fs::metadata(path).unwrap();
        metadata.mtime() * 1000 + metadata.mtime_nsec() / 1_000_000
    }

    const GOOD: &str = "[{\"id\": \"a\", \"score\": 90}]";

    /// What looks at a file come to, in words.
    fn words(files: &mut Files, path: &Path, now_ms: i64) -> Vec<String> {
        let found = files.look(&[], path, now_ms).into_iter();
        let word = |it: Look| match it.what {
            What::Read(reading, _) => {
                let ids: Vec<_> = reading.agents.iter().map(|it| it.id.as_str()).collect();
                format!("{} {}", ids.join(","), reading.is_whole)
            }
            What::Wrong(why) | What::Missing(why) => why,
        };
        found.map(word).collect()
    }

    #[test]
    fn written_cut_replaced_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        let mut files = Files::default();
        // A look long after the last change.
        let late = |path: &Path| modified_ms(path) + 60_000;
        assert!(
            words(&mut files, &path, 0).is_empty(),
            "nobody said that it is there"
        );
        std::fs::write(&path, GOOD).unwrap();
        assert_eq!(words(&mut files, &path, late(&path)), ["a true"]);
        assert!(
            words(&mut files, &path, late(&path)).is_empty(),
            "it has not changed"
        );
        // Cut off: what is whole is kept, and what was cut is said.
        std::fs::write(&path, "[{\"id\": \"a\"}, {\"id\": \"b\", ").unwrap();
        assert_eq!(words(&mut files, &path, late(&path)), ["a false"]);
        std::fs::write(&path, "").unwrap();
        assert_eq!(words(&mut files, &path, late(&path)), ["it is empty"]);
        // Replaced by another of the same size.
        let other = folder.path().join("new.json");
        std::fs::write(&other, GOOD.replace("\"a\"", "\"c\"")).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(words(&mut files, &path, late(&path)), ["c true"]);
        std::fs::remove_file(&path).unwrap();
        let gone = words(&mut files, &path, 0);
        assert!(gone[0].starts_with("it is not there any more"), "{gone:?}");
        assert!(words(&mut files, &path, 0).is_empty(), "that is said once");
        std::fs::write(&path, GOOD).unwrap();
        assert_eq!(words(&mut files, &path, late(&path)), ["a true"]);
    }

    #[test]
    fn what_is_being_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        let mut files = Files::default();
        std::fs::write(&path, &GOOD[..10]).unwrap();
        let young = modified_ms(&path) + 100;
        assert!(words(&mut files, &path, young).is_empty());
        std::fs::write(&path, GOOD).unwrap();
        assert_eq!(
            words(&mut files, &path, modified_ms(&path) + 100),
            ["a true"]
        );
        // It stays so: then that is said.
        std::fs::write(&path, &GOOD[..10]).unwrap();
        let said: Vec<_> = (0..4)
            .flat_map(|_| words(&mut files, &path, modified_ms(&path) + 100))
            .collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("breaks off at line 1"), "{said:?}");
    }

    #[test]
    fn patterns_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("named.json");
        let pattern = folder.path().join("agents-*.json");
        std::fs::write(folder.path().join("agents-1.json"), GOOD).unwrap();
        let mut files = Files::default();
        let expected = folder.path().join("none.json");
        let found = files.look(
            &[pattern, named, folder.path().to_owned()],
            &expected,
            i64::MAX / 2,
        );
        let said: Vec<_> = found
            .iter()
            .map(|it| matches!(it.what, What::Read(..)))
            .collect();
        assert_eq!(said, [true, false, false], "{found:?}");
        assert_eq!(found[1].what, What::Missing("it is not there".to_owned()));
        assert_eq!(
            found[2].what,
            What::Wrong("it cannot be read: it is no file".to_owned())
        );
    }
}
