//! Templates as rules have them, and what they come to.

use super::*;

fn expand(text: &str) -> String {
    let labels = Labels::new()
        .with("__name__", "up")
        .with("server", "fs {{ $value }}")
        .with("instance", "web.example:9090");
    let external_labels = BTreeMap::from([("cluster".to_owned(), "eu".to_owned())]);
    let ask = |expr: &str| match expr {
        "up" => Ok(["b", "a"]
            .map(|job| Found {
                labels: Labels::new().with("job", job),
                value: 1.5,
            })
            .to_vec()),
        "none" => Ok(Vec::new()),
        other => Err(format!("{other} is no query")),
    };
    let base = Base {
        external_labels: &external_labels,
        external_url: "https://host/prom",
        now_ms: 60_000,
        ask: &ask,
    };
    let found = Found { labels, value: 0.5 };
    let scope = base.scope(&found);
    match Template::parse(text) {
        Ok(template) => template.shown(&scope, &mut Vec::new()),
        Err(error) => format!("wrong: {error}"),
    }
}

#[test]
fn what_templates_come_to() {
    for (text, expected) in [
        ("plain }} text", "plain }} text"),
        ("{{ $labels.server }} is down", "fs {{ $value }} is down"),
        ("{{$value}} of {{.Value}}", "0.5 of 0.5"),
        ("{{ $labels.missing }}!", "!"),
        (
            "{{ range query \"none\" }}{{ else }}{{ $.Labels.instance }} {{ $.Value }}{{ end }}",
            "web.example:9090 0.5",
        ),
        ("{{ index $labels \"missing\" }}!", "!"),
        (
            "{{ $labels.instance | stripPort | toUpper }}",
            "WEB.EXAMPLE",
        ),
        (
            "{{ $externalLabels.cluster }} {{ $externalURL }} {{ pathPrefix }}",
            "eu https://host/prom /prom",
        ),
        ("{{ printf \"%.1f%%\" 99.95 }}", "100.0%"),
        ("{{ $value | humanizePercentage }}", "50%"),
        ("a {{- /* why */ -}} b", "ab"),
        ("a {{ /* why */}} b", "a  b"),
        ("a\n  {{- \" x \" -}}\n b", "a x b"),
        (
            "{{ if gt $value 0.4 }}much{{ else }}little{{ end }}",
            "much",
        ),
        (
            "{{ if eq $labels.job \"a\" }}1{{ else if $labels.server }}2{{ else }}3{{ end }}",
            "2",
        ),
        (
            "{{ if and $labels.server (not $labels.job) }}x{{ end }}",
            "x",
        ),
        (
            "{{ with $labels.job }}{{ . }}{{ else }}none{{ end }}",
            "none",
        ),
        (
            "{{ with query \"up\" }}{{ . | first | value | humanize }}{{ end }}",
            "1.5",
        ),
        (
            "{{ range query \"up\" | sortByLabel \"job\" }}{{ .Labels.job }}={{ .Value }} {{ end }}",
            "a=1.5 b=1.5 ",
        ),
        (
            "{{ range $i, $s := query \"up\" }}{{ if $i }}, {{ end }}{{ $s | label \"job\" }}{{ end }}",
            "b, a",
        ),
        (
            "{{ range query \"none\" }}x{{ else }}nothing{{ end }}",
            "nothing",
        ),
        (
            "{{ range $name, $text := $externalLabels }}{{ $name }}:{{ $text }}{{ end }}",
            "cluster:eu",
        ),
        (
            "{{ range query \"up\" }}{{ if eq (label \"job\" .) \"a\" }}{{ break }}{{ end }}{{ .Value }}{{ end }}",
            "1.5",
        ),
        (
            "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}",
            "2",
        ),
        (
            "{{ define \"t\" }}<{{ .arg0 }}|{{ .arg1 }}>{{ end }}{{ template \"t\" (args 1 \"b\") }}",
            "<1|b>",
        ),
        (
            "{{ len \"abc\" }} {{ print 1 2 \"x\" }} {{ index (query \"up\") 0 | value }}",
            "3 1 2x 1.5",
        ),
        (
            "{{ match \"^f.\" $labels.server }} {{ reReplaceAll \"(.*):(.*)\" \"$2/$1\" $labels.instance }}",
            "true 9090/web.example",
        ),
        ("{{ (query \"up\" | first).Labels.job }}", "b"),
        (
            "{{ humanizeTimestamp 1445412480.5 }}",
            "2015-10-21 07:28:00.5 +0000 UTC",
        ),
        (
            "{{ parseDuration \"1h30m\" }} {{ title \"two words\" }}",
            "5400 Two Words",
        ),
        (
            "{{ graphLink \"up == 0\" }}",
            "/graph?g0.expr=up+%3D%3D+0&g0.tab=0",
        ),
        ("{{ `raw \\n` }}{{ 'A' }}", "raw \\n65"),
        ("{{ $ }}", "alert"),
        ("{{ -5 }} {{ 1.50 }} {{ 0x10 }} {{ 1e3 }}", "-5 1.5 16 1000"),
        ("{{ \"}}\" }}", "}}"),
        ("{{ block \"b\" .Value }}({{ . }}){{ end }}", "(0.5)"),
    ] {
        assert_eq!(expand(text), expected, "{text}");
    }
}

#[test]
fn failures_stand_in_the_text() {
    for (text, expected) in [
        (
            "{{ if gt $value 1 }}{{ end }}",
            "<error expanding template: error calling gt: incompatible types",
        ),
        (
            "{{ query \"none\" | first }}",
            "<error expanding template: error calling first: first() called on vector with no",
        ),
        (
            "{{ query \"x\" }}",
            "<error expanding template: error calling query: x is no query>",
        ),
        (
            "{{ humanize \"a\" }}",
            "<error expanding template: error calling humanize: \"a\" is no number>",
        ),
        (
            "{{ .Nonsense }}",
            "<error expanding template: can't evaluate field Nonsense in type alert>",
        ),
        (
            "{{ template \"t\" }}",
            "<error expanding template: template \"t\" not defined>",
        ),
        (
            "{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}",
            "<error expanding template: templates use each other",
        ),
        (
            "{{ toUpper .Value }}",
            "<error expanding template: error calling toUpper: wrong type for value; expected string",
        ),
    ] {
        let shown = expand(text);
        assert!(shown.starts_with(expected), "{text}: {shown}");
    }
}

#[test]
fn what_is_no_template() {
    for (text, expected) in [
        ("open {{ $value", "wrong: an action is not closed"),
        (
            "{{ nonsense $value }}",
            "wrong: function \"nonsense\" not defined",
        ),
        ("{{ $other }}", "wrong: undefined variable \"$other\""),
        ("{{ if true }}", "wrong: if has no {{ end }}"),
        ("{{ end }}", "wrong: there is an {{ end }} too many"),
        ("{{ else }}", "wrong: an {{ else }} belongs to nothing"),
        ("{{ ( 1 }}", "wrong: a parenthesis is not closed"),
        ("{{ 1 ) }}", "wrong: a parenthesis is closed"),
        ("{{ \"a }}", "wrong: an action is not closed"),
        ("{{ | humanize }}", "wrong: a command is missing"),
        ("{{ 1 2 }}", "wrong: can't give argument"),
        ("{{ break }}", "wrong: break stands outside"),
        ("{{ 1x }}", "wrong: \"1x\" is no number"),
        ("{{ }}", "wrong: a command is missing"),
        ("{{ /* x }}", "wrong: an action is not closed"),
        (
            &"{{ if true }}".repeat(100),
            "wrong: actions are nested too deeply",
        ),
    ] {
        let shown = expand(text);
        assert!(shown.starts_with(expected), "{text}: {shown}");
    }
}

#[test]
fn what_has_no_end_is_refused() {
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000));
    let chain = format!(
        "{{{{ if false }}}}{}{{{{ end }}}}",
        "{{ else if false }}".repeat(20_000)
    );
    let nested = format!(
        "{{{{ define \"x\" }}}}{}{{{{ template \"x\" }}}}{}{{{{ end }}}}{{{{ template \"x\" }}}}",
        "{{ if true }}".repeat(40),
        "{{ end }}".repeat(40)
    );
    let doubled = |function: &str| {
        format!(
            "{{{{ $x := \"aaaaaaaaaa\" }}}}{}",
            format!("{{{{ $x = {function} $x $x }}}}").repeat(60)
        )
    };
    for (text, expected) in [
        (deep, "nested too deeply"),
        (chain, "nested too deeply"),
        (nested, "nested too deeply"),
        (doubled("print"), "too long"),
        (doubled("args"), "too long"),
    ] {
        let said = expand(&text);
        assert!(said.contains(expected), "{:.200}", said);
    }
}
