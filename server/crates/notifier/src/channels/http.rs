//! Posting to a receiver by HTTP: one attempt, bounded in time, and what became of it.

mod oauth2;
mod settings;

use std::error::Error;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use model::{Secrets, TimestampMs};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};

use super::entry::Secret;
use crate::channel::{Answer, Cause, Failure};

use oauth2::OAuth2;

pub(super) use settings::{TLS, pem};

/// How long one attempt may take.
pub(super) const LIMIT: Duration = Duration::from_secs(20);
/// How long a receiver may ask to be left alone; what asks for more is asked again then.
const LONGEST_REST: Duration = Duration::from_secs(24 * 60 * 60);

/// Who posts: the client, and who it says it is.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    auth: Auth,
    headers: Vec<(String, Secret)>,
}

/// Who a client says it is.
#[derive(Clone, Debug)]
enum Auth {
    None,
    Basic { username: Secret, password: Secret },
    Header { kind: String, credentials: Secret },
    OAuth2(OAuth2),
}

/// What is posted.
pub(super) struct Post<'a> {
    /// Where to; it is not shown.
    pub(super) url: &'a str,
    pub(super) body: Vec<u8>,
    /// Besides `Content-Type: application/json`.
    pub(super) headers: HeaderMap,
    /// How long it may take.
    pub(super) limit: Duration,
    /// For a time that a receiver asks to be left alone until.
    pub(super) now_ms: TimestampMs,
    /// What else is hidden in an answer.
    pub(super) secrets: Secrets,
}

impl Http {
    /// Posts, and says what the receiver answered with a status of success.
    pub(super) async fn post(&self, post: Post<'_>) -> Result<Answer, Failure> {
        let url = Url::parse(post.url).map_err(|error| {
            Failure::new(Cause::Client, format!("the address is none: {error}"))
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(Failure::new(
                Cause::Client,
                "the address begins with neither http:// nor https://",
            ));
        }
        outbound::check(&url)
            .map_err(|refused| Failure::new(Cause::Refused, refused.to_string()))?;
        let limit = post.limit;
        let asked = tokio::time::timeout(limit, self.ask(url, post)).await;
        asked.unwrap_or_else(|_| {
            let seconds = limit.as_secs_f64();
            Err(Failure::new(
                Cause::Timeout,
                format!("no whole answer within {seconds} s"),
            ))
        })
    }

    async fn ask(&self, url: Url, post: Post<'_>) -> Result<Answer, Failure> {
        let mut secrets = post.secrets.and(hidden_parts(&url));
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(post.body);
        (request, secrets) = self.signed(request, secrets).await?;
        let response = request.headers(post.headers).send().await;
        let response = response.map_err(|error| failed(error, &secrets))?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Auth::OAuth2(asked) = &self.auth
        {
            asked.forget().await;
        }
        answered(response, &secrets, post.now_ms).await
    }

    /// Says who asks, and hides what it says.
    async fn signed(
        &self,
        mut request: RequestBuilder,
        secrets: Secrets,
    ) -> Result<(RequestBuilder, Secrets), Failure> {
        let unreadable = |error| Failure::new(Cause::Authentication, error);
        let value = |text: &str| {
            let value = HeaderValue::from_str(text);
            let mut value =
                value.map_err(|_| unreadable("a header cannot hold the credentials".to_owned()))?;
            value.set_sensitive(true);
            Ok::<_, Failure>(value)
        };
        let mut words = Vec::new();
        for (name, secret) in &self.headers {
            let word = secret.word().await.map_err(unreadable)?;
            request = request.header(name, value(&word)?);
            words.push(word);
        }
        match &self.auth {
            Auth::None => {}
            Auth::Basic { username, password } => {
                let (username, password) = (
                    username.word().await.map_err(unreadable)?,
                    password.word().await.map_err(unreadable)?,
                );
                request = request.basic_auth(username, Some(&password));
                words.push(password);
            }
            Auth::Header { kind, credentials } => {
                let credentials = credentials.word().await.map_err(unreadable)?;
                let header = value(&format!("{kind} {credentials}"))?;
                request = request.header(reqwest::header::AUTHORIZATION, header);
                words.push(credentials);
            }
            Auth::OAuth2(asked) => {
                let token = asked.token().await?;
                let header = value(&format!("Bearer {token}"))?;
                request = request.header(reqwest::header::AUTHORIZATION, header);
                words.push(token);
            }
        }
        Ok((request, secrets.and(words.iter().map(String::as_str))))
    }
}

/// What of an address is nobody else's: what stands behind the host, as a whole and in long parts.
fn hidden_parts(url: &Url) -> Vec<&str> {
    let path = url.path();
    let parts = path.split('/').filter(|part| part.len() >= 8);
    let query = url.query().into_iter().flat_map(|query| query.split('&'));
    let values = query.filter_map(|pair| Some(pair.split_once('=')?.1));
    let values = values.filter(|value| value.len() >= 4);
    parts.chain(values).chain(url.password()).collect()
}

/// Where a message goes, without what only the receiver and we should know.
pub(super) fn shown(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return "an address that is none".to_owned();
    };
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let path = if url.path().len() > 1 || url.query().is_some() {
        "/…"
    } else {
        ""
    };
    format!("{}://{host}{port}{path}", url.scheme())
}

/// What stands at the root of an error, which says what happened.
pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

fn failed(error: reqwest::Error, secrets: &Secrets) -> Failure {
    let error = error.without_url();
    let cause = match &error {
        error if outbound::refusal(error).is_some() => Cause::Refused,
        error if error.is_timeout() => Cause::Timeout,
        error if error.is_redirect() || error.is_builder() => Cause::Client,
        _ => Cause::Network,
    };
    let text = deepest(&error);
    Failure::new(cause, secrets.hide(&text).into_owned())
}

async fn answered(
    mut response: Response,
    secrets: &Secrets,
    now_ms: TimestampMs,
) -> Result<Answer, Failure> {
    let status = response.status();
    let after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| rest(value, now_ms));
    let mut body = Vec::new();
    // A little more than is kept, so that a secret at the end is seen as a whole.
    while body.len() < 2 * Answer::LONGEST {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = 2 * Answer::LONGEST - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Ok(None) => break,
            Err(error) if status.is_success() => return Err(failed(error, secrets)),
            // The status says enough.
            Err(_) => break,
        }
    }
    let answer = Answer {
        status: Some(status.as_u16()),
        text: kept(&String::from_utf8_lossy(&body), secrets),
    };
    match cause_of(status) {
        None => Ok(answer),
        Some(cause) => {
            let said = match answer.text.trim() {
                "" => String::new(),
                said => format!(": {}", said.chars().take(200).collect::<String>()),
            };
            let mut failure = Failure::new(cause, format!("the receiver answered {status}{said}"));
            failure.is_passing |= status == StatusCode::REQUEST_TIMEOUT;
            failure.after = after;
            failure.answer = Some(answer);
            Err(failure)
        }
    }
}

/// What is kept of an answer.
pub(super) fn kept(text: &str, secrets: &Secrets) -> String {
    let hidden = secrets.hide(text);
    let mut end = hidden.len().min(Answer::LONGEST);
    while !hidden.is_char_boundary(end) {
        end -= 1;
    }
    hidden[..end].to_owned()
}

/// Of which kind of failure a status is; `None` if it is none.
fn cause_of(status: StatusCode) -> Option<Cause> {
    match status.as_u16() {
        200..300 => None,
        401 | 403 | 407 => Some(Cause::Authentication),
        408 => Some(Cause::Timeout),
        429 => Some(Cause::RateLimited),
        500..600 => Some(Cause::Server),
        _ => Some(Cause::Client),
    }
}

/// `Retry-After`: seconds, or a date.
fn rest(value: &HeaderValue, now_ms: TimestampMs) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => {
            let at: Timestamp = DateTimeParser::new().parse_timestamp(text).ok()?;
            let ms = at.as_millisecond().saturating_sub(now_ms);
            Duration::from_millis(u64::try_from(ms).unwrap_or(0))
        }
    };
    Some(wait.min(LONGEST_REST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_to_come_back() {
        for (text, expected) in [
            ("120", Some(120.0)),
            ("0.5", Some(0.5)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(10.0)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(0.0)),
            ("1e12", Some(86_400.0)),
            ("-1", None),
            ("soon", None),
        ] {
            let value = HeaderValue::from_str(text).unwrap();
            let found = rest(&value, 1_445_412_470_000);
            assert_eq!(found.map(|wait| wait.as_secs_f64()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_shown_of_an_address() {
        for (url, expected) in [
            (
                "https://hooks.example/services/T0/B0/secret",
                "https://hooks.example/…",
            ),
            ("http://u:pw@host:8080/", "http://host:8080"),
            ("https://host/?token=1", "https://host/…"),
            ("nonsense", "an address that is none"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
    }
}
