//! What a proxy costs: how much longer an answer takes, how many messages it carries, how fast much of it passes:
//! `cargo run --release -p tap --example proxied`.
//!
//! A server of the same library as the proxy answers at once; both ways are measured in turns, so that what else the
//! machine does meets both.

use std::convert::Infallible;
use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tap::{Origin, Proxy, Settings};

/// Turns, and calls in each.
const ROUNDS: usize = 20;
const CALLS: usize = 500;
/// Clients that ask at once, and what each asks.
const CLIENTS: usize = 8;
const EACH: usize = 3_000;
/// The size of an answer of much, and how many make a gigabyte.
const SIZE: usize = 1 << 20;
const MANY: usize = 1 << 10;

type Failed = Box<dyn Error + Send + Sync>;
type Asking = Client<HttpConnector, Full<Bytes>>;

/// A server on a thread of its own, as it would be a process of its own.
fn server() -> Result<SocketAddr, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let text = "x".repeat(SIZE);
    let much = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}}}"
    );
    let (much, little) = (
        Bytes::from(much),
        Bytes::from_static(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[]}}"),
    );
    on_a_thread(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let (much, little) = (much.clone(), little.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (much, little) = (much.clone(), little.clone());
                async move {
                    let is_much = request.headers().contains_key("x-much");
                    let asked = request.into_body().collect().await;
                    let answer = match (asked, is_much) {
                        (Ok(_), true) => much,
                        (Ok(_), false) => little,
                        (Err(_), _) => Bytes::new(),
                    };
                    let mut answer = Response::new(Full::new(answer));
                    let json = hyper::header::HeaderValue::from_static("application/json");
                    answer.headers_mut().insert("content-type", json);
                    Ok::<_, Infallible>(answer)
                }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    })?;
    Ok(address)
}

fn on_a_thread(
    work: impl Future<Output = Result<(), Failed>> + Send + 'static,
) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        if let Err(error) = runtime.block_on(work) {
            eprintln!("the server ended: {error}");
        }
    });
    Ok(())
}

async fn ask(client: &Asking, to: SocketAddr, is_much: bool) -> Result<usize, Failed> {
    let body = Bytes::from_static(
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\"}}",
    );
    let mut request = Request::post(format!("http://{to}/mcp"));
    if is_much {
        request = request.header("x-much", "1");
    }
    let answer = client.request(request.body(Full::new(body))?).await?;
    let mut body = answer.into_body();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        size += frame?.into_data().map_or(0, |data| data.len());
    }
    Ok(size)
}

fn asking() -> Asking {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

async fn latencies(bare: SocketAddr, proxied: SocketAddr) -> Result<(), Failed> {
    let client = asking();
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (to, times) in [(bare, &mut without), (proxied, &mut with)] {
            for _ in 0..CALLS {
                let begun = Instant::now();
                ask(&client, to, false).await?;
                times.push(begun.elapsed());
            }
        }
    }
    without.sort();
    with.sort();
    for (name, share) in [("median", 50), ("p99", 99)] {
        let at = |times: &[Duration]| times[times.len() * share / 100];
        let (without, with) = (at(&without), at(&with));
        // A call is two messages.
        let added = with.saturating_sub(without) / 2;
        println!("{name}: {without:?} without, {with:?} with a proxy; {added:?} more a message");
    }
    Ok(())
}

async fn many(to: SocketAddr) -> Result<f64, Failed> {
    let begun = Instant::now();
    let clients = (0..CLIENTS).map(|_| async move {
        let client = asking();
        for _ in 0..EACH {
            ask(&client, to, false).await?;
        }
        Ok::<_, Failed>(())
    });
    let clients: Vec<_> = clients.map(tokio::spawn).collect();
    for client in clients {
        client.await??;
    }
    Ok((2 * CLIENTS * EACH) as f64 / begun.elapsed().as_secs_f64())
}

async fn much(to: SocketAddr) -> Result<f64, Failed> {
    let client = asking();
    let begun = Instant::now();
    let mut size = 0;
    for _ in 0..MANY {
        size += ask(&client, to, true).await?;
    }
    Ok(size as f64 / begun.elapsed().as_secs_f64() / 1e6)
}

fn main() -> Result<(), Failed> {
    let bare = server()?;
    let settings = Settings {
        name: "proxied".to_owned(),
        url: "http://127.0.0.1:9".to_owned(),
        key: None,
        spool: None,
        spool_bytes: 0,
        payloads: None,
    };
    let origin = Origin::parse(&format!("http://{bare}/mcp"))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let proxy = Proxy::begin(settings, origin, listener, Vec::new())?;
    let to = proxy.address();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        latencies(bare, to).await?;
        let (without, with) = (many(bare).await?, many(to).await?);
        println!("messages: {without:.0}/s without, {with:.0}/s with a proxy, {CLIENTS} clients");
        let mut shares = Vec::new();
        for _ in 0..3 {
            let (without, with) = (much(bare).await?, much(to).await?);
            println!("a gigabyte: {without:.0} MB/s without, {with:.0} MB/s with a proxy");
            shares.push(with / without);
        }
        shares.sort_by(f64::total_cmp);
        println!(
            "a gigabyte: {:.0} % of the speed, the median of three",
            shares[1] * 100.0
        );
        Ok::<_, Failed>(())
    })?;
    proxy.end(Duration::from_secs(1));
    Ok(())
}
