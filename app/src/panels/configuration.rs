//! Which files were read, what is wrong with them, and where the values of their servers come from.

use leptos::prelude::*;
use ui::{Empty, FindingBadge, all, format};
use wire::{ConfigFile, ConfiguredServer, Finding};

use super::{Panel, Scope};
use crate::api::load_configuration;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};

pub(crate) const PANEL: Panel = Panel {
    id: "configuration",
    title: "Configuration",
    export: None,
    view: |_: &Scope| {
        let files = Loaded::once(load_configuration);
        seeded_with(Room::Small, files, |_, files: Vec<ConfigFile>| show(&files))
    },
};

fn show(files: &[ConfigFile]) -> AnyView {
    if files.is_empty() {
        return view! {
            <Empty>
                "No file was read. Servers come from observatory.toml, or from the file of an MCP client: --mcp-config FILE."
            </Empty>
        }
        .into_any();
    }
    let targets = files
        .iter()
        .any(|file| file.dialect == "Prometheus")
        .then(|| view! { <p><a href="/targets">"Targets that are scraped"</a></p> }.into_any());
    view! { <ul class="config-files">{all(files.iter().map(file))}</ul> {targets} }.into_any()
}

fn file(file: &ConfigFile) -> impl IntoView + use<> {
    let servers = format::count(file.servers.len(), "server");
    let what = match file.dialect.as_str() {
        "" => "cannot be read".to_owned(),
        dialect => format!("{dialect}, {servers}"),
    };
    let findings = (!file.findings.is_empty()).then(|| {
        let rows = all(file.findings.iter().map(finding));
        view! { <ul class="findings">{rows}</ul> }.into_any()
    });
    view! {
        <li>
            <h3><code>{file.source.clone()}</code> " " <small>{what}</small></h3>
            {findings}
            {all(file.servers.iter().filter(|server| !server.origins.is_empty()).map(origins))}
        </li>
    }
}

fn finding(finding: &Finding) -> impl IntoView + use<> {
    let place = (!finding.path.is_empty()).then(|| {
        let path = finding.path.clone();
        view! { <code>{path}</code> }.into_any()
    });
    let instead = (!finding.instead.is_empty()).then(|| {
        let text = capital(&finding.instead);
        view! { <p class="action"><b>"What to do: "</b> {text} "."</p> }.into_any()
    });
    view! {
        <li data-severity=finding.severity.as_str()>
            <p><FindingBadge severity=finding.severity /> " " {place} " " {finding.message.clone()} "."</p>
            {instead}
        </li>
    }
}

fn origins(server: &ConfiguredServer) -> impl IntoView + use<> {
    let rows = server.origins.iter().map(|origin| {
        view! { <div><dt><code>{origin.path.clone()}</code></dt><dd>{origin.from.clone()}</dd></div> }
    });
    view! {
        <details>
            <summary>"Where the values of " <b>{server.name.clone()}</b> " come from"</summary>
            <dl>{all(rows)}</dl>
        </details>
    }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next()
        .map(|first| first.to_uppercase().chain(rest).collect())
        .unwrap_or_default()
}
