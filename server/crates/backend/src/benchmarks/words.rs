//! What is said of benchmarks.

use benchmarks::{Comparison, Method, Verdict};

/// The method, for who wants to know why something is called worse.
pub(super) const METHOD: &str = "\
A run is compared with up to ten earlier runs of the same benchmark on the same machine and branch, as ratios of medians. \
With three earlier runs or more, the new run is tested against the scatter of those runs (Student's t for a single case, \
Crawford and Howell 1998), and changes below 1 % are not told. With fewer, single values are compared (Mann and Whitney's U \
with the interval of Hodges and Lehmann; Welch's t where only means are known), and a change is told only if its whole 95 % \
interval lies beyond 5 %, because nobody knows yet by how much runs differ. p is corrected for all benchmarks of a run \
(Benjamini and Hochberg), and what is told has a corrected p below 0.05.";

/// A part as per cent, with two digits that count.
fn percent(part: f64) -> String {
    let value = part.abs() * 100.0;
    match value {
        v if v >= 9.95 => format!("{v:.0} %"),
        v => format!("{v:.1} %"),
    }
}

fn signed(part: f64) -> String {
    let sign = if part < 0.0 { "−" } else { "+" };
    format!("{sign}{}", percent(part))
}

/// What a unit measures becomes when it grows.
fn grown(unit: &str, is_more: bool) -> &'static str {
    match (unit, is_more) {
        ("seconds", true) => "slower",
        ("seconds", false) => "faster",
        (_, true) => "more",
        (_, false) => "less",
    }
}

/// A change in a few words: `34 % slower`.
pub(super) fn change(compared: &Comparison, unit: &str) -> String {
    format!(
        "{} {}",
        percent(compared.change),
        grown(unit, compared.change > 0.0)
    )
}

/// What was compared with what, and what came of it.
pub(super) fn sentence(
    verdict: Verdict,
    compared: Option<&Comparison>,
    (p, of): (f64, usize),
    unit: &str,
) -> String {
    let Some(compared) = compared else {
        return "there is no earlier run of this machine and branch that it could be compared with"
            .to_owned();
    };
    let what = match verdict {
        Verdict::Worse | Verdict::Better => change(compared, unit),
        Verdict::Same | Verdict::Unknown => "no change that chance does not explain".to_owned(),
    };
    let with = match compared.runs {
        1 => "the run before".to_owned(),
        runs => format!("the last {runs} runs"),
    };
    let method = match compared.method {
        Method::Runs => "t of one run against others",
        Method::Samples => "Mann–Whitney U",
        Method::Means => "Welch's t",
    };
    let (low, high) = compared.interval;
    let p = match p {
        p if p < 0.0001 => "p < 0.0001".to_owned(),
        p => format!("p = {p:.4}"),
    };
    format!(
        "{what} against {with}: {}, 95 % interval {} to {}, {p} corrected for {of} ({method})",
        signed(compared.change),
        signed(low),
        signed(high)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        let compared = Comparison {
            method: Method::Samples,
            runs: 1,
            change: 0.34,
            interval: (0.302, 0.381),
            p: 1e-9,
        };
        let said = sentence(Verdict::Worse, Some(&compared), (1e-8, 12), "seconds");
        assert_eq!(
            said,
            "34 % slower against the run before: +34 %, 95 % interval +30 % to +38 %, p < 0.0001 corrected for 12 \
             (Mann–Whitney U)"
        );
        let less = Comparison {
            method: Method::Runs,
            runs: 5,
            change: -0.004,
            interval: (-0.021, 0.013),
            ..compared
        };
        let said = sentence(Verdict::Same, Some(&less), (0.5, 1), "");
        assert_eq!(
            said,
            "no change that chance does not explain against the last 5 runs: −0.4 %, 95 % interval −2.1 % to +1.3 %, \
             p = 0.5000 corrected for 1 (t of one run against others)"
        );
        assert_eq!(change(&less, "bytes"), "0.4 % less");
        assert!(sentence(Verdict::Unknown, None, (1.0, 1), "").contains("no earlier run"));
    }
}
