//! What a template comes to.

use super::common::{LONGEST, TOO_LONG};
use super::parse::{Branch, Piece, Pipe, Term};
use super::print::plain;
use super::value::Value;
use super::{Parsed, Scope, builtin, escape};

/// As many bytes that a function is given count as one step.
const BYTES_A_STEP: usize = 64;
/// What a regular expression costs more than another function, because it is built each time.
const PATTERN_STEPS: usize = 50;
const ENDLESS: &str = "the text has no end";
/// How deeply templates may use each other.
const DEEPEST: usize = 100;
/// How many lists of pieces may be open at a time, in all templates together.
const MOST_NESTED: usize = 200;

pub(super) fn run(parsed: &Parsed, scope: &Scope<'_>) -> Result<String, String> {
    let given = scope.variables.iter();
    let given = given.map(|(name, value)| ((*name).to_owned(), value.clone()));
    let mut run = Run {
        parsed,
        scope,
        variables: std::iter::once(("$".to_owned(), scope.dot.clone()))
            .chain(given)
            .collect(),
        out: String::new(),
        steps: 0,
        depth: 0,
        nested: 0,
    };
    run.pieces(&parsed.pieces, &scope.dot)?;
    match run.out.len() > scope.bounds.bytes {
        true => Err(ENDLESS.to_owned()),
        false => Ok(run.out),
    }
}

struct Run<'a> {
    parsed: &'a Parsed,
    scope: &'a Scope<'a>,
    variables: Vec<(String, Value)>,
    out: String,
    steps: usize,
    depth: usize,
    /// How many lists of pieces are open.
    nested: usize,
}

/// How a list of pieces ended.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

impl Run<'_> {
    fn pieces(&mut self, pieces: &[Piece], dot: &Value) -> Result<Flow, String> {
        self.nested += 1;
        if self.nested > MOST_NESTED {
            return Err("actions are nested too deeply".to_owned());
        }
        let flow = self.each(pieces, dot);
        self.nested -= 1;
        flow
    }

    /// Counts what is done; a template that does too much is broken off.
    fn work(&mut self, steps: usize) -> Result<(), String> {
        self.steps = self.steps.saturating_add(steps);
        let bounds = self.scope.bounds;
        match self.steps > bounds.steps || self.out.len() > bounds.bytes {
            true => Err(ENDLESS.to_owned()),
            false => Ok(()),
        }
    }

    fn say(&mut self, value: &Value) {
        match value {
            Value::Html(html) => self.out.push_str(html),
            value if self.scope.is_html => {
                let escaped = escape::value(&self.out, &plain(value));
                self.out.push_str(&escaped);
            }
            value => self.out.push_str(&plain(value)),
        }
    }

    fn each(&mut self, pieces: &[Piece], dot: &Value) -> Result<Flow, String> {
        for piece in pieces {
            self.work(1)?;
            let flow = self.piece(piece, dot)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn piece(&mut self, piece: &Piece, dot: &Value) -> Result<Flow, String> {
        match piece {
            Piece::Text(text) => self.out.push_str(text),
            Piece::Say(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() {
                    self.say(&value);
                }
            }
            Piece::If(branch) | Piece::With(branch) => {
                let known = self.variables.len();
                let value = self.pipe(&branch.pipe, dot)?;
                let is_true = value.is_true();
                let inner = if matches!(piece, Piece::With(_)) && is_true {
                    &value
                } else {
                    dot
                };
                let flow = self.pieces(
                    if is_true {
                        &branch.then
                    } else {
                        &branch.otherwise
                    },
                    inner,
                );
                self.variables.truncate(known);
                return flow;
            }
            Piece::Range(branch) => {
                let known = self.variables.len();
                let flow = self.range(branch, dot);
                self.variables.truncate(known);
                return flow;
            }
            Piece::Use(name, pipe) => {
                let given = match pipe {
                    Some(pipe) => self.pipe(pipe, dot)?,
                    None => Value::Nothing,
                };
                self.used(name, &given)?;
            }
            Piece::Break => return Ok(Flow::Break),
            Piece::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    fn used(&mut self, name: &str, given: &Value) -> Result<(), String> {
        let scope = self.scope;
        let elsewhere = || scope.library.and_then(|library| library.0.get(name));
        let defined = self.parsed.defined.get(name).or_else(elsewhere);
        let pieces = defined.ok_or_else(|| format!("template {name:?} not defined"))?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("templates use each other without an end".to_owned());
        }
        let variables = vec![("$".to_owned(), given.clone())];
        let variables = std::mem::replace(&mut self.variables, variables);
        let done = self.pieces(pieces, given);
        self.variables = variables;
        self.depth -= 1;
        done.map(drop)
    }

    fn range(&mut self, branch: &Branch, dot: &Value) -> Result<Flow, String> {
        // The variables are those of each turn, so the pipe itself declares none.
        let bare = Pipe {
            variables: Vec::new(),
            assigns: false,
            commands: branch.pipe.commands.clone(),
        };
        let items: Vec<(Value, Value)> = match self.pipe(&bare, dot)?.opened() {
            Value::List(items) => (0..).map(Value::Whole).zip(items.iter().cloned()).collect(),
            Value::Texts(texts) => {
                let pairs = texts.into_iter();
                pairs
                    .map(|(name, value)| (Value::Text(name), Value::Text(value)))
                    .collect()
            }
            Value::Values(values) => values
                .into_iter()
                .map(|(name, value)| (Value::Text(name), value))
                .collect(),
            Value::Nothing => Vec::new(),
            other => return Err(format!("range can't iterate over {}", plain(&other))),
        };
        if items.is_empty() {
            return self.pieces(&branch.otherwise, dot);
        }
        for (key, item) in items {
            self.work(1)?;
            let known = self.variables.len();
            match branch.pipe.variables.as_slice() {
                [] => {}
                [of_item] => self.give(of_item, item.clone(), branch.pipe.assigns)?,
                [of_key, of_item, ..] => {
                    self.give(of_key, key, branch.pipe.assigns)?;
                    self.give(of_item, item.clone(), branch.pipe.assigns)?;
                }
            }
            let flow = self.pieces(&branch.then, &item)?;
            self.variables.truncate(known);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn give(&mut self, name: &str, value: Value, assigns: bool) -> Result<(), String> {
        if !assigns {
            self.variables.push((name.to_owned(), value));
            return Ok(());
        }
        let known = self
            .variables
            .iter_mut()
            .rev()
            .find(|(known, _)| known == name);
        let known = known.ok_or_else(|| format!("undefined variable {name:?}"))?;
        known.1 = value;
        Ok(())
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Value) -> Result<Value, String> {
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.unwrap_or(Value::Nothing);
        if let [name] = pipe.variables.as_slice() {
            self.give(name, value.clone(), pipe.assigns)?;
        }
        Ok(value)
    }

    fn command(
        &mut self,
        terms: &[Term],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value, String> {
        let Some((first, rest)) = terms.split_first() else {
            return Err("a command is missing".to_owned());
        };
        let name = match first {
            Term::Name(name) => name,
            other if rest.is_empty() && last.is_none() => return self.term(other, dot),
            other => return self.method(other, rest, dot, last),
        };
        if matches!(name.as_str(), "and" | "or") {
            return self.shortened(name == "or", rest, dot, last);
        }
        let given = self.given(rest, dot, last)?;
        if matches!(name.as_str(), "match" | "reReplaceAll") {
            self.work(PATTERN_STEPS)?;
        }
        let said = match (self.scope.call)(name, &given) {
            Some(said) => said,
            None => builtin::call(name, &given),
        };
        let said = said.map_err(|error| format!("error calling {name}: {error}"))?;
        match said.bytes() > self.scope.bounds.bytes {
            true => Err(format!("error calling {name}: {TOO_LONG}")),
            false => Ok(said),
        }
    }

    /// What a function or a method is given.
    fn given(
        &mut self,
        terms: &[Term],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Vec<Value>, String> {
        let mut given = Vec::with_capacity(terms.len() + 1);
        let mut bytes = last.as_ref().map_or(0, Value::bytes);
        for term in terms {
            let value = self.term(term, dot)?;
            bytes = bytes.saturating_add(value.bytes());
            if bytes > LONGEST {
                return Err(TOO_LONG.to_owned());
            }
            given.push(value);
        }
        given.extend(last);
        self.work(1 + bytes / BYTES_A_STEP)?;
        Ok(given)
    }

    /// The last name of a chain, given something: `.CommonLabels.Remove .GroupLabels.Names`.
    fn method(
        &mut self,
        term: &Term,
        rest: &[Term],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value, String> {
        let of = |names: &[String]| {
            names
                .split_last()
                .map(|(name, of)| (name.clone(), of.to_vec()))
        };
        let found = match term {
            Term::Field(names) => of(names).map(|(name, of)| (name, Term::Field(of))),
            Term::Variable(names) if names.len() > 1 => {
                of(names).map(|(name, of)| (name, Term::Variable(of)))
            }
            Term::Pipe(pipe, names) => {
                of(names).map(|(name, of)| (name, Term::Pipe(pipe.clone(), of)))
            }
            _ => None,
        };
        let Some((name, of)) = found else {
            return Err("what is given arguments is no function".to_owned());
        };
        let of = self.term(&of, dot)?;
        let given = self.given(rest, dot, last)?;
        let said = of.get(&name, &given)?;
        match said.bytes() > self.scope.bounds.bytes {
            true => Err(format!("error calling {name}: {TOO_LONG}")),
            false => Ok(said),
        }
    }

    /// `and` and `or` look at no more than they have to.
    fn shortened(
        &mut self,
        ends_at: bool,
        terms: &[Term],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value, String> {
        let mut value = None;
        for term in terms {
            let found = self.term(term, dot)?;
            if found.is_true() == ends_at {
                return Ok(found);
            }
            value = Some(found);
        }
        last.or(value)
            .ok_or_else(|| "and, or: something has to be given".to_owned())
    }

    fn term(&mut self, term: &Term, dot: &Value) -> Result<Value, String> {
        match term {
            Term::Name(_) => self.command(std::slice::from_ref(term), dot, None),
            Term::Field(names) => self.below(dot.clone(), names),
            Term::Variable(names) => {
                let known = self
                    .variables
                    .iter()
                    .rev()
                    .find(|(known, _)| *known == names[0]);
                let known = known.ok_or_else(|| format!("undefined variable {:?}", names[0]))?;
                self.below(known.1.clone(), &names[1..])
            }
            Term::Pipe(pipe, names) => {
                let value = self.pipe(pipe, dot)?;
                self.below(value, names)
            }
            Term::Text(text) => Ok(Value::Text(text.clone())),
            Term::Whole(whole) => Ok(Value::Whole(*whole)),
            Term::Number(number) => Ok(Value::Number(*number)),
            Term::Bool(is_true) => Ok(Value::Bool(*is_true)),
            Term::Nil => Ok(Value::Nothing),
        }
    }

    fn below(&self, value: Value, names: &[String]) -> Result<Value, String> {
        names
            .iter()
            .try_fold(value, |value, name| value.get(name, &[]))
    }
}
