//! Tests of minute.
