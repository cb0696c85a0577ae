//! A tiny HTTP server on the loopback interface, one request a connection.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::script::Script;

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Status line after the version, headers, body; `None` never answers.
pub type Answer = Option<(&'static str, Vec<(&'static str, String)>, String)>;

pub struct Server {
    pub url: String,
    pub requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            tokio::spawn(async move { serve(stream, &*answer, &seen).await });
        }
    });
    Server {
        url,
        requests,
        task,
    }
}

/// Reads one request.
pub async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut request = Request::default();
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    (request.method, request.path) = (words.next()?, words.next()?);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        request
            .headers
            .push((name.to_lowercase(), value.to_owned()));
    }
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

async fn serve(
    stream: TcpStream,
    answer: &(impl Fn(&Request) -> Answer + Send + Sync),
    seen: &Mutex<Vec<Request>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let request = read(&mut stream).await?;
    let answered = answer(&request);
    seen.lock().unwrap().push(request);
    let Some((status, headers, body)) = answered else {
        std::future::pending::<()>().await;
        return None;
    };
    let mut head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream
        .write_all(format!("{head}\r\n{body}").as_bytes())
        .await
        .ok()?;
    stream.shutdown().await.ok()
}

pub fn plain(status: &'static str, kind: &str, body: &str) -> Answer {
    Some((
        status,
        vec![("content-type", kind.to_owned())],
        body.to_owned(),
    ))
}

/// Answers by the script as an MCP server over HTTP does; in the legacy era within the session.
pub fn mcp(script: &Script, session: &str, sse: bool, request: &Request) -> Answer {
    if request.method != "POST" {
        let status = if request.method == "DELETE" {
            "200 OK"
        } else {
            "405 Method Not Allowed"
        };
        return plain(status, "text/plain", "");
    }
    let message: Value = serde_json::from_str(&request.body).unwrap();
    let method = message["method"].as_str().unwrap_or_default();
    let stateless = request.header("mcp-protocol-version") == Some("2026-07-28");
    if script.legacy && !stateless && !matches!(method, "initialize" | "server/discover") {
        match request.header("mcp-session-id") {
            Some(id) if id == session => {}
            Some(_) => return plain("404 Not Found", "text/plain", "no such session"),
            None => return plain("400 Bad Request", "text/plain", "no session"),
        }
    }
    let Some(answer) = script.answer(&message) else {
        let expects = message.get("id").is_some();
        return if expects {
            None
        } else {
            Some(("202 Accepted", vec![], String::new()))
        };
    };
    let (kind, body) = if sse {
        (
            "text/event-stream",
            format!("event: message\ndata: {answer}\n\n"),
        )
    } else {
        ("application/json", answer.to_string())
    };
    let rejected = answer.get("error").is_some() && method == "server/discover";
    let status = if rejected {
        "400 Bad Request"
    } else {
        "200 OK"
    };
    let mut headers = vec![("content-type", kind.to_owned())];
    if method == "initialize" {
        headers.push(("mcp-session-id", session.to_owned()));
    }
    Some((status, headers, body))
}
