//! What a page waits for: loaded on the server, found in the page by the browser, and loaded again there
//! when another version of it is wanted.
//!
//! The two sides do it differently. The server has Leptos's `Resource` and holds the page until it is
//! there; the browser has a signal, because `Resource` and `Suspense` are 11 kB of every first load.

use std::marker::PhantomData;
use std::pin::Pin;

use wire::{Code, Problem};

use crate::answer::{Answer, Failure, read};

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod host;

#[cfg(not(feature = "ssr"))]
pub(crate) use browser::Text;
#[cfg(feature = "ssr")]
pub(crate) use host::Text;

/// The text of an answer, or why there is none.
pub(crate) type Outcome = Result<String, Problem>;

type Loading = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Version = Box<dyn Fn() -> u32 + Send + Sync>;
type Load = Box<dyn Fn() -> Loading + Send + Sync>;

/// Something that a page waits for.
pub(crate) struct Loaded<T> {
    text: Text,
    what: PhantomData<fn() -> T>,
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Loaded<T> {}

impl<T> Loaded<T> {
    /// Loads it once.
    pub(crate) fn once<F>(load: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Answer<T>, Failure>> + Send + 'static,
    {
        Self::while_at(|| 0, load)
    }

    /// Loads it, and again when its version changes.
    pub(crate) fn while_at<F>(
        version: impl Fn() -> u32 + Send + Sync + 'static,
        load: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Answer<T>, Failure>> + Send + 'static,
    {
        Self::new(version, load, false)
    }

    /// The same, where an answer that says what the one before said changes nothing: what is shown of it stays as it is, and
    /// so does the focus.
    pub(crate) fn kept_at<F>(
        version: impl Fn() -> u32 + Send + Sync + 'static,
        load: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Answer<T>, Failure>> + Send + 'static,
    {
        Self::new(version, load, true)
    }

    fn new<F>(
        version: impl Fn() -> u32 + Send + Sync + 'static,
        load: impl Fn() -> F + Send + Sync + 'static,
        is_kept: bool,
    ) -> Self
    where
        F: Future<Output = Result<Answer<T>, Failure>> + Send + 'static,
    {
        let load = Box::new(move || -> Loading {
            let answer = load();
            Box::pin(async move {
                match answer.await {
                    Ok(answer) => Ok(answer.into_text()),
                    Err(Failure(problem)) => Err(problem),
                }
            })
        });
        Self {
            text: Text::new(Box::new(version), load, is_kept),
            what: PhantomData,
        }
    }

    /// Its text, to be read when it is there.
    pub(crate) fn text(self) -> Text {
        self.text
    }
}

/// How an outcome stands in a page, where the browser finds it: a sign and JSON.
#[derive(Clone, Copy)]
pub(crate) struct InPage;

impl InPage {
    #[cfg_attr(not(feature = "ssr"), allow(dead_code, reason = "the server writes"))]
    fn write(outcome: &Outcome) -> Result<String, serde_json::Error> {
        Ok(match outcome {
            Ok(text) => format!("+{text}"),
            Err(problem) => format!("-{}", serde_json::to_string(problem)?),
        })
    }

    fn read(text: &str) -> Outcome {
        match text.split_at_checked(1) {
            Some(("+", text)) => Ok(text.to_owned()),
            Some(("-", text)) => Err(read(text)?),
            _ => Err(Problem::new(Code::Internal, "an empty answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_in_a_page() {
        let problem = Problem::new(Code::NotFound, "no server is called \"x\"");
        for outcome in [
            Ok("{\"now_ms\":5}".to_owned()),
            Ok(String::new()),
            Err(problem),
        ] {
            let text = InPage::write(&outcome).unwrap();
            assert_eq!(InPage::read(&text), outcome);
        }
        assert!(InPage::read("").is_err());
        let of_another_version = InPage::read("-{}").unwrap_err();
        assert!(of_another_version.message.contains("load the page again"));
    }
}
