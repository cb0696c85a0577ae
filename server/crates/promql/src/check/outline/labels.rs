//! What is said about labels: their names in parentheses, conditions in braces, texts in quotes.

use super::{Mistake, Outline, Read, is_name};

impl Outline<'_> {
    /// Names of labels in parentheses.
    pub(super) fn labels(&mut self) -> Read {
        self.next();
        let open = self.at;
        if !self.take("(") {
            return Err(self.wrong("a parenthesis with names of labels is expected"));
        }
        loop {
            match self.next() {
                Some(')') => break,
                Some('"' | '\'' | '`') => self.quoted()?,
                Some(c) if is_name(c) && !c.is_ascii_digit() => self.at += self.word().len(),
                None => return Err(self.unclosed(open)),
                Some(_) => return Err(self.wrong("the name of a label is expected")),
            }
            if !self.take(",") {
                break;
            }
        }
        match self.next() {
            Some(')') => self.at += 1,
            None => return Err(self.unclosed(open)),
            Some(_) => return Err(self.wrong("a comma is missing before this")),
        }
        Ok(())
    }

    pub(super) fn matchers(&mut self) -> Read {
        self.next();
        let open = self.at;
        self.at += 1;
        loop {
            let from = match self.next() {
                Some('}') => break,
                None => return Err(self.unclosed(open)),
                Some(_) => self.at,
            };
            self.matcher(open)?;
            self.part(from, from, true);
            if !self.take(",") {
                break;
            }
        }
        match self.next() {
            Some('}') => {
                self.at += 1;
                Ok(())
            }
            None => Err(self.unclosed(open)),
            Some(_) => Err(self.wrong("a comma is missing before this")),
        }
    }

    fn matcher(&mut self, open: usize) -> Read {
        let is_quoted = matches!(self.next(), Some('"' | '\'' | '`'));
        match self.next() {
            _ if is_quoted => self.quoted()?,
            Some(c) if is_name(c) && !c.is_ascii_digit() => self.at += self.word().len(),
            _ => return Err(self.wrong("the name of a label is expected")),
        }
        let behind = self.at;
        match self.next() {
            // A name of a metric in quotes stands alone.
            Some(',' | '}') if is_quoted => {
                self.at = behind;
                return Ok(());
            }
            None => return Err(self.unclosed(open)),
            _ => {}
        }
        if !["=~", "!~", "!=", "="].iter().any(|sign| self.take(sign)) {
            let message = "one of =, !=, =~ or !~ is expected";
            return Err(match self.next() {
                Some('}' | ',') => self.missing(message),
                _ => self.wrong(message),
            });
        }
        match self.next() {
            Some('"' | '\'' | '`') => self.quoted(),
            None => Err(self.unclosed(open)),
            Some('}' | ',') => Err(self.missing("a value in quotes is expected")),
            Some(_) => Err(self.wrong("a value is written in quotes")),
        }
    }

    pub(super) fn quoted(&mut self) -> Read {
        let rest = self.rest();
        let quote = rest.chars().next().unwrap_or('"');
        let mut is_escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            if is_escaped {
                is_escaped = false;
            } else if c == '\\' && quote != '`' {
                is_escaped = true;
            } else if c == quote {
                self.at += at + 1;
                return Ok(());
            }
        }
        let line = rest.find('\n').unwrap_or(rest.len());
        Err(Mistake {
            message: "the quotes are never closed".to_owned(),
            from: self.at,
            to: self.at + line,
        })
    }
}
