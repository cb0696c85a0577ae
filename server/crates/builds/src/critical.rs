//! The critical path: the chain of work that a build waited for.

use crate::Unit;

/// The places of the units that the end of a build waited for, in the order of time: the one that ended last, before it
/// the one that let it begin, and so on. Empty where there are no times.
///
/// Cargo says which units each one lets begin: when it is done, or already when it has declared what it has. Of several
/// that a unit waited for, the one that let it begin is the last to do so.
#[must_use]
pub fn critical_path(units: &[Unit]) -> Vec<u32> {
    let end = |unit: &Unit| Some(unit.began_seconds? + unit.duration_seconds?);
    let early = |unit: &Unit| Some(unit.began_seconds? + unit.declared_seconds?);
    let mut waited: Vec<Option<(u32, f64)>> = vec![None; units.len()];
    for (place, unit) in (0_u32..).zip(units) {
        let told = [
            (&unit.unblocks, end(unit)),
            (&unit.unblocks_early, early(unit).or(end(unit))),
        ];
        for (unblocked, at) in told {
            let Some(at) = at else { continue };
            for next in unblocked {
                let Some(slot) = waited.get_mut(*next as usize) else {
                    continue;
                };
                if slot.is_none_or(|(_, known)| at > known) {
                    *slot = Some((place, at));
                }
            }
        }
    }
    let ends = (0_u32..)
        .zip(units)
        .filter_map(|(place, unit)| Some((place, end(unit)?)));
    let last = ends.max_by(|a, b| a.1.total_cmp(&b.1));
    let mut path: Vec<u32> = Vec::new();
    let mut next = last.map(|(place, _)| place);
    while let Some(place) = next.filter(|place| !path.contains(place)) {
        path.push(place);
        next = waited[place as usize].map(|(before, _)| before);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(began: f64, took: f64, declared: Option<f64>, unblocks: &[u32], early: &[u32]) -> Unit {
        Unit {
            began_seconds: Some(began),
            duration_seconds: Some(took),
            declared_seconds: declared,
            unblocks: unblocks.to_vec(),
            unblocks_early: early.to_vec(),
            ..Unit::default()
        }
    }

    #[test]
    fn it_is_what_the_end_waited_for() {
        // 0 lets 2 begin when it has declared itself, 1 lets 3 begin, which is done long before 2.
        let units = [
            unit(0.0, 3.0, Some(1.0), &[], &[2]),
            unit(0.0, 0.5, None, &[3], &[]),
            unit(1.0, 4.0, None, &[], &[]),
            unit(0.5, 1.0, None, &[2], &[]),
        ];
        // 3 ended at 1.5 > 1.0: the last that 2 waited for.
        assert_eq!(critical_path(&units), [1, 3, 2]);
        assert_eq!(critical_path(&units[..3]), [0, 2]);
        assert_eq!(critical_path(&[]), Vec::<u32>::new());
        assert_eq!(critical_path(&[Unit::default()]), Vec::<u32>::new());
    }

    /// What somebody sends may go in a circle, or point nowhere.
    #[test]
    fn a_circle_ends() {
        let units = [
            unit(0.0, 1.0, None, &[1, 9], &[]),
            unit(0.0, 2.0, None, &[0], &[]),
        ];
        assert_eq!(critical_path(&units), [0, 1]);
    }
}
