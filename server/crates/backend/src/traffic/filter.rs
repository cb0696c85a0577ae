//! Which calls, as somebody writes it: `server:files -status:ok client:"my agent" read`.
//!
//! Tokens of one kind mean any of their values, tokens of different kinds all of them; one with a hyphen in front means
//! none of its value. `*` stands for anything, `""` for a name that is not there. A word without a kind is looked for in names. Case does not matter.

use wire::{CallOutcome, Problem};

/// What tokens there are, for whoever writes one that is none.
const KINDS: &str = "server:, tool:, method:, client:, status:, session:";

/// The most tokens of a filter.
const MOST: usize = 32;

/// The most stars of a value: with many, looking takes long.
const MOST_STARS: usize = 8;

/// What a token looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Server,
    /// Tool, prompt or resource.
    Target,
    Method,
    Client,
    Session,
    Status,
    /// Names of all kinds.
    Any,
}

/// What it wants there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A pattern of SQL's `LIKE`, with `\` before what is meant as it is.
    Like(String),
    /// A server's name as it is written.
    Is(String),
    Outcome(CallOutcome),
    /// Anything but a result.
    Failed,
    /// A result with nothing in it.
    Silent,
    /// Something in it looks like an attack or a secret.
    Suspicious,
    /// A code of JSON-RPC or a status of HTTP.
    Code(i64),
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) field: Field,
    pub(super) wanted: Wanted,
    pub(super) is_not: bool,
}

/// Reads a filter.
///
/// # Errors
/// Which token is wrong, and how.
pub(super) fn read(text: &str) -> Result<Vec<Token>, Problem> {
    let tokens = words(text)?.into_iter().map(|word| token(&word));
    let tokens: Vec<Token> = tokens.collect::<Result<_, _>>()?;
    match tokens.len() > MOST {
        true => Err(wrong(text, &format!("a filter has at most {MOST} tokens"))),
        false => Ok(tokens),
    }
}

/// All of one server.
pub(super) fn exactly(server: &str) -> Token {
    Token {
        field: Field::Server,
        wanted: Wanted::Is(server.to_owned()),
        is_not: false,
    }
}

fn wrong(written: &str, why: &str) -> Problem {
    let short: String = written.chars().take(100).collect();
    Problem::invalid(format!("filter: {short:?}: {why}"))
}

/// A word as it is written: what is before the first colon outside of quotes, and the rest without quotes.
struct Word {
    written: String,
    kind: Option<String>,
    value: String,
}

fn words(text: &str) -> Result<Vec<Word>, Problem> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(first) = letters.peek() {
        if first.is_whitespace() {
            letters.next();
            continue;
        }
        let (mut written, mut kind, mut value) = (String::new(), None, String::new());
        let (mut is_quoted, mut was_quoted) = (false, false);
        while let Some(letter) = letters.next_if(|letter| is_quoted || !letter.is_whitespace()) {
            written.push(letter);
            match letter {
                '"' => (is_quoted, was_quoted) = (!is_quoted, true),
                '\\' if is_quoted => {
                    let next = letters.next();
                    written.extend(next);
                    value.extend(next);
                }
                ':' if kind.is_none() && !was_quoted => kind = Some(std::mem::take(&mut value)),
                letter => value.push(letter),
            }
        }
        if is_quoted {
            return Err(wrong(&written, "a quote is opened and not closed"));
        }
        words.push(Word {
            written,
            kind,
            value,
        });
    }
    Ok(words)
}

fn token(word: &Word) -> Result<Token, Problem> {
    let wrong = |why: &str| Err(wrong(&word.written, why));
    if word.value.matches('*').count() > MOST_STARS {
        return wrong(&format!("a value has at most {MOST_STARS} stars"));
    }
    let (is_not, field) = match &word.kind {
        None => {
            let is_not = word.written.starts_with('-') && word.value.starts_with('-');
            let value = word.value.get(usize::from(is_not)..).unwrap_or_default();
            if value.is_empty() {
                return wrong("nothing is looked for");
            }
            let wanted = Wanted::Like(format!("%{}%", like(value)));
            let field = Field::Any;
            return Ok(Token {
                field,
                wanted,
                is_not,
            });
        }
        Some(kind) => match kind.strip_prefix('-') {
            Some(kind) => (true, kind),
            None => (false, kind.as_str()),
        },
    };
    let field = match field.to_lowercase().as_str() {
        "server" => Field::Server,
        "tool" | "prompt" | "resource" => Field::Target,
        "method" => Field::Method,
        "client" => Field::Client,
        "session" => Field::Session,
        "status" => Field::Status,
        _ => {
            return wrong(&format!(
                "there is no such token; there are {KINDS} (a text with a colon is written in quotes)"
            ));
        }
    };
    if word.value.is_empty() && !word.written.ends_with("\"\"") {
        return wrong("a value is missing after the colon (\"\" is none)");
    }
    let wanted = match field {
        Field::Status => match status(&word.value) {
            Some(wanted) => wanted,
            None => {
                let known: Vec<_> = CallOutcome::ALL.iter().map(|it| it.as_str()).collect();
                return wrong(&format!(
                    "there is no such status; there are error, silent, suspicious, {} and codes such as -32602",
                    known.join(", ")
                ));
            }
        },
        _ => Wanted::Like(like(&word.value)),
    };
    Ok(Token {
        field,
        wanted,
        is_not,
    })
}

fn status(value: &str) -> Option<Wanted> {
    let value = value.to_lowercase();
    Some(match value.as_str() {
        "error" | "failed" => Wanted::Failed,
        "success" => Wanted::Outcome(CallOutcome::Ok),
        "silent" => Wanted::Silent,
        "suspicious" => Wanted::Suspicious,
        word => match CallOutcome::parse(word) {
            Some(outcome) => Wanted::Outcome(outcome),
            None => Wanted::Code(word.parse().ok()?),
        },
    })
}

/// As a pattern of SQL.
fn like(value: &str) -> String {
    let mut pattern = String::new();
    for letter in value.chars() {
        match letter {
            '*' => pattern.push('%'),
            '%' | '_' | '\\' => pattern.extend(['\\', letter]),
            letter => pattern.push(letter),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let tokens = read(text).unwrap().into_iter().map(|token| {
            let not = if token.is_not { "-" } else { "" };
            let wanted = match token.wanted {
                Wanted::Like(pattern) | Wanted::Is(pattern) => pattern,
                Wanted::Outcome(outcome) => outcome.as_str().to_owned(),
                Wanted::Failed => "FAILED".to_owned(),
                Wanted::Silent => "SILENT".to_owned(),
                Wanted::Suspicious => "SUSPICIOUS".to_owned(),
                Wanted::Code(code) => format!("#{code}"),
            };
            format!("{not}{:?}={wanted}", token.field)
        });
        tokens.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn filters() {
        for (text, expected) in [
            ("", ""),
            ("  ", ""),
            ("server:files", "Server=files"),
            ("SERVER:files -tool:read_*", r"Server=files -Target=read\_%"),
            (
                r#"client:"my agent" status:error"#,
                "Client=my agent Status=FAILED",
            ),
            (
                "status:ok status:tool_error -status:silent status:-32602 status:404",
                "Status=ok Status=tool_error -Status=SILENT Status=#-32602 Status=#404",
            ),
            ("-status:suspicious", "-Status=SUSPICIOUS"),
            ("method:tools/call", "Method=tools/call"),
            ("read -write", "Any=%read% -Any=%write%"),
            (r#""file:///a b""#, "Any=%file:///a b%"),
            (r#"resource:"file:///a \"b\"""#, r#"Target=file:///a "b""#),
            ("tool:file:///x", "Target=file:///x"),
            ("tool:50%", r"Target=50\%"),
            (r#""-x""#, "Any=%-x%"),
            ("session:0199-ab", "Session=0199-ab"),
            (r#"client:"" -tool:"""#, "Client= -Target="),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, token, why) in [
            ("server:a colour:red", "colour:red", "no such token"),
            ("file:///x", "file:///x", "in quotes"),
            ("server:", "server:", "value is missing"),
            (r#"tool:"a b"#, "tool:", "not closed"),
            ("status:fine", "status:fine", "tool_error"),
            ("-", "-", "nothing"),
            (r#""""#, r#"\"\""#, "nothing"),
            (":x", ":x", "no such token"),
            ("tool:*a*a*a*a*a*a*a*a*", "tool:*a", "at most 8"),
            (&"a ".repeat(33), "a a", "at most 32"),
        ] {
            let problem = read(text).unwrap_err();
            assert_eq!(problem.code, wire::Code::Invalid, "{text}");
            assert!(
                problem.message.contains(token),
                "{text}: {}",
                problem.message
            );
            assert!(problem.message.contains(why), "{text}: {}", problem.message);
        }
    }
}
