//! The parts of the pages about who is told of alerts: all of it is fetched with them.

mod api;
mod editor;
mod on_call;
mod receivers;
mod routes;
mod sent;
mod tester;
mod why;
mod words;

use leptos::prelude::*;
use ui::{PanelFrame, PanelMenu};
use wire::Routes;

pub(crate) use api::{load_receivers, load_rotas, load_routes, load_sent, try_route};
pub(crate) use on_call::{calendars, headline as who_is_on_call};
pub(crate) use receivers::{headline as who_is_reached, list as receivers, template};
pub(crate) use routes::headline as where_from;
pub(crate) use sent::{Asked, filter, found};
pub(crate) use tester::{answer, form as tester};
pub(crate) use why::why;

/// The routes as a picture and as a text; those in `hit` are marked.
pub(crate) fn tree_and_text(routes: RwSignal<Routes>, hit: RwSignal<Vec<String>>) -> AnyView {
    let picture = move || hit.with(|hit| routes.with(|routes| routes::picture(&routes.tree, hit)));
    view! {
        <PanelFrame id="route-tree" title="Which alert goes where" menu=PanelMenu::default()>
            {move || picture()}
        </PanelFrame>
        <PanelFrame id="route-text" title="The routes as a text">{editor::editor(routes)}</PanelFrame>
    }
    .into_any()
}
