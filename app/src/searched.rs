//! A search whose question stands in the address of its page; what is found stands below it, in pages.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use ui::PageTime;
use wire::path_segment;

use crate::address::Address;

/// The stretches of time that can be chosen: days as they are sent, and as they are called.
const DAYS: [(&str, &str); 5] = [
    ("", "all that is kept"),
    ("1", "the last day"),
    ("7", "the last 7 days"),
    ("30", "the last 30 days"),
    ("90", "the last 90 days"),
];

/// The same as options of a field.
pub(crate) fn days() -> Vec<(String, String)> {
    DAYS.map(|(sent, called)| (sent.to_owned(), called.to_owned()))
        .to_vec()
}

/// Words as options of a field, after one that stands for any of them.
pub(crate) fn words(any: &str, words: impl Iterator<Item = &'static str>) -> Vec<(String, String)> {
    let words = words.map(|it| (it.to_owned(), it.to_owned()));
    std::iter::once((String::new(), any.to_owned()))
        .chain(words)
        .collect()
}

/// Parts of a question, each with its name, as the query of an address; what says nothing is left out.
pub(crate) fn query(parts: &[(&str, &str)]) -> String {
    let said = parts.iter().filter(|(_, value)| !value.is_empty());
    let said: Vec<_> = said
        .map(|(name, value)| format!("{name}={}", path_segment(value)))
        .collect();
    said.join("&")
}

/// The address of a page that is asked this.
pub(crate) fn address(path: &str, parts: &[(&str, &str)]) -> String {
    match query(parts).as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// A number that is another for another question.
pub(crate) fn version(address: &str) -> u32 {
    let step = |hash: u32, byte: u8| hash.wrapping_mul(31).wrapping_add(u32::from(byte));
    address.bytes().fold(1, step)
}

/// So many days in milliseconds, as an export is asked for them; empty for all.
pub(crate) fn last_ms(days: Option<i64>) -> String {
    days.map_or_else(String::new, |days| {
        days.saturating_mul(86_400_000).to_string()
    })
}

/// Puts what stands in the fields of a form into the address, which asks it.
pub(crate) fn submit<const N: usize>(
    address: Address,
    fields: [(&'static str, RwSignal<String>); N],
) -> impl Fn(SubmitEvent) + 'static {
    move |event| {
        event.prevent_default();
        let said = fields.map(|(name, text)| (name, text.get_untracked()));
        address.set(&said, false);
    }
}

/// The ways to the newest, from any page but the first, and to what is older, where there is more.
pub(crate) fn pages(newest: Option<String>, older: Option<String>) -> AnyView {
    let time = expect_context::<PageTime>();
    let link = |path: String, word: &'static str| {
        view! { <a href=move || time.href(&path)>{word}</a> " " }.into_any()
    };
    let newest = newest.map(|path| link(path, "Newest"));
    let older = older.map(|path| link(path, "Older"));
    view! { <p>{newest} {older}</p> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let parts = [("text", "full disk"), ("state", ""), ("server", "a&b")];
        let asked = address("/p", &parts);
        assert_eq!(asked, "/p?text=full%20disk&server=a%26b");
        assert_eq!(address("/p", &[("text", "")]), "/p");
        assert_ne!(version(&asked), version("/p"));
        assert_eq!(
            (last_ms(None).as_str(), last_ms(Some(7)).as_str()),
            ("", "604800000")
        );
    }
}
