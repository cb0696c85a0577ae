//! What of params and results matters for counting.

use serde_json::value::RawValue;

use crate::message::Id;
use crate::parts::{self, elements, is_given, is_true, members, name, number, text};
use crate::record::{Found, Outcome, Tool};
use crate::redact::Redaction;
use crate::{signals, tokens};

/// The most tools of a page that are told.
pub(crate) const MOST_TOOLS: usize = 1_000;

/// Prefix of what every request says in `_meta` in the stateless era.
const CLIENT: &str = "io.modelcontextprotocol/clientInfo";
const PROTOCOL: &str = "io.modelcontextprotocol/protocolVersion";

/// What a request says of itself.
#[derive(Default)]
pub(crate) struct Asked {
    /// The name of the tool, for `tools/call`.
    pub(crate) tool: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) protocol: Option<String>,
    /// Which later page of a list it asks for.
    pub(crate) cursor: Option<String>,
    /// The prompt or the resource.
    pub(crate) target: Option<String>,
    /// What progress of it will be told under.
    pub(crate) progress: Option<Id>,
    /// What it holds that looks like an attack or a secret.
    pub(crate) signs: Vec<Found>,
}

impl Asked {
    pub(crate) fn of(method: &str, params: Option<&RawValue>, redaction: &Redaction) -> Self {
        let wanted = [
            "name",
            "_meta",
            "cursor",
            "clientInfo",
            "protocolVersion",
            "uri",
        ];
        let [tool, meta, cursor, info, version, uri] = parts::of(params, wanted);
        let is_hello = method == "initialize";
        let [meta_info, meta_version, progress] =
            parts::of(meta, [CLIENT, PROTOCOL, "progressToken"]);
        let info = if is_hello { info } else { meta_info };
        let version = if is_hello { version } else { meta_version };
        let [client] = parts::of(info, ["name"]);
        Self {
            tool: name(tool).filter(|_| method == "tools/call"),
            client: name(client),
            protocol: name(version),
            cursor: parts::cursor(cursor),
            target: match method {
                "prompts/get" => {
                    text(tool).map(|name| short(&told(method, "name", &name, redaction)))
                }
                "resources/read" | "resources/subscribe" | "resources/unsubscribe" => {
                    text(uri).map(|uri| short(&public(&told(method, "uri", &uri, redaction))))
                }
                _ => None,
            },
            progress: Id::of(progress),
            signs: signals::in_request(method, params, redaction),
        }
    }
}

/// What a notification of progress is about.
pub(crate) fn progress(params: Option<&RawValue>) -> Option<Id> {
    let [token] = parts::of(params, ["progressToken"]);
    Id::of(token)
}

/// How much of the name of a prompt or the address of a resource is looked at, and told, in letters.
const LOOKED_AT: usize = 16_384;
const LONGEST_TOLD: usize = 256;

/// What a request names, without what may be secret and only then cut: a part of a secret looks like none.
fn told(method: &str, field: &str, said: &str, redaction: &Redaction) -> String {
    let letters = said.chars().filter(|letter| !letter.is_control());
    let said: String = letters.take(LOOKED_AT).collect();
    redaction.named(method, field, &said)
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST_TOLD).collect()
}

/// An address without user, query and fragment.
fn public(uri: &str) -> String {
    let end = uri.find(['?', '#']).unwrap_or(uri.len());
    let uri = &uri[..end];
    match uri.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => uri.to_owned(),
    }
}

/// What a result says.
pub(crate) struct Answered {
    pub(crate) outcome: Outcome,
    pub(crate) is_empty: bool,
    pub(crate) tokens: u64,
    /// Secrets in it.
    pub(crate) signs: Vec<Found>,
}

impl Answered {
    pub(crate) fn of(method: &str, result: &RawValue, redaction: &Redaction) -> Self {
        let wanted = [
            "isError",
            "content",
            "structuredContent",
            "contents",
            "messages",
            "resultType",
        ];
        let [is_error, content, structured, contents, messages, kind] =
            members(result.get(), wanted).unwrap_or_default();
        let is_done = text(kind).is_none_or(|kind| kind == "complete");
        let is_tool = method == "tools/call";
        let is_empty = is_done
            && match method {
                "tools/call" => !is_given(structured) && is_blank(content),
                "resources/read" => is_nothing(contents),
                "prompts/get" => is_nothing(messages),
                _ => false,
            };
        let outcome = match is_tool && is_true(is_error) {
            true => Outcome::ToolError,
            false => Outcome::Ok,
        };
        Self {
            outcome,
            is_empty: is_empty && outcome == Outcome::Ok,
            tokens: tokens::estimate(result.get()),
            signs: match method {
                "tools/call" | "resources/read" | "prompts/get" => {
                    signals::in_result(result, redaction)
                }
                _ => Vec::new(),
            },
        }
    }
}

/// A list that is missing or has nothing in it.
fn is_nothing(list: Option<&RawValue>) -> bool {
    list.and_then(elements).is_none_or(|list| list.is_empty())
}

/// Whether all of a content is text with nothing in it.
fn is_blank(content: Option<&RawValue>) -> bool {
    let Some(list) = content.and_then(elements) else {
        return true;
    };
    list.into_iter().all(|part| {
        let [kind, said] = parts::of(Some(part), ["type", "text"]);
        text(kind).is_some_and(|kind| kind == "text") && is_blank_text(said)
    })
}

/// Whether a text has nothing in it but space; a long one is not decoded to see its first letter.
fn is_blank_text(said: Option<&RawValue>) -> bool {
    let Some(written) = said.map(RawValue::get) else {
        return true;
    };
    let begins = written.strip_prefix('"').map(str::trim_start);
    if begins.is_some_and(|rest| !rest.starts_with(['"', '\\'])) {
        return false;
    }
    text(said).is_none_or(|said| said.trim().is_empty())
}

/// A page of a list of tools.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) tools: Vec<Tool>,
    /// How many there are beyond [`MOST_TOOLS`].
    pub(crate) rest: usize,
    pub(crate) has_more: bool,
}

impl Page {
    pub(crate) fn of(result: &RawValue) -> Option<Self> {
        let [tools, next] = members(result.get(), ["tools", "nextCursor"])?;
        let (list, rest) = parts::first_elements(tools?.get(), MOST_TOOLS)?;
        let tool = |one: &RawValue| {
            let [called] = members(one.get(), ["name"])?;
            Some(Tool {
                name: name(called)?,
                bytes: one.get().len() as u64,
                tokens: tokens::estimate(one.get()),
            })
        };
        Some(Self {
            tools: list.into_iter().filter_map(tool).collect(),
            rest,
            has_more: is_given(next),
        })
    }
}

/// What the server says in its answer to `initialize`: the revision that is spoken.
pub(crate) fn agreed(result: &RawValue) -> Option<String> {
    let [version] = members(result.get(), ["protocolVersion"])?;
    name(version)
}

/// Whose request is wanted no longer, and why.
pub(crate) fn cancelled(params: Option<&RawValue>) -> (Option<&RawValue>, Outcome) {
    let [id, reason] = parts::of(params, ["requestId", "reason"]);
    let reason = text(reason).unwrap_or_default().to_ascii_lowercase();
    // The official libraries have no other way to say it.
    let is_late = ["timed out", "timeout", "time-out"]
        .iter()
        .any(|word| reason.contains(word));
    let outcome = if is_late {
        Outcome::Timeout
    } else {
        Outcome::Cancelled
    };
    (id, outcome)
}

/// The code of a JSON-RPC error.
pub(crate) fn code(error: Option<&RawValue>) -> Option<i64> {
    let [code] = parts::of(error, ["code"]);
    number(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(method: &str, result: &str) -> (Outcome, bool) {
        let raw: &RawValue = serde_json::from_str(result).unwrap();
        let it = Answered::of(method, raw, &Redaction::default());
        (it.outcome, it.is_empty)
    }

    #[test]
    fn silent_failures() {
        for (method, result, outcome, is_empty) in [
            (
                "tools/call",
                r#"{"content":[{"type":"text","text":"x"}]}"#,
                Outcome::Ok,
                false,
            ),
            (
                "tools/call",
                r#"{"content":[{"type":"text","text":" \n"}]}"#,
                Outcome::Ok,
                true,
            ),
            (
                "tools/call",
                r#"{"content":[{"type":"text","text":" \u00a0\t"}, {"type":"text","text":5}]}"#,
                Outcome::Ok,
                true,
            ),
            (
                "tools/call",
                r#"{"content":[{"type":"text","text":" \n\u0041"}]}"#,
                Outcome::Ok,
                false,
            ),
            ("tools/call", r#"{"content":[]}"#, Outcome::Ok, true),
            ("tools/call", "{}", Outcome::Ok, true),
            ("tools/call", "null", Outcome::Ok, true),
            (
                "tools/call",
                r#"{"content":[],"structuredContent":{"n":0}}"#,
                Outcome::Ok,
                false,
            ),
            (
                "tools/call",
                r#"{"content":[{"type":"image","data":""}]}"#,
                Outcome::Ok,
                false,
            ),
            (
                "tools/call",
                r#"{"content":[],"isError":true}"#,
                Outcome::ToolError,
                false,
            ),
            (
                "tools/call",
                r#"{"resultType":"input_required"}"#,
                Outcome::Ok,
                false,
            ),
            ("resources/read", r#"{"contents":[]}"#, Outcome::Ok, true),
            ("prompts/get", r#"{"messages":[{}]}"#, Outcome::Ok, false),
            ("tools/list", r#"{"tools":[]}"#, Outcome::Ok, false),
            ("ping", "{}", Outcome::Ok, false),
        ] {
            assert_eq!(
                answered(method, result),
                (outcome, is_empty),
                "{method} {result}"
            );
        }
    }

    #[test]
    fn both_eras_say_who_asks() {
        let asked = |method: &str, params: &str| {
            let raw: &RawValue = serde_json::from_str(params).unwrap();
            let asked = Asked::of(method, Some(raw), &Redaction::default());
            (asked.tool, asked.client, asked.protocol)
        };
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            asked(
                "initialize",
                r#"{"protocolVersion":"2025-11-25","clientInfo":{"name":"c","version":"1"}}"#
            ),
            (None, name("c"), name("2025-11-25"))
        );
        let modern = r#"{"name":"echo","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
            "io.modelcontextprotocol/clientInfo":{"name":"d"}}}"#;
        let expected = (name("echo"), name("d"), name("2026-07-28"));
        assert_eq!(asked("tools/call", modern), expected);
        assert_eq!(asked("tools/call", r#"[1]"#), (None, None, None));
        assert_eq!(asked("prompts/get", r#"{"name":"p"}"#), (None, None, None));
    }

    #[test]
    fn what_is_read_or_asked_for_is_named_without_secrets() {
        for (method, params, expected) in [
            ("prompts/get", r#"{"name":"p"}"#, Some("p")),
            (
                "resources/read",
                r#"{"uri":"https://ann:pw@a.example/b?token=c#d"}"#,
                Some("https://a.example/b"),
            ),
            (
                "resources/read",
                r#"{"uri":"file:///a@b"}"#,
                Some("file:///a@b"),
            ),
            (
                "resources/read",
                r#"{"uri":"x:/ghp_0123456789abcdefghij0123456789abcdef/y"}"#,
                Some("x:/***REDACTED***/y"),
            ),
            (
                "prompts/get",
                r#"{"name":"p ghp_0123456789abcdefghij0123456789abcdef"}"#,
                Some("p ***REDACTED***"),
            ),
            ("tools/call", r#"{"name":"t","uri":"x"}"#, None),
        ] {
            let raw: &RawValue = serde_json::from_str(params).unwrap();
            let asked = Asked::of(method, Some(raw), &Redaction::default());
            assert_eq!(asked.target.as_deref(), expected, "{method} {params}");
        }
    }

    #[test]
    fn what_somebody_wants_hidden_is_hidden_in_names_too() {
        let list = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let target = |(keys, values, paths): (&[&str], &[&str], &[&str]), method, params: &str| {
            let redaction = Redaction::new(&list(keys), &list(values), &list(paths)).unwrap();
            let raw: &RawValue = serde_json::from_str(params).unwrap();
            Asked::of(method, Some(raw), &redaction).target.unwrap()
        };
        let read = ("resources/read", r#"{"uri":"crm://ann/letters?page=2"}"#);
        let prompt = ("prompts/get", r#"{"name":"for ann"}"#);
        let hidden = crate::REDACTED;
        for (rules, (method, params), expected) in [
            (
                (&[][..], &["ann"][..], &[][..]),
                read,
                "crm://***REDACTED***/letters",
            ),
            ((&[], &["page=2"], &[]), read, "crm://ann/letters"),
            ((&["uri"], &[], &[]), read, hidden),
            ((&[], &[], &["$.params.uri"]), read, hidden),
            ((&[], &[], &["$.params"]), read, hidden),
            ((&[], &[], &["$.params.name"]), read, "crm://ann/letters"),
            ((&[], &["ann"], &[]), prompt, "for ***REDACTED***"),
            ((&[], &[], &["$..name"]), prompt, hidden),
        ] {
            assert_eq!(
                target(rules, method, params),
                expected,
                "{rules:?} {method}"
            );
        }
        // A secret that the cut would go through.
        let long = format!(
            r#"{{"uri":"x:/{}/ghp_0123456789abcdefghij0123456789abcdef"}}"#,
            "a".repeat(LONGEST_TOLD - 10)
        );
        let told = target((&[], &[], &[]), "resources/read", &long);
        assert_eq!(told.chars().count(), LONGEST_TOLD);
        assert!(!told.contains("ghp_"), "{told}");
    }
}
