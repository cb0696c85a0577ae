//! OTLP: what OpenTelemetry's SDKs and collectors send, over HTTP and over gRPC at the same port.
//!
//! <https://opentelemetry.io/docs/specs/otlp/>. Metrics become samples; events of Claude Code say what agents do; other
//! log records and spans are counted, and the sender is told that they are kept nowhere yet.

mod grpc;
mod plain;

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use http::StatusCode;
use ingest::otlp::{self, Reader, Sent, Signal, Status};
use wire::{Caller, Role};

use super::Context;
use super::intake::{Intake, LARGE, LARGEST_UNPACKED, Refused, gunzipped, reasons};
use super::prometheus::Descriptions;
use crate::agents::AgentService;
use crate::reload::Current;

/// How these samples came, for counters.
const SOURCE: &str = "otlp";

/// Where OTLP goes in.
#[derive(Clone)]
pub(crate) struct Otlp {
    intake: Intake,
    reader: Arc<Reader>,
    descriptions: Descriptions,
    config: Current,
    agents: Arc<AgentService>,
}

pub(super) fn router() -> Router<Context> {
    plain::router().merge(grpc::router())
}

/// A request as it came.
struct Coded {
    body: Vec<u8>,
    is_gzip: bool,
    is_json: bool,
}

impl Coded {
    /// The message in protobuf.
    fn message(self, signal: Signal) -> Result<Vec<u8>, Failure> {
        let body = match self.is_gzip {
            true => gunzipped(&self.body)?,
            false => self.body,
        };
        if body.len() > LARGEST_UNPACKED {
            let text = format!("the body is larger than {LARGEST_UNPACKED} bytes");
            return Err((StatusCode::PAYLOAD_TOO_LARGE, text).into());
        }
        match self.is_json {
            true => Ok(otlp::to_protobuf(&body, signal)?),
            false => Ok(body),
        }
    }
}

/// What was read of a request.
enum Read {
    Metrics(Sent),
    Records(u64),
    Logs(u64, Vec<otlp::Event>),
}

/// What became of a request that was taken, the rejected part of it included.
struct Taken {
    rejected: u64,
    message: String,
}

/// Why a request is not taken.
struct Failure {
    http: StatusCode,
    grpc: Status,
    text: String,
}

impl From<Refused> for Failure {
    fn from((http, text): Refused) -> Self {
        let (http, grpc) = match http {
            StatusCode::PAYLOAD_TOO_LARGE => (http, Status::ResourceExhausted),
            StatusCode::REQUEST_TIMEOUT => (http, Status::DeadlineExceeded),
            StatusCode::FORBIDDEN => (http, Status::PermissionDenied),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (http, Status::Unimplemented),
            StatusCode::TOO_MANY_REQUESTS => (http, Status::Unavailable),
            // Whoever gets another status of ours would drop what it has.
            http if http.is_server_error() => {
                (StatusCode::SERVICE_UNAVAILABLE, Status::Unavailable)
            }
            _ => (http, Status::InvalidArgument),
        };
        Self { http, grpc, text }
    }
}

impl From<otlp::Error> for Failure {
    fn from(error: otlp::Error) -> Self {
        let status = match error {
            otlp::Error::TooMany { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            otlp::Error::Malformed(_) | otlp::Error::Json(_) => StatusCode::BAD_REQUEST,
        };
        (status, error.to_string()).into()
    }
}

impl From<otlp::Malformed> for Failure {
    fn from(malformed: otlp::Malformed) -> Self {
        otlp::Error::Malformed(malformed).into()
    }
}

impl Otlp {
    pub(crate) fn new(
        intake: Intake,
        descriptions: Descriptions,
        config: Current,
        agents: Arc<AgentService>,
    ) -> Self {
        Self {
            intake,
            reader: Arc::default(),
            descriptions,
            config,
            agents,
        }
    }

    /// Whether this caller may send.
    fn admit(caller: &Caller) -> Result<(), Failure> {
        let required = caller.require(Role::Operator);
        required.map_err(|problem| (StatusCode::FORBIDDEN, problem.message).into())
    }

    /// Counts a request that is not taken.
    fn failed(&self, caller: &Caller, failure: Failure) -> Failure {
        if failure.http.is_client_error() {
            let of = (SOURCE, caller.name.as_str(), "unreadable_request");
            self.intake.refused(of, 1, &failure.text);
        }
        failure
    }

    async fn take(&self, caller: &Caller, signal: Signal, coded: Coded) -> Result<Taken, Failure> {
        let (reader, config) = (self.reader.clone(), self.config.borrow().clone());
        let is_large = coded.is_gzip || coded.body.len() > LARGE;
        let read = move || -> Result<Read, Failure> {
            let message = coded.message(signal)?;
            Ok(match signal {
                Signal::Metrics => Read::Metrics(reader.read(&message, &config.otlp)?),
                Signal::Logs => {
                    let (records, events) = otlp::events(&message, agents::is_claude_code)?;
                    Read::Logs(records, events)
                }
                Signal::Traces => Read::Records(otlp::records(&message)?),
            })
        };
        let read = match is_large {
            false => read(),
            true => {
                let read = tokio::task::spawn_blocking(read).await;
                read.map_err(|error| Failure::from(super::intake::broken(&error)))?
            }
        };
        match read.map_err(|failure| self.failed(caller, failure))? {
            Read::Metrics(sent) => self.metrics(caller, sent).await,
            Read::Records(records) => Ok(self.not_kept(signal, records)),
            Read::Logs(records, events) => {
                let rest = records - events.len() as u64;
                self.events(caller, events);
                Ok(self.not_kept(signal, rest))
            }
        }
    }

    /// What agents do.
    fn events(&self, caller: &Caller, events: Vec<otlp::Event>) {
        let record = |it: otlp::Event| agents::Record {
            at_ms: it.at_ms,
            name: it.name,
            attributes: it.attributes,
        };
        let records: Vec<_> = events.into_iter().map(record).collect();
        self.agents.happened(&records, &caller.name);
    }

    /// Until there is a store for them.
    fn not_kept(&self, signal: Signal, records: u64) -> Taken {
        let what = signal.records();
        self.intake.not_stored(SOURCE, what, records);
        let message = match records {
            0 => String::new(),
            _ => format!("{what} are not stored yet; they were counted"),
        };
        Taken {
            rejected: records,
            message,
        }
    }

    async fn metrics(&self, caller: &Caller, mut sent: Sent) -> Result<Taken, Failure> {
        self.descriptions.learn(std::mem::take(&mut sent.metadata));
        let series = std::mem::take(&mut sent.series);
        let admitted = self.intake.append(series, SOURCE, &caller.name).await?;
        self.intake
            .exemplars(std::mem::take(&mut sent.exemplars), SOURCE);
        let mut message = String::new();
        let mut rejected = 0;
        for (why, (points, metric)) in &sent.refused {
            self.intake
                .refused((SOURCE, caller.name.as_str(), *why), *points, metric);
            rejected += points;
            let _ = write!(message, " {points} {why} ({metric})");
        }
        // One point may be many samples.
        let refused: u64 = admitted.refused.values().sum();
        rejected += refused.min(sent.points - rejected);
        for (why, samples, example) in reasons(&admitted) {
            let _ = write!(message, " {samples} samples {why} ({example})");
        }
        if !message.is_empty() {
            message = format!(
                "{} samples were taken, others not:{message}",
                admitted.taken
            );
            tracing::debug!(message, "OTLP");
        }
        // Sent again, what is taken now is harmless: deltas are added once.
        match admitted.refused.keys().any(|why| why.is_for_now()) {
            true => Err((StatusCode::TOO_MANY_REQUESTS, message).into()),
            false => Ok(Taken { rejected, message }),
        }
    }
}
