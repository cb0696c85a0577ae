//! The catalogue of panels and boards: read from a pack, and checked whole before anything of it is used.

mod check;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::{Board, MetricPanel, Placed, Section};

/// What is shipped.
const PACK: &str = include_str!("../../../../packs/panels.yml");
/// How wide a page is, in the unit of a panel's width.
const PAGE: u8 = 12;

/// Boards, with all their panels.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(super) boards: Vec<Board>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    panels: Vec<Value>,
    boards: Vec<Value>,
}

#[derive(Deserialize)]
struct RawBoard {
    name: String,
    title: String,
    question: String,
    sections: Vec<RawSection>,
}

#[derive(Deserialize)]
struct RawSection {
    name: String,
    panels: Vec<RawPlace>,
}

#[derive(Deserialize)]
struct RawPlace {
    panel: String,
    width: u8,
}

impl Catalogue {
    /// What is shipped.
    ///
    /// # Errors
    /// A sentence that names the entry that is wrong.
    pub(crate) fn shipped() -> Result<Self, String> {
        Self::read("panels.yml", PACK)
    }

    fn read(file: &str, text: &str) -> Result<Self, String> {
        let whole: Result<File, _> = serde_saphyr::from_str(text);
        let File { panels, boards } = whole.map_err(|error| format!("{file}: {error}"))?;
        let mut known = BTreeMap::new();
        for entry in panels {
            let panel: MetricPanel =
                entry_of("panel", "id", entry).map_err(|why| format!("{file}: {why}"))?;
            check::panel(&panel).map_err(|why| format!("{file}: panel {}: {why}", panel.id))?;
            if let Some(other) = known.insert(panel.id.clone(), panel) {
                return Err(format!("{file}: panel {}: it is there twice", other.id));
            }
        }
        let mut catalogue = Self { boards: Vec::new() };
        for entry in boards {
            let raw: RawBoard =
                entry_of("board", "name", entry).map_err(|why| format!("{file}: {why}"))?;
            let named = |why: String| format!("{file}: board {}: {why}", raw.name);
            let board = board(&raw, &known).map_err(named)?;
            if (catalogue.boards.iter()).any(|other| other.name == board.name) {
                return Err(named("it is there twice".to_owned()));
            }
            catalogue.boards.push(board);
        }
        Ok(catalogue)
    }
}

/// Reads an entry; what is not known in it is a mistake.
fn entry_of<T: DeserializeOwned>(what: &str, key: &str, entry: Value) -> Result<T, String> {
    let name = entry[key].as_str().unwrap_or("without a name").to_owned();
    let mut unknown = Vec::new();
    let mut notice = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
    let entry = serde_ignored::Deserializer::new(entry, &mut notice);
    let read = serde_path_to_error::deserialize(entry);
    let read = read.map_err(|error| match error.path().to_string().as_str() {
        "." => format!("{what} {name}: {}", error.inner()),
        path => format!("{what} {name}: {path}: {}", error.inner()),
    })?;
    match unknown.first() {
        None => Ok(read),
        Some(path) => Err(format!("{what} {name}: {path} is not known")),
    }
}

fn board(raw: &RawBoard, known: &BTreeMap<String, MetricPanel>) -> Result<Board, String> {
    check::id(&raw.name)?;
    check::text("title", &raw.title)?;
    check::text("question", &raw.question)?;
    let mut board = Board {
        name: raw.name.clone(),
        title: raw.title.clone(),
        question: raw.question.clone(),
        sections: Vec::new(),
    };
    for raw in &raw.sections {
        let named = |why: String| format!("section {}: {why}", raw.name);
        check::id(&raw.name).map_err(named)?;
        if (board.sections.iter()).any(|other| other.name == raw.name) {
            return Err(named("it is there twice".to_owned()));
        }
        board.sections.push(section(raw, known).map_err(named)?);
    }
    if board.panels().next().is_none() {
        return Err("it has no panels".to_owned());
    }
    Ok(board)
}

fn section(raw: &RawSection, known: &BTreeMap<String, MetricPanel>) -> Result<Section, String> {
    let mut row = 0;
    let mut panels: Vec<Placed> = Vec::new();
    for place in &raw.panels {
        let (id, width) = (&place.panel, place.width);
        let panel = known.get(id);
        let panel = panel.ok_or_else(|| format!("there is no panel {id}"))?;
        if panels.iter().any(|other| other.panel.id == *id) {
            return Err(format!("panel {id} is there twice"));
        }
        row += width;
        if width == 0 || row > PAGE {
            return Err(format!(
                "panel {id} is {width} wide, but {} of {PAGE} are left in its row",
                PAGE - (row - width)
            ));
        }
        row %= PAGE;
        panels.push(Placed {
            width,
            panel: panel.clone(),
        });
    }
    match row {
        0 => Ok(Section {
            name: raw.name.clone(),
            panels,
        }),
        _ => Err(format!("its last row is only {row} of {PAGE} wide")),
    }
}

#[cfg(test)]
mod tests;
