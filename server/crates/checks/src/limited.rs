//! Answers of any length, read up to a limit: a peer may send for ever.

use crate::Fault;

/// As much of a body as is looked at.
pub(crate) const MOST_BYTES: usize = 1 << 20;

/// The beginning of a body, as text; what is no UTF-8 is replaced.
pub(crate) async fn text(response: &mut reqwest::Response, to: &str) -> Result<String, Fault> {
    let mut read = Vec::new();
    while read.len() < MOST_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                let why = deepest(&error.without_url());
                let to = to.to_owned();
                return Err(Fault::Unreachable { to, why });
            }
        }
    }
    read.truncate(MOST_BYTES);
    Ok(String::from_utf8_lossy(&read).into_owned())
}

/// What an error is in the end about.
pub(crate) fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
