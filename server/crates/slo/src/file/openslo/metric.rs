//! What OpenSLO measures, as indicators.

use std::collections::BTreeMap;

use yaml::{Kind, Node, Place};

use super::metadata_name;
use crate::file::Reader;
use crate::file::values::{Fields, Unknown};
use crate::query::{Ranged, bare, ranged};
use crate::{Counted, Indicator};

/// Where fields of drafts stand.
type Places = BTreeMap<&'static str, (Place, String)>;

/// What is measured.
#[derive(Clone)]
pub(super) struct Metric {
    is: Is,
    pub places: Places,
}

#[derive(Clone)]
enum Is {
    /// Events of all events.
    Ratio {
        counted: Counted,
        query: String,
        total: String,
    },
    /// The part that is bad.
    Raw(String),
    /// A number that an objective compares.
    Threshold(String, Place),
}

/// What an objective makes of it.
pub(super) struct Goal<'a> {
    pub method: &'a str,
    pub method_at: Place,
    pub fields: &'a Fields<'a>,
}

impl Reader<'_> {
    /// An SLI, within an SLO or as a document, or its spec alone.
    pub(super) fn sli_spec(&mut self, node: &Node, all: &[&Node]) -> Option<Metric> {
        const SLI: &[&str] = &[
            "apiVersion",
            "kind",
            "metadata",
            "spec",
            "description",
            "thresholdMetric",
            "ratioMetric",
        ];
        let fields = self.fields(node, "the indicator", SLI, Unknown::Ignored)?;
        let spec = match fields.get("spec") {
            Some(spec) => self.fields(spec, "spec of the indicator", SLI, Unknown::Ignored)?,
            None => fields,
        };
        if let Some(node) = spec.get("ratioMetric") {
            return self.ratio_metric(node, "ratioMetric", all);
        }
        let Some(node) = spec.get("thresholdMetric") else {
            self.wrong(
                node.at,
                "the indicator has neither ratioMetric nor thresholdMetric",
            );
            return None;
        };
        let (query, at) = self.metric_query(node, all)?;
        let query = self.with_window(query, at, None)?;
        Some(Metric {
            places: BTreeMap::from([("good", (at, "thresholdMetric".to_owned()))]),
            is: Is::Threshold(query, at),
        })
    }

    pub(super) fn ratio_metric(
        &mut self,
        node: &Node,
        name: &str,
        all: &[&Node],
    ) -> Option<Metric> {
        const RATIO: &[&str] = &[
            "counter",
            "incremental",
            "good",
            "bad",
            "total",
            "raw",
            "rawType",
        ];
        let fields = self.fields(node, name, RATIO, Unknown::Ignored)?;
        let is_counter = fields
            .any(&["counter", "incremental"])
            .map(|(name, node)| self.flag(Some(node), name, true));
        let mut places = Places::new();
        if let Some(raw) = fields.get("raw") {
            let (query, at) = self.metric_query(raw, all)?;
            let query = self.with_window(query, at, None)?;
            places.insert("bad", (at, "raw".to_owned()));
            places.insert("good", (at, "raw".to_owned()));
            let is = match self.text(fields.get("rawType")).as_str() {
                "success" => Is::Raw(format!("1 - ({query})")),
                "failure" => Is::Raw(query),
                other => {
                    self.wrong(
                        fields.place("rawType"),
                        format!("rawType is success (good of all) or failure (bad of all), not {other:?}"),
                    );
                    return None;
                }
            };
            return Some(Metric { is, places });
        }
        let (which, some) = match (fields.get("good"), fields.get("bad")) {
            (Some(_), Some(_)) => {
                self.wrong(
                    fields.place("bad"),
                    format!("{name} has good or bad, not both"),
                );
                return None;
            }
            (Some(good), None) => ("good", good),
            (None, Some(bad)) => ("bad", bad),
            (None, None) => {
                self.wrong(node.at, format!("{name} has neither good nor bad, nor raw"));
                return None;
            }
        };
        let Some(total) = fields.get("total") else {
            self.wrong(node.at, format!("{name} needs total beside {which}"));
            return None;
        };
        let mut query = |reader: &mut Self, field: &'static str, node: &Node| {
            let (query, at) = reader.metric_query(node, all)?;
            places.insert(field, (at, field.to_owned()));
            reader.with_window(query, at, Some(is_counter.unwrap_or(false)))
        };
        let (some, total) = (query(self, which, some), query(self, "total", total));
        let is = Is::Ratio {
            counted: match which {
                "good" => Counted::Good,
                _ => Counted::Bad,
            },
            query: some?,
            total: total?,
        };
        Some(Metric { is, places })
    }

    /// The query of a metric source, and where it stands.
    fn metric_query(&mut self, node: &Node, all: &[&Node]) -> Option<(String, Place)> {
        const METRIC: &[&str] = &["metricSource", "source", "queryType", "query", "metadata"];
        const SOURCE: &[&str] = &["metricSourceRef", "type", "spec"];
        let fields = self.fields(node, "the metric", METRIC, Unknown::Ignored)?;
        let (kind, kind_at, query) = match fields.get("metricSource") {
            None => {
                if let Some(kind) = fields.get("queryType") {
                    let text = self.text(Some(kind));
                    if !text.eq_ignore_ascii_case("promql") {
                        self.wrong(
                            kind.at,
                            format!("queryType {text:?} is not supported; write promql"),
                        );
                        return None;
                    }
                }
                (
                    self.text(fields.get("source")),
                    fields.place("source"),
                    fields.get("query"),
                )
            }
            Some(source) => {
                let source = self.fields(source, "metricSource", SOURCE, Unknown::Ignored)?;
                let mut kind = self.text(source.get("type"));
                let named = self.text(source.get("metricSourceRef"));
                if kind.is_empty() && !named.is_empty() {
                    kind = self.kind_of_source(&named, source.place("metricSourceRef"), all);
                }
                let query = match source.get("spec") {
                    // Some write the query itself.
                    Some(
                        query @ Node {
                            is: Kind::Text(_), ..
                        },
                    ) => Some(("spec", query)),
                    Some(spec) => self
                        .fields(
                            spec,
                            "spec of the metric source",
                            &["query", "promql"],
                            Unknown::Ignored,
                        )?
                        .any(&["query", "promql"]),
                    None => None,
                };
                (kind, source.at, query.map(|(_, node)| node))
            }
        };
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("prometheus") {
            self.wrong(kind_at, format!("metrics of {kind} are not supported; objectives are asked in PromQL (Prometheus)"));
            return None;
        }
        let Some(query) = query else {
            self.wrong(node.at, "the metric has no query");
            return None;
        };
        Some((self.text(Some(query)), query.at))
    }

    /// The type of a data source, by its name.
    fn kind_of_source(&mut self, name: &str, at: Place, all: &[&Node]) -> String {
        let found = all.iter().find(|document| {
            document.text_of("kind") == Some("DataSource") && metadata_name(document) == name
        });
        let Some(Kind::Map(pairs)) = found.map(|document| &document.is) else {
            self.ignore(at, format!("metricSourceRef {name} is not in this file: the product's own metrics are asked"));
            return String::new();
        };
        let spec = pairs.iter().find(|(key, _)| key.name == "spec");
        let kind = spec.and_then(|(_, spec)| spec.text_of("type"));
        self.ignore(
            at,
            format!(
                "metricSourceRef {name}: the product's own metrics are asked, wherever it points"
            ),
        );
        kind.unwrap_or_default().to_owned()
    }

    /// A query that can be asked over any range. One that has a range gets ours, a counter without one becomes its
    /// rate.
    fn with_window(
        &mut self,
        query: String,
        at: Place,
        is_counter: Option<bool>,
    ) -> Option<String> {
        match ranged(&query) {
            Ranged::Window => Some(query),
            Ranged::One(range, text) => {
                self.ignore(at, format!("the range {range}: it is asked over a minute, and over the windows of alerts"));
                Some(text)
            }
            Ranged::Counter(text) if is_counter == Some(true) => Some(text),
            // Numbers that are compared need no range.
            _ if is_counter.is_none() => Some(query),
            Ranged::Counter(_) => {
                self.wrong(
                    at,
                    "this has no range; write counter: true if it only goes up, or a rate: \
                     sum(rate(requests_total[{{.window}}]))",
                );
                None
            }
            Ranged::Other => {
                self.wrong(
                    at,
                    "this cannot be asked over minutes and days alike; write {{.window}} where its range is: \
                     sum(rate(requests_total[{{.window}}]))",
                );
                None
            }
        }
    }

    /// The indicator of an objective.
    pub(super) fn of_metric(&mut self, metric: &Metric, goal: &Goal<'_>) -> Option<Indicator> {
        let is_sliced = match goal.method {
            "" | "Occurrences" => false,
            "Timeslices" | "RatioTimeslices" => true,
            other => {
                self.wrong(
                    goal.method_at,
                    format!("budgetingMethod {other:?} is not known; it is Occurrences, Timeslices or RatioTimeslices"),
                );
                return None;
            }
        };
        let is_ratio_of_slices = goal.method == "RatioTimeslices";
        if is_sliced {
            self.slice_window(goal);
        }
        let unused = match (&metric.is, is_sliced && !is_ratio_of_slices) {
            (Is::Threshold(..), _) => &["timeSliceTarget"][..],
            (_, true) => &["op", "value"],
            (_, false) => &["op", "value", "timeSliceTarget"],
        };
        for name in unused {
            if goal.fields.get(name).is_some() {
                self.ignore(
                    goal.fields.place(name),
                    format!("{name} has no effect here: nothing is compared with it"),
                );
            }
        }
        match &metric.is {
            Is::Threshold(query, at) => {
                if !is_sliced {
                    self.ignore(
                        *at,
                        "thresholdMetric: minutes are counted instead of single values, each by the value at its end",
                    );
                }
                let op = self.text(goal.fields.get("op"));
                let operator = match op.as_str() {
                    "lte" => "<=",
                    "gte" => ">=",
                    "lt" => "<",
                    "gt" => ">",
                    other => {
                        self.wrong(
                            goal.fields.place("op"),
                            format!("op is lte, gte, lt or gt, not {other:?}: how good values compare with value"),
                        );
                        return None;
                    }
                };
                let Some(node) = goal.fields.get("value") else {
                    self.wrong(
                        goal.fields.at,
                        "value is missing, with which values are compared",
                    );
                    return None;
                };
                let value = self.number(node, "value")?;
                Some(Indicator::Slices {
                    condition: format!("({}) {operator} {value}", bare(query)),
                })
            }
            Is::Ratio {
                counted,
                query,
                total,
            } if !is_sliced => Some(Indicator::Events {
                counted: *counted,
                query: query.clone(),
                total: total.clone(),
            }),
            Is::Ratio {
                counted,
                query,
                total,
            } => {
                let ratio = format!("({query}) / ({total})");
                let rest = format!("1 - {ratio}");
                match counted {
                    Counted::Good => self.sliced(rest, &ratio, is_ratio_of_slices, goal),
                    Counted::Bad => self.sliced(ratio, &rest, is_ratio_of_slices, goal),
                }
            }
            Is::Raw(bad) if is_sliced => self.sliced(
                bad.clone(),
                &format!("1 - ({bad})"),
                is_ratio_of_slices,
                goal,
            ),
            Is::Raw(bad) => Some(Indicator::Raw {
                error_ratio: bad.clone(),
            }),
        }
    }

    /// Minutes, each by the part that is bad, or each good where no more is bad than their own target allows.
    fn sliced(
        &mut self,
        bad: String,
        good: &str,
        is_ratio_of_slices: bool,
        goal: &Goal<'_>,
    ) -> Option<Indicator> {
        if is_ratio_of_slices {
            return Some(Indicator::Raw { error_ratio: bad });
        }
        let Some(node) = goal.fields.get("timeSliceTarget") else {
            self.wrong(
                goal.fields.at,
                "timeSliceTarget is missing: the part that has to be good in a minute, for instance 0.95",
            );
            return None;
        };
        let target = self.number(node, "timeSliceTarget")?;
        if !(target > 0.0 && target <= 1.0) {
            self.wrong(node.at, "timeSliceTarget is above 0 and at most 1");
            return None;
        }
        Some(Indicator::Slices {
            condition: format!("{good} >= {target}"),
        })
    }

    fn slice_window(&mut self, goal: &Goal<'_>) {
        let Some(node) = goal.fields.get("timeSliceWindow") else {
            return;
        };
        let text = self.text(Some(node));
        if !matches!(text.trim(), "1" | "1m") {
            self.ignore(
                node.at,
                format!("timeSliceWindow {text}: slices are minutes here"),
            );
        }
    }
}
