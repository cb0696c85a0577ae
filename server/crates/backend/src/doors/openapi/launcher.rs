//! The operations of started servers and of processes.

use super::operations::{JSON, Operation, act, read};

/// Servers that are started, how they are reached, and the MCP servers among the processes of the machine.
pub(super) const LAUNCHER: &[Operation] = &[
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
];
