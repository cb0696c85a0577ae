//! Minutes asked of samples.
