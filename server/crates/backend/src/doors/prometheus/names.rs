//! What series there are: `labels`, `label/{name}/values`, `series`.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::routing::get;
use model::{Labels, ReadSamples, Selection};
use promql::QueryError;
use serde_json::{Value, json};

use super::Reply;
use super::body::{Failure, labels_json, success};
use super::params::{Params, parsed};
use super::queries::{Queries, Wishes};
use crate::doors::Context;

/// What begins a name in which letters that Prometheus once did not allow are written as their numbers.
const ESCAPED: &str = "U__";

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v1/labels", get(labels).post(labels))
        .route("/api/v1/label/{name}/values", get(label_values))
        .route("/api/v1/series", get(series).post(series))
}

async fn labels(State(queries): State<Queries>, params: Params) -> Reply {
    let names = |labels: &Labels, found: &mut dyn FnMut(&str)| {
        labels.iter().for_each(|(name, _)| found(name));
    };
    listed(&queries, &params, names).await
}

async fn label_values(
    State(queries): State<Queries>,
    name: Result<Path<String>, PathRejection>,
    params: Params,
) -> Reply {
    let Path(name) = name.map_err(|why| Failure::bad(format!("invalid label name: {why}")))?;
    let name = unescaped(&name).unwrap_or(name);
    let value = move |labels: &Labels, found: &mut dyn FnMut(&str)| match labels.get(&name) {
        "" => {}
        value => found(value),
    };
    listed(&queries, &params, value).await
}

/// The name that an escaped one stands for; `None` where it is not escaped, or not well.
fn unescaped(name: &str) -> Option<String> {
    let mut rest = name.strip_prefix(ESCAPED)?;
    let mut plain = String::new();
    while let Some((before, code)) = rest.split_once('_') {
        plain.push_str(before);
        let (code, after) = code.split_once('_')?;
        let is_code = code.len() <= 6 && code.bytes().all(|digit| digit.is_ascii_hexdigit());
        match code {
            "" => plain.push('_'),
            code if is_code => {
                plain.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
            }
            _ => return None,
        }
        rest = after;
    }
    Some(plain + rest)
}

/// What stands in the labels of the series asked for, sorted, each once.
async fn listed(
    queries: &Queries,
    params: &Params,
    of: impl Fn(&Labels, &mut dyn FnMut(&str)) + Send + 'static,
) -> Reply {
    let selections = selections(params)?;
    let limit = params.limit()?;
    let found = in_labels(queries, selections, of).await?;
    let is_cut = found.len() > limit;
    let shown: Vec<String> = found.into_iter().take(limit).collect();
    Ok(success(json!(shown), cut(is_cut), Vec::new()))
}

/// What stands in the labels of series, sorted, each once.
pub(crate) async fn in_labels(
    queries: &Queries,
    selections: Vec<Selection>,
    of: impl Fn(&Labels, &mut dyn FnMut(&str)) + Send + 'static,
) -> Result<BTreeSet<String>, Failure> {
    let found = queries.ask(Wishes::default(), move |samples, _| {
        let mut found = BTreeSet::new();
        each_series(samples, &selections, &mut |labels| {
            of(labels, &mut |text| {
                if !found.contains(text) {
                    found.insert(text.to_owned());
                }
            });
        })?;
        Ok(found)
    });
    Ok(found.await?.0)
}

async fn series(State(queries): State<Queries>, params: Params) -> Reply {
    if params.all("match[]").next().is_none() {
        return Err(Failure::bad("no match[] parameter provided"));
    }
    let selections = selections(&params)?;
    let limit = params.limit()?;
    let found = queries.ask(Wishes::default(), move |samples, _| {
        let mut found = BTreeSet::new();
        each_series(samples, &selections, &mut |labels| {
            found.insert(labels.clone());
        })?;
        Ok(found)
    });
    let (found, _) = found.await?;
    let is_cut = found.len() > limit;
    let shown: Vec<Value> = found.iter().take(limit).map(labels_json).collect();
    Ok(success(json!(shown), cut(is_cut), Vec::new()))
}

fn cut(is_cut: bool) -> Vec<String> {
    let warning = is_cut.then(|| "results truncated due to limit".to_owned());
    warning.into_iter().collect()
}

/// One selection for each `match[]`; all series where there is none.
fn selections(params: &Params) -> Result<Vec<Selection>, Failure> {
    let from_ms = params.time("start")?.unwrap_or(i64::MIN);
    let to_ms = params.time("end")?.unwrap_or(i64::MAX);
    let with = |matchers| Selection {
        matchers,
        from_ms,
        to_ms,
    };
    let matching = params.all("match[]").map(|text| {
        let wrong = |why: QueryError| Failure::bad(format!("invalid parameter \"match[]\": {why}"));
        let selector = parsed("match[]", text)?.selector();
        Ok(with(selector.map_err(wrong)?))
    });
    let selections: Vec<Selection> = matching.collect::<Result<_, Failure>>()?;
    Ok(match selections.is_empty() {
        true => vec![with(Vec::new())],
        false => selections,
    })
}

pub(super) fn each_series(
    samples: &dyn ReadSamples,
    selections: &[Selection],
    each: &mut dyn FnMut(&Labels),
) -> Result<(), Failure> {
    for selection in selections {
        let each = &mut |labels: &Labels| {
            each(labels);
            ControlFlow::Continue(())
        };
        samples.series(selection, each).map_err(Failure::internal)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_names() {
        for (name, plain) in [
            ("U__http_2e_status:sum", Some("http.status:sum")),
            ("U__a__b", Some("a_b")),
            ("U___1F600_", Some("\u{1f600}")),
            ("U__", Some("")),
            ("U__a_", None),
            ("U__a_xyz_", None),
            ("U__a_+1_", None),
            ("U__a_D800_", None),
            ("U__a_0000041_", None),
            ("up", None),
        ] {
            assert_eq!(unescaped(name).as_deref(), plain, "{name}");
        }
    }
}
