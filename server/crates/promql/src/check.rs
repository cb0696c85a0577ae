//! Where a text is wrong that is no query. The parser says that it is, and why, but not where: its
//! outline is read once more, by rules that know positions, and parts of it are tried one by one.

mod outline;

use crate::{Query, QueryError};
use outline::{Outline, Part};

/// How much text is tried in all parts together: each costs another look by the parser.
const MOST_TRIED: usize = 20_000;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, in a sentence.
    pub message: String,
    /// Where it begins, in bytes.
    pub from: usize,
    /// Where it ends; what is missing has no length.
    pub to: usize,
}

/// Whether a text can be asked over a range of time.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check(text: &str) -> Result<(), Mistake> {
    let whole = |message: String| {
        let from = text.len() - text.trim_start().len();
        let to = text.trim_end().len().max(from);
        Mistake { message, from, to }
    };
    match Query::parse(text) {
        Ok(query) => query
            .check_for_range()
            .map_err(|_| whole("this has no value over time; a function such as rate(…) or avg_over_time(…) gives it one".to_owned())),
        Err(why) => Err(located(text).unwrap_or_else(|| whole(sentence(&why)))),
    }
}

/// The mistake of a text that is known to have one.
fn located(text: &str) -> Option<Mistake> {
    match Outline::of(text) {
        Err(mistake) => Some(mistake),
        // The form is right: the innermost part that cannot be understood is what is wrong.
        Ok(parts) => {
            let mut left = MOST_TRIED;
            let parts = parts.iter().take_while(|part| {
                let length = part.to - part.from;
                let is_left = length <= left;
                left = left.saturating_sub(length);
                is_left
            });
            parts.map(|part| tried(text, *part)).find_map(|found| found)
        }
    }
}

fn tried(text: &str, part: Part) -> Option<Mistake> {
    let words = text.get(part.from..part.to)?;
    let why = match part.is_matcher {
        // A condition by itself is no query.
        true => Query::parse(&format!("x{{{words}}}")).err()?,
        false => Query::parse(words).err()?,
    };
    let message = sentence(&why);
    let is_name = message.contains("unknown function") || message.contains("experimental");
    let to = if is_name { part.head } else { part.to };
    let from = part.from;
    Some(Mistake { message, from, to })
}

/// Why, without what the parser says of every text.
fn sentence(why: &QueryError) -> String {
    let why = why.to_string();
    let said = why.strip_prefix("invalid query: ").unwrap_or(&why);
    match said {
        "invalid promql query" => "this cannot be understood".to_owned(),
        said => TYPES.iter().fold(said.to_owned(), |said, (word, plain)| {
            said.replace(word, plain)
        }),
    }
}

/// The parser's words for kinds of values, and plain ones.
const TYPES: [(&str, &str); 6] = [
    ("type matrix", "a range such as x[5m]"),
    ("type vector", "an instant vector"),
    ("type scalar", "a number"),
    ("got matrix", "got a range"),
    ("got vector", "got an instant vector"),
    ("got scalar", "got a number"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_where_they_are() {
        for (marked, message) in [
            ("«»", "empty"),
            ("«»  # only words", "empty"),
            ("up +«»", "expression is missing"),
            ("up + «)»", "nothing is open"),
            ("sum«(»up", "never closed"),
            ("sum«(»rate(up[5m])", "never closed"),
            ("sum(up)«)»", "nothing is open"),
            ("rate(up«[»5m)", "never closed"),
            ("up«{»a=\"b\"", "never closed"),
            ("up{a=«\"b}»", "quotes"),
            ("up{a=«b»}", "in quotes"),
            ("up{a=«»}", "in quotes"),
            ("up{a «>» \"b\"}", "=, !=, =~ or !~"),
            ("up{a«»}", "=, !=, =~ or !~"),
            ("up{«5»=\"b\"}", "name of a label"),
            ("up{a=\"b\" «c»=\"d\"}", "comma"),
            ("up«]»", "nothing is open"),
            ("up «down»", "operator"),
            ("up «5»", "operator"),
            ("sum by («5») (up)", "name of a label"),
            ("sum by (a) «up»", "parenthesis"),
            ("sum by «a» (up)", "parenthesis"),
            ("up[«»]", "length of time"),
            ("up[«five»]", "length of time"),
            ("up[5m:«x»]", "length of time"),
            ("up offset«» ", "length of time"),
            ("up offset «x»", "length of time"),
            ("up @ «x»", "time"),
            ("up «=» 1", "=="),
            ("up «;» 1", "unexpected"),
            ("up «!» 1", "unexpected"),
            ("«*» up", "expression is missing"),
            ("sum(«,» up)", "expression is missing"),
            ("sum(up,«)»", "expression is missing"),
            ("5 + «nonsense»(up)", "unknown function"),
            ("sum(«mad_over_time»(up[5m]))", "experimental"),
            ("1 + «rate(up)» * 2", "a range such as x[5m]"),
            ("max(«round(up, 1, 2)»)", "argument"),
            ("up{«a=~\"(\"», b=\"c\"}", "regex"),
            ("up + «{a=~\".*\"}»", "matcher"),
            ("«up[5m]»", "rate(…)"),
            (" «\"text\"» ", "rate(…)"),
            ("up + rate(«up[0s]»)", "greater than 0"),
            ("«limitk»(1, up)", "experimental"),
            ("up «é»", "unexpected"),
            ("\n«1 > 2»\n", "BOOL"),
        ] {
            let from = marked.find('«').unwrap();
            let to = marked.find('»').unwrap() - '«'.len_utf8();
            let text = marked.replace(['«', '»'], "");
            let mistake = check(&text).expect_err(marked);
            let found = (mistake.from, mistake.to);
            assert_eq!(found, (from, to), "{marked}: {mistake:?}");
            assert!(mistake.message.contains(message), "{marked}: {mistake:?}");
        }
    }

    #[test]
    fn what_can_be_asked_has_no_mistake() {
        for text in [
            "up",
            "1",
            "sum by (a) (rate(up{b=~\"c|d\"}[5m] offset -1h)) / on() group_left 2 # so",
            "a == bool b @ start()",
            "max_over_time(rate(up[5m])[1h:])",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn any_text_is_checked() {
        let text = "sum by(é, a) (rate(a:b{c=~\"d\\\"|é\",`x`='\u{1f600}'}[5m:1h5m] offset -5m @ 1e3)) # ü\n>= bool 2";
        let backwards: String = text.chars().rev().collect();
        for text in [text, &backwards] {
            for (at, _) in text.char_indices() {
                for part in [&text[..at], &text[at..]] {
                    if let Err(mistake) = check(part) {
                        assert!(part.get(mistake.from..mistake.to).is_some(), "{part}");
                        assert!(!mistake.message.is_empty());
                    }
                }
            }
        }
        for deep in ["(", "{", "-", "[", "a(", "sum by (", "\"", "a offset "] {
            let mistake = check(&deep.repeat(3000)).expect_err(deep);
            assert!(!mistake.message.is_empty(), "{deep}");
        }
    }
}
