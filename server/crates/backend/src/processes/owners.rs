//! The names of users.

use std::collections::HashMap;

/// Users by their numbers.
pub(super) struct Owners(HashMap<u32, String>);

impl Owners {
    /// Reads this machine's list of users. Without one, users have numbers only.
    pub(super) fn read() -> Self {
        Self::parse(&std::fs::read_to_string("/etc/passwd").unwrap_or_default())
    }

    /// `name:x:uid:…`, a line each.
    fn parse(text: &str) -> Self {
        let users = text.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let (name, uid) = (fields.next()?, fields.nth(1)?);
            Some((uid.parse().ok()?, name.to_owned()))
        });
        Self(users.collect())
    }

    /// The name of a user, or the number where there is none.
    pub(super) fn name(&self, uid: u32) -> String {
        let name = self.0.get(&uid).cloned();
        name.unwrap_or_else(|| uid.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let owners = Owners::parse("root:x:0:0:root:/root:/bin/sh\n\n#\na:x\nme:x:1000:\n");
        for (uid, expected) in [(0, "root"), (1000, "me"), (7, "7")] {
            assert_eq!(owners.name(uid), expected);
        }
    }
}
