//! The minutes of an hour as bytes.
//!
//! For each of the 60 minutes a byte: its two lowest bits say what it is (0 not looked at, 1 counted, 2 without data, 3
//! left out). A counted one is followed by its total as a number of eight bytes (little endian), unless bit 2 says that
//! it is that of the counted minute before it in this hour; and by what was good of it, unless bit 3 says that this was
//! all of it.

/// Minutes of an hour.
pub(super) const MINUTES: usize = 60;

const KIND: u8 = 0b11;
const SAME_TOTAL: u8 = 0b100;
const ALL_GOOD: u8 = 0b1000;

/// A minute of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Slot {
    /// Nobody has looked at it.
    #[default]
    Open,
    /// So much of so much was good.
    Counted { good: f64, total: f64 },
    /// There was no data.
    Gap,
    /// A maintenance window leaves it out.
    Excluded,
}

/// The minutes of an hour.
pub(super) type Hour = [Slot; MINUTES];

/// Writes an hour.
pub(super) fn write(hour: &Hour) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * MINUTES);
    let mut last = 0_f64.to_bits();
    for slot in hour {
        match *slot {
            Slot::Open => bytes.push(0),
            Slot::Gap => bytes.push(2),
            Slot::Excluded => bytes.push(3),
            Slot::Counted { good, total } => {
                let (good, total) = (good.to_bits(), total.to_bits());
                let mut flags = 1;
                flags |= if total == last { SAME_TOTAL } else { 0 };
                flags |= if good == total { ALL_GOOD } else { 0 };
                bytes.push(flags);
                if total != last {
                    bytes.extend(total.to_le_bytes());
                }
                if good != total {
                    bytes.extend(good.to_le_bytes());
                }
                last = total;
            }
        }
    }
    bytes
}

/// Reads an hour. What is cut off was not looked at.
pub(super) fn read(bytes: &[u8]) -> Hour {
    let mut hour = Hour::from([Slot::Open; MINUTES]);
    let mut rest = bytes;
    let mut last = 0_f64;
    for slot in &mut hour {
        let Some((flags, after)) = rest.split_first() else {
            break;
        };
        rest = after;
        *slot = match flags & KIND {
            0 => Slot::Open,
            2 => Slot::Gap,
            3 => Slot::Excluded,
            _ => {
                if flags & SAME_TOTAL == 0 {
                    let Some(total) = number(&mut rest) else {
                        break;
                    };
                    last = total;
                }
                let good = match flags & ALL_GOOD {
                    0 => number(&mut rest),
                    _ => Some(last),
                };
                let Some(good) = good else {
                    break;
                };
                Slot::Counted { good, total: last }
            }
        };
    }
    hour
}

fn number(rest: &mut &[u8]) -> Option<f64> {
    let (bytes, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some(f64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let one = Slot::Counted {
            good: 3.0,
            total: 3.0,
        };
        let some = Slot::Counted {
            good: 0.1,
            total: 3.0,
        };
        let mut mixed = [Slot::Open; MINUTES];
        let kinds = [one, some, Slot::Gap, Slot::Excluded, one, Slot::Open];
        for (number, slot) in mixed.iter_mut().enumerate() {
            *slot = kinds[number % kinds.len()];
            if number % 7 == 3 {
                let total = f64::from(u32::try_from(number).unwrap()) * 1.7;
                *slot = Slot::Counted {
                    good: total / 3.0,
                    total,
                };
            }
        }
        for (hour, most) in [
            ([Slot::Open; MINUTES], 60),
            ([Slot::Gap; MINUTES], 60),
            // An hour in which all was well is a byte a minute.
            ([one; MINUTES], 68),
            (mixed, 60 * 17),
        ] {
            let bytes = write(&hour);
            assert!(bytes.len() <= most, "{}", bytes.len());
            assert_eq!(read(&bytes), hour);
            // Whatever is cut off, the front is as it was.
            for length in 0..bytes.len() {
                let cut = read(&bytes[..length]);
                let same = cut.iter().zip(&hour).take_while(|(a, b)| a == b).count();
                let rest = &cut[same..];
                assert!(rest.iter().all(|slot| *slot == Slot::Open), "{length}");
            }
        }
    }
}
