//! A cluster as its API server tells of it, over real HTTP: what changes, ends, is outdated, forbidden or gone.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::scrape::config;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A watch that somebody asked for: the whole request; the status is what is sent first, then come events. It is
/// closed when this is dropped.
struct Watch {
    request: String,
    events: UnboundedSender<String>,
}

impl Watch {
    fn begin(&self) {
        self.send("200 OK");
    }

    fn send(&self, text: &str) {
        self.events.send(text.to_owned()).unwrap();
    }

    fn event(&self, kind: &str, object: &str) {
        self.send(&format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n"));
    }
}

type Lists = Arc<Mutex<BTreeMap<&'static str, (&'static str, String)>>>;

/// An API server: it answers lists as it is told, and hands watches to the test.
struct Api {
    address: String,
    /// Status and body by the end of the path.
    lists: Lists,
    watches: UnboundedReceiver<Watch>,
    _serving: AbortOnDropHandle<()>,
}

impl Api {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let lists = Lists::default();
        let (sender, watches) = unbounded_channel();
        let answers = lists.clone();
        let serving = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                open.spawn(answer(stream, answers.clone(), sender.clone()));
            }
        });
        Self {
            address,
            lists,
            watches,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    fn list(&self, what: &'static str, version: &str, items: &[&str]) {
        let body = format!(
            "{{\"metadata\":{{\"resourceVersion\":\"{version}\"}},\"items\":[{}]}}",
            items.join(",")
        );
        self.lists.lock().unwrap().insert(what, ("200 OK", body));
    }

    async fn watch(&mut self) -> Watch {
        let next = tokio::time::timeout(PATIENCE, self.watches.recv());
        next.await.expect("nobody watches").unwrap()
    }
}

async fn answer(mut stream: TcpStream, lists: Lists, watches: UnboundedSender<Watch>) {
    let (mut request, mut part) = (Vec::new(), [0; 1024]);
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        let length = stream.read(&mut part).await.unwrap();
        if length == 0 {
            return;
        }
        request.extend_from_slice(&part[..length]);
    }
    let request = String::from_utf8(request).unwrap();
    let path = request.split([' ', '?']).nth(1).unwrap_or_default();
    if request.contains("watch=1") {
        let (events, mut told) = unbounded_channel();
        let _ = watches.send(Watch { request, events });
        let status = told.recv().await.unwrap_or_default();
        let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        while let Some(text) = told.recv().await {
            // Nobody cuts a stream where lines end.
            let (first, second) = text.as_bytes().split_at(text.len() / 2);
            stream.write_all(first).await.unwrap();
            stream.flush().await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
            stream.write_all(second).await.unwrap();
        }
        return;
    }
    let found = {
        let lists = lists.lock().unwrap();
        let found = lists.iter().find(|(what, _)| path.ends_with(*what));
        found.map(|(_, answer)| answer.clone())
    };
    let (status, body) = found.unwrap_or(("404 Not Found", String::new()));
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
}

fn cluster(server: &str, role: &str, more: &str) -> Kubernetes {
    let text = format!(
        "scrape_configs: [{{job_name: k, kubernetes_sd_configs: [{{role: {role}, api_server: '{server}', \
         authorization: {{credentials: secret}}{more}}}]}}]"
    );
    let (scraping, findings) = config::read(&text, Path::new("."));
    assert!(findings.is_empty(), "{findings:?}");
    scraping.jobs[0].kubernetes[0].clone()
}

/// What is told about a cluster.
struct Followed {
    told: UnboundedReceiver<Told>,
    _following: AbortOnDropHandle<()>,
}

impl Followed {
    fn start(cluster: Kubernetes) -> Self {
        let (sender, told) = unbounded_channel();
        let following = tokio::spawn(async move {
            let pauses = Pauses {
                first: Duration::from_millis(20),
                longest: Duration::from_millis(200),
                together: Duration::from_millis(20),
            };
            follow_with(&cluster, pauses, |news| sender.send(news).unwrap()).await;
        });
        Self {
            told,
            _following: AbortOnDropHandle::new(following),
        }
    }

    /// Waits until something is told that is as wanted.
    async fn until(&mut self, what: &str, wanted: impl Fn(&Told) -> bool) -> Told {
        let mut last = None;
        let waiting = async {
            loop {
                let told = self.told.recv().await.unwrap();
                if wanted(&told) {
                    return told;
                }
                last = Some(told);
            }
        };
        let found = tokio::time::timeout(PATIENCE, waiting).await;
        found.unwrap_or_else(|_| panic!("{what}: {last:?}"))
    }

    /// Waits for addresses without any trouble.
    async fn addresses(&mut self, expected: &[&str]) -> Vec<Group> {
        let what = format!("{expected:?}");
        let told = self.until(&what, |(groups, trouble)| {
            let targets = groups.iter().flatten().flat_map(|group| &group.targets);
            let found: Vec<&str> = targets.map(|one| one.get("__address__")).collect();
            found == expected && groups.is_some() && trouble.is_none()
        });
        told.await.0.unwrap()
    }
}

fn pod(name: &str, version: u32, ip: &str) -> String {
    format!(
        "{{\"metadata\":{{\"name\":\"{name}\",\"namespace\":\"web\",\"resourceVersion\":\"{version}\",\"managedFields\":[1]}},\
         \"spec\":{{\"volumes\":[1],\"containers\":[{{\"env\":[1],\"name\":\"c\",\"ports\":[{{\"containerPort\":80}}]}}]}},\"status\":{{\"podIP\":\"{ip}\"}}}}"
    )
}

#[tokio::test]
async fn changes_are_followed() {
    let mut api = Api::start().await;
    api.list("pods", "5", &[&pod("p", 4, "10.0.0.1")]);
    let more = ", namespaces: {names: [web]}, selectors: [{role: pod, label: 'app=a'}]";
    let mut followed = Followed::start(cluster(&api.address, "pod", more));
    let watch = api.watch().await;
    for part in [
        "GET /api/v1/namespaces/web/pods?labelSelector=app%3Da&",
        "allowWatchBookmarks=true",
        "resourceVersion=5&",
        "timeoutSeconds=",
        "authorization: Bearer secret",
    ] {
        assert!(watch.request.contains(part), "{part}: {}", watch.request);
    }
    watch.begin();
    followed.addresses(&["10.0.0.1:80"]).await;
    watch.event("ADDED", &pod("q", 6, "10.0.0.2"));
    followed.addresses(&["10.0.0.1:80", "10.0.0.2:80"]).await;
    watch.event("MODIFIED", &pod("q", 7, "10.0.0.3"));
    watch.event("DELETED", &pod("p", 8, "10.0.0.1"));
    followed.addresses(&["10.0.0.3:80"]).await;
    // Nothing changes for a while, and the server ends the watch: it goes on where it was.
    watch.event("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"90\"}}");
    drop(watch);
    let watch = api.watch().await;
    assert!(
        watch.request.contains("resourceVersion=90&"),
        "{}",
        watch.request
    );
    watch.begin();
    watch.event("ADDED", &pod("r", 91, "10.0.0.4"));
    followed.addresses(&["10.0.0.3:80", "10.0.0.4:80"]).await;
    // It does not know that version any more, and says so in two ways.
    api.list("pods", "200", &[&pod("s", 150, "10.0.0.5")]);
    watch.event("ERROR", "{\"code\":410,\"message\":\"too old\"}");
    let watch = api.watch().await;
    assert!(watch.request.contains("resourceVersion=200&"));
    followed.addresses(&["10.0.0.5:80"]).await;
    api.list("pods", "300", &[]);
    watch.send("410 Gone");
    drop(watch);
    let watch = api.watch().await;
    assert!(watch.request.contains("resourceVersion=300&"));
    watch.begin();
    followed.addresses(&[]).await;
}

#[tokio::test]
async fn what_is_in_the_way_is_said_and_what_was_known_stays() {
    let mut api = Api::start().await;
    let lists = api.lists.clone();
    let say = |status, body: &str| {
        lists
            .lock()
            .unwrap()
            .insert("pods", (status, body.to_owned()));
    };
    say("403 Forbidden", "");
    let mut followed = Followed::start(cluster(&api.address, "pod", ""));
    for (status, body, expected) in [
        ("403 Forbidden", "", "403"),
        ("200 OK", "<html>", "no JSON"),
        ("200 OK", "{}", "no list"),
        // What is told twice is told once.
        ("403 Forbidden", "", "403"),
        ("200 OK", "[]", "no list"),
        ("403 Forbidden", "", "403"),
        ("200 OK", "7", "no list"),
    ] {
        say(status, body);
        let told = followed.until(expected, |(groups, trouble)| {
            let why = trouble.as_deref().unwrap_or_default();
            groups.is_none() && why.contains(expected)
        });
        let why = told.await.1.unwrap();
        assert!(
            why.contains("/api/v1/pods") && !why.contains("secret"),
            "{why}"
        );
    }
    // It may be listed and not watched: then it is listed again and again.
    api.list("pods", "1", &[&pod("p", 1, "10.0.0.1")]);
    let watch = api.watch().await;
    watch.send("403 Forbidden");
    drop(watch);
    let told = followed.until("watching", |(groups, trouble)| {
        let why = trouble.as_deref().unwrap_or_default();
        why.contains("watching") && groups.as_ref().is_some_and(|groups| groups.len() == 1)
    });
    told.await;
    api.list(
        "pods",
        "2",
        &[&pod("p", 1, "10.0.0.1"), &pod("q", 2, "10.0.0.2")],
    );
    let watch = api.watch().await;
    watch.begin();
    followed.addresses(&["10.0.0.1:80", "10.0.0.2:80"]).await;
    watch.send("<html>\n");
    let told = followed.until("no event", |(_, trouble)| {
        trouble
            .as_deref()
            .is_some_and(|why| why.contains("no event"))
    });
    assert_eq!(told.await.0.unwrap().len(), 2);
    // It goes away.
    drop((watch, api));
    let told = followed.until("gone", |(_, trouble)| {
        trouble
            .as_deref()
            .is_some_and(|why| !why.contains("no event"))
    });
    assert_eq!(told.await.0.unwrap().len(), 2, "what was known stays");
}

#[tokio::test]
async fn what_targets_are_made_of_is_followed_too() {
    let mut api = Api::start().await;
    let service = |label: &str, version: u32| {
        format!(
            "{{\"metadata\":{{\"name\":\"s\",\"namespace\":\"web\",\"resourceVersion\":\"{version}\",\"labels\":{{\"tier\":\"{label}\"}}}}}}"
        )
    };
    let endpoints = "{\"metadata\":{\"name\":\"s\",\"namespace\":\"web\"},\"subsets\":[{\"addresses\":[{\"ip\":\"10.0.0.1\",\
                     \"targetRef\":{\"kind\":\"Pod\",\"name\":\"p\"}}],\"ports\":[{\"port\":80}]}]}";
    api.list("endpoints", "1", &[endpoints]);
    api.list("services", "1", &[&service("front", 1)]);
    api.list("pods", "1", &[&pod("p", 1, "10.0.0.1")]);
    let mut followed = Followed::start(cluster(&api.address, "endpoints", ""));
    let mut watches = BTreeMap::new();
    for _ in 0..3 {
        let watch = api.watch().await;
        watch.begin();
        let what = watch.request.split(['/', '?']).nth(3).unwrap().to_owned();
        watches.insert(what, watch);
    }
    let labels = |groups: &[Group], name: &str| groups[0].labels.get(name).to_owned();
    let groups = followed.addresses(&["10.0.0.1:80"]).await;
    let tier = "__meta_kubernetes_service_label_tier";
    assert_eq!(labels(&groups, tier), "front");
    let pod_name = groups[0].targets[0].get("__meta_kubernetes_pod_name");
    assert_eq!(pod_name, "p");
    watches["services"].event("MODIFIED", &service("back", 2));
    let told = followed.until("back", |(groups, _)| {
        let groups = groups.as_deref().unwrap_or_default();
        !groups.is_empty() && labels(groups, tier) == "back"
    });
    told.await;
}

#[tokio::test]
async fn events_that_are_none_are_said() {
    let mut api = Api::start().await;
    api.list("pods", "1", &[]);
    let mut followed = Followed::start(cluster(&api.address, "pod", ""));
    for (line, expected) in [
        ("[]", "no object"),
        ("7", "no object"),
        ("{\"type\":\"ADDED\"}", "no object"),
        ("{\"object\":{}}", "no type"),
        ("{\"type\":\"ERROR\",\"object\":[]}", "without words"),
    ] {
        let watch = api.watch().await;
        watch.begin();
        watch.send(&format!("{line}\n"));
        let told = followed.until(line, |(_, trouble)| {
            trouble.as_deref().is_some_and(|why| why.contains(expected))
        });
        told.await;
    }
}

#[test]
fn what_becomes_no_label_is_not_kept() {
    let whole: Value = serde_json::from_str(&pod("p", 1, "10.0.0.1")).unwrap();
    let slim = watch::slim(whole.clone());
    assert_eq!(objects::pod(&slim), objects::pod(&whole));
    let text = slim.to_string();
    for gone in ["managedFields", "volumes", "env"] {
        assert!(!text.contains(gone), "{text}");
    }
    assert_eq!(watch::slim(Value::Null), Value::Null);
}
