//! A call with its frames, of what is kept of it.

use traffic::{Passed, Side};
use wire::{CallDetail, CallFrame, CallOutcome, FrameKind, SeenCall, SeenSign};

/// All that is kept of a call.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) call: SeenCall,
    /// What was asked and answered, where that is kept.
    pub(super) request: Option<String>,
    pub(super) response: Option<String>,
    /// What passed by meanwhile.
    pub(super) passed: Vec<Passed>,
    /// What was said in each of those.
    pub(super) passed_said: Vec<Option<String>>,
    pub(super) passed_more: u64,
    /// What in it looks like an attack or a secret.
    pub(super) signs: Vec<SeenSign>,
}

impl Kept {
    /// Its frames in order; with what was said, if that may be seen.
    pub(super) fn detail(self, may_see: bool) -> CallDetail {
        let Self {
            call,
            request,
            response,
            passed,
            passed_said,
            passed_more,
            signs,
        } = self;
        let texts = passed_said.iter().flatten().count();
        let has_texts = request.is_some() || response.is_some() || texts > 0;
        let seen = |text: Option<String>| text.filter(|_| may_see);
        let mut frames = vec![CallFrame {
            kind: FrameKind::Request,
            is_from_server: call.is_from_server,
            after_seconds: 0.0,
            method: call.method.clone(),
            bytes: Some(call.request_bytes),
            text: seen(request),
        }];
        let mut said = passed_said.into_iter();
        frames.extend(passed.into_iter().map(|it| CallFrame {
            kind: kind(&it),
            is_from_server: it.from == Side::Server,
            after_seconds: it.after_seconds,
            method: it.method,
            bytes: Some(it.bytes),
            text: seen(said.next().flatten()),
        }));
        let is_answered = matches!(
            call.outcome,
            CallOutcome::Ok | CallOutcome::ToolError | CallOutcome::JsonrpcError
        );
        // Who gave up is who asked; a connection ends for both.
        let gave_up = matches!(call.outcome, CallOutcome::Timeout | CallOutcome::Cancelled);
        frames.push(CallFrame {
            kind: match is_answered {
                true => FrameKind::Answer,
                false => FrameKind::End,
            },
            is_from_server: call.is_from_server == gave_up,
            after_seconds: call.duration_seconds,
            method: call.method.clone(),
            bytes: is_answered.then_some(call.response_bytes),
            text: seen(response),
        });
        CallDetail {
            call,
            frames,
            frames_left_out: passed_more,
            signs,
            has_hidden_texts: has_texts && !may_see,
        }
    }
}

fn kind(passed: &Passed) -> FrameKind {
    match passed.method.as_str() {
        _ if passed.is_request => FrameKind::Question,
        "notifications/progress" => FrameKind::Progress,
        _ => FrameKind::Notification,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A call that took 250 ms and told of progress once.
    pub(in crate::traffic) fn kept(outcome: CallOutcome, code: Option<i64>) -> Kept {
        Kept {
            call: SeenCall {
                id: 7,
                at_ms: 1_795_233_906_789,
                server: "files".to_owned(),
                transport: "stdio".to_owned(),
                session: "s-1".to_owned(),
                is_from_server: false,
                client: Some("agent".to_owned()),
                protocol: Some("2025-11-25".to_owned()),
                method: "tools/call".to_owned(),
                target: Some("read".to_owned()),
                duration_seconds: 0.25,
                outcome,
                code,
                is_empty: false,
                is_unadvertised: false,
                is_suspicious: false,
                request_bytes: 120,
                response_bytes: 4_096,
                result_tokens: 900,
            },
            request: Some("{\"q\":1}".to_owned()),
            response: None,
            passed: vec![Passed {
                after_seconds: 0.1,
                from: Side::Server,
                method: "notifications/progress".to_owned(),
                is_request: false,
                bytes: 90,
                text: None,
            }],
            passed_said: vec![Some("half".to_owned())],
            passed_more: 3,
            signs: Vec::new(),
        }
    }

    #[test]
    fn frames_are_in_order() {
        for (outcome, expected) in [
            (CallOutcome::Ok, "request> progress< answer<"),
            (CallOutcome::ToolError, "request> progress< answer<"),
            (CallOutcome::Timeout, "request> progress< end>"),
            (CallOutcome::Transport, "request> progress< end<"),
        ] {
            let detail = kept(outcome, None).detail(true);
            let frame = |frame: &CallFrame| {
                let way = if frame.is_from_server { '<' } else { '>' };
                format!("{}{way}", frame.kind.as_str())
            };
            let frames: Vec<_> = detail.frames.iter().map(frame).collect();
            assert_eq!(frames.join(" "), expected, "{outcome:?}");
            assert_eq!(detail.frames_left_out, 3);
        }
    }

    #[test]
    fn texts_are_not_for_everybody() {
        let texts = |may_see: bool| {
            let detail = kept(CallOutcome::Ok, None).detail(may_see);
            let texts = detail.frames.iter().filter(|frame| frame.text.is_some());
            (texts.count(), detail.has_hidden_texts)
        };
        assert_eq!(texts(true), (2, false));
        assert_eq!(texts(false), (0, true));
    }
}
