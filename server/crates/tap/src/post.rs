//! Sends batches: to the product, or into the spool until it takes them.

use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use traffic::{Batch, Lost, Transport};
use uuid::Uuid;

use crate::Settings;
use crate::spool::{Spool, holds};

/// Longest time until there is a connection, and an answer.
const CONNECTING: Duration = Duration::from_secs(1);
const WAITING: Duration = Duration::from_millis(1_500);
/// How long the product is left alone after it did not take something: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// How long the spool is sent at a stretch: what is seen meanwhile has to be put away before the server's end is told.
const STRETCH: Duration = Duration::from_millis(300);

/// What became of a batch.
enum Sent {
    Taken,
    /// It will never be taken.
    Refused(String),
    /// Not now.
    Later(Option<String>),
}

/// Runs until no more batches come, and all are sent or put away.
pub(crate) fn run(settings: Settings, batches: &Receiver<Batch>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let client = client(&settings.url);
    let (Ok(runtime), Ok(client)) = (runtime, client) else {
        complain("what passes by cannot be told: there is no way to send it");
        return;
    };
    let spool = settings.spool.clone();
    let mut post = Post {
        url: format!(
            "{}/observability/traffic",
            settings.url.trim_end_matches('/')
        ),
        spool: spool.map(|folder| Spool::new(folder, settings.spool_bytes)),
        settings,
        runtime,
        client,
        lost: Lost::default(),
        last: None,
        pause: FIRST_PAUSE,
        rests_until: None,
        said: None,
    };
    let mut is_more = false;
    loop {
        let patience = if is_more { Duration::ZERO } else { FIRST_PAUSE };
        match batches.recv_timeout(patience) {
            Ok(batch) => post.send(batch),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        is_more = post.deliver();
    }
    post.finish();
    while post.deliver() {}
}

fn client(url: &str) -> reqwest::Result<Client> {
    let client = Client::builder()
        .connect_timeout(CONNECTING)
        .timeout(WAITING);
    let host = url.split("://").last().unwrap_or_default();
    let is_here = ["127.", "localhost", "[::1]"]
        .iter()
        .any(|name| host.starts_with(name));
    match is_here {
        true => client.no_proxy().build(),
        false => client.build(),
    }
}

struct Post {
    url: String,
    settings: Settings,
    runtime: tokio::runtime::Runtime,
    client: Client,
    spool: Option<Spool>,
    /// What is in no batch yet.
    lost: Lost,
    /// What the last batch was about.
    last: Option<(String, Transport)>,
    pause: Duration,
    /// The product did not take something, and is left alone until then.
    rests_until: Option<Instant>,
    /// What was complained about last: once is enough.
    said: Option<String>,
}

impl Post {
    /// Nothing comes any more: what no batch says that was lost is told on its own.
    fn finish(&mut self) {
        let Some((server, transport)) = self.last.take().filter(|_| !self.lost.is_none()) else {
            return;
        };
        self.send(Batch {
            id: Uuid::now_v7().to_string(),
            server,
            transport,
            lost: Lost::default(),
            records: Vec::new(),
        });
        if !self.lost.is_none() {
            let Lost { records, bytes } = self.lost;
            complain(&format!(
                "{records} records and {bytes} bytes of what passed by could not be told"
            ));
        }
    }

    fn send(&mut self, mut batch: Batch) {
        batch.lost += std::mem::take(&mut self.lost);
        self.last = Some((batch.server.clone(), batch.transport));
        let mut whole = batch.lost;
        whole.records += batch.records.len() as u64;
        let waits = self
            .spool
            .as_ref()
            .is_some_and(|spool| !spool.files().is_empty());
        if !waits && !self.rests() {
            let sent = match serde_json::to_vec(&batch) {
                Ok(text) => self.post(text),
                Err(error) => Sent::Refused(error.to_string()),
            };
            match sent {
                Sent::Taken => return,
                Sent::Refused(why) => return self.refused(&why, whole),
                Sent::Later(why) => self.rest(why),
            }
        }
        // An answer that did not arrive leaves open whether it was taken: the id says that it is the same.
        let put = self.spool.as_ref().map(|spool| spool.put(&batch));
        match put {
            Some(Ok(lost)) => self.lost += lost,
            other => {
                self.lost += whole;
                if let Some(Err(error)) = other {
                    self.say(format!("the spool cannot be written: {error}"));
                }
            }
        }
    }

    /// Sends what is in the spool, as long as it is taken. Returns whether it was interrupted with more to send.
    fn deliver(&mut self) -> bool {
        if self.rests() {
            return false;
        }
        let began = Instant::now();
        let files = self.spool.as_ref().map(Spool::files).unwrap_or_default();
        for file in files {
            let Ok(text) = std::fs::read(&file) else {
                // Another tap was faster, or it cannot be read: then the next turn tries again.
                continue;
            };
            match self.post(text) {
                Sent::Taken => Spool::remove(&file),
                Sent::Refused(why) => {
                    Spool::remove(&file);
                    self.refused(&why, holds(&file));
                }
                Sent::Later(why) => {
                    self.rest(why);
                    return false;
                }
            }
            if began.elapsed() >= STRETCH {
                return true;
            }
        }
        false
    }

    fn post(&mut self, text: Vec<u8>) -> Sent {
        let mut request = self.client.post(&self.url).body(text);
        request = request.header("content-type", "application/json");
        if let Some(key) = &self.settings.key {
            request = request.bearer_auth(key);
        }
        let answered = self.runtime.block_on(async {
            let response = request.send().await?;
            let status = response.status();
            Ok::<_, reqwest::Error>((status, response.text().await?))
        });
        match answered {
            Err(_) => Sent::Later(None),
            Ok((status, _)) if status.is_success() => {
                (self.pause, self.rests_until, self.said) = (FIRST_PAUSE, None, None);
                Sent::Taken
            }
            Ok((status, text)) => {
                let text: String = text.trim().chars().take(300).collect();
                let why = format!("{} answers {status}: {text}", self.settings.url);
                match status {
                    StatusCode::BAD_REQUEST
                    | StatusCode::PAYLOAD_TOO_LARGE
                    | StatusCode::UNSUPPORTED_MEDIA_TYPE
                    | StatusCode::UNPROCESSABLE_ENTITY => Sent::Refused(why),
                    StatusCode::SERVICE_UNAVAILABLE => Sent::Later(None),
                    _ => Sent::Later(Some(why)),
                }
            }
        }
    }

    fn rests(&self) -> bool {
        self.rests_until.is_some_and(|until| Instant::now() < until)
    }

    fn rest(&mut self, why: Option<String>) {
        self.rests_until = Some(Instant::now() + self.pause);
        self.pause = (self.pause * 2).min(LAST_PAUSE);
        if let Some(why) = why {
            self.say(why);
        }
    }

    fn refused(&mut self, why: &str, lost: Lost) {
        self.lost += lost;
        self.say(format!("records are refused: {why}"));
    }

    fn say(&mut self, why: String) {
        if self.said.as_ref() != Some(&why) {
            complain(&why);
            self.said = Some(why);
        }
    }
}

fn complain(why: &str) {
    // Where standard error is gone there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "mcp-observatory: {why}");
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};
    use std::net::TcpListener;
    use std::sync::mpsc;

    use super::*;

    /// A product that takes nothing but empty batches; returns what it was told.
    fn refusing() -> (String, mpsc::Receiver<Batch>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let (mut size, mut line) = (0, String::new());
                while line != "\r\n" {
                    line.clear();
                    reader.read_line(&mut line).unwrap();
                    if let Some(length) = line.to_lowercase().strip_prefix("content-length:") {
                        size = length.trim().parse().unwrap();
                    }
                }
                let mut body = vec![0; size];
                reader.read_exact(&mut body).unwrap();
                let batch: Batch = serde_json::from_slice(&body).unwrap();
                let status = if batch.records.is_empty() { 200 } else { 400 };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
                tell.send(batch).unwrap();
            }
        });
        (url, told)
    }

    /// Whatever becomes of batches, what is lost is told: also of the last, and also what they say themselves.
    #[test]
    fn what_is_refused_is_counted() {
        let (url, told) = refusing();
        let (batches, to_send) = mpsc::channel();
        let record = r#"{ "kind": "pulse", "at_ms": 1, "session": "s", "began_ms": 1, "is_open": true, "in_flight": 0, "hung": 0 }"#;
        for id in ["a-1", "a-2"] {
            let lost = Lost {
                bytes: 100,
                records: 5,
            };
            batches
                .send(Batch {
                    id: id.to_owned(),
                    server: "fs".to_owned(),
                    transport: Transport::Stdio,
                    lost,
                    records: vec![serde_json::from_str(record).unwrap(); 3],
                })
                .unwrap();
        }
        drop(batches);
        let settings = Settings {
            name: "fs".to_owned(),
            url,
            key: None,
            spool: None,
            spool_bytes: 0,
            payloads: None,
        };
        run(settings, &to_send);
        let told: Vec<_> = told.try_iter().map(|it| (it.lost, it.server)).collect();
        let lost = |bytes, records| (Lost { bytes, records }, "fs".to_owned());
        assert_eq!(told, [lost(100, 5), lost(200, 13), lost(200, 16)]);
    }
}
