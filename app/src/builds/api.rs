//! The server functions of these pages, like those of `crate::api`.

use leptos::prelude::*;
use wire::{BuildPair, BuildPicture};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// Builds that a page lists.
#[cfg(feature = "ssr")]
const LISTED: u32 = 100;

/// Builds of the stretch that is `range_ms` long and ends at `until_ms`, or now; of one project where one is named.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_builds(
    project: String,
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<BuildPicture>, Failure> {
    let (services, caller) = services()?;
    let query = wire::BuildQuery {
        project,
        range: Some(wire::TimeRange::of(range_ms, until_ms)),
        limit: LISTED,
    };
    Answer::of(&services.builds.picture(&caller, query).await?)
}

/// One build, and another to compare it with where one is named.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_build(id: String, with: String) -> Result<Answer<BuildPair>, Failure> {
    let (services, caller) = services()?;
    let build = services.builds.detail(&caller, &id).await?;
    let other = match with.as_str() {
        "" => None,
        with => Some(services.builds.detail(&caller, with).await?),
    };
    Answer::of(&BuildPair { build, other })
}
