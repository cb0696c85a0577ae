//! The telemetry of Claude Code, as its documentation ("Monitoring") describes it: events come as log records of OTLP, named
//! `claude_code.user_prompt`, `.tool_result`, `.api_request`, `.api_error`, `.tool_decision`. A session is an agent.
//!
//! What people write and what tools are given is not kept, also where it is sent.

use crate::figure::Figure;
use crate::state::Said;
use crate::value::short;

/// What events of Claude Code begin with.
const PREFIX: &str = "claude_code.";

/// A log record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// When, in milliseconds UTC.
    pub at_ms: i64,
    /// Its name: of the event, or what its body says.
    pub name: String,
    /// What is said of it and of what made it; of several with the name, the last holds.
    pub attributes: Vec<(String, String)>,
}

/// Whether a name is one of an event of Claude Code.
pub fn is_known(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// What was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseKind {
    /// A tool.
    Tool,
    /// A model.
    Model,
}

/// A tool or a model was used.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// Which of both.
    pub kind: UseKind,
    /// Its name.
    pub name: String,
    /// Whether it went well.
    pub is_good: bool,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// What it cost, in US dollars.
    pub cost_usd: Option<f64>,
}

/// What a record says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Happened {
    /// The agent: `agent.id` where it is given, else the session.
    pub agent: String,
    /// What made the record: `claude-code`.
    pub kind: String,
    /// Its version; empty where nobody said.
    pub version: String,
    /// The machine; empty where nobody said.
    pub host: String,
    /// When.
    pub at_ms: i64,
    /// The event's name, without its prefix.
    pub name: String,
    /// A tool, a model; empty where there is none.
    pub subject: String,
    /// Whether it went well; nothing where that has no meaning.
    pub is_good: Option<bool>,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// What is said of it besides.
    pub text: String,
    /// By what figures grow.
    pub grown: Vec<(Figure, f64)>,
    /// What was used.
    pub used: Option<Used>,
    /// How the agent stands then.
    pub said: Option<Said>,
}

/// What a record says.
///
/// # Errors
/// Why it cannot be taken.
pub fn happened(record: &Record) -> Result<Happened, String> {
    let of = |name: &str| {
        let found = record
            .attributes
            .iter()
            .rev()
            .find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    };
    let text = |name: &str| of(name).map(short).unwrap_or_default();
    let amount = |name: &str| {
        let number = of(name).and_then(|it| it.parse::<f64>().ok());
        number.filter(|it| it.is_finite() && *it >= 0.0)
    };
    let name = record.name.strip_prefix(PREFIX).unwrap_or(&record.name);
    let agent = of("agent.id").or(of("session.id")).map(short);
    let agent = agent.ok_or_else(|| format!("{name} has neither session.id nor agent.id"))?;
    let duration_ms = amount("duration_ms").map(|ms| ms as i64);
    let version = [text("app.version"), text("service.version")];
    let mut found = Happened {
        agent,
        kind: of("service.name").map_or_else(|| "claude-code".to_owned(), short),
        version: version
            .into_iter()
            .find(|it| !it.is_empty())
            .unwrap_or_default(),
        host: text("host.name"),
        at_ms: record.at_ms,
        name: short(name),
        duration_ms,
        said: Some(Said::Active),
        ..Happened::default()
    };
    match name {
        "user_prompt" => {
            found.text =
                amount("prompt_length").map_or_else(String::new, |it| format!("{it} characters"));
        }
        "tool_result" => {
            let is_good = of("success") == Some("true");
            let counted = if is_good {
                Figure::TasksCompleted
            } else {
                Figure::TasksFailed
            };
            // The other is known as well: a part of both can be told.
            found.grown = vec![
                (counted, 1.0),
                (Figure::TasksCompleted, 0.0),
                (Figure::TasksFailed, 0.0),
            ];
            found.subject = text("tool_name");
            found.is_good = Some(is_good);
            found.text = text("error");
            found.used = Some(Used {
                kind: UseKind::Tool,
                name: found.subject.clone(),
                is_good,
                duration_ms,
                cost_usd: None,
            });
        }
        "api_request" => {
            let tokens = |name: &str| amount(name).unwrap_or(0.0);
            let (read, made) = (tokens("cache_read_tokens"), tokens("cache_creation_tokens"));
            let (sent, answered) = (tokens("input_tokens"), tokens("output_tokens"));
            let cost = amount("cost_usd");
            found.grown = vec![(Figure::Tokens, sent + answered + read + made)];
            found.grown.extend(cost.map(|cost| (Figure::CostUsd, cost)));
            found.subject = text("model");
            found.is_good = Some(true);
            found.text = format!("{} tokens in, {answered} out", sent + read + made);
            if let Some(cost) = cost {
                found.text.push_str(&format!(", ${cost:.4}"));
            }
            found.used = Some(Used {
                kind: UseKind::Model,
                name: found.subject.clone(),
                is_good: true,
                duration_ms,
                cost_usd: cost,
            });
        }
        "api_error" => {
            found.subject = text("model");
            found.is_good = Some(false);
            let why = [text("status_code"), text("error")];
            let why: Vec<_> = why.into_iter().filter(|it| !it.is_empty()).collect();
            found.text = why.join(": ");
            found.said = Some(Said::Failed);
            found.used = Some(Used {
                kind: UseKind::Model,
                name: found.subject.clone(),
                is_good: false,
                duration_ms,
                cost_usd: None,
            });
        }
        "tool_decision" => {
            found.subject = text("tool_name");
            found.is_good = of("decision").map(|it| it == "accept");
            found.text = [text("decision"), text("source")].join(" by ");
        }
        _ => {}
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, attributes: &[(&str, &str)]) -> Record {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Record {
            at_ms: 1000,
            name: name.to_owned(),
            attributes: attributes.iter().map(owned).collect(),
        }
    }

    #[test]
    fn events() {
        let session = ("session.id", "s1");
        for (name, attributes, expected, grown) in [
            (
                "claude_code.user_prompt",
                vec![session, ("prompt_length", "42"), ("prompt", "secret")],
                ("", None, "42 characters"),
                vec![],
            ),
            (
                "claude_code.tool_result",
                vec![
                    session,
                    ("tool_name", "Bash"),
                    ("success", "false"),
                    ("error", "exit 1"),
                    ("duration_ms", "12.7"),
                ],
                ("Bash", Some(false), "exit 1"),
                vec![(Figure::TasksFailed, 1.0)],
            ),
            (
                "claude_code.tool_result",
                vec![session, ("tool_name", "Read"), ("success", "true")],
                ("Read", Some(true), ""),
                vec![(Figure::TasksCompleted, 1.0)],
            ),
            (
                "claude_code.api_request",
                vec![
                    session,
                    ("model", "m"),
                    ("cost_usd", "0.0123"),
                    ("input_tokens", "10"),
                    ("output_tokens", "5"),
                    ("cache_read_tokens", "100"),
                    ("cache_creation_tokens", "x"),
                ],
                ("m", Some(true), "110 tokens in, 5 out, $0.0123"),
                vec![(Figure::Tokens, 115.0), (Figure::CostUsd, 0.0123)],
            ),
            (
                "claude_code.api_error",
                vec![
                    session,
                    ("model", "m"),
                    ("status_code", "529"),
                    ("error", "overloaded"),
                ],
                ("m", Some(false), "529: overloaded"),
                vec![],
            ),
            (
                "claude_code.tool_decision",
                vec![
                    session,
                    ("tool_name", "Edit"),
                    ("decision", "reject"),
                    ("source", "user_reject"),
                ],
                ("Edit", Some(false), "reject by user_reject"),
                vec![],
            ),
            (
                "claude_code.something_new",
                vec![session],
                ("", None, ""),
                vec![],
            ),
        ] {
            let found = happened(&record(name, &attributes)).unwrap();
            assert_eq!(found.agent, "s1");
            let said = (found.subject.as_str(), found.is_good, found.text.as_str());
            assert_eq!(said, expected, "{name}");
            let more: Vec<_> = found
                .grown
                .into_iter()
                .filter(|(_, more)| *more > 0.0)
                .collect();
            assert_eq!(more, grown, "{name}");
        }
    }

    #[test]
    fn whose_they_are() {
        let found = happened(&record(
            "claude_code.user_prompt",
            &[
                ("service.name", "claude-code"),
                ("session.id", "s"),
                ("agent.id", "a"),
                ("service.version", "2.1"),
            ],
        ));
        let found = found.unwrap();
        assert_eq!(
            (
                found.agent.as_str(),
                found.version.as_str(),
                found.kind.as_str()
            ),
            ("a", "2.1", "claude-code")
        );
        let why = happened(&record("claude_code.user_prompt", &[("session.id", " ")])).unwrap_err();
        assert_eq!(why, "user_prompt has neither session.id nor agent.id");
        assert!(is_known("claude_code.api_error") && !is_known("api_error"));
    }
}
