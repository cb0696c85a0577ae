//! Queries that are made up, as far as both engines have to give the same answer to them.

use model::TimestampMs;

use super::data::BEGIN_MS;
use crate::random::Random;

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

/// When a query is asked.
#[derive(Clone, Copy, Debug)]
pub enum When {
    Instant {
        at_ms: TimestampMs,
    },
    Range {
        from_ms: TimestampMs,
        to_ms: TimestampMs,
        step_ms: i64,
    },
}

/// Which labels tell the series of a vector apart.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// `job` and `instance`.
    Instance,
    /// Those and `code`.
    Code,
}

const GAUGES: &[&str] = &["temperature", "memory_bytes", "ratio", "level"];
const NUMBERS: &[&str] = &["0.5", "2", "10", "-3", "1e3", "60"];
const QUANTILES: &[&str] = &["0", "0.25", "0.5", "0.9", "1", "1.2", "-1"];
const RANGES: &[&str] = &["30s", "1m", "5m", "20m", "1h"];
const AGGREGATIONS: &[&str] = &["sum", "avg", "min", "max", "count", "group"];
const OF_COUNTERS: &[&str] = &["rate", "increase", "irate", "resets", "changes"];
const OVER_TIME: &[&str] = &[
    "avg_over_time",
    "changes",
    "count_over_time",
    "delta",
    "deriv",
    "idelta",
    "last_over_time",
    "max_over_time",
    "min_over_time",
    "present_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "sum_over_time",
];
/// Functions that make large differences of small ones: asked of samples only.
const OF_SAMPLES: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "exp",
    "floor",
    "ln",
    "log10",
    "log2",
    "round",
    "sgn",
    "sin",
    "sinh",
    "tan",
    "tanh",
    "timestamp",
];
const OF_TIMES: &[&str] = &[
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "hour",
    "minute",
    "month",
    "year",
];
const GROUPINGS: &[&str] = &[
    "",
    " by (job)",
    " by (job, instance)",
    " by (code, nothing)",
    " without (instance)",
    " without (job, code)",
    " by ()",
];

/// An instant and a range; both seven seconds behind half a minute.
pub fn times(random: &mut Random) -> [When; 2] {
    let begin_ms = BEGIN_MS + 7 * SECOND_MS;
    let from_ms = begin_ms + random.below(60) as i64 * MINUTE_MS;
    let steps = [30, 60, 90, 300].map(|seconds| seconds * SECOND_MS);
    [
        When::Instant {
            at_ms: begin_ms + random.below(130) as i64 * MINUTE_MS,
        },
        When::Range {
            from_ms,
            to_ms: from_ms + (10 + random.below(60)) as i64 * MINUTE_MS,
            step_ms: steps[random.below(steps.len())],
        },
    ]
}

/// Some query.
pub fn any(random: &mut Random) -> String {
    Maker {
        random,
        is_in_subquery: false,
    }
    .any()
}

struct Maker<'a> {
    random: &'a mut Random,
    is_in_subquery: bool,
}

impl Maker<'_> {
    fn any(&mut self) -> String {
        match self.random.below(10) {
            0 | 1 => self.shaped(Shape::Instance, 3),
            2 | 3 => self.shaped(Shape::Code, 3),
            4 | 5 => self.aggregation(),
            6 => self.ranking(),
            7 => self.histogram(),
            8 => self.combination(),
            _ => self.other(),
        }
    }

    fn shape(&mut self) -> Shape {
        match self.random.one_in(2) {
            true => Shape::Instance,
            false => Shape::Code,
        }
    }

    /// A vector whose series are told apart by known labels.
    fn shaped(&mut self, shape: Shape, depth: usize) -> String {
        let Some(less) = depth.checked_sub(1) else {
            return self.selector(shape);
        };
        let number = self.random.of(NUMBERS);
        match self.random.below(10) {
            0 => self.selector(shape),
            1..=3 => self.over_time(shape, less),
            4 => {
                let function = self.random.of(&["abs", "sqrt", "-", "deg", "rad"]);
                format!("{function}({})", self.shaped(shape, less))
            }
            5 => {
                let operator = self.random.of(&["+", "-", "*", "/", ">", "< bool"]);
                let inner = self.shaped(shape, less);
                match self.random.one_in(2) {
                    true => format!("({inner}) {operator} {number}"),
                    false => format!("{number} {operator} ({inner})"),
                }
            }
            6 => {
                let bounds = self.random.of(&["_min", "_max"]);
                format!("clamp{bounds}({}, {number})", self.shaped(shape, less))
            }
            7 | 8 => self.pair(shape, less),
            _ if shape == Shape::Instance => {
                let aggregation = self.random.of(AGGREGATIONS);
                let grouping = self.random.of(&["by (job, instance)", "without (code)"]);
                let inner = self.shaped(Shape::Code, less);
                format!("{aggregation} {grouping} ({inner})")
            }
            _ => {
                let operator = self.random.of(&["*", "-", "<=", "> bool"]);
                let many = self.shaped(Shape::Code, less);
                let one = self.shaped(Shape::Instance, less);
                match self.random.one_in(2) {
                    true => format!("({many}) {operator} ignoring (code) group_left ({one})"),
                    false => {
                        format!("({one}) {operator} on (job, instance) group_right () ({many})")
                    }
                }
            }
        }
    }

    /// Two vectors of the same labels.
    fn pair(&mut self, shape: Shape, depth: usize) -> String {
        let (left, right) = (self.shaped(shape, depth), self.shaped(shape, depth));
        let operator = self.random.of(&[
            "+", "-", "*", "/", "<", ">=", "!=", "> bool", "and", "or", "unless",
        ]);
        let matching = match (shape, self.random.below(3)) {
            (_, 0) => "",
            (Shape::Instance, 1) => "on (job, instance)",
            (Shape::Code, 1) => "on (job, instance, code)",
            _ => "ignoring (nothing)",
        };
        format!("({left}) {operator} {matching} ({right})")
    }

    fn selector(&mut self, shape: Shape) -> String {
        let shift = self.shift();
        format!("{}{shift}", self.matching(shape))
    }

    /// A metric with conditions.
    fn matching(&mut self, shape: Shape) -> String {
        let metric = match shape {
            Shape::Instance => self.random.of(GAUGES),
            Shape::Code => "requests_total",
        };
        let conditions = self.random.of(&[
            "",
            "",
            "",
            "{job=\"api\"}",
            "{instance=~\"host-[01].*\"}",
            "{job!=\"db\", instance!~\".*2:.*\"}",
            "{code!~\"4..\"}",
        ]);
        format!("{metric}{conditions}")
    }

    fn shift(&mut self) -> String {
        let at_s = BEGIN_MS / 1000 + 7 + 60 * self.random.below(120) as i64;
        match self.random.below(16) {
            0 => " offset 3m".into(),
            1 => " offset -90s".into(),
            2 => format!(" @ {at_s}"),
            3 => " @ start()".into(),
            4 => " @ end() offset 2m".into(),
            _ => String::new(),
        }
    }

    fn over_time(&mut self, shape: Shape, depth: usize) -> String {
        let (range, shift) = (self.random.of(RANGES), self.shift());
        if self.random.one_in(3) {
            let function = self.random.of(OF_COUNTERS);
            let metric = match shape {
                Shape::Instance => "errors_total",
                Shape::Code => "requests_total",
            };
            return format!("{function}({metric}[{range}]{shift})");
        }
        let windows = if self.is_in_subquery || self.random.one_in(2) {
            format!("{}[{range}]{shift}", self.matching(shape))
        } else {
            self.is_in_subquery = true;
            let inner = self.shaped(shape, depth.min(1));
            self.is_in_subquery = false;
            let (range, step) = (self.random.of(&["5m", "30m"]), self.random.of(&["", "30s"]));
            format!("({inner})[{range}:{step}]{shift}")
        };
        let (number, quantile) = (self.random.of(NUMBERS), self.random.of(QUANTILES));
        match self.random.below(8) {
            0 => format!("quantile_over_time({quantile}, {windows})"),
            1 if !windows.contains('@') => format!("predict_linear({windows}, {number})"),
            _ => format!("{}({windows})", self.random.of(OVER_TIME)),
        }
    }

    fn aggregation(&mut self) -> String {
        let (shape, grouping) = (self.shape(), self.random.of(GROUPINGS));
        let inner = self.shaped(shape, 2);
        match self.random.below(8) {
            0 => {
                let quantile = self.random.of(QUANTILES);
                format!("quantile{grouping} ({quantile}, {inner})")
            }
            1 => {
                let spread = self.random.of(&["stddev", "stdvar"]);
                let metric = self.random.of(&["temperature", "memory_bytes"]);
                format!("{spread}{grouping} ({metric}{})", self.shift())
            }
            _ => format!("{}{grouping} ({inner})", self.random.of(AGGREGATIONS)),
        }
    }

    /// Of values that never are equal, or of those that are few.
    fn ranking(&mut self) -> String {
        let grouping = self.random.of(&["", " by (job)", " without (instance)"]);
        if self.random.one_in(4) {
            return format!("count_values{grouping} (\"value\", level)");
        }
        let (which, count) = (self.random.of(&["topk", "bottomk"]), self.random.below(6));
        let metric = self
            .random
            .of(&["temperature", "memory_bytes", "latency_seconds_sum"]);
        format!("{which}{grouping} ({count}, {metric})")
    }

    fn histogram(&mut self) -> String {
        let (quantile, range) = (self.random.of(QUANTILES), self.random.of(RANGES));
        let function = self
            .random
            .of(&["rate", "increase", "irate", "max_over_time"]);
        let buckets = format!("{function}(latency_seconds_bucket[{range}])");
        match self.random.below(3) {
            0 => format!("histogram_quantile({quantile}, {buckets})"),
            1 => format!("histogram_quantile({quantile}, latency_seconds_bucket)"),
            _ => {
                let grouping = self
                    .random
                    .of(&["by (le)", "by (job, le)", "without (instance)"]);
                format!("histogram_quantile({quantile}, sum {grouping} ({buckets}))")
            }
        }
    }

    /// Vectors of different labels.
    fn combination(&mut self) -> String {
        let (left, right) = (self.aggregation(), self.aggregation());
        let operator = self.random.of(&["+", "/", "<", "and", "or", "unless"]);
        let sets = matches!(operator, "and" | "or" | "unless");
        match self.random.below(4) {
            0 => format!("{left} {operator} {right}"),
            1 if sets => format!("{left} {operator} on (job) {right}"),
            1 => format!("{left} {operator} on (job) group_left {right}"),
            2 => {
                let inner = self.shaped(Shape::Instance, 1);
                format!("({inner}) * on (job, instance) group_left (version) build_info")
            }
            // Two metrics: without their names the same.
            _ => {
                let what = self
                    .random
                    .of(&["-", "abs", "rate", "count by (__name__)", "sum"]);
                let (names, window) = match what {
                    "rate" => (".*_total", "[5m]"),
                    _ => ("temperature|level", ""),
                };
                format!("{what}({{__name__=~\"{names}\"}}{window})")
            }
        }
    }

    fn other(&mut self) -> String {
        let shape = self.shape();
        let (samples, inner) = (self.selector(shape), self.shaped(shape, 1));
        let number = self.random.of(NUMBERS);
        match self.random.below(12) {
            0..=2 => format!("{}({samples})", self.random.of(OF_SAMPLES)),
            3 => format!("{}({samples} > 0)", self.random.of(OF_TIMES)),
            4 => {
                let operator = self.random.of(&["%", "^", "atan2", "=="]);
                format!("-({samples} {operator} {number})")
            }
            5 => format!("scalar(sum({inner})) + {number}"),
            6 => format!("vector(time()) - {number} + hour() + day_of_year()"),
            7 => {
                let of = ["nothing{a=\"b\"}", "level{job=\"api\"}", "sum(nothing)"];
                let (of, windows) = (self.random.of(&of), self.matching(shape));
                format!("absent({of}) or absent_over_time({windows}[1m])")
            }
            8 => {
                format!("label_replace({inner}, \"to\", \"$1-x\", \"instance\", \"host-(.*):.*\")")
            }
            9 => format!("label_join({inner}, \"to\", \"/\", \"job\", \"code\", \"instance\")"),
            10 => format!("sort_desc({inner})"),
            _ => format!("clamp(round({samples}, 0.25), {number}, 30) * pi()"),
        }
    }
}
