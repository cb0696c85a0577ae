//! The server's side: the page is held until what it waits for is there, and gets it.

use leptos::prelude::*;
use leptos::server::codee::{Decoder, Encoder};
use wire::Problem;

use super::{InPage, Load, Outcome, Version};

/// The text of something that a page waits for.
#[derive(Clone, Copy)]
pub(crate) struct Text(Resource<Outcome, InPage>);

impl Text {
    pub(super) fn new(version: Version, load: Load, _: bool) -> Self {
        let outcome = Resource::new_with_options(version, move |_| load(), true);
        Self(outcome)
    }

    /// Waits for it.
    pub(crate) async fn wait(self) -> Outcome {
        self.0.await
    }
}

impl Encoder<Outcome> for InPage {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(outcome: &Outcome) -> Result<String, Self::Error> {
        Self::write(outcome)
    }
}

impl Decoder<Outcome> for InPage {
    type Error = Problem;
    type Encoded = str;

    fn decode(text: &str) -> Result<Outcome, Problem> {
        Ok(Self::read(text))
    }
}
