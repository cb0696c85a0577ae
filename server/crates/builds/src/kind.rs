//! What kind of error: by the compiler's code, and without one by its words.
//!
//! The codes are those of the compiler's error index (<https://doc.rust-lang.org/error_codes/>).

use std::fmt;

/// A kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// Types do not fit, or cannot be inferred; also wrong numbers of arguments, unknown fields and methods.
    Type,
    /// What the borrow checker forbids: moves, mutability, overlapping borrows.
    Borrow,
    /// Lifetimes: missing, too short, not fitting.
    Lifetime,
    /// Traits: bounds that do not hold, implementations that are incomplete or overlap.
    Trait,
    /// Names that cannot be found, or are there twice.
    Name,
    /// What is private.
    Visibility,
    /// Patterns: not exhaustive, not fitting.
    Pattern,
    /// What constants cannot do.
    Constant,
    /// The text is no Rust.
    Syntax,
    /// Macros: their rules, `compile_error!`, formats.
    Macro,
    /// Attributes and representations.
    Attribute,
    /// What needs another edition or an unstable feature.
    Feature,
    /// What needs `unsafe`.
    Unsafe,
    /// The linker.
    Link,
    /// A lint that is denied.
    Lint,
    /// A build script.
    BuildScript,
    /// Manifests, versions, downloads: before anything is compiled.
    Dependency,
    /// The compiler itself.
    Compiler,
    /// Anything else.
    Other,
}

use ErrorKind::{
    Attribute, Borrow, BuildScript, Compiler, Constant, Dependency, Feature, Lifetime, Link, Lint,
    Macro, Name, Other, Pattern, Syntax, Trait, Type, Unsafe, Visibility,
};

const WORDS: &[(ErrorKind, &str)] = &[
    (Type, "type"),
    (Borrow, "borrow checker"),
    (Lifetime, "lifetime"),
    (Trait, "trait"),
    (Name, "name"),
    (Visibility, "visibility"),
    (Pattern, "pattern"),
    (Constant, "constant"),
    (Syntax, "syntax"),
    (Macro, "macro"),
    (Attribute, "attribute"),
    (Feature, "feature"),
    (Unsafe, "unsafe"),
    (Link, "link"),
    (Lint, "lint"),
    (BuildScript, "build script"),
    (Dependency, "dependency"),
    (Compiler, "compiler"),
    (Other, "other"),
];

/// Numbers of codes.
const CODES: &[(ErrorKind, &[u16])] = &[
    (
        Type,
        &[
            23, 25, 26, 27, 29, 33, 34, 40, 44, 45, 54, 55, 57, 59, 60, 61, 62, 63, 67, 69, 70, 71,
            72, 73, 87, 89, 91, 107, 109, 116, 118, 121, 124, 128, 139, 161, 164, 178, 214, 223,
            229, 243, 244, 267, 268, 282, 283, 284, 307, 308, 317, 368, 369, 391, 392, 393, 439,
            511, 512, 516, 527, 528, 529, 559, 560, 562, 571, 572, 580, 586, 590, 591, 592, 593,
            599, 600, 604, 605, 606, 607, 608, 609, 610, 614, 615, 617, 618, 619, 620, 627, 628,
            631, 632, 638, 639, 641, 642, 644, 646, 667, 689, 695, 696, 698, 699, 720, 727, 728,
            733, 741, 746, 747, 752, 767, 770, 782, 784, 792, 797, 801,
        ],
    ),
    (
        Borrow,
        &[
            7, 9, 301, 302, 303, 373, 381, 382, 383, 384, 386, 387, 389, 493, 499, 500, 501, 502,
            503, 504, 505, 506, 507, 508, 509, 510, 524, 594, 595, 596, 626, 712, 713, 729, 745,
            793, 796,
        ],
    ),
    (
        Lifetime,
        &[
            88, 90, 106, 110, 195, 226, 227, 228, 261, 262, 263, 309, 310, 311, 312, 316, 398, 401,
            477, 478, 482, 491, 492, 495, 496, 497, 515, 521, 581, 582, 597, 621, 623, 637, 657,
            687, 688, 700, 716, 726, 759, 760, 771, 772, 794, 803,
        ],
    ),
    (
        Trait,
        &[
            38, 46, 49, 50, 53, 117, 119, 120, 183, 184, 185, 186, 191, 192, 193, 197, 198, 199,
            200, 201, 203, 204, 205, 206, 207, 210, 211, 212, 220, 221, 222, 224, 225, 230, 232,
            271, 275, 276, 277, 281, 320, 321, 322, 323, 324, 325, 326, 328, 329, 366, 367, 370,
            371, 374, 375, 376, 377, 378, 379, 380, 390, 399, 404, 407, 437, 438, 476, 520, 522,
            525, 567, 568, 576, 643, 665, 666, 714, 715, 719, 735, 740, 749, 750, 751, 785, 790,
            804,
        ],
    ),
    (
        Name,
        &[
            251, 252, 253, 254, 255, 256, 259, 260, 264, 403, 405, 408, 409, 411, 412, 415, 416,
            422, 423, 424, 425, 426, 428, 429, 430, 431, 432, 433, 434, 435, 436, 460, 461, 462,
            463, 464, 466, 523, 573, 574, 575, 577, 578, 583, 601, 659, 761, 786, 799, 800,
        ],
    ),
    (
        Visibility,
        &[364, 365, 445, 446, 447, 449, 451, 603, 616, 624, 704, 742],
    ),
    (
        Pattern,
        &[
            1, 2, 4, 5, 30, 158, 162, 165, 170, 297, 530, 531, 532, 561, 579, 769,
        ],
    ),
    (
        Constant,
        &[10, 13, 14, 15, 80, 81, 84, 625, 671, 730, 744, 764, 773],
    ),
    (
        Syntax,
        &[
            130, 131, 154, 448, 533, 534, 584, 585, 743, 748, 753, 754, 758, 762, 763, 765, 766,
            768, 783,
        ],
    ),
    (Macro, &[468, 469, 774, 777, 795]),
    (
        Attribute,
        &[
            74, 75, 76, 77, 132, 136, 137, 138, 152, 452, 453, 454, 455, 457, 458, 459, 498, 517,
            518, 535, 536, 537, 538, 539, 541, 542, 543, 544, 545, 546, 547, 549, 550, 551, 552,
            565, 566, 569, 570, 587, 588, 589, 602, 633, 634, 647, 648, 690, 691, 692, 693, 701,
            703, 710, 711, 717, 718, 722, 724, 731, 732, 734, 736, 737, 739, 755, 756, 757, 775,
            776, 778, 779, 780, 781, 787, 788, 789, 791, 798, 802, 805, 806,
        ],
    ),
    (
        Feature,
        &[
            92, 93, 94, 472, 514, 519, 554, 556, 557, 622, 635, 636, 658, 670, 697, 705, 706, 708,
            725,
        ],
    ),
    (Unsafe, &[133, 660, 661, 662, 663, 664, 668, 669]),
];

/// How errors without a code begin, or what stands in them.
const BEGINNINGS: &[(ErrorKind, &str)] = &[
    (Link, "linking with"),
    (Link, "linker `"),
    (Link, "could not exec the linker"),
    (BuildScript, "failed to run custom build command"),
    (Dependency, "failed to select a version"),
    (Dependency, "no matching package"),
    (Dependency, "failed to get `"),
    (Dependency, "failed to download"),
    (Dependency, "failed to load source"),
    (Dependency, "failed to parse manifest"),
    (Dependency, "failed to parse lock file"),
    (Dependency, "failed to load manifest"),
    (Dependency, "failed to read `"),
    (Dependency, "failed to resolve patches"),
    (Dependency, "failed to query replaced source"),
    (Dependency, "could not find `Cargo.toml`"),
    (Dependency, "the lock file"),
    (Dependency, "cannot update the lock file"),
    (Dependency, "the package `"),
    (Dependency, "package `"),
    (Dependency, "package ID specification"),
    (Dependency, "feature `"),
    (Dependency, "cyclic package dependency"),
    (Dependency, "invalid character"),
    (Dependency, "no bin target"),
    (Dependency, "rustc "),
    (Dependency, "unable to update"),
    (Compiler, "internal compiler error"),
    (Compiler, "the compiler unexpectedly panicked"),
    (Macro, "no rules expected"),
    (Macro, "unexpected end of macro invocation"),
    (Macro, "cannot find macro"),
    (Macro, "cannot find derive macro"),
    (Macro, "cannot find attribute"),
    (Macro, "proc macro"),
    (Macro, "proc-macro"),
    (Macro, "custom derive"),
    (Macro, "custom attribute"),
    (Macro, "recursion limit reached while expanding"),
    (Macro, "macro "),
    (Macro, "format argument"),
    (Macro, "invalid format string"),
    (Macro, "expected a format string"),
    (Macro, "format string is not a string"),
    (Macro, "invalid reference to positional argument"),
    (Macro, "invalid reference to argument"),
    (Macro, "requires at least a format string"),
    (Macro, "multiple unused formatting arguments"),
    (Macro, "argument never used"),
    (Macro, "named argument never used"),
    (Macro, "local ambiguity when calling macro"),
    (Macro, "environment variable `"),
    (Macro, "couldn't read `"),
    (Lifetime, "lifetime may not live long enough"),
    (Lifetime, "borrowed data escapes"),
    (Lifetime, "higher-ranked lifetime error"),
    (Lifetime, "implementation of `"),
    (Borrow, "captured variable cannot escape"),
    (Trait, "the trait bound"),
    (Trait, "reached the recursion limit while instantiating"),
    (Trait, "overflow evaluating"),
    (Constant, "evaluation panicked"),
    (Syntax, "expected "),
    (Syntax, "unexpected "),
    (Syntax, "unmatched "),
    (Syntax, "mismatched closing delimiter"),
    (Syntax, "this file contains an unclosed delimiter"),
    (Syntax, "unknown start of token"),
    (Syntax, "unterminated "),
    (Syntax, "missing "),
    (Syntax, "invalid suffix"),
    (Syntax, "unknown character escape"),
    (Syntax, "prefix `"),
    (Syntax, "comparison operators cannot be chained"),
    (Syntax, "invalid "),
    (Syntax, "leading `"),
    (Syntax, "struct literals are not allowed here"),
    (Syntax, "visibility `"),
    (Syntax, "non-item in item list"),
    (Syntax, "free function without a body"),
    (Syntax, "`match` arm"),
    (Syntax, "`else`"),
    (Syntax, "`let` "),
    (Attribute, "cannot find attribute"),
    (Attribute, "attribute "),
    (Attribute, "`#["),
    (Attribute, "malformed "),
];

impl ErrorKind {
    /// The word that is shown and stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let word = WORDS.iter().find(|(kind, _)| *kind == self);
        word.map_or("other", |(_, word)| word)
    }

    /// The kind that a word means.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let known = WORDS.iter().find(|(_, known)| *known == word);
        known.map(|(kind, _)| *kind)
    }

    /// By a code (`E0308`, or the name of a lint; empty for none) and the first line; `rendered` says more where both
    /// say nothing.
    #[must_use]
    pub fn of(code: &str, text: &str, rendered: &str) -> Self {
        let number = code.strip_prefix('E').filter(|it| it.len() == 4);
        if let Some(number) = number.and_then(|digits| digits.parse::<u16>().ok()) {
            let kind = CODES.iter().find(|(_, codes)| codes.contains(&number));
            return kind.map_or(Other, |(kind, _)| *kind);
        }
        // A lint has a name; where only the text is there, it says which one is denied.
        let is_denied = |text: &str| {
            ["#[deny(", "#[forbid(", "-D ", "-F "]
                .iter()
                .any(|mark| text.contains(mark))
        };
        if !code.is_empty() || (rendered.contains("= note:") && is_denied(rendered)) {
            return Lint;
        }
        let begins = BEGINNINGS.iter().find(|(_, begin)| text.starts_with(begin));
        match begins {
            Some((kind, _)) => *kind,
            // What `compile_error!` and macros of others say is theirs; the compiler notes where it came from.
            None if rendered.contains("this error originates in")
                || rendered.contains("compile_error!") =>
            {
                Macro
            }
            None => Other,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_are_told_by_code_and_by_words() {
        for (code, text, rendered, expected) in [
            ("E0308", "mismatched types", "", Type),
            ("E0599", "no method named `x` found", "", Type),
            ("E0382", "use of moved value: `a`", "", Borrow),
            ("E0502", "cannot borrow `a` as mutable", "", Borrow),
            ("E0106", "missing lifetime specifier", "", Lifetime),
            ("E0597", "`x` does not live long enough", "", Lifetime),
            ("", "lifetime may not live long enough", "", Lifetime),
            (
                "E0277",
                "the trait bound `A: B` is not satisfied",
                "",
                Trait,
            ),
            ("E0425", "cannot find value `x` in this scope", "", Name),
            ("E0433", "failed to resolve", "", Name),
            ("E0603", "function `x` is private", "", Visibility),
            ("E0004", "non-exhaustive patterns", "", Pattern),
            ("E0015", "cannot call non-const function", "", Constant),
            ("", "expected one of `!` or `::`, found `x`", "", Syntax),
            ("E0765", "unterminated double quote string", "", Syntax),
            ("", "no rules expected the token `x`", "", Macro),
            ("", "cannot find macro `x` in this scope", "", Macro),
            ("", "own words", "1 | compile_error!(\"own words\");", Macro),
            ("E0133", "call to unsafe function", "", Unsafe),
            ("E0658", "`x` is experimental", "", Feature),
            ("", "linking with `cc` failed: exit status: 1", "", Link),
            ("dead_code", "function `x` is never used", "", Lint),
            (
                "",
                "unused variable: `x`",
                "= note: `-D unused-variables` implied",
                Lint,
            ),
            (
                "",
                "failed to run custom build command for `x v0.1.0`",
                "",
                BuildScript,
            ),
            ("", "no matching package named `x` found", "", Dependency),
            ("", "internal compiler error: x", "", Compiler),
            ("E9999", "of the future", "", Other),
            ("", "something", "", Other),
        ] {
            assert_eq!(
                ErrorKind::of(code, text, rendered),
                expected,
                "{code} {text}"
            );
        }
    }

    #[test]
    fn each_code_has_one_kind_and_each_kind_a_word() {
        let mut seen = BTreeSet::new();
        for (kind, codes) in CODES {
            for code in *codes {
                let is_new = seen.insert(*code);
                assert!(is_new, "{kind}: E{code:04}");
            }
            assert_eq!(ErrorKind::parse(kind.as_str()), Some(*kind));
        }
        assert!(seen.len() > 400, "{}", seen.len());
    }
}
