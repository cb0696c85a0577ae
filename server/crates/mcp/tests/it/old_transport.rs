//! Servers that speak the older HTTP+SSE transport.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mcp::{Endpoint, Era, Level, Protocol, Reason, Step, Transport};
use serde_json::Value;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::fake_http::{Request, mcp, read};
use crate::script::Script;
use crate::watching::{Watching, http, hurried, watch};

/// What the stream begins with: an address to post to, unless that is what is wrong.
struct Fake {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    /// Cuts the open streams off.
    cut: Arc<Mutex<Vec<JoinHandle<Option<()>>>>>,
    /// Whether it has been updated, and speaks only the newer transport.
    is_new: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn start(script: Script, first: &'static str) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sse", listener.local_addr().unwrap());
    let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
    let cut: Arc<Mutex<Vec<JoinHandle<_>>>> = Arc::default();
    let (seen, open) = (Arc::clone(&requests), Arc::clone(&cut));
    let is_new = Arc::<AtomicBool>::default();
    let is_updated = Arc::clone(&is_new);
    let task = tokio::spawn(async move {
        let answers: Arc<Mutex<Option<mpsc::Sender<Value>>>> = Arc::default();
        while let Ok((stream, _)) = listener.accept().await {
            let serving = serve(
                stream,
                script.clone(),
                first,
                Arc::clone(&answers),
                Arc::clone(&seen),
                Arc::clone(&is_updated),
            );
            open.lock().unwrap().push(tokio::spawn(serving));
        }
    });
    Fake {
        url,
        requests,
        cut,
        is_new,
        task,
    }
}

async fn serve(
    stream: TcpStream,
    script: Script,
    first: &'static str,
    answers: Arc<Mutex<Option<mpsc::Sender<Value>>>>,
    seen: Arc<Mutex<Vec<Request>>>,
    is_new: Arc<AtomicBool>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let request = read(&mut stream).await?;
    let (method, path) = (request.method.clone(), request.path.clone());
    let body = request.body.clone();
    seen.lock().unwrap().push(request.clone());
    if is_new.load(Ordering::SeqCst) {
        let (status, headers, body) = mcp(&script, "s1", false, &request)?;
        let mut head = format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let answer = format!("{head}\r\n{body}");
        return stream.write_all(answer.as_bytes()).await.ok();
    }
    let plain =
        |status| format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    match (method.as_str(), path.as_str()) {
        ("GET", "/sse") => {
            let (sender, mut receiver) = mpsc::channel::<Value>(16);
            *answers.lock().unwrap() = Some(sender);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            stream
                .write_all(format!("{head}{first}").as_bytes())
                .await
                .ok()?;
            while let Some(answer) = receiver.recv().await {
                let event = format!(": beat\n\nevent: message\ndata: {answer}\n\n");
                stream.write_all(event.as_bytes()).await.ok()?;
            }
        }
        ("POST", "/message?id=1") => {
            let answer = script.answer(&serde_json::from_str(&body).ok()?);
            let open = answers.lock().unwrap().clone();
            stream
                .write_all(plain("202 Accepted").as_bytes())
                .await
                .ok()?;
            if let (Some(answer), Some(open)) = (answer, open) {
                open.send(answer).await.ok()?;
            }
        }
        _ => stream
            .write_all(plain("404 Not Found").as_bytes())
            .await
            .ok()?,
    }
    Some(())
}

const ENDPOINT: &str = "event: endpoint\ndata: /message?id=1\n\n";

fn over_sse(url: &str) -> Watching {
    let endpoint = Endpoint::Http {
        url: url.to_owned(),
        headers: vec![("x-key".to_owned(), "k".to_owned())],
        oauth: None,
        transport: Transport::Sse,
    };
    watch(endpoint, Protocol::Auto, hurried())
}

#[tokio::test]
async fn one_stream_serves_every_probe() {
    for by_itself in [false, true] {
        let server = start(Script::default(), ENDPOINT).await;
        let mut watching = match by_itself {
            true => http(&server.url, &[("x-key", "k")]),
            false => over_sse(&server.url),
        };
        let first = watching.next().await;
        assert_eq!(first.verdict.level, Level::Healthy, "{:?}", first.verdict);
        let steps: Vec<_> = first.steps.iter().map(|step| step.step).collect();
        assert_eq!(
            steps,
            [
                Step::Transport,
                Step::Authentication,
                Step::Handshake,
                Step::Ping,
                Step::ListTools
            ]
        );
        assert_eq!(first.identity.unwrap().era, Era::Legacy);
        assert_eq!(first.tools.unwrap().len(), 3);
        for _ in 0..2 {
            let next = watching.next().await;
            assert_eq!((next.verdict.level, next.steps.len()), (Level::Healthy, 2));
        }
        watching.end().await;
        let requests = server.requests.lock().unwrap();
        let streams = requests.iter().filter(|it| it.method == "GET").count();
        assert_eq!(streams, if by_itself { 2 } else { 1 });
        assert!(requests.iter().all(|it| it.header("x-key") == Some("k")));
    }
}

#[tokio::test]
async fn a_stream_that_ends_is_seen_and_opened_again() {
    let server = start(Script::default(), ENDPOINT).await;
    let mut watching = over_sse(&server.url);
    assert_eq!(watching.next().await.verdict.level, Level::Healthy);
    server
        .cut
        .lock()
        .unwrap()
        .iter()
        .for_each(JoinHandle::abort);
    let lost = watching.next().await;
    assert_eq!(lost.verdict.level, Level::Unhealthy, "{:?}", lost.verdict);
    assert_eq!(
        lost.verdict.reason,
        Reason::Unreachable,
        "{:?}",
        lost.verdict
    );
    let back = watching.next().await;
    assert_eq!((back.verdict.level, back.restarts), (Level::Healthy, 1));
    watching.end().await;
}

#[tokio::test]
async fn streams_that_are_none_of_a_server_are_given_up() {
    // An address of another host is not posted to: the credentials would go along.
    for (first, reason, words) in [
        (
            "event: endpoint\ndata: http://169.254.169.254/latest\n\n",
            Reason::Unreachable,
            "of another host",
        ),
        (
            "event: endpoint\ndata: http://[\n\n",
            Reason::Unreachable,
            "post to that is none",
        ),
        (
            ": only a beat\n\n",
            Reason::HandshakeTimeout,
            "within 0.5 s",
        ),
        ("data: and on", Reason::HandshakeTimeout, "within 0.5 s"),
    ] {
        let server = start(Script::default(), first).await;
        let mut watching = over_sse(&server.url);
        let verdict = watching.next().await.verdict;
        assert_eq!(
            (verdict.level, verdict.reason),
            (Level::Unhealthy, reason),
            "{verdict:?}"
        );
        assert!(verdict.summary.contains(words), "{verdict:?}");
        watching.end().await;
    }
}

#[tokio::test]
async fn a_server_that_streams_for_ever_does_not_hold_up_anything() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sse", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
                stream.write_all(head.as_bytes()).await?;
                loop {
                    stream.write_all(&[b'x'; 4096]).await?;
                    tokio::task::yield_now().await;
                }
                #[expect(unreachable_code, reason = "says what the type is")]
                std::io::Result::Ok(())
            });
        }
    });
    let mut watching = over_sse(&url);
    let verdict = watching.next().await.verdict;
    assert_eq!(verdict.level, Level::Unhealthy, "{verdict:?}");
    let known = [Reason::HandshakeTimeout, Reason::InvalidFrame];
    assert!(known.contains(&verdict.reason), "{verdict:?}");
    watching.end().await;
    task.abort();
}

#[tokio::test]
async fn a_server_that_is_updated_to_the_newer_transport_is_followed() {
    let server = start(Script::default(), ENDPOINT).await;
    let mut watching = http(&server.url, &[]);
    assert_eq!(watching.next().await.verdict.level, Level::Healthy);
    server.is_new.store(true, Ordering::SeqCst);
    server
        .cut
        .lock()
        .unwrap()
        .iter()
        .for_each(JoinHandle::abort);
    assert_eq!(watching.next().await.verdict.level, Level::Unhealthy);
    let mut back = watching.next().await.verdict;
    for _ in 0..4 {
        if back.level == Level::Healthy {
            break;
        }
        back = watching.next().await.verdict;
    }
    assert_eq!(back.level, Level::Healthy, "{back:?}");
    watching.end().await;
}
