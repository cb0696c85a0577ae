//! Receivers: names, channels, and of ours rotas and limits.

use yaml::{Node, Place};

use super::names::identity;
use super::values::{Reading, unknown};
use super::{ReadChannel, Receiver};
use crate::channels::kinds;

/// What Alertmanager sends to besides.
const OTHERS: &[&str] = &[
    "googlechat_configs",
    "incidentio_configs",
    "jira_configs",
    "mattermost_configs",
    "opsgenie_configs",
    "pushover_configs",
    "rocketchat_configs",
    "sns_configs",
    "victorops_configs",
    "webex_configs",
    "wechat_configs",
];

impl Reading {
    /// A receiver, and the rotas it names with their places.
    pub(super) fn receiver(
        &mut self,
        node: &Node,
        global: Option<&Node>,
        channel: &ReadChannel,
    ) -> Option<(Receiver, Vec<(Place, String)>)> {
        let fields = self.map(node, "a receiver")?;
        let name = self.needed(node.at, fields.get("name"), "the name of a receiver")?;
        let mut receiver = Receiver {
            name: name.to_owned(),
            channels: Vec::new(),
            identities: Vec::new(),
            rotas: Vec::new(),
            flood: None,
        };
        let (mut rotas, mut left_out) = (Vec::new(), Vec::new());
        for (key, value) in fields.all() {
            match key.name.as_str() {
                "name" => {}
                "flood" => receiver.flood = self.flood(value),
                "rota_configs" => {
                    for entry in self.list(Some(value)) {
                        let Some(fields) = self.fields(entry, "rota_configs", &["rota"]) else {
                            continue;
                        };
                        if let Some(rota) = self.needed(entry.at, fields.get("rota"), "rota") {
                            rotas.push((entry.at, rota.to_owned()));
                        }
                    }
                }
                kind if kinds().any(|known| known == kind) => {
                    for (place, entry) in self.list(Some(value)).iter().enumerate() {
                        match channel(kind, entry, global) {
                            Ok(channel) => {
                                let name = format!("{}/{place}", channel.kind());
                                receiver.channels.push((name, channel));
                                receiver.identities.push(identity(entry));
                            }
                            Err(mistakes) => self.mistakes.extend(mistakes),
                        }
                    }
                }
                kind if OTHERS.contains(&kind) => left_out.push((key.at, kind)),
                other => {
                    let ours = ["name", "flood", "rota_configs"];
                    let known: Vec<_> = ours.into_iter().chain(kinds()).collect();
                    let text = unknown("a receiver", other, &known);
                    self.wrong(key.at, text);
                }
            }
        }
        receiver.rotas = rotas.iter().map(|(_, name)| name.clone()).collect();
        let is_mute = receiver.channels.is_empty() && rotas.is_empty();
        for (at, kind) in left_out {
            let text =
                format!("{kind} of the receiver {name:?} are not supported, nothing is sent there");
            match is_mute {
                // Whoever wrote it believes that somebody is told.
                true => self.wrong(at, format!("{text}, and it has no other channel")),
                false => self.ignore(at, text),
            }
        }
        Some((receiver, rotas))
    }
}
