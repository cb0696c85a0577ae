//! Names and numbers of rules.

use super::*;

#[test]
fn ids_become_names_of_alerts() {
    for (id, name) in [
        ("mcp-availability", "McpAvailability"),
        ("mcp-api.latency_p95", "McpApiLatencyP95"),
        ("2nd-try", "Slo2ndTry"),
        ("a--b", "AB"),
    ] {
        assert_eq!(camel(id), name);
    }
}

#[test]
fn numbers_have_no_dust() {
    for (of, text) in [
        (1.0 - 0.999, "0.001"),
        (1.0 - 0.9995, "0.0005"),
        (0.999, "0.999"),
        (1.0 - 0.999_99, "0.00001"),
    ] {
        assert_eq!(number(of), text);
    }
}

#[test]
fn texts_of_people_are_no_templates() {
    assert_eq!(
        literal("{{ $value }} of {all}"),
        "{{ \"{{\" }} $value }} of {all}"
    );
}

#[test]
fn windows_are_sorted_by_their_length() {
    let mut windows = ["1d", "5m", "3d", "30m", "2h", "1h", "6h", "30d"];
    windows.sort_by_key(|window| seconds(window));
    assert_eq!(windows, ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]);
}
