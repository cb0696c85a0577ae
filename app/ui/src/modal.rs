//! The browser's own dialogs: it keeps the focus inside, closes on Escape and gives the focus back.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::effect;

/// Opens a dialog as soon as it is there.
pub(crate) fn as_modal(dialog: NodeRef<Dialog>) {
    effect(move || {
        if let Some(dialog) = dialog.get() {
            open(&dialog);
        }
    });
}

/// Opens and closes a dialog as a signal says.
pub(crate) fn follow(dialog: NodeRef<Dialog>, is_open: RwSignal<bool>) {
    effect(move || {
        if let Some(dialog) = dialog.get() {
            match is_open.get() {
                true => open(&dialog),
                false => dialog.close(),
            }
        }
    });
}

/// Closes a dialog; it says so with its event `close`.
pub(crate) fn close_modal(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}

fn open(dialog: &leptos::web_sys::HtmlDialogElement) {
    // What is open, or was taken away meanwhile, stays as it is.
    if !dialog.open() {
        let _ = dialog.show_modal();
    }
}
