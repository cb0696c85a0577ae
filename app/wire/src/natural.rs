//! Texts as people sort them: the same where a page sorts and where the server does.

use std::cmp::Ordering;

/// Which of two texts comes first: numbers in them count as numbers, so `node-9` comes before `node-10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (Some(x), Some(y)) = (a.first(), b.first()) else {
            return a.len().cmp(&b.len());
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number, rest) = digits(a);
            let (other, others) = digits(b);
            // More digits are more; of as many, the text decides.
            let order = number.len().cmp(&other.len()).then(number.cmp(other));
            if order.is_ne() {
                return order;
            }
            (a, b) = (rest, others);
        } else if x == y {
            (a, b) = (&a[1..], &b[1..]);
        } else {
            return x.cmp(y);
        }
    }
}

/// The digits at the front, without zeros before them, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|c| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    (&digits[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        for (a, b, expected) in [
            ("a", "a", Ordering::Equal),
            ("a007", "a7", Ordering::Equal),
            ("a", "ab", Ordering::Less),
            ("node-9", "node-10", Ordering::Less),
            (
                "99999999999999999999999",
                "100000000000000000000000",
                Ordering::Less,
            ),
        ] {
            assert_eq!(natural(a, b), expected, "{a} {b}");
        }
    }
}
