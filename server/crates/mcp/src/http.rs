//! Sessions over HTTP: Streamable HTTP, or the older HTTP+SSE where a server speaks only that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use reqwest::Url;
use rmcp::service::{ClientInitializeError, ClientServiceExt};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio::time::{Instant, timeout};

use crate::classify::{Place, Refusal};
use crate::config::{OAuth, Transport};
use crate::door::{Door, TwiceMore};
use crate::handshake::Client;
use crate::oauth::Tokens;
use crate::observation::{Era, Failure, Step, StepResult};
use crate::session::{Attempt, Link, Service, Session};
use crate::sse::Wire;
use crate::witness::Witness;
use crate::{Config, Level, Reason, handshake, metadata};

/// Longest wait for finding out more about an endpoint that refuses: whether it speaks the older
/// HTTP+SSE transport, and where one signs in.
const LOOK_TIMEOUT: Duration = Duration::from_secs(2);

/// An endpoint, ready to be connected to.
pub(crate) struct Endpoint {
    client: reqwest::Client,
    url: Url,
    /// The URL as it was written.
    written: Arc<str>,
    place: Arc<Place>,
    tokens: Option<Arc<Tokens>>,
    /// Which of the two transports is configured.
    transport: Transport,
    /// Whether the server speaks the older transport.
    old: AtomicBool,
    /// Asks for metadata; made when that is needed first.
    asker: OnceLock<reqwest::Client>,
    /// Who gives tokens, as far as the server has said so.
    issuer: OnceLock<Url>,
}

impl Endpoint {
    /// Checks URL, headers and credentials.
    pub(crate) fn new(
        url: &str,
        headers: &[(String, String)],
        oauth: Option<&OAuth>,
        transport: Transport,
        config: &Config,
    ) -> Result<Self, Failure> {
        let place = Place::of(url, headers, oauth);
        let bad = |what: String| Refusal::BadRequest(what).explain(&place);
        let parsed = Url::parse(url).map_err(|error| bad(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad(
                "the URL begins neither with http:// nor with https://".to_owned()
            ));
        }
        let tokens =
            oauth.map(|oauth| Tokens::new(oauth.clone(), parsed.clone(), place.secrets.clone()));
        let tokens = tokens.transpose().map_err(bad)?;
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| bad("a header has an invalid name".to_owned()))?;
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| bad(format!("the value of the header {name} is invalid")))?;
            value.set_sensitive(true);
            map.append(name, value);
        }
        let client = reqwest::Client::builder()
            .default_headers(map)
            .redirect(reqwest::redirect::Policy::custom(same_origin))
            // Shorter than a step, so that no connection and no answer can be told apart.
            .connect_timeout(config.timeout * 4 / 5)
            // Nobody waits any more by then; it ends requests that were given up.
            .timeout(config.timeout + Duration::from_secs(2))
            // Within a probe connections are used again; between probes none is kept.
            .pool_idle_timeout(Duration::from_secs(2))
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self {
            client,
            url: parsed,
            written: url.into(),
            place: Arc::new(place),
            tokens: tokens.map(Arc::new),
            transport,
            old: AtomicBool::new(transport == Transport::Sse),
            asker: OnceLock::new(),
            issuer: OnceLock::new(),
        })
    }

    /// Sets up a session.
    pub(crate) async fn connect(&self, config: &Config, asked: Option<Era>) -> Attempt {
        let began = Instant::now();
        if let Some(tokens) = &self.tokens {
            let late = || Err("the authorization server did not answer in time".to_owned());
            let got = timeout(config.timeout, tokens.bearer()).await;
            if let Err(words) = got.unwrap_or_else(|_| late()) {
                let failure = Refusal::NoToken(words).explain(&self.place);
                return Attempt {
                    steps: vec![step(Step::Authentication, Err(failure), began.elapsed())],
                    session: None,
                    era_unanswered: false,
                };
            }
        }
        let signing = began.elapsed();
        let old = self.old.load(Ordering::Relaxed);
        let attempt = self.attempt(config, asked, old, signing).await;
        let failure = attempt
            .steps
            .last()
            .and_then(|step| step.outcome.as_ref().err());
        // Something answers that does not take messages: it may speak the older transport.
        let suspicious =
            failure.is_some_and(|it| matches!(it.reason, Reason::NotMcp | Reason::Http4xx));
        if failure.is_none() || self.transport == Transport::Sse {
            return attempt;
        }
        if old {
            // Servers are updated: next time it is found out anew.
            self.old.store(false, Ordering::Relaxed);
        } else if !suspicious || !self.speaks_old_transport().await {
            return attempt;
        } else {
            self.old.store(true, Ordering::Relaxed);
        }
        match suspicious {
            true => self.attempt(config, asked, !old, signing).await,
            false => attempt,
        }
    }

    async fn attempt(
        &self,
        config: &Config,
        asked: Option<Era>,
        old: bool,
        signing: Duration,
    ) -> Attempt {
        let witness = Witness::new(Arc::clone(&self.place));
        let wire = Wire {
            client: self.client.clone(),
            tokens: self.tokens.clone(),
            witness: witness.clone(),
        };
        let began = Instant::now();
        let shaken = timeout(config.timeout, self.shake(wire, asked, old)).await;
        let now = Instant::now();
        let (answered, refusal) = witness.witnessed();
        let mut steps = Vec::new();
        if let Some(answered) = answered {
            steps.push(step(Step::Transport, Ok(()), answered - began));
        }
        let handshaking = now - answered.unwrap_or(began);
        let failure = match shaken {
            Ok(Ok(service)) => {
                if self.place.signed {
                    steps.push(step(Step::Authentication, Ok(()), signing));
                }
                steps.push(step(Step::Handshake, Ok(()), handshaking));
                return Attempt {
                    steps,
                    session: Some(Session::new(*service, Link::Http(witness)).await),
                    era_unanswered: false,
                };
            }
            Ok(Err(error)) => match (&refusal, error) {
                (None, Some(error)) => handshake::failure(&error, asked, &self.place.secrets),
                (Some(refusal), _) => refusal.explain(&self.place),
                (None, None) => Refusal::Garbage.explain(&self.place),
            },
            Err(_) => Failure::unhealthy(
                Reason::HandshakeTimeout,
                format!(
                    "{} took the connection and did not answer the handshake within {:.1} s.",
                    self.place.shown,
                    config.timeout.as_secs_f64()
                ),
                "Look at the load and the log of the server.",
            ),
        };
        let failure = self.say_where_to_sign_in(failure, &witness).await;
        // Without an answer it is not known to be more than a port.
        let mute = failure.reason == Reason::HandshakeTimeout;
        let layer = match failure.reason {
            _ if answered.is_none() && !mute => Step::Transport,
            Reason::AuthRequired | Reason::AuthExpired => Step::Authentication,
            _ => Step::Handshake,
        };
        steps.push(step(layer, Err(failure), handshaking));
        Attempt {
            steps,
            session: None,
            era_unanswered: mute && asked.is_none(),
        }
    }

    /// Opens the transport and shakes hands. Why requests failed stands with the witness.
    async fn shake(
        &self,
        wire: Wire,
        asked: Option<Era>,
        old: bool,
    ) -> Result<Box<Service>, Option<Box<ClientInitializeError>>> {
        let service = Client::new();
        let shaken = if old {
            let stream = wire.open(&self.url).await.map_err(|_| None)?;
            // The modern era never had this transport.
            let lifecycle = handshake::lifecycle(Some(Era::Legacy));
            service.serve_with_lifecycle(stream, lifecycle).await
        } else {
            let mut settings =
                StreamableHttpClientTransportConfig::with_uri(Arc::clone(&self.written))
                    .reinit_on_expired_session(false);
            settings.retry_config = Arc::new(TwiceMore);
            let transport = StreamableHttpClientTransport::with_client(Door::new(wire), settings);
            let lifecycle = handshake::lifecycle(asked);
            service.serve_with_lifecycle(transport, lifecycle).await
        };
        shaken.map(Box::new).map_err(|error| Some(Box::new(error)))
    }

    /// A server that wants a sign-in and says where is up: what is missing is on our side.
    async fn say_where_to_sign_in(&self, failure: Failure, witness: &Witness) -> Failure {
        if failure.reason != Reason::AuthRequired {
            return failure;
        }
        let found = match self.issuer.get() {
            Some(issuer) => Some(issuer),
            None => {
                let challenge = witness.challenge();
                let look = timeout(LOOK_TIMEOUT, self.look_for_issuer(challenge.as_deref()));
                let found = look.await.ok().flatten();
                found.map(|issuer| self.issuer.get_or_init(|| issuer))
            }
        };
        let Some(issuer) = found else {
            return failure;
        };
        let said = failure.message.trim_end_matches('.');
        Failure::new(
            Level::Degraded,
            Reason::AuthRequired,
            format!(
                "{said}; tokens are given by {}.",
                crate::public_url(issuer.as_str())
            ),
            "Put client credentials ([servers.NAME.oauth]) or a bearer token into the configuration.",
        )
    }

    async fn look_for_issuer(&self, challenge: Option<&str>) -> Option<Url> {
        let client = match self.asker.get() {
            Some(client) => client,
            None => {
                let client = metadata::client().ok()?;
                self.asker.get_or_init(|| client)
            }
        };
        let found = metadata::resource(client, &self.url, challenge).await;
        found.ok()?.issuers.into_iter().next()
    }

    async fn speaks_old_transport(&self) -> bool {
        let wire = Wire {
            client: self.client.clone(),
            tokens: self.tokens.clone(),
            witness: Witness::new(Arc::clone(&self.place)),
        };
        let opened = timeout(LOOK_TIMEOUT, wire.open(&self.url)).await;
        opened.is_ok_and(|opened| opened.is_ok())
    }
}

fn step(step: Step, outcome: Result<(), Failure>, took: Duration) -> StepResult {
    StepResult {
        step,
        outcome,
        duration_seconds: took.as_secs_f64(),
        kept: None,
    }
}

/// Follows only redirects that keep method and host: any other would lose the message, or hand
/// the configured headers to somebody else.
fn same_origin(attempt: reqwest::redirect::Attempt<'_>) -> reqwest::redirect::Action {
    let keeps_body = matches!(attempt.status().as_u16(), 307 | 308);
    let same = attempt.previous().first().map(reqwest::Url::origin) == Some(attempt.url().origin());
    if keeps_body && same && attempt.previous().len() <= 5 {
        attempt.follow()
    } else {
        attempt.stop()
    }
}
