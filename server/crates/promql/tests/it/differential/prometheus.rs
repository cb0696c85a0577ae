//! A real Prometheus that serves given samples, and what it answers.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use model::{Labels, METRIC_NAME, TimestampMs};
use serde_json::Value;
use tempfile::TempDir;

use super::Found;
use super::data::Series;
use super::queries::When;

/// Ends with it.
pub struct Prometheus {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts one over these samples.
    pub fn over(series: &[Series]) -> Self {
        let folder = TempDir::new().unwrap();
        let (text, data, config) = (
            folder.path().join("samples.txt"),
            folder.path().join("data"),
            folder.path().join("empty.yml"),
        );
        std::fs::write(&text, open_metrics(series)).unwrap();
        std::fs::write(&config, "").unwrap();
        let mut promtool = Command::new("promtool");
        promtool.args(["tsdb", "create-blocks-from", "openmetrics"]);
        let made = installed(promtool.arg(&text).arg(&data).output());
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let port = free_port();
        let process = started(&data, &config, port, &[]);
        let mut peer = Self {
            process,
            port,
            _folder: folder,
        };
        peer.wait();
        peer
    }

    /// Starts one that is sent its samples, and knows native histograms.
    pub fn to_be_written() -> Self {
        let folder = TempDir::new().unwrap();
        let (data, config) = (folder.path().join("data"), folder.path().join("empty.yml"));
        std::fs::write(&config, "").unwrap();
        let port = free_port();
        let options = [
            "--enable-feature=native-histograms",
            "--web.enable-remote-write-receiver",
        ];
        let mut peer = Self {
            process: started(&data, &config, port, &options),
            port,
            _folder: folder,
        };
        peer.wait();
        peer
    }

    /// Sends it a body of remote write, packed with snappy.
    pub fn write(&self, body: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!(
            "POST /api/v1/write HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Encoding: snappy\r\n\
             Content-Type: application/x-protobuf\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 204 "), "{answer}");
    }

    /// The result of an instant query, as it is.
    pub fn result(&self, query: &str, at_ms: TimestampMs) -> Value {
        let (query, at) = (escaped(query), at_ms / 1000);
        let body = get(self.port, &format!("/api/v1/query?query={query}&time={at}")).unwrap();
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["status"], "success", "{answer}");
        answer["data"]["result"].take()
    }

    fn wait(&mut self) {
        let begun = Instant::now();
        while !get(self.port, "/-/ready").is_ok_and(|body| body.contains("Ready")) {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "Prometheus ended: {ended:?}");
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "Prometheus does not start"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What it answers.
    pub fn ask(&self, query: &str, when: When) -> Found {
        let seconds = |at_ms: TimestampMs| at_ms as f64 / 1000.0;
        let query = escaped(query);
        let path = match when {
            When::Instant { at_ms } => {
                format!("/api/v1/query?query={query}&time={}", seconds(at_ms))
            }
            When::Range {
                from_ms,
                to_ms,
                step_ms,
            } => format!(
                "/api/v1/query_range?query={query}&start={}&end={}&step={}",
                seconds(from_ms),
                seconds(to_ms),
                seconds(step_ms)
            ),
        };
        let body = get(self.port, &path).unwrap();
        let answer: Value = serde_json::from_str(&body).unwrap();
        if answer["status"] != "success" {
            return Found::Failure;
        }
        let data = &answer["data"];
        if data["resultType"] == "scalar" {
            return Found::Series([(Labels::new(), vec![point(&data["result"])])].into());
        }
        let series = data["result"].as_array().unwrap().iter();
        Found::Series(series.map(|one| (labels(one), points(one))).collect())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // By its handle, so it is nobody else's process that ends, even after a panic.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn started(data: &Path, config: &Path, port: u16, options: &[&str]) -> Child {
    let mut command = Command::new("prometheus");
    command
        .arg(format!("--storage.tsdb.path={}", data.display()))
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--storage.tsdb.retention.time=100y")
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    installed(command.spawn())
}

fn installed<T>(result: std::io::Result<T>) -> T {
    result.unwrap_or_else(|why| {
        panic!("prometheus and promtool are needed (Debian: apt-get install prometheus): {why}")
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The text that `promtool` reads.
fn open_metrics(series: &[Series]) -> String {
    let mut text = String::new();
    for (labels, points) in series {
        let pairs = labels.iter().filter(|(name, _)| *name != METRIC_NAME);
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        let (name, pairs) = (labels.get(METRIC_NAME), pairs.join(","));
        for (at_ms, value) in points {
            let (seconds, rest) = (at_ms / 1000, at_ms % 1000);
            writeln!(text, "{name}{{{pairs}}} {value} {seconds}.{rest:03}").unwrap();
        }
    }
    text + "# EOF\n"
}

/// The body of an answer; HTTP 1.0 has no chunks and closes the connection behind it.
fn get(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (_, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    Ok(body.to_owned())
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() {
            true => escaped.push(char::from(byte)),
            false => write!(escaped, "%{byte:02x}").unwrap(),
        }
    }
    escaped
}

pub fn labels(series: &Value) -> Labels {
    let pairs = series["metric"].as_object().unwrap().iter();
    pairs
        .map(|(name, value)| (name, value.as_str().unwrap()))
        .collect()
}

fn points(series: &Value) -> Vec<(TimestampMs, f64)> {
    match series["values"].as_array() {
        Some(points) => points.iter().map(point).collect(),
        None => vec![point(&series["value"])],
    }
}

fn point(point: &Value) -> (TimestampMs, f64) {
    let at_ms = (point[0].as_f64().unwrap() * 1000.0).round() as TimestampMs;
    (at_ms, point[1].as_str().unwrap().parse().unwrap())
}
