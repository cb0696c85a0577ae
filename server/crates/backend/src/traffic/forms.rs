//! Calls as files that other tools read.

pub(crate) mod har;
pub(crate) mod otlp;

use wire::{CallDetail, CallOutcome, SeenCall};

/// Why a call counts as an error, as OpenTelemetry's conventions for MCP have it.
fn error_type(call: &SeenCall) -> Option<String> {
    let word = match (call.outcome, call.code) {
        (CallOutcome::Ok | CallOutcome::Unknown, _) => return None,
        (CallOutcome::JsonrpcError, Some(code)) => return Some(code.to_string()),
        (CallOutcome::Transport, Some(status)) => return Some(format!("http_{status}")),
        (outcome, _) => outcome.as_str(),
    };
    Some(word.to_owned())
}

/// What was asked and answered, where it is there.
fn texts(detail: &CallDetail) -> [Option<&str>; 2] {
    [detail.frames.first(), detail.frames.last()].map(|frame| frame?.text.as_deref())
}
