//! Delivering a mail: <https://www.rfc-editor.org/rfc/rfc5321>, TLS by STARTTLS (RFC 3207) or from the start (RFC 8314).

use std::net::IpAddr;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use model::Secrets;
use yaml::Node;

use super::super::entry::{Entry, Secret};
use super::super::http::{TLS, deepest, kept, pem};
use super::super::sender::word;
use crate::channel::{Answer, Cause, Failure};

/// How long one attempt may take, and how long a setting may give it.
const LIMIT: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(300);
/// The port at which TLS begins at once.
const IMPLICIT_TLS: u16 = 465;

/// Who takes mails, and how one speaks with it.
pub(super) struct Smtp {
    host: String,
    port: u16,
    hello: String,
    username: String,
    password: Option<Secret>,
    requires_tls: bool,
    is_implicit: bool,
    tls: TlsParameters,
    limit: Duration,
}

impl Smtp {
    pub(super) fn read(entry: &mut Entry<'_>) -> Option<Self> {
        let username = entry.text_or_global("auth_username", "smtp_auth_username");
        let username = username.unwrap_or_default().to_owned();
        let password = entry.secret_or_global("auth_password", "smtp_auth_password");
        not_supported(entry, &username, password.is_some());
        let smarthost = entry.text_or_global("smarthost", "smtp_smarthost");
        let Some(smarthost) = smarthost else {
            entry.missing("smarthost");
            return None;
        };
        let parted = smarthost.rsplit_once(':');
        let parted = parted.and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
        let Some((host, port)) = parted.filter(|(host, _)| !host.is_empty()) else {
            let at = entry.place("smarthost");
            entry.wrong(at, format!("smarthost is host:port, for instance mail.example:587, and this is {smarthost:?}"));
            return None;
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        let address: Option<IpAddr> = host.parse().ok();
        if address.is_some_and(model::is_link_local) {
            entry.wrong(
                entry.place("smarthost"),
                "smarthost is link-local; nothing is sent there",
            );
        }
        let tls = match entry
            .get("tls_config")
            .or_else(|| entry.global("smtp_tls_config"))
        {
            Some(node) => tls(entry, node, &host),
            None => TlsParameters::new(host.clone()),
        };
        let tls = match tls {
            Ok(tls) => tls,
            Err(error) => {
                entry.wrong(entry.place("tls_config"), deepest(&error));
                return None;
            }
        };
        let limit = entry.duration("timeout").filter(|limit| !limit.is_zero());
        let requires_tls = flag(entry, "require_tls", "smtp_require_tls", true);
        let is_implicit = flag(
            entry,
            "force_implicit_tls",
            "smtp_force_implicit_tls",
            port == IMPLICIT_TLS,
        );
        Some(Self {
            hello: entry
                .text_or_global("hello", "smtp_hello")
                .unwrap_or("localhost")
                .to_owned(),
            username,
            password,
            limit: limit.unwrap_or(LIMIT).min(LONGEST),
            host,
            port,
            requires_tls,
            is_implicit,
            tls,
        })
    }

    /// Host and port.
    pub(super) fn shown(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Hands a mail over; the answer is what the server said to it.
    pub(super) async fn deliver(
        &self,
        envelope: &Envelope,
        mail: &[u8],
    ) -> Result<Answer, Failure> {
        let password = match &self.password {
            Some(password) => word(password).await?,
            None => String::new(),
        };
        let secrets = Secrets::of([&*password]);
        let delivered =
            tokio::time::timeout(self.limit, self.speak(envelope, mail, &password)).await;
        let delivered = delivered.unwrap_or_else(|_| {
            let seconds = self.limit.as_secs_f64();
            Err(Failure::new(
                Cause::Timeout,
                format!("the mail was not taken within {seconds} s"),
            ))
        });
        let hide = |answer: Answer| Answer {
            text: kept(&answer.text, &secrets),
            ..answer
        };
        delivered.map(hide).map_err(|failure| Failure {
            text: kept(&failure.text, &secrets),
            answer: failure.answer.map(hide),
            ..failure
        })
    }

    async fn speak(
        &self,
        envelope: &Envelope,
        mail: &[u8],
        password: &str,
    ) -> Result<Answer, Failure> {
        let addresses = outbound::addresses(&self.host, self.port).await;
        let addresses = addresses.map_err(|error| match outbound::refusal(&error) {
            Some(refused) => Failure::new(Cause::Refused, refused.to_string()),
            None => Failure::new(
                Cause::Network,
                format!("{} is not found: {error}", self.host),
            ),
        })?;
        let hello = ClientId::Domain(self.hello.clone());
        let at_once = self.is_implicit.then(|| self.tls.clone());
        let connected = AsyncSmtpConnection::connect_tokio1(
            &addresses[..],
            Some(self.limit),
            &hello,
            at_once,
            None,
        );
        let mut connection = connected
            .await
            .map_err(|error| failed("connecting", &error))?;
        if !self.is_implicit && self.requires_tls {
            if !connection.can_starttls() {
                return Err(Failure::new(
                    Cause::Client,
                    "the server offers no STARTTLS, and require_tls is true: nothing was sent",
                ));
            }
            let upgraded = connection.starttls(self.tls.clone(), &hello).await;
            upgraded.map_err(|error| failed("STARTTLS", &error))?;
        }
        self.sign_in(&mut connection, password).await?;
        let sent = connection.send(envelope, mail).await;
        let sent = sent.map_err(|error| failed("sending", &error))?;
        // The mail is taken; how the conversation ends changes nothing.
        connection.quit().await.ok();
        let lines: Vec<_> = sent.message().collect();
        Ok(Answer {
            status: Some(u16::from(sent.code())),
            text: lines.join(" "),
        })
    }

    /// As Alertmanager, only where the server wants to know who comes.
    async fn sign_in(
        &self,
        connection: &mut AsyncSmtpConnection,
        password: &str,
    ) -> Result<(), Failure> {
        const KNOWN: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
        if self.username.is_empty()
            || connection
                .server_info()
                .get_auth_mechanism(&KNOWN)
                .is_none()
        {
            return Ok(());
        }
        let is_here =
            self.host == "localhost" || self.host.parse().is_ok_and(|it: IpAddr| it.is_loopback());
        if !connection.is_encrypted() && !is_here {
            return Err(Failure::new(
                Cause::Authentication,
                "the password is not sent without TLS: set require_tls, or leave auth_username out",
            ));
        }
        let credentials = Credentials::new(self.username.clone(), password.to_owned());
        match connection.auth(&KNOWN, &credentials).await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.is_permanent() {
                true => Failure {
                    answer: answer(&error),
                    ..Failure::new(
                        Cause::Authentication,
                        format!("the server does not let us in: {}", deepest(&error)),
                    )
                },
                false => failed("signing in", &error),
            }),
        }
    }
}

/// Says what of signing in is not supported, unless it makes no difference.
fn not_supported(entry: &mut Entry<'_>, username: &str, has_password: bool) {
    for name in ["auth_secret", "auth_secret_file"] {
        let node = entry
            .get(name)
            .or_else(|| entry.global(&format!("smtp_{name}")));
        if let Some(node) = node.filter(|_| !has_password) {
            let text =
                format!("{name} is of CRAM-MD5, which is not supported here; use auth_password");
            entry.wrong(node.at, text);
        }
    }
    // Who signs in speaks for itself, and for nobody else.
    let identity = entry
        .get("auth_identity")
        .or_else(|| entry.global("smtp_auth_identity"));
    let said = entry.text_or_global("auth_identity", "smtp_auth_identity");
    if let (Some(node), Some(said)) = (identity, said)
        && said != username
    {
        entry.wrong(
            node.at,
            "auth_identity other than auth_username is not supported here",
        );
    }
}

/// Of an entry, or else of `global`.
fn flag(entry: &mut Entry<'_>, name: &str, global: &str, otherwise: bool) -> bool {
    match entry.get(name).or_else(|| entry.global(global)) {
        Some(node) => entry.flag_in(node).unwrap_or(otherwise),
        None => otherwise,
    }
}

fn tls<'n>(entry: &mut Entry<'n>, node: &'n Node, host: &str) -> Result<TlsParameters, Error> {
    entry.within("tls_config", node, |entry| {
        for name in [
            "cert",
            "cert_file",
            "key",
            "key_file",
            "min_version",
            "max_version",
        ] {
            if let Some(node) = entry.get(name) {
                entry.wrong(node.at, format!("{name} is not supported for mails"));
            }
        }
        let known: Vec<_> = TLS
            .iter()
            .chain(&["server_name", "min_version", "max_version"])
            .copied()
            .collect();
        entry.known(&known);
        let name = entry.text("server_name").unwrap_or(host).to_owned();
        let mut builder = TlsParameters::builder(name);
        if let Some(ca) = pem(entry, "ca") {
            builder = builder.add_root_certificate(Certificate::from_pem(ca.as_bytes())?);
        }
        if entry.flag("insecure_skip_verify", false) {
            builder = builder
                .dangerous_accept_invalid_certs(true)
                .dangerous_accept_invalid_hostnames(true);
        }
        builder.build()
    })
}

fn answer(error: &Error) -> Option<Answer> {
    let status = u16::from(error.status()?);
    Some(Answer {
        status: Some(status),
        text: deepest(error),
    })
}

/// Of which kind a failure is: by the code of the answer (RFC 5321, 4.2.1; RFC 4954, 6), or by what did not work.
fn failed(doing: &str, error: &Error) -> Failure {
    let code = error.status().map(u16::from);
    let cause = match code {
        Some(530 | 534 | 535 | 538) => Cause::Authentication,
        Some(400..500) => Cause::Server,
        Some(_) => Cause::Client,
        None if error.is_timeout() => Cause::Timeout,
        None if error.is_client() => Cause::Client,
        None => Cause::Network,
    };
    let said = code.map(|code| format!(" ({code})")).unwrap_or_default();
    Failure {
        answer: answer(error),
        ..Failure::new(cause, format!("{doing} failed{said}: {}", deepest(error)))
    }
}
