//! The outline of a text: whether it has the form of a query, and which parts it has.

mod labels;

use super::Mistake;

/// How deeply the outline is followed; the engine's own bound is nearer.
const DEEPEST: usize = 210;

/// A part of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Where its name ends, if it begins with one.
    pub(super) head: usize,
    /// Whether it is a condition on a label, and not an expression.
    pub(super) is_matcher: bool,
}

/// The reader of a text.
pub(super) struct Outline<'a> {
    text: &'a str,
    at: usize,
    /// Where the newest word ends, and where the space behind it does.
    behind: usize,
    skipped: usize,
    depth: usize,
    parts: Vec<Part>,
}

type Read = Result<(), Mistake>;

const AGGREGATIONS: [&str; 14] = [
    "avg",
    "bottomk",
    "count",
    "count_values",
    "group",
    "limit_ratio",
    "limitk",
    "max",
    "min",
    "quantile",
    "stddev",
    "stdvar",
    "sum",
    "topk",
];

fn is_one(word: &str, of: &[&str]) -> bool {
    of.iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

impl<'a> Outline<'a> {
    /// The parts of a text, the inner ones before those around them.
    ///
    /// # Errors
    /// The first place where it has not the form of a query.
    pub(super) fn of(text: &'a str) -> Result<Vec<Part>, Mistake> {
        let mut outline = Self {
            text,
            at: 0,
            behind: 0,
            skipped: 0,
            depth: 0,
            parts: Vec::new(),
        };
        if outline.next().is_none() {
            return Err(outline.missing("the query is empty"));
        }
        outline.expression()?;
        match outline.next() {
            None => Ok(outline.parts),
            Some(c) => Err(outline.surplus(c)),
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next letter behind space and comments.
    fn next(&mut self) -> Option<char> {
        if self.at != self.skipped {
            self.behind = self.at;
        }
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                self.skipped = self.at;
                return trimmed.chars().next();
            }
            self.at += trimmed.find(['\n', '\r']).unwrap_or(trimmed.len());
        }
    }

    /// Takes a sign where it comes next.
    fn take(&mut self, sign: &str) -> bool {
        self.next();
        let is_next = self.rest().starts_with(sign);
        if is_next {
            self.at += sign.len();
        }
        is_next
    }

    /// The word that comes next; empty where there is none.
    fn word(&mut self) -> &'a str {
        self.next();
        let rest = self.rest();
        &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())]
    }

    /// Takes a word where one of some comes next.
    fn take_word(&mut self, of: &[&str]) -> bool {
        let word = self.word();
        let is_next = !word.is_empty() && is_one(word, of);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Something is missing behind the newest word.
    fn missing(&mut self, message: &str) -> Mistake {
        self.next();
        Mistake {
            message: message.to_owned(),
            from: self.behind,
            to: self.behind,
        }
    }

    /// What comes next is wrong.
    fn wrong(&mut self, message: &str) -> Mistake {
        let word = self.word().len();
        let letter = self.rest().chars().next().map_or(0, char::len_utf8);
        Mistake {
            message: message.to_owned(),
            from: self.at,
            to: self.at + word.max(letter),
        }
    }

    /// An expression is over, and something follows.
    fn surplus(&mut self, c: char) -> Mistake {
        match c {
            ')' | ']' | '}' => self.wrong("nothing is open that this closes"),
            '=' => self.wrong("values are compared with =="),
            c if is_name(c) || matches!(c, '"' | '\'' | '`' | '(' | '{') => {
                self.wrong("an operator is missing before this")
            }
            c => self.wrong(&format!("unexpected {c:?}")),
        }
    }

    /// The bracket at a place has no other.
    fn unclosed(&self, from: usize) -> Mistake {
        Mistake {
            message: "this bracket is never closed".to_owned(),
            from,
            to: from + 1,
        }
    }

    fn part(&mut self, from: usize, head: usize, is_matcher: bool) {
        // Behind it there may be space, which is not looked at.
        let to = self.at;
        self.parts.push(Part {
            from,
            to,
            head,
            is_matcher,
        });
    }

    fn expression(&mut self) -> Read {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.missing("the query is nested too deeply"));
        }
        self.next();
        let from = self.at;
        self.operand()?;
        let mut end = self.at;
        let mut is_binary = false;
        while self.operator() {
            is_binary = true;
            self.modifiers()?;
            self.operand()?;
            end = self.at;
        }
        if is_binary {
            let behind = std::mem::replace(&mut self.at, end);
            self.part(from, from, false);
            self.at = behind;
        }
        self.depth -= 1;
        Ok(())
    }

    fn operator(&mut self) -> bool {
        let signs = [
            "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "^",
        ];
        signs.iter().any(|sign| self.take(sign))
            || self.take_word(&["and", "or", "unless", "atan2"])
    }

    fn modifiers(&mut self) -> Read {
        self.take_word(&["bool"]);
        if self.take_grouping(&["on", "ignoring"]) {
            self.labels()?;
            if self.take_word(&["group_left", "group_right"]) && self.next() == Some('(') {
                self.labels()?;
            }
        }
        Ok(())
    }

    /// Takes a word that labels follow; without them it is the name of a metric.
    fn take_grouping(&mut self, of: &[&str]) -> bool {
        let before = self.at;
        let is_next = self.take_word(of) && self.next() == Some('(');
        if !is_next {
            self.at = before;
        }
        is_next
    }

    fn operand(&mut self) -> Read {
        self.next();
        let from = self.at;
        let mut signs = 0;
        while self.take("-") || self.take("+") {
            signs += 1;
        }
        self.next();
        let begin = self.at;
        self.primary()?;
        let mut end = self.at;
        while self.postfix()? {
            end = self.at;
            self.part(begin, begin, false);
        }
        if signs > 0 {
            let behind = std::mem::replace(&mut self.at, end);
            self.part(from, from, false);
            self.at = behind;
        }
        Ok(())
    }

    fn primary(&mut self) -> Read {
        let from = self.at;
        match self.next() {
            None => Err(self.missing("the query ends where an expression is missing")),
            Some('(') => {
                self.at += 1;
                self.expression()?;
                self.close(from)
            }
            Some('{') => {
                self.matchers()?;
                self.part(from, from, false);
                Ok(())
            }
            Some('"' | '\'' | '`') => self.quoted(),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if is_name(c) => self.named(),
            Some(')' | ']' | '}') if self.depth == 1 => {
                Err(self.wrong("nothing is open that this closes"))
            }
            Some(c) if c.is_ascii() && !";!\\~?&|$".contains(c) => {
                Err(self.wrong("an expression is missing before this"))
            }
            Some(c) => Err(self.wrong(&format!("unexpected {c:?}"))),
        }
    }

    /// The end of a parenthesis that was opened at a place.
    fn close(&mut self, open: usize) -> Read {
        match self.next() {
            Some(')') => {
                self.at += 1;
                Ok(())
            }
            None | Some(']' | '}') => Err(self.unclosed(open)),
            Some(',') => Err(self.wrong("only functions take several expressions")),
            Some(c) => Err(self.surplus(c)),
        }
    }

    /// A function, an aggregation or a metric.
    fn named(&mut self) -> Read {
        let from = self.at;
        let name = self.word();
        self.at += name.len();
        let (head, behind) = (self.at, self.at);
        let is_number = is_one(name, &["inf", "nan"]);
        if is_one(name, &AGGREGATIONS) {
            let groups = self.take_word(&["by", "without"]);
            if groups {
                self.labels()?;
                if self.next() != Some('(') {
                    return Err(self.wrong("a parenthesis with an expression is expected"));
                }
            }
        }
        match self.next() {
            Some('(') => {
                self.arguments()?;
                let behind = self.at;
                if is_one(name, &AGGREGATIONS) && self.take_word(&["by", "without"]) {
                    self.labels()?;
                } else {
                    self.at = behind;
                }
                self.part(from, head, false);
            }
            Some('{') => {
                self.matchers()?;
                self.part(from, head, false);
            }
            _ => {
                self.at = behind;
                if !is_number {
                    self.part(from, head, false);
                }
            }
        }
        Ok(())
    }

    fn arguments(&mut self) -> Read {
        let open = self.at;
        self.at += 1;
        if self.take(")") {
            return Ok(());
        }
        loop {
            self.expression()?;
            if !self.take(",") {
                return self.close(open);
            }
        }
    }

    fn number(&mut self) -> Read {
        let rest = self.rest();
        let mut before = ' ';
        let end = rest.find(|c: char| {
            let is_sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
            before = c;
            !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || is_sign)
        });
        let from = self.at;
        self.at += end.unwrap_or(rest.len());
        self.part(from, from, false);
        Ok(())
    }

    /// A range, an offset or a time behind an operand.
    fn postfix(&mut self) -> Result<bool, Mistake> {
        let before = self.at;
        let open = match self.next() {
            Some('[') => self.at,
            Some('@') => {
                self.at += 1;
                return self.time().map(|()| true);
            }
            _ if self.take_word(&["offset"]) => {
                let _is_signed = self.take("-") || self.take("+");
                return self.duration().map(|()| true);
            }
            _ => {
                self.at = before;
                return Ok(false);
            }
        };
        self.at += 1;
        self.duration()?;
        if self.take(":") && self.next() != Some(']') {
            self.duration()?;
        }
        match self.next() {
            Some(']') => self.at += 1,
            None | Some(')' | '}') => return Err(self.unclosed(open)),
            Some(_) => return Err(self.wrong("a length of time such as 5m is expected")),
        }
        Ok(true)
    }

    fn duration(&mut self) -> Read {
        let message = "a length of time such as 5m is expected";
        match self.next() {
            Some(c) if c.is_ascii_digit() || c == '.' => {
                let rest = self.rest();
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
                self.at += end.unwrap_or(rest.len());
                Ok(())
            }
            None | Some(']') => Err(self.missing(message)),
            Some(_) => Err(self.wrong(message)),
        }
    }

    fn time(&mut self) -> Read {
        let _is_signed = self.take("-") || self.take("+");
        let message = "a time in seconds, start() or end() is expected";
        match self.next() {
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            None => Err(self.missing(message)),
            Some(_) if self.take_word(&["start", "end"]) => {
                match self.take("(") && self.take(")") {
                    true => Ok(()),
                    false => Err(self.missing("parentheses are expected")),
                }
            }
            Some(_) => Err(self.wrong(message)),
        }
    }
}
