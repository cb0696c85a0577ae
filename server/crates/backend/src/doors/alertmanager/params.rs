//! Parameters of what is read.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use model::Labels;
use notifier::{Matcher, Op, parse_matcher};

use super::answer::Failure;

/// The most filters of a request.
const MOST_FILTERS: usize = 50;
/// The label in which the name of a receiver is looked at.
const RECEIVER: &str = "receiver";

/// What is in the address; a name may come more than once.
pub(super) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) = query.map_err(|why| Failure::bad(why.body_text()))?;
        Ok(Self(pairs))
    }
}

impl Params {
    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = self.0.iter().filter(move |(known, _)| known == name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// Whether something is wanted; it is where nothing is said. What is no word for it says no.
    pub(super) fn is_wanted(&self, name: &str) -> bool {
        const YES: [&str; 10] = [
            "true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled",
        ];
        // The last one counts.
        match self.all(name).last().unwrap_or_default() {
            "" => true,
            word => YES.contains(&word.to_ascii_lowercase().as_str()),
        }
    }

    /// Matchers that all have to match.
    pub(super) fn filters(&self) -> Result<Vec<Matcher>, Failure> {
        if self.all("filter").count() > MOST_FILTERS {
            let message = format!("a request has at most {MOST_FILTERS} filters");
            return Err(Failure::bad(message));
        }
        let read = |text: &str| {
            let read = parse_matcher(text);
            read.map_err(|why| Failure::bad(format!("bad matcher format: {why}")))
        };
        self.all("filter").map(read).collect()
    }

    /// What is wanted of receivers.
    pub(super) fn receivers(&self) -> Result<Receivers, Failure> {
        let Some(text) = self.all(RECEIVER).last().filter(|text| !text.is_empty()) else {
            return Ok(Receivers(None));
        };
        let matcher = Matcher::new(RECEIVER, Op::Matches, text);
        let wrong = |why| Failure::bad(format!("failed to parse receiver param: {why}"));
        matcher.map(|it| Receivers(Some(it))).map_err(wrong)
    }
}

/// Which receivers are wanted: those whose names an expression matches, or all.
pub(super) struct Receivers(Option<Matcher>);

impl Receivers {
    /// Whether one is.
    pub(super) fn has(&self, name: &str) -> bool {
        let is_it = |it: &Matcher| it.matches(&Labels::new().with(RECEIVER, name));
        self.0.as_ref().is_none_or(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Params(pairs.iter().map(owned).collect())
    }

    #[test]
    fn what_is_wanted() {
        for (text, wanted) in [
            ("", true),
            ("true", true),
            ("Yes", true),
            ("1", true),
            ("false", false),
            ("maybe", false),
        ] {
            assert_eq!(
                params(&[("active", text)]).is_wanted("active"),
                wanted,
                "{text}"
            );
        }
        assert!(params(&[]).is_wanted("active"));
        let receivers = |text| params(&[("receiver", text)]).receivers().unwrap();
        for (text, name, wanted) in [
            ("", "x", true),
            ("te.*", "team", true),
            ("te", "team", false),
            ("a|team", "team", true),
        ] {
            assert_eq!(receivers(text).has(name), wanted, "{text}");
        }
        assert!(params(&[("receiver", "(")]).receivers().is_err());
        let many = vec![("filter", "a=b"); MOST_FILTERS + 1];
        assert!(params(&many).filters().is_err());
    }
}
