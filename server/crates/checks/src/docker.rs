//! Whether a Docker (or Podman) container runs and finds itself healthy, as the daemon's socket says.

use std::path::PathBuf;

use async_trait::async_trait;
use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::limited::{self, deepest};
use crate::{Check, Fault, Level, Seen};

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerSpec {
    /// Its name or id: letters, digits, `_`, `.`, `-`.
    pub container: String,
    /// The daemon's socket.
    pub socket: PathBuf,
}

impl DockerSpec {
    /// Whether this can be the name of a container; nothing else may come into the path of a request.
    pub fn is_name(text: &str) -> bool {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_allowed)
    }
}

pub(crate) struct Docker {
    spec: DockerSpec,
    client: Client,
}

impl Docker {
    pub(crate) fn new(spec: DockerSpec) -> Result<Self, Fault> {
        let client = Client::builder()
            .unix_socket(spec.socket.clone())
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        let client = client.map_err(|error| Fault::Machine(deepest(&error)))?;
        Ok(Self { spec, client })
    }

    fn explain(&self, error: &reqwest::Error) -> Fault {
        let to = self.spec.socket.display().to_string();
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<std::io::Error>() {
                return match error.kind() {
                    std::io::ErrorKind::NotFound => Fault::Missing(format!(
                        "There is no socket {to}: Docker does not run, or elsewhere"
                    )),
                    std::io::ErrorKind::PermissionDenied => {
                        Fault::Denied(format!("The product may not use {to}"))
                    }
                    _ => Fault::of_io(&to, error),
                };
            }
            source = cause.source();
        }
        let why = deepest(error);
        Fault::Unreachable { to, why }
    }
}

#[async_trait]
impl Check for Docker {
    async fn look(&self) -> Result<Seen, Fault> {
        let name = &self.spec.container;
        let url = format!("http://docker/containers/{name}/json");
        let answered = self.client.get(url).send().await;
        let mut response = answered.map_err(|error| self.explain(&error))?;
        let to = self.spec.socket.display().to_string();
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Err(Fault::Missing(format!("There is no container {name}")));
        }
        let text = limited::text(&mut response, &to).await?;
        let amiss = || Fault::Answer(format!("{to} does not answer as Docker does ({status})"));
        if !status.is_success() {
            return Err(amiss());
        }
        let container: Value = serde_json::from_str(&text).map_err(|_| amiss())?;
        judge(name, &container).ok_or_else(amiss)?
    }
}

/// What the daemon says of a container; `None` where that is nothing.
fn judge(name: &str, container: &Value) -> Option<Result<Seen, Fault>> {
    let state = container.get("State")?;
    let status = state.get("Status")?.as_str()?;
    if status != "running" {
        let code = state.get("ExitCode").and_then(Value::as_i64);
        let killed = state.get("OOMKilled").and_then(Value::as_bool) == Some(true);
        let why = match (status, code) {
            (_, _) if killed => ": it used more memory than it may".to_owned(),
            ("exited" | "dead", Some(code)) => format!(" with exit code {code}"),
            _ => String::new(),
        };
        return Some(Err(Fault::Answer(format!(
            "The container {name} is {status}{why}"
        ))));
    }
    // Containers without a health check have no such field, or "none" in it.
    let health = state
        .get("Health")
        .and_then(|health| health.get("Status")?.as_str());
    let (level, rest) = match health {
        None | Some("healthy" | "none" | "") => (Level::Healthy, ""),
        Some("starting") => (Level::Degraded, ", but its health check has not passed yet"),
        Some(_) => {
            let message = format!("The container {name} runs, but fails its own health check");
            return Some(Err(Fault::Answer(message)));
        }
    };
    Some(Ok(Seen {
        level,
        message: format!("The container {name} runs{rest}"),
        value: container.get("RestartCount").and_then(Value::as_f64),
    }))
}
