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

            /// A tag as the page's elements are asked for it: browsers answer in capitals. Leptos compares
            /// the two when a part changes, and makes anew what is of another tag, so that it would lose
            /// the focus, and the words that somebody writes in it.
            const fn as_asked_for<const LENGTH: usize>(tag: &str) -> [u8; LENGTH] {
                let mut name = [0; LENGTH];
                name.copy_from_slice(tag.as_bytes());
                if cfg!(target_arch = "wasm32") {
                    name.make_ascii_uppercase();
                }
                name
            }

            macro_rules! of_one_type {
                ($($tag:ident)+) => {
                    $(
                        /// The element of this name.
                        pub fn $tag() -> HtmlElement<Tag, (), ()> {
                            const LENGTH: usize = stringify!($tag).len();
                            const NAME: [u8; LENGTH] = as_asked_for(stringify!($tag));
                            const TAG: &str = match std::str::from_utf8(&NAME) {
                                Ok(tag) => tag,
                                Err(_) => stringify!($tag),
                            };
                            custom(TAG)
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
