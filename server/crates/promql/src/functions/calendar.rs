//! What the calendar says of a time in seconds, in UTC.

/// A day in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Day {
    year: i64,
    month: i64,
    day: i64,
}

const DAY_SECONDS: i64 = 86_400;

/// The function of a time that has this name.
pub(super) fn of(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "minute" => |at| (seconds(at).div_euclid(60).rem_euclid(60)) as f64,
        "hour" => |at| (seconds(at).div_euclid(3600).rem_euclid(24)) as f64,
        // The first day of 1970 was a Thursday, the fourth after Sunday.
        "day_of_week" => |at| (days(at) + 4).rem_euclid(7) as f64,
        "day_of_month" => |at| date(days(at)).day as f64,
        "day_of_year" => |at| {
            let first = Day {
                month: 1,
                day: 1,
                ..date(days(at))
            };
            (days(at) - number(first) + 1) as f64
        },
        "days_in_month" => |at| days_in_month(date(days(at))) as f64,
        "month" => |at| date(days(at)).month as f64,
        "year" => |at| date(days(at)).year as f64,
        _ => return None,
    })
}

/// Whole seconds, cut towards zero; not more than some ten thousand millennia from now.
fn seconds(at: f64) -> i64 {
    const FAR: i64 = 1 << 48;
    (at as i64).clamp(-FAR, FAR)
}

/// Days since the first of 1970.
fn days(at: f64) -> i64 {
    seconds(at).div_euclid(DAY_SECONDS)
}

/// The date of a number of days since the first of 1970.
///
/// Years begin with March here, so that the leap day is the last of its year; `yoe` and `doy` count
/// within 400 years and within a year.
fn date(days: i64) -> Day {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let yoe = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let doy = day_of_era - (365 * yoe + yoe / 4 - yoe / 100);
    let month_from_march = (5 * doy + 2) / 153;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    Day {
        year: yoe + era * 400 + i64::from(month <= 2),
        month,
        day: doy - (153 * month_from_march + 2) / 5 + 1,
    }
}

/// The number of days since the first of 1970 of a date.
fn number(date: Day) -> i64 {
    let year = date.year - i64::from(date.month <= 2);
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let month_from_march = (date.month + 9) % 12;
    let doy = (153 * month_from_march + 2) / 5 + date.day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

fn days_in_month(date: Day) -> i64 {
    let first = Day { day: 1, ..date };
    let next = match date.month {
        12 => Day {
            year: date.year + 1,
            month: 1,
            day: 1,
        },
        month => Day {
            month: month + 1,
            ..first
        },
    };
    number(next) - number(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(name: &str, at: f64) -> f64 {
        of(name).unwrap()(at)
    }

    #[test]
    fn dates_come_back() {
        for days in (-800_000..800_000).step_by(97) {
            assert_eq!(number(date(days)), days);
        }
        let known = Day {
            year: 2000,
            month: 2,
            day: 29,
        };
        assert_eq!(date(11_016), known);
    }

    #[test]
    fn parts_of_a_time() {
        // 2024-02-29 23:59:58 UTC, a Thursday.
        let at = 1_709_251_198.0;
        let names = ["year", "month", "day_of_month", "hour", "minute"];
        assert_eq!(
            names.map(|name| ask(name, at)),
            [2024.0, 2.0, 29.0, 23.0, 59.0]
        );
        let names = ["day_of_week", "day_of_year", "days_in_month"];
        assert_eq!(names.map(|name| ask(name, at)), [4.0, 60.0, 29.0]);
        assert_eq!(ask("year", -1.0), 1969.0);
        assert_eq!(ask("days_in_month", 1_703_000_000.0), 31.0);
        assert_eq!(ask("year", f64::NAN), 1970.0);
        assert!(ask("year", f64::INFINITY) > 1e6);
    }
}
