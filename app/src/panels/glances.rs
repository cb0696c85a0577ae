//! What is promised, what is built, what is measured, and how agents do, at a glance.

use wire::TableName;

use super::{Panel, Scope};
use crate::glance::{Area, at_a_glance};

/// Error budgets: the objectives to look at first. Minutes are counted a little after they are over.
pub(crate) const BUDGETS: Panel = Panel {
    id: "budgets",
    title: "Error budgets",
    export: Some(TableName::Budgets),
    view: |_: &Scope| {
        at_a_glance(&Area {
            name: "budgets",
            columns: ["Objective", "Budget"],
            all: ["/slo", "All objectives"],
            every_ms: 60_000,
            after_ms: 25_000,
        })
    },
};

/// The last build of each project; one that goes on is followed.
pub(crate) const BUILDS: Panel = Panel {
    id: "builds-now",
    title: "Builds",
    export: Some(TableName::Builds),
    view: |_: &Scope| {
        at_a_glance(&Area {
            name: "builds",
            columns: ["Last build", "7 days"],
            all: ["/builds", "All builds"],
            every_ms: 10_000,
            after_ms: 0,
        })
    },
};

/// What changed with the newest runs of benchmarks.
pub(crate) const BENCHMARKS: Panel = Panel {
    id: "benchmarks-now",
    title: "Benchmarks",
    export: Some(TableName::Benchmarks),
    view: |_: &Scope| {
        at_a_glance(&Area {
            name: "benchmarks",
            columns: ["Benchmark", "Change"],
            all: ["/benchmarks", "All benchmarks"],
            every_ms: 60_000,
            after_ms: 0,
        })
    },
};

/// How agents do: those in trouble first.
pub(crate) const AGENTS: Panel = Panel {
    id: "agents-now",
    title: "Agents",
    export: Some(TableName::Agents),
    view: |_: &Scope| {
        at_a_glance(&Area {
            name: "agents",
            columns: ["Agent", "Score"],
            all: ["/synthex", "All agents"],
            every_ms: 5_000,
            after_ms: 0,
        })
    },
};
