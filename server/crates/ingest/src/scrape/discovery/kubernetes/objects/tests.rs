//! Objects as the API server lists them.

use serde_json::json;

use super::*;

fn all(group: Option<Group>) -> Vec<Labels> {
    group.iter().flat_map(Group::each).collect()
}

fn example() -> Value {
    json!({
        "metadata": {"namespace": "n", "name": "web-1", "uid": "u", "labels": {"app.kubernetes.io/name": "web"},
            "ownerReferences": [{"controller": true, "kind": "ReplicaSet", "name": "web"}]},
        "spec": {"nodeName": "node-1", "containers": [
            {"name": "main", "image": "i", "ports": [{"containerPort": 8080, "name": "http"}, {"containerPort": 9090}]},
            {"name": "side", "image": "i"}]},
        "status": {"podIP": "10.0.0.7", "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    })
}

#[test]
fn pods() {
    let targets = all(pod(&example()));
    let addresses: Vec<_> = targets.iter().map(|it| it.get("__address__")).collect();
    assert_eq!(addresses, ["10.0.0.7:8080", "10.0.0.7:9090", "10.0.0.7"]);
    for (name, value) in [
        ("namespace", "n"),
        ("pod_name", "web-1"),
        ("pod_ready", "true"),
        ("pod_label_app_kubernetes_io_name", "web"),
        ("pod_labelpresent_app_kubernetes_io_name", "true"),
        ("pod_container_port_name", "http"),
        ("pod_container_port_protocol", "TCP"),
        ("pod_controller_kind", "ReplicaSet"),
    ] {
        assert_eq!(
            targets[0].get(&format!("__meta_kubernetes_{name}")),
            value,
            "{name}"
        );
    }
    let waiting = json!({"metadata": {}, "spec": {}, "status": {}});
    assert!(pod(&waiting).is_none(), "it has no address yet");
}

#[test]
fn nodes() {
    let targets = all(node(&json!({
        "metadata": {"name": "node-1"},
        "status": {"addresses": [{"type": "Hostname", "address": "h"}, {"type": "InternalIP", "address": "10.1.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}}},
    })));
    assert_eq!(targets[0].get("__address__"), "10.1.0.1:10250");
    assert_eq!(targets[0].get("instance"), "node-1");
    assert_eq!(
        targets[0].get("__meta_kubernetes_node_address_Hostname"),
        "h"
    );
}

#[test]
fn endpoints_with_service_and_pod() {
    let service = json!({"metadata": {"namespace": "n", "name": "web", "annotations": {"prometheus.io/scrape": "true"}}});
    let (services, pods) = ([service], [example()]);
    let world = World::new(&services, &pods);
    let targets = all(world.endpoints(&json!({
        "metadata": {"namespace": "n", "name": "web"},
        "subsets": [{"ports": [{"name": "http", "port": 8080}],
            "addresses": [{"ip": "10.0.0.7", "targetRef": {"kind": "Pod", "name": "web-1"}}],
            "notReadyAddresses": [{"ip": "10.0.0.8"}]}],
    })));
    assert_eq!(targets.len(), 2);
    for (name, value) in [
        ("service_annotation_prometheus_io_scrape", "true"),
        ("service_name", "web"),
        ("endpoint_ready", "true"),
        ("pod_container_name", "main"),
    ] {
        assert_eq!(
            targets[0].get(&format!("__meta_kubernetes_{name}")),
            value,
            "{name}"
        );
    }
    assert_eq!(targets[1].get("__meta_kubernetes_endpoint_ready"), "false");
}

#[test]
fn services() {
    let targets = all(service(&json!({
        "metadata": {"namespace": "n", "name": "web", "labels": {"app": "a"}},
        "spec": {"type": "ClusterIP", "clusterIP": "10.2.0.1",
            "ports": [{"name": "http", "port": 80}, {"port": 9090, "protocol": "UDP"}]},
    })));
    let addresses: Vec<_> = targets.iter().map(|it| it.get("__address__")).collect();
    assert_eq!(addresses, ["web.n.svc:80", "web.n.svc:9090"]);
    for (name, value) in [
        ("namespace", "n"),
        ("service_name", "web"),
        ("service_type", "ClusterIP"),
        ("service_cluster_ip", "10.2.0.1"),
        ("service_label_app", "a"),
        ("service_port_name", ""),
        ("service_port_number", "9090"),
        ("service_port_protocol", "UDP"),
    ] {
        let label = format!("__meta_kubernetes_{name}");
        assert_eq!(targets[1].get(&label), value, "{name}");
    }
    let outside = all(service(&json!({
        "metadata": {"namespace": "n", "name": "db"},
        "spec": {"type": "ExternalName", "externalName": "db.example.org", "ports": [{"port": 5432}]},
    })));
    let label = outside[0].get("__meta_kubernetes_service_external_name");
    assert_eq!(label, "db.example.org");
}

#[test]
fn slices_with_service_and_pod() {
    let service = json!({"metadata": {"namespace": "n", "name": "web", "annotations": {"prometheus.io/scrape": "true"}}});
    let (services, pods) = ([service], [example()]);
    let world = World::new(&services, &pods);
    let targets = all(world.slice(&json!({
        "metadata": {"namespace": "n", "name": "web-abc", "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [
            {"addresses": ["10.0.0.7"], "conditions": {"ready": true, "serving": true}, "zone": "z",
                "targetRef": {"kind": "Pod", "name": "web-1"}},
            {"addresses": ["10.0.0.8", "fd00::8"], "conditions": {"ready": false}}],
    })));
    let addresses: Vec<_> = targets.iter().map(|it| it.get("__address__")).collect();
    assert_eq!(
        addresses,
        ["10.0.0.7:8080", "10.0.0.8:8080", "[fd00::8]:8080"]
    );
    for (name, value) in [
        ("service_annotation_prometheus_io_scrape", "true"),
        ("service_name", "web"),
        ("endpointslice_name", "web-abc"),
        ("endpointslice_address_type", "IPv4"),
        ("endpointslice_endpoint_conditions_ready", "true"),
        ("endpointslice_endpoint_conditions_serving", "true"),
        ("endpointslice_endpoint_zone", "z"),
        ("endpointslice_port", "8080"),
        ("endpointslice_port_name", "http"),
        ("endpointslice_address_target_name", "web-1"),
        ("pod_container_name", "main"),
        ("pod_ready", "true"),
    ] {
        let label = format!("__meta_kubernetes_{name}");
        assert_eq!(targets[0].get(&label), value, "{name}");
    }
    let ready = "__meta_kubernetes_endpointslice_endpoint_conditions_ready";
    assert_eq!(targets[1].get(ready), "false");
}
