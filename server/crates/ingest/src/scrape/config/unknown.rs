//! Keys of a `prometheus.yml` that this product does not use: those of Prometheus are named, others are mistakes.

use super::Finding;

/// Whole sections that are about something else.
const ELSEWHERE: &[&str] = &[
    "alerting",
    "remote_write",
    "remote_read",
    "storage",
    "tracing",
    "otlp",
    "runtime",
];
/// What changes how something is scraped, and is not supported.
const UNSUPPORTED: &[&str] = &[
    "scrape_config_files",
    "proxy_url",
    "proxy_from_environment",
    "no_proxy",
    "proxy_connect_header",
    "oauth2",
    "sigv4",
    "google_iam",
    "server_name",
    "min_version",
    "max_version",
    "convert_classic_histograms_to_nhcb",
    "native_histogram_min_bucket_factor",
    "metric_name_validation_scheme",
    "metric_name_escaping_scheme",
    "scrape_failure_log_file",
    "track_timestamps_staleness",
    "extra_scrape_metrics",
    "kubeconfig_file",
    "attach_metadata",
    "password_ref",
    "username_ref",
    "credentials_ref",
];
/// What makes no difference here.
const HARMLESS: &[&str] = &["enable_http2", "query_log_file", "keep_dropped_targets"];

/// A path as other findings write it: places in brackets.
fn written(path: &str) -> String {
    let mut written = String::new();
    for part in path.split('.').filter(|part| *part != "?") {
        if part.bytes().all(|it| it.is_ascii_digit()) {
            written.push_str(&format!("[{part}]"));
            continue;
        }
        if !written.is_empty() {
            written.push('.');
        }
        written.push_str(part);
    }
    written
}

/// What to say about a key that is not read.
pub(super) fn finding(path: String) -> Option<Finding> {
    let key = path.rsplit('.').next().unwrap_or(&path).to_owned();
    let key = key.as_str();
    let (is_error, message) = if HARMLESS.contains(&key) {
        return None;
    } else if ELSEWHERE.contains(&key) {
        (
            false,
            "is not used here: only what is about scraping and rules is read".to_owned(),
        )
    } else if key.ends_with("_sd_configs") {
        let message = "this discovery is not supported: it finds no targets here \
                       (static_configs, file_sd_configs and kubernetes_sd_configs do)";
        (false, message.to_owned())
    } else if UNSUPPORTED.contains(&key) {
        (false, "is not supported and has no effect here".to_owned())
    } else {
        (
            true,
            "unknown key: Prometheus has none of this name here".to_owned(),
        )
    };
    Some(Finding {
        is_error,
        path: written(&path),
        message,
    })
}
