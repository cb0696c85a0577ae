//! Lists what a server offers besides tools: prompts, resources, templates of resources.
//!
//! Nothing of it makes a server healthy or not. It is asked for at the first probe of a session, when the server says
//! that it changed, when somebody wants to know now, and else once in a while.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use drift::{Definition, Kind};
use rmcp::model::{
    ClientRequest, ListPromptsRequest, ListResourceTemplatesRequest, ListResourcesRequest,
    PaginatedRequestParams, ServerPeerInfo,
};
use serde_json::Value;
use tokio::time::Instant;

use super::Session;
use super::listing::next_cursor;
use crate::MAX_TOOLS;
use crate::observation::Listing;

/// How often it is asked for while nothing speaks for a change.
const INTERVAL: Duration = Duration::from_secs(300);

/// What is known of what a server offers besides tools.
pub(super) struct Others {
    prompts: bool,
    resources: bool,
    /// When it is asked for again.
    due: Instant,
}

impl Others {
    /// As the handshake says.
    pub(super) fn offered(info: Option<&ServerPeerInfo>) -> Self {
        let capabilities = info.map(|info| &info.capabilities);
        Self {
            prompts: capabilities.is_some_and(|it| it.prompts.is_some()),
            resources: capabilities.is_some_and(|it| it.resources.is_some()),
            due: Instant::now(),
        }
    }
}

impl Session {
    /// What is listed to its end, where it is time to ask or somebody wants it `anew`. Each page may take `limit`, and
    /// each list so long in all.
    pub(crate) async fn list_others(&mut self, limit: Duration, anew: bool) -> Vec<Listing> {
        let client = self.service.service();
        let changed = client.others_changed.swap(false, Ordering::Relaxed);
        if !anew && !changed && Instant::now() < self.others.due {
            return Vec::new();
        }
        self.others.due = Instant::now() + INTERVAL;
        let mut listed = Vec::new();
        for (kind, is_offered) in [
            (Kind::Prompt, self.others.prompts),
            (Kind::Resource, self.others.resources),
            (Kind::Template, self.others.resources),
        ] {
            let definitions = match is_offered {
                true => self.list(kind, limit).await,
                false => Ok(Vec::new()),
            };
            match definitions {
                Ok(definitions) => listed.push(Listing { kind, definitions }),
                // Many servers have resources and know no templates.
                Err(why) => tracing::debug!(kind = kind.as_str(), why, "a list could not be read"),
            }
        }
        listed
    }

    /// One list, all pages.
    async fn list(&self, kind: Kind, limit: Duration) -> Result<Vec<Definition>, String> {
        let began = Instant::now();
        let mut definitions = Vec::new();
        let mut cursors = HashSet::new();
        let mut cursor = None;
        loop {
            let left = limit.saturating_sub(began.elapsed());
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let answer = self.ask(request(kind, page), left).await;
            let answer = answer.map_err(|error| error.to_string())?;
            let page = serde_json::to_value(&answer).map_err(|error| error.to_string())?;
            let items = page.get(field(kind)).and_then(Value::as_array);
            let items = items.ok_or("the answer is no list")?;
            for item in items {
                let definition = Definition::listed(kind, item);
                definitions.push(definition.ok_or("an entry has no name")?);
            }
            if definitions.len() > MAX_TOOLS {
                return Err(format!("it has more than {MAX_TOOLS} entries"));
            }
            let next = next_cursor(&page).map_err(|odd| format!("it {odd}"))?;
            let Some(next) = next else {
                return Ok(definitions);
            };
            if !cursors.insert(next.clone()) {
                return Err("it comes back to a page that was already read".to_owned());
            }
            cursor = Some(next);
        }
    }
}

fn request(kind: Kind, page: PaginatedRequestParams) -> ClientRequest {
    match kind {
        Kind::Prompt => ClientRequest::ListPromptsRequest(ListPromptsRequest::with_param(page)),
        Kind::Template => ClientRequest::ListResourceTemplatesRequest(
            ListResourceTemplatesRequest::with_param(page),
        ),
        _ => ClientRequest::ListResourcesRequest(ListResourcesRequest::with_param(page)),
    }
}

/// Where a list stands in its answer.
fn field(kind: Kind) -> &'static str {
    match kind {
        Kind::Prompt => "prompts",
        Kind::Template => "resourceTemplates",
        _ => "resources",
    }
}
