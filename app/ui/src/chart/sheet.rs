//! The points of a chart: a table with one column of times and a row of values for each series.
//!
//! It grows in place: new points are written where they belong, and nothing else is touched.

use std::ops::Range;

use wire::Matrix;

use super::colours::Colours;
use super::names;

/// The points of all series over one list of times.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// When, in milliseconds since 1970; rising.
    pub at_ms: Vec<f64>,
    /// The series, in the order in which they are shown.
    pub rows: Vec<SheetRow>,
    colours: Colours,
    /// For each query: when its newest values were taken, where that is between two points.
    tips: Vec<Option<f64>>,
}

/// A series.
#[derive(Clone, Debug, Default)]
pub struct SheetRow {
    /// By which it is known: the number of its query and its labels.
    pub key: String,
    /// What it is called; no two rows of a sheet share a name.
    pub name: String,
    /// Its colour, of eight; the same for this name in every chart of the page.
    pub colour: usize,
    /// A value for each time; NaN where there is none.
    pub values: Vec<f64>,
    query: usize,
    /// Its name before it was told apart from others of the same name.
    plain: String,
    labels: Vec<(String, String)>,
}

/// What can be said about a series in a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The newest value.
    pub last: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

impl SheetRow {
    /// The value of a label; empty where it is not there.
    pub fn label(&self, name: &str) -> &str {
        let found = self.labels.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Its labels, the metric's name among them where it has one.
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// The number of its query.
    pub fn query(&self) -> usize {
        self.query
    }

    /// What its values among those of `range` come to; nothing where there is none.
    pub fn summary(&self, range: Range<usize>) -> Option<Summary> {
        let values = self.values.get(range)?;
        let last = *values.iter().rev().find(|value| !value.is_nan())?;
        // Comparisons with NaN are false, so what is missing is passed over.
        let (mut min, mut max) = (last, last);
        for value in values {
            if *value < min {
                min = *value;
            }
            if *value > max {
                max = *value;
            }
        }
        Some(Summary { last, min, max })
    }
}

impl Sheet {
    /// What queries yield, each with the template of its legend.
    pub fn of(parts: &[(&str, &Matrix)]) -> Self {
        let mut sheet = Self {
            colours: Colours::of_page(),
            ..Self::default()
        };
        for (query, (legend, matrix)) in parts.iter().enumerate() {
            sheet.write(query, legend, matrix);
        }
        sheet.forget(f64::MIN);
        sheet
    }

    /// Rows of values over the same times, by name.
    pub fn of_rows(at_ms: Vec<f64>, rows: Vec<(String, Vec<f64>)>) -> Self {
        let mut sheet = Self {
            at_ms,
            colours: Colours::of_page(),
            ..Self::default()
        };
        for (name, values) in rows {
            let place = sheet.begin(0, "{{name}}", &[("name".to_owned(), name)]);
            sheet.rows[place].values = values;
            sheet.rows[place].values.resize(sheet.at_ms.len(), f64::NAN);
        }
        sheet.name_from(0);
        sheet
    }

    /// Writes new points of a query: they replace what is there at their times. `tip` is how it is now,
    /// between two points, and stands until the next call. What is older than `from_ms` is forgotten.
    pub fn merge(
        &mut self,
        query: usize,
        legend: &str,
        points: &Matrix,
        tip: Option<&Matrix>,
        from_ms: i64,
    ) {
        self.take_tip(query);
        self.write(query, legend, points);
        if let Some(tip) = tip
            && self
                .newest(query)
                .is_none_or(|newest| newest < tip.from_ms as f64)
        {
            self.write(query, legend, tip);
            self.tips.resize(self.tips.len().max(query + 1), None);
            self.tips[query] = Some(tip.from_ms as f64);
        }
        self.forget(from_ms as f64);
    }

    /// A new point of every row.
    pub fn push(&mut self, at_ms: f64, values: &[f64]) {
        self.at_ms.push(at_ms);
        let values = values.iter().copied().chain(std::iter::repeat(f64::NAN));
        for (row, value) in self.rows.iter_mut().zip(values) {
            row.values.push(value);
        }
    }

    /// The places of the times from `from_ms` to `to_ms`, both included.
    pub fn range(&self, from_ms: i64, to_ms: i64) -> Range<usize> {
        let begin = self.at_ms.partition_point(|at| *at < from_ms as f64);
        let end = self.at_ms.partition_point(|at| *at <= to_ms as f64);
        begin..end.max(begin)
    }

    /// Drops points that are older than `from_ms`, now and then: never more than a sixteenth is kept too
    /// long. The last one before it is kept, so that lines reach the edge.
    pub fn drop_before(&mut self, from_ms: f64) {
        let old = self.at_ms.partition_point(|at| *at < from_ms);
        let gone = old.saturating_sub(1);
        if gone * 16 > self.at_ms.len() {
            self.at_ms.drain(..gone);
            for row in &mut self.rows {
                row.values.drain(..gone);
            }
        }
    }

    fn forget(&mut self, from_ms: f64) {
        self.drop_before(from_ms);
        let begin = self.at_ms.partition_point(|at| *at < from_ms);
        // From the end: a series that goes on is done with at once.
        let is_shown = |row: &SheetRow| row.values[begin..].iter().rev().any(|v| !v.is_nan());
        self.rows.retain(is_shown);
    }

    /// When a query's newest value is.
    fn newest(&self, query: usize) -> Option<f64> {
        let ours = self.rows.iter().filter(|row| row.query == query);
        let places = ours.filter_map(|row| row.values.iter().rposition(|v| !v.is_nan()));
        places.max().map(|place| self.at_ms[place])
    }

    /// Removes what a query's rows had between two points.
    fn take_tip(&mut self, query: usize) {
        let Some(at) = self.tips.get_mut(query).and_then(Option::take) else {
            return;
        };
        let Ok(place) = self.at_ms.binary_search_by(|known| known.total_cmp(&at)) else {
            return;
        };
        for row in self.rows.iter_mut().filter(|row| row.query == query) {
            row.values[place] = f64::NAN;
        }
        if self.rows.iter().all(|row| row.values[place].is_nan()) {
            self.at_ms.remove(place);
            for row in &mut self.rows {
                row.values.remove(place);
            }
        }
    }

    fn write(&mut self, query: usize, legend: &str, matrix: &Matrix) {
        let count = matrix.rows.iter().map(|row| row.values.len()).max();
        let places = self.places(matrix, count.unwrap_or(0));
        // Steps that are whole replace all that was said about their times.
        for row in self.rows.iter_mut().filter(|row| row.query == query) {
            places
                .iter()
                .for_each(|place| row.values[*place] = f64::NAN);
        }
        let before = self.rows.len();
        for new in &matrix.rows {
            let known = self
                .rows
                .iter()
                .position(|row| row.query == query && row.labels == new.labels);
            let known = known.unwrap_or_else(|| self.begin(query, legend, &new.labels));
            let row = &mut self.rows[known];
            for (place, value) in places.iter().zip(&new.values) {
                row.values[*place] = number(*value);
            }
        }
        self.name_from(before);
    }

    /// The places of a matrix's times, made where they are missing.
    fn places(&mut self, matrix: &Matrix, count: usize) -> Vec<usize> {
        let mut places = Vec::with_capacity(count);
        for n in 0..count as i64 {
            let at = matrix
                .from_ms
                .saturating_add(n.saturating_mul(matrix.step_ms)) as f64;
            let place = match self.at_ms.last() {
                Some(last) if *last >= at => self.at_ms.partition_point(|known| *known < at),
                _ => self.at_ms.len(),
            };
            if self.at_ms.get(place) != Some(&at) {
                self.at_ms.insert(place, at);
                for row in &mut self.rows {
                    row.values.insert(place, f64::NAN);
                }
            }
            places.push(place);
        }
        places
    }

    /// Begins a row; [`Self::name_from`] tells its name apart from others.
    fn begin(&mut self, query: usize, legend: &str, labels: &[(String, String)]) -> usize {
        let mut key = query.to_string();
        for (name, value) in labels {
            for part in [name, value] {
                key.push('\u{1f}');
                key.push_str(part);
            }
        }
        self.rows.push(SheetRow {
            key,
            plain: names::name(legend, labels),
            values: vec![f64::NAN; self.at_ms.len()],
            query,
            labels: labels.to_vec(),
            ..SheetRow::default()
        });
        self.rows.len() - 1
    }

    /// Names and colours the rows from `first` on.
    fn name_from(&mut self, first: usize) {
        for place in first..self.rows.len() {
            let row = &self.rows[place];
            let mut others = self.rows.iter().enumerate();
            let same = others.find(|(n, other)| *n != place && other.plain == row.plain);
            let mut name = row.plain.clone();
            if let Some((_, other)) = same {
                let difference = names::difference(&row.labels, &other.labels);
                if !difference.is_empty() {
                    name = names::shortened(format!("{name} · {difference}"));
                }
            }
            let known = &self.rows[..place];
            let is_taken = |name: &str| known.iter().any(|row| row.name == name);
            if is_taken(&name) {
                let numbered = (2..).map(|n| format!("{name} ({n})"));
                name = numbered
                    .into_iter()
                    .find(|name| !is_taken(name))
                    .unwrap_or_default();
            }
            let beside = known.iter().map(|row| row.colour);
            let colour = self.colours.of(&name, beside);
            let row = &mut self.rows[place];
            row.name = name;
            row.colour = colour;
        }
    }
}

/// A value as it travels: what is infinite travels as the largest number. Zero has no sign.
fn number(value: Option<f64>) -> f64 {
    match value {
        None => f64::NAN,
        Some(f64::MAX) => f64::INFINITY,
        Some(f64::MIN) => f64::NEG_INFINITY,
        Some(value) => value + 0.0,
    }
}

#[cfg(test)]
mod tests;
