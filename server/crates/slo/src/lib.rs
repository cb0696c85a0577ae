//! Service level objectives: files, rules made of them, and the arithmetic of their budgets. Pure: nothing
//! here knows a clock, a store or how a query is evaluated.

mod objective;

pub use objective::{Counted, Gaps, Indicator, Objective, Window};
