//! Targets on loopback: each has a port of its own, keeps its connection, and answers in gzip as real ones do.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Metrics of a target, and series of each.
const METRICS: usize = 50;
const OF_A_METRIC: usize = 20;
/// Series of a target.
pub(crate) const SERIES: usize = METRICS * OF_A_METRIC;

/// Starts so many; where they listen.
pub(crate) async fn start(count: usize) -> Vec<String> {
    let mut addresses = Vec::new();
    for _ in 0..count {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        addresses.push(listener.local_addr().unwrap().to_string());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
    }
    addresses
}

/// Answers as long as it is asked.
async fn serve(mut stream: TcpStream) {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    let mut round = 0;
    loop {
        let mut has_asked = false;
        while let Ok(Some(line)) = lines.next_line().await {
            if line.is_empty() {
                has_asked = true;
                break;
            }
        }
        if !has_asked {
            return;
        }
        round += 1;
        let body = packed(&text(round));
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let sent = write.write_all(&[head.as_bytes(), &body].concat()).await;
        if sent.is_err() {
            return;
        }
    }
}

/// Text as the node exporter writes it: counters and gauges that go on.
fn text(round: usize) -> String {
    let mut text = String::with_capacity(SERIES * 80);
    for metric in 0..METRICS {
        let (name, kind) = match metric % 2 {
            0 => (format!("node_metric_{metric}_total"), "counter"),
            _ => (format!("node_metric_{metric}_bytes"), "gauge"),
        };
        let _ = writeln!(
            text,
            "# HELP {name} What this counts.\n# TYPE {name} {kind}"
        );
        for n in 0..OF_A_METRIC {
            let value = match metric % 2 {
                0 => (round * (n + 1) * 37 + metric) as f64 / 10.0,
                _ => ((round * 7_919 + n * 104_729 + metric) % 1_000_003) as f64,
            };
            let _ = writeln!(
                text,
                "{name}{{cpu=\"{n}\",mode=\"idle\",device=\"/dev/sda{n}\"}} {value}"
            );
        }
    }
    text
}

fn packed(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}
