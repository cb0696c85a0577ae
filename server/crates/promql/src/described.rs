//! The functions and aggregations in words, for whoever writes a query.

/// A function or an aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// What it takes, as it is written: `v` is an instant vector, `x[5m]` a range, `n` a number.
    pub takes: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
}

const fn is(name: &'static str, takes: &'static str, help: &'static str) -> Described {
    Described { name, takes, help }
}

/// What makes one series of many, by name.
pub const AGGREGATIONS: &[Described] = &[
    is("avg", "v", "The mean of each group."),
    is("bottomk", "n, v", "The n smallest series of each group."),
    is("count", "v", "How many series each group has."),
    is(
        "count_values",
        "\"label\", v",
        "How many series of each group have each value, which becomes a label.",
    ),
    is("group", "v", "1 for each group."),
    is("max", "v", "The largest value of each group."),
    is("min", "v", "The smallest value of each group."),
    is("quantile", "n, v", "The n-quantile (0 to 1) of each group."),
    is("stddev", "v", "The standard deviation of each group."),
    is("stdvar", "v", "The variance of each group."),
    is("sum", "v", "The sum of each group."),
    is("topk", "n, v", "The n largest series of each group."),
];

/// What makes something else of each series, by name.
pub const FUNCTIONS: &[Described] = &[
    is("abs", "v", "Values without their signs."),
    is(
        "absent",
        "v",
        "1 where there is no such series, nothing where there is.",
    ),
    is(
        "absent_over_time",
        "x[5m]",
        "1 where the range has no sample, nothing where it has.",
    ),
    is("acos", "v", "The arc cosine, in radians."),
    is("acosh", "v", "The inverse hyperbolic cosine."),
    is("asin", "v", "The arc sine, in radians."),
    is("asinh", "v", "The inverse hyperbolic sine."),
    is("atan", "v", "The arc tangent, in radians."),
    is("atanh", "v", "The inverse hyperbolic tangent."),
    is(
        "avg_over_time",
        "x[5m]",
        "The mean of each series over the range.",
    ),
    is("ceil", "v", "Values rounded up to whole numbers."),
    is(
        "changes",
        "x[5m]",
        "How often the value changed in the range.",
    ),
    is("clamp", "v, min, max", "Values kept between two bounds."),
    is("clamp_max", "v, max", "Values kept below a bound."),
    is("clamp_min", "v, min", "Values kept above a bound."),
    is("cos", "v", "The cosine of radians."),
    is("cosh", "v", "The hyperbolic cosine."),
    is(
        "count_over_time",
        "x[5m]",
        "How many samples the range has.",
    ),
    is(
        "day_of_month",
        "v",
        "The day of the month of times in seconds, 1 to 31.",
    ),
    is(
        "day_of_week",
        "v",
        "The day of the week of times in seconds, 0 is Sunday.",
    ),
    is(
        "day_of_year",
        "v",
        "The day of the year of times in seconds, 1 to 366.",
    ),
    is(
        "days_in_month",
        "v",
        "How many days the month of times in seconds has.",
    ),
    is("deg", "v", "Radians as degrees."),
    is("delta", "x[5m]", "How much a gauge changed over the range."),
    is(
        "deriv",
        "x[5m]",
        "How fast a gauge changes, per second, by a straight line through the range.",
    ),
    is("exp", "v", "The exponential."),
    is("first_over_time", "x[5m]", "The oldest value of the range."),
    is("floor", "v", "Values rounded down to whole numbers."),
    is(
        "histogram_avg",
        "v",
        "The mean of what native histograms observed.",
    ),
    is(
        "histogram_count",
        "v",
        "How much native histograms observed.",
    ),
    is(
        "histogram_fraction",
        "min, max, v",
        "Which share of a histogram lies between two bounds.",
    ),
    is(
        "histogram_quantile",
        "n, v",
        "The n-quantile (0 to 1) of the buckets of a histogram (native, or with the label le).",
    ),
    is(
        "histogram_stddev",
        "v",
        "The standard deviation of what native histograms observed, about.",
    ),
    is(
        "histogram_stdvar",
        "v",
        "The variance of what native histograms observed, about.",
    ),
    is(
        "histogram_sum",
        "v",
        "The sum of what native histograms observed.",
    ),
    is(
        "hour",
        "v",
        "The hour of the day of times in seconds, 0 to 23.",
    ),
    is(
        "idelta",
        "x[5m]",
        "How much a gauge changed between the two newest samples.",
    ),
    is(
        "increase",
        "x[5m]",
        "How much a counter rose over the range.",
    ),
    is(
        "irate",
        "x[5m]",
        "How fast a counter rises, per second, by the two newest samples.",
    ),
    is(
        "label_join",
        "v, \"to\", \",\", \"from\", …",
        "Values of labels joined into another label.",
    ),
    is(
        "label_replace",
        "v, \"to\", \"$1\", \"from\", \"(.*)\"",
        "A label made of another by a regular expression.",
    ),
    is("last_over_time", "x[5m]", "The newest value of the range."),
    is("ln", "v", "The natural logarithm."),
    is("log10", "v", "The logarithm to base 10."),
    is("log2", "v", "The logarithm to base 2."),
    is(
        "max_over_time",
        "x[5m]",
        "The largest value of each series over the range.",
    ),
    is(
        "min_over_time",
        "x[5m]",
        "The smallest value of each series over the range.",
    ),
    is(
        "minute",
        "v",
        "The minute of the hour of times in seconds, 0 to 59.",
    ),
    is("month", "v", "The month of times in seconds, 1 to 12."),
    is("pi", "", "The number π."),
    is(
        "predict_linear",
        "x[5m], seconds",
        "Where a gauge will be so many seconds from now, by a straight line through the range.",
    ),
    is(
        "present_over_time",
        "x[5m]",
        "1 where the range has a sample.",
    ),
    is(
        "quantile_over_time",
        "n, x[5m]",
        "The n-quantile (0 to 1) of each series over the range.",
    ),
    is("rad", "v", "Degrees as radians."),
    is(
        "rate",
        "x[5m]",
        "How fast a counter rises, per second, over the range.",
    ),
    is(
        "resets",
        "x[5m]",
        "How often a counter fell in the range: it began anew.",
    ),
    is(
        "round",
        "v, n",
        "Values rounded to the nearest multiple of n, or to whole numbers.",
    ),
    is("scalar", "v", "The value of the only series, as a number."),
    is("sgn", "v", "1, 0 or −1: the sign of values."),
    is("sin", "v", "The sine of radians."),
    is("sinh", "v", "The hyperbolic sine."),
    is(
        "sort",
        "v",
        "The smallest value first; over a range the order of series is fixed.",
    ),
    is(
        "sort_desc",
        "v",
        "The largest value first; over a range the order of series is fixed.",
    ),
    is("sqrt", "v", "The square root."),
    is(
        "stddev_over_time",
        "x[5m]",
        "The standard deviation of each series over the range.",
    ),
    is(
        "stdvar_over_time",
        "x[5m]",
        "The variance of each series over the range.",
    ),
    is(
        "sum_over_time",
        "x[5m]",
        "The sum of each series over the range.",
    ),
    is("tan", "v", "The tangent of radians."),
    is("tanh", "v", "The hyperbolic tangent."),
    is("time", "", "The time of each point, in seconds since 1970."),
    is(
        "timestamp",
        "v",
        "When each value was measured, in seconds since 1970.",
    ),
    is("vector", "n", "A number as a series without labels."),
    is("year", "v", "The year of times in seconds."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Query;
    use crate::functions::{OTHERS, is_known};

    #[test]
    fn each_once_in_order_and_described() {
        for all in [AGGREGATIONS, FUNCTIONS] {
            for pair in all.windows(2) {
                assert!(pair[0].name < pair[1].name, "{}", pair[1].name);
            }
            assert!(all.iter().all(|one| one.help.ends_with('.')));
        }
        let described = |name: &str| FUNCTIONS.iter().any(|one| one.name == name);
        for name in OTHERS {
            assert!(described(name), "{name}");
        }
        for one in FUNCTIONS {
            assert!(is_known(one.name), "{}", one.name);
        }
    }

    #[test]
    fn what_is_written_is_taken() {
        for one in AGGREGATIONS.iter().chain(FUNCTIONS) {
            let takes = one.takes.replace("min", "1").replace("max", "2");
            let takes = takes.replace("seconds", "3").replace(", …", "");
            let takes = takes.replace("n,", "0.5,").replace(", n", ", 0.5");
            let takes = if takes == "n" { "5".to_owned() } else { takes };
            let text = format!("{}({takes})", one.name);
            assert!(Query::parse(&text).is_ok(), "{text}");
        }
    }
}
