//! A tile: one number with its unit, what it is measured against, and its course.

use leptos::prelude::*;
use wire::{Level, Unit};

use crate::{Changing, Glyph, Icon, Spark, Sparkline, format, when};

/// What a tile shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stat {
    /// The number, without its unit; `–` where there is none.
    pub number: String,
    /// The unit, or what the number is of: `ms`, `of 64`.
    pub unit: String,
    /// What it is measured against, in a few words.
    pub detail: String,
    /// How that is. Healthy and unknown show nothing: only what is wrong has a colour.
    pub level: Level,
    /// Its course, with the value that should not be passed.
    pub spark: Spark,
}

impl Stat {
    /// A value as its unit is written.
    pub fn of(unit: Unit, value: Option<f64>) -> Self {
        let text = value.map_or_else(|| "–".to_owned(), |value| format::value(unit, value));
        let (number, unit) = format::apart(&text);
        Self {
            number: number.to_owned(),
            unit: unit.to_owned(),
            ..Self::default()
        }
    }

    /// With what it is measured against.
    pub fn detail(self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { detail, ..self }
    }

    /// With a level.
    pub fn level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// With its course.
    pub fn spark(self, spark: impl Into<Spark>) -> Self {
        let spark = spark.into();
        Self { spark, ..self }
    }
}

/// Two values from which on something is degraded and unhealthy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Degraded from here on.
    pub warn: f64,
    /// Unhealthy from here on. Where it lies below `warn`, less is worse.
    pub bad: f64,
}

impl Thresholds {
    /// How a value is.
    pub fn level(self, value: Option<f64>) -> Level {
        let Some(value) = value.filter(|value| !value.is_nan()) else {
            return Level::Unknown;
        };
        let passes = |limit: f64| match self.bad < self.warn {
            true => value <= limit,
            false => value >= limit,
        };
        match (passes(self.bad), passes(self.warn)) {
            (true, _) => Level::Unhealthy,
            (false, true) => Level::Degraded,
            (false, false) => Level::Healthy,
        }
    }
}

/// A tile; the whole of it leads to where the number is explained, if there is such a place.
#[component]
pub fn StatTile(
    /// What is counted.
    #[prop(into)]
    title: String,
    /// What it shows.
    #[prop(into)]
    stat: Changing<Stat>,
    /// Where it leads.
    #[prop(optional_no_strip)]
    href: Option<String>,
) -> impl IntoView {
    let stat = Memo::new(move |_| stat.get());
    let part = move |part: fn(&Stat) -> String| stat.with(part);
    let level = move || stat.with(|stat| stat.level);
    let spark = move || stat.with(|stat| stat.spark.clone());
    let is_wrong = move || matches!(level(), Level::Degraded | Level::Unhealthy);
    let word = move || {
        let level = level();
        view! {
            <span class="word">
                <Icon glyph=Glyph::of_level(level) />
                {level.as_str()}
            </span>
            " "
        }
    };
    let title = match href {
        Some(href) => view! { <a href=href>{title}</a> }.into_any(),
        None => title.into_any(),
    };
    view! {
        <div class="tile" data-level=move || level().as_str()>
            <h3>{title}</h3>
            <p class="value">
                <b>{move || part(|stat| stat.number.clone())}</b>
                " "
                <span>{move || part(|stat| stat.unit.clone())}</span>
            </p>
            <p class="detail">
                {when(is_wrong, word)}
                {move || part(|stat| stat.detail.clone())}
            </p>
            {when(
                move || stat.with(|stat| !stat.spark.values.is_empty()),
                move || view! { <Sparkline spark=spark /> },
            )}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_apart_from_units() {
        for (unit, value, number, said) in [
            (Unit::Seconds, Some(0.182), "182", "ms"),
            (Unit::Seconds, Some(125.0), "2", "min 5 s"),
            (Unit::Number, Some(12_400.0), "12.4", "k"),
            (Unit::Number, Some(37.0), "37", ""),
            (Unit::PerSecond, Some(0.5), "0.5", "/s"),
            (Unit::PerSecond, Some(12_400.0), "12.4", "k/s"),
            (Unit::Ratio, Some(0.9993), "99.93", "%"),
            (Unit::Bytes, None, "–", ""),
        ] {
            let stat = Stat::of(unit, value);
            assert_eq!((stat.number.as_str(), stat.unit.as_str()), (number, said));
        }
    }

    #[test]
    fn levels() {
        let more_is_worse = Thresholds {
            warn: 85.0,
            bad: 95.0,
        };
        let less_is_worse = Thresholds {
            warn: 0.5,
            bad: 0.1,
        };
        for (thresholds, value, level) in [
            (more_is_worse, Some(84.9), Level::Healthy),
            (more_is_worse, Some(85.0), Level::Degraded),
            (more_is_worse, Some(f64::INFINITY), Level::Unhealthy),
            (more_is_worse, Some(f64::NAN), Level::Unknown),
            (more_is_worse, None, Level::Unknown),
            (less_is_worse, Some(0.6), Level::Healthy),
            (less_is_worse, Some(0.5), Level::Degraded),
            (less_is_worse, Some(0.0), Level::Unhealthy),
        ] {
            assert_eq!(thresholds.level(value), level, "{value:?}");
        }
    }
}
