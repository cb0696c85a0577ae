//! Older files: a list `slos` of `name`, `target`, `time_window.days` and `consequences`.

use std::collections::BTreeMap;

use yaml::{Kind, Node};

use super::values::Unknown;
use super::{Draft, Reader};
use crate::{Gaps, Indicator, Objective, Window};

const FIELDS: &[&str] = &[
    "name",
    "description",
    "service",
    "owner",
    "target",
    "time_window",
    "consequences",
];
/// What they are about where nothing says it.
const SERVICE: &str = "mcp";

impl Reader<'_> {
    pub(super) fn older(&mut self, document: &Node) {
        let Some(fields) = self.fields(document, "the file", &["slos"], Unknown::Ignored) else {
            return;
        };
        for node in self.list(fields.get("slos")) {
            let before = self.reading.mistakes.len();
            if node.text_of("objective").is_some() {
                self.wrong(
                    node.at,
                    "this looks like an objective of Sloth; write version: prometheus/v1 and service at the top of the file",
                );
            } else if let Some(draft) = self.older_objective(node) {
                self.take(draft, before);
            }
        }
    }

    fn older_objective(&mut self, node: &Node) -> Option<Draft> {
        let fields = self.fields(node, "an objective", FIELDS, Unknown::Ignored)?;
        let title = self.text(fields.get("name"));
        let target = self.per_cent(fields.get("target"), "target", node.at);
        // These files write 0.999 as well as 99.9.
        let target = target.map(|part| match part <= 0.01 {
            true => node
                .text_of("target")
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(part),
            false => part,
        });
        let mut days = 30;
        if let Some(window) = fields.get("time_window")
            && let Some(window) = self.fields(window, "time_window", &["days"], Unknown::Ignored)
            && let Some(node) = window.get("days")
            && let Some(number) = self.number(node, "days")
        {
            match number.fract() == 0.0 && (0.0..=1e6).contains(&number) {
                true => days = number as u32,
                false => self.wrong(node.at, "days: a window has whole days, for instance 30"),
            }
        }
        let consequence = self.consequences(fields.get("consequences"));
        let written = self.text(fields.get("description"));
        let name = slug(&title);
        let description = match written.is_empty() && name != title {
            true => title,
            false => written,
        };
        let service = self.text(fields.get("service"));
        self.ignore(
            node.at,
            format!(
                "nothing says how {name} is measured, so it is what is reported (POST /sla/measurement); write it as one \
                 of objectives to have it measured"
            ),
        );
        let objective = Objective {
            service: if service.is_empty() {
                SERVICE.to_owned()
            } else {
                service
            },
            name,
            description,
            owner: self.text(fields.get("owner")),
            consequence,
            labels: BTreeMap::new(),
            indicator: Indicator::Measured,
            target: target?,
            window: Window::Rolling(days),
            zone: "UTC".to_owned(),
            gaps: Gaps::Ignored,
            excludes_maintenance: false,
            parts: Vec::new(),
            alert_name: String::new(),
            page: None,
            ticket: None,
            annotations: BTreeMap::new(),
            enabled: true,
        };
        let names = [
            ("service", "service"),
            ("name", "name"),
            ("target_percent", "target"),
            ("days", "time_window"),
        ];
        let places = names.map(|(field, name)| (field, (fields.place(name), name.to_owned())));
        Some(Draft {
            objective,
            at: node.at,
            places: places.into(),
        })
    }

    /// A text, a list of them, or a map.
    fn consequences(&mut self, node: Option<&Node>) -> String {
        match node.map(|node| (node, &node.is)) {
            Some((_, Kind::List(items))) => {
                let items = items.iter().map(|item| self.consequences(Some(item)));
                items.collect::<Vec<_>>().join("; ")
            }
            Some((node, Kind::Map(_))) => {
                let texts = self.pairs(Some(node), "consequences");
                let texts = texts.iter().map(|(name, text)| format!("{name}: {text}"));
                texts.collect::<Vec<_>>().join(", ")
            }
            _ => self.text(node),
        }
    }
}

/// A title as a name: `MCP availability` is `mcp-availability`.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.'));
    let words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
    words.collect::<Vec<_>>().join("-")
}
