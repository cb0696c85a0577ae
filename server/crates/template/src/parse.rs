//! From the words of a template to what it does.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lex::{Stretch, Word, stretches, words};
use super::{Language, Parsed, builtin};

/// What a template does, one after the other.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    /// Says what it comes to.
    Say(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    /// Another template, given this.
    Use(String, Option<Pipe>),
    Break,
    Continue,
}

#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) then: Vec<Piece>,
    pub(super) otherwise: Vec<Piece>,
}

/// `$a, $b := command | command`.
#[derive(Clone, Debug)]
pub(super) struct Pipe {
    pub(super) variables: Vec<String>,
    /// Whether the variables are there already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Vec<Term>>,
}

/// A command is a term and what it is given.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// A function, or else a word of the language.
    Name(String),
    Field(Vec<String>),
    Variable(Vec<String>),
    Pipe(Box<Pipe>, Vec<String>),
    Text(String),
    Whole(i64),
    Number(f64),
    Bool(bool),
    Nil,
}

/// How deeply actions may be nested.
const DEEPEST: usize = 100;

pub(super) fn parse(text: &str, language: &Language) -> Result<Parsed, String> {
    let mut parser = Parser {
        stretches: stretches(text)?.into_iter(),
        defined: BTreeMap::new(),
        variables: ["$"]
            .iter()
            .chain(language.variables)
            .map(|name| (*name).to_owned())
            .collect(),
        language,
        depth: 0,
        loops: 0,
    };
    let (pieces, end) = parser.pieces()?;
    match end {
        Ending::File => {}
        Ending::Close => return Err("there is an {{ end }} too many".to_owned()),
        Ending::Else(_) => return Err("an {{ else }} belongs to nothing".to_owned()),
    }
    let parsed = Parsed {
        pieces,
        defined: parser.defined,
    };
    Ok(parsed)
}

struct Parser<'text> {
    stretches: std::vec::IntoIter<Stretch<'text>>,
    defined: BTreeMap<String, Arc<[Piece]>>,
    language: &'text Language,
    variables: Vec<String>,
    depth: usize,
    loops: usize,
}

/// What ends a list of pieces.
enum Ending {
    File,
    Close,
    /// The words behind it.
    Else(Vec<Word>),
}

impl Parser<'_> {
    fn pieces(&mut self) -> Result<(Vec<Piece>, Ending), String> {
        self.deeper(Self::pieces_within)
    }

    fn pieces_within(&mut self) -> Result<(Vec<Piece>, Ending), String> {
        let mut pieces = Vec::new();
        let end = loop {
            match self.stretches.next() {
                None => break Ending::File,
                Some(Stretch::Text(text)) => pieces.push(Piece::Text(text.to_owned())),
                Some(Stretch::Action(action)) => {
                    let words = words(action)?;
                    match keyword(&words) {
                        Some(("end", [])) => break Ending::Close,
                        Some(("end", _)) => return Err("nothing stands behind end".to_owned()),
                        Some(("else", rest)) => break Ending::Else(rest.to_vec()),
                        Some(("define", rest)) => self.define(rest)?,
                        Some((word, rest)) => pieces.push(self.action(word, rest)?),
                        None => pieces.push(Piece::Say(self.pipe(&words)?)),
                    }
                }
            }
        };
        Ok((pieces, end))
    }

    fn action(&mut self, word: &str, rest: &[Word]) -> Result<Piece, String> {
        match word {
            "if" => Ok(Piece::If(self.branch("if", rest)?)),
            "with" => Ok(Piece::With(self.branch("with", rest)?)),
            "range" => {
                self.loops += 1;
                let branch = self.branch("range", rest)?;
                Ok(Piece::Range(branch))
            }
            "template" => {
                let (name, rest) = named(rest, "template")?;
                let pipe = if rest.is_empty() {
                    None
                } else {
                    Some(self.pipe(rest)?)
                };
                Ok(Piece::Use(name, pipe))
            }
            "block" => {
                let (name, rest) = named(rest, "block")?;
                let pipe = self.pipe(rest)?;
                self.define_as(&name)?;
                Ok(Piece::Use(name, Some(pipe)))
            }
            "break" | "continue" if self.loops == 0 => {
                Err(format!("{word} stands outside of a range"))
            }
            "break" => Ok(Piece::Break),
            _ => Ok(Piece::Continue),
        }
    }

    fn define(&mut self, rest: &[Word]) -> Result<(), String> {
        let (name, rest) = named(rest, "define")?;
        if !rest.is_empty() {
            return Err("define has a name and nothing else".to_owned());
        }
        self.define_as(&name)
    }

    fn define_as(&mut self, name: &str) -> Result<(), String> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let loops = std::mem::take(&mut self.loops);
        let (pieces, end) = self.pieces()?;
        (self.variables, self.loops) = (variables, loops);
        if !matches!(end, Ending::Close) {
            return Err(format!("the template {name:?} has no {{{{ end }}}}"));
        }
        self.defined.insert(name.to_owned(), pieces.into());
        Ok(())
    }

    /// One step deeper; whoever takes it comes back.
    fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        if self.depth >= DEEPEST {
            return Err("actions are nested too deeply".to_owned());
        }
        self.depth += 1;
        let done = inner(self);
        self.depth -= 1;
        done
    }

    fn branch(&mut self, word: &str, rest: &[Word]) -> Result<Branch, String> {
        self.deeper(|parser| parser.branch_within(word, rest))
    }

    fn branch_within(&mut self, word: &str, rest: &[Word]) -> Result<Branch, String> {
        let known = self.variables.len();
        let pipe = self.pipe(rest)?;
        let (then, end) = self.pieces()?;
        if word == "range" {
            self.loops -= 1;
        }
        let unfinished = || Err(format!("{word} has no {{{{ end }}}}"));
        let otherwise = match end {
            Ending::File => return unfinished(),
            Ending::Close => Vec::new(),
            Ending::Else(more) => match keyword(&more) {
                None if more.is_empty() => {
                    let (otherwise, end) = self.pieces()?;
                    if !matches!(end, Ending::Close) {
                        return unfinished();
                    }
                    otherwise
                }
                Some(("if", rest)) if word == "if" => vec![Piece::If(self.branch("if", rest)?)],
                Some(("with", rest)) if word == "with" => {
                    vec![Piece::With(self.branch("with", rest)?)]
                }
                _ => return Err(format!("an else of {word} is followed by something else")),
            },
        };
        self.variables.truncate(known);
        Ok(Branch {
            pipe,
            then,
            otherwise,
        })
    }

    fn pipe(&mut self, words: &[Word]) -> Result<Pipe, String> {
        self.deeper(|parser| parser.pipe_within(words))
    }

    fn pipe_within(&mut self, words: &[Word]) -> Result<Pipe, String> {
        let words = trimmed(words);
        let (variables, assigns, rest) = declaration(words)?;
        for variable in variables.iter().filter(|_| assigns) {
            self.known(variable)?;
        }
        let mut commands = Vec::new();
        for words in cut(rest)? {
            let command = self.command(words)?;
            if let (false, Some(first)) = (commands.is_empty(), command.first())
                && !matches!(first, Term::Name(_) | Term::Field(_) | Term::Variable(_))
            {
                return Err("behind | stands a function".to_owned());
            }
            commands.push(command);
        }
        if !assigns {
            self.variables.extend(variables.iter().cloned());
        }
        Ok(Pipe {
            variables,
            assigns,
            commands,
        })
    }

    fn is_function(&self, name: &str) -> bool {
        let mut lists = self.language.functions.iter();
        builtin::NAMES.contains(&name) || lists.any(|names| names.contains(&name))
    }

    fn known(&self, variable: &str) -> Result<(), String> {
        match self.variables.iter().any(|known| known == variable) {
            true => Ok(()),
            false => Err(format!("undefined variable {variable:?}")),
        }
    }

    fn command(&mut self, words: &[Word]) -> Result<Vec<Term>, String> {
        let mut terms = Vec::new();
        let mut words = trimmed(words);
        let mut may_begin = true;
        while let Some((first, rest)) = words.split_first() {
            words = rest;
            if *first == Word::Space {
                may_begin = true;
                continue;
            }
            if !may_begin {
                return Err("a space is missing between two words of an action".to_owned());
            }
            may_begin = false;
            terms.push(match first {
                Word::Name(name) => match name.as_str() {
                    "true" => Term::Bool(true),
                    "false" => Term::Bool(false),
                    "nil" => Term::Nil,
                    name if self.is_function(name) => Term::Name(name.to_owned()),
                    name => return Err(format!("function {name:?} not defined")),
                },
                Word::Field(names) => Term::Field(names.clone()),
                Word::Variable(names) => {
                    self.known(&names[0])?;
                    Term::Variable(names.clone())
                }
                Word::Text(text) => Term::Text(text.clone()),
                Word::Whole(whole) => Term::Whole(*whole),
                Word::Number(number) => Term::Number(*number),
                Word::Open => {
                    let end = closing(words).ok_or("a parenthesis is not closed")?;
                    let inner = self.pipe(&words[..end])?;
                    words = &words[end + 1..];
                    let below = match words.split_first() {
                        Some((Word::Below(names), rest)) => {
                            words = rest;
                            names.clone()
                        }
                        _ => Vec::new(),
                    };
                    Term::Pipe(Box::new(inner), below)
                }
                other => return Err(format!("{other:?} cannot stand here")),
            });
        }
        match terms.first() {
            None => Err("a command is missing".to_owned()),
            Some(Term::Nil) => Err("nil is not a command".to_owned()),
            Some(Term::Text(_) | Term::Whole(_) | Term::Number(_) | Term::Bool(_))
                if terms.len() > 1 =>
            {
                Err("can't give argument to non-function".to_owned())
            }
            Some(_) => Ok(terms),
        }
    }
}

/// A word of the language that an action begins with, and what follows.
fn keyword(words: &[Word]) -> Option<(&str, &[Word])> {
    let words = trimmed(words);
    let (Word::Name(name), rest) = words.split_first()? else {
        return None;
    };
    let is_keyword = matches!(
        name.as_str(),
        "if" | "with"
            | "range"
            | "else"
            | "end"
            | "define"
            | "template"
            | "block"
            | "break"
            | "continue"
    );
    is_keyword.then_some((name.as_str(), trimmed(rest)))
}

fn named<'a>(rest: &'a [Word], word: &str) -> Result<(String, &'a [Word]), String> {
    match rest.split_first() {
        Some((Word::Text(name), rest)) => Ok((name.clone(), trimmed(rest))),
        _ => Err(format!("{word} needs a name in quotes")),
    }
}

fn trimmed(mut words: &[Word]) -> &[Word] {
    while let Some((Word::Space, rest)) = words.split_first() {
        words = rest;
    }
    while let Some((Word::Space, rest)) = words.split_last() {
        words = rest;
    }
    words
}

/// The variables before `:=` or `=`, whether they are there already, and what is behind.
fn declaration(words: &[Word]) -> Result<(Vec<String>, bool, &[Word]), String> {
    let mut depth = 0_usize;
    let place = words.iter().position(|word| {
        match word {
            Word::Open => depth += 1,
            Word::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(word, Word::Declare | Word::Assign)
    });
    let Some(place) = place else {
        return Ok((Vec::new(), false, words));
    };
    let mut variables = Vec::new();
    for word in &words[..place] {
        match word {
            Word::Variable(names) if names.len() == 1 && names[0] != "$" => {
                variables.push(names[0].clone())
            }
            Word::Space | Word::Comma => {}
            _ => return Err("only variables can be given a value".to_owned()),
        }
    }
    if variables.is_empty() || variables.len() > 2 {
        return Err("one variable is given a value, or two in a range".to_owned());
    }
    Ok((variables, words[place] == Word::Assign, &words[place + 1..]))
}

/// The commands between the `|` of this level.
fn cut(words: &[Word]) -> Result<Vec<&[Word]>, String> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, word) in words.iter().enumerate() {
        match word {
            Word::Open => depth += 1,
            Word::Close => {
                depth = depth
                    .checked_sub(1)
                    .ok_or("a parenthesis is closed that is not open")?
            }
            Word::Pipe if depth == 0 => {
                parts.push(&words[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&words[from..]);
    Ok(parts)
}

/// Where the parenthesis ends that was opened before these words.
fn closing(words: &[Word]) -> Option<usize> {
    let mut depth = 1_usize;
    words.iter().position(|word| {
        match word {
            Word::Open => depth += 1,
            Word::Close => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}
