//! Names of channels. What waits for a channel, and what it has been told, is known by its name: so it keeps that when others of its
//! receiver come or go.

use sha2::{Digest as _, Sha256};
use yaml::{Kind, Node};

use super::{Receiver, Routing};

/// The name by which a channel was known, and what was written of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedChannel {
    /// Its receiver.
    pub receiver: String,
    /// Its name.
    pub name: String,
    /// What was written of it, as a hash.
    pub identity: String,
}

/// What is written of a channel, as a hash.
pub(super) fn identity(entry: &Node) -> String {
    let mut written = Sha256::new();
    write(entry, &mut written);
    let hash = written.finalize();
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A value without its place: what begins and ends is told apart from what is written.
fn write(node: &Node, into: &mut Sha256) {
    let text = |text: &str, into: &mut Sha256| {
        into.update(text.len().to_le_bytes());
        into.update(text);
    };
    match &node.is {
        Kind::Nothing => into.update(b"n"),
        Kind::Text(written) => {
            into.update(b"t");
            text(written, into);
        }
        Kind::List(items) => {
            into.update(b"[");
            items.iter().for_each(|item| write(item, into));
            into.update(b"]");
        }
        Kind::Map(pairs) => {
            into.update(b"{");
            for (key, value) in pairs {
                text(&key.name, into);
                write(value, into);
            }
            into.update(b"}");
        }
    }
}

impl Routing {
    /// Gives channels that were known before the names that they had. One that is written differently than before has the name
    /// of its place if no other has it: whoever mends an address finds there what waits for it.
    pub fn keep_names(&mut self, known: &[NamedChannel]) {
        for receiver in self.receivers.values_mut() {
            let known = known.iter().filter(|it| it.receiver == receiver.name);
            receiver.keep_names(known.collect());
        }
    }

    /// The names of all channels.
    pub fn names(&self) -> Vec<NamedChannel> {
        let all = self.receivers.values().flat_map(|receiver| {
            let channels = receiver.channels.iter().zip(&receiver.identities);
            channels.map(|((name, _), identity)| NamedChannel {
                receiver: receiver.name.clone(),
                name: name.clone(),
                identity: identity.clone(),
            })
        });
        all.collect()
    }
}

impl Receiver {
    fn keep_names(&mut self, mut known: Vec<&NamedChannel>) {
        let mut names: Vec<Option<String>> = Vec::with_capacity(self.channels.len());
        for ((_, channel), identity) in self.channels.iter().zip(&self.identities) {
            let is_it = |it: &&NamedChannel| {
                let kind = it.name.split_once('/').map(|(kind, _)| kind);
                it.identity == *identity && kind == Some(channel.kind())
            };
            let found = known.iter().position(is_it);
            names.push(found.map(|at| known.remove(at).name.clone()));
        }
        for at in 0..names.len() {
            if names[at].is_some() {
                continue;
            }
            let (place, channel) = &self.channels[at];
            let is_free = |name: &String| !names.iter().flatten().any(|it| it == name);
            let others = (0..).map(|number| format!("{}/{number}", channel.kind()));
            let name = std::iter::once(place.clone()).chain(others).find(is_free);
            names[at] = name;
        }
        for ((place, _), name) in self.channels.iter_mut().zip(names) {
            if let Some(name) = name {
                *place = name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::routing;
    use super::*;

    fn of(urls: &[&str]) -> Routing {
        let entries: Vec<_> = urls.iter().map(|url| format!("{{url: '{url}'}}")).collect();
        let text = format!(
            "route: {{receiver: a}}\nreceivers:\n- name: a\n  webhook_configs: [{}]\n- name: b\n  webhook_configs: [{{url: x}}]",
            entries.join(", ")
        );
        routing(&text)
    }

    #[test]
    fn a_channel_keeps_its_name_when_others_come_and_go() {
        for (before, after, expected) in [
            (
                &["x", "y"][..],
                &["x", "y"][..],
                &["webhook/0", "webhook/1"][..],
            ),
            (&["x", "y"], &["y"], &["webhook/1"]),
            (&["x", "y"], &["y", "x"], &["webhook/1", "webhook/0"]),
            // A new one takes no name that another has.
            (&["x"], &["new", "x"], &["webhook/1", "webhook/0"]),
            (&["x", "y"], &["y", "new"], &["webhook/1", "webhook/0"]),
            // One that is written anew finds what waits for it.
            (&["x", "y"], &["x", "mended"], &["webhook/0", "webhook/1"]),
            (
                &["x", "x"],
                &["x", "x", "x"],
                &["webhook/0", "webhook/1", "webhook/2"],
            ),
            (&[], &["x"], &["webhook/0"]),
        ] {
            let known = of(before).names();
            let mut now = of(after);
            now.keep_names(&known);
            let names: Vec<_> = now.receivers["a"]
                .channels
                .iter()
                .map(|(name, _)| name)
                .collect();
            assert_eq!(names, expected, "{before:?} {after:?}");
            assert_eq!(now.receivers["b"].channels[0].0, "webhook/0");
        }
    }

    #[test]
    fn what_is_written_alike_is_alike_wherever_it_stands() {
        let hash = |text: &str| identity(&yaml::documents(text).unwrap()[0]);
        assert_eq!(hash("{a: [b, c], d: e}"), hash("a:\n  - b\n  - c\nd: e\n"));
        for other in [
            "{a: [b], d: e}",
            "{a: [bc], d: e}",
            "{a: [b, c], d: f}",
            "{a: [b, c, d], e: e}",
        ] {
            assert_ne!(hash("{a: [b, c], d: e}"), hash(other), "{other}");
        }
    }
}
