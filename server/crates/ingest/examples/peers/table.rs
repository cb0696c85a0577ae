//! The figures as a table.

use crate::{Figures, questions};

pub(crate) fn print(series: usize, hours: u32, all: &[(&str, &Figures)]) {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown processor", |line| {
        line.trim_start_matches(['\t', ' ', ':'])
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\n{series} series, {hours} h every 15 s; {cores} × {model}\n");
    print!("| |");
    all.iter().for_each(|(name, _)| print!(" {name} |"));
    print!("\n|---|");
    all.iter().for_each(|_| print!("---:|"));
    println!();
    type Of = fn(&Figures) -> f64;
    let rows: [(&str, usize, Of); 6] = [
        ("remote write, samples a second", 0, |f| {
            f.samples_per_second
        }),
        ("remote write, CPU seconds a million samples", 2, |f| {
            f.cpu_seconds_per_million
        }),
        ("disk after compaction, bytes a sample", 2, |f| {
            f.bytes_per_sample
        }),
        ("memory 10 s after the load, MB", 0, |f| f.memory_mb),
        ("restart until the newest sample answers, ms", 0, |f| {
            f.restart_ms
        }),
        ("memory after the restart, MB", 0, |f| {
            f.memory_after_restart_mb
        }),
    ];
    for (what, digits, of) in rows {
        row(what, digits, all.iter().map(|(_, figures)| of(figures)));
    }
    for (place, question) in questions::ALL.iter().enumerate() {
        let what = format!("{}, ms", question.what);
        row(
            &what,
            2,
            all.iter().map(|(_, figures)| figures.answers_ms[place]),
        );
    }
}

fn row(what: &str, digits: usize, values: impl Iterator<Item = f64>) {
    print!("| {what} |");
    values.for_each(|value| print!(" {value:.digits$} |"));
    println!();
}
