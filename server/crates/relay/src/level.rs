//! How grave a log message is, as the protocol has it from syslog.

/// From the least grave on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
    Alert,
    Emergency,
}

const WORDS: [(&str, Level); 8] = [
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("notice", Level::Notice),
    ("warning", Level::Warning),
    ("error", Level::Error),
    ("critical", Level::Critical),
    ("alert", Level::Alert),
    ("emergency", Level::Emergency),
];

impl Level {
    /// From which on a client gets messages that has not said anything about it.
    pub(crate) const USUAL: Self = Self::Info;

    /// The level of this name.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let found = WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, level)| *level)
    }

    /// Its name.
    pub(crate) fn word(self) -> &'static str {
        let found = WORDS.iter().find(|(_, level)| *level == self);
        found.map_or("info", |(word, _)| word)
    }
}
