//! One kind of object of a cluster, kept as it is there: listed once, then watched.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>: a list has a version;
//! a watch from there on tells of each change, and of newer versions (bookmarks) where nothing changes. A version
//! that the server does not know any more (410 Gone) means: list again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::fetch;
use crate::scrape::config::Http;

/// Largest list, in bytes.
const LARGEST: usize = 128 << 20;
/// Largest event: objects of Kubernetes have 1.5 MB at most.
const LARGEST_EVENT: usize = 8 << 20;
/// How long a list may take.
const WITHIN: Duration = Duration::from_secs(30);
/// How long a watch is asked for, in seconds; the server ends it then.
const WATCH_SECONDS: u64 = 300;
/// How much longer it is waited for: a connection may be dead without anybody saying so.
const GRACE: Duration = Duration::from_secs(30);

/// Objects by namespace and name.
pub(super) type Objects = BTreeMap<String, Value>;

/// What has become of the objects of a kind.
pub(super) enum News {
    /// All of them, as they are now.
    All(Objects),
    /// One is as it is now.
    Is(String, Value),
    /// One has gone.
    Gone(String),
    /// They can be watched: whatever was in the way is over.
    Watched,
    /// They cannot be listed or watched, and why.
    Trouble(String),
}

/// What is watched, and how it is asked for.
pub(super) struct Kind<'a> {
    /// Its name in addresses.
    pub(super) what: &'static str,
    /// In this namespace; in all where there is none.
    pub(super) namespace: Option<&'a str>,
    /// What the API is to leave out.
    pub(super) selectors: &'a [(String, String)],
}

/// Asks a server.
pub(super) struct Asking<'a> {
    pub(super) server: &'a str,
    pub(super) http: &'a Http,
    pub(super) pauses: Pauses,
}

/// How long it is waited.
#[derive(Clone, Copy)]
pub(super) struct Pauses {
    /// Before it is asked again after the first failure.
    pub(super) first: Duration,
    /// At most after many.
    pub(super) longest: Duration,
    /// Before changes are told: a deployment that is rolled out makes many.
    pub(super) together: Duration,
}

/// How a watch ended.
enum End {
    /// The server closed it, as it does after a while.
    Closed,
    /// The version is not known any more.
    Outdated,
}

impl Asking<'_> {
    /// Tells of all objects of a kind, and then of each change, until it is dropped.
    pub(super) async fn follow(&self, kind: &Kind<'_>, tell: &(dyn Fn(News) + Sync)) {
        let Pauses { first, longest, .. } = self.pauses;
        let mut pause = first;
        loop {
            let begun = Instant::now();
            if let Err(why) = self.listed_and_watched(kind, tell).await {
                tell(News::Trouble(why));
            }
            // What worked for a while is not what fails again and again.
            if begun.elapsed() > longest {
                pause = first;
            }
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(longest);
        }
    }

    /// Lists, and watches from there on until the list is outdated or something fails.
    async fn listed_and_watched(
        &self,
        kind: &Kind<'_>,
        tell: &(dyn Fn(News) + Sync),
    ) -> Result<(), String> {
        // Certificates may have been renewed.
        let client = fetch::client(self.http).await?;
        let url = self.url(kind)?;
        let wrong = |why: String| format!("{}: {why}", self.shown(kind));
        let listed = tokio::time::timeout(WITHIN, self.list(&client, url.clone())).await;
        let listed = listed
            .unwrap_or_else(|_| Err(format!("the API server does not answer within {WITHIN:?}")));
        let (objects, mut version) = listed.map_err(wrong)?;
        tell(News::All(objects));
        loop {
            let begun = Instant::now();
            let watching = self.watch(&client, url.clone(), &mut version, tell);
            let longest = Duration::from_secs(WATCH_SECONDS) + GRACE;
            match tokio::time::timeout(longest, watching).await {
                Ok(Ok(End::Closed)) => {}
                Ok(Ok(End::Outdated)) => return Ok(()),
                Ok(Err(why)) => return Err(wrong(format!("watching: {why}"))),
                Err(_) => return Err(wrong("watching: the API server is silent".to_owned())),
            }
            // One that closes each watch at once is not asked without end.
            let left = self.pauses.first.saturating_sub(begun.elapsed());
            tokio::time::sleep(left).await;
        }
    }

    /// The address without what selects.
    fn shown(&self, kind: &Kind<'_>) -> String {
        let place = kind.namespace.map(|name| format!("namespaces/{name}/"));
        let api = match kind.what {
            "endpointslices" => "apis/discovery.k8s.io/v1",
            _ => "api/v1",
        };
        let (server, place) = (self.server, place.unwrap_or_default());
        format!("{server}/{api}/{place}{}", kind.what)
    }

    fn url(&self, kind: &Kind<'_>) -> Result<reqwest::Url, String> {
        let shown = self.shown(kind);
        let url = reqwest::Url::parse(&shown);
        let mut url = url.map_err(|error| format!("{shown}: {error}"))?;
        if !kind.selectors.is_empty() {
            url.query_pairs_mut().extend_pairs(kind.selectors);
        }
        Ok(url)
    }

    async fn list(
        &self,
        client: &reqwest::Client,
        url: reqwest::Url,
    ) -> Result<(Objects, String), String> {
        let mut response = self.asked(client, url).await?;
        if !response.status().is_success() {
            return Err(format!("the API server answers {}", response.status()));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(fetch::explained)? {
            body.extend_from_slice(&part);
            if body.len() > LARGEST {
                return Err(format!("the list is larger than {LARGEST} bytes"));
            }
        }
        let read: Result<Value, _> = serde_json::from_slice(&body);
        let mut list = read.map_err(|error| format!("the API server answers no JSON: {error}"))?;
        let items = list.get_mut("items").map(Value::take);
        let Some(Value::Array(items)) = items else {
            return Err("the API server answers no list".to_owned());
        };
        let version = version(&list).to_owned();
        let objects = items.into_iter().map(|item| (key(&item), slim(item)));
        Ok((objects.collect(), version))
    }

    /// Tells of changes after a version, which becomes that of the last.
    async fn watch(
        &self,
        client: &reqwest::Client,
        mut url: reqwest::Url,
        since: &mut String,
        tell: &(dyn Fn(News) + Sync),
    ) -> Result<End, String> {
        url.query_pairs_mut()
            .append_pair("watch", "1")
            .append_pair("allowWatchBookmarks", "true")
            .append_pair("resourceVersion", since)
            .append_pair("timeoutSeconds", &WATCH_SECONDS.to_string());
        let mut response = self.asked(client, url).await?;
        match response.status().as_u16() {
            410 => return Ok(End::Outdated),
            200 => tell(News::Watched),
            _ => return Err(format!("the API server answers {}", response.status())),
        }
        let mut waiting: Vec<u8> = Vec::new();
        while let Some(part) = response.chunk().await.map_err(fetch::explained)? {
            // Only what is new can have the end of an event.
            let mut seen = waiting.len();
            waiting.extend_from_slice(&part);
            let mut begin = 0;
            while let Some(length) = waiting[seen..].iter().position(|byte| *byte == b'\n') {
                let line = &waiting[begin..seen + length];
                if !line.trim_ascii().is_empty()
                    && let Some(end) = event(line, since, tell)?
                {
                    return Ok(end);
                }
                seen += length + 1;
                begin = seen;
            }
            waiting.drain(..begin);
            if waiting.len() > LARGEST_EVENT {
                return Err(format!("an event is larger than {LARGEST_EVENT} bytes"));
            }
        }
        Ok(End::Closed)
    }

    async fn asked(
        &self,
        client: &reqwest::Client,
        url: reqwest::Url,
    ) -> Result<reqwest::Response, String> {
        let request = fetch::signed(client.get(url), &self.http.auth).await?;
        request.send().await.map_err(fetch::explained)
    }
}

/// Takes an event in; how the watch ends, where it does.
fn event(
    line: &[u8],
    since: &mut String,
    tell: &(dyn Fn(News) + Sync),
) -> Result<Option<End>, String> {
    let read: Result<Value, _> = serde_json::from_slice(line);
    let mut event = read.map_err(|error| format!("this is no event: {error}"))?;
    let object = event.get_mut("object").map(Value::take);
    let object = object.ok_or("this is no event: it has no object")?;
    let kind = event["type"].as_str().unwrap_or_default();
    match kind {
        "ERROR" if object["code"] == 410 => return Ok(Some(End::Outdated)),
        "ERROR" => {
            let why = object["message"]
                .as_str()
                .unwrap_or("an error without words");
            return Err(why.chars().take(300).collect());
        }
        "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" => {
            let version = version(&object);
            if !version.is_empty() {
                version.clone_into(since);
            }
        }
        _ => return Err("this is no event: it has no type that is known".to_owned()),
    }
    match kind {
        "DELETED" => tell(News::Gone(key(&object))),
        "BOOKMARK" => {}
        _ => tell(News::Is(key(&object), slim(object))),
    }
    Ok(None)
}

fn version(object: &Value) -> &str {
    let version = object.pointer("/metadata/resourceVersion");
    version.and_then(Value::as_str).unwrap_or_default()
}

fn key(object: &Value) -> String {
    let text = |path| {
        let found = object.pointer(path).and_then(Value::as_str);
        found.unwrap_or_default()
    };
    format!("{}/{}", text("/metadata/namespace"), text("/metadata/name"))
}

/// What is much of an object and becomes no label.
const HEAVY: [(&str, &[&str]); 3] = [
    ("/metadata", &["managedFields"]),
    ("/spec", &["volumes", "tolerations", "affinity"]),
    (
        "/status",
        &["containerStatuses", "initContainerStatuses", "images"],
    ),
];

/// An object without that: all of them are kept in memory.
pub(super) fn slim(mut object: Value) -> Value {
    for (place, names) in HEAVY {
        if let Some(Value::Object(fields)) = object.pointer_mut(place) {
            names.iter().for_each(|name| _ = fields.remove(*name));
        }
    }
    for place in ["/spec/containers", "/spec/initContainers"] {
        let containers = object.pointer_mut(place).and_then(Value::as_array_mut);
        let containers = containers.into_iter().flatten();
        for fields in containers.filter_map(Value::as_object_mut) {
            fields.retain(|name, _| matches!(name.as_str(), "name" | "image" | "ports"));
        }
    }
    object
}
