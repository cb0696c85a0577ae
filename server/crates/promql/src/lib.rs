//! PromQL: what a query text means, evaluated over anything that can be asked for samples.
//!
//! The semantics are those of Prometheus 3. Where its documentation is silent, its behaviour counts.
//! A query is evaluated series by series over all of its steps (`steps.rs` says how values lie in
//! memory), so that a selector is read once however many steps there are.

mod aggregate;
mod answer;
mod binary;
mod change;
mod check;
mod described;
mod error;
mod eval;
mod fixed;
mod folds;
mod functions;
mod groups;
mod histogram;
mod limits;
mod matching;
mod native;
mod notes;
mod patterns;
mod query;
mod ranking;
mod rate;
mod regression;
mod rolled;
mod select;
mod sets;
mod slide;
mod states;
mod steps;
mod stream;
mod sums;
mod window;

pub use answer::{Answer, HistogramSample, RangeSeries, Value, VectorSample};
pub use check::{Mistake, check};
pub use described::{AGGREGATIONS, Described, FUNCTIONS};
pub use error::QueryError;
pub use eval::{evaluate_instant, evaluate_range};
pub use limits::Limits;
pub use query::Query;
