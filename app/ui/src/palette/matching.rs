//! Which entries a few letters mean, and which of them first: pure.

use super::PaletteEntry;

/// How well something matches. More is better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) score: i32,
    /// The places of the letters in the title, in characters.
    pub(super) places: Vec<usize>,
}

/// How an entry matches all words of a query; nothing where a word is nowhere in it.
pub(super) fn find(query: &str, entry: &PaletteEntry) -> Option<Match> {
    let title = letters(&entry.title);
    // Of two that match alike, the shorter one was meant.
    let mut total = Match {
        score: -(title.len().min(60) as i32),
        places: Vec::new(),
    };
    for word in query.split_whitespace() {
        let word = letters(word);
        let found = in_title(&word, &title).or_else(|| {
            let beside =
                beside(&word, &entry.keywords, 400).or_else(|| beside(&word, &entry.hint, 300));
            let score = beside?;
            Some(Match {
                score,
                places: Vec::new(),
            })
        })?;
        total.score += found.score;
        total.places.extend(found.places);
    }
    total.places.sort_unstable();
    total.places.dedup();
    Some(total)
}

/// Small letters, one for each: what grows when it is written small keeps its first letter.
fn letters(text: &str) -> Vec<char> {
    text.chars()
        .map(|c| c.to_lowercase().next().unwrap_or(c))
        .collect()
}

/// Where a word begins: at the front, behind what is no letter or digit.
fn begins_word(text: &[char], place: usize) -> bool {
    place == 0 || !text[place - 1].is_alphanumeric()
}

fn in_title(word: &[char], title: &[char]) -> Option<Match> {
    let found = |score: i32, first: usize| Match {
        score,
        places: (first..first + word.len()).collect(),
    };
    if title.starts_with(word) {
        let is_all = title.len() == word.len();
        return Some(found(if is_all { 1200 } else { 1000 }, 0));
    }
    let mut places = (0..title.len()).filter(|place| title[*place..].starts_with(word));
    let inside = places.clone().next();
    if let Some(place) = places.find(|place| begins_word(title, *place)) {
        return Some(found(800, place));
    }
    if let Some(place) = inside {
        return Some(found(600, place));
    }
    scattered(word, title)
}

/// The letters in their order with others between them; those that begin words count most.
fn scattered(word: &[char], title: &[char]) -> Option<Match> {
    // Two letters are in everything, and so are most in a long text.
    if word.len() < 2 || title.len() > 200 {
        return None;
    }
    let mut places: Vec<usize> = Vec::new();
    let mut score = 500;
    for letter in word {
        let from = places.last().map_or(0, |last| last + 1);
        let rest = from..title.len();
        let initial = rest
            .clone()
            .find(|at| title[*at] == *letter && begins_word(title, *at));
        let next = rest.clone().find(|at| title[*at] == *letter)?;
        // A letter right behind the last one keeps a word together; then initials, then anything.
        let place = match initial {
            Some(initial) if next != from => initial,
            _ => next,
        };
        let gap = (place - from) as i32;
        score -= if begins_word(title, place) {
            5
        } else {
            20 + gap.min(20) * 4
        };
        places.push(place);
    }
    // What is scattered further is a coincidence.
    (score >= 500 - 22 * word.len() as i32).then_some(Match { score, places })
}

/// How well a word matches a text beside the title.
fn beside(word: &[char], text: &str, most: i32) -> Option<i32> {
    let text = letters(text);
    let mut places = (0..text.len()).filter(|place| text[*place..].starts_with(word));
    let first = places.clone().next()?;
    let begins = begins_word(&text, first) || places.any(|place| begins_word(&text, place));
    Some(if begins { most } else { most - 60 })
}

/// The entries that match, best first; without a query all of them as they stand.
pub(super) fn rank(query: &str, entries: &[PaletteEntry], most: usize) -> Vec<(usize, Match)> {
    let found = |(place, entry)| find(query, entry).map(|found| (place, found));
    let mut ranked: Vec<_> = entries.iter().enumerate().filter_map(found).collect();
    if query.trim().is_empty() {
        ranked.truncate(most);
        return ranked;
    }
    ranked.sort_by_key(|(_, found)| -found.score);
    ranked.truncate(most);
    // A group stands together, where its best entry does.
    let group = |at: usize| entries[at].group.as_str();
    let mut groups: Vec<&str> = Vec::new();
    for (at, _) in &ranked {
        if !groups.contains(&group(*at)) {
            groups.push(group(*at));
        }
    }
    ranked.sort_by_key(|(at, _)| groups.iter().position(|known| *known == group(*at)));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Act;

    fn entry(title: &str) -> PaletteEntry {
        let (title, hint, keywords) = match title.split('|').collect::<Vec<_>>()[..] {
            [title, hint, keywords] => (title, hint, keywords),
            _ => (title, "", ""),
        };
        PaletteEntry {
            title: title.to_owned(),
            hint: hint.to_owned(),
            group: String::new(),
            keywords: keywords.to_owned(),
            act: Act::Go("/".to_owned()),
        }
    }

    #[test]
    fn the_best_comes_first() {
        let long = "x".repeat(5000);
        let entries = [
            "Servers",
            "filesystem|stdio · 14 tools|server",
            "s3-storage|HTTP · 9 tools|server bucket",
            "Alerts",
            "Alert rules",
            "Live traffic",
            "Logs",
            "Dashboards",
            "Settings",
            "Acknowledge all alerts",
            "<b>bold</b>",
            "שרת הקבצים",
            long.as_str(),
        ];
        let entries: Vec<_> = entries.iter().map(|title| entry(title)).collect();
        for (query, expected) in [
            ("", "Servers,filesystem,s3-storage"),
            ("al", "Alerts,Alert rules,Acknowledge all alerts"),
            ("ALERTS", "Alerts,Acknowledge all alerts,Alert rules"),
            ("alert r", "Alert rules,Alerts,Acknowledge all alerts"),
            ("ack", "Acknowledge all alerts"),
            ("server", "Servers,filesystem,s3-storage"),
            ("lt", "Live traffic"),
            ("fsys", "filesystem"),
            ("bucket", "s3-storage"),
            ("stdio", "filesystem"),
            ("storage s3", "s3-storage"),
            ("<b>", "<b>bold</b>"),
            ("הקב", "שרת הקבצים"),
            ("zzz", ""),
            ("  ", "Servers,filesystem,s3-storage"),
        ] {
            let ranked = rank(query, &entries, 3);
            let titles: Vec<_> = ranked
                .iter()
                .map(|(at, _)| entries[*at].title.as_str())
                .collect();
            assert_eq!(titles.join(","), expected, "{query:?}");
        }
        assert!(rank(&"a".repeat(5000), &entries, 9).is_empty());
        let grouped = [
            ("Pages", "Servers"),
            ("Servers", "my server"),
            ("Pages", "Observers"),
        ];
        let grouped = grouped.map(|(group, title)| PaletteEntry {
            group: group.to_owned(),
            ..entry(title)
        });
        let ranked: Vec<_> = rank("server", &grouped, 9)
            .iter()
            .map(|(at, _)| *at)
            .collect();
        assert_eq!(ranked, [0, 2, 1], "groups stand together");
    }

    #[test]
    fn letters_that_matched() {
        for (query, title, expected) in [
            ("logs", "Logs", vec![0, 1, 2, 3]),
            ("traf", "Live traffic", vec![5, 6, 7, 8]),
            ("lt", "Live traffic", vec![0, 5]),
            ("é", "Élan", vec![0]),
            ("İ", "İzmir", vec![0]),
        ] {
            assert_eq!(
                find(query, &entry(title)).unwrap().places,
                expected,
                "{query}"
            );
        }
    }
}
