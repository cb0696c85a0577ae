//! Two calls side by side: what differs stands out.

use leptos::prelude::*;
use ui::{Empty, PageTime, all, format};
use wire::CallDetail;

use super::detail::pairs;

/// Two calls.
pub(crate) fn compared(details: &[CallDetail]) -> AnyView {
    let [one, other] = details else {
        return view! { <Empty>"Choose two calls in the table below, and compare them."</Empty> }
            .into_any();
    };
    let time = expect_context::<PageTime>();
    let head = [one, other].map(|detail| {
        let id = detail.call.id;
        view! {
            <th scope="col">
                <a href=move || time.href(&format!("/traffic/calls/{id}"))>{format!("Call {id}")}</a>
            </th>
        }
    });
    let rows = rows(one, other)
        .into_iter()
        .map(|(name, a, b)| match a == b {
            true => {
                view! { <tr><th scope="row">{name}</th><td>{a}</td><td>{b}</td></tr> }.into_any()
            }
            false => view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td><b>{a}</b></td>
                    <td><b>{b}</b></td>
                </tr>
            }
            .into_any(),
        });
    let rows = all(rows);
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        {all(head.into_iter())}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What is said of both.
fn rows(one: &CallDetail, other: &CallDetail) -> Vec<(&'static str, String, String)> {
    let both = pairs(&one.call).into_iter().zip(pairs(&other.call));
    let mut rows: Vec<_> = both.map(|((name, a), (_, b))| (name, a, b)).collect();
    let frames = |detail: &CallDetail| {
        let frames = detail.frames.iter().map(|frame| frame.kind.as_str());
        frames.collect::<Vec<_>>().join(", ")
    };
    rows.push(("Frames", frames(one), frames(other)));
    let first = |detail: &CallDetail| {
        let first = detail.frames.get(1);
        first.map_or_else(String::new, |frame| format::seconds(frame.after_seconds))
    };
    rows.push(("Until the server's first frame", first(one), first(other)));
    let said = |detail: &CallDetail, is_last: bool| {
        let frame = if is_last {
            detail.frames.last()
        } else {
            detail.frames.first()
        };
        frame
            .and_then(|frame| frame.text.clone())
            .unwrap_or_else(|| "not kept".to_owned())
    };
    rows.push(("What was asked", said(one, false), said(other, false)));
    rows.push(("What was answered", said(one, true), said(other, true)));
    rows
}
