//! How much longer an answer takes through a tap than without, over pipes, and how many messages a tap carries without
//! losing any: `cargo run --release -p tap --example latency`.
//!
//! A thread answers each line at once; both ways are measured in turns, so that what else the machine does meets both.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tap::{Pipes, Settings, Tap};
use traffic::{Batch, Record};

const ROUNDS: usize = 20;
const CALLS: usize = 1_000;
/// Calls that are written without waiting for an answer.
const FLOOD: usize = 100_000;

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

fn tapped(url: &str) -> io::Result<(Asking, Tap)> {
    let (input, to_server) = io::pipe()?;
    let (from_server, output) = io::pipe()?;
    server(input, output);
    let (from_client, ask) = io::pipe()?;
    let (answer, to_client) = io::pipe()?;
    let settings = Settings {
        name: "latency".to_owned(),
        url: url.to_owned(),
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

/// Stands for the product: takes batches, and counts what they say.
struct Told {
    url: String,
    calls: Arc<AtomicU64>,
    lost: Arc<AtomicU64>,
}

impl Told {
    fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let told = Self {
            url: format!("http://{}", listener.local_addr()?),
            calls: Arc::default(),
            lost: Arc::default(),
        };
        let (calls, lost) = (told.calls.clone(), told.lost.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let taken = take(stream, |batch| {
                    let of = |record: &&Record| matches!(record, Record::Call(_));
                    let count = batch.records.iter().filter(of).count();
                    calls.fetch_add(count as u64, Ordering::Relaxed);
                    let missing = batch.lost.bytes + batch.lost.records;
                    lost.fetch_add(missing, Ordering::Relaxed);
                });
                if let Err(error) = taken {
                    eprintln!("a batch was not understood: {error}");
                }
            }
        });
        Ok(told)
    }

    fn counts(&self) -> (u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&self.calls), of(&self.lost))
    }
}

/// Reads one request over HTTP, counts what it holds, and answers it.
fn take(stream: TcpStream, count: impl FnOnce(&Batch)) -> Result<(), Box<dyn Error>> {
    let mut reader = BufReader::new(stream);
    let (mut size, mut head) = (0, String::new());
    while head != "\r\n" {
        head.clear();
        reader.read_line(&mut head)?;
        if let Some(length) = head.to_ascii_lowercase().strip_prefix("content-length:") {
            size = length.trim().parse()?;
        }
    }
    let mut body = vec![0; size];
    reader.read_exact(&mut body)?;
    count(&serde_json::from_slice(&body)?);
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    reader.get_mut().write_all(answer)?;
    Ok(())
}

fn line(id: usize) -> String {
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{{\"name\":\"echo\"}}}}\n"
    )
}

fn ask((ask, answers): &mut Asking, times: &mut Vec<Duration>) -> io::Result<()> {
    let mut answer = String::new();
    for id in 0..CALLS {
        let line = line(id);
        let begun = Instant::now();
        ask.write_all(line.as_bytes())?;
        answer.clear();
        answers.read_line(&mut answer)?;
        times.push(begun.elapsed());
    }
    Ok(())
}

/// Writes all at once, while another thread reads; what a tap then told the product.
fn flood() -> Result<(), Box<dyn Error>> {
    let told = Told::listen()?;
    let ((mut ask, answers), tap) = tapped(&told.url)?;
    let begun = Instant::now();
    let reader = thread::spawn(move || answers.lines().take(FLOOD).filter(Result::is_ok).count());
    for id in 0..FLOOD {
        ask.write_all(line(id).as_bytes())?;
    }
    let answered = reader.join().map_err(|_| "the reader failed")?;
    let speed = (FLOOD + answered) as f64 / begun.elapsed().as_secs_f64();
    drop(ask);
    tap.end();
    let (calls, lost) = told.counts();
    println!(
        "flood: {speed:.0} messages/s, {answered} of {FLOOD} answered, {calls} calls told, {lost} bytes or records lost"
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut without = direct()?;
    let (mut with, _tap) = tapped("http://127.0.0.1:9")?;
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
        // A call is two messages.
        let added = through.saturating_sub(bare) / 2;
        println!(
            "{name}: {bare:?} without, {through:?} with a tap; {added:?} more a message, {ratio:.2} times"
        );
    }
    flood()
}
