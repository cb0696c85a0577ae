//! What a keeper answers over the socket: that the command runs, or why not, and how it ended.

use model::Exit;

/// What the keeper says, a line each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The command runs as this process.
    Started(i32),
    /// It could not be started; the number is the operating system's.
    Failed(Failure, i32),
    /// It ended, and so did all that it left behind.
    Ended(Exit),
}

/// Which step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The working directory.
    Directory,
    /// There is no such program.
    Missing,
    /// There is one, but what it needs to run (`#!`, loader) is missing.
    Interpreter,
    /// It may not be executed.
    Denied,
    /// Anything else.
    Other,
}

impl Failure {
    const WORDS: [(Self, &str); 5] = [
        (Self::Directory, "directory"),
        (Self::Missing, "missing"),
        (Self::Interpreter, "interpreter"),
        (Self::Denied, "denied"),
        (Self::Other, "other"),
    ];

    fn word(self) -> &'static str {
        let known = Self::WORDS.iter().find(|(failure, _)| *failure == self);
        known.map_or("other", |(_, word)| word)
    }

    fn from_word(word: &str) -> Option<Self> {
        let known = Self::WORDS.iter().find(|(_, known)| *known == word);
        known.map(|(failure, _)| *failure)
    }
}

impl Report {
    /// The line, with its end.
    pub(crate) fn line(self) -> String {
        match self {
            Self::Started(pid) => format!("started {pid}\n"),
            Self::Failed(failure, errno) => format!("failed {} {errno}\n", failure.word()),
            Self::Ended(Exit::Code(code)) => format!("ended code {code}\n"),
            Self::Ended(Exit::Signal(signal)) => format!("ended signal {signal}\n"),
            Self::Ended(Exit::Unknown) => "ended unknown 0\n".to_owned(),
        }
    }

    /// `None` for anything that [`Report::line`] did not write, half a line included.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.strip_suffix('\n')?.split(' ').collect();
        Some(match words[..] {
            ["started", pid] => Self::Started(pid.parse().ok()?),
            ["failed", word, errno] => Self::Failed(Failure::from_word(word)?, errno.parse().ok()?),
            ["ended", "code", code] => Self::Ended(Exit::Code(code.parse().ok()?)),
            ["ended", "signal", signal] => Self::Ended(Exit::Signal(signal.parse().ok()?)),
            ["ended", "unknown", _] => Self::Ended(Exit::Unknown),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_survive_the_way() {
        let failures = Failure::WORDS.map(|(failure, _)| Report::Failed(failure, 13));
        let exits = [Exit::Code(-3), Exit::Signal(9), Exit::Unknown].map(Report::Ended);
        for report in [&failures[..], &exits[..], &[Report::Started(42)]].concat() {
            assert_eq!(Report::parse(&report.line()), Some(report));
        }
        for nonsense in [
            "",
            "started 4",
            "started\n",
            "failed so 2\n",
            "ended code x\n",
        ] {
            assert_eq!(Report::parse(nonsense), None, "{nonsense:?}");
        }
    }
}
