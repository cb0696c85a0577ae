//! Leptos, with one type for most HTML elements.
//!
//! In Leptos every tag is a type, and for each type that becomes an `AnyView` the browser loads code of
//! its own: building, hydrating, updating. A page with forty tags loads it forty times. Here the functions
//! that `view!` calls for a tag (`p()`, `span()`, …) make elements whose tag is a value, so it is loaded
//! once. `app` and `ui` depend on this crate under the name `leptos`.
//!
//! Tags keep their types where something depends on them: elements without an end tag, with contents that
//! are not escaped, or that a `NodeRef` leads to.

pub use upstream::*;

mod attributes;

/// What views are written with.
pub mod prelude {
    pub use crate::attributes::ElementAttributes;
    pub use upstream::prelude::*;
}

/// Elements, by the names of their types.
pub mod html {
    pub use crate::tachys::html::element::Tag;
    pub use upstream::html::*;
}

/// The renderer.
pub mod tachys {
    pub use upstream::tachys::*;

    /// HTML.
    pub mod html {
        pub use upstream::tachys::html::*;

        /// Elements.
        pub mod element {
            pub use upstream::tachys::html::element::*;

            /// The type of elements whose tag is a value.
            pub type Tag = Custom<&'static str>;

            macro_rules! of_one_type {
                ($($tag:ident)+) => {
                    $(
                        /// The element of this name.
                        pub fn $tag() -> HtmlElement<Tag, (), ()> {
                            custom(stringify!($tag))
                        }
                    )+
                };
            }

            of_one_type! {
                a abbr article aside b bdi button caption code dd details div dl dt em fieldset figcaption
                footer form h1 h2 h3 h4 header i kbd label legend li main mark nav ol optgroup option
                output p pre section small span strong sub summary sup table tbody td tfoot th thead
                time tr u ul
            }
        }
    }
}
