//! Sessions over Streamable HTTP.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use rmcp::service::ClientServiceExt;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio::time::{Instant, timeout};

use crate::classify::{Place, Refusal};
use crate::door::{Door, TwiceMore};
use crate::observation::{Era, Failure, Step, StepResult};
use crate::session::{Attempt, Link, Session};
use crate::{Config, Level, Reason, handshake};

/// Longest wait for finding out whether an endpoint speaks the older HTTP+SSE transport.
const OLD_TRANSPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// An endpoint, ready to be connected to.
pub(crate) struct Endpoint {
    client: reqwest::Client,
    url: Arc<str>,
    place: Arc<Place>,
}

impl Endpoint {
    /// Checks URL and headers.
    pub(crate) fn new(
        url: &str,
        headers: &[(String, String)],
        config: &Config,
    ) -> Result<Self, Failure> {
        let place = Place::of(url, headers);
        let bad = |what: String| Refusal::BadRequest(what).explain(&place);
        let parsed = reqwest::Url::parse(url).map_err(|error| bad(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(bad(
                "the URL begins neither with http:// nor with https://".to_owned()
            ));
        }
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
            url: url.into(),
            place: Arc::new(place),
        })
    }

    /// Sets up a session.
    pub(crate) async fn connect(&self, config: &Config, asked: Option<Era>) -> Attempt {
        let door = Door::new(self.client.clone(), Arc::clone(&self.place));
        let mut transport = StreamableHttpClientTransportConfig::with_uri(Arc::clone(&self.url))
            .reinit_on_expired_session(false);
        transport.retry_config = Arc::new(TwiceMore);
        let transport = StreamableHttpClientTransport::with_client(door.clone(), transport);
        let service = handshake::client_info();
        let lifecycle = handshake::lifecycle(asked);
        let began = Instant::now();
        let shaken = timeout(
            config.timeout,
            service.serve_with_lifecycle(transport, lifecycle),
        )
        .await;

        let (answered, refusal) = door.witnessed();
        let mut steps = Vec::new();
        let mut push = |step, outcome, from: Instant, to: Instant| {
            let duration_seconds = to.duration_since(from).as_secs_f64();
            steps.push(StepResult {
                step,
                outcome,
                duration_seconds,
            });
        };
        let now = Instant::now();
        if let Some(answered) = answered {
            push(Step::Transport, Ok(()), began, answered);
        }
        let failure = match shaken {
            Ok(Ok(service)) => {
                push(Step::Handshake, Ok(()), answered.unwrap_or(began), now);
                let session = Session::new(service, Link::Http(door)).await;
                return Attempt {
                    steps,
                    session: Some(session),
                    era_unanswered: false,
                };
            }
            Ok(Err(error)) => match &refusal {
                Some(refusal) => refusal.explain(&self.place),
                None => handshake::failure(&error, asked, &self.place.secrets),
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
        let failure = self.look_closer(failure).await;
        // Without an answer it is not known to be more than a port.
        let mute = failure.reason == Reason::HandshakeTimeout;
        match answered {
            None if !mute => push(Step::Transport, Err(failure), began, now),
            _ => push(
                Step::Handshake,
                Err(failure),
                answered.unwrap_or(began),
                now,
            ),
        }
        Attempt {
            steps,
            session: None,
            era_unanswered: mute && asked.is_none(),
        }
    }

    /// Where something answers that does not take messages: is it the older transport?
    async fn look_closer(&self, failure: Failure) -> Failure {
        let suspicious = matches!(failure.reason, Reason::NotMcp | Reason::Http4xx);
        if !suspicious || !self.speaks_old_transport().await {
            return failure;
        }
        Failure::new(
            Level::Unknown,
            Reason::LegacySse,
            format!(
                "{} speaks the older HTTP+SSE transport, over which servers are not probed.",
                self.place.shown
            ),
            "Use the server's Streamable HTTP endpoint, which commonly ends in /mcp.",
        )
    }

    async fn speaks_old_transport(&self) -> bool {
        let look = async {
            let accept = (http::header::ACCEPT, "text/event-stream");
            let request = self
                .client
                .get(self.url.as_ref())
                .header(accept.0, accept.1);
            let mut answer = request.send().await.ok()?.error_for_status().ok()?;
            let kind = answer
                .headers()
                .get(http::header::CONTENT_TYPE)?
                .to_str()
                .ok()?;
            if !kind.starts_with("text/event-stream") {
                return None;
            }
            let first = answer.chunk().await.ok()??;
            Some(String::from_utf8_lossy(&first).contains("event: endpoint"))
        };
        timeout(OLD_TRANSPORT_TIMEOUT, look)
            .await
            .ok()
            .flatten()
            .unwrap_or(false)
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
