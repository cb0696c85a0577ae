//! Which routes are in use: those that somebody has edited here, those of a file, or what is built in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::Clock;
use notifier::{
    Cause, Failure, McpCall, Mistake, NamedChannel, Routing, Texts, Version, read_whole,
};
use wire::RoutesOrigin;

use crate::config::NotifyFile;

/// Everything goes to the log.
const BUILT_IN: &str = include_str!("built_in.yml");

/// The routes in use.
pub(super) struct InUse {
    pub(super) origin: RoutesOrigin,
    pub(super) path: String,
    pub(super) folder: PathBuf,
    /// The number of the last version that was kept; 0 where there is none.
    pub(super) version: i64,
    pub(super) text: String,
    pub(super) routing: Arc<Routing>,
    pub(super) texts: Arc<Texts>,
    /// Why the edited version is not used.
    pub(super) mistakes: Vec<Mistake>,
}

impl InUse {
    /// Those that hold: the last version that was edited, unless it goes back to the file or cannot be used. Channels keep the
    /// names by which they are `known`.
    pub(super) fn of(
        file: Option<&NotifyFile>,
        kept: &[Version],
        known: &[NamedChannel],
        clock: &Arc<dyn Clock>,
        mcp: &McpCall,
    ) -> Self {
        let (path, folder) = match file {
            Some(file) => (file.path.display().to_string(), file.folder()),
            None => (String::new(), PathBuf::from(".")),
        };
        let last = kept.first();
        let version = last.map_or(0, |last| last.version);
        let edited = last.filter(|last| !last.text.is_empty());
        let edited = edited.map(|it| (RoutesOrigin::Edited, it.text.as_str()));
        let of_file = file.map(|file| (RoutesOrigin::File, file.text.as_str()));
        let mut mistakes = Vec::new();
        for (origin, text) in edited.into_iter().chain(of_file) {
            match read_whole(text, &folder, clock, mcp) {
                Ok((mut routing, texts)) => {
                    routing.keep_names(known);
                    return Self {
                        origin,
                        path,
                        folder,
                        version,
                        text: text.to_owned(),
                        routing: Arc::new(routing),
                        texts,
                        mistakes,
                    };
                }
                Err(found) => mistakes.extend(found),
            }
        }
        let (mut routing, texts) = match read_whole(BUILT_IN, Path::new("."), clock, mcp) {
            Ok(read) => read,
            Err(mistakes) => unreachable!("a test reads what is built in: {mistakes:?}"),
        };
        routing.keep_names(known);
        Self {
            origin: RoutesOrigin::BuiltIn,
            path,
            folder,
            version,
            text: BUILT_IN.to_owned(),
            routing: Arc::new(routing),
            texts,
            mistakes,
        }
    }
}

/// What is wrong with a text of routes whose files are in a folder, and what of it has no effect.
pub(crate) fn check(
    text: &str,
    folder: &Path,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Mistake>, Vec<Mistake>> {
    let read = read_whole(text, folder, clock, &unreachable_tools());
    read.map(|(routing, _)| routing.ignored)
}

/// Calls no tools: for who only reads.
fn unreachable_tools() -> McpCall {
    Arc::new(|asked| {
        Box::pin(async move {
            let text = format!("tools of {} are not called from here", asked.server);
            Err(Failure::new(Cause::Refused, text))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_can_be_read() {
        let clock: Arc<dyn Clock> = Arc::new(model::SystemClock);
        let in_use = InUse::of(None, &[], &[], &clock, &unreachable_tools());
        assert_eq!(in_use.origin, RoutesOrigin::BuiltIn);
        let root = &in_use.routing.root;
        assert_eq!(root.group_by, ["alertname", "cluster", "service"]);
        assert_eq!(
            (root.wait_ms, root.interval_ms, root.repeat_ms),
            (10_000, 10_000, 12 * 3_600_000)
        );
        assert_eq!(in_use.routing.receivers["log"].channels.len(), 1);
    }

    #[test]
    fn what_holds() {
        let clock: Arc<dyn Clock> = Arc::new(model::SystemClock);
        let text =
            |name: &str| format!("route: {{receiver: {name}}}\nreceivers: [{{name: {name}}}]");
        let version = |version: i64, text: String| Version {
            version,
            at_ms: 0,
            by: String::new(),
            comment: String::new(),
            text,
        };
        let file = NotifyFile {
            path: PathBuf::from("a/am.yml"),
            text: text("file"),
        };
        for (file, kept, origin, receiver) in [
            (Some(&file), vec![], RoutesOrigin::File, "file"),
            (
                Some(&file),
                vec![version(1, text("edited"))],
                RoutesOrigin::Edited,
                "edited",
            ),
            (
                Some(&file),
                vec![version(2, String::new()), version(1, text("edited"))],
                RoutesOrigin::File,
                "file",
            ),
            // What cannot be read is not used.
            (
                Some(&file),
                vec![version(1, "route: {}".to_owned())],
                RoutesOrigin::File,
                "file",
            ),
            (
                None,
                vec![version(1, text("edited"))],
                RoutesOrigin::Edited,
                "edited",
            ),
            (None, vec![], RoutesOrigin::BuiltIn, "log"),
        ] {
            let in_use = InUse::of(file, &kept, &[], &clock, &unreachable_tools());
            assert_eq!(in_use.origin, origin);
            assert_eq!(in_use.routing.root.receiver, receiver);
        }
    }
}
