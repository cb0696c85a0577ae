//! Where a redirect may lead: an answer of somebody else must not send the product to a cloud's credentials.

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;

use super::Redirects;

/// Most redirects in a row.
const MOST: usize = 5;

pub(super) fn followed(builder: ClientBuilder, which: Redirects) -> ClientBuilder {
    match which {
        Redirects::None => builder.redirect(Policy::none()),
        Redirects::SameOrigin => builder.redirect(Policy::custom(|attempt| {
            let is_same = attempt
                .previous()
                .last()
                .is_some_and(|from| from.origin() == attempt.url().origin());
            match is_same {
                true => outbound::bounded(attempt, MOST),
                false => {
                    attempt.error("to another origin, which redirects = \"same_origin\" forbids")
                }
            }
        })),
        Redirects::Any => outbound::following(builder, MOST),
    }
}
