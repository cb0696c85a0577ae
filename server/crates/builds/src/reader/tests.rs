//! What lines come to: as they stand in cargo's output, and as they never should.

use super::*;
use crate::Unit;

fn read(lines: &str, end: End) -> Report {
    let mut reader = Reader::new(Report::default());
    for (at, line) in (1_u32..).zip(lines.lines()) {
        reader.line(line, f64::from(at));
    }
    reader.finish(end, 100.0)
}

const HUMAN: &str = "\
    Updating crates.io index
     Locking 2 packages to latest compatible versions
 Downloading crates ...
  Downloaded serde v1.0.0
   Compiling serde v1.0.0
   Compiling tiny v0.1.0 (/w/tiny)
    Building [====>    ] 3/5: tiny
warning: unused variable: `z`
 --> tiny/src/lib.rs:3:18
  |
3 | pub fn w() { let z = 1; }
  |                  ^
  |
  = note: `#[warn(unused_variables)]` on by default

error[E0308]: mismatched types
 --> tiny/src/lib.rs:2:49
  |
2 | pub fn bad() -> u32 { \"a\" }
  |                       ^^^ expected `u32`, found `&str`

note: this is more of it
  --> tiny/src/lib.rs:1:1

For more information about this error, try `rustc --explain E0308`.
warning: `tiny` (lib) generated 1 warning
error: could not compile `tiny` (lib) due to 1 previous error; 1 warning emitted
";

#[test]
fn what_cargo_prints_for_people() {
    let report = read(HUMAN, End::Silence);
    assert_eq!(report.state, BuildState::Failure);
    assert_eq!((report.errors, report.warnings), (1, 1));
    assert_eq!(
        (report.resolution_seconds, report.download_seconds),
        (Some(3.0), Some(2.0))
    );
    assert_eq!((report.done, report.total), (3, Some(5)));
    let error = &report.messages[1];
    assert_eq!(
        (&*error.kind, &*error.code, &*error.file),
        ("type", "E0308", "tiny/src/lib.rs")
    );
    assert_eq!((error.line, error.column), (2, 49));
    assert!(
        error.rendered.ends_with("tiny/src/lib.rs:1:1"),
        "{}",
        error.rendered
    );
    let units: Vec<_> = report
        .units
        .iter()
        .map(|it| (&*it.name, it.is_own))
        .collect();
    assert_eq!(units, [("serde", false), ("tiny", true)]);
    assert_eq!(report.timing, "");
}

#[test]
fn a_status_within_a_bar_and_colours() {
    let mut reader = Reader::new(Report::default());
    for line in [
        "\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m a v0.1.0 (/w/a)",
        "\u{1b}[1m\u{1b}[96m    Building\u{1b}[0m [===>     ] 2/12: a(build), b   ",
        "\u{1b}[K\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m b v0.1.0 (/w/b)",
    ] {
        reader.line(line, 1.0);
    }
    let report = reader.so_far(1.5);
    assert_eq!((report.done, report.total), (2, Some(12)));
    assert_eq!(report.active, ["b", "a"]);
    assert_eq!(report.state, BuildState::Running);
}

/// What cargo itself refuses is said when nothing else was wrong.
#[test]
fn errors_of_cargo_itself() {
    for (lines, kind, text) in [
        (
            "error: no matching package named `nope` found\nlocation searched: x",
            "dependency",
            "no matching package named `nope` found",
        ),
        (
            "error: failed to parse manifest at `/w/Cargo.toml`\n\nCaused by:\n  no targets specified",
            "dependency",
            "failed to parse manifest at `/w/Cargo.toml`",
        ),
        (
            "   Compiling a v0.1.0 (/w/a)\nerror: failed to run custom build command for `a v0.1.0 (/w/a)`\n\nCaused by:\n  process didn't exit successfully",
            "build script",
            "failed to run custom build command for `a v0.1.0 (/w/a)`",
        ),
        (
            "   Compiling a v0.1.0 (/w/a)\nerror: could not compile `a` (lib)\n\nCaused by:\n  process didn't exit successfully: `rustc` (signal: 9, SIGKILL: kill)",
            "compiler",
            "could not compile `a` (lib)",
        ),
    ] {
        let report = read(lines, End::Code(101));
        assert_eq!(report.errors, 1, "{lines}");
        let message = &report.messages[0];
        assert_eq!((&*message.kind, &*message.text), (kind, text));
    }
}

#[test]
fn ends() {
    let finished = "    Finished `release` profile [optimized] target(s) in 0.45s";
    for (lines, end, state, code) in [
        ("", End::Code(0), BuildState::Success, Some(0)),
        ("", End::Code(101), BuildState::Failure, Some(101)),
        ("", End::Signal(9), BuildState::Interrupted, None),
        ("", End::Silence, BuildState::Interrupted, None),
        (finished, End::Silence, BuildState::Success, None),
        (
            r#"{"reason":"build-finished","success":false}"#,
            End::Silence,
            BuildState::Failure,
            None,
        ),
    ] {
        let report = read(lines, end);
        assert_eq!(
            (report.state, report.exit_code),
            (state, code),
            "{lines} {end:?}"
        );
    }
    assert_eq!(read(finished, End::Silence).profile, "release");
}

/// `cargo watch` builds again and again in one stream.
#[test]
fn another_build_begins_with_work() {
    let mut reader = Reader::new(Report::default());
    reader.line("   Compiling a v0.1.0 (/w/a)", 0.0);
    assert!(!reader.is_another("   Compiling b v0.1.0 (/w/b)", 9.0));
    reader.line(
        "    Finished `dev` profile [unoptimized] target(s) in 0.45s",
        1.0,
    );
    assert!(!reader.is_another(r#"{"reason":"build-finished","success":true}"#, 1.0));
    assert!(reader.is_another("[Running 'cargo build']", 1.0));
    assert!(reader.is_another(r#"{"reason":"compiler-artifact"}"#, 1.0));
    assert!(reader.is_another("   Compiling a v0.1.0 (/w/a)", 1.0));
    let mut failed = Reader::new(Report::default());
    failed.line(
        "error: could not compile `a` (lib) due to 1 previous error",
        1.0,
    );
    // Another crate may still begin while the others are awaited.
    assert!(!failed.is_another("   Compiling b v0.1.0 (/w/b)", 1.2));
    assert!(failed.is_another("   Compiling a v0.1.0 (/w/a)", 4.0));
    assert!(failed.is_another("[Running 'cargo build']", 1.1));
}

/// Messages of a later cargo are left alone, counted, and said.
#[test]
fn messages_of_the_future() {
    let lines = r#"{"reason":"timing-info","package_id":"x"}
{"reason":"timing-info"}
{"reason":"compiler-artifact","package_id":7,"target":[],"features":"?","fresh":"maybe","new":{}}
{"reason":"compiler-message","message":{"level":"catastrophe","message":"!"}}
{"reason":"compiler-message","message":{"level":"error","message":"new words","code":{"code":"E1234"},"spans":[{"file_name":"a.rs"}]}}
{"reason":"compiler-artifact"
{"something":"else"}
{"reason":"build-finished","success":false,"score":3}"#;
    let report = read(lines, End::Silence);
    assert_eq!((report.state, report.errors), (BuildState::Failure, 1));
    assert_eq!(report.messages[0].kind, "other");
    assert_eq!(
        report.notes,
        [
            "1 messages of cargo could not be read",
            "2 messages of cargo of an unknown kind: \"timing-info\"",
        ]
    );
}

/// 50 MB of output: what is good is kept, what is not is said, in bounded memory.
#[test]
fn endless_output_is_bounded() {
    let mut reader = Reader::new(Report::default());
    let blob = "x".repeat(4_000);
    let mut bytes = 0;
    let mut number = 0;
    while bytes < 50_000_000 {
        let file = format!("src/{}.rs", number % 300);
        let message = format!(
            r#"{{"reason":"compiler-message","message":{{"level":"error","message":"no {number}","code":{{"code":"E0308"}},"rendered":"{number} {blob}{blob}{blob}","spans":[{{"file_name":"{file}"}}]}}}}"#
        );
        bytes += message.len();
        reader.line(&message, 1.0);
        number += 1;
    }
    let report = reader.finish(End::Code(101), 2.0);
    assert_eq!(report.errors, number);
    assert_eq!(report.messages.len(), MOST_MESSAGES);
    assert_eq!(report.files.len(), MOST_FILES);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.ends_with("are counted but not kept"))
    );
    let size = serde_json::to_vec(&report).unwrap().len();
    assert!(size < 2_500_000, "{size}");
}

/// Any text is taken: bits of everything, cut anywhere.
#[test]
fn nothing_crashes_it() {
    let all = format!("{HUMAN}\nerror[\nwarning: \n            \u{e9}\u{e9} x\n{{\"reason\":");
    for cut in 0..all.len() {
        let text = String::from_utf8_lossy(&all.as_bytes()[cut..]).into_owned();
        let report = read(&text, End::Silence);
        assert!(report.errors <= 2, "{text}");
    }
}

#[test]
fn what_is_measured_and_what_is_told_are_one() {
    let mut reader = Reader::new(Report::default());
    for line in [
        r#"{"reason":"compiler-artifact","package_id":"registry+x#old@1.0.0","target":{"kind":["lib"],"name":"old"},"fresh":true}"#,
        r#"{"reason":"compiler-artifact","package_id":"path+file:///w/a#0.1.0","target":{"kind":["lib"],"name":"a"},"features":["fast"],"fresh":false}"#,
    ] {
        reader.line(line, 1.0);
    }
    let unit = |name: &str, version: &str, took: f64, unblocks: &[u32]| Unit {
        name: name.to_owned(),
        version: version.to_owned(),
        part: "lib".to_owned(),
        began_seconds: Some(0.5),
        duration_seconds: Some(took),
        unblocks: unblocks.to_vec(),
        ..Unit::default()
    };
    reader.measured(Timings {
        units: vec![
            unit("never", "0.1.0", 0.0, &[]),
            unit("a", "0.1.0", 1.5, &[0, 2]),
            unit("broken", "0.1.0", 0.7, &[]),
        ],
    });
    let report = reader.finish(End::Code(101), 3.0);
    let units = report.units.iter().map(|unit| {
        (
            &*unit.name,
            unit.is_fresh,
            unit.duration_seconds,
            unit.is_own,
            unit.unblocks.clone(),
        )
    });
    assert_eq!(
        units.collect::<Vec<_>>(),
        [
            ("a", Some(false), Some(1.5), true, vec![1]),
            ("broken", Some(false), Some(0.7), false, vec![]),
            ("old", Some(true), None, false, vec![]),
        ]
    );
    assert_eq!(
        (&*report.timing, &*report.units[0].features),
        ("cargo", &["fast".to_owned()][..])
    );
}
