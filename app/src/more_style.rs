//! The styles that the first page does not need: one sheet, which other pages have from the start and the first page
//! fetches when the first piece of code asks for it ([`ui::more_style`]).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use leptos::prelude::*;

/// A layer of `style/main.css` and the sheets in it.
macro_rules! layer {
    ($name:literal: $($file:literal)*) => {
        concat!("@layer ", $name, "{\n", $(include_str!(concat!("../../style/", $file, ".css")),)* "}\n")
    };
}

/// The sheet.
pub const MORE_STYLE: &str = concat!(
    layer!("components": "bar_list" "chart_more" "chip" "dialog" "field" "gauge" "lanes" "palette" "skeleton" "table_room" "tabs" "tip" "toast"),
    layer!("panels": "alert_groups" "alert_page" "benchmarks" "builds" "configuration" "definitions" "dependencies" "explore" "gallery" "launcher" "notify" "quiet" "rules" "server_parts" "slo" "synthex" "verdict"),
);

/// Its address: another one for other content, so that it never changes.
pub static MORE_STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let mut hash = DefaultHasher::new();
    MORE_STYLE.hash(&mut hash);
    format!("/pkg/more.{:016x}.css", hash.finish())
});

/// The link in the head of a page. On the first page it leads nowhere until it is told that it is a sheet.
pub(crate) fn link(is_first_page: bool) -> impl IntoView {
    let rel = (!is_first_page).then_some("stylesheet");
    view! { <link id=ui::MORE_STYLE_ID rel=rel href=MORE_STYLE_PATH.as_str() /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the sheets in `text`, which each is written between `before` and `after`.
    fn sheets<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
        let parts = text.split(before).skip(1);
        parts
            .filter_map(|part| Some(part.split_once(after)?.0))
            .collect()
    }

    #[test]
    fn every_sheet_is_in_one_of_the_two() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../style");
        let main = std::fs::read_to_string(format!("{folder}/main.css")).unwrap();
        let first = sheets(&main, "@import \"./", ".css\"");
        let mut missing = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let is_more = MORE_STYLE.contains(text.as_str());
            if name != "main" && first.contains(&name.as_str()) == is_more {
                missing.push(name);
            }
        }
        assert!(missing.is_empty(), "in none or in both: {missing:?}");
        assert!(first.len() > 10, "{first:?}");
    }
}
