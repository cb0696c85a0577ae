//! Targets of our own: what they say can change, and who asks is remembered.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// What a target does, which may change.
#[derive(Default)]
pub(crate) struct Does {
    /// What it exposes.
    pub(crate) text: String,
    /// The `Authorization` that it wants; none where empty.
    pub(crate) wanted: String,
    /// How often it was asked.
    pub(crate) asked: usize,
}

/// A target.
pub(crate) struct Target {
    /// Host and port.
    pub(crate) address: String,
    pub(crate) does: Arc<Mutex<Does>>,
}

impl Target {
    pub(crate) async fn start(text: &str, tls: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let does = Does {
            text: text.to_owned(),
            ..Does::default()
        };
        let does = Arc::new(Mutex::new(does));
        let shared = does.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, does) = (acceptor.clone(), shared.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => answer(stream, &does).await,
                        // Whoever does not trust it goes.
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                answer(stream, &does).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, does }
    }

    pub(crate) fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    pub(crate) fn asked(&self) -> usize {
        self.does.lock().unwrap().asked
    }

    pub(crate) fn want(&self, authorization: &str) {
        authorization.clone_into(&mut self.does.lock().unwrap().wanted);
    }
}

/// One answer a connection.
async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, does: &Mutex<Does>) {
    let mut stream = BufReader::new(stream);
    let mut authorization = String::new();
    loop {
        let mut line = String::new();
        match stream.read_line(&mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) if line == "\r\n" => break,
            Ok(_) => {}
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("authorization")
        {
            value.trim().clone_into(&mut authorization);
        }
    }
    let whole = {
        let mut does = does.lock().unwrap();
        does.asked += 1;
        let (status, text) = match does.wanted.is_empty() || does.wanted == authorization {
            true => ("200 OK", does.text.clone()),
            false => ("401 Unauthorized", "who are you?".to_owned()),
        };
        let length = text.len();
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
        )
    };
    // Whoever has gone does not hear it.
    let _ = stream.write_all(whole.as_bytes()).await;
    let _ = stream.shutdown().await;
}
