//! What both sides speak: serialised types and one trait per area.
