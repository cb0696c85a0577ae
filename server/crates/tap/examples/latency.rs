//! How much longer an answer takes through a tap than without, over pipes: `cargo run --release -p tap --example latency`.
//!
//! A thread answers each line at once; both ways are measured in turns, so that what else the machine does meets both.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Write};
use std::thread;
use std::time::{Duration, Instant};

use tap::{Pipes, Settings, Tap};

const ROUNDS: usize = 20;
const CALLS: usize = 1_000;

/// An end that asks: where it writes to, and where answers come from.
type Asking = (PipeWriter, BufReader<File>);

fn server(input: PipeReader, mut output: PipeWriter) {
    thread::spawn(move || {
        let mut input = BufReader::new(input);
        let mut line = String::new();
        while input.read_line(&mut line).is_ok_and(|read| read > 0) {
            let id = line
                .split("\"id\":")
                .nth(1)
                .and_then(|rest| rest.split(',').next());
            let id = id.unwrap_or("0");
            let answer =
                format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"content\":[]}}}}\n");
            if output.write_all(answer.as_bytes()).is_err() {
                return;
            }
            line.clear();
        }
    });
}

fn direct() -> io::Result<Asking> {
    let (input, ask) = io::pipe()?;
    let (answer, output) = io::pipe()?;
    server(input, output);
    Ok((
        ask,
        BufReader::new(File::from(std::os::fd::OwnedFd::from(answer))),
    ))
}

fn tapped() -> io::Result<(Asking, Tap)> {
    let (input, to_server) = io::pipe()?;
    let (from_server, output) = io::pipe()?;
    server(input, output);
    let (from_client, ask) = io::pipe()?;
    let (answer, to_client) = io::pipe()?;
    let settings = Settings {
        name: "latency".to_owned(),
        url: "http://127.0.0.1:9".to_owned(),
        key: None,
        spool: None,
        spool_bytes: 0,
        payloads: None,
    };
    let pipes = Pipes {
        from_client: from_client.into(),
        to_client: to_client.into(),
        from_server: from_server.into(),
        to_server: to_server.into(),
    };
    let tap = Tap::begin(settings, pipes)?;
    let answers = BufReader::new(File::from(std::os::fd::OwnedFd::from(answer)));
    Ok(((ask, answers), tap))
}

fn ask((ask, answers): &mut Asking, times: &mut Vec<Duration>) -> io::Result<()> {
    let mut answer = String::new();
    for id in 0..CALLS {
        let line = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"echo\"}}}}\n"
        );
        let begun = Instant::now();
        ask.write_all(line.as_bytes())?;
        answer.clear();
        answers.read_line(&mut answer)?;
        times.push(begun.elapsed());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut without = direct()?;
    let (mut with, _tap) = tapped()?;
    let (mut bare, mut through) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ask(&mut without, &mut bare)?;
        ask(&mut with, &mut through)?;
    }
    bare.sort();
    through.sort();
    for (name, share) in [("median", 50), ("p99", 99)] {
        let at = |times: &[Duration]| times[times.len() * share / 100];
        let (bare, through) = (at(&bare), at(&through));
        let ratio = through.as_secs_f64() / bare.as_secs_f64();
        let added = through.saturating_sub(bare);
        println!(
            "{name}: {bare:?} without, {through:?} with a tap; {added:?} more, {ratio:.2} times"
        );
    }
    Ok(())
}
