//! YAML as a tree of texts with their places: files that people write mean every value as it is written.
//!
//! What a value is of (a number, a duration, a text) is known by who reads it, as in Prometheus. A reader
//! that guesses would turn the label `1.10` into `1.1`, and could not say in which column a mistake is.

use std::collections::HashMap;
use std::fmt;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};

/// Aliases can make a small file large.
const MOST_NODES: usize = 1_000_000;
/// How deeply values may be nested.
const DEEPEST: usize = 60;

/// Where something stands in a file, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it begins.
    pub at: Place,
    /// What it is.
    pub is: Kind,
}

/// What a value is, as far as its form says.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing is written.
    Nothing,
    /// A scalar, as it is written.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file; no name stands in it twice.
    Map(Vec<(Key, Node)>),
}

/// The name of a value in a map.
#[derive(Clone, Debug)]
pub struct Key {
    /// Where it begins.
    pub at: Place,
    /// The name.
    pub name: String,
}

impl Node {
    /// A text among the values of a map, if it is one and says something.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        let Kind::Map(pairs) = &self.is else {
            return None;
        };
        let (_, value) = pairs.iter().find(|(key, _)| key.name == name)?;
        match &value.is {
            Kind::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self.is {
            Kind::Nothing => "nothing",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

/// Why a text is no YAML, and where.
#[derive(Debug)]
pub struct Broken {
    /// Where.
    pub at: Place,
    /// What is wrong.
    pub message: String,
}

impl From<ScanError> for Broken {
    fn from(error: ScanError) -> Self {
        Self {
            at: Place {
                line: error.marker().line(),
                column: error.marker().col() + 1,
            },
            message: error.info(),
        }
    }
}

/// Reads all documents of a text.
///
/// # Errors
/// When it is no YAML, or one that is larger or deeper than is sensible; the first mistake.
pub fn documents(text: &str) -> Result<Vec<Node>, Broken> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        count: 0,
    };
    let mut documents = Vec::new();
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            other => documents.push(reader.node(other, span, 0)?),
        }
    }
    Ok(documents)
}

type Events<'text> = Parser<'text, granit_parser::StrInput<'text>>;

struct Reader<'text> {
    events: Events<'text>,
    anchors: HashMap<usize, Node>,
    count: usize,
}

impl<'text> Reader<'text> {
    /// The next event that is no comment.
    fn next(&mut self) -> Result<Option<(Event<'text>, Span)>, Broken> {
        loop {
            let Some(next) = self.events.next_event() else {
                return Ok(None);
            };
            let (event, span) = next?;
            if !matches!(event, Event::Comment(..)) {
                return Ok(Some((event, span)));
            }
        }
    }

    fn within(&mut self, at: Place) -> Result<(Event<'text>, Span), Broken> {
        let message = || "the file ends within a value".to_owned();
        self.next()?.ok_or_else(|| Broken {
            at,
            message: message(),
        })
    }

    fn node(&mut self, event: Event<'text>, span: Span, depth: usize) -> Result<Node, Broken> {
        let at = place(span);
        let broken = |message: &str| Broken {
            at,
            message: message.to_owned(),
        };
        self.count += 1;
        if self.count > MOST_NODES {
            return Err(broken("the file holds more values than are sensible"));
        }
        if depth > DEEPEST {
            return Err(broken("values are nested too deeply"));
        }
        let (anchor, is) = match event {
            Event::Scalar(text, style, anchor, _) => (anchor, scalar(text.into_owned(), style)),
            Event::Alias(id) => {
                let known = self.anchors.get(&id);
                let known = known.ok_or_else(|| broken("an alias to nothing"))?.clone();
                self.count += size(&known);
                return Ok(Node { at, ..known });
            }
            Event::SequenceStart(_, anchor, _) => (anchor, self.list(at, depth)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.map(at, depth)?),
            _ => return Err(broken("a value is expected here")),
        };
        let node = Node { at, is };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, at: Place, depth: usize) -> Result<Kind, Broken> {
        let mut items = Vec::new();
        loop {
            match self.within(at)? {
                (Event::SequenceEnd, _) => return Ok(Kind::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, at: Place, depth: usize) -> Result<Kind, Broken> {
        let (mut pairs, mut merged) = (Vec::<(Key, Node)>::new(), Vec::new());
        loop {
            let (event, span) = self.within(at)?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.within(key.at)?;
            let value = self.node(event, span, depth + 1)?;
            let name = match key.is {
                Kind::Text(name) => name,
                Kind::Nothing => String::new(),
                _ => {
                    let message = "the name of a value has to be a text".to_owned();
                    return Err(Broken {
                        at: key.at,
                        message,
                    });
                }
            };
            if name == "<<" {
                merged.push(value);
                continue;
            }
            if pairs.iter().any(|(known, _)| known.name == name) {
                let message = format!("{name} is given twice");
                return Err(Broken {
                    at: key.at,
                    message,
                });
            }
            pairs.push((Key { at: key.at, name }, value));
        }
        for more in merged.into_iter().flat_map(maps) {
            if !pairs.iter().any(|(known, _)| known.name == more.0.name) {
                pairs.push(more);
            }
        }
        Ok(Kind::Map(pairs))
    }
}

/// What `<<` merges in: a map, or several.
fn maps(node: Node) -> Vec<(Key, Node)> {
    match node.is {
        Kind::Map(pairs) => pairs,
        Kind::List(items) => items.into_iter().flat_map(maps).collect(),
        Kind::Nothing | Kind::Text(_) => Vec::new(),
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.is {
        Kind::Nothing | Kind::Text(_) => 0,
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(pairs) => pairs.iter().map(|(_, value)| size(value)).sum(),
    }
}

fn scalar(text: String, style: ScalarStyle) -> Kind {
    let is_nothing = matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
    match style {
        ScalarStyle::Plain if is_nothing => Kind::Nothing,
        _ => Kind::Text(text),
    }
}

fn place(span: Span) -> Place {
    Place {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(node: &Node) -> String {
        let at = node.at;
        match &node.is {
            Kind::Nothing => format!("-@{at}"),
            Kind::Text(text) => format!("{text:?}@{at}"),
            Kind::List(items) => {
                let items: Vec<_> = items.iter().map(shown).collect();
                format!("[{}]", items.join(" "))
            }
            Kind::Map(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| format!("{}={}", key.name, shown(value)));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(" "))
            }
        }
    }

    #[test]
    fn texts_stay_as_they_are_written() {
        for (text, expected) in [
            ("a: 1.10\nb: 0x1f", r#"{a="1.10"@1:4 b="0x1f"@2:4}"#),
            ("a: yes\nb:\nc: ''", r#"{a="yes"@1:4 b=-@2:2 c=""@3:4}"#),
            (
                "- |\n  x\n  y\n- >-\n  x\n  y",
                r#"["x\ny\n"@2:3 "x y"@5:3]"#,
            ),
            (
                "a: &x { b: 1 }\nc: *x # why",
                r#"{a={b="1"@1:12} c={b="1"@1:12}}"#,
            ),
            (
                "a: &x { b: 1, c: 2 }\nd: { <<: *x, c: 3 }",
                r#"{a={b="1"@1:12 c="2"@1:18} d={c="3"@2:17 b="1"@1:12}}"#,
            ),
        ] {
            let read = documents(text).unwrap();
            assert_eq!(shown(&read[0]), expected, "{text}");
        }
        assert_eq!(documents("").unwrap().len(), 0);
        assert_eq!(documents("---\na: 1\n---\nb: 2\n").unwrap().len(), 2);
    }

    #[test]
    fn what_is_broken_says_where() {
        let bomb = |depth: usize| {
            let line = |n: usize| {
                format!(
                    "a{n}: &a{n} [{}]\n",
                    vec![format!("*a{}", n - 1); 10].join(",")
                )
            };
            let lines: String = (1..depth).map(line).collect();
            format!("a0: &a0 x\n{lines}")
        };
        for (text, line, words) in [
            ("a: 1\nb: [", 2, ""),
            ("a: 1\na: 2", 2, "a is given twice"),
            ("? [a]\n: 1", 1, "has to be a text"),
            (&bomb(9), 7, "more values"),
            (&"[".repeat(500), 1, ""),
        ] {
            let broken = documents(text).unwrap_err();
            assert!(broken.message.contains(words), "{}", broken.message);
            assert!(broken.at.line >= line, "{text}: {:?}", broken.at);
        }
    }
}
