//! Targets of Kubernetes: lists of its API, and the labels that Prometheus makes of them.
//!
//! <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config>

mod objects;

use std::path::PathBuf;

use serde_json::Value;

use super::{Group, fetch};
use crate::scrape::config::{Auth, Http, Kubernetes, Role, Tls, Word};

/// Where a pod finds who it is.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// Largest list, in bytes.
const LARGEST: usize = 128 << 20;

/// Asks a cluster.
pub(super) async fn find(cluster: &Kubernetes) -> Result<Vec<Group>, String> {
    let (server, http) = reached(cluster)?;
    let client = fetch::client(&http).await?;
    let asking = Asking {
        client,
        server,
        http,
        selectors: &cluster.selectors,
    };
    let mut namespaces: Vec<String> = cluster.namespaces.clone();
    if cluster.own_namespace {
        let path = format!("{ACCOUNT}/namespace");
        let own = tokio::fs::read_to_string(&path).await;
        let own = own.map_err(|error| format!("{path} cannot be read: {error}"))?;
        namespaces.push(own.trim().to_owned());
    }
    let mut groups = Vec::new();
    if cluster.role == Role::Node {
        let nodes = asking.list("nodes", None, true).await?;
        return Ok(nodes.iter().filter_map(objects::node).collect());
    }
    let namespaces: Vec<Option<&str>> = match namespaces.is_empty() {
        true => vec![None],
        false => namespaces.iter().map(|name| Some(name.as_str())).collect(),
    };
    for namespace in namespaces {
        match cluster.role {
            Role::Service => {
                let services = asking.list("services", namespace, true).await?;
                groups.extend(services.iter().filter_map(objects::service));
            }
            Role::EndpointSlice => {
                let slices = asking.list("endpointslices", namespace, true).await?;
                let services = asking.list("services", namespace, false).await?;
                let pods = asking.list("pods", namespace, false).await?;
                let world = objects::World::new(&services, &pods);
                groups.extend(slices.iter().filter_map(|it| world.slice(it)));
            }
            Role::Pod => {
                let pods = asking.list("pods", namespace, true).await?;
                groups.extend(pods.iter().filter_map(objects::pod));
            }
            _ => {
                let endpoints = asking.list("endpoints", namespace, true).await?;
                let services = asking.list("services", namespace, false).await?;
                let pods = asking.list("pods", namespace, false).await?;
                let world = objects::World::new(&services, &pods);
                groups.extend(endpoints.iter().filter_map(|it| world.endpoints(it)));
            }
        }
    }
    Ok(groups)
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

struct Asking<'a> {
    client: reqwest::Client,
    server: String,
    http: Http,
    selectors: &'a [(String, String)],
}

impl Asking<'_> {
    async fn list(
        &self,
        what: &str,
        namespace: Option<&str>,
        selected: bool,
    ) -> Result<Vec<Value>, String> {
        let place = namespace
            .map(|name| format!("namespaces/{name}/"))
            .unwrap_or_default();
        let api = match what {
            "endpointslices" => "apis/discovery.k8s.io/v1",
            _ => "api/v1",
        };
        let url = format!("{}/{api}/{place}{what}", self.server);
        let wrong = |why: String| format!("{url}: {why}");
        let mut address = reqwest::Url::parse(&url).map_err(|error| wrong(error.to_string()))?;
        if selected && !self.selectors.is_empty() {
            address.query_pairs_mut().extend_pairs(self.selectors);
        }
        let request = fetch::signed(self.client.get(address), &self.http.auth).await;
        let answered = request.map_err(&wrong)?.send().await;
        let mut response = answered.map_err(|error| wrong(fetch::explained(error)))?;
        if !response.status().is_success() {
            return Err(wrong(format!(
                "the API server answers {}",
                response.status()
            )));
        }
        let mut body = Vec::new();
        while let Some(part) = response
            .chunk()
            .await
            .map_err(|error| wrong(fetch::explained(error)))?
        {
            body.extend_from_slice(&part);
            if body.len() > LARGEST {
                return Err(wrong(format!("the list is larger than {LARGEST} bytes")));
            }
        }
        let read: Result<Value, _> = serde_json::from_slice(&body);
        let mut list =
            read.map_err(|error| wrong(format!("the API server answers no JSON: {error}")))?;
        match list["items"].take() {
            Value::Array(items) => Ok(items),
            _ => Err(wrong("the API server answers no list".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::scrape::config;

    /// An API server that answers each request alike, and notes what it was asked.
    async fn server(
        status: &'static str,
        body: &'static str,
    ) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let length = stream.read(&mut asked).await.unwrap();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (format!("http://{address}"), task)
    }

    fn cluster(server: &str) -> Kubernetes {
        let text = format!(
            "scrape_configs: [{{job_name: k, kubernetes_sd_configs: [{{role: pod, api_server: '{server}', \
             authorization: {{credentials: secret}}, namespaces: {{names: [web]}}, selectors: [{{role: pod, label: 'app=a'}}]}}]}}]"
        );
        let (scraping, findings) = config::read(&text, Path::new("."));
        assert!(findings.is_empty(), "{findings:?}");
        scraping.jobs[0].kubernetes[0].clone()
    }

    #[tokio::test]
    async fn a_cluster_is_asked() {
        let pods = r#"{"items": [{"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "ports": [{"containerPort": 80}]}]}, "status": {"podIP": "10.0.0.1"}}]}"#;
        let (address, task) = server("200 OK", pods).await;
        let groups = find(&cluster(&address)).await.unwrap();
        assert_eq!(groups[0].targets[0].get("__address__"), "10.0.0.1:80");
        let asked = task.await.unwrap();
        assert!(
            asked.starts_with("GET /api/v1/namespaces/web/pods?labelSelector=app%3Da "),
            "{asked}"
        );
        assert!(asked.contains("authorization: Bearer secret"), "{asked}");
        // It has gone.
        let why = find(&cluster(&address)).await.unwrap_err();
        assert!(
            why.contains("/api/v1/namespaces/web/pods") && !why.contains("secret"),
            "{why}"
        );
        for (status, body, expected) in [
            ("403 Forbidden", "", "403"),
            ("200 OK", "<html>", "no JSON"),
            ("200 OK", "{}", "no list"),
        ] {
            let (address, _task) = server(status, body).await;
            let why = find(&cluster(&address)).await.unwrap_err();
            assert!(why.contains(expected), "{why}");
        }
    }
}
