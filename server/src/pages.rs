//! The pages as a router: server-rendered, with their server functions and web files.

use std::path::{Path, PathBuf};

use app::{MORE_STYLE, MORE_STYLE_PATH};
use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use backend::cli::Site;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use leptos::config::LeptosOptions;
use leptos::context::{provide_context, use_context};
use leptos::nonce::use_nonce;
use leptos_axum::{
    LeptosRoutes, ResponseOptions, file_and_error_handler_with_context, generate_route_list,
};
use serde::Deserialize;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeader;
use tracing::Instrument;
use wire::Services;

use crate::renderer::Renderer;

/// The name of the web files, as in the workspace's `output-name`.
const OUTPUT_NAME: &str = "mcp-observatory";
/// The folder of the compiled web files within the site.
const PACKAGE: &str = "pkg";
/// How long what has a hash in its name is kept.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Written beside the program by the build: the hashes in the names of its web files.
const HASHES: &str = "hash.txt";

/// All pages; without web files, one that says what is missing.
pub(crate) fn router(services: Services, site: Site) -> Router {
    let program = std::env::current_exe().unwrap_or_default();
    let renderer = Renderer::start().map_err(|error| format!("no thread for pages: {error}"));
    let ready = find_files(site.folder, &program).and_then(|options| Ok((options, renderer?)));
    match ready {
        Ok((options, renderer)) => pages(services, options, renderer),
        Err(missing) => {
            tracing::warn!("only the API is served: {missing}");
            Router::new().route("/", get(async move || no_web_files(&missing)))
        }
    }
}

/// Nobody asks again for what never changes, nor for a part of it: what that needs is left out, because
/// every first visit loads it.
async fn as_for_ever(mut response: Response) -> Response {
    for needless in [header::LAST_MODIFIED, header::ACCEPT_RANGES] {
        response.headers_mut().remove(needless);
    }
    response
}

/// The styles that the first page does not need.
async fn more_style() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    (headers, MORE_STYLE)
}

fn pages(services: Services, options: LeptosOptions, renderer: Renderer) -> Router {
    let package = ServeDir::new(PathBuf::from(options.site_root.as_ref()).join(PACKAGE));
    let package = package.precompressed_br().precompressed_gzip();
    // The names contain a hash of the content, so what was fetched once never changes.
    let for_ever = HeaderValue::from_static(FOR_EVER);
    let package = SetResponseHeader::overriding(package, header::CACHE_CONTROL, for_ever);
    let package = Router::new()
        .fallback_service(package)
        .layer(map_response(as_for_ever));
    let context = move || {
        provide_context(services.clone());
        set_policy();
    };
    let shell_options = options.clone();
    let rendered = Router::new()
        .leptos_routes_with_context(
            &options,
            generate_route_list(app::App),
            context.clone(),
            move || app::shell(shell_options.clone()),
        )
        .fallback(file_and_error_handler_with_context::<LeptosOptions, _>(
            context,
            app::shell,
        ))
        .layer(from_fn(move |request: Request, next: Next| {
            render(renderer.clone(), request, next)
        }));
    rendered
        .route("/sign-in", get(sign_in))
        .route(&MORE_STYLE_PATH, get(more_style))
        .nest_service(&format!("/{PACKAGE}"), package)
        .with_state(options)
}

/// Renders a page on the thread of pages.
///
/// Now and then, one page in some hundreds, what Leptos answers lacks the headers that its context was given. No script
/// would run on such a page: it is rendered again.
async fn render(renderer: Renderer, request: Request, next: Next) -> Response {
    // What only reads can be asked twice.
    let (parts, body) = request.into_parts();
    let again = (parts.method == Method::GET).then(|| (parts.clone(), next.clone()));
    let request = Request::from_parts(parts, body);
    let page = renderer.render(next.run(request).in_current_span()).await;
    match again {
        Some((parts, next)) if lacks_policy(&page) => {
            tracing::warn!("a page came without its policy and is rendered again");
            let same = Request::from_parts(parts, Body::empty());
            renderer.render(next.run(same).in_current_span()).await
        }
        _ => page,
    }
}

fn lacks_policy(page: &Response) -> bool {
    let kind = page.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
        && !page.headers().contains_key(header::CONTENT_SECURITY_POLICY)
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    next: String,
    wrong: Option<String>,
}

/// The page that asks for the password. It needs no script, so it may run none.
async fn sign_in(
    State(options): State<LeptosOptions>,
    Query(refused): Query<Refused>,
    headers: HeaderMap,
) -> Response {
    let is_wrong = refused.wrong.is_some();
    let page = app::sign_in_page(options, app::theme(&headers), refused.next, is_wrong);
    let policy = format!("default-src 'none'; style-src 'self'; img-src 'self'; {POLICY_FOR_ALL}");
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

/// What no page may do: sit in another's frame, send forms elsewhere, change its base.
const POLICY_FOR_ALL: &str =
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Nothing runs on a page but its own code: no inline script without this page's nonce, no inline
/// style, no other host.
fn set_policy() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    // The reload script of `cargo leptos watch` speaks to a port of its own.
    let reload = if std::env::var_os("LEPTOS_WATCH").is_some() {
        " ws:"
    } else {
        ""
    };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'{reload}; {POLICY_FOR_ALL}"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Finds the web files and checks that they are those of this program.
///
/// # Errors
/// A sentence that says what is missing and how to make it.
fn find_files(site: Option<PathBuf>, program: &Path) -> Result<LeptosOptions, String> {
    let how = "build them with `make build`, or name their folder with --site";
    let site = site.ok_or_else(|| {
        format!(
            "no web files beside {} or one folder up; {how}",
            program.display()
        )
    })?;
    let hashes_file = program.with_file_name(HASHES);
    let hashes = std::fs::read_to_string(&hashes_file).map_err(|error| {
        format!(
            "{} cannot be read ({error}): it says which web files belong to this program; {how}",
            hashes_file.display()
        )
    })?;
    for line in hashes.lines() {
        let Some((kind, hash)) = line.split_once(": ") else {
            continue;
        };
        let name = match kind {
            "js" | "css" => format!("{OUTPUT_NAME}.{hash}.{kind}"),
            "wasm" => format!("{OUTPUT_NAME}.{hash}.wasm"),
            _ => continue,
        };
        let file = site.join(PACKAGE).join(&name);
        if !file.is_file() {
            return Err(format!(
                "{} is missing: these web files are not this program's; {how}",
                file.display()
            ));
        }
    }
    let site = site
        .to_str()
        .ok_or_else(|| format!("{} is no UTF-8", site.display()))?;
    Ok(LeptosOptions::builder()
        .output_name(OUTPUT_NAME)
        .site_root(site)
        .site_pkg_dir(PACKAGE)
        .hash_files(true)
        .build())
}

fn no_web_files(missing: &str) -> Response {
    let text = missing.replace('&', "&amp;").replace('<', "&lt;");
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><title>MCP Observatory</title><h1>The API runs, the pages are missing</h1><p>{text}</p>"
    );
    (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tower::ServiceExt;

    use super::*;

    /// A page whose first answers lack the policy, and how often it was rendered.
    async fn answer(method: Method, without: usize) -> (Response, usize) {
        let rendered = Arc::new(AtomicUsize::new(0));
        let count = rendered.clone();
        let page = move || async move {
            match count.fetch_add(1, Ordering::Relaxed) < without {
                true => Html("bare").into_response(),
                false => (
                    [(header::CONTENT_SECURITY_POLICY, "default-src 'self'")],
                    Html("whole"),
                )
                    .into_response(),
            }
        };
        let renderer = Renderer::start().unwrap();
        let router = Router::new()
            .route("/", get(page.clone()).post(page))
            .layer(from_fn(move |request: Request, next: Next| {
                render(renderer.clone(), request, next)
            }));
        let request = Request::builder().method(method).uri("/");
        let answer = router.oneshot(request.body(Body::empty()).unwrap()).await;
        (answer.unwrap(), rendered.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_page_without_its_policy_is_rendered_once_more() {
        for (method, without, expected) in [
            (Method::GET, 0, (true, 1)),
            (Method::GET, 1, (true, 2)),
            // Once: what lacks it always is not asked for ever.
            (Method::GET, 9, (false, 2)),
            // What may change something is done once.
            (Method::POST, 1, (false, 1)),
        ] {
            let (page, times) = answer(method.clone(), without).await;
            let has_policy = page.headers().contains_key(header::CONTENT_SECURITY_POLICY);
            assert_eq!((has_policy, times), expected, "{method} {without}");
        }
    }
}
