//! Services, and the slices of endpoints behind them.

use model::Labels;
use serde_json::Value;

use super::{
    Group, Pairs, World, described, joined, list, of_container, of_pod, of_port, protocol, put,
    source, text,
};

/// A label of a slice that says whose it is.
const SERVICE: &str = "/metadata/labels/kubernetes.io~1service-name";

/// A service: a target for each port, by the name that the cluster resolves.
pub(in super::super) fn service(service: &Value) -> Option<Group> {
    let (namespace, name) = (
        text(service, "/metadata/namespace"),
        text(service, "/metadata/name"),
    );
    let host = format!("{name}.{namespace}.svc");
    let mut labels = Pairs::new();
    put(&mut labels, "namespace", namespace);
    put(&mut labels, "service_name", name);
    described("service", service, &mut labels);
    let kind = match text(service, "/spec/type") {
        "" => "ClusterIP",
        kind => kind,
    };
    put(&mut labels, "service_type", kind);
    match kind {
        "ExternalName" => {
            let outside = text(service, "/spec/externalName");
            put(&mut labels, "service_external_name", outside);
        }
        _ => put(
            &mut labels,
            "service_cluster_ip",
            text(service, "/spec/clusterIP"),
        ),
    }
    if kind == "LoadBalancer" {
        let address = text(service, "/spec/loadBalancerIP");
        put(&mut labels, "service_loadbalancer_ip", address);
    }
    let mut targets: Vec<Labels> = Vec::new();
    for port in list(service, "/spec/ports") {
        let number = port["port"].as_u64().unwrap_or_default().to_string();
        let mut own = Pairs::new();
        own.insert("__address__".to_owned(), joined(&host, &number));
        put(&mut own, "service_port_name", text(port, "/name"));
        put(&mut own, "service_port_number", number);
        put(&mut own, "service_port_protocol", protocol(port));
        targets.push(own.iter().collect());
    }
    Some(Group {
        source: source("svc", service),
        targets,
        labels: labels.iter().collect(),
    })
}

impl World<'_> {
    /// A slice of the endpoints of a service: a target for each address and port.
    pub(in super::super) fn slice(&self, slice: &Value) -> Option<Group> {
        let namespace = text(slice, "/metadata/namespace");
        let mut labels = Pairs::new();
        put(&mut labels, "namespace", namespace);
        for (name, path) in [
            ("endpointslice_name", "/metadata/name"),
            ("endpointslice_address_type", "/addressType"),
        ] {
            put(&mut labels, name, text(slice, path));
        }
        described("endpointslice", slice, &mut labels);
        let owner = format!("/{namespace}/{}", text(slice, SERVICE));
        if let Some(service) = self.services.get(&owner) {
            put(&mut labels, "service_name", text(service, "/metadata/name"));
            described("service", service, &mut labels);
        }
        let mut targets: Vec<Labels> = Vec::new();
        for endpoint in list(slice, "/endpoints") {
            for port in list(slice, "/ports") {
                for address in list(endpoint, "/addresses").filter_map(Value::as_str) {
                    let own = self.of_slice(namespace, endpoint, port, address);
                    targets.push(own.iter().collect());
                }
            }
        }
        Some(Group {
            source: source("endpointslice", slice),
            targets,
            labels: labels.iter().collect(),
        })
    }

    fn of_slice(&self, namespace: &str, endpoint: &Value, port: &Value, address: &str) -> Pairs {
        let mut own = Pairs::new();
        let number = port["port"].as_u64().map(|number| number.to_string());
        let at = match &number {
            Some(number) => joined(address, number),
            None => address.to_owned(),
        };
        own.insert("__address__".to_owned(), at);
        if let Some(number) = &number {
            put(&mut own, "endpointslice_port", number);
        }
        put(&mut own, "endpointslice_port_name", text(port, "/name"));
        put(&mut own, "endpointslice_port_protocol", protocol(port));
        for (name, path) in [
            ("port_app_protocol", "/appProtocol"),
            ("endpoint_hostname", "/hostname"),
            ("endpoint_node_name", "/nodeName"),
            ("endpoint_zone", "/zone"),
            ("address_target_kind", "/targetRef/kind"),
            ("address_target_name", "/targetRef/name"),
        ] {
            let of = if name.starts_with("port") {
                port
            } else {
                endpoint
            };
            let value = text(of, path);
            if !value.is_empty() {
                put(&mut own, &format!("endpointslice_{name}"), value);
            }
        }
        for word in ["ready", "serving", "terminating"] {
            if let Some(holds) = endpoint["conditions"][word].as_bool() {
                let name = format!("endpointslice_endpoint_conditions_{word}");
                put(&mut own, &name, holds.to_string());
            }
        }
        let place = format!("/{namespace}/{}", text(endpoint, "/targetRef/name"));
        let is_pod = text(endpoint, "/targetRef/kind") == "Pod";
        let pod = self.pods.get(&place).filter(|_| is_pod);
        let Some(pod) = pod else {
            return own;
        };
        own.extend(of_pod(pod));
        let is_it =
            |it: &&Value| it["containerPort"] == port["port"] && protocol(it) == protocol(port);
        for container in list(pod, "/spec/containers") {
            if let Some(found) = list(container, "/ports").find(is_it) {
                of_container(container, false, &mut own);
                of_port(found, &number.unwrap_or_default(), &mut own);
                break;
            }
        }
        own
    }
}
