//! What a chart computes before anything is drawn: pure, and the same everywhere.

pub(super) mod buckets;
pub(super) mod probe;
pub(super) mod reduce;
pub(super) mod scale;
pub(super) mod scene;
pub(super) mod stack;
pub(super) mod times;
