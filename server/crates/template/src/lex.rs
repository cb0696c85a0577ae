//! Texts and actions of a template, and the words of an action.

/// A stretch of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Stretch<'text> {
    Text(&'text str),
    /// What stands between `{{` and `}}`.
    Action(&'text str),
}

/// A word of an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// Names of functions, keywords, `true`, `nil`.
    Name(String),
    /// `.a.b`, or `.` alone, which has no names.
    Field(Vec<String>),
    /// `$a.b`; the first is the variable, `$` included.
    Variable(Vec<String>),
    /// Fields of what stands in the parentheses before it.
    Below(Vec<String>),
    Text(String),
    Whole(i64),
    Number(f64),
    Open,
    Close,
    Pipe,
    Comma,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    /// Space between words, which separates arguments.
    Space,
}

/// Cuts a template into texts and actions; `{{-` and `-}}` take the space beside them away.
pub(super) fn stretches(text: &str) -> Result<Vec<Stretch<'_>>, String> {
    let mut stretches = Vec::new();
    let (mut rest, mut trims) = (text, false);
    while let Some((before, after)) = rest.split_once("{{") {
        let before = if trims { before.trim_start() } else { before };
        let trims_before = after
            .strip_prefix('-')
            .filter(|inner| inner.starts_with(char::is_whitespace));
        let (before, inner) = match trims_before {
            Some(inner) => (before.trim_end(), inner),
            None => (before, after),
        };
        if !before.is_empty() {
            stretches.push(Stretch::Text(before));
        }
        let end = action_end(inner).ok_or("an action is not closed: }} is missing")?;
        let action = &inner[..end];
        rest = &inner[end + 2..];
        let short = action
            .strip_suffix('-')
            .filter(|inner| inner.is_empty() || inner.ends_with(char::is_whitespace));
        trims = short.is_some();
        let action = short.unwrap_or(action).trim();
        let is_comment = action.starts_with("/*");
        if is_comment && !action.ends_with("*/") {
            return Err("a comment ends with */ and then }}".to_owned());
        }
        if !is_comment {
            stretches.push(Stretch::Action(action));
        }
    }
    let rest = if trims { rest.trim_start() } else { rest };
    if !rest.is_empty() {
        stretches.push(Stretch::Text(rest));
    }
    Ok(stretches)
}

/// Where the `}}` of an action is, which does not stand in quotes or in a comment.
fn action_end(inner: &str) -> Option<usize> {
    if inner.trim_start().starts_with("/*") {
        let comment = inner.find("*/")?;
        return inner[comment..].find("}}").map(|at| comment + at);
    }
    let (mut quote, mut is_escaped) = (None, false);
    for (at, letter) in inner.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(open) => {
                is_escaped = letter == '\\' && open != '`';
                if letter == open {
                    quote = None;
                }
            }
            None if matches!(letter, '"' | '`' | '\'') => quote = Some(letter),
            None if inner[at..].starts_with("}}") => return Some(at),
            None => {}
        }
    }
    None
}

/// The words of an action.
pub(super) fn words(action: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = action;
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            _ if first.is_whitespace() => {
                let after = rest.trim_start();
                (Word::Space, rest.len() - after.len())
            }
            '(' => (Word::Open, 1),
            ')' => (Word::Close, 1),
            '|' => (Word::Pipe, 1),
            ',' => (Word::Comma, 1),
            '=' => (Word::Assign, 1),
            ':' if rest.starts_with(":=") => (Word::Declare, 2),
            '"' | '`' => quoted(rest, first)?,
            '\'' => character(rest)?,
            '$' => {
                let (mut names, length) = names(&rest[1..]);
                match names.first() {
                    // `$.Labels`: what the template was given at its beginning.
                    Some(_) if rest[1..].starts_with('.') => names.insert(0, "$".to_owned()),
                    Some(name) => names[0] = format!("${name}"),
                    None => names.push("$".to_owned()),
                }
                (Word::Variable(names), length + 1)
            }
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let (names, length) = names(rest);
                match words.last() {
                    Some(Word::Close) => (Word::Below(names), length.max(1)),
                    _ => (Word::Field(names), length.max(1)),
                }
            }
            '0'..='9' | '+' | '-' | '.' => number(rest)?,
            _ if first.is_alphabetic() || first == '_' => {
                let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
                (Word::Name(rest[..end].to_owned()), end)
            }
            _ => {
                return Err(format!(
                    "{first:?} cannot stand in an action: {{{{ {action} }}}}"
                ));
            }
        };
        words.push(word);
        rest = &rest[length..];
    }
    Ok(words)
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// `a.b.c` or `.a.b`, and how long it is; a point without a name behind it is no part of it.
fn names(text: &str) -> (Vec<String>, usize) {
    let (mut names, mut at) = (Vec::new(), 0);
    loop {
        let start = match text[at..].strip_prefix('.') {
            Some(_) => at + 1,
            None if at == 0 => at,
            None => break,
        };
        let end = text[start..]
            .find(|c: char| !is_of_name(c))
            .map_or(text.len(), |end| start + end);
        if end == start {
            break;
        }
        names.push(text[start..end].to_owned());
        at = end;
    }
    (names, at)
}

fn quoted(text: &str, quote: char) -> Result<(Word, usize), String> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => return Ok((Word::Text(value), at + 1)),
            '\\' if quote == '"' => value.push(escaped(&mut letters)?),
            '\n' if quote == '"' => break,
            other => value.push(other),
        }
    }
    Err(format!("a text is not closed: {text}"))
}

/// The letter behind a backslash, as Go writes them.
fn escaped(letters: &mut impl Iterator<Item = (usize, char)>) -> Result<char, String> {
    let (_, letter) = letters.next().ok_or("a text ends with a backslash")?;
    let digits = match letter {
        'n' => return Ok('\n'),
        't' => return Ok('\t'),
        'r' => return Ok('\r'),
        'a' => return Ok('\u{7}'),
        'b' => return Ok('\u{8}'),
        'f' => return Ok('\u{c}'),
        'v' => return Ok('\u{b}'),
        '\\' | '"' | '\'' => return Ok(letter),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        other => return Err(format!("\\{other} is no letter")),
    };
    let digits: String = letters.take(digits).map(|(_, digit)| digit).collect();
    let code = u32::from_str_radix(&digits, 16)
        .ok()
        .and_then(char::from_u32);
    code.ok_or_else(|| format!("\\{letter}{digits} is no letter"))
}

/// A letter in quotes is its number.
fn character(text: &str) -> Result<(Word, usize), String> {
    let mut letters = text.char_indices().skip(1);
    let letter = match letters.next() {
        Some((_, '\\')) => escaped(&mut letters)?,
        Some((_, letter)) => letter,
        None => return Err("a letter is not closed".to_owned()),
    };
    match letters.next() {
        Some((at, '\'')) => Ok((Word::Whole(i64::from(u32::from(letter))), at + 1)),
        _ => Err(format!("one letter stands between single quotes: {text}")),
    }
}

fn number(text: &str) -> Result<(Word, usize), String> {
    let mut before = ' ';
    let is_hex = text.trim_start_matches(['+', '-']).starts_with("0x");
    let end = text.find(|c: char| {
        let is_sign =
            matches!(c, '+' | '-') && (before == ' ' || (matches!(before, 'e' | 'E') && !is_hex));
        before = c;
        !(is_sign || is_of_name(c) || c == '.')
    });
    let word = &text[..end.unwrap_or(text.len())];
    let plain = word.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let based = [("0x", 16), ("0o", 8), ("0b", 2)];
    let whole = based
        .into_iter()
        .find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, base)));
    let (digits, base) = whole.unwrap_or((digits, 10));
    if let Ok(whole) = i64::from_str_radix(digits, base) {
        return Ok((Word::Whole(sign * whole), word.len()));
    }
    let number: Result<f64, _> = plain.parse();
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match number {
        Ok(number) if is_number => Ok((Word::Number(number), word.len())),
        _ => Err(format!("{word:?} is no number")),
    }
}
