//! The user interface: pages, panels and server functions.
