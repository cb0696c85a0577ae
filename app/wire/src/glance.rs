//! What the first page says of a whole area: put into words by the server, so that few bytes read it.

use serde::{Deserialize, Serialize};

use crate::Level;
use crate::record::record;

record! {
    /// An area at a glance.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Glance {
        /// All of it in a sentence; where there is nothing, what would fill it. Empty where the lines say everything.
        pub words: String,
        /// What to look at first.
        pub lines: Vec<GlanceLine>,
    }

    /// Something to look at.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct GlanceLine {
        /// Its page.
        pub path: String,
        /// What it is called.
        pub name: String,
        /// More about it; may be empty.
        pub about: String,
        /// The colour and the sign of its state.
        pub level: Level,
        /// The word of its state.
        pub state: String,
        /// Its figure.
        pub figure: String,
    }
}
