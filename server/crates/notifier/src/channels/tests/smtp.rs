//! A server for mails that keeps what it gets: the conversation of RFC 5321, with TLS and with AUTH.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A mail that was taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Mail {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) data: String,
    pub(super) is_encrypted: bool,
    /// What was given with AUTH PLAIN, still encoded.
    pub(super) auth: String,
}

/// How the server behaves.
#[derive(Clone, Copy, Default)]
pub(super) struct Manner {
    pub(super) offers_starttls: bool,
    pub(super) begins_with_tls: bool,
    pub(super) wants_auth: bool,
    /// What is answered to each of these commands instead of what is usual; `hang` says nothing at all.
    pub(super) instead: Option<(&'static str, &'static str)>,
}

pub(super) struct MailServer {
    pub(super) port: u16,
    /// The certificate that its own is signed by, in PEM: itself.
    pub(super) ca: String,
    pub(super) mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailServer {
    pub(super) async fn start(manner: Manner) -> Self {
        let (acceptor, ca) = known_by();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = Arc::<Mutex<Vec<Mail>>>::default();
        let kept = Arc::clone(&mails);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, kept) = (acceptor.clone(), Arc::clone(&kept));
                tokio::spawn(async move { serve(stream, manner, acceptor, kept).await });
            }
        });
        Self { port, ca, mails }
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        std::mem::take(&mut self.mails.lock().unwrap())
    }
}

/// Who accepts TLS as `localhost`, and the certificate by which it is known.
fn known_by() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), pem(made.cert.der()))
}

/// A server for HTTPS that is content with everything; its certificate is `ca.pem` of a folder. Gives back its port.
pub(super) async fn tls_server(folder: &std::path::Path) -> u16 {
    let (acceptor, ca) = known_by();
    std::fs::write(folder.join("ca.pem"), ca).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = BufReader::new(&mut stream).lines();
            while head
                .next_line()
                .await
                .unwrap()
                .is_some_and(|line| !line.is_empty())
            {}
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    port
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.push_str(std::str::from_utf8(line).unwrap());
        pem.push('\n');
    }
    pem + "-----END CERTIFICATE-----\n"
}

async fn serve(
    stream: TcpStream,
    manner: Manner,
    acceptor: TlsAcceptor,
    kept: Arc<Mutex<Vec<Mail>>>,
) {
    if manner.begins_with_tls {
        if let Ok(mut stream) = acceptor.accept(stream).await {
            converse(&mut stream, manner, true, true, &kept).await;
        }
        return;
    }
    let mut stream = stream;
    let wants_tls = converse(&mut stream, manner, false, true, &kept).await;
    if wants_tls && let Ok(mut stream) = acceptor.accept(stream).await {
        converse(&mut stream, manner, true, false, &kept).await;
    }
}

/// Speaks until the end, or until TLS shall begin.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    manner: Manner,
    is_encrypted: bool,
    greets: bool,
    kept: &Mutex<Vec<Mail>>,
) -> bool {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail {
        is_encrypted,
        ..Mail::default()
    };
    let mut auth = String::new();
    if greets {
        stream.write_all(b"220 test ESMTP\r\n").await.unwrap();
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        let line = line.trim_end();
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        if let Some((command, reply)) = manner.instead
            && command == verb
        {
            if reply == "hang" {
                std::future::pending::<()>().await;
            }
            stream
                .write_all(format!("{reply}\r\n").as_bytes())
                .await
                .unwrap();
            continue;
        }
        let reply = match verb.as_str() {
            "EHLO" => {
                let mut lines = vec!["250-test"];
                if manner.offers_starttls && !is_encrypted {
                    lines.push("250-STARTTLS");
                }
                if manner.wants_auth {
                    lines.push("250-AUTH PLAIN LOGIN");
                }
                lines.push("250 8BITMIME");
                lines.join("\r\n")
            }
            "STARTTLS" => {
                stream.write_all(b"220 go\r\n").await.unwrap();
                return true;
            }
            "AUTH" => {
                auth = line.rsplit(' ').next().unwrap_or_default().to_owned();
                "235 in".to_owned()
            }
            "MAIL" => {
                line["MAIL FROM:".len()..].clone_into(&mut mail.from);
                "250 ok".to_owned()
            }
            "RCPT" => {
                mail.to.push(line["RCPT TO:".len()..].to_owned());
                "250 ok".to_owned()
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                mail.data.clear();
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).await.unwrap();
                    if line == ".\r\n" {
                        break;
                    }
                    mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                mail.auth.clone_from(&auth);
                kept.lock().unwrap().push(std::mem::take(&mut mail));
                mail.is_encrypted = is_encrypted;
                "250 queued as 1".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "502 what".to_owned(),
        };
        stream
            .write_all(format!("{reply}\r\n").as_bytes())
            .await
            .unwrap();
    }
}
