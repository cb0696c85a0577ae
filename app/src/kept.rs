//! What is asked for again every few seconds while somebody looks: not while the page stands still, and a hidden tab has no
//! time that goes on.

use leptos::prelude::*;
use ui::{LiveState, effect};
use wire::Read;

use crate::answer::{Answer, Failure};

/// How often, in milliseconds of the product's clock.
const REFRESH_MS: i64 = 5_000;

/// A value that is kept new while `goes_on`.
pub(crate) fn kept_new<T, F>(
    live: LiveState,
    first: T,
    goes_on: impl Fn() -> bool + 'static,
    load: impl Fn() -> F + 'static,
) -> RwSignal<T>
where
    T: Read + PartialEq + Send + Sync + 'static,
    F: Future<Output = Result<Answer<T>, Failure>> + 'static,
{
    let shown = RwSignal::new(first);
    let turns = StoredValue::new(Turns::default());
    let is_loading = StoredValue::new(false);
    effect(move || {
        let (now_ms, is_paused) = (live.now_ms.get(), live.is_paused.get());
        let is_due = turns.try_update_value(|turns| turns.is_due(now_ms, is_paused));
        if is_due != Some(true) || is_loading.get_value() || !goes_on() {
            return;
        }
        is_loading.set_value(true);
        let answer = load();
        leptos::task::spawn_local(async move {
            // What is shown stays where nothing newer can be had; the bar above says that the product is gone.
            if let Ok(answer) = answer.await
                && let Ok(newer) = answer.read()
                && shown.try_with_untracked(|shown| *shown != newer) == Some(true)
            {
                shown.try_set(newer);
            }
            // The page may have been left.
            is_loading.try_set_value(false);
        });
    });
    shown
}

/// When it is time.
#[derive(Clone, Copy, Default)]
struct Turns {
    /// The turn that was had; at first what was loaded with the page.
    had: Option<i64>,
}

impl Turns {
    fn is_due(&mut self, now_ms: i64, is_paused: bool) -> bool {
        let turn = now_ms / REFRESH_MS;
        match self.had {
            Some(_) if is_paused => false,
            Some(had) if had == turn => false,
            had => {
                self.had = Some(turn);
                had.is_some()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns() {
        let mut turns = Turns::default();
        for (now_ms, is_paused, is_due) in [
            (1_000_000, false, false),
            (1_004_000, false, false),
            (1_005_000, false, true),
            (1_006_000, false, false),
            (1_010_000, true, false),
            (1_020_000, true, false),
            // It goes on at once.
            (1_021_000, false, true),
            (1_022_000, false, false),
            (1_025_000, false, true),
        ] {
            assert_eq!(turns.is_due(now_ms, is_paused), is_due, "{now_ms}");
        }
    }
}
