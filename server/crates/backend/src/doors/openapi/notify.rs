//! The operations of the notifier, and what their JSON looks like.

use std::collections::BTreeMap;

use wire::{
    AlertWhy, Note, Receiver, Rota, RotaOverride, RouteTest, Routes, RoutesDraft, RoutesMistake,
    RoutesVersion, Sent, SentPage, TemplateDraft, TemplatePreview, TestAnswer, TestSend,
};

use super::operations::{JSON, Operation, act, read};
use super::shapes::{Shape, of};

const TIMES: &[(&str, &str, &str)] = &[
    (
        "from_ms",
        "integer",
        "From then on, in milliseconds UTC; now where missing.",
    ),
    (
        "to_ms",
        "integer",
        "Until then, at most 400 days later; four weeks later where missing.",
    ),
];

/// Who is told of alerts.
pub(super) const NOTIFY: &[Operation] = &[
    read(
        "/observability/notify/routes",
        "The routes in use: their text without secrets, what is wrong with it, and the tree.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/notify/routes",
            "Replaces the routes by an edited text; <secret> stays what it was.",
        )
    },
    Operation {
        body: Some(JSON),
        answer: "What is wrong with it; nothing where it can be used.",
        ..act(
            "/observability/notify/routes/check",
            "What is wrong with a text of routes.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/notify/routes/file",
            "Goes back to the routes of the file, or to those built in.",
        )
    },
    Operation {
        body: Some(JSON),
        answer: "The routes that take such an alert.",
        ..act(
            "/observability/notify/routes/test",
            "Where an alert with these labels would go.",
        )
    },
    read(
        "/observability/notify/routes/versions",
        "The texts of routes that somebody has edited, newest first.",
        &[],
    ),
    read(
        "/observability/notify/receivers",
        "Who can be told, through which channels, and how these do.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        answer: "What each channel answered.",
        ..act(
            "/observability/notify/receivers/test",
            "Sends a test to all channels of a receiver, and waits for their answers.",
        )
    },
    Operation {
        body: Some(JSON),
        answer: "What the template says.",
        ..act(
            "/observability/notify/templates/preview",
            "What a template says of an alert.",
        )
    },
    read(
        "/observability/notify/sent",
        "Messages and what became of them, newest first.",
        &[
            (
                "text",
                "string",
                "Words that receiver, target, message or answer have.",
            ),
            ("receiver", "string", "A receiver, by its name."),
            (
                "state",
                "string",
                "queued, sent, failed, given up or held back.",
            ),
            (
                "reason",
                "string",
                "Why it was sent, such as repeat or escalation.",
            ),
            ("alert", "string", "An alert that it names, by its id."),
            ("from_ms", "integer", "Not before, in milliseconds UTC."),
            ("to_ms", "integer", "Not after."),
            (
                "after",
                "string",
                "Where the page begins: `next` of the page before.",
            ),
            (
                "limit",
                "integer",
                "The most rows; 100 where missing, at most 1000.",
            ),
        ],
    ),
    act(
        "/observability/notify/sent/{id}/again",
        "Sends a message once more that was refused or given up.",
    ),
    read(
        "/observability/notify/alerts/{id}",
        "Why somebody was told of an alert, or nobody, and when next.",
        &[],
    ),
    read("/observability/notify/rotas", "Who is on call when.", TIMES),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/notify/rotas",
            "Puts somebody on call out of turn.",
        )
    },
    Operation {
        method: "delete",
        ..act(
            "/observability/notify/rotas/{id}",
            "Takes back that somebody is on call out of turn.",
        )
    },
];

/// What is answered at an address.
pub(super) fn answer(method: &str, path: &str) -> Option<Shape> {
    Some(match path.strip_prefix("/observability/notify/")? {
        "routes" | "routes/file" => of::<Routes>,
        "routes/check" => of::<Vec<RoutesMistake>>,
        "routes/test" => of::<RouteTest>,
        "routes/versions" => of::<Vec<RoutesVersion>>,
        "receivers" => of::<Vec<Receiver>>,
        "receivers/test" => of::<Vec<TestAnswer>>,
        "templates/preview" => of::<TemplatePreview>,
        "sent" => of::<SentPage>,
        "sent/{id}/again" => of::<Sent>,
        "alerts/{id}" => of::<AlertWhy>,
        "rotas" if method == "get" => of::<Vec<Rota>>,
        "rotas" | "rotas/{id}" => of::<Rota>,
        _ => return None,
    })
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    Some(match path.strip_prefix("/observability/notify/")? {
        "routes" | "routes/check" => of::<RoutesDraft>,
        "routes/file" => of::<Note>,
        "routes/test" => of::<BTreeMap<String, String>>,
        "receivers/test" => of::<TestSend>,
        "templates/preview" => of::<TemplateDraft>,
        "rotas" => of::<RotaOverride>,
        _ => return None,
    })
}
