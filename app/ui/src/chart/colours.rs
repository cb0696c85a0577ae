//! Which of the eight colours a name has: the same in every chart of a page.

use std::sync::{Arc, Mutex};

use leptos::prelude::*;

/// How many colours there are: `--c0` to `--c7`.
pub(crate) const COLOURS: usize = 8;

/// The colours that names have been given. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Colours(Arc<Mutex<Vec<(String, usize)>>>);

impl Colours {
    /// Those of the page; where no page is known, none have been given yet.
    pub fn of_page() -> Self {
        use_context().unwrap_or_default()
    }

    /// The colour of a name, beside names of the colours `beside`.
    ///
    /// A name keeps the colour that it was given first. A new one gets the colour that its text asks for,
    /// or the next one that is rarer in the same chart, and then on the page.
    pub fn of(&self, name: &str, beside: impl Iterator<Item = usize>) -> usize {
        // A panic elsewhere leaves the list whole.
        let mut given = match self.0.lock() {
            Ok(given) => given,
            Err(poisoned) => poisoned.into_inner(),
        };
        if let Some((_, colour)) = given.iter().find(|(known, _)| known == name) {
            return *colour;
        }
        // How often each colour stands in the chart, and on the page.
        let mut uses = [(0_usize, 0_usize); COLOURS];
        beside.for_each(|colour| uses[colour % COLOURS].0 += 1);
        given
            .iter()
            .for_each(|(_, colour)| uses[*colour % COLOURS].1 += 1);
        let wanted = hash(name) % COLOURS;
        let from_wanted = (0..COLOURS).map(|n| (wanted + n) % COLOURS);
        let colour = from_wanted
            .min_by_key(|colour| uses[*colour])
            .unwrap_or(wanted);
        given.push((name.to_owned(), colour));
        colour
    }
}

/// FNV-1a, folded: the same on server and in the browser.
fn hash(name: &str) -> usize {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash ^ (hash >> 16)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_colour_and_eight_names_have_eight() {
        let colours = Colours::default();
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let given: Vec<_> = names
            .iter()
            .map(|name| colours.of(name, std::iter::empty()))
            .collect();
        let mut sorted = given.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6, 7]);
        for (name, colour) in names.iter().zip(&given) {
            assert_eq!(
                colours.clone().of(name, std::iter::empty()),
                *colour,
                "{name}"
            );
        }
        // The ninth shares a colour with a name of another chart rather than with one beside it.
        let beside = given[..7].iter().copied();
        assert_eq!(colours.of("ninth", beside), given[7]);
        // Alone on another page, a name gets what its text asks for, every time.
        let alone = |name| Colours::default().of(name, std::iter::empty());
        assert_eq!(alone("filesystem"), alone("filesystem"));
    }
}
