//! Does a command line look like an MCP server?
//!
//! By names: of the program, of the script or package that a runner (`node`, `npx`, `python`, `uvx`, …) was
//! given, of the image that `docker run` was given. Nobody asks the process.

/// Programs that run what their first argument names.
const RUNNERS: [&str; 13] = [
    "node", "nodejs", "npx", "npm", "pnpm", "yarn", "bun", "bunx", "deno", "python", "uv", "uvx",
    "pipx",
];

/// Words between a runner and what it runs.
const COMMANDS: [&str; 7] = ["run", "exec", "x", "tool", "dlx", "--", "-m"];

/// Programs that run images.
const CONTAINERS: [&str; 3] = ["docker", "podman", "nerdctl"];

/// Arguments that are looked at behind a runner: options have values that cannot be told from names.
const MOST_ARGUMENTS: usize = 4;

/// The product itself, and its keepers.
pub(super) const OWN: &str = "mcp-observatory";

/// Whether it looks like one, or is one of these commands.
pub(super) fn is_mcp(command: &[String], known: &[Vec<String>]) -> bool {
    let Some((program, args)) = command.split_first() else {
        return false;
    };
    let name = last_part(program);
    if name == OWN {
        return false;
    }
    if known.iter().any(|other| is_same(command, other)) {
        return true;
    }
    if CONTAINERS.contains(&name) {
        let mut words = args.iter().skip_while(|word| *word != "run").skip(1);
        return words.any(|word| !word.starts_with('-') && !word.contains('=') && names_mcp(word));
    }
    let is_python = name.starts_with("python") && name[6..].chars().all(|c| !c.is_alphabetic());
    if is_python || RUNNERS.contains(&name) {
        // The many options of `uv run` and `npx` stand before what is run.
        let takes_one = is_python || matches!(name, "node" | "nodejs" | "deno");
        let words = args
            .iter()
            .filter(|word| !word.starts_with('-') && !COMMANDS.contains(&word.as_str()));
        let most = if takes_one { 1 } else { MOST_ARGUMENTS };
        return words.take(most).any(|word| names_mcp(place(word)));
    }
    names_mcp(name) && !is_shell(name)
}

/// Whether this is a shell: what it was told to do is a process of its own.
pub(super) fn is_shell(name: &str) -> bool {
    const SHELLS: [&str; 9] = [
        "sh", "bash", "zsh", "fish", "dash", "ksh", "tcsh", "nu", "pwsh",
    ];
    SHELLS.contains(&name.trim_start_matches('-'))
}

/// The name behind the last `/` of a path.
pub(super) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a command is a configured one, whatever the folder of its program.
fn is_same(command: &[String], other: &[String]) -> bool {
    match (command.split_first(), other.split_first()) {
        // A program alone says too little: `node` is everybody's.
        (Some((program, args)), Some((other, others))) if !others.is_empty() => {
            last_part(program) == last_part(other) && args == others
        }
        _ => false,
    }
}

/// What of a path says what it is: a package in a folder of packages, or else its last folders.
fn place(word: &str) -> &str {
    for folder in ["/node_modules/", "/site-packages/", "/dist-packages/"] {
        if let Some((_, inside)) = word.rsplit_once(folder) {
            return inside;
        }
    }
    let parts = word.rmatch_indices('/').nth(2);
    parts.map_or(word, |(at, _)| &word[at + 1..])
}

/// Whether a name has the word `mcp` in it, or the organisation's name.
fn names_mcp(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| {
        matches!(
            word,
            "mcp" | "modelcontextprotocol" | "fastmcp" | "mcpserver"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_and_others() {
        let configured = ["node", "/srv/files/index.js", "--root", "/data"];
        let known = [
            configured.map(str::to_owned).to_vec(),
            vec!["node".to_owned()],
        ];
        for (line, expected) in [
            ("npx -y @modelcontextprotocol/server-everything", true),
            (
                "npm exec @modelcontextprotocol/server-filesystem /tmp",
                true,
            ),
            (
                "node /home/u/.npm/_npx/1a/node_modules/.bin/mcp-server-memory",
                true,
            ),
            (
                "node /x/node_modules/@modelcontextprotocol/server-memory/dist/index.js",
                true,
            ),
            ("node --inspect /srv/my-mcp/dist/index.js", true),
            (
                "/usr/bin/python3.11 /usr/local/bin/mcp-server-time --local-timezone UTC",
                true,
            ),
            ("python -m mcp_server_git --repository /x", true),
            ("uvx mcp-server-fetch", true),
            ("uv --directory /x run mcp-server-sqlite", true),
            ("uv tool uvx mcp-server-time", true),
            ("bunx some-mcp@latest", true),
            ("mcp-server-time", true),
            ("/opt/github-mcp-server stdio", true),
            ("docker run -i --rm -e TOKEN mcp/fetch", true),
            ("docker run -i ghcr.io/github/github-mcp-server", true),
            ("/usr/local/bin/node /srv/files/index.js --root /data", true),
            // Others.
            ("node", false),
            ("node /srv/files/index.js --root /other", false),
            ("node /home/mcp/projects/web/app/dist/index.js", false),
            ("node server.js mcp", false),
            ("python3 -m http.server", false),
            ("vim mcp-server.py", false),
            ("grep mcp-server /var/log/syslog", false),
            ("sh -c mcp-server-time", false),
            ("mcp-observatory serve", false),
            ("/x/mcp-observatory keeper -- mcp-server-time", false),
            ("docker build -t mcp/fetch .", false),
            ("docker run -e A=mcp/x alpine", false),
            ("pythonic mcp", false),
            ("tmcpd", false),
            ("", false),
        ] {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(is_mcp(&words, &known), expected, "{line}");
        }
    }
}
