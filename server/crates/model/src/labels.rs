//! The label set that names a series or an alert.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The label that holds the name of a metric, where a series is named by labels alone.
pub const METRIC_NAME: &str = "__name__";

/// Label names and values, sorted by name; one allocation, cheap to clone.
///
/// A [`crate::Sample`] keeps the name of its metric apart; a series of the store has it among its
/// labels, as [`METRIC_NAME`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Labels(Arc<str>);

impl Labels {
    /// No label at all.
    pub fn new() -> Self {
        Self(Arc::from(""))
    }

    /// This set with one label more; an empty value removes the label, as in Prometheus.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let others = self.iter().filter(|(known, _)| *known != name);
        encode(others.chain([(name, value.as_str())]))
    }

    /// Those labels that are wanted, judged by name.
    #[must_use]
    pub fn keep(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        encode(self.iter().filter(|(name, _)| is_wanted(name)))
    }

    /// The value of a label; a label that is not there has the empty value.
    pub fn get(&self, name: &str) -> &str {
        let found = self.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let name = take(&mut rest)?;
            Some((name, take(&mut rest)?))
        })
    }

    /// A stable 64-bit hash (FNV-1a over `name\xffvalue\xff`), the same in every process and version.
    ///
    /// It identifies an alert across restarts; the constants are those of the FNV specification.
    pub fn fingerprint(&self) -> u64 {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let bytes = self.iter().flat_map(|(name, value)| {
            name.bytes()
                .chain([0xff])
                .chain(value.bytes())
                .chain([0xff])
        });
        bytes.fold(OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        })
    }
}

/// Each text stands behind its length: digits of six bits, the lowest first, `64` added to all but the
/// last. They are ASCII, so the whole is text as well.
fn put(text: &str, into: &mut String) {
    let mut length = text.len();
    while length >= 64 {
        into.push(char::from(64 + (length % 64) as u8));
        length /= 64;
    }
    into.push(char::from(length as u8));
    into.push_str(text);
}

fn take<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (mut length, mut shift) = (0, 0);
    for (place, digit) in rest.bytes().enumerate() {
        length |= usize::from(digit & 63) << shift;
        shift += 6;
        if digit < 64 {
            let (text, after) = rest[place + 1..].split_at_checked(length)?;
            *rest = after;
            return Some(text);
        }
    }
    None
}

/// Sorts; of several values for a name the last one counts, and an empty one is none.
fn encode<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Labels {
    let mut pairs: Vec<_> = pairs.collect();
    if !pairs.is_sorted_by(|(a, _), (b, _)| a < b) {
        pairs.sort_by_key(|(name, _)| *name);
    }
    // A text of more than 63 bytes has a second digit of its length, and few are longer.
    let length = |(name, value): &(&str, &str)| name.len() + value.len() + 4;
    let mut text = String::with_capacity(pairs.iter().map(length).sum());
    for (place, (name, value)) in pairs.iter().enumerate() {
        let is_last = pairs.get(place + 1).is_none_or(|(next, _)| next != name);
        if is_last && !value.is_empty() {
            put(name, &mut text);
            put(value, &mut text);
        }
    }
    Labels(text.into())
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs: Vec<(N, V)> = pairs.into_iter().collect();
        encode(
            pairs
                .iter()
                .map(|(name, value)| (name.as_ref(), value.as_ref())),
        )
    }
}

impl Default for Labels {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Pair by pair, as Prometheus orders series.
impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (name, value)) in self.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{name}={value:?}")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_insertion_does_not_matter() {
        let a = Labels::new().with("b", "2").with("a", "1");
        let b = Labels::new().with("a", "1").with("b", "2");
        assert_eq!(a, b);
        assert_eq!(a.fingerprint(), b.fingerprint());
        assert_eq!(a.to_string(), r#"{a="1", b="2"}"#);
    }

    #[test]
    fn borders_between_names_and_values_count() {
        let a = Labels::new().with("ab", "c");
        let b = Labels::new().with("a", "bc");
        assert_ne!(a.fingerprint(), b.fingerprint());
    }

    #[test]
    fn texts_of_any_length_and_script() {
        let long = "ä".repeat(3000);
        let pairs = [("a", long.as_str()), ("b", "\0\u{7f}@"), ("ж", "z")];
        let labels: Labels = pairs.into_iter().collect();
        assert_eq!(labels.iter().collect::<Vec<_>>(), pairs);
        for length in [0, 1, 63, 64, 65, 4095, 4096, 300_000] {
            let value = "x".repeat(length);
            let labels = Labels::new().with("n", value.clone()).with("o", "1");
            assert_eq!((labels.get("n"), labels.get("o")), (value.as_str(), "1"));
        }
    }

    #[test]
    fn order_is_that_of_the_pairs() {
        let labels = |pairs: &[(&str, &str)]| pairs.iter().copied().collect::<Labels>();
        let sorted = [
            labels(&[]),
            labels(&[("a", "1")]),
            labels(&[("a", "1"), ("b", "1")]),
            labels(&[("a", "10")]),
            labels(&[("a", "2")]),
            labels(&[("aa", "1")]),
            labels(&[("b", "0")]),
        ];
        assert!(sorted.is_sorted());
        assert_eq!(
            labels(&[("b", "1"), ("a", "1"), ("b", "2")]),
            labels(&[("a", "1"), ("b", "2")])
        );
        let kept = sorted[2].keep(|name| name != "a");
        assert_eq!(kept, labels(&[("b", "1")]));
    }

    #[test]
    fn an_empty_value_is_no_label() {
        let labels = Labels::new().with("a", "1").with("a", "");
        assert_eq!(labels, Labels::new());
        assert_eq!(labels.get("a"), "");
    }

    #[test]
    fn the_hash_never_changes() {
        // Alerts are found again by it after an upgrade.
        assert_eq!(Labels::new().fingerprint(), 0xcbf2_9ce4_8422_2325);
        assert_eq!(
            Labels::new().with("server", "fs").fingerprint(),
            0x4edb_7579_11a9_203d
        );
    }
}
