//! The operations of the HTTP API, but for those in `received.rs` and `alerts.rs`.

/// A parameter in the address: its name, its type (`list`: it may come more than once), and what it means.
pub(super) type Param = (&'static str, &'static str, &'static str);

/// A method of a path.
pub(super) struct Operation {
    /// In small letters.
    pub(super) method: &'static str,
    /// With the names of its parts in braces.
    pub(super) path: &'static str,
    /// One sentence.
    pub(super) about: &'static str,
    pub(super) params: &'static [Param],
    /// The media type of what is sent, if anything is.
    pub(super) body: Option<&'static str>,
    /// The status when it succeeds.
    pub(super) status: &'static str,
    /// What is answered then, and its media type.
    pub(super) answer: &'static str,
    pub(super) media: &'static str,
}

pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Reads something and answers JSON.
pub(super) const fn read(
    path: &'static str,
    about: &'static str,
    params: &'static [Param],
) -> Operation {
    Operation {
        method: "get",
        path,
        about,
        params,
        body: None,
        status: "200",
        answer: "What was asked for.",
        media: JSON,
    }
}

/// Does something.
pub(super) const fn act(path: &'static str, about: &'static str) -> Operation {
    Operation {
        method: "post",
        answer: "It is done.",
        ..read(path, about, &[])
    }
}

/// All of them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        media: TEXT,
        ..read("/live", "Whether the process runs.", &[])
    },
    Operation {
        media: TEXT,
        ..read("/ready", "Whether it is ready for requests.", &[])
    },
    Operation {
        media: TEXT,
        ..read("/-/healthy", "The same as Prometheus has it.", &[])
    },
    Operation {
        media: TEXT,
        ..read("/-/ready", "The same as Prometheus has it.", &[])
    },
    read(
        "/health",
        "The health of the product itself; 503 when unhealthy.",
        &[("detailed", "boolean", "Each check by itself.")],
    ),
    read("/health/detailed", "The same with each check.", &[]),
    Operation {
        media: TEXT,
        ..read(
            "/metrics",
            "What the product counts of itself, as text for Prometheus.",
            &[],
        )
    },
    Operation {
        media: TEXT,
        ..act("/-/reload", "Reads the configuration again.")
    },
    Operation {
        media: TEXT,
        ..act(
            "/-/quit",
            "As Prometheus answers where ending over HTTP is not enabled.",
        )
    },
    Operation {
        method: "put",
        media: TEXT,
        ..act("/-/reload", "Reads the configuration again.")
    },
    Operation {
        method: "put",
        media: TEXT,
        ..act(
            "/-/quit",
            "As Prometheus answers where ending over HTTP is not enabled.",
        )
    },
    read("/observability/health", "The fleet in one answer.", &[]),
    read(
        "/observability/dashboard",
        "The whole picture: levels, worst servers, open alerts, what happened, figures.",
        &[],
    ),
    read("/observability/servers", "All servers, by name.", &[]),
    read(
        "/observability/servers/{name}",
        "One server with its tools, its history and its events.",
        &[],
    ),
    read(
        "/observability/servers/{name}/performance",
        "How a server has done: score, percentiles, trend, pattern, what to do.",
        &[
            (
                "last_ms",
                "integer",
                "How long the stretch is that ends now.",
            ),
            ("from_ms", "integer", "Its begin, with to_ms."),
            ("to_ms", "integer", "Its end, with from_ms."),
        ],
    ),
    Operation {
        status: "202",
        ..act(
            "/observability/servers/{name}/probe",
            "Looks at a server now instead of at its next turn.",
        )
    },
    Operation {
        status: "202",
        ..act(
            "/observability/servers/{name}/approve",
            "Agrees to start a server that was found.",
        )
    },
    read(
        "/observability/launcher",
        "Started servers: how each stands, its process, its last start and its last ends.",
        &[],
    ),
    read(
        "/observability/launcher/courses",
        "How started servers stood over a time and how their runs ended, also before the product was started anew.",
        &[
            (
                "last_ms",
                "integer",
                "How long the stretch is that ends now; six hours where no time is named.",
            ),
            ("from_ms", "integer", "Its begin, with to_ms."),
            ("to_ms", "integer", "Its end, with from_ms."),
        ],
    ),
    act(
        "/observability/launcher/{name}/start",
        "Starts a server that somebody stopped.",
    ),
    act(
        "/observability/launcher/{name}/stop",
        "Stops a started server until somebody starts it.",
    ),
    act(
        "/observability/launcher/{name}/restart",
        "Stops a started server and starts it at once.",
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/servers/{name}/mcp",
            "Says something to a server that is started and served (serve_http), as MCP over Streamable HTTP has it.",
        )
    },
    Operation {
        media: "text/event-stream",
        ..read(
            "/servers/{name}/mcp",
            "What the server says in the session of the header Mcp-Session-Id to nobody's request.",
            &[],
        )
    },
    Operation {
        method: "delete",
        status: "204",
        ..act(
            "/servers/{name}/mcp",
            "Ends the session of the header Mcp-Session-Id.",
        )
    },
    read(
        "/observability/processes",
        "The MCP servers among the processes of the machine.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/processes/{pid}/end",
            "Ends one of them with all that it started, if its start_ticks are as given.",
        )
    },
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/diagnostics/run",
            "Looks at one or all servers now, and reports what was seen.",
        )
    },
    read("/observability/checks", "All checks.", &[]),
    Operation {
        status: "202",
        ..act(
            "/observability/checks/{name}/run",
            "Runs a check now instead of at its next turn.",
        )
    },
    read(
        "/observability/dependencies",
        "Servers and checks, and what hangs on what.",
        &[],
    ),
    read(
        "/observability/definitions",
        "What servers list about themselves, with hashes of what is listed and of what was approved.",
        &[("server", "string", "Of one server.")],
    ),
    read(
        "/observability/definitions/changes",
        "Changes of definitions: those that wait first, suspicious ones before others.",
        &[
            ("server", "string", "Of one server."),
            (
                "open",
                "boolean",
                "Only those that hold and nobody has agreed to, or only the others.",
            ),
            ("limit", "integer", "At most so many; 100 where missing."),
            ("fields", "boolean", "The fields that differ too."),
        ],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/definitions/changes/{id}",
            "Approves or rejects a change.",
        )
    },
    read(
        "/observability/events",
        "What happened.",
        &[
            ("server", "string", "Of one server."),
            ("from_ms", "integer", "Begin."),
            ("to_ms", "integer", "End."),
            ("limit", "integer", "At most so many."),
        ],
    ),
    read(
        "/observability/metrics",
        "Samples over a range.",
        &[
            ("expr", "string", "PromQL; or metric."),
            ("metric", "string", "The name of a metric; or expr."),
            ("server", "string", "Of one server, with metric."),
            ("aggregate", "string", "mean, max or last, with metric."),
            ("from_ms", "integer", "Begin."),
            ("to_ms", "integer", "End."),
            ("step_ms", "integer", "The distance of two points."),
        ],
    ),
    read(
        "/observability/configuration",
        "The files that servers come from, with what is wrong in them.",
        &[],
    ),
    read("/observability/boards", "All boards.", &[]),
    read(
        "/observability/boards/{name}",
        "A board with what its queries yield.",
        &[
            ("server", "string", "Of one server."),
            (
                "last_ms",
                "integer",
                "How long the stretch is that ends now.",
            ),
            ("from_ms", "integer", "Its begin, with to_ms."),
            ("to_ms", "integer", "Its end, with from_ms."),
            ("points", "integer", "At most so many points a series."),
        ],
    ),
    read(
        "/observability/export/{format}",
        "A table, or what queries yield, as csv or json; the newest values as prometheus.",
        &[
            ("table", "string", "Which table."),
            ("server", "string", "Of which server."),
            ("last_ms", "integer", "How long the table's stretch is."),
            (
                "kinds",
                "string",
                "Of events: which kinds, with commas between.",
            ),
            (
                "text",
                "string",
                "Words that rows of open-alerts and notifications have.",
            ),
            ("receiver", "string", "Of notifications: to whom."),
            ("state", "string", "Of notifications: what became of them."),
            ("reason", "string", "Of notifications: why they were sent."),
            ("query", "list", "PromQL, in place of a table."),
            (
                "range",
                "string",
                "How long the queries' stretch is, such as 6h.",
            ),
            ("from", "string", "Its begin: RFC 3339 or milliseconds."),
            ("to", "string", "Its end."),
            ("from_ms", "integer", "Begin."),
            ("to_ms", "integer", "End."),
            ("step_ms", "integer", "The distance of two points."),
            ("match[]", "list", "Selectors, of the format prometheus."),
        ],
    ),
    Operation {
        status: "101",
        ..read(
            "/observability/live",
            "What changes, as it changes: a WebSocket.",
            &[],
        )
    },
    Operation {
        status: "101",
        ..read("/ws", "The same.", &[])
    },
    read("/openapi.json", "This document.", &[]),
    read(
        "/api/v1/query",
        "Prometheus: a query at a time.",
        &[
            ("query", "string", "PromQL."),
            ("time", "string", "RFC 3339 or seconds."),
            ("timeout", "string", "How long it may take."),
        ],
    ),
    Operation {
        body: Some(FORM),
        ..act("/api/v1/query", "Prometheus: a query at a time.")
    },
    read(
        "/api/v1/query_range",
        "Prometheus: a query over a range.",
        &[
            ("query", "string", "PromQL."),
            ("start", "string", "Begin: RFC 3339 or seconds."),
            ("end", "string", "End: RFC 3339 or seconds."),
            ("step", "string", "The distance of two points."),
            ("timeout", "string", "How long it may take."),
        ],
    ),
    Operation {
        body: Some(FORM),
        ..act("/api/v1/query_range", "Prometheus: a query over a range.")
    },
    read(
        "/api/v1/query_exemplars",
        "Prometheus: exemplars.",
        &[
            ("query", "string", "PromQL."),
            ("start", "string", "Begin: RFC 3339 or seconds."),
            ("end", "string", "End: RFC 3339 or seconds."),
        ],
    ),
    Operation {
        body: Some(FORM),
        ..act("/api/v1/query_exemplars", "Prometheus: exemplars.")
    },
    read(
        "/api/v1/labels",
        "Prometheus: names of labels.",
        &[
            ("match[]", "list", "Selectors."),
            ("start", "string", "Begin: RFC 3339 or seconds."),
            ("end", "string", "End: RFC 3339 or seconds."),
        ],
    ),
    Operation {
        body: Some(FORM),
        ..act("/api/v1/labels", "Prometheus: names of labels.")
    },
    read(
        "/api/v1/series",
        "Prometheus: series.",
        &[
            ("match[]", "list", "Selectors."),
            ("start", "string", "Begin: RFC 3339 or seconds."),
            ("end", "string", "End: RFC 3339 or seconds."),
        ],
    ),
    Operation {
        body: Some(FORM),
        ..act("/api/v1/series", "Prometheus: series.")
    },
    read(
        "/api/v1/format_query",
        "Prometheus: a query, laid out.",
        &[("query", "string", "PromQL.")],
    ),
    Operation {
        body: Some(FORM),
        ..act("/api/v1/format_query", "Prometheus: a query, laid out.")
    },
    read(
        "/api/v1/parse_query",
        "Prometheus: a query as a tree.",
        &[("query", "string", "PromQL.")],
    ),
    Operation {
        body: Some(FORM),
        ..act("/api/v1/parse_query", "Prometheus: a query as a tree.")
    },
    read(
        "/api/v1/label/{name}/values",
        "Prometheus: values of a label.",
        &[
            ("match[]", "list", "Selectors."),
            ("start", "string", "Begin: RFC 3339 or seconds."),
            ("end", "string", "End: RFC 3339 or seconds."),
        ],
    ),
    read(
        "/api/v1/metadata",
        "Prometheus: what is known of metrics.",
        &[
            ("metric", "string", "Of one metric."),
            ("limit", "integer", "At most so many metrics."),
        ],
    ),
    read(
        "/api/v1/targets",
        "Prometheus: what is scraped, and what is not.",
        &[
            ("state", "string", "active, dropped or any."),
            ("scrapePool", "string", "Of one job."),
        ],
    ),
    read(
        "/api/v1/targets/metadata",
        "Prometheus: what targets say of their metrics.",
        &[
            ("match_target", "string", "A selector over targets."),
            ("metric", "string", "Of one metric."),
            ("limit", "integer", "At most so many."),
        ],
    ),
    read("/api/v1/scrape_pools", "Prometheus: the jobs.", &[]),
    read(
        "/api/v1/rules",
        "Prometheus: groups of rules, and how they stand.",
        &[
            ("type", "string", "alert or record."),
            ("rule_name[]", "string", "Of these names."),
            ("rule_group[]", "string", "Of these groups."),
            ("file[]", "string", "Of these files."),
            ("match[]", "string", "A selector over the labels of rules."),
            ("exclude_alerts", "boolean", "Without the alerts of rules."),
        ],
    ),
    read("/api/v1/alerts", "Prometheus: open alerts.", &[]),
    read(
        "/api/v1/status/buildinfo",
        "Prometheus: status, buildinfo.",
        &[],
    ),
    read(
        "/api/v1/status/runtimeinfo",
        "Prometheus: status, runtimeinfo.",
        &[],
    ),
    read("/api/v1/status/flags", "Prometheus: status, flags.", &[]),
    read("/api/v1/status/config", "Prometheus: status, config.", &[]),
    read("/api/v1/status/tsdb", "Prometheus: status, tsdb.", &[]),
    read(
        "/api/v1/status/walreplay",
        "Prometheus: status, walreplay.",
        &[],
    ),
];
