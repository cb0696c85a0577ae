//! Parameters: from the address, and from the form of a POST as well.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Form, FromRequest, Query as InAddress, Request};
use futures::StreamExt;
use http::{Method, StatusCode, header};
use model::TimestampMs;
use promql::Query;

use super::body::Failure;

/// Longest form that is read, in bytes.
const LONGEST_FORM: usize = 1 << 21;
/// Longest form that is waited for, to say that it is too long.
const MOST_RECEIVED: usize = 1 << 26;

/// The parameters of a request; a name may come more than once.
pub(super) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let query = InAddress::<Vec<(String, String)>>::try_from_uri(request.uri());
        let InAddress(mut pairs) = query.map_err(|why| Failure::bad(why.body_text()))?;
        if *request.method() == Method::POST && is_form(&request) {
            let request = received(request).await?;
            let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
            let Form(more) = form.map_err(|why| Failure::bad(why.body_text()))?;
            // What the form says comes first, as in Prometheus.
            pairs.splice(0..0, more);
        }
        Ok(Self(pairs))
    }
}

/// The request with all that it sends. What is too much is taken from the wire all the same, as far as is
/// sensible: a client that is not done with sending would not see the answer.
async fn received(request: Request) -> Result<Request, Failure> {
    let (head, body) = request.into_parts();
    let (mut stream, mut form, mut length) = (body.into_data_stream(), Vec::new(), 0);
    while let Some(part) = stream.next().await {
        let part = part.map_err(|why| Failure::bad(format!("the form was cut off: {why}")))?;
        length += part.len();
        if length <= LONGEST_FORM {
            form.extend_from_slice(&part);
        } else if length > MOST_RECEIVED {
            break;
        }
    }
    if length > LONGEST_FORM {
        let message = format!("a form has at most {LONGEST_FORM} bytes");
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Failure::new(status, "bad_data", message));
    }
    Ok(Request::from_parts(head, Body::from(form)))
}

/// Anything else that is sent is not looked at, as in Prometheus.
fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

impl Params {
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = self.0.iter().filter(move |(known, _)| known == name);
        of_name.map(|(_, value)| value.as_str())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    pub(super) fn needed(&self, name: &str) -> Result<&str, Failure> {
        self.get(name).ok_or_else(|| {
            Failure::bad(format!(
                "invalid parameter \"{name}\": it is missing or empty; parameters are sent in the address or as a form"
            ))
        })
    }

    /// The query that is asked.
    pub(super) fn query(&self) -> Result<Query, Failure> {
        parsed("query", self.needed("query")?)
    }

    /// Seconds since 1970, or RFC 3339.
    pub(super) fn time(&self, name: &str) -> Result<Option<TimestampMs>, Failure> {
        self.get(name)
            .map(|text| read_time(text).ok_or_else(|| wrong(name, text, "a valid timestamp")))
            .transpose()
    }

    /// Seconds, or a length of time as in PromQL.
    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>, Failure> {
        self.get(name)
            .map(|text| read_duration(text).ok_or_else(|| wrong(name, text, "a valid duration")))
            .transpose()
    }

    /// The distance of two points, which has to be given.
    pub(super) fn step(&self) -> Result<Duration, Failure> {
        let text = self.needed("step")?;
        if text.parse().is_ok_and(|seconds: f64| seconds < 0.0) {
            return Ok(Duration::ZERO);
        }
        Ok(self.duration("step")?.unwrap_or_default())
    }

    /// A whole number.
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>, Failure> {
        let read = |text: &str| {
            let count = text.parse();
            count.map_err(|_| wrong(name, text, "a whole number of zero or more"))
        };
        self.get(name).map(read).transpose()
    }

    /// How many results at the most; zero and nothing mean all.
    pub(super) fn limit(&self) -> Result<usize, Failure> {
        let limit = self.count("limit")?;
        Ok(limit.filter(|limit| *limit > 0).unwrap_or(usize::MAX))
    }
}

/// A parameter that is a query.
pub(super) fn parsed(name: &str, text: &str) -> Result<Query, Failure> {
    let query = Query::parse(text);
    query.map_err(|why| Failure::bad(format!("invalid parameter \"{name}\": {why}")))
}

fn wrong(name: &str, text: &str, what: &str) -> Failure {
    Failure::bad(format!(
        "invalid parameter \"{name}\": cannot parse \"{text}\" to {what}"
    ))
}

/// The furthest time that has milliseconds, in seconds.
const FURTHEST_S: f64 = 9.2e15;

fn read_time(text: &str) -> Option<TimestampMs> {
    if let Ok(seconds) = text.parse::<f64>() {
        let is_near = seconds.abs() < FURTHEST_S;
        #[expect(clippy::cast_possible_truncation)]
        return is_near.then(|| (seconds * 1000.0).round() as i64);
    }
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.as_millisecond())
}

fn read_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    model::parse_duration(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1435781430.781", Some(1_435_781_430_781)),
            ("-1.5", Some(-1500)),
            ("2015-07-01T20:10:30.781Z", Some(1_435_781_430_781)),
            ("2015-07-01T22:10:30+02:00", Some(1_435_781_430_000)),
            ("NaN", None),
            ("1e300", None),
            ("yesterday", None),
        ] {
            assert_eq!(read_time(text), expected, "{text}");
        }
        for (text, expected) in [
            ("15", Some(15_000)),
            ("0.5", Some(500)),
            ("1h30m", Some(5_400_000)),
            ("-5", None),
            ("soon", None),
        ] {
            let expected = expected.map(Duration::from_millis);
            assert_eq!(read_duration(text), expected, "{text}");
        }
    }
}
