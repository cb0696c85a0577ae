//! Objects of Kubernetes as groups of targets, with the labels of Prometheus.

mod services;

use std::collections::BTreeMap;

use model::Labels;
use serde_json::Value;

use super::Group;
pub(super) use services::service;

type Pairs = BTreeMap<String, String>;

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn list<'a>(object: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    let found = object.pointer(path).and_then(Value::as_array);
    found.map(Vec::as_slice).unwrap_or_default().iter()
}

fn put(pairs: &mut Pairs, name: &str, value: impl Into<String>) {
    pairs.insert(format!("__meta_kubernetes_{name}"), value.into());
}

/// A letter that no label has becomes an underscore.
fn sanitized(name: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() { it } else { '_' };
    name.chars().map(plain).collect()
}

/// Labels and annotations of an object.
fn described(kind: &str, object: &Value, pairs: &mut Pairs) {
    for (word, path) in [
        ("label", "/metadata/labels"),
        ("annotation", "/metadata/annotations"),
    ] {
        let all = object.pointer(path).and_then(Value::as_object);
        for (name, value) in all.into_iter().flatten() {
            let name = sanitized(name);
            put(
                pairs,
                &format!("{kind}_{word}_{name}"),
                value.as_str().unwrap_or_default(),
            );
            put(pairs, &format!("{kind}_{word}present_{name}"), "true");
        }
    }
}

fn joined(host: &str, port: &str) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

fn source(kind: &str, object: &Value) -> String {
    let (namespace, name) = (
        text(object, "/metadata/namespace"),
        text(object, "/metadata/name"),
    );
    format!("{kind}/{namespace}/{name}")
}

/// A node, at the port of its kubelet.
pub(super) fn node(node: &Value) -> Option<Group> {
    const KINDS: [&str; 6] = [
        "InternalIP",
        "InternalDNS",
        "ExternalIP",
        "ExternalDNS",
        "LegacyHostIP",
        "Hostname",
    ];
    let mut labels = Pairs::new();
    let mut addresses: BTreeMap<&str, &str> = BTreeMap::new();
    for address in list(node, "/status/addresses") {
        let (kind, address) = (text(address, "/type"), text(address, "/address"));
        if addresses.contains_key(kind) {
            continue;
        }
        addresses.insert(kind, address);
        put(
            &mut labels,
            &format!("node_address_{}", sanitized(kind)),
            address,
        );
    }
    let host = KINDS.iter().find_map(|kind| addresses.get(kind))?;
    let port = node.pointer("/status/daemonEndpoints/kubeletEndpoint/Port");
    let port = port.and_then(Value::as_u64).unwrap_or(10250).to_string();
    let name = text(node, "/metadata/name");
    put(&mut labels, "node_name", name);
    put(
        &mut labels,
        "node_provider_id",
        text(node, "/spec/providerID"),
    );
    described("node", node, &mut labels);
    let target = [
        ("__address__", joined(host, &port)),
        ("instance", name.to_owned()),
    ];
    Some(Group {
        source: source("node", node),
        targets: vec![target.iter().map(|(name, value)| (*name, value)).collect()],
        labels: labels.iter().collect(),
    })
}

fn of_pod(pod: &Value) -> Pairs {
    let mut labels = Pairs::new();
    let ready = list(pod, "/status/conditions").find(|it| text(it, "/type") == "Ready");
    for (name, value) in [
        ("pod_name", text(pod, "/metadata/name")),
        ("pod_ip", text(pod, "/status/podIP")),
        (
            "pod_ready",
            ready.map_or("unknown", |it| text(it, "/status")),
        ),
        ("pod_phase", text(pod, "/status/phase")),
        ("pod_node_name", text(pod, "/spec/nodeName")),
        ("pod_host_ip", text(pod, "/status/hostIP")),
        ("pod_uid", text(pod, "/metadata/uid")),
    ] {
        let value = if name == "pod_ready" {
            value.to_lowercase()
        } else {
            value.to_owned()
        };
        put(&mut labels, name, value);
    }
    let mut owners = list(pod, "/metadata/ownerReferences");
    if let Some(owner) = owners.find(|it| it["controller"] == true) {
        put(&mut labels, "pod_controller_kind", text(owner, "/kind"));
        put(&mut labels, "pod_controller_name", text(owner, "/name"));
    }
    described("pod", pod, &mut labels);
    labels
}

fn of_container(container: &Value, is_init: bool, labels: &mut Pairs) {
    put(labels, "pod_container_name", text(container, "/name"));
    put(labels, "pod_container_image", text(container, "/image"));
    put(labels, "pod_container_init", is_init.to_string());
}

fn of_port(port: &Value, number: &str, labels: &mut Pairs) {
    put(labels, "pod_container_port_name", text(port, "/name"));
    put(labels, "pod_container_port_number", number);
    put(labels, "pod_container_port_protocol", protocol(port));
}

fn protocol(port: &Value) -> &str {
    match text(port, "/protocol") {
        "" => "TCP",
        named => named,
    }
}

/// A pod: a target for each port, or one for a container without ports.
pub(super) fn pod(pod: &Value) -> Option<Group> {
    let host = text(pod, "/status/podIP");
    if host.is_empty() {
        return None;
    }
    let mut labels = of_pod(pod);
    put(&mut labels, "namespace", text(pod, "/metadata/namespace"));
    let containers = list(pod, "/spec/containers").map(|it| (it, false));
    let init = list(pod, "/spec/initContainers").map(|it| (it, true));
    let mut targets: Vec<Labels> = Vec::new();
    for (container, is_init) in containers.chain(init) {
        let mut own = Pairs::new();
        of_container(container, is_init, &mut own);
        let mut ports = list(container, "/ports").peekable();
        if ports.peek().is_none() {
            let host = if host.contains(':') {
                format!("[{host}]")
            } else {
                host.to_owned()
            };
            own.insert("__address__".to_owned(), host);
            targets.push(own.iter().collect());
            continue;
        }
        for port in ports {
            let number = port["containerPort"]
                .as_u64()
                .unwrap_or_default()
                .to_string();
            let mut own = own.clone();
            of_port(port, &number, &mut own);
            own.insert("__address__".to_owned(), joined(host, &number));
            targets.push(own.iter().collect());
        }
    }
    Some(Group {
        source: source("pod", pod),
        targets,
        labels: labels.iter().collect(),
    })
}

/// What endpoints refer to.
pub(super) struct World<'a> {
    services: BTreeMap<String, &'a Value>,
    pods: BTreeMap<String, &'a Value>,
}

impl<'a> World<'a> {
    pub(super) fn new(
        services: impl IntoIterator<Item = &'a Value>,
        pods: impl IntoIterator<Item = &'a Value>,
    ) -> Self {
        let named = |it: &'a Value| (source("", it), it);
        Self {
            services: services.into_iter().map(named).collect(),
            pods: pods.into_iter().map(named).collect(),
        }
    }

    /// Endpoints of a service: a target for each address and port.
    pub(super) fn endpoints(&self, endpoints: &Value) -> Option<Group> {
        let mut labels = Pairs::new();
        let namespace = text(endpoints, "/metadata/namespace");
        put(&mut labels, "namespace", namespace);
        put(
            &mut labels,
            "endpoints_name",
            text(endpoints, "/metadata/name"),
        );
        described("endpoints", endpoints, &mut labels);
        if let Some(service) = self.services.get(&source("", endpoints)) {
            put(&mut labels, "service_name", text(service, "/metadata/name"));
            described("service", service, &mut labels);
        }
        let mut targets: Vec<Labels> = Vec::new();
        for subset in list(endpoints, "/subsets") {
            for port in list(subset, "/ports") {
                let ready = list(subset, "/addresses").map(|it| (it, "true"));
                let waiting = list(subset, "/notReadyAddresses").map(|it| (it, "false"));
                for (address, is_ready) in ready.chain(waiting) {
                    let own = self.endpoint(namespace, address, port, is_ready);
                    targets.push(own.iter().collect());
                }
            }
        }
        Some(Group {
            source: source("endpoints", endpoints),
            targets,
            labels: labels.iter().collect(),
        })
    }

    fn endpoint(&self, namespace: &str, address: &Value, port: &Value, is_ready: &str) -> Pairs {
        let number = port["port"].as_u64().unwrap_or_default().to_string();
        let mut own = Pairs::new();
        own.insert(
            "__address__".to_owned(),
            joined(text(address, "/ip"), &number),
        );
        put(&mut own, "endpoint_port_name", text(port, "/name"));
        put(&mut own, "endpoint_port_protocol", protocol(port));
        put(&mut own, "endpoint_ready", is_ready);
        for (name, path) in [
            ("endpoint_hostname", "/hostname"),
            ("endpoint_node_name", "/nodeName"),
        ] {
            let value = text(address, path);
            if !value.is_empty() {
                put(&mut own, name, value);
            }
        }
        let (kind, name) = (
            text(address, "/targetRef/kind"),
            text(address, "/targetRef/name"),
        );
        if kind.is_empty() {
            return own;
        }
        put(&mut own, "endpoint_address_target_kind", kind);
        put(&mut own, "endpoint_address_target_name", name);
        let pod = self.pods.get(&format!("/{namespace}/{name}"));
        let Some(pod) = pod.filter(|_| kind == "Pod") else {
            return own;
        };
        own.extend(of_pod(pod));
        for container in list(pod, "/spec/containers") {
            let is_it =
                |it: &&Value| it["containerPort"] == port["port"] && protocol(it) == protocol(port);
            if let Some(found) = list(container, "/ports").find(is_it) {
                of_container(container, false, &mut own);
                of_port(found, &number, &mut own);
                break;
            }
        }
        own
    }
}

#[cfg(test)]
mod tests;
