//! The pages as a router: server-rendered, with their server functions and web files.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::middleware::{Next, from_fn};
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

fn pages(services: Services, options: LeptosOptions, renderer: Renderer) -> Router {
    let package = ServeDir::new(PathBuf::from(options.site_root.as_ref()).join(PACKAGE));
    let package = package.precompressed_br().precompressed_gzip();
    // The names contain a hash of the content, so what was fetched once never changes.
    let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let package = SetResponseHeader::overriding(package, header::CACHE_CONTROL, for_ever);
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
            let renderer = renderer.clone();
            async move {
                let again = again(&request, &next);
                let page = renderer.render(next.run(request).in_current_span()).await;
                // Now and then, one page in some hundreds, what Leptos answers lacks the headers that its context was
                // given. Without its policy a page could run no script, and without a check it could run any.
                match again {
                    Some(again) if lacks_policy(&page) => {
                        tracing::warn!("a page came without its policy and is rendered again");
                        renderer.render(again.in_current_span()).await
                    }
                    _ => page,
                }
            }
        }));
    rendered
        .route("/sign-in", get(sign_in))
        .nest_service(&format!("/{PACKAGE}"), package)
        .with_state(options)
}

/// The same request once more, where it only reads.
fn again(request: &Request, next: &Next) -> Option<impl Future<Output = Response> + Send + use<>> {
    (request.method() == Method::GET).then(|| {
        let mut same = Request::new(Body::empty());
        *same.method_mut() = request.method().clone();
        *same.uri_mut() = request.uri().clone();
        *same.headers_mut() = request.headers().clone();
        *same.extensions_mut() = request.extensions().clone();
        let next = next.clone();
        async move { next.run(same).await }
    })
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
