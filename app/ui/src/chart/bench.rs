//! A chart that a measurement feeds from outside: `window.__chart`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Float64Array, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::{ChartHandle, Picture, Sheet};
use crate::effect;

/// Gives the page's script a chart: `load(times, values)` shows series (seconds since 1970, and a list of
/// values for each) and resolves when they stand; `push(time, values)` adds a point to each and drops
/// the oldest. It is there once the chart has been drawn without data.
pub fn expose(name: &'static str, picture: RwSignal<Picture>, chart: ChartHandle) {
    let waiting: Rc<RefCell<Vec<Function>>> = Rc::default();
    let painted = waiting.clone();
    let is_there = RefCell::new(false);
    effect(move || {
        if chart.painted() == 0 {
            return;
        }
        for resolve in painted.take() {
            // It fails for what is no function.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
        if !is_there.replace(true) {
            let api = api(picture, painted.clone());
            let _ = Reflect::set(&window(), &name.into(), &api);
        }
    });
}

fn api(picture: RwSignal<Picture>, waiting: Rc<RefCell<Vec<Function>>>) -> Object {
    let api = Object::new();
    let load = move |times: Float64Array, values: Array| -> Promise {
        let promise = Promise::new(&mut |resolve, _| waiting.borrow_mut().push(resolve));
        show(picture, &times, &values);
        promise
    };
    let load: Closure<dyn Fn(Float64Array, Array) -> Promise> = Closure::new(load);
    let push = move |at: f64, values: Array| {
        let values: Vec<f64> = values.iter().filter_map(|value| value.as_f64()).collect();
        push(picture, at * 1000.0, &values);
    };
    let push: Closure<dyn Fn(f64, Array)> = Closure::new(push);
    // They last as long as the page, which is there for nothing else.
    for (name, function) in [
        ("load", load.into_js_value()),
        ("push", push.into_js_value()),
    ] {
        let _ = Reflect::set(&api, &name.into(), &function);
    }
    api
}

fn show(picture: RwSignal<Picture>, times: &Float64Array, values: &Array) {
    let mut at_ms = times.to_vec();
    at_ms.iter_mut().for_each(|at| *at *= 1000.0);
    let rows = values.iter().enumerate().map(|(n, values)| {
        let values: Float64Array = values.unchecked_into();
        (format!("series {n}"), values.to_vec())
    });
    let sheet = Sheet::of_rows(at_ms, rows.collect());
    picture.update(|picture| {
        picture.from_ms = sheet.at_ms.first().map_or(0, |at| *at as i64);
        picture.to_ms = sheet.at_ms.last().map_or(60_000, |at| *at as i64);
        picture.sheet = sheet;
    });
}

fn push(picture: RwSignal<Picture>, at_ms: f64, values: &[f64]) {
    picture.update(|picture| {
        let shown = picture.sheet.range(picture.from_ms, picture.to_ms);
        picture.sheet.push(at_ms, values);
        let second = shown.start + 1;
        let begin = picture.sheet.at_ms.get(second).copied().unwrap_or(at_ms);
        picture.sheet.drop_before(begin);
        (picture.from_ms, picture.to_ms) = (begin as i64, at_ms as i64);
    });
}
