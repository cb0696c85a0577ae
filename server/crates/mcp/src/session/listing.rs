//! Lists the tools, page by page, and no more often than the server wants to be asked.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rmcp::model::{ClientRequest, ListToolsRequest, PaginatedRequestParams, ServerResult};
use rmcp::service::ServiceError;
use serde_json::Value;
use tokio::time::Instant;

use super::{Session, Trouble};
use crate::observation::{Failure, Step};
use crate::tool::{Collector, MAX_TOOLS, Tool};
use crate::{Level, Reason};

/// A list of tools that need not be asked for.
pub(super) struct Kept {
    until: Instant,
    count: usize,
}

/// Longest time for which a list is kept.
const LONGEST_KEPT: Duration = Duration::from_secs(365 * 86_400);

impl Session {
    /// How many tools there are and for how much longer that holds, when the server lets its list
    /// be kept and has not said that it changed.
    pub(crate) fn kept_tools(&self) -> Option<(usize, Duration)> {
        let kept = self.kept.as_ref()?;
        let left = kept.until.checked_duration_since(Instant::now())?;
        let changed = self.service.service().tools_changed.load(Ordering::Relaxed);
        (!changed && !left.is_zero()).then_some((kept.count, left))
    }

    /// `tools/list`, all pages; each page may take `limit`, all of them `total`.
    pub(crate) async fn list_tools(
        &mut self,
        limit: Duration,
        total: Duration,
    ) -> Result<Vec<Tool>, Trouble> {
        let began = Instant::now();
        // What changes from now on may be missing in the list.
        let client = self.service.service();
        client.tools_changed.store(false, Ordering::Relaxed);
        self.kept = None;
        let mut collector = Collector::default();
        let mut may_be_kept = LONGEST_KEPT;
        let mut cursors = std::collections::HashSet::new();
        let mut cursor = None;
        loop {
            let left = total.saturating_sub(began.elapsed());
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let request = ClientRequest::ListToolsRequest(ListToolsRequest::with_param(page));
            let next = match self.ask(request, limit.min(left)).await {
                Ok(result) => read_page(result, &mut collector).map(|page| {
                    may_be_kept = may_be_kept.min(page.may_be_kept);
                    page.next_cursor
                }),
                Err(ServiceError::Timeout { .. }) if left < limit && !cursors.is_empty() => {
                    return Err(endless(&format!(
                        "went on for {:.0} s",
                        total.as_secs_f64()
                    )));
                }
                Err(error) => return Err(self.trouble(Step::ListTools, error, limit).await),
            };
            let Some(next) = next else {
                let error = ServiceError::UnexpectedResponse;
                return Err(self.trouble(Step::ListTools, error, limit).await);
            };
            let next = next.map_err(endless)?;
            if collector.len() > MAX_TOOLS {
                return Err(endless(&format!("has more than {MAX_TOOLS} tools")));
            }
            let Some(next) = next else {
                self.kept = Some(Kept {
                    until: began + may_be_kept,
                    count: collector.len(),
                });
                return Ok(collector.into_tools());
            };
            // Pages without a tool would otherwise go on until the time is up.
            if cursors.len() > MAX_TOOLS || !cursors.insert(next.clone()) {
                return Err(endless("comes back to a page that was already read"));
            }
            cursor = Some(next);
        }
    }
}

/// One page of a list.
struct Page {
    next_cursor: Result<Option<String>, &'static str>,
    /// For how long the server lets it be kept (`ttlMs`).
    may_be_kept: Duration,
}

/// Takes the tools of one page; `None` if the answer is no page.
fn read_page(result: ServerResult, collector: &mut Collector) -> Option<Page> {
    let page = match result {
        ServerResult::ListToolsResult(page) => {
            for tool in &page.tools {
                collector.push(&serde_json::to_value(tool).ok()?)?;
            }
            return Some(Page {
                next_cursor: Ok(page.next_cursor),
                may_be_kept: Duration::from_millis(page.ttl_ms.unwrap_or(0)),
            });
        }
        // One odd definition makes the library refuse the whole page; the others are still good.
        ServerResult::CustomResult(result) => result.0,
        _ => return None,
    };
    for tool in page.get("tools")?.as_array()? {
        collector.push(tool)?;
    }
    let ttl_ms = page.get("ttlMs").and_then(Value::as_u64);
    Some(Page {
        next_cursor: next_cursor(&page),
        may_be_kept: Duration::from_millis(ttl_ms.unwrap_or(0)),
    })
}

/// What names the page after this one; `None` after the last. By what is no text it cannot be asked for.
pub(super) fn next_cursor(page: &Value) -> Result<Option<String>, &'static str> {
    match page.get("nextCursor") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(cursor)) => Ok(Some(cursor.clone())),
        Some(_) => Err("names its next page with a nextCursor that is no text"),
    }
}

fn endless(what: &str) -> Trouble {
    let message = format!("The list of tools {what}; it was not read to its end.");
    let action = "Report it to the server's maintainers: its paging is broken.";
    let failure = Failure::new(Level::Degraded, Reason::InvalidFrame, message, action);
    Trouble {
        failure,
        lost: false,
    }
}
