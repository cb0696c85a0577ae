//! Attributes that belong to some elements only, for elements whose tag is a value.

use upstream::prelude::AddAnyAttr;
use upstream::tachys::html::attribute::custom::{CustomAttr, custom_attribute};
use upstream::tachys::html::attribute::{Attribute, AttributeValue};
use upstream::tachys::html::element::{Custom, HtmlElement};
use upstream::tachys::view::RenderHtml;

macro_rules! attributes {
    ($($name:ident $key:literal)+) => {
        /// What `view!` calls for an attribute that only some elements have.
        pub trait ElementAttributes: AddAnyAttr + Sized {
            $(
                /// The attribute of this name.
                fn $name<V: AttributeValue>(
                    self,
                    value: V,
                ) -> <Self as AddAnyAttr>::Output<CustomAttr<&'static str, V>> {
                    self.add_any_attr(custom_attribute($key, value))
                }
            )+
        }
    };
}

attributes! {
    action "action"
    colspan "colspan"
    datetime "datetime"
    disabled "disabled"
    download "download"
    r#for "for"
    formaction "formaction"
    href "href"
    label "label"
    method "method"
    name "name"
    open "open"
    popovertarget "popovertarget"
    popovertargetaction "popovertargetaction"
    rel "rel"
    rowspan "rowspan"
    scope "scope"
    selected "selected"
    start "start"
    target "target"
    r#type "type"
    value "value"
}

impl<At, Ch> ElementAttributes for HtmlElement<Custom<&'static str>, At, Ch>
where
    At: Attribute + Send,
    Ch: RenderHtml + Send,
{
}
