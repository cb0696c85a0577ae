//! What is judged, how does it stand, and what would another rule have done?

use leptos::prelude::*;
use wire::{RuleDetail, RuleList};

use super::alert_parts::alert_parts;
use crate::address::Address;
use crate::loaded::Loaded;
use crate::rules::{detail, list, load_rule, load_rules, new_rule};
use crate::seeded::{Room, seeded, seeded_page, seeded_with};
use crate::title::name_page;

/// What the address asks for.
#[derive(Clone, PartialEq)]
enum Which {
    All,
    New,
    One(String),
}

/// All rules, one, or a new one.
#[component]
pub(crate) fn Rules() -> impl IntoView {
    let address = Address::here();
    let which = Memo::new(move |_| {
        address
            .query
            .with(|query| match (query.get("rule"), query.get("new")) {
                (Some(id), _) if !id.is_empty() => Which::One(id),
                (_, Some(_)) => Which::New,
                _ => Which::All,
            })
    });
    view! {
        {alert_parts("/alerts/rules")}
        {move || page(which.get())}
    }
}

fn page(which: Which) -> AnyView {
    match which {
        Which::All => {
            name_page("Rules");
            let loaded = Loaded::<RuleList>::once(load_rules);
            seeded_with(Room::Tall, loaded, list)
        }
        Which::New => {
            name_page("New rule");
            seeded(|_| {
                view! {
                    <h1>"New rule"</h1>
                    {new_rule()}
                }
                .into_any()
            })
        }
        Which::One(id) => {
            name_page("Rule");
            let loaded = Loaded::<RuleDetail>::once(move || load_rule(id.clone()));
            seeded_page("Rule", loaded, detail)
        }
    }
}
