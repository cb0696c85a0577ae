//! Counts what comes in at the doors.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;

use crate::telemetry::HttpCounts;

/// The middleware.
pub(crate) async fn count(
    State(counts): State<HttpCounts>,
    request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let (door, method) = (door(request.uri().path()), word(request.method()));
    let response = next.run(request).await;
    counts.answered(door, method, response.status().as_u16(), begun.elapsed());
    response
}

/// A method that is known; clients may send any word.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// The door that a path leads to.
fn door(path: &str) -> &'static str {
    match path {
        "/live" | "/ready" | "/-/healthy" | "/-/ready" => return "probe",
        "/ws" | "/observability/live" => return "socket",
        "/sign-in" | "/sign-out" => return "sign_in",
        "/metrics" => return "metrics",
        "/mcp" => return "mcp",
        _ => {}
    }
    let doors = [
        ("/health", "probe"),
        ("/mcp/", "mcp"),
        ("/fn/", "functions"),
        ("/api/v1/otlp/", "otlp"),
        ("/v1/", "otlp"),
        ("/opentelemetry.", "otlp"),
        ("/metrics/job", "push"),
        ("/api/", "prometheus"),
        ("/-/", "prometheus"),
        ("/observability/export/", "export"),
        ("/observability/", "rest"),
        ("/alerts/", "rest"),
        ("/pkg/", "files"),
        ("/favicon", "files"),
    ];
    let found = doors.iter().find(|(begin, _)| path.starts_with(begin));
    found.map_or("page", |(_, door)| door)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors() {
        for (path, expected) in [
            ("/", "page"),
            ("/servers/x", "page"),
            ("/anything/at/all", "page"),
            ("/health", "probe"),
            ("/health/detailed", "probe"),
            ("/api/v1/query", "prometheus"),
            ("/api/v1/otlp/v1/metrics", "otlp"),
            ("/v1/metrics", "otlp"),
            ("/metrics/job/x", "push"),
            ("/observability/servers", "rest"),
            ("/observability/live", "socket"),
            ("/observability/export/csv", "export"),
            ("/alerts/x/resolve", "rest"),
            ("/mcp", "mcp"),
            ("/fn/snapshot", "functions"),
        ] {
            assert_eq!(door(path), expected, "{path}");
        }
    }
}
