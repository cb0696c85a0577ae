//! The rules of `ARCHITECTURE.md` that a machine can hold.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each crate of ours may depend on.
const LAYERS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("model", &[]),
    ("elements", &[]),
    ("ui", &["elements", "wire"]),
    ("agents", &[]),
    ("benchmarks", &[]),
    ("db", &["model"]),
    ("promql", &["model"]),
    ("outbound", &["model"]),
    ("builds", &[]),
    ("checks", &["model", "outbound"]),
    ("drift", &[]),
    ("mcp", &["drift", "model"]),
    ("relay", &["model"]),
    ("supervisor", &["model"]),
    ("traffic", &["drift"]),
    ("tap", &["traffic"]),
    ("template", &[]),
    ("yaml", &[]),
    ("notifier", &["db", "model", "outbound", "template", "yaml"]),
    ("rules", &["db", "model", "template", "yaml"]),
    ("slo", &["yaml"]),
    ("ingest", &["model", "outbound"]),
    ("tsdb", &["db", "model"]),
    ("app", &["elements", "ui", "wire"]),
    (
        "backend",
        &[
            "agents",
            "benchmarks",
            "builds",
            "checks",
            "db",
            "drift",
            "ingest",
            "mcp",
            "model",
            "notifier",
            "promql",
            "relay",
            "rules",
            "slo",
            "supervisor",
            "tap",
            "traffic",
            "tsdb",
            "wire",
        ],
    ),
    ("frontend", &["app"]),
    ("server", &["app", "backend", "wire"]),
];

const LONGEST_FILE: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// All crates that a crate depends on, directly or not, as names.
fn closure(package: &str, more: &[&str]) -> BTreeSet<String> {
    let mut arguments = vec![
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    arguments.extend(more);
    let names = cargo(&arguments);
    let names = names
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

fn source_files() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["app", "frontend", "server"] {
        walk(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources are somewhere else");
    found
}

#[test]
fn crates_depend_downwards_only() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])).unwrap();
    let allowed: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let packages = metadata["packages"].as_array().unwrap();
    assert_eq!(packages.len(), LAYERS.len(), "every crate has its layer");
    let ours: BTreeSet<_> = packages
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let allowed = allowed
            .get(name)
            .unwrap_or_else(|| panic!("{name} has no layer"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let dependency_name = dependency["name"].as_str().unwrap();
            if ours.contains(dependency_name) && dependency["kind"].is_null() {
                assert!(
                    allowed.contains(&dependency_name),
                    "{name} must not depend on {dependency_name}"
                );
            }
        }
    }
}

#[test]
fn the_browser_gets_nothing_of_the_host() {
    let closure = closure("frontend", &["--target", "wasm32-unknown-unknown"]);
    assert!(closure.contains("leptos"), "the tree is empty");
    for host_only in [
        "backend",
        "db",
        "mcp",
        "model",
        "rules",
        "supervisor",
        "tokio",
        "axum",
        "sqlx",
        "rmcp",
    ] {
        assert!(
            !closure.contains(host_only),
            "{host_only} is in the web files"
        );
    }
}

#[test]
fn the_backend_never_sees_the_user_interface() {
    let closure = closure("backend", &[]);
    assert!(closure.contains("axum"), "the tree is empty");
    for ui_only in ["leptos", "app", "ui", "web-sys"] {
        assert!(!closure.contains(ui_only), "backend depends on {ui_only}");
    }
}

#[test]
fn sql_stands_in_stores() {
    for file in source_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let is_store =
            file.ends_with("store.rs") || file.components().any(|part| part.as_os_str() == "store");
        // `db` opens files: its pragmas are no queries of anybody's tables.
        let is_db = file.components().any(|part| part.as_os_str() == "db");
        let is_this = file.ends_with("tests/tidy.rs");
        if !is_store && !is_db && !is_this {
            let queries = text.contains("sqlx::query") || text.contains("query_scalar(");
            assert!(
                !queries,
                "{} has SQL; it belongs into a store",
                file.display()
            );
        }
    }
}

#[test]
fn files_say_why_they_exist_and_stay_short() {
    for file in source_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not open with //!",
            file.display()
        );
        let lines = text.lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines",
            file.display()
        );
    }
}

#[test]
fn roots_are_few() {
    let known = [
        "app",
        "frontend",
        "server",
        "style",
        "public",
        "migrations",
        "end2end",
    ];
    // What is not committed (target, data, node_modules) is nobody's business.
    let listed = Command::new("git")
        .args(["ls-files"])
        .current_dir(root())
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for path in listed.lines() {
        let Some((folder, _)) = path.split_once('/') else {
            continue;
        };
        assert!(
            folder.starts_with('.') || known.contains(&folder),
            "{folder} is a new room"
        );
    }
}
