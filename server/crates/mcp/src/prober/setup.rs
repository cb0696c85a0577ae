//! Sets up the session: over which transport, in which era.

use super::Prober;
use crate::config::Endpoint;
use crate::observation::{Era, Step, StepResult};
use crate::session::Attempt;
use crate::starts::Place;
use crate::{Protocol, http, stdio};

impl Prober {
    /// Tries to set up a session; the steps that were taken.
    pub(super) async fn connect(&mut self, place: Option<Place>) -> Vec<StepResult> {
        let asked = match self.target.protocol {
            Protocol::Auto => self.era,
            Protocol::Legacy => Some(Era::Legacy),
            Protocol::Modern => Some(Era::Modern),
        };
        let attempt = match &self.target.endpoint {
            Endpoint::Stdio(launch) => {
                let clock = self.clock.as_ref();
                let connecting = stdio::connect(launch.as_ref(), &self.config, clock, asked);
                match place {
                    Some(place) => place.start(connecting).await,
                    None => connecting.await,
                }
            }
            Endpoint::Http {
                url,
                headers,
                oauth,
                transport,
            } => {
                if self.endpoint.is_none() {
                    let (oauth, transport) = (oauth.as_ref(), *transport);
                    match http::Endpoint::new(url, headers, oauth, transport, &self.config) {
                        Ok(endpoint) => self.endpoint = Some(endpoint),
                        Err(failure) => {
                            return vec![StepResult {
                                step: Step::Transport,
                                outcome: Err(failure),
                                duration_seconds: 0.0,
                                kept: None,
                            }];
                        }
                    }
                }
                match &self.endpoint {
                    Some(endpoint) => endpoint.connect(&self.config, asked).await,
                    None => return Vec::new(),
                }
            }
        };
        self.take_note(attempt, asked)
    }

    fn take_note(&mut self, attempt: Attempt, asked: Option<Era>) -> Vec<StepResult> {
        let Attempt {
            steps,
            session,
            era_unanswered,
        } = attempt;
        let started = steps
            .iter()
            .any(|step| step.step == Step::Process && step.outcome.is_ok());
        let over_http = matches!(self.target.endpoint, Endpoint::Http { .. });
        if started || (over_http && session.is_some()) {
            self.setups = self.setups.saturating_add(1);
        }
        self.era = match &session {
            Some(session) => Some(session.identity.era),
            // A server that takes no question before `initialize` may be an old one. If that was
            // wrong as well, the question is asked again.
            None => (asked.is_none() && era_unanswered).then_some(Era::Legacy),
        };
        if session.is_some() {
            self.checks.wake();
        }
        self.session = session;
        steps
    }
}
