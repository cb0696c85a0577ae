//! Parts in per cent, as they are written and read.

use super::percent;
use crate::read;

#[test]
fn targets_are_written_without_rounding() {
    for (part, text) in [
        (0.999, "99.9"),
        (0.9995, "99.95"),
        (0.58, "58"),
        (0.5, "50"),
        (0.07, "7"),
        (0.005, "0.5"),
        (0.000_01, "0.001"),
        (0.999_999_9, "99.99999"),
        (0.123_456_789_012_345_67, "12.345678901234566"),
    ] {
        assert_eq!(percent(part), text);
        let file =
            format!("objectives: [{{ service: a, name: b, measured: true, target: {text} % }}]");
        let reading = read(&file, &|_| Ok(()));
        assert_eq!(reading.mistakes, []);
        assert_eq!(
            reading.objectives[0].0.target.to_bits(),
            part.to_bits(),
            "{text}"
        );
    }
}

#[test]
fn no_objectives_are_a_file_too() {
    let reading = read(&super::write(&[]), &|_| Ok(()));
    assert_eq!(reading, crate::Reading::default());
}
