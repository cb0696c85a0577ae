//! Maintenance windows, as what objectives leave out: series that a window is about are not there while it runs, and a
//! minute is left out where nothing else is.

use std::ops::ControlFlow;

use model::{
    Coarse, Labels, ReadError, ReadSamples, RolledSeries, Selection, SeriesSamples, TimestampMs,
};
use notifier::Window;
use slo::MINUTE_MS;

use super::store::Stretch;

/// The most times of a window that are looked at together.
const MOST: usize = 10_000;

/// Windows and their times within a stretch.
#[derive(Default)]
pub(super) struct Maintenance {
    windows: Vec<(Window, Vec<Stretch>)>,
}

impl Maintenance {
    /// What runs in a stretch. What a window was before somebody ended it, it was.
    pub(super) fn of(windows: &[Window], (from_ms, to_ms): Stretch) -> Self {
        let spans = |window: &Window| {
            let end_ms = window.ended.as_ref().map_or(to_ms, |deed| deed.at_ms);
            let whole = Window {
                ended: None,
                ..window.clone()
            };
            let spans = whole.spans(from_ms, to_ms.min(end_ms), MOST);
            let spans = spans.iter().map(|it| (it.from_ms, it.to_ms.min(end_ms)));
            let spans = spans.filter(|(from, to)| from < to && *to > from_ms && *from < to_ms);
            spans.collect::<Vec<_>>()
        };
        let windows = windows.iter().map(|window| (window.clone(), spans(window)));
        let windows = windows.filter(|(_, spans)| !spans.is_empty());
        Self {
            windows: windows.collect(),
        }
    }

    /// A stretch of whole minutes, cut where what runs changes.
    pub(super) fn cut(&self, (from_ms, to_ms): Stretch) -> Vec<(Stretch, Vec<&Window>)> {
        let floor = |at: i64| at.div_euclid(MINUTE_MS) * MINUTE_MS;
        let mut cuts = vec![from_ms, to_ms];
        for (from, to) in self.windows.iter().flat_map(|(_, spans)| spans) {
            // A minute of which a part is left out is left out.
            let ends = [floor(*from), floor(to + MINUTE_MS - 1)];
            cuts.extend(ends.iter().filter(|at| from_ms < **at && **at < to_ms));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let pairs = cuts.windows(2).map(|pair| (pair[0], pair[1]));
        let running = |(begin, end): Stretch| {
            let runs = |(_, spans): &&(Window, Vec<Stretch>)| {
                spans.iter().any(|(from, to)| *from < end && begin < *to)
            };
            let running = self.windows.iter().filter(runs);
            running.map(|(window, _)| window).collect()
        };
        pairs.map(|pair| (pair, running(pair))).collect()
    }
}

/// Samples but for those of series that windows are about.
pub(super) struct Without<'a> {
    pub(super) samples: &'a dyn ReadSamples,
    pub(super) windows: Vec<&'a Window>,
}

impl Without<'_> {
    fn has(&self, labels: &Labels) -> bool {
        !self.windows.iter().any(|window| window.is_about(labels))
    }
}

impl ReadSamples for Without<'_> {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.samples
            .select(selection, &mut |series| match self.has(&series.labels) {
                true => each(series),
                false => ControlFlow::Continue(()),
            })
    }

    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.samples
            .series(selection, &mut |labels| match self.has(labels) {
                true => each(labels),
                false => ControlFlow::Continue(()),
            })
    }

    fn select_rolled(
        &self,
        selection: &Selection,
        coarse: Coarse,
        each: &mut dyn FnMut(RolledSeries) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.samples
            .select_rolled(
                selection,
                coarse,
                &mut |found| match self.has(&found.series.labels) {
                    true => each(found),
                    false => ControlFlow::Continue(()),
                },
            )
    }
}

/// The end of the last whole minute.
pub(super) fn minute_before(at_ms: TimestampMs) -> TimestampMs {
    at_ms.div_euclid(MINUTE_MS) * MINUTE_MS
}

#[cfg(test)]
pub(super) mod tests {
    use notifier::{Plan, Span, When, parse_matchers};

    use super::*;

    pub(in crate::slo) fn window(matchers: &str, from_ms: i64, to_ms: i64) -> Window {
        let plan = Plan {
            name: matchers.to_owned(),
            matchers: parse_matchers(matchers).unwrap(),
            when: When::Once(Span { from_ms, to_ms }),
            comment: String::new(),
            by: "ann".to_owned(),
        };
        plan.made(0).unwrap()
    }

    #[test]
    fn minutes_are_cut_where_what_runs_changes() {
        let windows = [
            window("server=a", 2 * MINUTE_MS + 1, 4 * MINUTE_MS),
            window("server=b", 3 * MINUTE_MS, 5 * MINUTE_MS + 1),
        ];
        let cut = |windows: &[Window]| -> Vec<_> {
            let maintenance = Maintenance::of(windows, (0, 10 * MINUTE_MS));
            let cut = maintenance.cut((0, 10 * MINUTE_MS)).into_iter();
            let said = cut.map(|((from, to), running)| {
                let names = running.iter().map(|it| it.name.as_str());
                let names = names.collect::<Vec<_>>().join(" ");
                (from / MINUTE_MS, to / MINUTE_MS, names)
            });
            said.collect()
        };
        let said = |from, to, names: &str| (from, to, names.to_owned());
        assert_eq!(
            cut(&windows),
            [
                said(0, 2, ""),
                said(2, 3, "server=a"),
                said(3, 4, "server=a server=b"),
                said(4, 6, "server=b"),
                said(6, 10, ""),
            ]
        );
        // What was so before it was ended, was so.
        let ended = windows[0].ended("bob", 3 * MINUTE_MS).unwrap();
        assert_eq!(
            cut(&[ended]),
            [said(0, 2, ""), said(2, 3, "server=a"), said(3, 10, "")]
        );
        assert_eq!(cut(&[]), [said(0, 10, "")]);
    }
}
