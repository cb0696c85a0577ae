//! What is fast, what became slower, and how sure is that?

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use wire::{BenchmarkDetail, BenchmarkPicture};

use crate::address::Address;
use crate::benchmarks::{View, detail, list, load_benchmark, load_benchmarks};
use crate::board::Board;
use crate::loaded::Loaded;
use crate::panels::metric;
use crate::seeded::{Room, seeded_page, seeded_with};
use crate::title::name_page;

/// All benchmarks.
#[component]
pub(crate) fn Benchmarks() -> impl IntoView {
    name_page("Benchmarks");
    let here = Address::here();
    let shown = Memo::new(move |_| View::of(here));
    let loaded = Loaded::<BenchmarkPicture>::once(load_benchmarks);
    let board = Board::load("benchmarks", None);
    view! {
        {seeded_with(Room::Tall, loaded, move |live, first| list(live, first, shown))}
        {board.section("charts", metric::any)}
    }
}

/// One benchmark.
#[component]
pub(crate) fn BenchmarkPage() -> impl IntoView {
    let params = use_params_map();
    // Leaving the route is not another benchmark.
    let id = Memo::new(move |before: Option<&i64>| {
        let named = params.with(|params| params.get("id"));
        match named {
            // What is no number is no benchmark, which the answer says.
            Some(named) => named.parse().unwrap_or(0),
            None => before.copied().unwrap_or_default(),
        }
    });
    let page = move || {
        let id = id.get();
        name_page("Benchmark");
        let loaded = Loaded::<BenchmarkDetail>::once(move || load_benchmark(id));
        seeded_page("Benchmark", loaded, detail)
    };
    view! { {move || page()} }
}
