//! Files as people have them, and what is wrong with others.

use super::*;

const WHOLE: &str = "
global:
  scrape_interval: 15s
  evaluation_interval: 30s
  external_labels: {site: a}
rule_files: [rules.yml]
alerting: {alertmanagers: []}
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ['localhost:9100', 'other:9100']
        labels: {rack: 7, zone: eu}
  - job_name: secured
    scrape_interval: 5s
    scrape_timeout: 2s
    metrics_path: /m
    scheme: https
    params: {module: [http, tcp]}
    honor_labels: true
    honor_timestamps: false
    basic_auth: {username: u, password_file: secret}
    tls_config: {ca_file: ca.pem, insecure_skip_verify: true}
    file_sd_configs:
      - files: ['targets/*.json']
        refresh_interval: 10s
    kubernetes_sd_configs:
      - role: pod
        namespaces: {names: [default]}
    consul_sd_configs: [{server: x}]
    relabel_configs:
      - source_labels: [__meta_x]
        action: keep
        regex: 1
    sample_limit: 10
    body_size_limit: 1MB
    enable_http2: true
";

#[test]
fn a_whole_file() {
    let (scraping, findings) = read(WHOLE, Path::new("/etc/p"));
    let said: Vec<_> = findings
        .iter()
        .map(|it| (it.is_error, it.path.as_str()))
        .collect();
    assert_eq!(
        said.iter().filter(|(is_error, _)| *is_error).count(),
        0,
        "{findings:?}"
    );
    for path in [
        "alerting",
        "scrape_configs[1].consul_sd_configs",
        "global.external_labels",
    ] {
        assert!(said.contains(&(false, path)), "{path}: {findings:?}");
    }
    assert_eq!(scraping.rules.patterns, ["rules.yml"]);
    assert_eq!(scraping.rules.interval, Duration::from_secs(30));
    let [node, secured] = scraping.jobs.as_slice() else {
        panic!("{scraping:?}")
    };
    assert_eq!(
        (node.interval, node.timeout),
        (Duration::from_secs(15), Duration::from_secs(10))
    );
    assert_eq!(node.statics[0].targets.len(), 2);
    assert_eq!(node.statics[0].labels.get("rack"), "7");
    assert!(node.http.follow_redirects && node.honor_timestamps && !node.honor_labels);
    assert_eq!(
        (secured.interval, secured.timeout),
        (Duration::from_secs(5), Duration::from_secs(2))
    );
    assert_eq!(secured.limits.samples, 10);
    assert_eq!(secured.limits.body, 1 << 20);
    assert_eq!(secured.relabel[0].pattern, "1");
    assert_eq!(
        secured.files[0].paths,
        [PathBuf::from("/etc/p/targets/*.json")]
    );
    assert_eq!(secured.kubernetes[0].namespaces, ["default"]);
    let Auth::Basic {
        password: Word::File(path),
        ..
    } = &secured.http.auth
    else {
        panic!("{:?}", secured.http.auth)
    };
    assert_eq!(path, Path::new("/etc/p/secret"));
    assert!(
        !format!("{scraping:?}").contains("\"u\""),
        "secrets are hidden"
    );
}

#[test]
fn forms_and_histograms() {
    use Protocol::{OpenMetrics1, Protobuf, Text0};
    let usual = crate::scrape::protocols::usual;
    for (global, job, protocols, histograms) in [
        ("", "", usual(false), Histograms::Classic),
        (
            "scrape_native_histograms: true",
            "",
            usual(true),
            Histograms::Native,
        ),
        (
            "scrape_native_histograms: true, always_scrape_classic_histograms: true",
            "",
            usual(true),
            Histograms::Both,
        ),
        (
            "scrape_native_histograms: true",
            ", scrape_native_histograms: false, scrape_classic_histograms: true",
            usual(false),
            Histograms::Classic,
        ),
        (
            "scrape_protocols: [PrometheusText0.0.4]",
            ", scrape_native_histograms: true",
            vec![Text0],
            Histograms::Native,
        ),
        (
            "",
            ", scrape_protocols: [PrometheusProto, OpenMetricsText1.0.0]",
            vec![Protobuf, OpenMetrics1],
            Histograms::Classic,
        ),
    ] {
        let text = format!("global: {{{global}}}\nscrape_configs: [{{job_name: a{job}}}]");
        let (scraping, findings) = read(&text, Path::new("."));
        assert!(findings.is_empty(), "{text}: {findings:?}");
        let found = &scraping.jobs[0];
        assert_eq!(found.protocols, protocols, "{text}");
        assert_eq!(found.histograms, histograms, "{text}");
    }
}

#[test]
fn mistakes_have_a_place() {
    for (text, path, message) in [
        (
            "scrape_configs: [{}]",
            "scrape_configs[0].job_name",
            "missing",
        ),
        (
            "scrape_configs: [{job_name: a}, {job_name: a}]",
            "scrape_configs[1].job_name",
            "twice",
        ),
        (
            "scrape_configs: [{job_name: a, scrape_interval: 5}]",
            "scrape_configs[0].scrape_interval",
            "no duration",
        ),
        (
            "scrape_configs: [{job_name: a, scrape_interval: 5s, scrape_timeout: 6s}]",
            "scrape_configs[0].scrape_timeout",
            "longer",
        ),
        (
            "scrape_configs: [{job_name: a, scheme: ftp}]",
            "scrape_configs[0].scheme",
            "neither",
        ),
        (
            "scrape_configs: [{job_name: a, metrics_paht: /x}]",
            "scrape_configs[0].metrics_paht",
            "unknown key",
        ),
        ("globl: {}", "globl", "unknown key"),
        (
            "scrape_configs: [{job_name: a, static_configs: [{targets: ['http://x/y']}]}]",
            "scrape_configs[0].static_configs[0].targets",
            "host:port",
        ),
        (
            "scrape_configs: [{job_name: a, relabel_configs: [{action: kepe}]}]",
            "scrape_configs[0].relabel_configs[0].action",
            "kepe",
        ),
        (
            "scrape_configs: [{job_name: a, relabel_configs: [{regex: '('}]}]",
            "scrape_configs[0].relabel_configs[0].regex",
            "unclosed",
        ),
        (
            "scrape_configs: [{job_name: a, relabel_configs: [{regex: 'x'}]}]",
            "scrape_configs[0].relabel_configs[0].target_label",
            "missing",
        ),
        (
            "scrape_configs: [{job_name: a, metric_relabel_configs: [{action: hashmod, target_label: x}]}]",
            "scrape_configs[0].metric_relabel_configs[0].modulus",
            "missing",
        ),
        (
            "scrape_configs: [{job_name: a, scrape_protocols: [PrometheusText]}]",
            "scrape_configs[0].scrape_protocols",
            "none of PrometheusProto, OpenMetricsText1.0.0",
        ),
        (
            "global: {scrape_protocols: [PrometheusProto, PrometheusProto]}",
            "global.scrape_protocols",
            "twice",
        ),
        (
            "scrape_configs: [{job_name: a, fallback_scrape_protocol: text}]",
            "scrape_configs[0].fallback_scrape_protocol",
            "none of PrometheusProto",
        ),
        (
            "scrape_configs: [{job_name: a, body_size_limit: 5}]",
            "scrape_configs[0].body_size_limit",
            "no size",
        ),
        (
            "scrape_configs: [{job_name: a, bearer_token: x, basic_auth: {username: y}}]",
            "scrape_configs[0].authorization",
            "only one",
        ),
        (
            "scrape_configs: [{job_name: a, authorization: {type: Basic, credentials: x}}]",
            "scrape_configs[0].authorization.type",
            "basic_auth",
        ),
        (
            "scrape_configs: [{job_name: a, tls_config: {cert_file: x}}]",
            "scrape_configs[0].tls_config",
            "together",
        ),
        (
            "scrape_configs: [{job_name: a, file_sd_configs: [{files: [x.txt]}]}]",
            "scrape_configs[0].file_sd_configs[0].files",
            "must end",
        ),
        (
            "scrape_configs: [{job_name: a, kubernetes_sd_configs: [{role: pods}]}]",
            "scrape_configs[0].kubernetes_sd_configs[0].role",
            "no role",
        ),
        ("scrape_configs: 5", "scrape_configs", ""),
        ("scrape_configs: [", "scrape_configs", "line 1"),
    ] {
        let (_, findings) = read(text, Path::new("."));
        let found = findings
            .iter()
            .find(|it| it.is_error && it.path == path && it.message.contains(message));
        assert!(found.is_some(), "{text}: {findings:?}");
    }
}
