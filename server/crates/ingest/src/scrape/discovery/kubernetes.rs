//! Targets of Kubernetes: what its API has of a role, and the labels that Prometheus makes of it. It is listed once and
//! then watched (`watch.rs`), as Prometheus does it.
//!
//! <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config>

mod objects;
mod watch;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;
use tokio::sync::Notify;

use super::{Group, fetch};
use crate::scrape::config::{Auth, Http, Kubernetes, Role, Tls, Word};
use watch::{Asking, Kind, News, Objects, Pauses};

/// Where a pod finds who it is.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// How long it is waited before it is looked again for what is missing here: an account, for example.
const PAUSE: Duration = Duration::from_secs(15);
const PAUSES: Pauses = Pauses {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(30),
    together: Duration::from_secs(1),
};

/// What a cluster has: groups where they are known, and why it cannot be asked.
pub(super) type Told = (Option<Vec<Group>>, Option<String>);

/// Tells of the targets of a cluster, and again when something changes, until it is dropped. What cannot be asked any
/// more keeps what it had.
pub(super) async fn follow(cluster: &Kubernetes, tell: impl Fn(Told) + Send + Sync) {
    follow_with(cluster, PAUSES, tell).await;
}

async fn follow_with(cluster: &Kubernetes, pauses: Pauses, tell: impl Fn(Told) + Send + Sync) {
    let (server, http, namespaces) = loop {
        match prepared(cluster).await {
            Ok(prepared) => break prepared,
            Err(why) => tell((None, Some(why))),
        }
        tokio::time::sleep(PAUSE).await;
    };
    let asking = Asking {
        server: &server,
        http: &http,
        pauses,
    };
    let world = World::new(cluster, &namespaces);
    let follow = world.kinds.iter().enumerate().map(|(place, kind)| {
        let (asking, world) = (&asking, &world);
        async move { asking.follow(kind, &|news| world.note(place, news)).await }
    });
    let telling = async {
        loop {
            world.changed.notified().await;
            tokio::time::sleep(pauses.together).await;
            tell(world.told(cluster.role));
        }
    };
    tokio::join!(join_all(follow), telling);
}

/// Where the API server is, who asks it, and about which namespaces.
async fn prepared(cluster: &Kubernetes) -> Result<(String, Http, Vec<String>), String> {
    let (server, http) = reached(cluster)?;
    let mut namespaces = cluster.namespaces.clone();
    if cluster.own_namespace {
        let path = format!("{ACCOUNT}/namespace");
        let own = tokio::fs::read_to_string(&path).await;
        let own = own.map_err(|error| format!("{path} cannot be read: {error}"))?;
        namespaces.push(own.trim().to_owned());
    }
    Ok((server, http, namespaces))
}

/// What is known of a cluster.
struct World<'a> {
    kinds: Vec<Kind<'a>>,
    /// The objects of each kind, once they are listed, and what is in the way.
    known: Mutex<Vec<(Option<Objects>, Option<String>)>>,
    changed: Notify,
}

impl<'a> World<'a> {
    fn new(cluster: &'a Kubernetes, namespaces: &'a [String]) -> Self {
        // Selectors are about the first; the others are looked up from it.
        let whats: &[&str] = match cluster.role {
            Role::Node => &["nodes"],
            Role::Service => &["services"],
            Role::Pod => &["pods"],
            Role::EndpointSlice => &["endpointslices", "services", "pods"],
            Role::Endpoints => &["endpoints", "services", "pods"],
        };
        let places: Vec<Option<&str>> = match namespaces {
            _ if cluster.role == Role::Node => vec![None],
            [] => vec![None],
            some => some.iter().map(|name| Some(name.as_str())).collect(),
        };
        let mut kinds = Vec::new();
        for namespace in places {
            for (place, what) in whats.iter().enumerate() {
                kinds.push(Kind {
                    what,
                    namespace,
                    selectors: if place == 0 { &cluster.selectors } else { &[] },
                });
            }
        }
        Self {
            known: Mutex::new(kinds.iter().map(|_| (None, None)).collect()),
            kinds,
            changed: Notify::new(),
        }
    }

    fn note(&self, place: usize, news: News) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (objects, trouble) = &mut known[place];
        let is_news = match news {
            News::All(all) => {
                *objects = Some(all);
                true
            }
            News::Is(key, object) => {
                let objects = objects.get_or_insert_default();
                objects.insert(key, object);
                true
            }
            News::Gone(key) => objects
                .as_mut()
                .is_some_and(|all| all.remove(&key).is_some()),
            News::Watched => trouble.take().is_some(),
            News::Trouble(why) => {
                tracing::warn!(why, "targets of a cluster cannot be followed");
                trouble.replace(why.clone()) != Some(why)
            }
        };
        drop(known);
        if is_news {
            self.changed.notify_one();
        }
    }

    /// Targets, where everything that they are made of is known.
    fn told(&self, role: Role) -> Told {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let troubles = known.iter().filter_map(|(_, trouble)| trouble.clone());
        let troubles: Vec<String> = troubles.collect();
        let trouble = (!troubles.is_empty()).then(|| troubles.join("; "));
        let is_whole = known.iter().all(|(objects, _)| objects.is_some());
        let of = |what: &str| -> Vec<&Value> {
            let all = self.kinds.iter().zip(known.iter());
            let all = all.filter(|(kind, _)| kind.what == what);
            all.flat_map(|(_, (objects, _))| objects.iter().flat_map(Objects::values))
                .collect()
        };
        let groups = is_whole.then(|| match role {
            Role::Node => of("nodes").into_iter().filter_map(objects::node).collect(),
            Role::Pod => of("pods").into_iter().filter_map(objects::pod).collect(),
            Role::Service => {
                let services = of("services").into_iter();
                services.filter_map(objects::service).collect()
            }
            Role::Endpoints => {
                let world = objects::World::new(of("services"), of("pods"));
                let endpoints = of("endpoints").into_iter();
                endpoints.filter_map(|it| world.endpoints(it)).collect()
            }
            Role::EndpointSlice => {
                let world = objects::World::new(of("services"), of("pods"));
                let slices = of("endpointslices").into_iter();
                slices.filter_map(|it| world.slice(it)).collect()
            }
        });
        (groups, trouble)
    }
}

/// Where the API server is, and who asks it.
fn reached(cluster: &Kubernetes) -> Result<(String, Http), String> {
    if let Some(server) = &cluster.api_server {
        return Ok((server.clone(), cluster.http.clone()));
    }
    let env = |name: &str| std::env::var(name).ok();
    let (host, port) = env("KUBERNETES_SERVICE_HOST").zip(env("KUBERNETES_SERVICE_PORT")).ok_or(
        "there is no api_server, and the product does not run in a cluster (KUBERNETES_SERVICE_HOST is not set)",
    )?;
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host
    };
    let file = |name: &str| Word::File(PathBuf::from(ACCOUNT).join(name));
    let http = Http {
        auth: Auth::Header {
            kind: "Bearer".to_owned(),
            credentials: file("token"),
        },
        tls: Tls {
            ca: Some(file("ca.crt")),
            ..Tls::default()
        },
        ..cluster.http.clone()
    };
    Ok((format!("https://{host}:{port}"), http))
}

#[cfg(test)]
mod tests;
