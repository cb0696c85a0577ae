//! What an objective would have been over stored data, and what other targets would have meant.

use leptos::prelude::*;
use ui::chart::{Chart, Picture};
use ui::{Gauge, Reading, all, copy, worded_badge};
use wire::{Budget, IndicatorKind, Level, ObjectivePreview, TargetGuess};

use super::pictures::previewed;
use super::words::{left, minutes, percent, sentences, share, spent_of};

/// The whole of it; `take` puts another target into the form.
pub(super) fn preview(
    it: &ObjectivePreview,
    kind: IndicatorKind,
    take: impl Fn(String) + Copy + Send + Sync + 'static,
) -> AnyView {
    let budget = &it.budget;
    let caution = (!it.caution.is_empty()).then(|| {
        let caution = sentences(&[&it.caution]);
        view! {
            <p class="note" data-level="degraded"><ui::Icon glyph=ui::Glyph::Info /> <span>{caution}</span></p>
        }
        .into_any()
    });
    let reading = Reading {
        share: budget.left,
        text: left(budget.left),
        level: guess(budget.left),
        detail: format!(
            "{} spent; {} measured",
            spent_of(kind, budget),
            minutes(budget.minutes as f64)
        ),
        mark: None,
    };
    let known = it.burn_down.iter().filter(|point| point.value.is_some());
    let has_some = known.count() > 2;
    let picture: RwSignal<Picture> = RwSignal::new(previewed(&it.burn_down, budget));
    let chart = has_some
        .then(|| view! { <Chart title="Budget left".to_owned() picture=picture /> }.into_any());
    let rules = it.rules.clone();
    let copied = rules.clone();
    view! {
        <p class="sentence"><strong>{would_have(budget)}</strong></p>
        <p class="sentence">{sentences(&[&it.sentence])}</p>
        {caution}
        <Gauge title="Budget" reading=move || reading.clone() />
        {chart}
        {targets(&it.targets, take)}
        <details>
            <summary>"Its rules"</summary>
            <p><button on:click=move |_| copy(&copied, "Rules")>"Copy"</button></p>
            <pre class="rules-text" tabindex="0">{rules}</pre>
        </details>
    }
    .into_any()
}

/// What would have been spent of it, and over which time that is said.
fn would_have(budget: &Budget) -> String {
    let whole = (budget.to_ms - budget.from_ms) / 60_000;
    let is_known = budget.minutes + budget.gap_minutes + budget.excluded_minutes;
    let over = match is_known >= whole.unsigned_abs() * 9 / 10 {
        true => format!("the last {}", minutes(whole as f64)),
        false => format!("the {} that are known", minutes(budget.minutes as f64)),
    };
    match budget.left {
        None => "Nothing was measured, so nothing can be said of it.".to_owned(),
        Some(left) => format!(
            "With this target you would have spent {} of the budget in {over}.",
            share(1.0 - left)
        ),
    }
}

/// How a target would have been kept.
fn guess(left: Option<f64>) -> Level {
    match left {
        None => Level::Unknown,
        Some(left) if left <= 0.0 => Level::Unhealthy,
        Some(_) => Level::Healthy,
    }
}

fn targets(
    guesses: &[TargetGuess],
    take: impl Fn(String) + Copy + Send + Sync + 'static,
) -> AnyView {
    if guesses.is_empty() {
        return ().into_any();
    }
    let rows = all(guesses.iter().map(|guessed| {
        let target = percent(guessed.target_percent);
        let typed = target.trim_end_matches(" %").to_owned();
        let level = guess(guessed.left);
        let word = match level {
            Level::Unhealthy => "missed",
            Level::Healthy => "met",
            _ => "no data",
        };
        let label = format!("Take it: {target}");
        view! {
            <tr>
                <th scope="row">{target}</th>
                <td>{worded_badge(level, word)}</td>
                <td class="number">{left(guessed.left)}</td>
                <td class="number"><button class="quiet" aria-label=label on:click=move |_| take(typed.clone())>"Take it"</button></td>
            </tr>
        }
    }));
    view! {
        <h2>"What could be promised"</h2>
        <table>
            <thead><tr><th>"Target"</th><th>"It"</th><th class="number">"Budget"</th><th class="number"><span class="hidden-label">"Take it"</span></th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_have_been_spent() {
        let budget = |minutes: u64, left: Option<f64>| Budget {
            from_ms: 0,
            to_ms: 30 * 86_400_000,
            good: 0.0,
            total: 0.0,
            compliance: None,
            allowed: 0.0,
            spent: 0.0,
            left,
            left_minutes: 0.0,
            minutes,
            gap_minutes: 0,
            excluded_minutes: 0,
            bad_minutes: 0,
        };
        for (minutes, left, expected) in [
            (
                43_200,
                Some(0.37),
                "With this target you would have spent 63 % of the budget in the last 30 d.",
            ),
            (
                25,
                Some(-1.0),
                "With this target you would have spent 200 % of the budget in the 25 min that are known.",
            ),
            (
                0,
                None,
                "Nothing was measured, so nothing can be said of it.",
            ),
        ] {
            assert_eq!(would_have(&budget(minutes, left)), expected);
        }
    }

    #[test]
    fn a_target_is_met_while_something_is_left() {
        for (left, expected) in [
            (None, Level::Unknown),
            (Some(0.0), Level::Unhealthy),
            (Some(-1.0), Level::Unhealthy),
            (Some(0.01), Level::Healthy),
        ] {
            assert_eq!(guess(left), expected, "{left:?}");
        }
    }
}
