//! The address of the page: what is looked at, filtered and chosen stands in it, so that it can be
//! loaded again, sent to somebody, and gone back to.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::params::ParamsMap;
use wire::path_segment;

type Navigate = Box<dyn Fn(&str, NavigateOptions)>;

/// The address of the page that is shown.
#[derive(Clone, Copy)]
pub(crate) struct Address {
    path: Memo<String>,
    /// Its query, as it is written.
    pub(crate) search: Memo<String>,
    /// The parameters of its query.
    pub(crate) query: Memo<ParamsMap>,
    navigate: StoredValue<Navigate, LocalStorage>,
}

impl Address {
    /// Of the page that is being made.
    pub(crate) fn here() -> Self {
        let location = use_location();
        let navigate: Navigate = Box::new(use_navigate());
        Self {
            path: location.pathname,
            search: location.search,
            query: location.query,
            navigate: StoredValue::new_local(navigate),
        }
    }

    /// Sets parameters; an empty value removes one. It is a step that leads back, unless it `replaces`
    /// the address.
    pub(crate) fn set(self, changes: &[(&'static str, String)], replaces: bool) {
        let query = self
            .search
            .with_untracked(|search| changed(search, changes));
        let address = self.path.get_untracked();
        match query.is_empty() {
            true => self.go(&address, replaces),
            false => self.go(&format!("{address}?{query}"), replaces),
        }
    }

    /// Goes to an address on this page; a step that leads back, unless it `replaces` this one.
    pub(crate) fn go(self, address: &str, replaces: bool) {
        let options = NavigateOptions {
            scroll: false,
            replace: replaces,
            ..NavigateOptions::default()
        };
        self.navigate
            .with_value(|navigate| navigate(address, options));
    }
}

/// A query with some of its parameters changed. The others stay as they are written: what a router reads
/// of them it has decoded twice.
fn changed(search: &str, changes: &[(&'static str, String)]) -> String {
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !changes.iter().any(|(changed, _)| *changed == name)
    };
    let kept = search.split('&').filter(is_kept).map(str::to_owned);
    let set = changes.iter().filter(|(_, value)| !value.is_empty());
    let set = set.map(|(name, value)| format!("{name}={}", path_segment(value)));
    kept.chain(set).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_stays_as_it_is() {
        for (search, changes, expected) in [
            ("", &[][..], ""),
            ("", &[("range", "6h")], "range=6h"),
            (
                "range=6h&q=a%2520b&q=c+d",
                &[("range", "")],
                "q=a%2520b&q=c+d",
            ),
            (
                "q=up&from=1&to=2",
                &[("range", "1h"), ("from", ""), ("to", "")],
                "q=up&range=1h",
            ),
            ("&a=1&", &[("filter", "x y&z")], "a=1&filter=x%20y%26z"),
        ] {
            let changes: Vec<_> = changes
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect();
            assert_eq!(changed(search, &changes), expected, "{search}");
        }
    }
}
