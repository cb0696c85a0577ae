//! The series of one target, found by how they are written: what a target exposes hardly changes.

use hashbrown::HashMap;
use model::Labels;

/// A series that has come before.
#[derive(Debug)]
pub(super) enum Line {
    /// Rules drop it.
    Dropped,
    /// It is stored.
    Kept {
        labels: Labels,
        /// The scrape that brought it first.
        since: u64,
        /// The scrape that brought it last.
        seen: u64,
        /// Whether the target itself said when: then it does not end with a marker.
        is_dated: bool,
    },
}

/// The lines of a target.
#[derive(Debug, Default)]
pub(super) struct Lines {
    lines: HashMap<Box<[u8]>, Line>,
    scrape: u64,
}

impl Lines {
    /// A new scrape begins.
    pub(super) fn begin(&mut self) -> u64 {
        self.scrape += 1;
        self.scrape
    }

    pub(super) fn find(&mut self, key: &[u8]) -> Option<&mut Line> {
        self.lines.get_mut(key)
    }

    pub(super) fn learn(&mut self, key: &[u8], line: Line) {
        self.lines.insert(key.into(), line);
    }

    /// The series that came last time and did not come in this scrape; they are forgotten.
    pub(super) fn gone(&mut self) -> Vec<Labels> {
        let now = self.scrape;
        let mut gone = Vec::new();
        self.lines.retain(|_, line| match line {
            Line::Dropped => true,
            Line::Kept { seen, .. } if *seen == now => true,
            Line::Kept {
                labels, is_dated, ..
            } => {
                if !*is_dated {
                    gone.push(labels.clone());
                }
                false
            }
        });
        // What rules drop is worth remembering only as long as it is a small part.
        let dropped = self
            .lines
            .values()
            .filter(|line| matches!(line, Line::Dropped))
            .count();
        if dropped > 10_000.max(4 * (self.lines.len() - dropped)) {
            self.lines.retain(|_, line| !matches!(line, Line::Dropped));
        }
        gone
    }

    /// All series end that came last time; with what a failed scrape had begun to bring they are
    /// forgotten.
    pub(super) fn end(&mut self, has_failed: bool) -> Vec<Labels> {
        let now = self.scrape;
        let all = std::mem::take(&mut self.lines).into_values();
        let kept = all.filter_map(|line| match line {
            Line::Kept { since, .. } if has_failed && since == now => None,
            Line::Kept {
                labels,
                is_dated: false,
                ..
            } => Some(labels),
            Line::Kept { .. } | Line::Dropped => None,
        });
        kept.collect()
    }
}
