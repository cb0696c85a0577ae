//! The store together with samples that are still on their way to it: a full disk blinds no rule.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use model::{
    Coarse, Labels, Matcher, ReadError, ReadSamples, Rolled, RolledSeries, Selection,
    SeriesExemplars, SeriesSamples, TimestampMs,
};

/// A store and what it does not have yet.
pub(super) struct Fresh {
    pub(super) store: Arc<dyn ReadSamples>,
    pub(super) waiting: Vec<SeriesSamples>,
}

impl Fresh {
    fn matching<'a>(
        &'a self,
        selection: &'a Selection,
    ) -> impl Iterator<Item = &'a SeriesSamples> + 'a {
        let all = self.waiting.iter();
        all.filter(|series| selection.matchers.iter().all(|m| m.matches(&series.labels)))
    }
}

impl ReadSamples for Fresh {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let newer = self.matching(selection);
        let newer = newer.map(|series| (series.labels.clone(), within(series, selection)));
        let mut newer: BTreeMap<Labels, SeriesSamples> = newer.collect();
        let mut is_over = false;
        self.store.select(selection, &mut |series| {
            let series = match newer.remove(&series.labels) {
                Some(newer) => merged(series, newer),
                None => series,
            };
            let flow = each(series);
            is_over = flow.is_break();
            flow
        })?;
        for series in newer.into_values() {
            if is_over || (!series.at_ms.is_empty() && each(series).is_break()) {
                break;
            }
        }
        Ok(())
    }

    fn select_rolled(
        &self,
        selection: &Selection,
        coarse: Coarse,
        each: &mut dyn FnMut(RolledSeries) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let newer = self.matching(selection);
        let newer = newer.map(|series| (series.labels.clone(), within(series, selection)));
        let mut newer: BTreeMap<Labels, SeriesSamples> = newer.collect();
        let mut is_over = false;
        self.store.select_rolled(selection, coarse, &mut |found| {
            let flow = each(match newer.remove(&found.series.labels) {
                Some(newer) => rolled_and(found, newer),
                None => found,
            });
            is_over = flow.is_break();
            flow
        })?;
        for series in newer.into_values() {
            if is_over || (!series.at_ms.is_empty() && each(series.into()).is_break()) {
                break;
            }
        }
        Ok(())
    }

    fn exemplars(
        &self,
        any_of: &[Vec<Matcher>],
        from_ms: TimestampMs,
        to_ms: TimestampMs,
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Vec<SeriesExemplars> {
        // What is on its way is the product's own, and has none.
        self.store.exemplars(any_of, from_ms, to_ms, go_on)
    }

    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let newer = self.matching(selection).map(|series| (&series.labels, ()));
        let mut newer: BTreeMap<&Labels, ()> = newer.collect();
        let mut is_over = false;
        self.store.series(selection, &mut |labels| {
            newer.remove(labels);
            let flow = each(labels);
            is_over = flow.is_break();
            flow
        })?;
        for labels in newer.into_keys() {
            if is_over || each(labels).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn within(series: &SeriesSamples, selection: &Selection) -> SeriesSamples {
    let asked = selection.from_ms..=selection.to_ms;
    let samples = series.at_ms.iter().zip(&series.values);
    let samples = samples.filter(|(at_ms, _)| asked.contains(at_ms));
    let (at_ms, values) = samples.map(|(at_ms, value)| (*at_ms, *value)).unzip();
    SeriesSamples::floats(series.labels.clone(), at_ms, values)
}

/// What is rolled up stays as it is: what waits is newer.
fn rolled_and(found: RolledSeries, newer: SeriesSamples) -> RolledSeries {
    let RolledSeries { series, rolled } = found;
    let points = rolled.as_ref().map_or(0, Rolled::points);
    let mut older = series;
    let samples = SeriesSamples {
        histograms: std::mem::take(&mut older.histograms),
        ..SeriesSamples::floats(
            older.labels.clone(),
            older.at_ms.split_off(points),
            older.values.split_off(points),
        )
    };
    let mut samples = merged(samples, newer);
    let last = older.at_ms.last().copied();
    let known = samples.at_ms.partition_point(|at_ms| Some(*at_ms) <= last);
    older.at_ms.extend(samples.at_ms.drain(known..));
    older.values.extend(samples.values.drain(known..));
    older.histograms = samples.histograms;
    RolledSeries {
        series: older,
        rolled,
    }
}

/// Both in the order of time; where both have one, the newer counts. What waits has no histograms.
fn merged(older: SeriesSamples, newer: SeriesSamples) -> SeriesSamples {
    let samples = |at_ms: Vec<TimestampMs>, values: Vec<f64>| at_ms.into_iter().zip(values);
    let mut all: BTreeMap<TimestampMs, f64> = samples(older.at_ms, older.values).collect();
    all.extend(samples(newer.at_ms, newer.values));
    let mut histograms = older.histograms;
    histograms.retain(|(at_ms, _)| !all.contains_key(at_ms));
    let (at_ms, values) = all.into_iter().unzip();
    SeriesSamples {
        histograms,
        ..SeriesSamples::floats(older.labels, at_ms, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Behind;

    fn series(name: &str, samples: &[(TimestampMs, f64)]) -> SeriesSamples {
        let (at_ms, values) = samples.iter().copied().unzip();
        SeriesSamples::floats(Labels::new().with("a", name), at_ms, values)
    }

    #[test]
    fn what_waits_is_seen() {
        let old = Fresh {
            store: Arc::new(Fresh {
                store: Arc::new(Nothing),
                waiting: vec![series("x", &[(1, 1.0), (2, 2.0)]), series("y", &[(1, 9.0)])],
            }),
            waiting: vec![
                series("x", &[(2, 3.0), (3, 4.0), (9, 5.0)]),
                series("z", &[(9, 1.0)]),
            ],
        };
        let all = Selection {
            matchers: Vec::new(),
            from_ms: 0,
            to_ms: 5,
        };
        let mut found = Vec::new();
        let each = &mut |series: SeriesSamples| {
            found.push(series);
            ControlFlow::Continue(())
        };
        old.select(&all, each).unwrap();
        let expected = [
            series("x", &[(1, 1.0), (2, 3.0), (3, 4.0)]),
            series("y", &[(1, 9.0)]),
        ];
        assert_eq!(found, expected);
        let mut names = Vec::new();
        let each = &mut |labels: &Labels| {
            names.push(labels.get("a").to_owned());
            ControlFlow::Continue(())
        };
        old.series(&all, each).unwrap();
        assert_eq!(names, ["x", "y", "z"]);
    }

    #[test]
    fn what_waits_comes_after_what_is_rolled_up() {
        let behind = vec![Behind::default(); 2];
        for (newer, expected) in [
            (
                &[(4, 4.0), (6, 6.0)][..],
                &[(1, 1.0), (3, 2.0), (4, 4.0), (5, 3.0), (6, 6.0)][..],
            ),
            (&[(2, 9.0), (5, 9.0)], &[(1, 1.0), (3, 2.0), (5, 9.0)]),
        ] {
            let found = RolledSeries {
                series: series("x", &[(1, 1.0), (3, 2.0), (5, 3.0)]),
                rolled: Some(Rolled {
                    behind: behind.clone(),
                    until: vec![(3, 2)],
                }),
            };
            let both = rolled_and(found.clone(), series("x", newer));
            assert_eq!(both.series, series("x", expected));
            assert_eq!(both.rolled, found.rolled);
        }
    }

    struct Nothing;

    impl ReadSamples for Nothing {
        fn select(
            &self,
            _: &Selection,
            _: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
        ) -> Result<(), ReadError> {
            Ok(())
        }

        fn series(
            &self,
            _: &Selection,
            _: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
        ) -> Result<(), ReadError> {
            Ok(())
        }
    }
}
