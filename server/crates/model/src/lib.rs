//! Labels, samples, time and processes: what engines exchange, and the traits they meet at.
//!
//! Engines of one layer never import each other; they know these types, and `backend` joins them.

mod address;
mod append;
mod duration;
mod exemplar;
mod histogram;
mod labels;
mod process;
mod rollup;
mod sample;
mod secrets;
mod select;
mod time;

pub use address::is_link_local;
pub use append::{Admitted, AppendSamples, Refusal, WriteError};
pub use duration::parse_duration;
pub use exemplar::{Dropped, Exemplar, ExemplarsTaken, SeriesExemplars};
pub use histogram::{
    Bucket, Buckets, COARSEST_SCHEMA, CUSTOM_BUCKETS, CounterReset, Counts, FINEST_SCHEMA, Fitted,
    Histogram, HistogramError, Incompatible, Span,
};
pub use labels::{Labels, METRIC_NAME};
pub use process::{Exit, Launch, LaunchError, Process, Streams};
pub use rollup::{Behind, Coarse, Rolled, RolledSeries, Wanted};
pub use sample::Sample;
pub use secrets::{REDACTED, Secrets};
pub use select::{
    MatchValue, Matcher, ReadError, ReadSamples, STALE, Selection, SeriesSamples, is_stale,
    whole_match,
};
pub use time::{Clock, ManualClock, SystemClock, TimestampMs};
