//! The configuration in use, in the form that clients of Prometheus show: YAML.

use serde_json::{Value, json};

use crate::config::{CheckConfig, Config, Endpoint, ServerConfig};

/// What stands above it.
const HEAD: &str = "\
# MCP Observatory: the configuration in use, with its defaults. Secrets, arguments of commands and headers are left
# out. It is written down in TOML (observatory.toml) and in the mcpServers files of MCP clients.
";

/// The configuration as text, without anything that is secret.
pub(super) fn yaml(config: &Config) -> String {
    let keys = config.auth.keys.iter();
    let keys: Vec<Value> = keys
        .map(|key| json!({ "name": key.name, "role": key.role.as_str() }))
        .collect();
    let servers: Vec<Value> = config.servers.iter().map(server).collect();
    let shown = json!({
        "global": {
            "scrape_interval": duration(&config.probe.interval),
            "scrape_timeout": duration(&config.probe.timeout),
            "evaluation_interval": duration(&config.alerts.interval),
        },
        "probe": {
            "start_timeout": duration(&config.probe.start_timeout),
            "slow": duration(&config.probe.slow),
        },
        "alerts": {
            "server_down_for": config.alerts.server_down_for.as_ref().map(duration),
        },
        "retention": {
            "history": duration(&config.retention.history),
            "rollups_5m": kept(config.retention.rollups.five_minutes),
            "rollups_1h": kept(config.retention.rollups.hours),
            "size": bytesize::ByteSize::b(config.retention.size).to_string(),
            "calls": duration(&config.retention.calls),
            "payloads": kept(config.retention.payloads),
            "most_calls": config.retention.most_calls,
        },
        "samples": samples(&config.samples),
        "auth": { "password": config.auth.password_hash.is_some(), "keys": keys },
        "http": { "allowed_hosts": config.http.allowed_hosts },
        "servers": servers,
        "checks": config.checks.iter().map(check).collect::<Vec<_>>(),
        "depends_on": config.depends_on,
    });
    match serde_saphyr::to_string(&shown) {
        Ok(text) => format!("{HEAD}{text}"),
        Err(error) => format!("{HEAD}# It cannot be shown: {error}\n"),
    }
}

fn duration(duration: &std::time::Duration) -> String {
    match duration.is_zero() {
        true => "0s".to_owned(),
        false => promql_parser::util::display_duration(duration),
    }
}

fn kept(kept: Option<std::time::Duration>) -> String {
    kept.map_or_else(|| "off".to_owned(), |kept| duration(&kept))
}

fn samples(config: &tsdb::Config) -> Value {
    let limits = &config.limits;
    json!({
        "series": limits.series,
        "series_per_target": limits.series_of_target,
        "labels": limits.labels,
        "label_name_bytes": limits.name_bytes,
        "label_value_bytes": limits.value_bytes,
        "samples_per_second": limits.samples_per_second,
        "samples_per_second_per_target": limits.samples_per_second_of_target,
        "ahead": duration(&config.ahead),
        "late": duration(&config.late),
        "exemplars": config.exemplars,
    })
}

fn server(server: &ServerConfig) -> Value {
    let checks = server.checks.iter();
    let checks: Vec<Value> = checks
        .map(|check| json!({ "name": check.name, "tool": check.tool, "every": duration(&check.every) }))
        .collect();
    let mut shown = reached(server);
    if !checks.is_empty() {
        shown["checks"] = checks.into();
    }
    shown
}

fn reached(server: &ServerConfig) -> Value {
    match &server.endpoint {
        Endpoint::Http { url, .. } => json!({
            "name": server.name,
            "url": mcp::public_url(url),
            "source": server.source,
        }),
        Endpoint::Stdio { command, .. } => json!({
            "name": server.name,
            "command": command.program,
            "source": server.source,
        }),
    }
}

/// What is checked may be secret, in an address or an argument; that it is, is not.
fn check(check: &CheckConfig) -> Value {
    json!({
        "name": check.name,
        "kind": check.spec.kind(),
        "every": duration(&check.every),
        "timeout": duration(&check.timeout),
        "servers": check.servers,
        "source": check.source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ApiKey, CommandLine, Secret};

    #[test]
    fn nothing_secret_is_shown() {
        let mut config = Config::default();
        let secret = || Secret::new("hush-hush");
        config.auth.password_hash = Some(secret());
        config.auth.keys.push(ApiKey {
            name: "grafana".into(),
            key: secret(),
            role: wire::Role::Viewer,
        });
        let http = Endpoint::Http {
            url: "https://user:hush-hush@search.example/mcp?key=hush-hush".into(),
            headers: vec![("authorization".into(), secret())],
            oauth: None,
            transport: mcp::Transport::Auto,
        };
        let stdio = Endpoint::Stdio {
            command: CommandLine {
                program: "npx".into(),
                args: vec!["--token=hush-hush".into()],
                env: [("TOKEN".to_owned(), secret())].into(),
                cwd: None,
            },
            serve_http: false,
        };
        for (name, endpoint) in [("search", http), ("files", stdio)] {
            config.servers.push(ServerConfig {
                name: name.into(),
                endpoint,
                protocol: mcp::Protocol::Auto,
                checks: Vec::new(),
                source: "observatory.toml".into(),
                needs_approval: false,
            });
        }
        let text = yaml(&config);
        assert!(!text.contains("hush"), "{text}");
        for part in [
            "name: grafana",
            "search.example/mcp",
            "command: npx",
            "evaluation_interval: 15s",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
