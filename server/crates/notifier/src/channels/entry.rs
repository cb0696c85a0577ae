//! Reading an entry: every mistake with its place, names that are not known, secrets from files.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value as Json;
use yaml::{Key, Kind, Node, Place};

use super::Setting;
use crate::routing::Mistake;
use crate::texts::Written;

/// A word that nobody else may see: here, or in a file that is read whenever it is needed.
#[derive(Clone)]
pub(super) enum Secret {
    Here(String),
    File(PathBuf),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(model::REDACTED)
    }
}

impl Secret {
    /// The word, without space around it.
    pub(super) async fn word(&self) -> Result<String, String> {
        match self {
            Self::Here(word) => Ok(word.clone()),
            Self::File(path) => {
                let read = tokio::fs::read_to_string(path).await;
                let read =
                    read.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
                Ok(read.trim().to_owned())
            }
        }
    }
}

/// A map that is read.
pub(super) struct Entry<'n> {
    /// The name of its list: `slack_configs`.
    pub(super) kind: String,
    pub(super) at: Place,
    pub(super) setting: &'n Setting,
    pairs: &'n [(Key, Node)],
    global: Option<&'n Node>,
    mistakes: Vec<Mistake>,
}

/// The value of a name in a map, unless nothing is written.
fn find<'n>(pairs: &'n [(Key, Node)], name: &str) -> Option<&'n Node> {
    let (_, node) = pairs.iter().find(|(key, _)| key.name == name)?;
    (!matches!(node.is, Kind::Nothing)).then_some(node)
}

impl<'n> Entry<'n> {
    pub(super) fn new(
        kind: &str,
        node: &'n Node,
        global: Option<&'n Node>,
        setting: &'n Setting,
    ) -> Self {
        let mut entry = Self {
            kind: kind.to_owned(),
            at: node.at,
            setting,
            pairs: &[],
            global,
            mistakes: Vec::new(),
        };
        match &node.is {
            Kind::Map(pairs) => entry.pairs = pairs,
            Kind::Nothing => {}
            Kind::Text(_) | Kind::List(_) => {
                let found = node.kind();
                entry.wrong(
                    node.at,
                    format!("an entry of {kind} is a map, and this is {found}"),
                );
            }
        }
        entry
    }

    /// A map within this one, read by somebody whose mistakes are this one's.
    pub(super) fn within<T>(
        &mut self,
        what: &str,
        node: &'n Node,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let mut inner = Self::new(what, node, self.global, self.setting);
        let done = read(&mut inner);
        self.mistakes.append(&mut inner.mistakes);
        done
    }

    pub(super) fn into_mistakes(mut self) -> Vec<Mistake> {
        self.mistakes.sort_by_key(|mistake| mistake.at);
        self.mistakes
    }

    pub(super) fn wrong(&mut self, at: Place, text: impl Into<String>) {
        let text = text.into();
        self.mistakes.push(Mistake { at, text });
    }

    /// Names all that are written and not known.
    pub(super) fn known(&mut self, known: &[&str]) {
        for (key, _) in self.pairs {
            if known.contains(&key.name.as_str()) {
                continue;
            }
            let likeness = |name: &&&str| strsim::jaro_winkler(&key.name, name);
            let nearest = known
                .iter()
                .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let what = &self.kind;
            let text = match nearest.filter(|nearest| likeness(nearest) > 0.85) {
                Some(nearest) => format!("{what} have no {}; did you mean {nearest}?", key.name),
                None => format!(
                    "{what} have no {}; they have {}",
                    key.name,
                    known.join(", ")
                ),
            };
            self.wrong(key.at, text);
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        find(self.pairs, name)
    }

    /// Where a value stands, or would.
    pub(super) fn place(&self, name: &str) -> Place {
        self.get(name).map_or(self.at, |node| node.at)
    }

    /// A value of `global`.
    pub(super) fn global(&self, name: &str) -> Option<&'n Node> {
        match &self.global?.is {
            Kind::Map(pairs) => find(pairs, name),
            _ => None,
        }
    }

    fn text_in(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.is {
            Kind::Text(text) => Some(text),
            _ => {
                let found = node.kind();
                self.wrong(
                    node.at,
                    format!("a text is expected here, and this is {found}"),
                );
                None
            }
        }
    }

    /// A text that says something.
    pub(super) fn text(&mut self, name: &str) -> Option<&'n str> {
        let node = self.get(name)?;
        self.text_in(node).filter(|text| !text.is_empty())
    }

    /// A text of its own or, if it has none, of `global`.
    pub(super) fn text_or_global(&mut self, name: &str, global: &str) -> Option<&'n str> {
        match self.get(name).or_else(|| self.global(global)) {
            Some(node) => self.text_in(node).filter(|text| !text.is_empty()),
            None => None,
        }
    }

    /// A text without which nothing works.
    pub(super) fn needed(&mut self, name: &str) -> Option<&'n str> {
        let found = self.text(name);
        if found.is_none() {
            self.missing(name);
        }
        found
    }

    /// Says that something is missing.
    pub(super) fn missing(&mut self, name: &str) {
        let (at, what) = (self.place(name), self.kind.clone());
        self.wrong(at, format!("{what} need {name}"));
    }

    /// A text with templates.
    pub(super) fn template(&mut self, name: &str, otherwise: &str) -> Written {
        match self.get(name) {
            Some(node) => self.template_in(node),
            None => self.parsed(self.at, otherwise),
        }
    }

    pub(super) fn template_in(&mut self, node: &'n Node) -> Written {
        let text = self.text_in(node).unwrap_or_default();
        self.parsed(node.at, text)
    }

    pub(super) fn parsed(&mut self, at: Place, text: &str) -> Written {
        match Written::parse(text) {
            Ok(written) => written,
            Err(error) => {
                self.wrong(at, format!("this is no template: {error}"));
                Written::empty()
            }
        }
    }

    pub(super) fn flag(&mut self, name: &str, otherwise: bool) -> bool {
        match self.get(name) {
            Some(node) => self.flag_in(node).unwrap_or(otherwise),
            None => otherwise,
        }
    }

    pub(super) fn flag_in(&mut self, node: &'n Node) -> Option<bool> {
        match self.text_in(node)? {
            "true" | "True" | "TRUE" | "yes" | "on" => Some(true),
            "false" | "False" | "FALSE" | "no" | "off" => Some(false),
            other => {
                self.wrong(node.at, format!("{other:?} is neither true nor false"));
                None
            }
        }
    }

    pub(super) fn duration(&mut self, name: &str) -> Option<Duration> {
        let node = self.get(name)?;
        let text = self.text_in(node)?;
        match model::parse_duration(text) {
            Ok(duration) => Some(duration),
            Err(message) => {
                self.wrong(node.at, message);
                None
            }
        }
    }

    pub(super) fn whole(&mut self, name: &str) -> Option<i64> {
        let node = self.get(name)?;
        let text = self.text_in(node)?;
        match text.parse() {
            Ok(whole) => Some(whole),
            Err(_) => {
                self.wrong(node.at, format!("{text:?} is no whole number"));
                None
            }
        }
    }

    pub(super) fn list(&mut self, name: &str) -> &'n [Node] {
        match self.get(name) {
            None => &[],
            Some(Node {
                is: Kind::List(items),
                ..
            }) => items,
            Some(node) => {
                let found = node.kind();
                self.wrong(node.at, format!("{name} is a list, and this is {found}"));
                &[]
            }
        }
    }

    /// Names and templates.
    pub(super) fn templates(&mut self, name: &str) -> Vec<(String, Written)> {
        let Some(node) = self.get(name) else {
            return Vec::new();
        };
        let Kind::Map(pairs) = &node.is else {
            let found = node.kind();
            self.wrong(node.at, format!("{name} is a map, and this is {found}"));
            return Vec::new();
        };
        let mut read = Vec::with_capacity(pairs.len());
        for (key, node) in pairs {
            read.push((key.name.clone(), self.template_in(node)));
        }
        read
    }

    /// A path; a relative one begins at the folder of the setting.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.setting.folder.join(text)
    }

    /// A secret, or the file it stands in, which has `_file` behind its name.
    pub(super) fn secret(&mut self, name: &str) -> Option<Secret> {
        let file = format!("{name}_file");
        let (here, in_file) = (self.get(name), self.get(&file));
        self.one_secret(name, here, in_file)
    }

    /// A secret of its own or, if it has none, of `global`.
    pub(super) fn secret_or_global(&mut self, name: &str, global: &str) -> Option<Secret> {
        if let Some(own) = self.secret(name) {
            return Some(own);
        }
        let (here, in_file) = (self.global(global), self.global(&format!("{global}_file")));
        self.one_secret(global, here, in_file)
    }

    fn one_secret(
        &mut self,
        name: &str,
        here: Option<&'n Node>,
        in_file: Option<&'n Node>,
    ) -> Option<Secret> {
        if let (Some(_), Some(file)) = (here, in_file) {
            self.wrong(
                file.at,
                format!("{name} and {name}_file say the same; write one of them"),
            );
        }
        if let Some(node) = here {
            let text = self.text_in(node)?;
            return (!text.is_empty()).then(|| Secret::Here(text.trim().to_owned()));
        }
        let text = self.text_in(in_file?)?;
        Some(Secret::File(self.path(text)))
    }

    /// A tree of values in which all texts are templates.
    pub(super) fn tree(&mut self, node: &'n Node) -> Tree {
        match &node.is {
            Kind::Nothing => Tree::Fixed(Json::Null),
            Kind::Text(text) if text.contains("{{") => Tree::Text(self.template_in(node)),
            Kind::Text(text) => Tree::Fixed(Json::from(text.as_str())),
            Kind::List(items) => Tree::List(items.iter().map(|item| self.tree(item)).collect()),
            Kind::Map(pairs) => {
                let pairs = pairs.iter();
                Tree::Map(
                    pairs
                        .map(|(key, node)| (key.name.clone(), self.tree(node)))
                        .collect(),
                )
            }
        }
    }
}

/// Values with templates.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Fixed(Json),
    Text(Written),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// The values; what a template says is a text.
    pub(super) fn filled(&self, say: &mut impl FnMut(&Written) -> String) -> Json {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(written) => Json::from(say(written)),
            Self::List(items) => items.iter().map(|item| item.filled(say)).collect(),
            Self::Map(pairs) => {
                let mut filled = serde_json::Map::new();
                for (name, value) in pairs {
                    filled.insert(name.clone(), value.filled(say));
                }
                Json::Object(filled)
            }
        }
    }
}

/// At most so many letters; what is cut ends with `…`, as in Alertmanager.
pub(super) fn truncated(text: String, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        None => text,
        Some(_) => {
            let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
            kept + "…"
        }
    }
}

/// At most so many bytes; what is cut ends with `…`.
pub(super) fn within_bytes(mut text: String, most: usize) -> String {
    if text.len() > most {
        let mut end = most.saturating_sub('…'.len_utf8());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut() {
        for (text, letters, bytes) in [("äöü", "äö…", "ä…"), ("abc", "ab…", "abc"), ("", "", "")]
        {
            let most = if text.len() == 6 { 5 } else { 3 };
            assert_eq!(within_bytes(text.to_owned(), most), bytes);
            let shorter = truncated(format!("{text}x"), 3);
            assert_eq!(shorter, if text.is_empty() { "x" } else { letters });
        }
    }
}
