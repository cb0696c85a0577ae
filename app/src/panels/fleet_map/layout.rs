//! Where everything stands on the map: what is depended on at the left, what depends on it to its right.

/// A place: which column, and which row from the middle, in halves of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) column: usize,
    /// Twice the distance from the middle: columns of odd and even length stand on one axis.
    pub(super) half_row: i32,
}

/// A line from what is depended on to what depends on it, and the places that it goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) through: Vec<Place>,
}

/// What stands where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// A place for each thing.
    pub(super) places: Vec<Place>,
    /// A line for each dependency.
    pub(super) routes: Vec<Route>,
    /// How many columns there are.
    pub(super) columns: usize,
    /// The largest distance from the middle.
    pub(super) half_rows: usize,
}

/// How often the columns are gone over.
const SWEEPS: usize = 4;

/// A place for each thing. `depends_on` names the things that each depends on, by their number; `least` is the
/// column in which each may stand at the earliest.
///
/// Each stands one column after the last of those that it depends on (longest path), and near the middle of its
/// neighbours (barycentre), so that lines are short and seldom cross. A line over several columns has a place in
/// each of them, so that it goes behind nothing. What is in a circle stands as if it depended on nothing.
pub(super) fn layout(depends_on: &[Vec<usize>], least: &[usize]) -> Layout {
    let mut columns = columns(depends_on, least);
    let (near, chains) = with_waypoints(depends_on, &mut columns);
    let count = columns.iter().max().map_or(0, |last| last + 1);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (thing, column) in columns.iter().enumerate() {
        rows[*column].push(thing);
    }
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); near.len()];
    for (thing, on) in near.iter().enumerate() {
        on.iter().for_each(|on| needed_by[*on].push(thing));
    }
    let mut places = placed(&columns, &rows);
    for sweep in 0..SWEEPS {
        // To the right by what each depends on, then back by what depends on it.
        let (neighbours, order): (_, Vec<usize>) = match sweep % 2 {
            0 => (&near, (0..count).collect()),
            _ => (&needed_by, (0..count).rev().collect()),
        };
        for column in order {
            let key = |thing: usize| {
                let own = f64::from(places[thing].half_row);
                (middle(&neighbours[thing], &places).unwrap_or(own), thing)
            };
            let mut keyed: Vec<_> = rows[column].iter().map(|thing| key(*thing)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            rows[column] = keyed.into_iter().map(|(_, thing)| thing).collect();
            places = placed(&columns, &rows);
        }
    }
    let half_rows = places
        .iter()
        .map(|place| place.half_row.unsigned_abs())
        .max();
    let routes = chains.into_iter().map(|(from, to, through)| Route {
        from,
        to,
        through: through
            .into_iter()
            .map(|waypoint| places[waypoint])
            .collect(),
    });
    let routes = routes.collect();
    places.truncate(depends_on.len());
    Layout {
        places,
        routes,
        columns: count,
        half_rows: half_rows.unwrap_or_default() as usize,
    }
}

/// From what a line comes, where it ends, and the waypoints between.
type Chain = (usize, usize, Vec<usize>);

/// The things and, after them, a waypoint for each column that a line crosses; each depends on what stands in
/// the column before.
fn with_waypoints(
    depends_on: &[Vec<usize>],
    columns: &mut Vec<usize>,
) -> (Vec<Vec<usize>>, Vec<Chain>) {
    let mut near = vec![Vec::new(); depends_on.len()];
    let mut chains = Vec::new();
    for (thing, on) in depends_on.iter().enumerate() {
        for from in on {
            let (mut last, mut through) = (*from, Vec::new());
            for column in columns[*from] + 1..columns[thing] {
                near.push(vec![last]);
                columns.push(column);
                last = near.len() - 1;
                through.push(last);
            }
            near[thing].push(last);
            chains.push((*from, thing, through));
        }
    }
    (near, chains)
}

fn columns(depends_on: &[Vec<usize>], least: &[usize]) -> Vec<usize> {
    let at_least = |thing: usize| least.get(thing).copied().unwrap_or_default();
    let mut columns: Vec<usize> = (0..depends_on.len()).map(at_least).collect();
    // The longest path has as many steps as there are things; in a circle it would grow for ever.
    for _ in 0..depends_on.len() {
        let mut is_settled = true;
        for (thing, on) in depends_on.iter().enumerate() {
            let after = on
                .iter()
                .map(|on| columns[*on] + 1)
                .max()
                .unwrap_or_default();
            if after > columns[thing] && after <= depends_on.len() {
                columns[thing] = after;
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    columns
}

fn placed(columns: &[usize], rows: &[Vec<usize>]) -> Vec<Place> {
    let mut places: Vec<Place> = columns
        .iter()
        .map(|column| Place {
            column: *column,
            half_row: 0,
        })
        .collect();
    for column in rows {
        let above = i32::try_from(column.len()).unwrap_or(i32::MAX) - 1;
        for (row, thing) in (0..).zip(column) {
            places[*thing].half_row = 2 * row - above;
        }
    }
    places
}

fn middle(neighbours: &[usize], places: &[Place]) -> Option<f64> {
    let rows = neighbours
        .iter()
        .map(|thing| f64::from(places[*thing].half_row));
    (!neighbours.is_empty()).then(|| rows.sum::<f64>() / neighbours.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From words like `a>b`: a depends on b. The columns from left to right, each from top to bottom.
    fn drawn(things: &str, edges: &str) -> String {
        let things: Vec<&str> = things.split_whitespace().collect();
        let number = |name: &str| things.iter().position(|thing| *thing == name).unwrap();
        let mut depends_on = vec![Vec::new(); things.len()];
        for (name, on) in edges
            .split_whitespace()
            .map(|word| word.split_once('>').unwrap())
        {
            depends_on[number(name)].push(number(on));
        }
        let least: Vec<usize> = things
            .iter()
            .map(|thing| usize::from(thing.starts_with(char::is_uppercase)))
            .collect();
        let places = layout(&depends_on, &least).places;
        let last = places
            .iter()
            .map(|place| place.column)
            .max()
            .unwrap_or_default();
        let columns = (0..=last).map(|column| {
            let mut of_column: Vec<_> = (0..things.len())
                .filter(|it| places[*it].column == column)
                .collect();
            of_column.sort_by_key(|it| places[*it].half_row);
            of_column
                .into_iter()
                .map(|it| things[it])
                .collect::<Vec<_>>()
                .join(" ")
        });
        columns.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn columns_and_rows() {
        for (things, edges, expected) in [
            ("", "", ""),
            ("a", "", "a"),
            ("a b c", "b>a c>b", "a | b | c"),
            // The longest way decides.
            ("a b c", "b>a c>b c>a", "a | b | c"),
            // Servers (large letters) stand after checks, also without any.
            ("a B C", "C>B", "a | B | C"),
            // Lines that would cross do not.
            ("a b C D", "C>b D>a", "a b | D C"),
            ("a b c D E F", "D>c E>b F>a", "a b c | F E D"),
            // What many depend on stands in their middle.
            ("a b c D", "D>a D>b D>c", "a b c | D"),
        ] {
            assert_eq!(drawn(things, edges), expected, "{things}: {edges}");
        }
    }

    #[test]
    fn a_circle_ends() {
        let places = layout(&[vec![1], vec![0], vec![2]], &[0, 0, 0]).places;
        assert_eq!(places.len(), 3);
        assert!(places.iter().all(|place| place.column <= 3), "{places:?}");
    }

    #[test]
    fn a_long_line_has_a_place_of_its_own() {
        // 3 depends on 2, which depends on 1, which depends on 0; and on 0.
        let layout = layout(&[vec![], vec![0], vec![1], vec![2, 0]], &[]);
        let long = layout
            .routes
            .iter()
            .find(|route| (route.from, route.to) == (0, 3))
            .unwrap();
        let columns: Vec<_> = long.through.iter().map(|place| place.column).collect();
        assert_eq!(columns, [1, 2]);
        for place in &long.through {
            assert!(!layout.places.contains(place), "{place:?} is taken");
        }
        let direct = layout
            .routes
            .iter()
            .filter(|route| route.through.is_empty());
        assert_eq!(
            (direct.count(), layout.columns, layout.half_rows),
            (3, 4, 1)
        );
    }

    #[test]
    fn columns_stand_on_one_axis() {
        let places = layout(&[vec![], vec![], vec![0, 1]], &[0, 0, 0]).places;
        let halves: Vec<_> = places.iter().map(|place| place.half_row).collect();
        assert_eq!(halves, [-1, 1, 0]);
    }

    #[test]
    fn a_thousand_things_are_quick() {
        let depends_on: Vec<Vec<usize>> = (0..1000)
            .map(|n| {
                if n % 10 == 0 {
                    vec![]
                } else {
                    vec![n - n % 10]
                }
            })
            .collect();
        let places = layout(&depends_on, &[]).places;
        assert_eq!(places.iter().filter(|place| place.column == 1).count(), 900);
    }
}
