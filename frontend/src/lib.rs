//! Starts the user interface in the browser.
