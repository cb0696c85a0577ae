//! The operations of service levels, and what their JSON looks like.

use wire::{
    Measurement, Objective, ObjectiveDetail, ObjectiveDraft, ObjectivePreview, Objectives, Report,
    ReportQuery, ReportSchedule, Reports,
};

use super::operations::{JSON, Operation, Param, TEXT, act, read};
use super::shapes::{Shape, of};

const YAML: &str = "application/yaml";
const BY: &[Param] = &[("by", "string", "Who; the caller's name where missing.")];
const FORMAT: Param = (
    "format",
    "string",
    "json (as described here), csv (a row an objective), or html (for printing).",
);

/// Objectives, budgets, reports.
pub(super) const SLO: &[Operation] = &[
    read(
        "/observability/slo",
        "All objectives and how they do, the worst first.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        answer: "It, as it does over what is stored.",
        ..act("/observability/slo", "Makes an objective.")
    },
    Operation {
        body: Some(JSON),
        answer: "What it would have been.",
        ..act(
            "/observability/slo/preview",
            "What an objective would have been over what is stored, without keeping it.",
        )
    },
    Operation {
        media: YAML,
        ..read(
            "/observability/slo/file",
            "Objectives as a file.",
            &[
                ("id", "string", "Of one objective; of all where missing."),
                (
                    "format",
                    "string",
                    "rules: their rules, as a Prometheus rule file with Sloth's names, which is usual; objectives: they \
                     themselves, in the own short form.",
                ),
            ],
        )
    },
    Operation {
        body: Some(TEXT),
        params: BY,
        answer: "What the file says that is not supported, one by one.",
        ..act(
            "/observability/slo/file",
            "Makes and changes the objectives of a file: own short form, Sloth, OpenSLO.",
        )
    },
    read(
        "/observability/slo/reports",
        "Reports that are kept, and when others are made.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        answer: "The report.",
        ..act(
            "/observability/slo/reports",
            "Makes a report, and keeps it where asked.",
        )
    },
    read(
        "/observability/slo/reports/{id}",
        "A report that was kept, as it was made.",
        &[FORMAT],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/slo/schedules",
            "Makes or changes a schedule of reports, by its name.",
        )
    },
    Operation {
        method: "delete",
        ..act(
            "/observability/slo/schedules/{name}",
            "Ends a schedule of reports.",
        )
    },
    read(
        "/observability/slo/{id}",
        "An objective in detail: budget, burn, what spent it, incidents, rules, versions.",
        &[
            (
                "from_ms",
                "integer",
                "Begin, in milliseconds UTC; its present window where missing.",
            ),
            ("to_ms", "integer", "End; now where missing."),
        ],
    ),
    Operation {
        method: "put",
        body: Some(JSON),
        answer: "It, as it does now.",
        ..act("/observability/slo/{id}", "Changes an objective.")
    },
    Operation {
        method: "delete",
        params: BY,
        ..act(
            "/observability/slo/{id}",
            "Removes an objective that was made here; brings a built-in one back as it was built in.",
        )
    },
    read(
        "/sla/status",
        "How objectives do: compliance, budget, burn rates.",
        &[("id", "string", "One objective; all where missing.")],
    ),
    read(
        "/sla/report",
        "A report over some time; it is not kept.",
        &[
            (
                "month",
                "string",
                "A month (2026-10), quarter (2026-Q3) or day (2026-10-07).",
            ),
            (
                "from_ms",
                "integer",
                "Begin, where there is no month; 30 days before the end where missing.",
            ),
            ("to_ms", "integer", "End; now where missing."),
            (
                "zone",
                "string",
                "The zone of days and months; UTC where missing.",
            ),
            ("scope", "string", "all, objective, server or owner."),
            ("of", "string", "Which objective, server or owner."),
            FORMAT,
        ],
    ),
    Operation {
        body: Some(JSON),
        answer: "What was noted.",
        ..act(
            "/sla/measurement",
            "Notes what was measured elsewhere, for an objective of the kind \"measured\".",
        )
    },
];

/// What is answered at an address.
pub(super) fn answer(method: &str, path: &str) -> Option<Shape> {
    Some(match (method, path) {
        ("get", "/observability/slo" | "/sla/status") => of::<Objectives>,
        ("post", "/observability/slo") | ("put", "/observability/slo/{id}") => of::<Objective>,
        ("get", "/observability/slo/{id}") => of::<ObjectiveDetail>,
        (_, "/observability/slo/preview") => of::<ObjectivePreview>,
        ("post", "/observability/slo/file") => of::<Vec<String>>,
        ("get", "/observability/slo/reports") => of::<Reports>,
        ("post", "/observability/slo/reports")
        | (_, "/observability/slo/reports/{id}" | "/sla/report") => of::<Report>,
        (_, "/sla/measurement") => of::<Measurement>,
        ("delete", "/observability/slo/{id}")
        | (_, "/observability/slo/schedules" | "/observability/slo/schedules/{name}") => of::<()>,
        _ => return None,
    })
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    Some(match path {
        "/observability/slo" | "/observability/slo/preview" | "/observability/slo/{id}" => {
            of::<ObjectiveDraft>
        }
        "/observability/slo/reports" => of::<ReportQuery>,
        "/observability/slo/schedules" => of::<ReportSchedule>,
        "/sla/measurement" => of::<Measurement>,
        _ => return None,
    })
}
