//! The words of a PromQL text, for colouring and for knowing where the cursor stands. It takes every
//! text: what is wrong with one says the server.

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Space,
    Comment,
    Metric,
    /// A function or an aggregation.
    Function,
    Keyword,
    Label,
    /// In quotes.
    Text,
    Number,
    Duration,
    Operator,
    /// Brackets and commas.
    Mark,
    /// `$step` and the like.
    Variable,
    Unknown,
}

impl Kind {
    /// The name that the style sheet has for it.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Space => "",
            Self::Comment => "comment",
            Self::Metric => "metric",
            Self::Function => "function",
            Self::Keyword => "keyword",
            Self::Label => "label",
            Self::Text => "text",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::Operator => "operator",
            Self::Mark => "mark",
            Self::Variable => "variable",
            Self::Unknown => "unknown",
        }
    }
}

/// A word and where it stands, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Whether it is a text in quotes whose last quote is missing.
    pub(crate) is_open: bool,
}

impl Token {
    /// The word.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.from..self.to).unwrap_or_default()
    }
}

/// Aggregations, which may be followed by `by (…)` instead of their argument.
pub(crate) const AGGREGATIONS: [&str; 12] = [
    "avg",
    "bottomk",
    "count",
    "count_values",
    "group",
    "max",
    "min",
    "quantile",
    "stddev",
    "stdvar",
    "sum",
    "topk",
];
/// Operators that are words.
const SETS: [&str; 4] = ["and", "or", "unless", "atan2"];
/// What stands before names of labels in parentheses.
pub(crate) const GROUPING: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

/// Whether a word is one of some, in whatever case.
pub(crate) fn is_one(word: &str, of: &[&str]) -> bool {
    of.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// All words of a text, without gaps.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        at: 0,
        inside: Inside::Expression,
        parentheses: Vec::new(),
        tokens: Vec::new(),
    };
    while let Some(first) = lexer.rest().chars().next() {
        lexer.next(first);
    }
    lexer.tokens
}

#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Expression,
    Braces,
    Brackets,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    inside: Inside,
    /// Whether each open parenthesis holds names of labels.
    parentheses: Vec<bool>,
    tokens: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let from = self.at;
        self.at += length.max(1);
        self.tokens.push(Token {
            kind,
            from,
            to: self.at,
            is_open: false,
        });
    }

    /// The newest word that is neither space nor comment.
    fn before(&self) -> Option<Token> {
        let mut words = self.tokens.iter().rev();
        let is_word = |token: &&Token| !matches!(token.kind, Kind::Space | Kind::Comment);
        words.find(is_word).copied()
    }

    fn next(&mut self, first: char) {
        let rest = self.rest();
        let run = |is_in: fn(char) -> bool| rest.find(|c| !is_in(c)).unwrap_or(rest.len());
        match first {
            c if c.is_whitespace() => self.push(Kind::Space, run(char::is_whitespace)),
            '#' => self.push(Kind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len())),
            '"' | '\'' | '`' => self.quoted(first),
            '$' => {
                let word = rest[1..].find(|c| !is_name(c)).unwrap_or(rest.len() - 1);
                self.push(Kind::Variable, 1 + word);
            }
            c if c.is_ascii_digit() => self.number(),
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
            c if is_name(c) || c == ':' && self.inside == Inside::Expression => self.word(),
            '(' | ')' | '{' | '}' | '[' | ']' | ',' | ':' => self.mark(first),
            '=' | '!' | '<' | '>' => {
                let second = rest[1..].chars().next();
                let is_two =
                    second.is_some_and(|c| c == '=' || c == '~' && matches!(first, '=' | '!'));
                let kind = match (first, is_two) {
                    ('!', false) => Kind::Unknown,
                    _ => Kind::Operator,
                };
                self.push(kind, if is_two { 2 } else { 1 });
            }
            '+' | '-' | '*' | '/' | '%' | '^' | '@' => self.push(Kind::Operator, 1),
            c => self.push(Kind::Unknown, c.len_utf8()),
        }
    }

    fn mark(&mut self, mark: char) {
        match mark {
            '{' => self.inside = Inside::Braces,
            '[' => self.inside = Inside::Brackets,
            '}' | ']' => self.inside = Inside::Expression,
            '(' => {
                let before = self.before();
                let groups = before.is_some_and(|token| {
                    token.kind == Kind::Keyword && is_one(token.of(self.text), &GROUPING)
                });
                self.parentheses.push(groups);
            }
            ')' => {
                self.parentheses.pop();
            }
            _ => {}
        }
        self.push(Kind::Mark, 1);
    }

    /// A text in quotes; one whose last quote is missing ends with its line.
    fn quoted(&mut self, quote: char) {
        let rest = self.rest();
        let (mut is_escaped, mut end, mut is_open) = (false, rest.len(), true);
        for (at, c) in rest.char_indices().skip(1) {
            if is_escaped {
                is_escaped = false;
            } else if c == '\\' && quote != '`' {
                is_escaped = true;
            } else if c == quote {
                (end, is_open) = (at + 1, false);
                break;
            } else if c == '\n' && quote != '`' {
                end = at;
                break;
            }
        }
        self.push(Kind::Text, end);
        if let Some(token) = self.tokens.last_mut() {
            token.is_open = is_open;
        }
    }

    /// `12`, `1.5e-3`, `0x1f`, `5m`, `1h30m`.
    fn number(&mut self) {
        let rest = self.rest();
        let mut before = ' ';
        let is_hex = rest.len() > 1 && rest.as_bytes()[1].eq_ignore_ascii_case(&b'x');
        let mut has_unit = false;
        let end = rest.find(|c: char| {
            let is_sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && !is_hex;
            has_unit |= !is_hex && matches!(c, 's' | 'm' | 'h' | 'd' | 'w' | 'y');
            before = c;
            !(c.is_ascii_alphanumeric() || c == '.' || is_sign)
        });
        let kind = match has_unit || self.inside == Inside::Brackets {
            true => Kind::Duration,
            false => Kind::Number,
        };
        self.push(kind, end.unwrap_or(rest.len()));
    }

    fn word(&mut self) {
        let rest = self.rest();
        let has_colons = self.inside == Inside::Expression;
        let end = rest.find(|c| !(is_name(c) || c == ':' && has_colons));
        let length = end.unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        let kind = match self.inside {
            Inside::Braces => Kind::Label,
            Inside::Brackets => Kind::Unknown,
            Inside::Expression if self.parentheses.last() == Some(&true) => Kind::Label,
            Inside::Expression => self.name(word, after),
        };
        self.push(kind, length);
    }

    /// What a word is that stands where an expression may be.
    fn name(&self, word: &str, after: &str) -> Kind {
        let calls = after.trim_start().starts_with('(');
        if is_one(word, &["nan", "inf"]) {
            return Kind::Number;
        }
        if is_one(word, &SETS) || is_one(word, &["offset", "bool"]) {
            return Kind::Keyword;
        }
        // Both begin what follows an operator, and may stand there without labels.
        if is_one(word, &GROUPING) && (calls || word.len() > 8) {
            return Kind::Keyword;
        }
        let grouped = after.trim_start();
        let grouped = ["by", "without"].iter().any(|word| {
            let begin = grouped.get(..word.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word))
        });
        if calls || grouped && is_one(word, &AGGREGATIONS) {
            return Kind::Function;
        }
        Kind::Metric
    }
}

/// Whether a letter can stand in a name.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words without spaces, each behind the first two letters of its kind.
    fn words(text: &str) -> String {
        let found = tokens(text);
        let mut at = 0;
        for token in &found {
            assert_eq!(token.from, at, "no gaps: {text}");
            at = token.to;
        }
        assert_eq!(at, text.len(), "{text}");
        let shown = found.iter().filter(|token| token.kind != Kind::Space);
        let shown = shown.map(|token| {
            let open = if token.is_open { "…" } else { "" };
            format!("{}:{}{open}", &token.kind.class()[..2], token.of(text))
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_text_has_words() {
        for (text, expected) in [
            ("", ""),
            ("up", "me:up"),
            ("mcp:calls:rate5m > 0.5", "me:mcp:calls:rate5m op:> nu:0.5"),
            (
                "rate(x_total{a=\"b\",c!~'d'}[5m])",
                "fu:rate ma:( me:x_total ma:{ la:a op:= te:\"b\" ma:, la:c op:!~ te:'d' ma:} ma:[ du:5m ma:] ma:)",
            ),
            (
                "sum by (server, by) (up)",
                "fu:sum ke:by ma:( la:server ma:, la:by ma:) ma:( me:up ma:)",
            ),
            (
                "SUM (up) WITHOUT(a)",
                "fu:SUM ma:( me:up ma:) ke:WITHOUT ma:( la:a ma:)",
            ),
            (
                "a / on(b) group_left c",
                "me:a op:/ ke:on ma:( la:b ma:) ke:group_left me:c",
            ),
            (
                "a and b unless c offset -5m",
                "me:a ke:and me:b ke:unless me:c ke:offset op:- du:5m",
            ),
            (
                "a @ start() == bool 1e-3",
                "me:a op:@ fu:start ma:( ma:) op:== ke:bool nu:1e-3",
            ),
            (
                "x[1h30m:1m] + 0x1f - .5 ^ Inf",
                "me:x ma:[ du:1h30m ma:: du:1m ma:] op:+ nu:0x1f op:- nu:.5 op:^ nu:Inf",
            ),
            (
                "rate(x[$window]) # why\n+ 1",
                "fu:rate ma:( me:x ma:[ va:$window ma:] ma:) co:# why op:+ nu:1",
            ),
            ("a{b=\"c\\\"d", "me:a ma:{ la:b op:= te:\"c\\\"d…"),
            ("a{b=\"c\nd", "me:a ma:{ la:b op:= te:\"c… la:d"),
            ("`a\\`", "te:`a\\`"),
            ("a{b=\"c\\", "me:a ma:{ la:b op:= te:\"c\\…"),
            ("é \u{202e} ; !", "un:é un:\u{202e} un:; un:!"),
            ("sum", "me:sum"),
            ("on + by", "me:on op:+ me:by"),
            (") } ] up", "ma:) ma:} ma:] me:up"),
            ("$", "va:$"),
            (
                "{\"a.b\", c=~\"d\"}",
                "ma:{ te:\"a.b\" ma:, la:c op:=~ te:\"d\" ma:}",
            ),
            ("x[5", "me:x ma:[ du:5"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn any_bytes_are_words() {
        // Every cut of a text that has everything, and the text backwards.
        let text = "sum by(é) (rate(a:b{c=~\"d\\\"|é\",`x`='\u{1f600}'}[$w:1h5m] offset -5m @ 1e3)) # ü\n>= bool 2";
        for (at, _) in text.char_indices() {
            words(&text[..at]);
            words(&text[at..]);
        }
        words(&text.chars().rev().collect::<String>());
    }
}
