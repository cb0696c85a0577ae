//! What server functions answer: JSON that travels as text and is read where it is used.
//!
//! Every type that the browser reads costs code in every first load, and so does every type that a
//! resource holds. So all answers are of one type until they are read, and one reader reads them.

use std::marker::PhantomData;

#[cfg(feature = "ssr")]
use leptos::prelude::use_context;
use leptos::server_fn::codec::{Encoding, FromRes, IntoRes};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::response::{ClientRes, TryRes};
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use wire::{Code, Problem, Read};

/// The encoding of answers and of problems: JSON, as it is.
pub(crate) struct AsJson;

const MEDIA_TYPE: &str = "application/json";

/// An answer that has not been read yet.
#[derive(Clone, Debug)]
pub(crate) struct Answer<T> {
    text: String,
    what: PhantomData<fn() -> T>,
}

impl<T> Answer<T> {
    fn from_text(text: String) -> Self {
        let what = PhantomData;
        Self { text, what }
    }

    /// Its text, to be read where it is used.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(feature = "ssr")]
impl<T: serde::Serialize> Answer<T> {
    /// Writes it.
    ///
    /// # Errors
    /// When it has no form in JSON.
    pub(crate) fn of(value: &T) -> Result<Self, Failure> {
        let text = serde_json::to_string(value).map_err(|error| internal(&error))?;
        Ok(Self::from_text(text))
    }
}

impl<T: Read> Answer<T> {
    /// Reads it.
    ///
    /// # Errors
    /// When it is of another version of the product.
    pub(crate) fn read(&self) -> Result<T, Problem> {
        read(&self.text)
    }
}

/// Reads an answer's text.
///
/// # Errors
/// When it is of another version of the product.
pub(crate) fn read<T: Read>(text: &str) -> Result<T, Problem> {
    wire::read(text).map_err(|error| {
        let message = format!("the answer cannot be read ({error}); load the page again");
        Problem::new(Code::Internal, message)
    })
}

fn internal(error: &dyn std::fmt::Display) -> Failure {
    Failure(Problem::new(Code::Internal, error.to_string()))
}

/// A problem as server functions carry it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure(pub(crate) Problem);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        #[cfg(feature = "ssr")]
        set_status(problem.code);
        Self(problem)
    }
}

/// The answer's status says what the problem is: a page about a server that does not exist is a 404.
#[cfg(feature = "ssr")]
fn set_status(code: Code) {
    let status = http::StatusCode::from_u16(code.http_status());
    if let (Ok(status), Some(response)) = (status, use_context::<leptos_axum::ResponseOptions>()) {
        response.set_status(status);
    }
}

impl FromServerFnError for Failure {
    type Encoder = AsJson;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self(Problem::new(
                Code::Unavailable,
                "the product cannot be reached",
            )),
            other => internal(&other),
        }
    }
}

impl ContentType for AsJson {
    const CONTENT_TYPE: &'static str = MEDIA_TYPE;
}

impl FormatType for AsJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encoding for AsJson {
    const METHOD: http::Method = http::Method::POST;
}

impl Encodes<Failure> for AsJson {
    type Error = serde_json::Error;

    fn encode(failure: &Failure) -> Result<Bytes, Self::Error> {
        serde_json::to_string(&failure.0).map(Bytes::from)
    }
}

impl Decodes<Failure> for AsJson {
    type Error = Problem;

    fn decode(bytes: Bytes) -> Result<Failure, Self::Error> {
        read(&String::from_utf8_lossy(&bytes)).map(Failure)
    }
}

impl<T: Send, R: TryRes<Failure>> IntoRes<AsJson, R, Failure> for Answer<T> {
    async fn into_res(self) -> Result<R, Failure> {
        R::try_from_string(MEDIA_TYPE, self.text)
    }
}

impl<T, R: ClientRes<Failure> + Send> FromRes<AsJson, R, Failure> for Answer<T> {
    async fn from_res(response: R) -> Result<Self, Failure> {
        response.try_into_string().await.map(Self::from_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        let answer = Answer::<u8>::from_text("{}".to_owned());
        let message = answer.read().unwrap_err().message;
        assert!(message.contains("load the page again"), "{message}");
    }
}
