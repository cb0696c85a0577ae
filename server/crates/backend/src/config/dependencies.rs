//! Whether what is declared to depend on something names something, and never itself in the end.

use std::collections::{BTreeMap, BTreeSet};

use super::{Config, Mistakes};
use crate::SELF_NAME;
use crate::dependencies::Graph;

/// Checks names and cycles of a whole configuration. `file` is the one with `depends_on` in it.
pub(super) fn verify(config: &Config, file: &str, mistakes: &mut Mistakes) {
    let servers: BTreeSet<&str> = config
        .servers
        .iter()
        .map(|server| server.name.as_str())
        .chain([SELF_NAME])
        .collect();
    let checks: BTreeSet<&str> = config
        .checks
        .iter()
        .map(|check| check.name.as_str())
        .collect();
    for check in &config.checks {
        let path = format!("checks.{}", check.name);
        if servers.contains(check.name.as_str()) {
            let message = "a server has this name; servers and checks share one list of names, so rename one of them";
            mistakes.push_in(&check.source, path.clone(), message);
        } else if let Some(message) = super::servers::wrong_name(&check.name) {
            mistakes.push_in(&check.source, path.clone(), message);
        }
        for name in check
            .servers
            .iter()
            .filter(|name| !servers.contains(name.as_str()))
        {
            let message = unknown("server", name, &servers);
            mistakes.push_in(&check.source, format!("{path}.servers"), message);
        }
    }
    let known: BTreeSet<&str> = servers.union(&checks).copied().collect();
    for (server, names) in &config.depends_on {
        for name in names.iter().filter(|name| !known.contains(name.as_str())) {
            let message = unknown("server or check", name, &known);
            mistakes.push_in(file, format!("servers.{server}.depends_on"), message);
        }
    }
    for cycle in Graph::of(config).cycles() {
        let path = format!("servers.{}.depends_on", cycle[0]);
        let message = match cycle.as_slice() {
            [_] => "names the server itself; remove it".to_owned(),
            names => format!(
                "goes round in a circle: {} → {}; remove one of them",
                names.join(" → "),
                names[0]
            ),
        };
        mistakes.push_in(file, path, message);
    }
}

fn unknown(what: &str, name: &str, known: &BTreeSet<&str>) -> String {
    let likeness = |candidate: &&&str| strsim::jaro_winkler(name, candidate);
    let nearest = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|candidate| likeness(candidate) > 0.8) {
        Some(candidate) => format!("there is no {what} {name:?}; did you mean {candidate:?}?"),
        None => {
            let some: Vec<_> = known.iter().copied().take(20).collect();
            format!(
                "there is no {what} {name:?}; there are: {}",
                some.join(", ")
            )
        }
    }
}

/// What servers depend on, by their names.
pub(super) type DependsOn = BTreeMap<String, Vec<String>>;
