//! Channels against receivers that keep what they get.

mod failures;
mod mail;
mod mistakes;
mod oauth2;
mod payloads;
mod receiver;
mod smtp;
mod theirs;

use std::path::Path;
use std::sync::Arc;

use model::ManualClock;

use super::*;
use crate::channel::{Answer, Cause};
use crate::message::sample;

/// The time of all tests: 20 seconds after the alerts of [`sample`] began.
const NOW_MS: i64 = 1_445_412_500_500;

fn setting(folder: &Path) -> Setting {
    Setting {
        texts: Arc::new(Texts::defaults().unwrap()),
        folder: folder.to_owned(),
        clock: Arc::new(ManualClock::at(NOW_MS)),
        mcp: Arc::new(|asked| {
            Box::pin(async move {
                match asked.server.as_str() {
                    "chat" => Ok(format!("{} {}", asked.tool, asked.arguments)),
                    "slow" => std::future::pending().await,
                    _ => Err(Failure::new(Cause::Client, "there is no such server")),
                }
            })
        }),
    }
}

/// Reads an entry as it stands in a file, with a `global` before it.
fn read_in(
    folder: &Path,
    kind: &str,
    text: &str,
    global: &str,
) -> Result<Arc<dyn Channel>, Vec<String>> {
    let entry = yaml::documents(text).unwrap().remove(0);
    let global = yaml::documents(global).unwrap().pop();
    let read = read_channel(kind, &entry, global.as_ref(), &setting(folder));
    read.map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

fn read(kind: &str, text: &str) -> Arc<dyn Channel> {
    read_in(Path::new("/"), kind, text, "")
        .unwrap_or_else(|wrong| panic!("{kind} {text}: {wrong:?}"))
}
