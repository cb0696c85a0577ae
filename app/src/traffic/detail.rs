//! One call closely: what it was, and its frames in order.

use leptos::prelude::*;
use ui::{Empty, PageTime, PanelFrame, SpanRow, Waterfall, all, format};
use wire::{CallDetail, CallFrame, FrameKind, Level, SeenCall, filter_token, path_segment};

use super::badge::badge;
use super::{signs, words};

/// The page of a call.
pub(crate) fn detail(detail: &CallDetail) -> AnyView {
    let call = &detail.call;
    let time = expect_context::<PageTime>();
    let title = format!("{} of {}", words::name(call), call.server);
    let link = |filter: String, word: &'static str| {
        let path = format!("/traffic?filter={}", path_segment(&filter));
        view! { <a href=move || time.href(&path)>{word}</a> }.into_any()
    };
    let server = filter_token("server", &call.server);
    let session = link(filter_token("session", &call.session), "its session");
    let same = link(format!("{server} {}", same(call)), "calls of the same");
    let failed = link(format!("{server} status:error"), "failing calls");
    let (timing, frames, facts) = (timing(detail), frames(detail), facts(call));
    let signs = (!detail.signs.is_empty()).then(|| {
        let found = signs::of_call(&detail.signs);
        view! { <PanelFrame id="signs" title="Suspicious">{found}</PanelFrame> }.into_any()
    });
    let said = format!("after {}.", format::seconds(call.duration_seconds));
    let badge = badge(call);
    view! {
        <h1>{title}</h1>
        <p>
            {badge} " "
            {said} " See "
            {session} ", " {same} ", " {failed} "."
        </p>
        <div class="columns">
            <div class="wide">
                {signs}
                <PanelFrame id="timing" title="Timing">{timing}</PanelFrame>
                <PanelFrame id="frames" title="Frames">{frames}</PanelFrame>
            </div>
            <div>
                <PanelFrame id="facts" title="Call">{facts}</PanelFrame>
            </div>
        </div>
    }
    .into_any()
}

/// What finds calls of the same.
fn same(call: &SeenCall) -> String {
    match &call.target {
        Some(target) => filter_token("tool", target),
        None => filter_token("method", &call.method),
    }
}

/// The call as names and values.
pub(super) fn pairs(call: &SeenCall) -> Vec<(&'static str, String)> {
    let given = |text: &Option<String>| text.clone().unwrap_or_else(|| "not said".to_owned());
    vec![
        ("Server", call.server.clone()),
        ("Method", call.method.clone()),
        (
            "Tool, prompt or resource",
            call.target.clone().unwrap_or_else(|| "–".to_owned()),
        ),
        ("Outcome", words::outcome(call)),
        ("Took", format::seconds(call.duration_seconds)),
        ("At", format::exact(call.at_ms)),
        ("Client", given(&call.client)),
        ("Protocol", given(&call.protocol)),
        ("Transport", call.transport.clone()),
        ("Session", call.session.clone()),
        ("Request", format::bytes(call.request_bytes as f64)),
        ("Answer", format::bytes(call.response_bytes as f64)),
        (
            "Tokens of the result",
            format::grouped(call.result_tokens as usize),
        ),
    ]
}

fn facts(call: &SeenCall) -> AnyView {
    crate::facts::facts(pairs(call))
}

/// Who says a frame.
fn speaker(frame: &CallFrame) -> &'static str {
    match frame.is_from_server {
        true => "server",
        false => "client",
    }
}

fn label(frame: &CallFrame) -> String {
    match frame.kind {
        FrameKind::Request => format!("asks: {}", frame.method),
        FrameKind::Progress => "tells of progress".to_owned(),
        FrameKind::Notification => format!("tells: {}", frame.method),
        FrameKind::Question => format!("asks back: {}", frame.method),
        FrameKind::Answer => "answers".to_owned(),
        FrameKind::End => "ends it without an answer".to_owned(),
    }
}

/// The call as a span, and each frame from the one before it.
fn timing(detail: &CallDetail) -> AnyView {
    let call = &detail.call;
    let mut spans = vec![SpanRow {
        name: words::name(call),
        service: "call".to_owned(),
        seconds: call.duration_seconds,
        level: words::level(call),
        ..SpanRow::default()
    }];
    spans.extend(detail.frames.windows(2).map(|pair| {
        let from_seconds = pair[0].after_seconds;
        SpanRow {
            name: label(&pair[1]),
            service: speaker(&pair[1]).to_owned(),
            depth: 1,
            from_seconds,
            seconds: (pair[1].after_seconds - from_seconds).max(0.0),
            level: Level::Unknown,
            href: None,
        }
    }));
    view! { <Waterfall title="Until each frame of the call" spans=move || spans.clone() /> }
        .into_any()
}

fn frames(detail: &CallDetail) -> AnyView {
    let rows = detail.frames.iter().map(|frame| {
        let text = frame
            .text
            .clone()
            .map(|text| view! { <pre tabindex="0">{text}</pre> }.into_any());
        let size = frame
            .bytes
            .map_or_else(String::new, |bytes| format::bytes(bytes as f64));
        view! {
            <tr>
                <td class="number">{format::seconds(frame.after_seconds)}</td>
                <th scope="row">{format!("{} {}", speaker(frame), label(frame))} {text}</th>
                <td class="number">{size}</td>
            </tr>
        }
    });
    let rows = all(rows);
    let more = match detail.frames_left_out {
        0 => String::new(),
        more => format!(
            "{} more passed by and are not kept. ",
            format::grouped(more as usize)
        ),
    };
    let is_told = detail.frames.iter().any(|frame| frame.text.is_some());
    let texts = match (is_told, detail.has_hidden_texts) {
        (true, _) => "What may be secret was hidden before it left the tap.",
        (_, true) => "What was said is kept, and shown to operators.",
        _ => "What was said is not kept: a tap tells it when it is started with --payloads.",
    };
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col" class="number">"After"</th>
                        <th scope="col">"Frame"</th>
                        <th scope="col" class="number">"Size"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <Empty>{format!("{more}{texts}")}</Empty>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_same_are_found() {
        let call = crate::traffic::list::tests::call(1);
        assert_eq!(same(&call), "method:ping");
        let target = Some("a b".to_owned());
        assert_eq!(same(&SeenCall { target, ..call }), "tool:\"a b\"");
    }
}
