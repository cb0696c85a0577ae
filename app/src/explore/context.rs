//! What can stand where the cursor is: the pure part of completion.

use super::lexer::{AGGREGATIONS, GROUPING, Kind, Token, is_one, tokens};

/// What is wanted at a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A metric or a function, or one of these words.
    Operand(Vec<&'static str>),
    /// One of these words.
    Word(Vec<&'static str>),
    /// The name of a label of a metric; of any where it is empty.
    LabelName {
        metric: String,
        /// Whether a condition on its value follows.
        is_matcher: bool,
    },
    /// A value of a label.
    LabelValue {
        label: String,
        /// Of which metric; of any where it is empty.
        metric: String,
        /// Whether the text is a regular expression.
        is_regex: bool,
        quotes: Quotes,
    },
    /// A length of time.
    Duration,
    /// Nothing that is known.
    Nothing,
}

/// What is missing around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// Both.
    Both,
    /// Begun with this one, which is not repeated at the end.
    Last(char),
    /// Neither; this one is around it.
    Neither(char),
}

/// What is wanted where the cursor is, and what of the text it replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) wanted: Wanted,
    /// Where what is replaced begins, in bytes.
    pub(crate) from: usize,
    /// Where it ends.
    pub(crate) to: usize,
    /// What of it stands before the cursor.
    pub(crate) typed: String,
}

impl Place {
    /// Whether words are offered without being asked for: something has been typed of one, or only a few
    /// can stand here.
    pub(crate) fn offers_itself(&self) -> bool {
        match &self.wanted {
            Wanted::Nothing => false,
            Wanted::Operand(_) | Wanted::Word(_) => !self.typed.is_empty(),
            Wanted::LabelName { .. } | Wanted::LabelValue { .. } | Wanted::Duration => true,
        }
    }
}

/// What may stand between an operator and its second operand.
const AFTER_OPERATOR: [&str; 4] = ["on", "ignoring", "group_left", "group_right"];
/// What may follow an operand.
const AFTER_OPERAND: [&str; 5] = ["offset", "and", "or", "unless", "atan2"];
/// What may follow an aggregation, or its name.
const GROUPINGS: [&str; 2] = ["by", "without"];

/// What is wanted at the cursor, which stands so many bytes into the text.
pub(crate) fn place(text: &str, cursor: usize) -> Place {
    let all = tokens(text);
    // The word that the cursor is in or behind.
    let at = all
        .iter()
        .rposition(|token| token.from < cursor && cursor <= token.to);
    let here = at.map(|at| all[at]);
    let is_word = |token: &Token| {
        matches!(
            token.kind,
            Kind::Metric
                | Kind::Function
                | Kind::Keyword
                | Kind::Label
                | Kind::Number
                | Kind::Duration
                | Kind::Variable
        )
    };
    let word = here.filter(is_word);
    let known = match (at, word) {
        (Some(at), Some(_)) => &all[..at],
        (Some(at), None) => &all[..=at],
        (None, _) => &all[..0],
    };
    let view = View {
        text,
        all: &all,
        known,
    };
    let (from, to) = word.map_or((cursor, cursor), |word| (word.from, word.to));
    let typed = text.get(from..cursor).unwrap_or_default().to_owned();
    let of = |wanted| Place {
        wanted,
        from,
        to,
        typed: typed.clone(),
    };
    match here {
        // Behind the last quote nothing is wanted of what is between them.
        Some(token) if token.kind == Kind::Text && (token.is_open || cursor < token.to) => {
            view.in_quotes(token, cursor)
        }
        Some(token) if token.kind == Kind::Comment => of(Wanted::Nothing),
        _ => of(view.wanted(word)),
    }
}

struct View<'a> {
    text: &'a str,
    all: &'a [Token],
    /// The words before the one at the cursor.
    known: &'a [Token],
}

impl View<'_> {
    fn of(&self, token: Token) -> &str {
        token.of(self.text)
    }

    /// The words before the cursor, the nearest first.
    fn back(&self) -> impl Iterator<Item = Token> {
        let is_word = |token: &Token| !matches!(token.kind, Kind::Space | Kind::Comment);
        self.known.iter().rev().copied().filter(is_word)
    }

    fn wanted(&self, word: Option<Token>) -> Wanted {
        match self.opened() {
            Some((at, "{")) => self.in_braces(at),
            Some((at, "[")) => self.in_brackets(at),
            Some((at, "(")) if self.groups(at) => self.in_grouping(at),
            _ => match (self.in_expression(), word.map(|word| word.kind)) {
                // Nobody who writes a number looks for a name.
                (Wanted::Operand(_) | Wanted::Word(_), Some(Kind::Number | Kind::Duration)) => {
                    Wanted::Nothing
                }
                (wanted, _) => wanted,
            },
        }
    }

    /// The bracket that is open at the cursor, and its place among the words.
    fn opened(&self) -> Option<(usize, &'static str)> {
        let mut depth = 0_usize;
        for (at, token) in self.known.iter().enumerate().rev() {
            let open = match self.of(*token) {
                _ if token.kind != Kind::Mark => continue,
                ")" | "}" | "]" => {
                    depth += 1;
                    continue;
                }
                "(" => "(",
                "{" => "{",
                "[" => "[",
                _ => continue,
            };
            match depth {
                0 => return Some((at, open)),
                _ => depth -= 1,
            }
        }
        None
    }

    /// The word before a place that is neither space nor comment.
    fn before(&self, at: usize) -> Option<Token> {
        View {
            known: &self.known[..at],
            ..*self
        }
        .back()
        .next()
    }

    /// Whether the parenthesis at a place holds names of labels.
    fn groups(&self, at: usize) -> bool {
        self.before(at)
            .is_some_and(|token| token.kind == Kind::Keyword && is_one(self.of(token), &GROUPING))
    }

    fn in_braces(&self, brace: usize) -> Wanted {
        let metric = self.metric(brace);
        let mut back = self.back();
        let Some(before) = back.next() else {
            return Wanted::Nothing;
        };
        match self.of(before) {
            "{" | "," => Wanted::LabelName {
                metric,
                is_matcher: true,
            },
            "=" | "!=" | "=~" | "!~" => {
                let label = back.next().map(|token| self.of(token).to_owned());
                Wanted::LabelValue {
                    label: label.unwrap_or_default(),
                    metric,
                    is_regex: self.of(before).ends_with('~'),
                    quotes: Quotes::Both,
                }
            }
            _ if before.kind == Kind::Label => Wanted::Word(vec!["=", "!=", "=~", "!~"]),
            _ => Wanted::Nothing,
        }
    }

    /// The metric of the selector whose brace stands at a place.
    fn metric(&self, brace: usize) -> String {
        if let Some(before) = self.before(brace)
            && before.kind == Kind::Metric
            && before.to == self.known[brace].from
        {
            return self.of(before).to_owned();
        }
        // `{"a.metric", …}` or `{__name__="metric", …}`, on either side of the cursor.
        let inside = self.all[brace + 1..].iter().copied();
        let inside = inside.filter(|token| token.kind != Kind::Space);
        let inside: Vec<Token> = inside.take_while(|token| self.of(*token) != "}").collect();
        let texts = inside
            .iter()
            .enumerate()
            .filter(|(_, token)| token.kind == Kind::Text);
        for (at, token) in texts {
            let before = |back: usize| at.checked_sub(back).map(|at| self.of(inside[at]));
            let is_name = match before(1) {
                None | Some(",") => !matches!(
                    inside.get(at + 1).map(|token| self.of(*token)),
                    Some("=" | "!=" | "=~" | "!~")
                ),
                Some("=") => before(2) == Some("__name__"),
                Some(_) => false,
            };
            if is_name && !token.is_open {
                return unquoted(self.of(*token));
            }
        }
        String::new()
    }

    fn in_brackets(&self, bracket: usize) -> Wanted {
        // A number or a duration has been written already: there is nothing to choose.
        let written = self.known[bracket + 1..]
            .iter()
            .rev()
            .find(|token| token.kind != Kind::Space);
        match written.map(|token| self.of(*token)) {
            None | Some(":") => Wanted::Duration,
            Some(_) => Wanted::Nothing,
        }
    }

    fn in_grouping(&self, parenthesis: usize) -> Wanted {
        let names = self.known[parenthesis + 1..].iter().rev();
        let before = names.clone().find(|token| token.kind != Kind::Space);
        match before.map(|token| self.of(*token)) {
            None | Some(",") => {}
            Some(_) => return Wanted::Nothing,
        }
        let is_metric = |token: &&Token| token.kind == Kind::Metric;
        let keyword = self.before(parenthesis).map(|token| self.of(token));
        let behind = self.all[parenthesis..].iter().find(is_metric);
        let ahead = self.known[..parenthesis].iter().rev().find(is_metric);
        // `sum by (…) (metric)`, but `sum(metric) by (…)` and `metric / on (…)`.
        let known = &self.known[..parenthesis];
        let before = View { known, ..*self }.back().nth(1);
        let follows = before.is_some_and(|token| self.of(token) == ")");
        let stands_first = keyword.is_some_and(|word| is_one(word, &GROUPINGS)) && !follows;
        let metric = match stands_first {
            true => behind.or(ahead),
            false => ahead.or(behind),
        };
        let metric = metric.map(|token| self.of(*token).to_owned());
        Wanted::LabelName {
            metric: metric.unwrap_or_default(),
            is_matcher: false,
        }
    }

    fn in_expression(&self) -> Wanted {
        let mut back = self.back();
        let Some(before) = back.next() else {
            return Wanted::Operand(Vec::new());
        };
        let said = self.of(before);
        match before.kind {
            Kind::Operator if said == "@" => Wanted::Word(vec!["start()", "end()"]),
            Kind::Operator if is_sign_of_offset(said, back.next().map(|token| self.of(token))) => {
                Wanted::Duration
            }
            Kind::Operator => {
                let compares = matches!(said, "==" | "!=" | "<" | ">" | "<=" | ">=");
                let mut words = AFTER_OPERATOR[..2].to_vec();
                words.extend(compares.then_some("bool"));
                Wanted::Operand(words)
            }
            Kind::Keyword if is_one(said, &["offset"]) => Wanted::Duration,
            Kind::Keyword if is_one(said, &["bool", "and", "or", "unless", "atan2"]) => {
                Wanted::Operand(AFTER_OPERATOR[..2].to_vec())
            }
            Kind::Keyword => Wanted::Operand(Vec::new()),
            Kind::Mark if matches!(said, "(" | ",") => Wanted::Operand(Vec::new()),
            Kind::Mark if said == ")" => self.after_parenthesis(),
            Kind::Unknown | Kind::Variable => Wanted::Nothing,
            // Two words without anything between them: the second is an operator or a modifier.
            Kind::Function | Kind::Metric if is_one(said, &AGGREGATIONS) => {
                Wanted::Word([&GROUPINGS[..], &AFTER_OPERAND[..]].concat())
            }
            _ => Wanted::Word(AFTER_OPERAND.to_vec()),
        }
    }

    /// Behind a parenthesis that is closed.
    fn after_parenthesis(&self) -> Wanted {
        let mut depth = 0_usize;
        for (at, token) in self.known.iter().enumerate().rev() {
            match self.of(*token) {
                _ if token.kind != Kind::Mark => continue,
                ")" => depth += 1,
                "(" => depth = depth.saturating_sub(1),
                _ => continue,
            }
            if depth > 0 {
                continue;
            }
            let opener = self.before(at);
            let word = opener.map_or("", |token| self.of(token));
            return match opener.map(|token| token.kind) {
                Some(Kind::Function) if is_one(word, &AGGREGATIONS) => {
                    Wanted::Word([&GROUPINGS[..], &AFTER_OPERAND[..]].concat())
                }
                // `sum by (…)` and `a / on (…)` want what they are about.
                Some(Kind::Keyword) if is_one(word, &["on", "ignoring"]) => {
                    Wanted::Operand(AFTER_OPERATOR[2..].to_vec())
                }
                Some(Kind::Keyword) if is_one(word, &["group_left", "group_right"]) => {
                    Wanted::Operand(Vec::new())
                }
                Some(Kind::Keyword) if is_one(word, &GROUPINGS) => {
                    let before = View {
                        known: &self.known[..at],
                        ..*self
                    };
                    let of_call = before.back().nth(1).map(|token| self.of(token)) == Some(")");
                    match of_call {
                        true => Wanted::Word(AFTER_OPERAND.to_vec()),
                        false => Wanted::Nothing,
                    }
                }
                _ => Wanted::Word(AFTER_OPERAND.to_vec()),
            };
        }
        Wanted::Word(AFTER_OPERAND.to_vec())
    }

    /// In a text in quotes: the value of a label, where it is one.
    fn in_quotes(&self, token: Token, cursor: usize) -> Place {
        let nothing = Place {
            wanted: Wanted::Nothing,
            from: cursor,
            to: cursor,
            typed: String::new(),
        };
        let known = &self.known[..self.known.len().saturating_sub(1)];
        let before = View { known, ..*self };
        let wanted = match before.opened() {
            Some((at, "{")) => before.in_braces(at),
            _ => return nothing,
        };
        let Wanted::LabelValue {
            label,
            metric,
            is_regex,
            ..
        } = wanted
        else {
            return nothing;
        };
        let quote = self.of(token).chars().next().unwrap_or('"');
        let (mut from, mut to) = (token.from + 1, token.to - usize::from(!token.is_open));
        if is_regex {
            // One of several values.
            let written = self.text.get(from..cursor).unwrap_or_default();
            let rest = self.text.get(cursor..to).unwrap_or_default();
            from += written.rfind(['|', '(']).map_or(0, |at| at + 1);
            to = rest.find(['|', ')']).map_or(to, |at| cursor + at);
        }
        let quotes = match token.is_open {
            true => Quotes::Last(quote),
            false => Quotes::Neither(quote),
        };
        Place {
            wanted: Wanted::LabelValue {
                label,
                metric,
                is_regex,
                quotes,
            },
            from,
            to,
            typed: self.text.get(from..cursor).unwrap_or_default().to_owned(),
        }
    }
}

fn is_sign_of_offset(said: &str, before: Option<&str>) -> bool {
    matches!(said, "-" | "+") && before.is_some_and(|word| is_one(word, &["offset"]))
}

/// What stands between quotes.
fn unquoted(quoted: &str) -> String {
    let inner = quoted.get(1..quoted.len().saturating_sub(1));
    inner
        .unwrap_or_default()
        .replace("\\\"", "\"")
        .replace("\\\\", "\\")
}

#[cfg(test)]
mod tests;
