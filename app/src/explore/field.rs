//! The field that a query is written in: a text area, and beneath its letters the same text in colours.
//!
//! The area stays what it is for keys, undo and screen readers. What is drawn beneath has the same type
//! and wraps at the same places, and gives the area its height.

use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::web_sys::HtmlTextAreaElement;
use ui::all;
use wire::Mistake;

use super::choices::accept;
use super::context::{Wanted, place};
use super::lexer::{Kind, tokens};
use super::popup::{Popup, choice_id};
use super::session::{Row, Session};

/// The field of a row.
pub(crate) fn field(
    session: Session,
    row: Row,
    label: impl Fn() -> String + Send + Sync + 'static,
) -> AnyView {
    let area = NodeRef::<Textarea>::new();
    let popup = Popup::of(row, session.words);
    let take = move |at: usize| {
        if let Some(area) = area.get_untracked() {
            take(&area, row, popup, at);
        }
    };
    let keys = move |event: KeyboardEvent| {
        if !event.is_composing() && press(&event, session, popup, &take) {
            event.prevent_default();
        }
    };
    let typed = move |area: HtmlTextAreaElement| {
        row.expr.set(area.value());
        row.check_soon();
        popup.look_at(&area, false);
    };
    let ask = move |event: KeyboardEvent| {
        // The cursor has been moved: what was offered was for another place.
        let moves = ["ArrowLeft", "ArrowRight", "Home", "End"];
        if moves.contains(&event.key().as_str()) {
            popup.close();
        }
    };
    let colours = move || {
        let mistake = row.mistake.get();
        row.expr.with(|text| coloured(text, mistake.as_ref()))
    };
    let id = move |part: &str| format!("query-{}{part}", row.id);
    let is_wrong = move || row.mistake.with(Option::is_some) || session.trouble_of(row).is_some();
    view! {
        <div class="code" class:is-open=move || popup.is_open()>
            <pre class="colours" aria-hidden="true">{move || colours()}</pre>
            <textarea
                node_ref=area
                id=id("")
                name="q"
                rows="1"
                placeholder="PromQL, for instance mcp_server_up"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-label=move || label()
                aria-autocomplete="list"
                aria-haspopup="listbox"
                aria-controls=move || popup.is_open().then(|| id("-choices"))
                aria-activedescendant=move || popup.is_open().then(|| choice_id(row, popup.chosen.get()))
                aria-invalid=move || is_wrong().then_some("true")
                aria-describedby=id("-problem")
                inner_html=escaped(&row.expr.get_untracked())
                prop:value=move || row.expr.get()
                on:focus=move |_| session.words.wake()
                on:blur=move |_| popup.close()
                on:click=move |_| popup.close()
                on:keydown=keys
                on:keyup=ask
                on:input:target=move |event| typed(event.target())
            ></textarea>
            {popup.view(row, take)}
        </div>
    }
    .into_any()
}

/// What a key does; whether it is used up.
fn press(event: &KeyboardEvent, session: Session, popup: Popup, take: &impl Fn(usize)) -> bool {
    let has_command = event.ctrl_key() || event.meta_key();
    let key = event.key();
    match key.as_str() {
        "Enter" if has_command => {
            popup.close();
            session.run();
        }
        " " if event.ctrl_key() => {
            if let Some(area) = area_of(event) {
                popup.look_at(&area, true);
            }
        }
        _ if has_command || event.alt_key() => return false,
        "Escape" if popup.is_open() => popup.close(),
        "Enter" if event.shift_key() => return false,
        "Tab" if popup.is_open() && !event.shift_key() => take(popup.chosen.get_untracked()),
        "Enter" if popup.is_open() && popup.takes_enter() => take(popup.chosen.get_untracked()),
        "Enter" => {
            popup.close();
            session.run();
        }
        key => return popup.is_open() && popup.step(key),
    }
    true
}

fn area_of(event: &KeyboardEvent) -> Option<HtmlTextAreaElement> {
    use leptos::wasm_bindgen::JsCast;

    event.target().and_then(|target| target.dyn_into().ok())
}

/// Puts a choice into the text.
fn take(area: &HtmlTextAreaElement, row: Row, popup: Popup, at: usize) {
    let Some((place, choice)) = popup.choice(at) else {
        return;
    };
    let text = area.value();
    let (after, cursor) = accept(&text, &place, &choice);
    popup.close();
    write(area, &text, &after);
    row.expr.set(after.clone());
    row.check_soon();
    let cursor = utf16(&after, cursor);
    // The field is there: it has the focus.
    let _ = area.set_selection_range(cursor, cursor);
    // Between quotes that have just been written, values are wanted.
    if is_in_value(&after, area) {
        popup.look_at(area, false);
    }
}

fn is_in_value(text: &str, area: &HtmlTextAreaElement) -> bool {
    let place = place(text, cursor_of(area, text));
    place.typed.is_empty() && matches!(place.wanted, Wanted::LabelValue { .. })
}

/// Writes a text as somebody would who types it, so that it can be undone.
fn write(area: &HtmlTextAreaElement, before: &str, after: &str) {
    let same = |a: char, b: char| a == b;
    let begin: usize = before
        .chars()
        .zip(after.chars())
        .take_while(|(a, b)| same(*a, *b))
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (old, new) = (&before[begin..], &after[begin..]);
    let end: usize = old
        .chars()
        .rev()
        .zip(new.chars().rev())
        .take_while(|(a, b)| same(*a, *b))
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (from, to) = (utf16(before, begin), utf16(before, before.len() - end));
    let _ = area.set_selection_range(from, to);
    if !insert(&new[..new.len() - end]) {
        area.set_value(after);
    }
}

/// Has the browser insert a text where something is selected; `false` where it does not.
#[cfg(feature = "hydrate")]
fn insert(text: &str) -> bool {
    use leptos::wasm_bindgen::JsCast;

    let document: leptos::web_sys::HtmlDocument = document().unchecked_into();
    let command = if text.is_empty() {
        "delete"
    } else {
        "insertText"
    };
    let done = document.exec_command_with_show_ui_and_value(command, false, text);
    done.unwrap_or(false)
}

#[cfg(not(feature = "hydrate"))]
fn insert(_: &str) -> bool {
    false
}

/// Where the cursor stands, in bytes of the text.
pub(super) fn cursor_of(area: &HtmlTextAreaElement, text: &str) -> usize {
    let wanted = area.selection_end().ok().flatten().unwrap_or(u32::MAX);
    let mut units = 0;
    for (at, letter) in text.char_indices() {
        if units >= wanted {
            return at;
        }
        units += letter.len_utf16() as u32;
    }
    text.len()
}

/// Browsers count in units of UTF-16.
fn utf16(text: &str, at: usize) -> u32 {
    let before = text.get(..at).unwrap_or(text);
    before.chars().map(|letter| letter.len_utf16() as u32).sum()
}

/// A text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The text in colours, a mistake underlined.
fn coloured(text: &str, mistake: Option<&(String, Mistake)>) -> AnyView {
    // What was wrong with an older text is where it was, if nothing before it has changed.
    let wrong = mistake.and_then(|(checked, mistake)| {
        let (from, to) = (mistake.from as usize, mistake.to as usize);
        let is_same = checked.get(..to)? == text.get(..to)?;
        is_same.then_some((from, to))
    });
    let parts = parts(text, wrong).into_iter().map(|part| match part {
        Part::Word(kind, words, is_wrong) => {
            let class = match is_wrong {
                true => format!("{} wrong", kind.class()),
                false => kind.class().to_owned(),
            };
            view! { <span class=class>{words}</span> }.into_any()
        }
        Part::Missing => view! { <i class="wrong"></i> }.into_any(),
    });
    // A line that has only been begun has its height.
    let end = view! { <br /> };
    view! { {all(parts)} {end} }.into_any()
}

#[derive(Debug, PartialEq)]
enum Part {
    Word(Kind, String, bool),
    /// Something is missing here.
    Missing,
}

/// The words of a text, cut where a mistake begins and ends.
fn parts(text: &str, wrong: Option<(usize, usize)>) -> Vec<Part> {
    let (from, to) = wrong.unwrap_or((usize::MAX, usize::MAX));
    let is_missing = from == to;
    let mut parts = Vec::new();
    for token in tokens(text) {
        let (begin, end) = (token.from, token.to);
        let (first, last) = (from.clamp(begin, end), to.clamp(begin, end));
        let cuts = [
            (begin, first, false),
            (first, last, true),
            (last, end, false),
        ];
        for (place, (begin, end, is_wrong)) in cuts.into_iter().enumerate() {
            let words = text.get(begin..end).unwrap_or_default();
            if !words.is_empty() {
                parts.push(Part::Word(token.kind, words.to_owned(), is_wrong));
            }
            if place == 1 && is_missing && (token.from..token.to).contains(&from) {
                parts.push(Part::Missing);
            }
        }
    }
    if is_missing && from == text.len() {
        parts.push(Part::Missing);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_underlined_where_they_are() {
        for (text, wrong, expected) in [
            ("up + 1", None, "up| |+| |1"),
            ("", Some((0, 0)), "!"),
            ("up +", Some((4, 4)), "up| |+|!"),
            ("sum(up", Some((3, 4)), "sum|~(~|up"),
            ("up  + 1", Some((2, 2)), "up|!|  |+| |1"),
            ("a_long_name", Some((2, 6)), "a_|~long~|_name"),
            ("rate(up) + 1", Some((0, 8)), "~rate~|~(~|~up~|~)~| |+| |1"),
            ("up", Some((5, 9)), "up"),
        ] {
            let shown = parts(text, wrong).into_iter().map(|part| match part {
                Part::Word(_, words, true) => format!("~{words}~"),
                Part::Word(_, words, false) => words,
                Part::Missing => "!".to_owned(),
            });
            assert_eq!(shown.collect::<Vec<_>>().join("|"), expected, "{text}");
        }
    }

    #[test]
    fn browsers_count_otherwise() {
        for (text, at, units) in [("a\u{e9}b", 3, 2), ("\u{1f600}b", 4, 2), ("ab", 9, 2)] {
            assert_eq!(utf16(text, at), units, "{text}");
        }
        assert_eq!(escaped("a < b & \"c\""), "a &lt; b &amp; \"c\"");
    }
}
