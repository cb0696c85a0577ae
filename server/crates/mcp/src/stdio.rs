//! Sessions over standard input and output of a child process.

use model::{Clock, Launch, LaunchError};
use rmcp::service::{ClientInitializeError, ClientServiceExt};
use tokio::io::BufReader;
use tokio::time::{Instant, timeout};

use crate::inspect::Inspection;
use crate::observation::{Era, Failure, Step, StepResult};
use crate::running::{EXIT_GRACE, Running};
use crate::session::{Attempt, Link, Session};
use crate::text::{self, Secrets};
use crate::{Config, Reason, era, handshake};

/// Starts the process and sets up a session with it.
pub(crate) async fn connect(
    launch: &dyn Launch,
    config: &Config,
    clock: &dyn Clock,
    asked: Option<Era>,
) -> Attempt {
    let began = Instant::now();
    let launched = timeout(config.start_timeout, launch.launch()).await;
    let started_at_ms = clock.now_ms();
    let launched = match launched {
        Ok(Ok(mut process)) => match process.take_streams() {
            Some(streams) => Ok((process, streams)),
            None => Err(not_started("its standard input and output are taken")),
        },
        Ok(Err(error)) => Err(launch_failure(&error)),
        Err(_) => Err(not_started("starting it took too long")),
    };
    let mut steps = Vec::new();
    let mut push = |step, outcome, began: Instant| {
        let duration_seconds = began.elapsed().as_secs_f64();
        steps.push(StepResult {
            step,
            outcome,
            duration_seconds,
            kept: None,
        });
    };
    let (process, streams) = match launched {
        Ok(pair) => pair,
        Err(failure) => {
            push(Step::Process, Err(failure), began);
            return Attempt {
                steps,
                session: None,
                era_unanswered: false,
            };
        }
    };
    push(Step::Process, Ok(()), began);

    let given = launch.secrets();
    let secrets = Secrets::of_values(given.iter().map(String::as_str));
    let inspection = Inspection::new(secrets.clone());
    let mut reader = BufReader::new(inspection.wrap(streams.reader));
    let mut writer = streams.writer;
    let running = Running::new(process, inspection, started_at_ms, secrets);
    let mut told = asked;
    let began = Instant::now();
    let shaking = async {
        if told.is_none() {
            told = Some(
                era::ask(&mut reader, &mut writer)
                    .await
                    .map_err(|_| Broken::Closed)?,
            );
        }
        let service = handshake::Client::new();
        let lifecycle = handshake::lifecycle(told);
        service
            .serve_with_lifecycle((reader, writer), lifecycle)
            .await
            .map_err(Broken::from)
    };
    let shaken = tokio::select! {
        biased;
        shaken = timeout(config.start_timeout, shaking) => shaken.unwrap_or(Err(Broken::Mute)),
        // A grandchild may hold standard output open for ever.
        _ = running.exited() => Err(Broken::Closed),
    };
    match shaken {
        Ok(service) => {
            push(Step::Handshake, Ok(()), began);
            let session = Session::new(service, Link::Process(running)).await;
            Attempt {
                steps,
                session: Some(session),
                era_unanswered: false,
            }
        }
        Err(broken) => {
            let failure = broken.failure(&running, config, asked).await;
            push(Step::Handshake, Err(failure), began);
            running.stop().await;
            Attempt {
                steps,
                session: None,
                era_unanswered: told.is_none(),
            }
        }
    }
}

/// How a handshake can break.
enum Broken {
    /// No answer in time.
    Mute,
    /// The process ended, or closed its output.
    Closed,
    /// The library does not like the answer.
    Answer(Box<ClientInitializeError>),
}

impl From<ClientInitializeError> for Broken {
    fn from(error: ClientInitializeError) -> Self {
        match error {
            ClientInitializeError::ConnectionClosed(_)
            | ClientInitializeError::TransportError { .. } => Self::Closed,
            other => Self::Answer(Box::new(other)),
        }
    }
}

impl Broken {
    async fn failure(self, running: &Running, config: &Config, asked: Option<Era>) -> Failure {
        if let Self::Answer(error) = self {
            return handshake::failure(&error, asked, running.secrets());
        }
        if let Self::Closed = self
            && let Some(exit) = running.exited_within(EXIT_GRACE).await
        {
            return Failure::unhealthy(
                Reason::ExitEarly,
                format!(
                    "The process ended ({exit}) before the handshake was through{}.",
                    running.last_words().await
                ),
                "Mend what it complains about; running the command in a terminal shows all of it.",
            );
        }
        let words = running.last_words().await;
        let seconds = config.start_timeout.as_secs_f64();
        let what = match self {
            Self::Mute => format!("No answer to the handshake within {seconds:.1} s"),
            _ => "The process closed its standard output before the handshake".to_owned(),
        };
        let findings = running.findings();
        if let Some(line) = findings.noise {
            return Failure::unhealthy(
                Reason::StdoutNoise,
                format!("{what}, but other text on standard output: “{line}”{words}."),
                "Check that the command starts an MCP server over stdio, logging to standard error.",
            );
        }
        if let Some(line) = findings.invalid {
            return Failure::unhealthy(
                Reason::InvalidFrame,
                format!("{what}, but JSON that is no JSON-RPC message: “{line}”{words}."),
                "Check that the command starts an MCP server over stdio.",
            );
        }
        Failure::unhealthy(
            Reason::HandshakeTimeout,
            format!("{what}{words}."),
            "Check that the command starts an MCP server over stdio and does not wait for input \
             (npx needs -y).",
        )
    }
}

fn not_started(why: &str) -> Failure {
    let message = format!("The process could not be started: {why}.");
    Failure::unhealthy(
        Reason::SpawnFailed,
        message,
        "Check the command in the configuration.",
    )
}

fn launch_failure(error: &LaunchError) -> Failure {
    let shown = |text: &str| text::clean(text, text::QUOTE_CHARS);
    match error {
        LaunchError::NotFound { program } => Failure::unhealthy(
            Reason::SpawnEnoent,
            format!("There is no program “{}”.", shown(program)),
            format!(
                "Install {} on this machine, or give its full path in the configuration.",
                shown(program)
            ),
        ),
        LaunchError::NotExecutable { program } => Failure::unhealthy(
            Reason::SpawnEacces,
            format!("The program “{}” may not be executed.", shown(program)),
            format!(
                "Make {} executable for the user that runs this.",
                shown(program)
            ),
        ),
        LaunchError::Directory { directory } => Failure::unhealthy(
            Reason::SpawnFailed,
            format!(
                "The working directory “{}” cannot be entered.",
                shown(directory)
            ),
            "Create it, or correct it in the configuration.",
        ),
        LaunchError::Other { program, message } => {
            not_started(&format!("{}: {}", shown(program), shown(message)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spawn_errors_name_the_program() {
        let failure = launch_failure(&LaunchError::NotFound {
            program: "npxx".to_owned(),
        });
        assert_eq!(failure.reason, Reason::SpawnEnoent);
        assert!(failure.message.contains("npxx") && failure.action.contains("Install npxx"));
    }
}
