//! `label_replace` and `label_join`: labels made of labels.

use model::{Labels, whole_match};

use crate::QueryError;
use crate::eval::Evaluation;
use crate::functions::Arguments;
use crate::steps::{Columns, Steps, distinct};

impl Evaluation<'_> {
    pub(super) fn label_replace(
        &self,
        arguments: Arguments<'_>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let target = self.text(arguments.get(1)?)?;
        let replacement = self.text(arguments.get(2)?)?;
        let source = self.text(arguments.get(3)?)?;
        let pattern = self.text(arguments.get(4)?)?;
        let regex = whole_match(&pattern).map_err(|_| {
            let why = format!("invalid regular expression in label_replace(): {pattern}");
            QueryError::Execution(why)
        })?;
        check_name("destination", &target, "label_replace")?;
        self.relabelled(arguments, steps, |labels| {
            let Some(found) = regex.captures(labels.get(&source)) else {
                return labels;
            };
            let mut value = String::new();
            found.expand(&replacement, &mut value);
            labels.clone().with(&target, value)
        })
    }

    pub(super) fn label_join(
        &self,
        arguments: Arguments<'_>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let target = self.text(arguments.get(1)?)?;
        let separator = self.text(arguments.get(2)?)?;
        let mut sources = Vec::new();
        for source in arguments.from(3) {
            let source = self.text(source)?;
            check_name("source", &source, "label_join")?;
            sources.push(source);
        }
        check_name("destination", &target, "label_join")?;
        self.relabelled(arguments, steps, |labels| {
            let values: Vec<_> = sources.iter().map(|source| labels.get(source)).collect();
            let value = values.join(&separator);
            labels.with(&target, value)
        })
    }

    fn relabelled(
        &self,
        arguments: Arguments<'_>,
        steps: Steps,
        relabel: impl Fn(Labels) -> Labels,
    ) -> Result<Columns, QueryError> {
        let mut columns = self.vector(arguments.get(0)?, steps)?;
        for column in &mut columns {
            column.labels = relabel(std::mem::take(&mut column.labels));
        }
        distinct(columns)
    }
}

fn check_name(which: &str, name: &str, function: &str) -> Result<(), QueryError> {
    if name.is_empty() {
        let why = format!("invalid {which} label name in {function}(): {name}");
        return Err(QueryError::Execution(why));
    }
    Ok(())
}
