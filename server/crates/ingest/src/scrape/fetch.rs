//! Asking a target: one request, bounded in time and size.

use std::io::Read as _;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};

use super::config::{Auth, Http, Job, Word};
use super::protocols::{self, Protocol};
use crate::exposition::Encoding;

/// Most redirects in a row, as in Go.
const MOST_REDIRECTS: usize = 10;

/// What a target answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) encoding: Encoding,
}

/// Why there is none, as a word and a sentence.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) why: &'static str,
    pub(super) message: String,
}

pub(super) fn failed(why: &'static str, message: impl Into<String>) -> Failed {
    let message = message.into();
    Failed { why, message }
}

/// What makes requests of a job or for a cluster.
pub(super) async fn client(http: &Http) -> Result<Client, String> {
    let mut headers = HeaderMap::new();
    for (name, values) in &http.headers {
        let wrong = |_| format!("{name:?} is no name of a header");
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(wrong)?;
        for value in values {
            let value = HeaderValue::from_str(value.expose());
            let mut value = value.map_err(|_| format!("the value of the header {name} is none"))?;
            value.set_sensitive(true);
            headers.append(header.clone(), value);
        }
    }
    let builder = Client::builder()
        .user_agent(concat!("mcp-observatory/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .referer(false)
        .no_proxy()
        .connect_timeout(Duration::from_secs(30));
    let mut builder = match http.follow_redirects {
        true => outbound::following(builder, MOST_REDIRECTS),
        false => builder.redirect(Policy::none()),
    };
    if let Some(ca) = &http.tls.ca {
        let pem = text(ca).await?;
        let ours = reqwest::Certificate::from_pem_bundle(pem.as_bytes());
        let ours =
            ours.map_err(|error| format!("the CA is no certificate in PEM: {}", deepest(&error)))?;
        if ours.is_empty() {
            return Err("the CA is no certificate in PEM: none begins in it".to_owned());
        }
        builder = ours
            .into_iter()
            .fold(builder, |builder, one| builder.add_root_certificate(one));
    }
    if let Some((cert, key)) = &http.tls.identity {
        let pem = format!("{}\n{}", text(cert).await?, text(key).await?);
        let identity = reqwest::Identity::from_pem(pem.as_bytes());
        let identity = identity
            .map_err(|error| format!("certificate and key are none in PEM: {}", deepest(&error)))?;
        builder = builder.identity(identity);
    }
    if http.tls.insecure {
        builder = builder.danger_accept_invalid_certs(true);
    }
    builder.build().map_err(|error| deepest(&error))
}

async fn text(word: &Word) -> Result<String, String> {
    match word {
        Word::Here(text) => Ok(text.expose().to_owned()),
        Word::File(path) => {
            let read = tokio::fs::read_to_string(path).await;
            read.map_err(|error| format!("{} cannot be read: {error}", path.display()))
        }
    }
}

/// Says who asks.
pub(super) async fn signed(request: RequestBuilder, auth: &Auth) -> Result<RequestBuilder, String> {
    Ok(match auth {
        Auth::None => request,
        Auth::Basic { username, password } => {
            let (name, word) = (text(username).await?, text(password).await?);
            request.basic_auth(name.trim(), Some(word.trim()))
        }
        Auth::Header { kind, credentials } => {
            let credentials = text(credentials).await?;
            let value = HeaderValue::from_str(&format!("{kind} {}", credentials.trim()));
            let mut value =
                value.map_err(|_| "the credentials are none that a header can hold".to_owned())?;
            value.set_sensitive(true);
            request.header(reqwest::header::AUTHORIZATION, value)
        }
    })
}

/// Asks a target.
pub(super) async fn fetch(
    client: &Client,
    job: &Job,
    url: &str,
    within: Duration,
) -> Result<Answer, Failed> {
    let asked = tokio::time::timeout(within, ask(client, job, url, within)).await;
    asked.unwrap_or_else(|_| {
        let seconds = within.as_secs_f64();
        Err(failed(
            "timeout",
            format!("no whole answer within {seconds} s"),
        ))
    })
}

async fn ask(client: &Client, job: &Job, url: &str, within: Duration) -> Result<Answer, Failed> {
    let request = client
        .get(url)
        .header(ACCEPT, protocols::accept(&job.protocols))
        .header(
            ACCEPT_ENCODING,
            if job.compression { "gzip" } else { "identity" },
        )
        .header(
            "x-prometheus-scrape-timeout-seconds",
            within.as_secs_f64().to_string(),
        );
    let request = signed(request, &job.http.auth).await;
    let request = request.map_err(|why| failed("credentials", why))?;
    let answered = request.send().await;
    let mut response = answered.map_err(|error| {
        let why = if error.is_redirect() {
            "redirect"
        } else {
            "unreachable"
        };
        failed(why, explained(error))
    })?;
    let status = response.status();
    if status != reqwest::StatusCode::OK {
        return Err(failed("status", format!("the target answers {status}")));
    }
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|it| it.to_str().ok())
            .map(str::to_owned)
    };
    let kind = header(CONTENT_TYPE);
    let is_gzip = header(CONTENT_ENCODING).is_some_and(|it| it.eq_ignore_ascii_case("gzip"));
    let fallback = job.fallback.map(Protocol::encoding);
    let encoding = match (Encoding::of_content_type(kind.as_deref()), fallback) {
        (Ok(_), Some(fallback)) if kind.is_none() => fallback,
        (Ok(encoding), _) | (Err(_), Some(encoding)) => encoding,
        (Err(why), None) => return Err(failed("content_type", why)),
    };
    let most = job.limits.body;
    let body = whole(&mut response, most).await?;
    let body = match is_gzip {
        false => body,
        true => unpacked(body, most).await?,
    };
    Ok(Answer { body, encoding })
}

async fn whole(response: &mut Response, most: u64) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(part)) => body.extend_from_slice(&part),
            Ok(None) => return Ok(body),
            Err(error) => return Err(failed("unreachable", explained(error))),
        }
        if body.len() as u64 > most {
            return Err(too_large(most));
        }
    }
}

/// A body in full, as far as it may reach.
async fn unpacked(body: Vec<u8>, most: u64) -> Result<Vec<u8>, Failed> {
    let unpack = move || {
        let mut plain = Vec::with_capacity(body.len().saturating_mul(4).min(1 << 20));
        let mut reader =
            flate2::read::MultiGzDecoder::new(body.as_slice()).take(most.saturating_add(1));
        match reader.read_to_end(&mut plain) {
            Ok(_) if plain.len() as u64 > most => Err(too_large(most)),
            Ok(_) => Ok(plain),
            Err(error) => Err(failed(
                "compression",
                format!("the body is no gzip: {error}"),
            )),
        }
    };
    let unpacked = tokio::task::spawn_blocking(unpack).await;
    unpacked.unwrap_or_else(|error| Err(failed("compression", error.to_string())))
}

fn too_large(most: u64) -> Failed {
    failed(
        "body_size_limit",
        format!("the body is larger than body_size_limit allows ({most} bytes)"),
    )
}

/// What an error is about, without the address, which may hold a secret.
pub(super) fn explained(error: reqwest::Error) -> String {
    let is_redirect = error.is_redirect();
    let why = deepest(&error.without_url());
    match is_redirect {
        true => format!("the target redirects {why}"),
        false => why,
    }
}

fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
