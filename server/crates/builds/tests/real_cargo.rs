//! What a real cargo says on small workspaces, read line by line, against what cargo itself counts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use builds::{BuildState, End, Reader, Report, Seen, critical_path, timings};

/// A workspace of three crates, each on the one before; the last is a program.
fn workspace(folder: &Path) {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\", \"three\"]\n",
    );
    for (name, rest) in [
        (
            "one",
            "[features]\ndefault = [\"fast\"]\nfast = []\nslow = []\n",
        ),
        ("two", "[dependencies]\none = { path = \"../one\" }\n"),
        ("three", "[dependencies]\ntwo = { path = \"../two\" }\n"),
    ] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}"
        );
        write(&format!("{name}/Cargo.toml"), &manifest);
    }
    write("one/src/lib.rs", "pub fn one() -> u32 { 1 }\n");
    write("two/src/lib.rs", "pub fn two() -> u32 { one::one() + 1 }\n");
    write(
        "three/src/main.rs",
        "fn main() { println!(\"{}\", two::two()); }\n",
    );
}

/// Runs cargo there, without whatever this very test runs under.
fn cargo(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(folder).args(args).arg("--offline");
    command.env("CARGO_TARGET_DIR", folder.join("target"));
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC_WRAPPER",
        "CARGO_BUILD_TARGET",
    ] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

/// Reads what it printed; what it measured is taken where it says so.
fn read(output: &Output) -> Report {
    let mut reader = Reader::new(Report::default());
    for text in [&output.stderr, &output.stdout] {
        for line in String::from_utf8_lossy(text).lines() {
            if let Seen::Timings(path) = reader.line(line, 1.0) {
                reader.measured(timings(&fs::read_to_string(path).unwrap()).unwrap());
            }
        }
    }
    reader.finish(End::Code(output.status.code().unwrap()), 1.0)
}

/// As people see it, with cargo's list of what was made, and measured; and all in JSON.
const WAYS: [&[&str]; 2] = [
    &[
        "build",
        "--message-format=json-render-diagnostics",
        "--timings",
    ],
    &["build", "--message-format=json"],
];

#[test]
fn each_kind_of_error_is_found() {
    for (kind, two) in [
        ("type", "pub fn two() -> u32 { \"a\" }"),
        (
            "borrow checker",
            "pub fn two() -> u32 { let a = vec![1]; drop(a); a[0] }",
        ),
        (
            "lifetime",
            "pub fn two() -> u32 { 2 } pub fn l(a: &str, b: &str) -> &str { a }",
        ),
        (
            "lifetime",
            "pub fn two() -> u32 { 2 } pub fn l<'a, 'b>(a: &'a str, b: &'b str) -> &'a str { b }",
        ),
        (
            "trait",
            "pub fn two() -> u32 { 2 } fn f<T: Copy>(_: T) {} pub fn g() { f(String::new()) }",
        ),
        ("syntax", "pub fn two() -> u32 { 2 "),
        ("syntax", "pub fn two() -> u32 { 2 } pub struct { }"),
        (
            "macro",
            "macro_rules! m { (a) => {} } m!(b); pub fn two() -> u32 { 2 }",
        ),
        (
            "macro",
            "compile_error!(\"own words\"); pub fn two() -> u32 { 2 }",
        ),
        ("name", "pub fn two() -> u32 { nothing() }"),
        (
            "pattern",
            "pub fn two() -> u32 { match Some(1) { None => 2 } }",
        ),
        (
            "lint",
            "#![deny(warnings)] pub fn two() -> u32 { let x = 1; 2 }",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        workspace(folder.path());
        fs::write(folder.path().join("two/src/lib.rs"), two).unwrap();
        for way in WAYS {
            let output = cargo(folder.path(), way);
            let report = read(&output);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(report.state, BuildState::Failure, "{told}");
            let kinds: Vec<_> = report
                .kinds
                .iter()
                .map(|it| (&*it.name, it.count))
                .collect();
            assert_eq!(kinds, [(kind, 1)], "{way:?}\n{told}\n{report:#?}");
            assert_eq!(report.files[0].name, "two/src/lib.rs");
            let error = report.messages.iter().find(|it| it.is_error).unwrap();
            assert!(error.rendered.contains("--> two/src/lib.rs:"), "{error:?}");
            assert!(told.contains("due to 1 previous error"), "{told}");
        }
    }
}

#[test]
fn the_linker_and_build_scripts_fail_as_well() {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    let main = "unsafe extern \"C\" { fn nowhere(); } fn main() { unsafe { nowhere() } }";
    fs::write(folder.path().join("three/src/main.rs"), main).unwrap();
    for way in WAYS {
        let report = read(&cargo(folder.path(), way));
        assert_eq!(report.kinds[0].name, "link", "{report:#?}");
    }
    let script = "fn main() { println!(\"said\"); panic!(\"no\"); }";
    fs::write(folder.path().join("one/build.rs"), script).unwrap();
    for way in WAYS {
        let report = read(&cargo(folder.path(), way));
        assert_eq!(report.kinds[0].name, "build script", "{report:#?}");
        assert!(report.messages[0].rendered.contains("said"), "{report:#?}");
    }
}

#[test]
fn what_cannot_be_resolved_is_a_dependency() {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    let manifest = folder.path().join("two/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("one = {", "other = {")).unwrap();
    let report = read(&cargo(folder.path(), WAYS[0]));
    assert_eq!(
        (report.errors, &*report.kinds[0].name),
        (1, "dependency"),
        "{report:#?}"
    );
}

#[test]
fn warnings_hits_and_times_are_what_cargo_says() {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    let one = "pub fn one() -> u32 { let unused = 1; 1 }\nfn never() {}\nfn neither() {}\n";
    fs::write(folder.path().join("one/src/lib.rs"), one).unwrap();
    let output = cargo(folder.path(), WAYS[0]);
    let report = read(&output);
    assert_eq!(report.state, BuildState::Success);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("generated 3 warnings"), "{told}");
    assert_eq!((report.warnings, report.errors), (3, 0));
    assert_eq!(report.profile, "dev");
    let units = |report: &Report, is_fresh| {
        let units = report
            .units
            .iter()
            .filter(|it| it.is_fresh == Some(is_fresh));
        units
            .map(|it| format!("{} {}", it.name, it.part))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        units(&report, false),
        ["one lib", "two lib", "three bin three"]
    );
    assert!(report.units.iter().all(|it| it.is_own));
    assert_eq!(report.units[0].features, ["default", "fast"]);
    assert_eq!(report.timing, "cargo");
    let path = critical_path(&report.units);
    assert_eq!(path, [0, 1, 2], "{:#?}", report.units);
    let binary = &report.binaries[0];
    assert_eq!((&*binary.name, &*binary.kind), ("three", "bin"));
    assert!(fs::metadata(&binary.path).unwrap().len() > 10_000);

    // Nothing has changed: everything is fresh, and cargo repeats its warnings.
    let again = read(&cargo(folder.path(), WAYS[0]));
    assert_eq!(units(&again, true).len(), 3, "{again:#?}");
    assert_eq!(units(&again, false), Vec::<String>::new());
    assert_eq!(again.warnings, 3);
    // One crate has changed, the one before it has not.
    fs::write(
        folder.path().join("two/src/lib.rs"),
        "pub fn two() -> u32 { one::one() + 2 }",
    )
    .unwrap();
    let changed = read(&cargo(folder.path(), WAYS[1]));
    assert_eq!(units(&changed, true), ["one lib"]);
    assert_eq!(changed.units.len(), 3);

    // What is only checked makes no program, and what was measured and told is the same.
    let way = [
        "check",
        "--tests",
        "--message-format=json-render-diagnostics",
        "--timings",
    ];
    let checked = read(&cargo(folder.path(), &way));
    assert_eq!(checked.state, BuildState::Success);
    assert_eq!(
        (&*checked.profile, checked.binaries.len()),
        ("dev (check)", 0)
    );
    let mut parts: Vec<_> = checked
        .units
        .iter()
        .map(|it| (&*it.name, &*it.part))
        .collect();
    parts.sort_unstable();
    let expected = [
        ("one", "lib"),
        ("one", "lib (test)"),
        ("three", "bin three (test)"),
        ("two", "lib"),
        ("two", "lib (test)"),
    ];
    assert_eq!(parts, expected);
    assert!(checked.units.iter().all(|it| it.duration_seconds.is_some()));
}
