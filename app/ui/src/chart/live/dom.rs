//! Elements and listeners, without a framework: what changes with every move of the pointer is written
//! straight into the page.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, EventTarget, HtmlElement};

use leptos::prelude::{document, window};

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

/// Writes a style; the policy of the page forbids it in HTML only.
pub(super) fn style(element: &HtmlElement, name: &str, value: &str) {
    // It fails for no value: what is not understood is passed over.
    let _ = element.style().set_property(name, value);
}

/// Writes a text.
pub(super) fn write(element: &Element, text: &str) {
    element.set_text_content(Some(text));
}

/// An element that is written to often. It knows what has been written: asking the page, and writing the
/// same again, costs more than remembering.
pub(super) struct Piece {
    pub(super) element: HtmlElement,
    text: RefCell<String>,
    written: RefCell<Vec<(&'static str, String)>>,
}

impl Piece {
    /// A new one within an element.
    pub(super) fn of(parent: &Element, tag: &str, class: &str) -> Option<Self> {
        Some(Self {
            element: append(parent, tag, class)?,
            text: RefCell::default(),
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

    pub(super) fn write(&self, text: &str) {
        if *self.text.borrow() != text {
            text.clone_into(&mut self.text.borrow_mut());
            self.element.set_text_content(Some(text));
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
            style(&self.element, name, value);
        }
    }

    /// Moves it, without a new layout of the page.
    pub(super) fn move_to(&self, x: f64, y: f64) {
        self.style("transform", &format!("translate({x:.1}px,{y:.1}px)"));
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
    window().performance().map_or(0.0, |clock| clock.now())
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
type Call = Closure<dyn FnMut(wasm_bindgen::JsValue)>;

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

    fn boxed(
        &mut self,
        target: &EventTarget,
        name: &'static str,
        run: Box<dyn FnMut(wasm_bindgen::JsValue)>,
    ) {
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
