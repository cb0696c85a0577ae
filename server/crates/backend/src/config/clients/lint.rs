//! Mistakes that can be seen in an entry as it is written: a rule each, all of them in one list.
//!
//! A rule refuses what no client could use, and warns of what works only here, or only sometimes.

mod address;
mod command;
mod keys;
mod values;

use serde_json::{Map, Value};

use super::dialect::Dialect;
use crate::config::Mistakes;

pub(super) use command::{is_shell, list};

/// An entry as it is written.
pub(super) struct Seen<'a> {
    /// Whose entry.
    pub(super) dialect: &'static Dialect,
    /// Where it stands: `mcpServers.fs`.
    pub(super) path: &'a str,
    /// Its keys.
    pub(super) entry: &'a Map<String, Value>,
    /// The environment.
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    /// Whether programs are started on Windows.
    pub(super) is_windows: bool,
}

type Rule = fn(&Seen<'_>, &mut Mistakes);

const RULES: &[Rule] = &[
    keys::of_others,
    keys::misspelt,
    keys::not_run_here,
    address::program_only,
    address::missing_type,
    address::other_words,
    address::contradicts_type,
    address::socket,
    command::tilde,
    command::not_there,
    command::relative,
    command::windows,
    command::asks_before_installing,
    command::docker,
    command::arguments_in_one,
    command::prints,
    command::slow_start,
    values::empty,
    values::placeholder,
];

/// Looks for all of them.
pub(super) fn look(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    for rule in RULES {
        rule(seen, mistakes);
    }
}

impl Seen<'_> {
    /// A text of the entry.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.entry.get(key)?.as_str()
    }

    /// The program's name, without folder and ending.
    fn program(&self) -> Option<&str> {
        let command = self.text("command")?;
        let name = command.rsplit(['/', '\\']).next().unwrap_or(command);
        let ends = [".cmd", ".exe", ".bat"];
        let bare = ends.iter().find_map(|end| name.strip_suffix(end));
        Some(bare.unwrap_or(name))
    }

    pub(super) fn args(&self) -> Vec<&str> {
        let args = self.entry.get("args").and_then(Value::as_array);
        let args = args.into_iter().flatten();
        args.filter_map(Value::as_str).collect()
    }

    /// The texts of `env` or `headers`, by name.
    pub(super) fn pairs(&self, key: &str) -> Vec<(&str, &str)> {
        let map = self.entry.get(key).and_then(Value::as_object);
        let pairs = map.into_iter().flatten();
        pairs
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect()
    }

    /// The address and the key it stands under.
    pub(super) fn address(&self) -> Option<(&'static str, &str)> {
        let keys = ["httpUrl", "serverUrl", "url"];
        keys.into_iter()
            .find_map(|key| Some((key, self.text(key)?)))
    }

    /// A place below the entry.
    pub(super) fn at(&self, below: &str) -> String {
        format!("{}.{below}", self.path)
    }
}
