//! Data with methods, libraries, HTML, and what has no end.

use std::any::Any;

use super::*;

const LANGUAGE: Language = Language {
    functions: &[COMMON],
    variables: &["$more"],
};

/// A name with methods.
#[derive(Debug)]
struct Person(&'static str);

impl Thing for Person {
    fn kind(&self) -> &'static str {
        "person"
    }

    fn get(&self, name: &str, given: &[Value]) -> Option<Outcome> {
        match name {
            "Name" => Some(Ok(Value::text(self.0))),
            "Friends" => Some(Ok(Value::list(
                ["Ann", "Bo"].map(|name| Value::thing(Person(name))),
            ))),
            "Greet" => Some(texts(given).map(|[word]| Value::Text(format!("{word} {}", self.0)))),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn run_in(text: &str, library: &Library, is_html: bool) -> String {
    let scope = Scope {
        dot: Value::thing(Person("Kim")),
        variables: vec![("$more", Value::text("more"))],
        call: &call_common,
        library: Some(library),
        is_html,
        bounds: Bounds::default(),
    };
    let done = Text::parse(text, &LANGUAGE).and_then(|text| text.run(&scope));
    done.unwrap_or_else(|error| format!("wrong: {error}"))
}

#[test]
fn methods_and_libraries() {
    let mut library = Library::default();
    for text in [
        r#"{{ define "a" }}old{{ end }}{{ define "b" }}<{{ . }}>{{ end }}"#,
        r#"ignored {{ define "a" }}new {{ template "b" .Name }}{{ end }}"#,
    ] {
        library.add(&Text::parse(text, &LANGUAGE).unwrap());
    }
    assert_eq!(library.names().collect::<Vec<_>>(), ["a", "b"]);
    for (text, expected) in [
        ("{{ .Name }} {{ $.Name }} {{ $more }}", "Kim Kim more"),
        (r#"{{ .Greet "hi" }} {{ "ho" | .Greet }}"#, "hi Kim ho Kim"),
        (
            r#"{{ $.Greet "hi" }} {{ (index .Friends 1).Greet "oh" }}"#,
            "hi Kim oh Bo",
        ),
        (
            r#"{{ $f := index .Friends 0 }}{{ $f.Greet (toUpper "hi") }}"#,
            "HI Ann",
        ),
        ("{{ range .Friends }}{{ .Name }},{{ end }}", "Ann,Bo,"),
        (r#"{{ template "a" . }}"#, "new <Kim>"),
        (
            r#"{{ define "b" }}[{{ . }}]{{ end }}{{ template "a" . }}"#,
            "new [Kim]",
        ),
        ("{{ .Friends | len }} {{ . }}", "2 person"),
        (
            "{{ .Nonsense }}",
            "wrong: can't evaluate field Nonsense in type person",
        ),
        ("{{ .Name 1 }}", "Kim"),
        (
            r#"{{ .Name.Length 1 }}"#,
            "wrong: can't evaluate field Length in type string",
        ),
        ("{{ . 1 }}", "wrong: what is given arguments is no function"),
        (
            "{{ $more 1 }}",
            "wrong: what is given arguments is no function",
        ),
    ] {
        assert_eq!(run_in(text, &library, false), expected, "{text}");
    }
}

#[test]
fn html_quotes_values() {
    let library = Library::default();
    for (text, expected) in [
        (r#"<b>{{ "<i>" }}</b>"#, "<b>&lt;i&gt;</b>"),
        (r#"{{ "<i>" | safeHtml }}"#, "<i>"),
        (
            r#"<a href="{{ "javascript:x" }}">"#,
            r##"<a href="#ZgotmplZ">"##,
        ),
        (r#"{{ html "<" }}"#, "&amp;lt;"),
    ] {
        assert_eq!(run_in(text, &library, true), expected, "{text}");
    }
    assert_eq!(run_in(r#"{{ "<i>" }}"#, &library, false), "<i>");
}

#[test]
fn what_has_no_end_is_broken_off() {
    let library = Library::default();
    let mut empty = String::new();
    for _ in 0..40 {
        empty = format!("{{{{ range $.Friends }}}}{empty}{{{{ end }}}}");
    }
    let mut texts = r#"{{ $x := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }}"#.to_owned();
    texts.push_str(&"{{ $x = print $x $x }}".repeat(13));
    for _ in 0..12 {
        texts.push_str("{{ range $.Friends }}");
    }
    texts.push_str("{{ $y := toUpper $x }}");
    texts.push_str(&"{{ end }}".repeat(12));
    let recursion =
        r#"{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}"#.to_owned();
    for (text, expected) in [
        (empty, "wrong: the text has no end"),
        (texts, "wrong: the text has no end"),
        (recursion, "wrong: templates use each other without an end"),
    ] {
        assert_eq!(run_in(&text, &library, false), expected, "{text:.80}");
    }
}
