//! Which address shows which page: one table for the server's router and the browser's.
//!
//! The router's own routes are a type, and code in every first load, for each form that an address has.

use std::borrow::Cow;
#[cfg(feature = "ssr")]
use std::collections::HashSet;

use leptos_router::{
    ChooseView, GeneratedRouteData, MatchInterface, MatchNestedRoutes, MatchParams, RouteMatchId,
};
#[cfg(feature = "ssr")]
use leptos_router::{Method, PathSegment, SsrMode};

use crate::pages::Later;

/// Addresses and their pages; a part after a colon is named by the page. The first that fits is shown.
const PAGES: [(&str, Later); 37] = [
    ("", Later::Overview),
    ("/servers", Later::Servers),
    ("/servers/:name", Later::Server),
    ("/alerts", Later::Alerts),
    ("/alerts/history", Later::AlertHistory),
    ("/alerts/windows", Later::Windows),
    ("/alerts/rules", Later::Rules),
    ("/alerts/routes", Later::AlertRoutes),
    ("/alerts/receivers", Later::AlertReceivers),
    ("/alerts/sent", Later::AlertsSent),
    ("/alerts/on-call", Later::OnCall),
    ("/alerts/:id", Later::Alert),
    ("/slo", Later::Objectives),
    ("/slo/:id", Later::Objective),
    ("/slo/reports/:id", Later::Report),
    ("/dependencies", Later::Dependencies),
    ("/launcher", Later::Launcher),
    ("/d/mcp-launcher", Later::Launcher),
    ("/builds", Later::Builds),
    ("/builds/:id", Later::Build),
    ("/d/rust-compilation", Later::Builds),
    ("/benchmarks", Later::Benchmarks),
    ("/d/performance-metrics", Later::Benchmarks),
    ("/benchmarks/:id", Later::Benchmark),
    ("/synthex", Later::Agents),
    ("/d/synthex-health", Later::AgentsBoard),
    ("/synthex/:id", Later::Agent),
    ("/dashboards", Later::Boards),
    ("/dashboards/:name", Later::Board),
    ("/bench/chart", Later::BenchChart),
    ("/settings/gallery", Later::Gallery),
    ("/targets", Later::Targets),
    ("/traffic", Later::Traffic),
    ("/traffic/calls/:id", Later::Call),
    ("/drift", Later::Drift),
    ("/events", Later::Events),
    ("/explore", Later::Explore),
];

/// What an address names: the parts after a colon.
type Params = Vec<(Cow<'static, str>, String)>;

/// The table as the router takes it.
#[derive(Clone)]
pub(crate) struct Routes([RouteMatchId; PAGES.len()]);

impl Routes {
    /// Each page is told from the others by a number.
    pub(crate) fn new() -> Self {
        Self(PAGES.map(|_| RouteMatchId::new_from_route_id()))
    }
}

impl MatchNestedRoutes for Routes {
    type Data = ();
    type Match = Found;

    fn match_nested<'a>(&'a self, path: &'a str) -> (Option<(RouteMatchId, Found)>, &'a str) {
        let found = PAGES.iter().zip(&self.0).find_map(|((address, page), id)| {
            let params = params(address, path)?;
            let found = Found {
                id: *id,
                page: *page,
                path: path.to_owned(),
                params,
            };
            Some((*id, found))
        });
        match found.is_some() {
            true => (found, ""),
            false => (None, path),
        }
    }

    /// What the server's router is told.
    #[cfg(feature = "ssr")]
    fn generate_routes(&self) -> impl IntoIterator<Item = GeneratedRouteData> {
        let segment = |part: &'static str| match part.strip_prefix(':') {
            Some(name) => PathSegment::Param(name.into()),
            None => PathSegment::Static(part.into()),
        };
        PAGES.iter().map(move |(address, _)| GeneratedRouteData {
            segments: match *address {
                "" => vec![PathSegment::Static("/".into())],
                address => address.split('/').skip(1).map(segment).collect(),
            },
            ssr_mode: SsrMode::Async,
            methods: HashSet::from([Method::Get]),
            regenerate: Vec::new(),
        })
    }

    #[cfg(not(feature = "ssr"))]
    fn generate_routes(&self) -> impl IntoIterator<Item = GeneratedRouteData> {
        None
    }

    fn optional(&self) -> bool {
        false
    }
}

/// The page of an address.
pub(crate) struct Found {
    id: RouteMatchId,
    page: Later,
    path: String,
    params: Params,
}

impl MatchParams for Found {
    fn to_params(&self) -> Params {
        self.params.clone()
    }
}

impl MatchInterface for Found {
    type Child = ();

    fn as_id(&self) -> RouteMatchId {
        self.id
    }

    fn as_matched(&self) -> &str {
        &self.path
    }

    fn into_view_and_child(self) -> (impl ChooseView, Option<()>) {
        (self.page, None)
    }
}

/// What a path names where it fits an address; a slash at its end says nothing.
fn params(address: &'static str, path: &str) -> Option<Params> {
    let mut parts = path.strip_suffix('/').unwrap_or(path).split('/');
    let mut params = Vec::new();
    for wanted in address.split('/') {
        let part = parts.next()?;
        match wanted.strip_prefix(':') {
            Some(name) if !part.is_empty() => params.push((name.into(), part.to_owned())),
            None if part == wanted => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(params)
}

/// What the page is called that a path leads to, with its query; nothing where it leads to none.
pub(crate) fn named(path: &str) -> Option<&'static str> {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path = path.get(..end)?;
    let mut pages = PAGES.iter();
    let (_, page) = pages.find(|(address, _)| params(address, path).is_some())?;
    Some(match page {
        Later::Objectives | Later::Objective => "Objective",
        Later::Builds => "Builds",
        Later::Build => "Build",
        Later::Benchmarks => "Benchmarks",
        Later::Benchmark => "Benchmark",
        Later::Agents => "Agents",
        Later::Agent => "Agent",
        Later::Launcher => "Launcher",
        Later::Dependencies => "Map",
        Later::Drift => "Definitions",
        Later::Traffic | Later::Call => "Traffic",
        Later::Targets => "Targets",
        Later::Server => "Server",
        Later::Alerts | Later::AlertsSent | Later::AlertReceivers => "Alerts",
        _ => "Its page",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_their_pages() {
        let nothing: &[(&str, &str)] = &[];
        for (path, expected) in [
            ("/", Some((Later::Overview, nothing))),
            ("", Some((Later::Overview, nothing))),
            ("/servers", Some((Later::Servers, nothing))),
            ("/servers/", Some((Later::Servers, nothing))),
            (
                "/servers/a%2Fb",
                Some((Later::Server, &[("name", "a%2Fb")])),
            ),
            ("/servers/a/b", None),
            ("/alerts/history", Some((Later::AlertHistory, nothing))),
            ("/alerts/0193", Some((Later::Alert, &[("id", "0193")]))),
            (
                "/slo/reports",
                Some((Later::Objective, &[("id", "reports")])),
            ),
            ("/slo/reports/new", Some((Later::Report, &[("id", "new")]))),
            ("/d/mcp-launcher", Some((Later::Launcher, nothing))),
            ("/d", None),
            ("//", None),
            ("/serversx", None),
            ("/server", None),
            ("/servers//", None),
        ] {
            let routes = Routes::new();
            let (found, rest) = routes.match_nested(path);
            let found = found.map(|(_, found)| (found.page, found.to_params()));
            let expected = expected.map(|(page, params)| {
                let owned = |(name, value): &(&'static str, &str)| {
                    (Cow::Borrowed(*name), (*value).to_owned())
                };
                (page, params.iter().map(owned).collect::<Vec<_>>())
            });
            assert_eq!(found, expected, "{path}");
            assert_eq!(rest, if expected.is_some() { "" } else { path });
        }
    }

    #[test]
    fn pages_have_names() {
        for (path, expected) in [
            ("/builds?project=a b", Some("Builds")),
            ("/builds/7#messages", Some("Build")),
            ("/benchmarks?view=days", Some("Benchmarks")),
            ("/slo/shop-open", Some("Objective")),
            ("/synthex/a%20b%2Fc", Some("Agent")),
            ("/servers/files", Some("Server")),
            ("/explore", Some("Its page")),
            ("/observability/health", None),
            ("/nowhere", None),
        ] {
            assert_eq!(named(path), expected, "{path}");
        }
    }

    #[test]
    fn every_address_shows_its_own_page() {
        let routes = Routes::new();
        for (place, (address, page)) in PAGES.iter().enumerate() {
            let path = address.replace(':', "");
            let (found, _) = routes.match_nested(&path);
            let (id, found) = found.unwrap();
            assert_eq!((id, found.page), (routes.0[place], *page), "{address}");
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn what_the_server_is_told() {
        let told: Vec<_> = Routes::new().generate_routes().into_iter().collect();
        assert_eq!(told.len(), PAGES.len());
        assert_eq!(told[0].segments, [PathSegment::Static("/".into())]);
        let server = [
            PathSegment::Static("servers".into()),
            PathSegment::Param("name".into()),
        ];
        assert_eq!(told[2].segments, server);
    }
}
