//! A text of routes with everything that it needs from outside: templates first, then channels that use them.

use std::path::Path;
use std::sync::Arc;

use model::Clock;
use yaml::{Kind, Node, Place};

use super::{Mistake, Routing, read};
use crate::channels::{McpCall, Setting, read_channel};
use crate::texts::Texts;

/// Reads routes, their templates and their channels. Files are looked for in `folder`.
///
/// # Errors
/// Everything that is wrong, in the order of places.
pub fn read_whole(
    text: &str,
    folder: &Path,
    clock: &Arc<dyn Clock>,
    mcp: &McpCall,
) -> Result<(Routing, Arc<Texts>), Vec<Mistake>> {
    let (at, patterns) = templates(text);
    let texts = Texts::read(&patterns, folder).map_err(|files| {
        let mistake = |file: crate::BadFile| Mistake {
            at,
            text: file.to_string(),
        };
        files.into_iter().map(mistake).collect::<Vec<_>>()
    })?;
    let texts = Arc::new(texts);
    let setting = Setting {
        texts: texts.clone(),
        folder: folder.to_owned(),
        clock: clock.clone(),
        mcp: mcp.clone(),
    };
    let channel =
        |kind: &str, node: &Node, global: Option<&Node>| read_channel(kind, node, global, &setting);
    read(text, &channel).map(|routing| (routing, texts))
}

/// What stands under `templates`, as far as it can be read, and where.
fn templates(text: &str) -> (Place, Vec<String>) {
    let mut patterns = Vec::new();
    let mut at = Place::default();
    for document in yaml::documents(text).unwrap_or_default() {
        let Kind::Map(pairs) = &document.is else {
            continue;
        };
        let found = pairs.iter().find(|(key, _)| key.name == "templates");
        if let Some((
            key,
            Node {
                is: Kind::List(items),
                ..
            },
        )) = found
        {
            at = key.at;
            for item in items {
                if let Kind::Text(text) = &item.is {
                    patterns.push(text.clone());
                }
            }
        }
    }
    (at, patterns)
}
