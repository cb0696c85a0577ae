//! The thresholds `degraded` and `unhealthy`, each kind of check in units of its own.

use checks::Bounds;

use super::super::Mistakes;
use super::super::file::duration;
use super::super::samples::parse_size;

/// What thresholds are about.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// How long it may take: `"500ms"`.
    Seconds,
    /// Days left.
    Days,
    /// Free percent.
    Free,
    /// Percent in use.
    Used,
    /// Bytes: `"2GB"`.
    Bytes,
}

impl Scale {
    /// What those of a kind are about; `None` where it has none.
    pub(super) fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "http" | "tcp" | "postgres" | "redis" | "command" => Self::Seconds,
            "tls" => Self::Days,
            "disk" => Self::Free,
            "memory" => Self::Used,
            "process" => Self::Bytes,
            _ => return None,
        })
    }

    fn defaults(self) -> (Option<f64>, Option<f64>) {
        match self {
            Self::Seconds | Self::Bytes => (None, None),
            Self::Days => (Some(21.0), Some(7.0)),
            Self::Free => (Some(15.0), Some(5.0)),
            Self::Used => (Some(85.0), Some(95.0)),
        }
    }

    fn how_to_write(self) -> &'static str {
        match self {
            Self::Seconds => "must be a duration such as \"500ms\" or \"2s\"",
            Self::Days => "must be a number of days, such as 21",
            Self::Free | Self::Used => "must be a number from 0 to 100",
            Self::Bytes => "must be a size such as \"500MB\" or \"2GB\"",
        }
    }

    /// Whether less is worse.
    fn is_falling(self) -> bool {
        matches!(self, Self::Days | Self::Free)
    }
}

/// Reads both of a check; what is not given is as the kind has it.
pub(super) fn read(
    path: &str,
    scale: Scale,
    degraded: Option<toml::Value>,
    unhealthy: Option<toml::Value>,
    mistakes: &mut Mistakes,
) -> Bounds {
    let are_given = degraded.is_some() && unhealthy.is_some();
    let (of_degraded, of_unhealthy) = scale.defaults();
    let mut bound = |key: &str, value| bound(&format!("{path}.{key}"), scale, value, mistakes);
    let bounds = Bounds {
        degraded: bound("degraded", degraded).or(of_degraded),
        unhealthy: bound("unhealthy", unhealthy).or(of_unhealthy),
    };
    if let (true, Some(degraded), Some(unhealthy)) = (are_given, bounds.degraded, bounds.unhealthy)
    {
        let (is_wrong, how) = match scale.is_falling() {
            true => (degraded < unhealthy, "must not be below"),
            false => (degraded > unhealthy, "must not be above"),
        };
        if is_wrong {
            let message = format!("{how} `unhealthy`, which is the worse of the two");
            mistakes.push(format!("{path}.degraded"), message);
        }
    }
    bounds
}

fn bound(
    path: &str,
    scale: Scale,
    value: Option<toml::Value>,
    mistakes: &mut Mistakes,
) -> Option<f64> {
    use toml::Value::{Float, Integer, String};
    #[expect(
        clippy::cast_precision_loss,
        reason = "thresholds are small, sizes of memory fit"
    )]
    let number = match (scale, value?) {
        (Scale::Seconds, String(text)) => {
            return duration(path, Some(&text), mistakes).map(|it| it.as_secs_f64());
        }
        (Scale::Bytes, String(text)) => parse_size(&text).ok().map(|bytes| bytes as f64),
        (Scale::Days | Scale::Free | Scale::Used, Integer(number)) => Some(number as f64),
        (Scale::Days | Scale::Free | Scale::Used, Float(number)) => Some(number),
        _ => None,
    };
    let most = match scale {
        Scale::Free | Scale::Used => 100.0,
        _ => f64::MAX,
    };
    let number = number.filter(|number| (0.0..=most).contains(number));
    if number.is_none() {
        mistakes.push(path, scale.how_to_write());
    }
    number
}
