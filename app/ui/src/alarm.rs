//! A tone and a message of the browser for alerts that begin to fire, where somebody has asked for that in this browser.
//!
//! Of several tabs one does it: the one that holds a lock of the browser. It listens on while it is hidden.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(any(feature = "hydrate", test))]
mod news;

use leptos::prelude::*;
use wire::Severity;

use crate::LiveState;

/// Whether there is one, and what it says.
#[derive(Clone, Copy)]
pub struct Alarm {
    /// From which severity on; nothing where it is off.
    pub from: RwSignal<Option<Severity>>,
    /// What this browser keeps back, and what to do about it; empty where it keeps nothing back.
    pub trouble: RwSignal<String>,
    /// Whether this tab listens on while it is hidden.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code))]
    pub(crate) keeps_awake: RwSignal<bool>,
    #[cfg(feature = "hydrate")]
    bell: StoredValue<Option<std::rc::Rc<browser::Bell>>, LocalStorage>,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self {
            from: RwSignal::new(None),
            trouble: RwSignal::new(String::new()),
            keeps_awake: RwSignal::new(false),
            #[cfg(feature = "hydrate")]
            bell: StoredValue::new_local(None),
        }
    }
}

#[cfg(feature = "hydrate")]
const KEPT: &str = "alarm";

/// What this browser was asked for.
#[cfg(feature = "hydrate")]
fn chosen() -> Option<Severity> {
    let kept = window().local_storage().ok()??.get_item(KEPT).ok()??;
    Severity::parse(&kept)
}

/// Goes on where this browser was asked for it.
#[cfg(feature = "hydrate")]
pub(crate) fn resume(live: LiveState) {
    if let Some(from) = chosen() {
        live.alarm.from.set(Some(from));
        leptos::task::spawn_local(browser::alarm(live, browser::Wish::GoOn));
    }
}

impl LiveState {
    /// Asks for an alarm from a severity on, or for none; called in a click, because browsers only let a person allow it.
    pub fn choose_alarm(&self, from: Option<Severity>) {
        self.alarm.from.set(from);
        #[cfg(feature = "hydrate")]
        {
            if let Ok(Some(storage)) = window().local_storage() {
                // A browser that keeps nothing forgets it with the page.
                let _ = match from {
                    Some(from) => storage.set_item(KEPT, from.as_str()),
                    None => storage.remove_item(KEPT),
                };
            }
            match from {
                Some(_) => leptos::task::spawn_local(browser::alarm(*self, browser::Wish::Begin)),
                None => self.alarm.trouble.set(String::new()),
            }
        }
    }

    /// Lets it be heard and seen once, in a click.
    pub fn test_alarm(&self) {
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(browser::alarm(*self, browser::Wish::Test));
    }
}
