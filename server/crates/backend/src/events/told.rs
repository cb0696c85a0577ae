//! What people and programs tell of: checked, each mistake with the field it is in.

use wire::{EventKind, Mark, MarkDraft, Problem};

/// How far ahead of the clock a mark may be: clocks of other machines are not quite like ours.
const AHEAD_MS: i64 = 5 * 60_000;
/// Times before the middle of 1973 are seconds that somebody took for milliseconds.
const EARLIEST_MS: i64 = 110_000_000_000;
/// Longest texts, in characters.
const LONGEST_TITLE: usize = 200;
const LONGEST_TEXT: usize = 4000;
const LONGEST_LINK: usize = 1000;
const LONGEST_KEY: usize = 200;
const LONGEST_TAG: usize = 60;
/// Most tags.
const MOST_TAGS: usize = 20;

/// The kinds that a list of words with commas between names.
pub(super) fn kinds(words: &str) -> Result<Vec<&'static str>, Problem> {
    let words = words
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    words
        .map(|word| Ok(kind(word, |_| true)?.as_str()))
        .collect()
}

fn kind(word: &str, is_known: fn(EventKind) -> bool) -> Result<EventKind, Problem> {
    EventKind::parse(word)
        .filter(|kind| is_known(*kind))
        .ok_or_else(|| {
            let known = EventKind::ALL.iter().filter(|kind| is_known(**kind));
            let known: Vec<_> = known.map(|kind| kind.as_str()).collect();
            Problem::invalid(format!("kind: {word:?} is none of {}", known.join(", ")))
        })
}

fn short(field: &str, text: &str, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > most {
        let message = format!("{field}: it has more than {most} characters");
        return Err(Problem::invalid(message));
    }
    Ok(text.to_owned())
}

/// A path of the UI or an address that a browser may be sent to.
fn is_link(text: &str) -> bool {
    let is_path = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
    text.is_empty() || is_path || text.starts_with("https://") || text.starts_with("http://")
}

/// What is told of, as a mark that has no number yet.
pub(super) fn checked(draft: MarkDraft, by: &str, now_ms: i64) -> Result<Mark, Problem> {
    let text = short("text", &draft.text, LONGEST_TEXT)?;
    let title = match draft.title.trim() {
        // An annotation of Grafana's has a text alone.
        "" => {
            let line = text.lines().next().unwrap_or_default().trim();
            line.chars().take(LONGEST_TITLE).collect()
        }
        title => title.to_owned(),
    };
    let title = short("title", &title, LONGEST_TITLE)?;
    if title.is_empty() {
        return Err(Problem::invalid(
            "title: missing; say in one line what happened, such as \"everything 1.4.2\"",
        ));
    }
    if title.contains(char::is_control) {
        return Err(Problem::invalid("title: it is one line of text"));
    }
    let link = short("link", &draft.link, LONGEST_LINK)?;
    if !is_link(&link) {
        return Err(Problem::invalid(format!(
            "link: {link:?} is neither a path of this product (/servers/everything) nor an address (https://…)"
        )));
    }
    short("key", &draft.key, LONGEST_KEY)?;
    let mut tags: Vec<String> = Vec::new();
    for tag in &draft.tags {
        let tag = short("tags", tag, LONGEST_TAG)?;
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        let message = format!("tags: there are more than {MOST_TAGS}");
        return Err(Problem::invalid(message));
    }
    let at_ms = draft.at_ms.unwrap_or(now_ms);
    if at_ms > now_ms + AHEAD_MS {
        return Err(Problem::invalid(
            "at_ms: it is more than five minutes ahead; a mark is about what has happened",
        ));
    }
    if at_ms < EARLIEST_MS {
        return Err(Problem::invalid(format!(
            "at_ms: {at_ms} is before the middle of 1973; write milliseconds since 1970, or RFC 3339 as time"
        )));
    }
    let kind = match (draft.kind.trim(), draft.title.trim()) {
        ("", "") if tags.iter().any(|tag| is_deploy(tag)) => EventKind::Deploy,
        ("", "") => EventKind::Note,
        ("", _) => EventKind::Deploy,
        (word, _) => kind(word, EventKind::is_told)?,
    };
    Ok(Mark {
        id: 0,
        at_ms,
        kind,
        server: short("server", &draft.server, LONGEST_TITLE)?,
        title,
        link,
        text,
        tags,
        by: by.to_owned(),
    })
}

/// What tools call a deploy in the tags of annotations.
fn is_deploy(tag: &str) -> bool {
    ["deploy", "deployment", "release"]
        .iter()
        .any(|word| tag.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn draft() -> MarkDraft {
        MarkDraft {
            at_ms: None,
            kind: String::new(),
            server: String::new(),
            title: "everything 1.4.2".to_owned(),
            link: String::new(),
            text: String::new(),
            tags: Vec::new(),
            key: String::new(),
        }
    }

    #[test]
    fn what_is_taken() {
        let mark = checked(draft(), "ci", NOW).unwrap();
        assert_eq!(
            (mark.kind, mark.at_ms, mark.by.as_str()),
            (EventKind::Deploy, NOW, "ci")
        );
        let annotation = |tags: &[&str]| MarkDraft {
            title: String::new(),
            text: "release 7\nwith notes".to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..draft()
        };
        for (tags, kind) in [
            (&["Release", "x", "x", " "][..], EventKind::Deploy),
            (&["x"], EventKind::Note),
        ] {
            let mark = checked(annotation(tags), "ci", NOW).unwrap();
            assert_eq!((mark.title.as_str(), mark.kind), ("release 7", kind));
            assert!(mark.tags.len() < 3, "{:?}", mark.tags);
        }
        for link in ["/slo/a", "https://ci.example/1", ""] {
            let link = link.to_owned();
            assert!(checked(MarkDraft { link, ..draft() }, "ci", NOW).is_ok());
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        type Change = fn(&mut MarkDraft);
        let cases: [(&str, Change); 9] = [
            ("title: missing", |it| it.title = " ".to_owned()),
            ("title: it is one line", |it| it.title = "a\nb".to_owned()),
            ("title: it has more", |it| it.title = "a".repeat(201)),
            ("kind: \"alert\" is none of", |it| {
                it.kind = "alert".to_owned()
            }),
            ("link: ", |it| it.link = "javascript:alert(1)".to_owned()),
            ("link: ", |it| it.link = "//other.example".to_owned()),
            ("at_ms: 1800000000 is before", |it| {
                it.at_ms = Some(NOW / 1000)
            }),
            ("at_ms: it is more than five", |it| {
                it.at_ms = Some(NOW + AHEAD_MS + 1)
            }),
            ("tags: there are", |it| {
                it.tags = (0..21).map(|n| n.to_string()).collect();
            }),
        ];
        for (expected, change) in cases {
            let mut wrong = draft();
            change(&mut wrong);
            let problem = checked(wrong, "ci", NOW).unwrap_err();
            assert!(
                problem.message.starts_with(expected),
                "{expected}: {}",
                problem.message
            );
        }
    }

    #[test]
    fn kinds_of_a_query() {
        assert_eq!(kinds(" deploy,alert, ").unwrap(), ["deploy", "alert"]);
        assert!(kinds("deploy,party").unwrap_err().message.contains("party"));
    }
}
