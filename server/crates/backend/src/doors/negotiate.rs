//! Addresses that are a page for people and data for programs: what `Accept` names decides.

use axum::extract::Request;
use axum::response::Response;
use axum::{Router, ServiceExt};
use http::{HeaderMap, Method, Uri, header};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::Layer;
use tower::util::MapRequestLayer;

use super::starting::Gate;

/// Page and data under one address, and where the data is otherwise.
const SHARED: [(&str, &str); 4] = [
    ("/alerts", "/observability/alerts"),
    ("/alerts/history", "/observability/alerts/history"),
    ("/slo", "/observability/slo"),
    ("/slo/reports", "/observability/slo/reports"),
];

/// Where the data of a page is, if it has any.
fn data_of(path: &str) -> Option<String> {
    if let Some((_, data)) = SHARED.iter().find(|(page, _)| *page == path) {
        return Some((*data).to_owned());
    }
    // The page of one alert.
    let id = path.strip_prefix("/alerts/")?;
    let id: uuid::Uuid = id.parse().ok()?;
    Some(format!("/observability/alerts/{id}"))
}

/// Marks a request whose answer depends on its `Accept` header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Negotiated;

/// Whether the client asks for a page. `*/*` does not.
pub(super) fn prefers_html(headers: &HeaderMap) -> bool {
    let accept = headers
        .get_all(header::ACCEPT)
        .into_iter()
        .filter_map(|a| a.to_str().ok());
    accept
        .into_iter()
        .any(|accept| accept.contains("text/html"))
}

fn negotiate(mut request: Request) -> Request {
    let data = data_of(request.uri().path());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if let (true, Some(data)) = (reads, data) {
        request.extensions_mut().insert(Negotiated);
        if !prefers_html(request.headers()) {
            let query = request
                .uri()
                .query()
                .map_or_else(String::new, |query| format!("?{query}"));
            if let Ok(uri) = format!("{data}{query}").parse::<Uri>() {
                *request.uri_mut() = uri;
            }
        }
    }
    request
}

/// Serves until told to stop, and then until the last answer is out.
pub(crate) async fn serve(listener: TcpListener, gate: Gate, stop: CancellationToken) {
    let app: Router = Router::new().fallback(move |request: Request| {
        let gate = gate.clone();
        async move { gate.answer(request).await as Response }
    });
    // The address is rewritten before the router looks at it, so the layer goes around the router.
    let app = MapRequestLayer::new(negotiate).layer(app);
    let service = ServiceExt::<Request>::into_make_service(app);
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await;
    if let Err(error) = served {
        tracing::error!(error = %error, "the listener failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn programs_get_data_and_people_get_pages() {
        const ID: &str = "/alerts/0193a1b2-0000-7000-8000-000000000000";
        let data = format!("/observability{ID}");
        for (method, uri, accept, expected) in [
            ("GET", "/alerts", "text/html,*/*;q=0.8", "/alerts"),
            ("GET", "/alerts", "*/*", "/observability/alerts"),
            (
                "GET",
                "/alerts?open=true",
                "application/json",
                "/observability/alerts?open=true",
            ),
            ("POST", "/alerts", "*/*", "/alerts"),
            ("GET", "/alerts/x", "*/*", "/alerts/x"),
            (
                "GET",
                "/alerts/history?text=a%20b",
                "*/*",
                "/observability/alerts/history?text=a%20b",
            ),
            ("GET", ID, "application/json", &data),
            ("GET", ID, "text/html", ID),
            ("POST", ID, "*/*", ID),
            ("GET", "/", "*/*", "/"),
        ] {
            let request = Request::builder()
                .method(method)
                .uri(uri)
                .header("accept", accept);
            let request = negotiate(request.body(Body::empty()).unwrap());
            assert_eq!(
                request.uri().to_string(),
                expected,
                "{method} {uri} {accept}"
            );
        }
    }
}
