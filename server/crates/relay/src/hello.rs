//! What the child said of itself in its handshake, and what clients are told of it.
//!
//! The one handshake of a child is made by whoever started it. A client that says `initialize` gets
//! its answer from there; one of the stateless era asks the child itself.

use rmcp::model::ProtocolVersion;
use serde_json::json;
use serde_json::value::RawValue;

use crate::message::{Message, meta};
use crate::object::Object;

/// The child's own words.
#[derive(Clone, Debug)]
pub(crate) enum Hello {
    /// Its answer to `initialize`.
    Legacy(Object),
    /// Its answer to `server/discover`.
    Modern(Object),
}

/// Which era of the protocol a child speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// `initialize` and sessions.
    Legacy,
    /// Each request says all by itself.
    Modern,
}

impl Hello {
    pub(crate) fn era(&self) -> Era {
        match self {
            Self::Legacy(_) => Era::Legacy,
            Self::Modern(_) => Era::Modern,
        }
    }

    /// The answer to a client's `initialize`, and the revision agreed upon.
    pub(crate) fn introduce(&self, asked: &str) -> (Object, String) {
        let mut result = match self {
            Self::Legacy(result) => result.clone(),
            Self::Modern(result) => introduced(result),
        };
        let spoken: Option<String> = result.read("protocolVersion");
        let latest = ProtocolVersion::LATEST_WITH_INITIALIZE.as_str();
        let agreed = agree(asked, spoken.as_deref().unwrap_or(latest)).to_owned();
        result.set("protocolVersion", &agreed);
        (result, agreed)
    }
}

/// The revision to speak with a client: the one it asks for, where that is known and no newer than what the child
/// speaks (newer revisions add to older ones), else that of the child.
fn agree<'a>(asked: &'a str, spoken: &'a str) -> &'a str {
    let known = ProtocolVersion::KNOWN_VERSIONS.iter();
    let mut known = known.filter(|version| version.has_initialize());
    match known.any(|version| version.as_str() == asked) && asked <= spoken {
        true => asked,
        false => spoken,
    }
}

/// What `server/discover` says, as the answer to `initialize`. What only standing streams of the newer era can bring
/// is not offered.
fn introduced(discovered: &Object) -> Object {
    let mut capabilities = discovered.object("capabilities");
    for key in ["tools", "prompts", "resources"] {
        if capabilities.get(key).is_some() {
            let mut one = capabilities.object(key);
            one.remove("listChanged");
            one.remove("subscribe");
            capabilities.set(key, &one);
        }
    }
    let mut result = Object::default();
    result.set(
        "protocolVersion",
        &ProtocolVersion::LATEST_WITH_INITIALIZE.as_str(),
    );
    result.set("capabilities", &capabilities);
    match discovered.object("_meta").get(meta::SERVER) {
        Some(server) => result.put("serverInfo", server.to_owned()),
        None => result.set("serverInfo", &json!({ "name": "unnamed", "version": "" })),
    }
    if let Some(instructions) = discovered.get("instructions") {
        result.put("instructions", instructions.to_owned());
    }
    result
}

/// Lets a request of a client of the older era say all that the newer one wants to hear.
pub(crate) fn complete(
    request: &mut Message,
    discovered: &Object,
    client: Option<&RawValue>,
    level: Option<&str>,
) {
    let mut params = request.params();
    let mut about = params.object("_meta");
    about.set(meta::VERSION, &newest(discovered));
    // Nobody can be asked: the child must do without.
    about.set(meta::CAPABILITIES, &json!({}));
    if let Some(client) = client {
        about.put(meta::CLIENT, client.to_owned());
    }
    if let Some(level) = level {
        about.set(meta::LEVEL, &level);
    }
    params.set("_meta", &about);
    request.object.set("params", &params);
}

/// The newest revision without `initialize` that a child speaks.
fn newest(discovered: &Object) -> String {
    let mut spoken: Vec<String> = discovered.read("supportedVersions").unwrap_or_default();
    let first = ProtocolVersion::NO_INITIALIZE;
    spoken.retain(|version| version.as_str() >= first.as_str());
    let best = spoken.into_iter().max();
    best.unwrap_or_else(|| first.as_str().to_owned())
}

/// An answer of the newer era for a client of the older one; what cannot be said to it, in words.
pub(crate) fn simplified(answer: &mut Object) -> Result<(), &'static str> {
    let Some(mut result) = answer.get("result").and_then(Object::of) else {
        return Ok(());
    };
    if result.read::<String>("resultType").as_deref() == Some("input_required") {
        return Err("the server asks for input, which clients of this revision cannot give");
    }
    result.remove("resultType");
    answer.set("result", &result);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions() {
        for (asked, spoken, expected) in [
            ("2025-11-25", "2025-11-25", "2025-11-25"),
            ("2025-03-26", "2025-11-25", "2025-03-26"),
            ("2025-11-25", "2024-11-05", "2024-11-05"),
            ("2026-07-28", "2025-11-25", "2025-11-25"),
            ("1999-01-01", "2025-06-18", "2025-06-18"),
            ("", "2025-06-18", "2025-06-18"),
        ] {
            assert_eq!(agree(asked, spoken), expected, "{asked} {spoken}");
        }
    }

    #[test]
    fn a_child_of_the_newer_era_is_introduced_to_older_clients() {
        let text = r#"{"resultType":"complete","supportedVersions":["2026-07-28","2025-11-25"],"capabilities":
            {"tools":{"listChanged":true},"x":{"z":1,"a":2}},"instructions":"Be kind.","ttlMs":0,
            "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"time","version":"3"}}}"#;
        let discovered: Object = serde_json::from_str(text).unwrap();
        let (result, agreed) = Hello::Modern(discovered.clone()).introduce("2025-06-18");
        assert_eq!(agreed, "2025-06-18");
        assert_eq!(
            result.line(),
            r#"{"protocolVersion":"2025-06-18","capabilities":{"tools":{},"x":{"z":1,"a":2}},"serverInfo":{"name":"time","version":"3"},"instructions":"Be kind."}"#
        );
        let mut request = Message::read(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"c"}}"#,
        )
        .unwrap();
        complete(&mut request, &discovered, None, Some("error"));
        let params = request.params();
        assert_eq!(params.read::<String>("cursor").as_deref(), Some("c"));
        let about = params.object("_meta");
        assert_eq!(
            about.read::<String>(meta::VERSION).as_deref(),
            Some("2026-07-28")
        );
        assert_eq!(about.read::<String>(meta::LEVEL).as_deref(), Some("error"));
    }

    #[test]
    fn answers_lose_what_older_clients_do_not_know() {
        let read = |text| serde_json::from_str::<Object>(text).unwrap();
        let mut answer = read(r#"{"id":1,"result":{"resultType":"complete","tools":[]}}"#);
        assert_eq!(simplified(&mut answer), Ok(()));
        assert_eq!(answer.line(), r#"{"id":1,"result":{"tools":[]}}"#);
        let mut answer = read(r#"{"id":1,"error":{"code":1}}"#);
        assert_eq!(simplified(&mut answer), Ok(()));
        let mut answer = read(r#"{"id":1,"result":{"resultType":"input_required"}}"#);
        assert!(simplified(&mut answer).is_err());
    }
}
