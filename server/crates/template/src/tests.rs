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
            "Names" => Some(Ok(Value::list((0..100).map(|_| Value::text("x"))))),
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
    // Half a megabyte of text, from which functions would make terabytes.
    let long = format!(
        r#"{{{{ $x := "0123456789abcdef" }}}}{}"#,
        "{{ $x = print $x $x }}".repeat(15)
    );
    let many =
        |function: &str, count: usize| format!("{long}{{{{ {function}{} }}}}", " $x".repeat(count));
    let wide = format!(
        r#"{{{{ printf "{}"{} }}}}"#,
        "%9999d".repeat(2000),
        " 1".repeat(2000)
    );
    let recursion =
        r#"{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}"#.to_owned();
    for (text, expected) in [
        (empty, "wrong: the text has no end"),
        (texts, "wrong: the text has no end"),
        (
            format!(r#"{long}{{{{ reReplaceAll "" $x $x }}}}"#),
            "wrong: error calling reReplaceAll: the text is too long",
        ),
        (
            format!("{long}{{{{ join $x $.Names }}}}"),
            "wrong: error calling join: the text is too long",
        ),
        (many("print", 1000), "wrong: the text is too long"),
        (wide, "wrong: error calling printf: the text is too long"),
        (recursion, "wrong: templates use each other without an end"),
    ] {
        assert_eq!(run_in(&text, &library, false), expected, "{text:.80}");
    }
}

/// Texts of pieces in any order: whatever comes of them, it is an answer and not the end of the program.
#[test]
fn nothing_that_is_written_brings_it_down() {
    const PIECES: &[&str] = &[
        "{{",
        "}}",
        "{{-",
        "-}}",
        " ",
        ".",
        "$",
        "|",
        "(",
        ")",
        "\"",
        "`",
        "'",
        "\\",
        "=",
        ":=",
        ",",
        "$x",
        ".Name",
        ".Friends",
        "if",
        "else",
        "end",
        "range",
        "with",
        "define",
        "template",
        "break",
        "\"a\"",
        "1",
        "-1",
        "0x",
        "1e",
        "9223372036854775807",
        "nil",
        "true",
        "index",
        "slice",
        "printf",
        "\"%*.*f%q%\"",
        "join",
        "match",
        "\"(\"",
        "len",
        "reReplaceAll",
        "title",
        "humanizeDuration",
        "1e300",
        "eq",
        "and",
        "ä",
        "\u{2028}",
        "/*",
        "*/",
        "html",
        "js",
    ];
    let library = Library::default();
    // Numbers as Knuth's MMIX makes them: the same in every run.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut understood = 0;
    for _ in 0..20_000 {
        let count = 1 + next(12);
        let inner: Vec<_> = (0..count).map(|_| PIECES[next(PIECES.len())]).collect();
        let between = ["", " "][next(2)];
        let text = match next(3) {
            0 => inner.concat(),
            _ => format!("{{{{ {} }}}}", inner.join(between)),
        };
        let said = run_in(&text, &library, next(2) == 0);
        understood += usize::from(!said.starts_with("wrong: "));
    }
    assert!(understood > 500, "only {understood} were templates");
}
