//! The label set that names a series or an alert.

use std::collections::BTreeMap;
use std::fmt;

/// Label names and values, sorted by name.
///
/// The metric name of a series is kept apart from its labels (see [`crate::Sample`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// No label at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// This set with one label more; an empty value removes the label, as in Prometheus.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if value.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    /// The value of a label; a label that is not there has the empty value.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// A stable 64-bit hash (FNV-1a over `name\xffvalue\xff`), the same in every process and version.
    ///
    /// It identifies an alert across restarts; the constants are those of the FNV specification.
    pub fn fingerprint(&self) -> u64 {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let bytes = self.0.iter().flat_map(|(name, value)| {
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

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        pairs
            .into_iter()
            .fold(Self::new(), |labels, (name, value)| {
                labels.with(&name.into(), value)
            })
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
