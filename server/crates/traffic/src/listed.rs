//! What servers list about themselves, put together from its pages.
//!
//! Only a list that was seen from its first page to its last leaves: each page has to be asked for with what the one
//! before said (`nextCursor`), and nothing may have passed by unread meanwhile.
//! <https://modelcontextprotocol.io/specification/2025-11-25/server/utilities/pagination>

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use drift::{Definition, canonical, whole};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::parts::{self, members};
use crate::record::Listed;
use crate::redact::Redaction;

/// The most definitions of a list that is told.
pub const MOST: usize = 10_000;
/// Of what is larger its hash is told, in bytes.
const LARGEST: usize = 64 << 10;
/// If all together are larger, all are told as their hashes, in bytes.
const LARGEST_LIST: usize = 1 << 20;
/// What is larger even so is not told, in bytes.
const LARGEST_TOLD: usize = 4 << 20;
/// What is looked at of one list, as it is written, in bytes.
const LONGEST: usize = 16 << 20;
/// What is held of pages of lists that are not read to their end, in all sessions of a server, in bytes.
const MOST_HELD: usize = 32 << 20;
/// A list that has not changed is told again after so long, in microseconds.
const AGAIN_US: i64 = 300_000_000;
/// How often it is told at once: what a list lacks is gone when it lacks it twice.
const TIMES: u32 = 2;

/// Which lists of a server were told, whatever session they were seen in: clients ask for them often, and they are
/// large.
#[derive(Debug, Default)]
pub struct Told {
    last: Mutex<BTreeMap<Listed, Last>>,
    hashes: RandomState,
    /// Bytes of pages that are held.
    held: AtomicUsize,
}

#[derive(Debug)]
struct Last {
    hash: u64,
    at_us: i64,
    times: u32,
}

impl Told {
    /// Whether a list has to be told now, which then counts as told.
    fn is_due(&self, of: Listed, pages: &[&str], at_us: i64) -> bool {
        let hash = self.hashes.hash_one(pages);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let times = match last.get(&of).filter(|last| last.hash == hash) {
            None => 1,
            Some(last) if last.times < TIMES => last.times + 1,
            Some(last) if at_us.saturating_sub(last.at_us) >= AGAIN_US => last.times,
            Some(_) => return false,
        };
        last.insert(of, Last { hash, at_us, times });
        true
    }
}

/// A list of which pages are missing.
#[derive(Debug)]
struct Begun {
    told: Arc<Told>,
    /// What the next page is asked for with, as a hash.
    next: u64,
    pages: Vec<String>,
    bytes: usize,
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.told.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What a page leads to.
pub(crate) enum Read {
    /// To a list that is to be told.
    Whole(Vec<Value>),
    /// To one that is too large.
    TooLarge,
    /// There are more pages, some are missing, or it was told already.
    Nothing,
}

/// The lists of a session.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    told: Arc<Told>,
    begun: BTreeMap<Listed, Begun>,
}

impl Lists {
    pub(crate) fn new(told: Arc<Told>) -> Self {
        Self {
            told,
            begun: BTreeMap::new(),
        }
    }

    /// Something passed by unread: it may have been any page.
    pub(crate) fn break_off(&mut self) {
        self.begun.clear();
    }

    /// A page of a list could not be had, or the list is another one by now.
    pub(crate) fn forget(&mut self, of: Listed) {
        self.begun.remove(&of);
    }

    /// A page passed by that was asked for with a cursor, of which `hash` makes hashes.
    pub(crate) fn page(
        &mut self,
        (of, cursor): (Listed, Option<u64>),
        at_us: i64,
        result: &RawValue,
        (redaction, hash): (&Redaction, &dyn Fn(&str) -> u64),
    ) -> Read {
        let begun = self.begun.remove(&of);
        let begun = begun.filter(|begun| cursor == Some(begun.next));
        let [list, next] = members(result.get(), [of.field(), "nextCursor"]).unwrap_or_default();
        let list = match (of, list) {
            // A server need not say anything.
            (Listed::Instructions, list) => list.map_or("null", RawValue::get),
            (_, Some(list)) if list.get().starts_with('[') => list.get(),
            _ => return Read::Nothing,
        };
        if cursor.is_some() && begun.is_none() {
            return Read::Nothing;
        }
        let next = parts::cursor(next).filter(|_| of != Listed::Instructions);
        if let Some(next) = next {
            return self.hold(of, begun, list, hash(&next));
        }
        let pages = begun.iter().flat_map(|begun| &begun.pages);
        let pages: Vec<&str> = pages.map(String::as_str).chain([list]).collect();
        if !self.told.is_due(of, &pages, at_us) {
            return Read::Nothing;
        }
        match pages.iter().map(|page| page.len()).sum::<usize>() > LONGEST {
            true => Read::TooLarge,
            false => read(of, &pages, redaction),
        }
    }

    /// Keeps a page until the next comes.
    fn hold(&mut self, of: Listed, begun: Option<Begun>, page: &str, next: u64) -> Read {
        let mut begun = begun.unwrap_or_else(|| Begun {
            told: self.told.clone(),
            next,
            pages: Vec::new(),
            bytes: 0,
        });
        let held = self.told.held.fetch_add(page.len(), Ordering::Relaxed) + page.len();
        begun.bytes += page.len();
        if begun.bytes > LONGEST || held > MOST_HELD || begun.pages.len() >= MOST {
            return Read::TooLarge;
        }
        begun.next = next;
        begun.pages.push(page.to_owned());
        self.begun.insert(of, begun);
        Read::Nothing
    }
}

/// The definitions of pages, without what may be secret and of bearable size.
fn read(of: Listed, pages: &[&str], redaction: &Redaction) -> Read {
    let kind = of.kind();
    let mut definitions = Vec::new();
    for page in pages {
        let Some(listed) = redaction.listed(of.field(), page) else {
            return Read::Nothing;
        };
        let listed = match listed {
            Value::Array(listed) => listed,
            Value::String(text) if text.trim().is_empty() => Vec::new(),
            Value::String(text) => vec![json!({ "instructions": text })],
            _ => Vec::new(),
        };
        let listed = listed.into_iter().map(|mut one| {
            // That is said of it here, and by nobody else.
            one.as_object_mut().and_then(|one| one.remove("whole"));
            one
        });
        definitions.extend(listed.filter_map(|one| Definition::listed(kind, &one)));
    }
    let sizes = definitions.iter().map(|one| canonical(&one.body).len());
    let sizes: Vec<usize> = sizes.collect();
    let are_large = sizes.iter().sum::<usize>() > LARGEST_LIST;
    let told =
        definitions
            .into_iter()
            .zip(sizes)
            .map(|(one, size)| match are_large || size > LARGEST {
                true => whole(&one),
                false => one.body,
            });
    let told: Vec<Value> = told.collect();
    let size = || told.iter().map(|one| one.to_string().len()).sum::<usize>();
    match told.len() > MOST || (are_large && size() > LARGEST_TOLD) {
        true => Read::TooLarge,
        false => Read::Whole(told),
    }
}

/// Methods whose answers list something, with the field that has it; and what a server says when a list is another one.
const LISTS: [(Listed, &str, &str, &str); 5] = [
    (
        Listed::Tool,
        "tools/list",
        "tools",
        "notifications/tools/list_changed",
    ),
    (
        Listed::Prompt,
        "prompts/list",
        "prompts",
        "notifications/prompts/list_changed",
    ),
    (
        Listed::Resource,
        "resources/list",
        "resources",
        "notifications/resources/list_changed",
    ),
    (
        Listed::Template,
        "resources/templates/list",
        "resourceTemplates",
        "notifications/resources/list_changed",
    ),
    (Listed::Instructions, "initialize", "instructions", ""),
];

impl Listed {
    /// What a method lists.
    pub(crate) fn by(method: &str) -> Option<Self> {
        let found = LISTS.iter().find(|(_, asked, _, _)| *asked == method);
        found.map(|(of, _, _, _)| *of)
    }

    /// Of which lists a notification says that they are others now.
    pub(crate) fn changed(method: &str) -> impl Iterator<Item = Self> {
        let changed = LISTS.iter().filter(move |(_, _, _, said)| *said == method);
        changed.map(|(of, _, _, _)| *of)
    }

    fn field(self) -> &'static str {
        let found = LISTS.iter().find(|(of, _, _, _)| *of == self);
        found.map_or("", |(_, _, field, _)| *field)
    }
}

#[cfg(test)]
mod tests;
