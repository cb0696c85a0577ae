//! The lists that a probe read to their end, or that a tap saw whole.

use std::hash::{BuildHasher, Hash, Hasher};

use drift::{Definition, Kind};
use mcp::{Identity, Observation, Tool};
use serde_json::{Value, json};

/// A list, as it was seen.
pub(super) struct Listing {
    pub(super) kind: Kind,
    listed: Listed,
}

enum Listed {
    Tools(Vec<Tool>),
    Others(Vec<Definition>),
    Instructions(Box<Identity>),
}

/// All lists of a probe.
pub(super) fn of(observation: Observation) -> Vec<Listing> {
    let tools = observation.tools.map(|tools| Listing {
        kind: Kind::Tool,
        listed: Listed::Tools(tools),
    });
    let others = observation.listed.into_iter().map(|listing| Listing {
        kind: listing.kind,
        listed: Listed::Others(listing.definitions),
    });
    let instructions = observation.identity.map(|identity| Listing {
        kind: Kind::Instructions,
        listed: Listed::Instructions(Box::new(identity)),
    });
    tools
        .into_iter()
        .chain(others)
        .chain(instructions)
        .collect()
}

impl Listing {
    /// A list that a tap told of.
    pub(super) fn told(kind: Kind, definitions: Vec<Definition>) -> Self {
        Self {
            kind,
            listed: Listed::Others(definitions),
        }
    }

    /// A list of definitions that are nothing but their names.
    #[cfg(test)]
    pub(super) fn named(kind: Kind, names: &[&str]) -> Self {
        let definition = |name: &&str| Definition::listed(kind, &json!({ "name": name }));
        Self::told(kind, names.iter().filter_map(definition).collect())
    }

    /// A short hash of the list, to see that it has not changed.
    pub(super) fn quick(&self, hasher: &impl BuildHasher) -> u64 {
        let mut hasher = hasher.build_hasher();
        match &self.listed {
            Listed::Tools(tools) => {
                for tool in tools {
                    let Tool {
                        name,
                        title,
                        description,
                        input_schema,
                        output_schema,
                        annotations,
                        cut,
                    } = tool;
                    (name, title, description, cut).hash(&mut hasher);
                    (input_schema, output_schema, annotations).hash(&mut hasher);
                }
            }
            Listed::Others(definitions) => {
                for definition in definitions {
                    definition.body.hash(&mut hasher);
                }
            }
            Listed::Instructions(identity) => {
                (&identity.instructions, &identity.instructions_cut).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    /// What is listed, each under a name of its own: the second of a name is `name (2)`.
    pub(super) fn definitions(&self) -> Vec<Definition> {
        let mut definitions: Vec<Definition> = match &self.listed {
            Listed::Tools(tools) => tools.iter().filter_map(tool).collect(),
            Listed::Others(definitions) => definitions.clone(),
            Listed::Instructions(identity) => {
                let text = identity
                    .instructions
                    .as_deref()
                    .filter(|text| !text.trim().is_empty());
                let listed = |text| {
                    let listed =
                        json!({ "instructions": text, "whole": identity.instructions_cut });
                    Definition::listed(Kind::Instructions, &listed)
                };
                text.and_then(listed).into_iter().collect()
            }
        };
        let mut seen = std::collections::HashMap::new();
        for definition in &mut definitions {
            let times = seen.entry(definition.name.clone()).or_insert(0_u32);
            *times += 1;
            if *times > 1 {
                definition.name = format!("{} ({times})", definition.name);
            }
        }
        definitions
    }
}

fn tool(tool: &Tool) -> Option<Definition> {
    let listed: Value = json!({
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": tool.annotations,
        "whole": tool.cut,
    });
    Definition::listed(Kind::Tool, &listed)
}
