//! Which series there are, and which of them match.

use std::collections::{BTreeMap, HashMap};

use model::{Labels, MatchValue, Matcher};

/// The number of a series; it never changes.
pub(crate) type SeriesId = u32;

/// Labels to series, and each label's values to the series that have them.
#[derive(Default)]
pub(crate) struct Index {
    by_labels: HashMap<Labels, SeriesId>,
    labels: HashMap<SeriesId, Labels>,
    postings: BTreeMap<String, BTreeMap<String, Vec<SeriesId>>>,
    last: SeriesId,
}

impl Index {
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn find(&self, labels: &Labels) -> Option<SeriesId> {
        self.by_labels.get(labels).copied()
    }

    pub(crate) fn labels(&self, id: SeriesId) -> Option<&Labels> {
        self.labels.get(&id)
    }

    /// Numbers a series that is new.
    pub(crate) fn add(&mut self, labels: Labels) -> SeriesId {
        let id = self.last + 1;
        self.insert(id, labels);
        id
    }

    /// Takes in a series that has its number already.
    pub(crate) fn insert(&mut self, id: SeriesId, labels: Labels) {
        self.last = self.last.max(id);
        for (name, value) in labels.iter() {
            let values = self.postings.entry(name.to_owned()).or_default();
            let ids = values.entry(value.to_owned()).or_default();
            // Numbers rise, so this is nearly always the end.
            let place = ids.partition_point(|known| *known < id);
            ids.insert(place, id);
        }
        self.by_labels.insert(labels.clone(), id);
        self.labels.insert(id, labels);
    }

    pub(crate) fn remove(&mut self, id: SeriesId) {
        let Some(labels) = self.labels.remove(&id) else {
            return;
        };
        self.by_labels.remove(&labels);
        for (name, value) in labels.iter() {
            let Some(values) = self.postings.get_mut(name) else {
                continue;
            };
            if let Some(ids) = values.get_mut(value) {
                ids.retain(|known| *known != id);
                if ids.is_empty() {
                    values.remove(value);
                }
            }
            if values.is_empty() {
                self.postings.remove(name);
            }
        }
    }

    /// The series for which all conditions hold, by number.
    pub(crate) fn matching(&self, matchers: &[Matcher]) -> Vec<SeriesId> {
        // The condition that leaves the fewest decides which series are looked at.
        let narrowest = matchers
            .iter()
            .filter_map(|matcher| self.having(matcher))
            .min_by_key(Vec::len);
        let mut ids = narrowest.unwrap_or_else(|| self.labels.keys().copied().collect());
        ids.retain(|id| {
            let labels = self.labels.get(id);
            labels.is_some_and(|labels| matchers.iter().all(|matcher| matcher.matches(labels)))
        });
        ids.sort_unstable();
        ids
    }

    /// The series whose label fulfils the condition; `None` where not having the label fulfils it too.
    fn having(&self, matcher: &Matcher) -> Option<Vec<SeriesId>> {
        if matcher.matches_value("") {
            return None;
        }
        let Some(values) = self.postings.get(&matcher.name) else {
            return Some(Vec::new());
        };
        if let MatchValue::Equal(value) = &matcher.is {
            let ids = values.get(value);
            return Some(ids.cloned().unwrap_or_default());
        }
        let fulfilling = values
            .iter()
            .filter(|(value, _)| matcher.matches_value(value));
        Some(
            fulfilling
                .flat_map(|(_, ids)| ids.iter().copied())
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::whole_match;

    fn labels(text: &str) -> Labels {
        let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.collect()
    }

    #[test]
    fn all_four_matchers() {
        let mut index = Index::default();
        for text in ["m=up job=a", "m=up job=b", "m=up", "m=down job=a x=1"] {
            index.add(labels(text));
        }
        let check = |matchers: &[(&str, &str, &str)], expected: &[SeriesId]| {
            let matchers: Vec<_> = matchers
                .iter()
                .map(|(name, op, value)| Matcher {
                    name: (*name).to_owned(),
                    is: match *op {
                        "=" => MatchValue::Equal((*value).to_owned()),
                        "!=" => MatchValue::NotEqual((*value).to_owned()),
                        "=~" => MatchValue::Matches(whole_match(value).unwrap()),
                        _ => MatchValue::NotMatches(whole_match(value).unwrap()),
                    },
                })
                .collect();
            assert_eq!(index.matching(&matchers), expected, "{matchers:?}");
        };
        check(&[], &[1, 2, 3, 4]);
        check(&[("m", "=", "up")], &[1, 2, 3]);
        check(&[("m", "=", "up"), ("job", "!=", "a")], &[2, 3]);
        check(&[("job", "=", "")], &[3]);
        check(&[("job", "=~", "a|b"), ("m", "!~", "d.*")], &[1, 2]);
        check(&[("job", "=~", ".*"), ("x", "!=", "")], &[4]);
        check(&[("job", "!~", ".+")], &[3]);
        check(&[("nothing", "=", "x")], &[]);
        check(&[("nothing", "=~", "x?")], &[1, 2, 3, 4]);
    }

    #[test]
    fn what_is_removed_is_gone() {
        let mut index = Index::default();
        let id = index.add(labels("m=up job=a"));
        index.remove(id);
        index.remove(id);
        assert_eq!((index.len(), index.find(&labels("m=up job=a"))), (0, None));
        assert!(index.postings.is_empty());
        assert_ne!(
            index.add(labels("m=up job=a")),
            id,
            "numbers are not given twice"
        );
    }
}
