//! The servers that clients reach over HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relay::{Limits, Numbers, Relay};
use wire::{Served, path_segment};

use crate::config::ServerConfig;

/// A relay for each of them, whether it runs or not.
#[derive(Default)]
pub(crate) struct Relays(Mutex<BTreeMap<String, Arc<Relay>>>);

/// Where a server is reached.
fn served_path(name: &str) -> String {
    format!("/servers/{}/mcp", path_segment(name))
}

impl Relays {
    fn relays(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Relay>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has one for each server that is to be reached, and none for others.
    pub(crate) fn keep_to(&self, servers: &[ServerConfig]) {
        let is_served = |server: &&ServerConfig| server.endpoint.is_served();
        let mut relays = self.relays();
        let mut before = std::mem::take(&mut *relays);
        for server in servers.iter().filter(is_served) {
            let known = before.remove(&server.name);
            let relay = known.unwrap_or_else(|| Arc::new(Relay::new(Limits::default())));
            relays.insert(server.name.clone(), relay);
        }
    }

    /// The one of a server.
    pub(crate) fn of(&self, server: &str) -> Option<Arc<Relay>> {
        self.relays().get(server).cloned()
    }

    /// What is counted of each.
    pub(super) fn all(&self) -> Vec<(String, Numbers)> {
        let relays = self.relays();
        let all = relays.iter();
        all.map(|(name, relay)| (name.clone(), relay.numbers()))
            .collect()
    }

    /// For people: where a server is reached, and by how many.
    pub(super) fn served(&self, server: &str) -> Option<Served> {
        let numbers = self.of(server)?.numbers();
        Some(Served {
            path: served_path(server),
            clients: u32::try_from(numbers.sessions).unwrap_or(u32::MAX),
            open_requests: u32::try_from(numbers.open).unwrap_or(u32::MAX),
            requests: numbers.requests,
        })
    }
}
