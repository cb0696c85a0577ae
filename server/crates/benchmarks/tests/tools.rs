//! hyperfine and pytest-benchmark, really run: `.make/neighbours` installs them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use benchmarks::{Reading, read};

/// A folder of this test's own, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("benchmarks-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays hurts nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a tool in a folder and reads what it wrote.
fn run(folder: &Path, program: &str, words: &[&str], wrote: &str) -> Reading {
    let output = Command::new(program)
        .args(words)
        .current_dir(folder)
        .output();
    let output =
        output.unwrap_or_else(|why| panic!("{program} is needed (.make/neighbours): {why}"));
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    read(&std::fs::read_to_string(folder.join(wrote)).unwrap()).unwrap()
}

#[test]
fn hyperfine() {
    let folder = Folder::new("hyperfine");
    let words = "-N --runs 5 --export-json h.json -L n 10,20";
    let mut words: Vec<_> = words.split(' ').collect();
    words.push("seq {n}");
    let reading = run(&folder.0, "hyperfine", &words, "h.json");
    assert_eq!((reading.tool, reading.results.len()), ("hyperfine", 2));
    for it in &reading.results {
        assert_eq!((it.n, it.parameters[0].0.as_str()), (5, "n"), "{it:?}");
        assert!(it.mean > 0.0 && it.mean < 5.0, "seconds: {it:?}");
    }
}

#[test]
fn pytest() {
    let folder = Folder::new("pytest");
    let test = "def test_sum(benchmark):\n    benchmark(sum, range(100))\n";
    std::fs::write(folder.0.join("test_it.py"), test).unwrap();
    let program = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../.tools/benchmarks/bin/pytest"
    );
    let words = ["-q", "--benchmark-json=p.json", "--benchmark-max-time=0.05"];
    let reading = run(&folder.0, program, &words, "p.json");
    assert_eq!(reading.tool, "pytest-benchmark");
    assert_eq!(reading.results[0].key(), "sum@python");
    assert!(reading.results[0].mean < 0.01, "{:?}", reading.results[0]);
    assert!(reading.about.at_ms.is_some());
}
