//! The mistakes that are known, each with a snippet that has it.

pub(super) const DESKTOP: &str = "claude_desktop_config.json";
pub(super) const CODE: &str = ".mcp.json";
pub(super) const CURSOR: &str = ".cursor/mcp.json";
pub(super) const VSCODE: &str = ".vscode/mcp.json";
pub(super) const GEMINI: &str = ".gemini/settings.json";
pub(super) const CODEX: &str = ".codex/config.toml";
pub(super) const ROO: &str = ".roo/mcp.json";
pub(super) const ANY: &str = "f.json";

/// File, text, severity, a part of what is said.
pub(super) type Known = (&'static str, &'static str, &'static str, &'static str);

/// What is wrong with a file: what is written, and what is said of it.
pub(super) const FILES: &[Known] = &[
    (ANY, "{", "error", "is no JSON"),
    (ANY, "", "error", "is empty"),
    (ANY, "[]", "error", "must be an object"),
    (CODEX, "a = ", "error", "is no TOML (line 1)"),
    (
        CODE,
        "// x\n{\"mcpServers\":{}}",
        "warning",
        "Claude Code takes no comments",
    ),
    (
        GEMINI,
        "{\"mcpServers\":{},}",
        "warning",
        "takes no commas before a closing bracket",
    ),
    (ANY, "{}", "error", "has no `mcpServers`"),
    (
        ANY,
        r#"{"mcpservers":{}}"#,
        "error",
        "`mcpservers` is no key of any client; write `mcpServers`",
    ),
    (
        ANY,
        r#"{"fs":{"command":"true"}}"#,
        "error",
        "put what is there into { \"mcpServers\"",
    ),
    (ANY, r#"{"mcpServers": []}"#, "error", "must be an object"),
    (
        ANY,
        r#"{"name":"x","packages":[]}"#,
        "error",
        "describes a server for the MCP registry",
    ),
    (
        VSCODE,
        r#"{"mcpServers":{}}"#,
        "warning",
        "VS Code looks for `servers`, and silently ignores `mcpServers`; write `servers`",
    ),
    (
        CURSOR,
        r#"{"servers":{}}"#,
        "warning",
        "Cursor looks for `mcpServers`",
    ),
    (
        ".claude/settings.json",
        r#"{"mcpServers":{}}"#,
        "warning",
        "no client looks for servers in this file; move it to .mcp.json",
    ),
    (
        ANY,
        r#"{"mcpServers":{"a":{"command":"true"},"a":{"command":"true"}}}"#,
        "warning",
        "mcpServers.a: stands twice",
    ),
    (
        ANY,
        r#"{"mcpServers":{"a":"npx"}}"#,
        "error",
        "mcpServers.a: is no object",
    ),
    (
        CODEX,
        "[mcp_servers.a]\ncommand = \"uvx\"",
        "warning",
        "Codex gives up after 10 s",
    ),
    (
        CODEX,
        "[mcp_servers.a]\nurl = \"http://a.example/mcp\"\nbearer_token_env_var = \"UNSET\"",
        "error",
        "UNSET is not set",
    ),
];

/// What is wrong with an entry called `a`.
pub(super) const ENTRIES: &[Known] = &[
    (
        ANY,
        r#"{"command":["npx"]}"#,
        "error",
        "mcpServers.a.command: is a list",
    ),
    (
        ANY,
        r#"{"command":"true","args":"-y x --token hunter2"}"#,
        "error",
        r#"write ["-y", "x", "--token", "***REDACTED***"]"#,
    ),
    (
        ANY,
        r#"{"command":"true","env":{"PORT":8080}}"#,
        "error",
        "mcpServers.a.env.PORT: is no text; put it in quotes",
    ),
    (
        ANY,
        r#"{"command":"true","disabled":"yes"}"#,
        "error",
        "is neither true nor false",
    ),
    (ANY, r#"{"type":"stdio"}"#, "error", "needs `command`"),
    (
        CODE,
        r#"{"transport":{"type":"http","url":"http://a.example/mcp"}}"#,
        "warning",
        "do not look into `transport`",
    ),
    (
        CURSOR,
        r#"{"httpUrl":"http://a.example/mcp"}"#,
        "warning",
        "`httpUrl` is a key of Gemini CLI; Cursor ignores it; write url",
    ),
    (
        CURSOR,
        r#"{"command":"true","alwaysAllow":[]}"#,
        "warning",
        "`alwaysAllow` is a key of",
    ),
    (
        CURSOR,
        r#"{"command":"true","argss":[]}"#,
        "warning",
        "write `args`",
    ),
    (
        CODE,
        r#"{"type":"http","url":"http://a.example/mcp","headersHelper":"x"}"#,
        "warning",
        "is not run here",
    ),
    (
        DESKTOP,
        r#"{"url":"http://a.example/mcp"}"#,
        "warning",
        "Claude Desktop skips servers with an address",
    ),
    (
        CODE,
        r#"{"url":"http://a.example/mcp"}"#,
        "warning",
        "add \"type\": \"http\"",
    ),
    (
        CODE,
        r#"{"type":"streamableHttp","url":"http://a.example/mcp"}"#,
        "warning",
        "write \"http\"",
    ),
    (
        ROO,
        r#"{"type":"http","url":"http://a.example/mcp"}"#,
        "warning",
        "write \"streamable-http\"",
    ),
    (
        ANY,
        r#"{"type":"websocket","url":"http://a.example/mcp"}"#,
        "error",
        "is no transport",
    ),
    (
        CODE,
        r#"{"type":"http","url":"http://a.example/sse"}"#,
        "warning",
        "commonly HTTP+SSE",
    ),
    (
        CODE,
        r#"{"type":"sse","url":"http://a.example/mcp"}"#,
        "warning",
        "commonly Streamable HTTP",
    ),
    (
        GEMINI,
        r#"{"url":"http://a.example/mcp"}"#,
        "warning",
        "write `httpUrl` in place of `url`",
    ),
    (
        GEMINI,
        r#"{"httpUrl":"http://a.example/sse"}"#,
        "warning",
        "write `url` in place of `httpUrl`",
    ),
    (
        VSCODE,
        r#"{"type":"http","url":"unix:///tmp/x"}"#,
        "error",
        "cannot be watched",
    ),
    (ANY, r#"{"url":"localhost:1"}"#, "error", "is no address"),
    (
        ANY,
        r#"{"command":"nobody-has-this"}"#,
        "warning",
        "nobody-has-this is not on the PATH",
    ),
    (
        ANY,
        r#"{"command":"/nobody/has/this"}"#,
        "warning",
        "there is no /nobody/has/this",
    ),
    (
        ANY,
        r#"{"command":"npx -y x"}"#,
        "error",
        r#"args = ["-y", "x"]"#,
    ),
    (
        ANY,
        r#"{"command":"./server"}"#,
        "warning",
        "a.command: is relative",
    ),
    (
        ANY,
        r#"{"command":"true","cwd":"work"}"#,
        "warning",
        "a.cwd: is relative",
    ),
    (
        ANY,
        r#"{"command":"node","args":["./server.js"]}"#,
        "warning",
        "a.args[0]: is relative",
    ),
    (
        ANY,
        r#"{"command":"true","args":["~/data"]}"#,
        "warning",
        "write ${HOME}/… or the whole path",
    ),
    (
        ANY,
        r#"{"command":"npx","args":["x"]}"#,
        "warning",
        "npx asks before it installs",
    ),
    (
        ANY,
        r#"{"command":"cmd","args":["/c","npx","-y","x"]}"#,
        "warning",
        "`cmd /c` is for Windows",
    ),
    (
        ANY,
        r#"{"command":"docker","args":["run","--rm","x"]}"#,
        "error",
        "without -i docker closes",
    ),
    (
        ANY,
        r#"{"command":"docker","args":["run","-d","-i","x"]}"#,
        "error",
        "with -d docker leaves",
    ),
    (
        ANY,
        r#"{"command":"docker","args":["run","-it","x"]}"#,
        "warning",
        "leave -t out",
    ),
    (
        ANY,
        r#"{"command":"true","args":["--root /data"]}"#,
        "warning",
        r#"write ["--root", "/data"]"#,
    ),
    (
        ANY,
        r#"{"command":"npm","args":["run","mcp"]}"#,
        "warning",
        "npm prints lines of its own",
    ),
    (
        DESKTOP,
        r#"{"command":"true","args":["${SET}"]}"#,
        "warning",
        "Claude Desktop does not fill in ${SET}",
    ),
    (
        VSCODE,
        r#"{"command":"true","args":["${SET}"]}"#,
        "warning",
        "write ${env:SET}",
    ),
    (
        VSCODE,
        r#"{"command":"true","env":{"K":"${input:my-key}"}}"#,
        "error",
        "write ${env:MY_KEY}",
    ),
    (
        CODE,
        r#"{"command":"true","args":["$SET"]}"#,
        "warning",
        "write ${SET}",
    ),
    (
        ROO,
        r#"{"command":"true","args":["${workspaceFolder}"]}"#,
        "warning",
        "Roo Code does not fill in ${workspaceFolder}",
    ),
    (
        CODE,
        r#"{"type":"http","url":"http://a.example/mcp","headers":{"X":"${UNSET}"}}"#,
        "warning",
        "the server gets the text ${UNSET}",
    ),
    (
        GEMINI,
        r#"{"command":"true","args":["$UNSET"]}"#,
        "warning",
        "the server gets nothing",
    ),
    (
        ANY,
        r#"{"command":"true","args":["${UNSET}"]}"#,
        "error",
        "${UNSET} is not set",
    ),
    (
        CURSOR,
        r#"{"command":"true","envFile":"none.env"}"#,
        "error",
        "none.env cannot be read",
    ),
    (
        ANY,
        r#"{"command":"true","env":{"API_KEY":""}}"#,
        "warning",
        "perhaps a shell put an unset variable there",
    ),
    (
        ANY,
        r#"{"url":"http://a.example/mcp","headers":{"Authorization":"Bearer "}}"#,
        "warning",
        "write \"Bearer ${TOKEN}\"",
    ),
    (
        ANY,
        r#"{"command":"true","env":{"API_KEY":"<your key>"}}"#,
        "warning",
        "placeholder of an example",
    ),
    (
        ANY,
        r#"{"command":"true","env":{"API_KEY":"hunter2"}}"#,
        "warning",
        "a.env.API_KEY: a secret stands in clear text",
    ),
    (
        ANY,
        r#"{"command":"true","args":["--token","hunter2"]}"#,
        "warning",
        "a.args[1]: a secret stands",
    ),
    (
        ANY,
        r#"{"url":"https://ann:hunter2@a.example/mcp"}"#,
        "warning",
        "a.url: a secret stands",
    ),
    (
        ANY,
        r#"{"url":"http://a.example/mcp","headers":{"X":"ghp_hunter2hunter2hunter2"}}"#,
        "warning",
        "a.headers.X: a secret stands",
    ),
];
