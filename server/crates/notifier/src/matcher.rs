//! What somebody says of the labels of alerts, in Alertmanager's syntax: `server="files", severity=~"warning|error"`.
//!
//! <https://prometheus.io/docs/alerting/latest/configuration/#label-matchers>

use std::fmt;

use model::Labels;
use regex::Regex;

/// The most matchers of a list.
const MOST: usize = 50;
/// Longest value, in bytes.
const LONGEST: usize = 4096;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// It is this.
    Equal,
    /// It is not.
    NotEqual,
    /// The expression matches all of it.
    Matches,
    /// It does not.
    MatchesNot,
}

impl Op {
    /// As it is written. Longer ones first, so that none is taken for the beginning of another.
    const ALL: [(Self, &'static str); 4] = [
        (Self::Matches, "=~"),
        (Self::MatchesNot, "!~"),
        (Self::NotEqual, "!="),
        (Self::Equal, "="),
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        let known = Self::ALL.iter().find(|(op, _)| *op == self);
        known.map_or("", |(_, text)| text)
    }
}

/// What is wrong with a list of matchers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It is not of the form.
    #[error(
        "{written:?}: {why}; a matcher is written server=\"files\", server!=\"files\", server=~\"fi.*\" or server!~\"fi.*\", several with commas between"
    )]
    Form {
        /// Where.
        written: String,
        /// What.
        why: &'static str,
    },
    /// A value is no regular expression.
    #[error("{0:?} is no regular expression: {1}")]
    Regex(String, String),
    /// Too many, or too long.
    #[error("a list has at most {MOST} matchers, a value at most {LONGEST} bytes")]
    TooMuch,
}

/// What is said of one label. A label that is missing is empty.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// How.
    pub op: Op,
    /// The value or the expression.
    pub value: String,
    regex: Option<Regex>,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl Matcher {
    /// Says something of a label.
    ///
    /// # Errors
    /// When the value is too long, or no expression where one is wanted.
    pub fn new(name: &str, op: Op, value: &str) -> Result<Self, Wrong> {
        if value.len() > LONGEST || name.len() > LONGEST {
            return Err(Wrong::TooMuch);
        }
        let regex = match op {
            Op::Equal | Op::NotEqual => None,
            Op::Matches | Op::MatchesNot => {
                let regex = Regex::new(&format!("^(?s:{value})$"));
                Some(regex.map_err(|error| Wrong::Regex(value.to_owned(), error.to_string()))?)
            }
        };
        Ok(Self {
            name: name.to_owned(),
            op,
            value: value.to_owned(),
            regex,
        })
    }

    /// Whether it is true of an alert's labels.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.is_true_of(labels.get(&self.name))
    }

    /// Whether it is true of a label that is missing.
    pub fn matches_nothing(&self) -> bool {
        self.is_true_of("")
    }

    fn is_true_of(&self, value: &str) -> bool {
        let is_match = || {
            self.regex
                .as_ref()
                .is_some_and(|regex| regex.is_match(value))
        };
        match self.op {
            Op::Equal => value == self.value,
            Op::NotEqual => value != self.value,
            Op::Matches => is_match(),
            Op::MatchesNot => !is_match(),
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"");
        let value = value.replace('\n', "\\n");
        match is_plain(&self.name) {
            true => write!(f, "{}{}\"{value}\"", self.name, self.op.as_str()),
            false => {
                let name = self.name.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{name}\"{}\"{value}\"", self.op.as_str())
            }
        }
    }
}

fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    letters.next().is_some_and(is_first)
        && letters.all(|letter| is_first(letter) || letter.is_ascii_digit())
}

/// Reads matchers with commas between, with or without braces around them.
///
/// # Errors
/// What is wrong, and where.
pub fn parse_matchers(text: &str) -> Result<Vec<Matcher>, Wrong> {
    let mut rest = text.trim();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner.trim_end().strip_suffix('}').ok_or(Wrong::Form {
            written: cut(text),
            why: "a brace is opened and not closed",
        })?;
    }
    let mut matchers = Vec::new();
    rest = rest.trim();
    while !rest.is_empty() {
        let (matcher, after) = one(rest)?;
        matchers.push(matcher);
        if matchers.len() > MOST {
            return Err(Wrong::TooMuch);
        }
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if after.is_empty() => after,
            None => {
                return Err(Wrong::Form {
                    written: cut(after),
                    why: "a comma is missing before this",
                });
            }
        };
    }
    match matchers.is_empty() {
        true => Err(Wrong::Form {
            written: cut(text),
            why: "there is no matcher",
        }),
        false => Ok(matchers),
    }
}

/// Reads a matcher that stands alone, as filters of Alertmanager's API do: what is not in quotes ends with the text.
///
/// # Errors
/// What is wrong with it.
pub fn parse_matcher(text: &str) -> Result<Matcher, Wrong> {
    let wrong = |why| Wrong::Form {
        written: cut(text),
        why,
    };
    let (name, op, rest) = about(text.trim())?;
    let value = match rest.starts_with('"') {
        true => match quoted(rest) {
            Some((value, "")) => value,
            Some(_) => return Err(wrong("something follows the quotes")),
            None => return Err(wrong("a quote is opened and not closed")),
        },
        // The same escapes count without quotes.
        false => match quoted(&format!("\"{rest}\"")) {
            Some((value, "")) => value,
            _ => return Err(wrong("a value with quotes in it is written in quotes")),
        },
    };
    Matcher::new(&name, op, &value)
}

/// The same as people write it: `server files` and `server files, web` will do for `server="files"` and
/// `server=~"files|web"`.
///
/// # Errors
/// What is wrong, and where.
pub fn parse_about(text: &str) -> Result<Vec<Matcher>, Wrong> {
    let text = text.trim();
    let names = text.strip_prefix("server ").map(str::trim_start);
    // `server = "files"` is none of these.
    let is_short = |names: &&str| !names.is_empty() && !names.starts_with(['=', '!']);
    let Some(names) = names.filter(is_short) else {
        return parse_matchers(text);
    };
    let names = names.split(',').map(str::trim);
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    if let Some(mixed) = names
        .iter()
        .find(|name| name.contains(['=', '!', '~', '"']))
    {
        return Err(Wrong::Form {
            written: cut(mixed),
            why: "names of servers and matchers are not mixed: write server=\"files\", severity=\"warning\"",
        });
    }
    let matcher = match names.as_slice() {
        [name] => Matcher::new("server", Op::Equal, name)?,
        names => {
            let escaped: Vec<_> = names.iter().map(|name| regex::escape(name)).collect();
            Matcher::new("server", Op::Matches, &escaped.join("|"))?
        }
    };
    Ok(vec![matcher])
}

fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Reads the label that a matcher is about and how it is compared; what follows comes back.
fn about(text: &str) -> Result<(String, Op, &str), Wrong> {
    let wrong = |why| Wrong::Form {
        written: cut(text),
        why,
    };
    let (name, rest) = match text.starts_with('"') {
        true => quoted(text).ok_or_else(|| wrong("a quote is opened and not closed"))?,
        false => {
            let end = text.find(['=', '!']).unwrap_or(text.len());
            (text[..end].trim_end().to_owned(), &text[end..])
        }
    };
    if name.is_empty() {
        return Err(wrong("the name of a label is missing"));
    }
    if !text.starts_with('"') && name.contains([',', '{', '}', '"', '~', ' ']) {
        return Err(wrong("such a name is written in quotes"));
    }
    let rest = rest.trim_start();
    let op = Op::ALL
        .iter()
        .find(|(_, written)| rest.starts_with(written));
    let (op, written) = op.ok_or_else(|| wrong("none of =, !=, =~ and !~ follows the name"))?;
    Ok((name, *op, rest[written.len()..].trim_start()))
}

/// Reads a matcher; what follows it comes back.
fn one(text: &str) -> Result<(Matcher, &str), Wrong> {
    let wrong = |why| Wrong::Form {
        written: cut(text),
        why,
    };
    let (name, op, rest) = about(text)?;
    let (value, rest) = match rest.starts_with('"') {
        true => quoted(rest).ok_or_else(|| wrong("a quote is opened and not closed"))?,
        false => {
            let end = rest.find(',').unwrap_or(rest.len());
            let value = rest[..end].trim_end();
            if value.contains(['"', '{', '}']) {
                return Err(wrong(
                    "a value with quotes or braces in it is written in quotes",
                ));
            }
            (value.to_owned(), &rest[end..])
        }
    };
    Ok((Matcher::new(&name, op, &value)?, rest.trim_start()))
}

/// A text in quotes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                other @ ('"' | '\\') => value.push(other),
                // `\d` of an expression.
                other => value.extend(['\\', other]),
            },
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_read_and_written() {
        for (text, expected) in [
            (r#"server="files""#, r#"server="files""#),
            (r#"{server="files"}"#, r#"server="files""#),
            ("server=files", r#"server="files""#),
            (
                r#" server = "a b" , severity=~"warning|error", team!= "x",tool!~"re.*","#,
                r#"server="a b" severity=~"warning|error" team!="x" tool!~"re.*""#,
            ),
            (r#"path=~"C:\\\\x\d+""#, r#"path=~"C:\\\\x\\d+""#),
            (r#"a="say \"x\", then\ny""#, r#"a="say \"x\", then\ny""#),
            (r#""service.name"="x""#, r#""service.name"="x""#),
            (r#"a="""#, r#"a="""#),
            ("a=", r#"a="""#),
        ] {
            let matchers = parse_matchers(text).unwrap();
            let written: Vec<_> = matchers.iter().map(ToString::to_string).collect();
            assert_eq!(written.join(" "), expected, "{text}");
            let again = parse_matchers(&written.join(",")).unwrap();
            assert_eq!(again, matchers, "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, word) in [
            ("", "there is no matcher"),
            ("{}", "there is no matcher"),
            ("{a=b", "not closed"),
            (r#"a="b"#, "not closed"),
            ("a", "follows the name"),
            ("=b", "the name of a label"),
            (r#"a="b" c="d""#, "a comma is missing"),
            (r#"a=~"(""#, "no regular expression"),
            (r#"a=b"c"#, "in quotes"),
        ] {
            let error = parse_matchers(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
        let many = vec!["a=b"; 60].join(",");
        assert_eq!(parse_matchers(&many).unwrap_err(), Wrong::TooMuch);
        let long = format!("a={}", "x".repeat(5000));
        assert_eq!(parse_matchers(&long).unwrap_err(), Wrong::TooMuch);
    }

    #[test]
    fn one_that_stands_alone() {
        for (text, expected) in [
            (r#"a="b""#, r#"a="b""#),
            ("a=b,c", r#"a="b,c""#),
            (" a =~ b|c ", r#"a=~"b|c""#),
            (r#"a!="""#, r#"a!="""#),
            ("a=", r#"a="""#),
            ("a={b}", r#"a="{b}""#),
            (r#""a.b"="c""#, r#""a.b"="c""#),
            (r#"a="x, y""#, r#"a="x, y""#),
            (r"a=~\d\\+", r#"a=~"\\d\\+""#),
        ] {
            assert_eq!(parse_matcher(text).unwrap().to_string(), expected, "{text}");
        }
        for text in [
            "",
            "a",
            "=b",
            r#"a="b"#,
            r#"a=b""#,
            r#"a="b"c"#,
            "a=~(",
            "a,b=c",
            "a b=c",
        ] {
            assert!(parse_matcher(text).is_err(), "{text}");
        }
    }

    #[test]
    fn servers_by_their_names_alone() {
        for (text, expected) in [
            ("server files", r#"server="files""#),
            (" server  my files ", r#"server="my files""#),
            ("server files, web.1", r#"server=~"files|web\\.1""#),
            ("server = files", r#"server="files""#),
            ("server files,", r#"server="files""#),
        ] {
            let matchers = parse_about(text).unwrap();
            assert_eq!(matchers.len(), 1, "{text}");
            assert_eq!(matchers[0].to_string(), expected, "{text}");
        }
        for text in [
            "server",
            "server ",
            "servers files",
            "",
            "server files, severity=\"warning\"",
        ] {
            assert!(parse_about(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_they_match() {
        let labels = Labels::new()
            .with("server", "files")
            .with("note", "two\nlines");
        for (text, expected) in [
            ("server=files", true),
            ("server!=files", false),
            ("server=~fi.*", true),
            // All of it, not a part.
            ("server=~fi", false),
            ("server!~fi", true),
            ("note=~two.*", true),
            ("missing=", true),
            ("missing!=x", true),
            ("missing=~.+", false),
        ] {
            let matcher = parse_matchers(text).unwrap().remove(0);
            assert_eq!(matcher.matches(&labels), expected, "{text}");
        }
    }
}
