//! The proxy as a program: between this test and servers that say what the test wants, byte by byte.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use backend::config::Config;
use futures::stream::{self, StreamExt as _};
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc};

use crate::app::start;
use crate::served::eventually;
use crate::taps::{NOBODY, kept, value};

/// A proxy that runs.
pub(crate) struct Proxied {
    child: Child,
    pub(crate) url: String,
}

impl Proxied {
    /// Before a server at this address; it tells the product at `url`.
    pub(crate) async fn start(name: &str, to: &str, url: &str, spool: &Path) -> Self {
        Self::trusting(name, to, url, spool, None).await
    }

    /// The same, with a file of certificates that are trusted.
    pub(crate) async fn trusting(
        name: &str,
        to: &str,
        url: &str,
        spool: &Path,
        certificates: Option<&Path>,
    ) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["proxy", "--name", name, "--to", to, "--url", url])
            .args(["--listen", "127.0.0.1:0", "--host", "observed.lan"])
            .arg("--spool")
            .arg(spool)
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(certificates) = certificates {
            command.env("SSL_CERT_FILE", certificates);
        }
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = said.next_line().await.unwrap().unwrap();
        let url = line.split(' ').find(|word| word.starts_with("http://"));
        let url = url.unwrap_or_else(|| panic!("{line}")).to_owned();
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        Self { child, url }
    }

    /// Tells it to end, and returns its exit code.
    pub(crate) async fn end(mut self) -> Option<i32> {
        let pid = self.child.id().unwrap().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().await;
        assert!(told.unwrap().success());
        self.child.wait().await.unwrap().code()
    }

    fn address(&self) -> SocketAddr {
        let rest = self.url.strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap().parse().unwrap()
    }
}

/// Answers all requests; returns where.
pub(crate) async fn answering<F>(
    answer: impl Fn(Request) -> F + Clone + Send + Sync + 'static,
) -> String
where
    F: Future<Output = Response> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let router = Router::new().fallback(move |request: Request| answer(request));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Pieces of any size from 1 to some thousand bytes, but few.
fn pieces(text: &[u8]) -> Vec<Bytes> {
    let (mut rest, mut pieces) = (text, Vec::new());
    while !rest.is_empty() {
        let wanted = [1, 2, 3, 7, 4_093, 60_000][pieces.len() % 6];
        let size = if pieces.len() < 600 { wanted } else { 1 << 20 };
        let (piece, later) = rest.split_at(size.min(rest.len()));
        pieces.push(Bytes::copy_from_slice(piece));
        rest = later;
    }
    pieces
}

fn streamed(kind: &str, text: &[u8]) -> Response {
    let pieces = stream::iter(pieces(text)).then(|piece| async {
        // One after the other, not as one.
        tokio::task::yield_now().await;
        Ok::<_, std::io::Error>(piece)
    });
    Response::builder()
        .status(203)
        .header("content-type", kind)
        .header("set-cookie", "a=1")
        .header("set-cookie", "b=2")
        .header("x-Mixed-Case", "kept \u{e9}".as_bytes())
        .body(Body::from_stream(pieces))
        .unwrap()
}

pub(crate) async fn bodies_pass_as_they_are() {
    let spool = tempfile::tempdir().unwrap();
    let mut noise = vec![0_u8; 3 << 20];
    let mut state = 7_u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    let large = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"{}\"}}]}}}}",
        "日本ä".repeat(1 << 20)
    );
    let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"},1]"#;
    let events = format!(
        ": hi\r\n\r\nid: 1\r\ndata: {{\"jsonrpc\":\rdata:\"2.0\"}}\n\nevent: message\ndata: {}\n\ndata: no end",
        "ä".repeat(300_000)
    );
    let url = answering(|request: Request| async {
        let kind = request.headers()["x-kind"].to_str().unwrap().to_owned();
        assert_eq!(request.uri(), "/mcp?a=%20b&c[]=%7e");
        assert_eq!(request.headers().get_all("x-twice").iter().count(), 2);
        assert!(!request.headers().contains_key("x-hop"));
        let body = request.into_body().collect().await.unwrap().to_bytes();
        streamed(&kind, &body)
    })
    .await;
    let proxy = Proxied::start("p", &url, NOBODY, spool.path()).await;
    let client = client();
    for (kind, text) in [
        ("application/json", large.as_bytes()),
        ("application/json", batch.as_bytes()),
        ("application/json", &noise),
        ("text/event-stream", events.as_bytes()),
        ("text/event-stream", &noise),
        ("application/octet-stream", &noise),
        ("application/json", b""),
    ] {
        let ask = |url: &str| {
            client
                .post(format!("{url}?a=%20b&c[]=%7e"))
                .header("x-kind", kind)
                .header("x-twice", "1")
                .header("x-twice", "2")
                .header("connection", "x-hop")
                .header("x-hop", "1")
                .body(text.to_vec())
                .send()
        };
        let answer = ask(&proxy.url).await.unwrap();
        assert_eq!(answer.status().as_u16(), 203);
        let heads = answer.headers().clone();
        assert_eq!(heads.get_all("set-cookie").iter().count(), 2);
        assert_eq!(heads["x-mixed-case"].as_bytes(), "kept \u{e9}".as_bytes());
        let arrived = answer.bytes().await.unwrap();
        assert!(
            arrived == text,
            "{kind}: {} of {}",
            arrived.len(),
            text.len()
        );
    }
    assert_eq!(proxy.end().await, Some(0));
}

/// Each side waits for what the other has said before it says more: whoever kept back anything would hold both.
pub(crate) async fn nothing_waits_for_more() {
    let spool = tempfile::tempdir().unwrap();
    let (heard, mut hears) = mpsc::unbounded_channel::<Bytes>();
    let (say, says) = mpsc::unbounded_channel::<&'static str>();
    let says = Arc::new(tokio::sync::Mutex::new(Some(says)));
    let url = answering(move |request: Request| {
        let (heard, says) = (heard.clone(), says.clone());
        async move {
            let mut body = request.into_body();
            while let Some(Ok(frame)) = body.frame().await {
                heard.send(frame.into_data().unwrap()).unwrap();
            }
            let says = says.lock().await.take().unwrap();
            let said = stream::unfold(says, |mut says| async {
                let text = says.recv().await?;
                Some((Ok::<_, std::io::Error>(Bytes::from(text)), says))
            });
            let events = Response::builder().header("content-type", "text/event-stream");
            events.body(Body::from_stream(said)).unwrap()
        }
    })
    .await;
    let proxy = Proxied::start("p", &url, NOBODY, spool.path()).await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    for piece in ["ab", "cd", "ef"] {
        stream.write_all(piece.as_bytes()).await.unwrap();
        assert_eq!(hears.recv().await.unwrap(), piece);
    }
    let mut answer = BufReader::new(stream).lines();
    for text in ["data: 1\n\n", "data: half", " of it\n\n"] {
        say.send(text).unwrap();
        let wanted = text.trim_end();
        while answer.next_line().await.unwrap().unwrap() != wanted {}
    }
    // The stream is open: it gets a bounded time.
    assert_eq!(proxy.end().await, Some(0));
}

/// What one client does not read holds its own stream, and nobody else.
pub(crate) async fn a_client_that_reads_no_more_holds_only_itself() {
    const PIECE: usize = 64 << 10;
    let spool = tempfile::tempdir().unwrap();
    let sent = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = sent.clone();
    let url = answering(move |request: Request| {
        let sent = counted.clone();
        async move {
            let kind = "text/event-stream";
            if request.uri().path() != "/mcp" {
                return streamed(kind, b"data: {}\n\n");
            }
            let endless = stream::repeat_with(move || {
                sent.fetch_add(PIECE, std::sync::atomic::Ordering::Relaxed);
                Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; PIECE]))
            });
            Response::new(Body::from_stream(endless))
        }
    })
    .await;
    let proxy = Proxied::start("p", &url, NOBODY, spool.path()).await;
    let client = client();
    let mut held = client.get(&proxy.url).send().await.unwrap();
    held.chunk().await.unwrap().unwrap();
    let other = proxy.url.replace("/mcp", "/other");
    // When nothing more is taken, all buffers on the way are full; meanwhile others are served.
    let (mut before, mut same) = (0, 0);
    while same < 20 {
        let answer = client.get(&other).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "data: {}\n\n");
        tokio::time::sleep(Duration::from_millis(10)).await;
        let now = sent.load(std::sync::atomic::Ordering::Relaxed);
        same = if now == before { same + 1 } else { 0 };
        before = now;
        assert!(now < 256 << 20, "it is read without an end");
    }
    drop(held);
    assert_eq!(proxy.end().await, Some(0));
}

/// What goes wrong on the way is said to the client, and counted for what it is.
pub(crate) async fn what_breaks_is_told() {
    let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = start(folder.path(), Config::default()).await.unwrap();
    let url = answering(|request: Request| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let broken = |text: &'static str| {
            let first = stream::iter([Ok(Bytes::from(text))]);
            let then = stream::once(async {
                tokio::task::yield_now().await;
                Err::<Bytes, _>(std::io::Error::other("it dies"))
            });
            Body::from_stream(first.chain(then))
        };
        let (status, body) = match body {
            body if body.contains("half") => (200, broken("{\"jsonrpc\":\"2.0\",")),
            body if body.contains("down") => (503, Body::from("{\"reason\":\"down\"}")),
            body if body.contains("late") => (504, Body::from("<h1>Gateway Time-out</h1>")),
            _ => (
                200,
                Body::from("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"),
            ),
        };
        let answer = Response::builder().status(status);
        let answer = answer.header("content-type", "application/json");
        answer.body(body).unwrap()
    })
    .await;
    let proxy = Proxied::start("broken", &url, &app.url, spool.path()).await;
    let client = client();
    let call = |tool: &str| {
        let params = json!({ "name": tool, "arguments": { "secret": "hushed" } });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        client.post(&proxy.url).json(&body).send()
    };
    let good = call("good").await.unwrap();
    assert_eq!(good.status().as_u16(), 200);
    assert!(call("half").await.unwrap().bytes().await.is_err());
    let down = call("down").await.unwrap();
    assert_eq!(down.status().as_u16(), 503);
    assert_eq!(down.text().await.unwrap(), "{\"reason\":\"down\"}");
    // Whoever is in front of the server says it, and that goes on as it is.
    let late = call("late").await.unwrap();
    assert_eq!(late.status().as_u16(), 504);
    assert_eq!(late.text().await.unwrap(), "<h1>Gateway Time-out</h1>");

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}/mcp", gone.local_addr().unwrap());
    drop(gone);
    let unreachable = Proxied::start("gone", &nowhere, &app.url, spool.path()).await;
    let body =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "x" } });
    let answer = client
        .post(&unreachable.url)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 502);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains(&nowhere) && text.contains("refused"),
        "{text}"
    );

    for (server, error, tool) in [
        ("broken", "transport", "half"),
        ("broken", "http_503", "down"),
        ("broken", "http_504", "late"),
        ("gone", "http_502", "x"),
    ] {
        let query = format!(
            r#"mcp_tool_errors_total{{server="{server}",error_type="{error}",tool_name="{tool}"}}"#
        );
        value(&app, &query, "1").await;
    }
    for (server, count) in [("broken", "4"), ("gone", "1")] {
        let query = format!(r#"sum(mcp_requests_total{{server="{server}"}})"#);
        value(&app, &query, count).await;
    }
    for proxy in [proxy, unreachable] {
        assert_eq!(proxy.end().await, Some(0));
    }
    app.stop().await;
}

/// A page of somebody else cannot reach the server through a name that points here.
pub(crate) async fn names_of_others_are_refused() {
    let spool = tempfile::tempdir().unwrap();
    let url = answering(|request: Request| async move {
        let host = request.headers()["host"].to_str().unwrap().to_owned();
        Response::new(Body::from(host))
    })
    .await;
    let proxy = Proxied::start("p", &url, NOBODY, spool.path()).await;
    let host = url.split('/').nth(2).unwrap();
    for (name, status, text) in [
        ("localhost", 200, host),
        ("observed.lan:7", 200, host),
        ("evil.example", 403, "--host"),
    ] {
        let asked = client()
            .get(&proxy.url)
            .header("host", name)
            .send()
            .await
            .unwrap();
        assert_eq!(asked.status().as_u16(), status, "{name}");
        let said = asked.text().await.unwrap();
        assert!(said.contains(text), "{said}");
    }
    assert_eq!(proxy.end().await, Some(0));
}

/// While the product is away, what passes by is kept; when it is back, all of it counts, once.
pub(crate) async fn the_product_may_be_away() {
    let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let url = answering(|request: Request| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let asked: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let answer = json!({ "jsonrpc": "2.0", "id": asked["id"], "result": {} }).to_string();
        let json = Response::builder().header("content-type", "application/json");
        json.body(Body::from(answer)).unwrap()
    })
    .await;
    let app = start(folder.path(), Config::default()).await.unwrap();
    let address: SocketAddr = app.url.strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = Proxied::start("away", &url, &app.url, spool.path()).await;
    let client = client();
    let mut calls = 0;
    let query = r#"sum(mcp_requests_total{server="away",method="tools/call"})"#;
    let call = async |count: usize| {
        for id in 0..count {
            let body = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "x" } });
            let answer = client.post(&proxy.url).json(&body).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200);
        }
        count
    };
    calls += call(50).await;
    value(&app, query, &calls.to_string()).await;
    app.stop().await;
    calls += call(50).await;
    // Some are in the spool before the product is back.
    eventually("something is kept", || kept(spool.path()) > 0).await;
    let app = crate::app::start_at(address, folder.path(), Config::default()).await;
    calls += call(50).await;
    value(&app, query, &calls.to_string()).await;
    assert_eq!(proxy.end().await, Some(0));
    value(&app, query, &calls.to_string()).await;
    assert_eq!(kept(spool.path()), 0, "all is delivered");
    value(&app, r#"sum(mcp_traffic_lost_total) or vector(0)"#, "0").await;
    app.stop().await;
}

/// An endpoint with the server's own address leads clients to the proxy.
pub(crate) async fn an_endpoint_leads_back() {
    let spool = tempfile::tempdir().unwrap();
    let more = Arc::new(Notify::new());
    let open = more.clone();
    let url = answering(move |request: Request| {
        let open = open.clone();
        async move {
            let host = request.headers()["host"].to_str().unwrap().to_owned();
            let first =
                format!("event: endpoint\ndata: http://{host}/m?s=1\n\ndata: http://{host}/\n\n");
            let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from(first))]);
            let rest = stream::once(async move {
                open.notified().await;
                Ok(Bytes::from("data: end\n\n"))
            });
            let events = Response::builder().header("content-type", "text/event-stream");
            events.body(Body::from_stream(first.chain(rest))).unwrap()
        }
    })
    .await;
    let proxy = Proxied::start("p", &url, NOBODY, spool.path()).await;
    let mut answer = client().get(&proxy.url).send().await.unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    let (ours, theirs) = (proxy.url.replace("/mcp", ""), url.replace("/mcp", ""));
    let expected = format!("event: endpoint\ndata: {ours}/m?s=1\n\ndata: {theirs}/\n\n");
    assert_eq!(String::from_utf8_lossy(&first), expected);
    more.notify_one();
    let mut rest = Vec::new();
    while let Some(piece) = answer.chunk().await.unwrap() {
        rest.extend(piece);
    }
    assert_eq!(rest, b"data: end\n\n");
    assert_eq!(proxy.end().await, Some(0));
}
