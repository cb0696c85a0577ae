//! What hangs on what, as declared; and what a failure reaches.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;

/// Names, and the names that they depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    depends_on: BTreeMap<String, BTreeSet<String>>,
    /// Those that depend on something, each after all that it depends on.
    order: Vec<String>,
}

impl Graph {
    /// As configured: by what a server says, and by what a check says.
    pub(crate) fn of(config: &Config) -> Self {
        let of_servers = config.depends_on.iter();
        let of_servers =
            of_servers.flat_map(|(server, names)| names.iter().map(move |name| (server, name)));
        let of_checks = config.checks.iter();
        let of_checks =
            of_checks.flat_map(|check| check.servers.iter().map(|server| (server, &check.name)));
        Self::new(of_servers.chain(of_checks))
    }

    fn new<'a>(edges: impl Iterator<Item = (&'a String, &'a String)>) -> Self {
        let mut depends_on: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, on) in edges {
            depends_on
                .entry(name.clone())
                .or_default()
                .insert(on.clone());
        }
        let order = in_order(&depends_on);
        Self { depends_on, order }
    }

    /// Whether nothing depends on anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.depends_on.is_empty()
    }

    /// What something depends on directly.
    pub(crate) fn depends_on(&self, name: &str) -> impl Iterator<Item = &String> {
        self.depends_on.get(name).into_iter().flatten()
    }

    /// What depends on something directly.
    pub(crate) fn dependents(&self, name: &str) -> impl Iterator<Item = &String> {
        let of_name = self
            .depends_on
            .iter()
            .filter(move |(_, on)| on.contains(name));
        of_name.map(|(dependent, _)| dependent)
    }

    /// What failures reach: for each name, the failed ones at the root of it. A failed one that itself hangs on
    /// a failed one is no root.
    pub(crate) fn affected(
        &self,
        has_failed: impl Fn(&str) -> bool,
    ) -> BTreeMap<String, BTreeSet<String>> {
        let mut affected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in &self.order {
            let mut roots = BTreeSet::new();
            for on in self.depends_on(name) {
                match affected.get(on) {
                    Some(deeper) => roots.extend(deeper.iter().cloned()),
                    None if has_failed(on) => drop(roots.insert(on.clone())),
                    None => {}
                }
            }
            if !roots.is_empty() {
                affected.insert(name.clone(), roots);
            }
        }
        affected
    }

    /// Circles, each once and from its first name on; there are none in a configuration that is accepted.
    pub(crate) fn cycles(&self) -> Vec<Vec<String>> {
        let mut left: BTreeSet<&String> = self.depends_on.keys().collect();
        left.retain(|name| !self.order.contains(name));
        let mut cycles = Vec::new();
        while let Some(first) = left.first().copied() {
            let mut path: Vec<&String> = vec![first];
            let cycle = loop {
                let last = path[path.len() - 1];
                match self.depends_on(last).find(|on| left.contains(*on)) {
                    None => break None,
                    Some(next) => match path.iter().position(|name| *name == next) {
                        Some(at) => break Some(path.split_off(at)),
                        None => path.push(next),
                    },
                }
            };
            match cycle {
                // It only leads to a circle that has been found.
                None => drop(path.last().map(|last| left.remove(*last))),
                Some(mut cycle) => {
                    left.retain(|name| !cycle.contains(name));
                    let smallest = (0..cycle.len())
                        .min_by_key(|at| cycle[*at])
                        .unwrap_or_default();
                    cycle.rotate_left(smallest);
                    cycles.push(cycle.into_iter().cloned().collect());
                }
            }
        }
        cycles.sort();
        cycles
    }
}

/// The keys, each after those that it depends on; those in a circle, or that lead to one, are left out.
fn in_order(depends_on: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    let mut dependents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, on) in depends_on {
        let inner = on.iter().filter(|on| depends_on.contains_key(*on));
        open.insert(name, inner.clone().count());
        inner.for_each(|on| dependents.entry(on).or_default().push(name));
    }
    let mut ready: Vec<&str> = open
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| *name)
        .collect();
    let mut order = Vec::new();
    while let Some(name) = ready.pop() {
        order.push(name.to_owned());
        for dependent in dependents.remove(name).unwrap_or_default() {
            if let Some(count) = open.get_mut(dependent) {
                *count -= 1;
                if *count == 0 {
                    ready.push(dependent);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From words like `a>b`: a depends on b.
    fn graph(text: &str) -> Graph {
        let edges: Vec<(String, String)> = text
            .split_whitespace()
            .map(|word| word.split_once('>').unwrap())
            .map(|(name, on)| (name.to_owned(), on.to_owned()))
            .collect();
        Graph::new(edges.iter().map(|(name, on)| (name, on)))
    }

    #[test]
    fn what_failures_reach() {
        for (edges, failed, expected) in [
            ("", "x", ""),
            ("a>x", "", ""),
            ("a>x", "x", "a:x"),
            ("a>x", "a", ""),
            ("a>b b>x c>y", "x", "a:x b:x"),
            // What fails because of something else is no root of its own.
            ("a>b b>x", "b x", "a:x b:x"),
            // And is one as soon as the other works again.
            ("a>b b>x", "b", "a:b"),
            ("a>x a>y", "x y", "a:x,y"),
            ("a>b a>c b>x c>x", "x", "a:x b:x c:x"),
            ("a>b b>c c>d d>e", "e c", "a:e b:e c:e d:e"),
        ] {
            let affected = graph(edges).affected(|name| failed.split(' ').any(|it| it == name));
            let words: Vec<_> = affected
                .iter()
                .map(|(name, roots)| {
                    let roots: Vec<_> = roots.iter().map(String::as_str).collect();
                    format!("{name}:{}", roots.join(","))
                })
                .collect();
            assert_eq!(words.join(" "), expected, "{edges} | {failed}");
        }
    }

    #[test]
    fn circles() {
        for (edges, expected) in [
            ("a>b b>c a>c", ""),
            ("a>a", "a"),
            ("b>a a>b", "a b"),
            ("x>c c>a a>b b>c", "a b c"),
            ("a>b b>a c>d d>c", "a b | c d"),
            ("a>b b>a c>a", "a b"),
        ] {
            let cycles = graph(edges).cycles();
            let words: Vec<_> = cycles.iter().map(|cycle| cycle.join(" ")).collect();
            assert_eq!(words.join(" | "), expected, "{edges}");
        }
    }

    #[test]
    fn both_directions() {
        let graph = graph("a>x b>x a>y");
        assert_eq!(graph.dependents("x").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(graph.depends_on("a").collect::<Vec<_>>(), ["x", "y"]);
        assert!(!graph.is_empty() && super::Graph::default().is_empty());
    }
}
