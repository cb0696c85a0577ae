//! Which series there are, and which of them match.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};
use model::{Labels, METRIC_NAME, MatchValue, Matcher};

use crate::admission::TARGET;

/// The number of a series; it never changes.
pub(crate) type SeriesId = u32;

/// The number of a group: a few series of one metric, whose chunks stand in one row because they are
/// asked for together.
pub(crate) type GroupId = u32;

/// Most series of a group. With more, asking for one series reads more in vain; with fewer, asking for
/// a metric reads more rows.
const OF_A_GROUP: usize = 32;

/// A series with its numbers.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: SeriesId,
    pub(crate) group: GroupId,
    pub(crate) labels: Labels,
}

/// Labels to series, and each label's values to the series that have them.
#[derive(Default)]
pub(crate) struct Index {
    by_labels: HashMap<Labels, SeriesId>,
    known: HashMap<SeriesId, Known>,
    postings: BTreeMap<String, BTreeMap<String, Vec<SeriesId>>>,
    members: HashMap<GroupId, Vec<SeriesId>>,
    /// The group of each metric that has room, and how many series have been put into it.
    open_groups: HashMap<String, (GroupId, usize)>,
    last: SeriesId,
    last_group: GroupId,
    /// Series of which there are only rollups, and how many of each target: limits do not count them.
    dormant: HashSet<SeriesId>,
    /// Those that have got samples since it was last stored which they are.
    woken: Vec<SeriesId>,
    dormant_of_target: HashMap<String, usize>,
}

impl Index {
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Series that may still get samples.
    pub(crate) fn awake(&self) -> usize {
        self.known.len().saturating_sub(self.dormant.len())
    }

    /// Whether there are only rollups of a series.
    pub(crate) fn is_dormant(&self, id: SeriesId) -> bool {
        self.dormant.contains(&id)
    }

    /// How many series there are only rollups of.
    pub(crate) fn dormant_count(&self) -> usize {
        self.dormant.len()
    }

    /// All of them.
    pub(crate) fn dormant(&self) -> &HashSet<SeriesId> {
        &self.dormant
    }

    /// Series that have got samples since this was last asked, and had none before.
    pub(crate) fn take_woken(&mut self) -> Vec<SeriesId> {
        std::mem::take(&mut self.woken)
    }

    /// Notes that a series has got samples.
    pub(crate) fn wake(&mut self, id: SeriesId) {
        if !self.dormant.remove(&id) {
            return;
        }
        self.woken.push(id);
        if let Some(series) = self.known.get(&id)
            && let Some(count) = self.dormant_of_target.get_mut(series.labels.get(TARGET))
        {
            *count -= 1;
        }
    }

    /// Notes of which series there are only rollups.
    pub(crate) fn set_dormant(&mut self, dormant: HashSet<SeriesId>) {
        self.dormant_of_target.clear();
        for series in dormant.iter().filter_map(|id| self.known.get(id)) {
            let target = series.labels.get(TARGET);
            *self.dormant_of_target.entry_ref(target).or_default() += 1;
        }
        self.dormant = dormant;
    }

    pub(crate) fn find(&self, labels: &Labels) -> Option<SeriesId> {
        self.by_labels.get(labels).copied()
    }

    pub(crate) fn get(&self, id: SeriesId) -> Option<&Known> {
        self.known.get(&id)
    }

    /// All series, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Known> {
        self.known.values()
    }

    /// The series of a group.
    pub(crate) fn members(&self, group: GroupId) -> impl Iterator<Item = &Known> {
        let ids = self.members.get(&group).into_iter().flatten();
        ids.filter_map(|id| self.known.get(id))
    }

    /// Series of the same target as these labels that may still get samples.
    pub(crate) fn of_target(&self, labels: &Labels) -> usize {
        let values = self.postings.get(TARGET);
        let ids = values.and_then(|values| values.get(labels.get(TARGET)));
        let dormant = self.dormant_of_target.get(labels.get(TARGET));
        ids.map_or(0, |ids| {
            ids.len()
                .saturating_sub(dormant.copied().unwrap_or_default())
        })
    }

    /// Whether no number is left for a new series.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.last == SeriesId::MAX
    }

    /// Numbers a series that is new.
    pub(crate) fn add(&mut self, labels: Labels) -> &Known {
        let id = self.last + 1;
        let open = self.open_groups.get(labels.get(METRIC_NAME));
        let group = match open {
            Some((group, members)) if *members < OF_A_GROUP => *group,
            _ => self.last_group + 1,
        };
        self.insert(Known { id, group, labels });
        &self.known[&id]
    }

    /// Takes in a series that has its numbers already.
    pub(crate) fn insert(&mut self, series: Known) {
        self.last = self.last.max(series.id);
        self.last_group = self.last_group.max(series.group);
        let name = series.labels.get(METRIC_NAME);
        let (group, members) = self.open_groups.entry_ref(name).or_default();
        if *group != series.group {
            (*group, *members) = (series.group, 0);
        }
        *members += 1;
        self.members
            .entry(series.group)
            .or_default()
            .push(series.id);
        for (name, value) in series.labels.iter() {
            let ids = match self.postings.get_mut(name) {
                Some(values) => match values.get_mut(value) {
                    Some(ids) => ids,
                    None => values.entry(value.to_owned()).or_default(),
                },
                None => {
                    let values = self.postings.entry(name.to_owned()).or_default();
                    values.entry(value.to_owned()).or_default()
                }
            };
            // Numbers rise, so this is nearly always the end.
            let place = ids.partition_point(|known| *known < series.id);
            ids.insert(place, series.id);
        }
        self.by_labels.insert(series.labels.clone(), series.id);
        self.known.insert(series.id, series);
    }

    /// Forgets series, going through each list that has some of them once.
    pub(crate) fn remove_all(&mut self, gone: &HashSet<SeriesId>) {
        let mut lists: BTreeSet<(String, String)> = BTreeSet::new();
        let mut groups = HashSet::new();
        for id in gone {
            self.wake(*id);
            let Some(series) = self.known.remove(id) else {
                continue;
            };
            self.by_labels.remove(&series.labels);
            groups.insert(series.group);
            let pairs = series.labels.iter();
            lists.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        for group in groups {
            if let Some(members) = self.members.get_mut(&group) {
                members.retain(|id| !gone.contains(id));
                if members.is_empty() {
                    self.members.remove(&group);
                }
            }
        }
        let members = &self.members;
        self.open_groups
            .retain(|_, (group, _)| members.contains_key(group));
        for (name, value) in lists {
            let Some(values) = self.postings.get_mut(&name) else {
                continue;
            };
            if let Some(ids) = values.get_mut(&value) {
                ids.retain(|id| !gone.contains(id));
                if ids.is_empty() {
                    values.remove(&value);
                }
            }
            if values.is_empty() {
                self.postings.remove(&name);
            }
        }
    }

    /// The series for which all conditions hold, by number.
    pub(crate) fn matching(&self, matchers: &[Matcher]) -> Vec<&Known> {
        // The condition that leaves the fewest decides which series are looked at.
        let found = matchers.iter().enumerate();
        let found = found.filter_map(|(place, matcher)| Some((place, self.having(matcher)?)));
        let narrowest =
            found.min_by_key(|(_, lists)| lists.iter().map(|ids| ids.len()).sum::<usize>());
        let holds = |series: &&Known, but: Option<usize>| {
            let mut others = matchers
                .iter()
                .enumerate()
                .filter(|(place, _)| Some(*place) != but);
            others.all(|(_, matcher)| matcher.matches(&series.labels))
        };
        let mut matching: Vec<&Known> = match narrowest {
            Some((place, lists)) => {
                let series = lists
                    .into_iter()
                    .flatten()
                    .filter_map(|id| self.known.get(id));
                series.filter(|series| holds(series, Some(place))).collect()
            }
            None => self
                .known
                .values()
                .filter(|series| holds(series, None))
                .collect(),
        };
        matching.sort_unstable_by_key(|series| series.id);
        matching
    }

    /// The series whose label fulfils the condition; `None` where not having the label fulfils it too.
    fn having(&self, matcher: &Matcher) -> Option<Vec<&[SeriesId]>> {
        if matcher.matches_value("") {
            return None;
        }
        let Some(values) = self.postings.get(&matcher.name) else {
            return Some(Vec::new());
        };
        if let MatchValue::Equal(value) = &matcher.is {
            return Some(values.get(value).map(Vec::as_slice).into_iter().collect());
        }
        let fulfilling = values
            .iter()
            .filter(|(value, _)| matcher.matches_value(value));
        Some(fulfilling.map(|(_, ids)| ids.as_slice()).collect())
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
            let found: Vec<_> = index
                .matching(&matchers)
                .iter()
                .map(|series| series.id)
                .collect();
            assert_eq!(found, expected, "{matchers:?}");
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
        let id = index.add(labels("m=up job=a")).id;
        let stays = index.add(labels("m=up job=b")).id;
        let gone = HashSet::from_iter([id, 99]);
        index.remove_all(&gone);
        index.remove_all(&gone);
        assert_eq!((index.len(), index.find(&labels("m=up job=a"))), (1, None));
        index.remove_all(&HashSet::from_iter([stays]));
        assert!(index.postings.is_empty() && index.members.is_empty());
        assert_ne!(
            index.add(labels("m=up job=a")).id,
            id,
            "numbers are not given twice"
        );
    }

    #[test]
    fn a_metric_is_together() {
        let mut index = Index::default();
        let mut groups = Vec::new();
        for n in 0..40 {
            for metric in ["a", "b"] {
                let labels = Labels::new().with(METRIC_NAME, metric);
                groups.push(index.add(labels.with("n", n.to_string())).group);
            }
        }
        let of = |metric: usize| groups.iter().skip(metric).step_by(2).copied();
        let (a, b): (Vec<_>, Vec<_>) = (of(0).collect(), of(1).collect());
        assert!(a.iter().all(|group| !b.contains(group)));
        assert!(a.is_sorted() && a[0] == a[31] && a[31] != a[32]);
        assert_eq!(index.of_target(&Labels::new().with(TARGET, "x")), 0);

        // Read back in the order of numbers, the last groups are filled up.
        let mut again = Index::default();
        let mut all: Vec<_> = index.iter().cloned().collect();
        all.sort_by_key(|series| series.id);
        all.into_iter().for_each(|series| again.insert(series));
        let next = again.add(Labels::new().with(METRIC_NAME, "a")).group;
        assert_eq!(next, a[39]);
    }
}
