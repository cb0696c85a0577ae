//! Elements and listeners, without a framework: what changes with every move of the pointer is written
//! straight into the page.

use std::cell::RefCell;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleDeclaration, Element, EventTarget, HtmlElement, Text};

use leptos::prelude::{document, window};

use crate::format;

/// What web-sys has only in a form that costs more: these are called with every move of the pointer.
#[wasm_bindgen]
unsafe extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
    /// Styles by their own names, which the browser need not look for.
    #[wasm_bindgen(extends = js_sys::Object)]
    type Style;
    #[wasm_bindgen(method, setter)]
    fn set_transform(this: &Style, value: &str);
}

/// A new element of a class within another. Browsers make what they know the name of.
pub(super) fn append(parent: &Element, tag: &str, class: &str) -> Option<HtmlElement> {
    let element: HtmlElement = document().create_element(tag).ok()?.dyn_into().ok()?;
    if !class.is_empty() {
        element.set_class_name(class);
    }
    parent.append_child(&element).ok()?;
    Some(element)
}

/// Writes an attribute.
pub(super) fn set(element: &Element, name: &str, value: &str) {
    // It fails for names that are none.
    let _ = element.set_attribute(name, value);
}

/// Writes a text.
pub(super) fn write(element: &Element, text: &str) {
    element.set_text_content(Some(text));
}

/// An element that is written to often. It knows what has been written: asking the page, and writing the
/// same again, costs more than remembering.
pub(super) struct Piece {
    pub(super) element: HtmlElement,
    style: CssStyleDeclaration,
    /// Its text, once it has one: to change it costs less than to put another in its place.
    text: RefCell<Option<(Text, String)>>,
    place: RefCell<String>,
    written: RefCell<Vec<(&'static str, String)>>,
}

impl Piece {
    /// A new one within an element.
    pub(super) fn of(parent: &Element, tag: &str, class: &str) -> Option<Self> {
        let element = append(parent, tag, class)?;
        Some(Self {
            style: element.style(),
            element,
            text: RefCell::default(),
            place: RefCell::default(),
            written: RefCell::default(),
        })
    }

    /// Whether something is not as it was written last.
    fn is_news(&self, name: &'static str, value: &str) -> bool {
        let mut written = self.written.borrow_mut();
        match written.iter_mut().find(|(known, _)| *known == name) {
            Some((_, before)) if before == value => false,
            Some((_, before)) => {
                value.clone_into(before);
                true
            }
            None => {
                written.push((name, value.to_owned()));
                true
            }
        }
    }

    /// Writes a text; nothing else may stand in the element.
    pub(super) fn write(&self, text: &str) {
        let mut known = self.text.borrow_mut();
        match known.as_mut() {
            Some((_, before)) if before == text => {}
            Some((node, before)) => {
                text.clone_into(before);
                node.set_data(text);
            }
            None => {
                let node = document().create_text_node(text);
                if self.element.append_child(&node).is_ok() {
                    *known = Some((node, text.to_owned()));
                }
            }
        }
    }

    /// Writes an attribute.
    pub(super) fn set(&self, name: &'static str, value: &str) {
        if self.is_news(name, value) {
            set(&self.element, name, value);
        }
    }

    /// Writes a style. No style has the name of an attribute that is written.
    pub(super) fn style(&self, name: &'static str, value: &str) {
        if self.is_news(name, value) {
            // It fails for no value: what is not understood is passed over.
            let _ = self.style.set_property(name, value);
        }
    }

    /// Moves it, without a new layout of the page.
    pub(super) fn move_to(&self, x: f64, y: f64) {
        let (x, y) = (format::fixed(x, 1), format::fixed(y, 1));
        self.transform(format!("translate({x}px,{y}px)"));
    }

    /// Moves it, without a new layout of the page.
    pub(super) fn transform(&self, place: String) {
        if *self.place.borrow() != place {
            self.style.unchecked_ref::<Style>().set_transform(&place);
            self.place.replace(place);
        }
    }

    /// Whether it is seen; its place stays its own.
    pub(super) fn see(&self, is_seen: bool) {
        self.style("visibility", if is_seen { "visible" } else { "hidden" });
    }

    /// Whether it is there at all.
    pub(super) fn show(&self, is_shown: bool) {
        if self.is_news("hidden", if is_shown { "" } else { "hidden" }) {
            self.element.set_hidden(!is_shown);
        }
    }
}

/// Now, in milliseconds, for distances of time.
pub(super) fn clock() -> f64 {
    performance_now()
}

/// Whether nobody can see the page.
pub(super) fn is_page_hidden() -> bool {
    document().hidden()
}

/// A mark for measuring: the newest of its name.
pub(super) fn mark(name: &str) {
    if let Some(performance) = window().performance() {
        // Marks are for measuring; a browser without them draws all the same.
        performance.clear_marks_with_mark_name(name);
        let _ = performance.mark(name);
    }
}

/// A call from the browser.
type Call = Closure<dyn FnMut(JsValue)>;

/// Listeners; they are taken away when this is dropped.
#[derive(Default)]
pub(super) struct Listeners(Vec<(EventTarget, &'static str, Call)>);

impl Listeners {
    /// Listens to an event of a kind.
    pub(super) fn on<E: JsCast>(
        &mut self,
        target: &EventTarget,
        name: &'static str,
        run: impl Fn(E) + 'static,
    ) {
        self.boxed(
            target,
            name,
            Box::new(move |event| run(event.unchecked_into())),
        );
    }

    fn boxed(&mut self, target: &EventTarget, name: &'static str, run: Box<dyn FnMut(JsValue)>) {
        let call = Closure::wrap(run);
        let function = call.as_ref().unchecked_ref();
        if target
            .add_event_listener_with_callback(name, function)
            .is_ok()
        {
            self.0.push((target.clone(), name, call));
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        for (target, name, call) in &self.0 {
            // It fails for nothing that was listened to.
            let _ = target.remove_event_listener_with_callback(name, call.as_ref().unchecked_ref());
        }
    }
}
