//! From what is discovered to what is scraped: relabelling, and why something is left out.

use std::collections::BTreeMap;

use model::Labels;

use super::config::Job;
use super::duration::written;
use super::relabel::{self, Set};

/// Why a discovered target is not scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// A rule drops it.
    Rule {
        /// Its place in `relabel_configs`, from 0.
        place: usize,
        /// The rule in a line.
        rule: String,
    },
    /// It cannot be asked.
    Impossible(String),
    /// Its job finds more targets than `target_limit`.
    TooMany {
        /// So many.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Another one has the same labels and address.
    Twice,
}

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule { place, rule } => {
                write!(f, "dropped by relabel_configs[{place}] ({rule})")
            }
            Self::Impossible(why) => f.write_str(why),
            Self::TooMany { found, limit } => {
                write!(
                    f,
                    "the job finds {found} targets, and target_limit is {limit}: none is scraped"
                )
            }
            Self::Twice => f.write_str("another target of the job has the same address and labels"),
        }
    }
}

/// What is scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Labels before relabelling.
    pub(super) discovered: Labels,
    /// Labels of its series; `job` and `instance` among them.
    pub(super) labels: Labels,
    /// The address.
    pub(super) url: String,
    pub(super) interval_ms: u64,
    pub(super) timeout_ms: u64,
}

impl Target {
    /// A hash that stays the same, over what makes it this target.
    pub(super) fn hash(&self) -> u64 {
        let unique = self.labels.clone().with("__url__", self.url.clone());
        unique.fingerprint()
    }
}

/// Makes a target of a job out of what was discovered.
pub(super) fn make(job: &Job, discovered: &Labels) -> Result<Target, (Labels, Dropped)> {
    let mut labels: Set = discovered
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut default = |name: &str, value: String| {
        if !labels.contains_key(name) {
            relabel::set(&mut labels, name, value);
        }
    };
    default("job", job.name.clone());
    default("__scrape_interval__", written(job.interval));
    default("__scrape_timeout__", written(job.timeout));
    default("__metrics_path__", job.path.clone());
    default("__scheme__", job.scheme.clone());
    for (name, values) in &job.params {
        if let Some(first) = values.first() {
            default(&format!("__param_{name}"), first.clone());
        }
    }
    let before: Labels = labels.iter().collect();
    let dropped = |why| (before.clone(), why);
    let impossible = |why: String| (before.clone(), Dropped::Impossible(why));
    relabel::apply(&job.relabel, &mut labels).map_err(|place| {
        let rule = job.relabel[place].to_string();
        dropped(Dropped::Rule { place, rule })
    })?;
    let get = |name: &str| labels.get(name).map_or("", String::as_str);
    let address = get("__address__").to_owned();
    if address.is_empty() {
        return Err(impossible("it has no __address__".to_owned()));
    }
    if address.contains('/') {
        return Err(impossible(format!("{address:?} is no host and port")));
    }
    let duration = |name: &str| {
        let read = model::parse_duration(get(name));
        let read = read.map_err(|why| impossible(format!("{name}: {why}")))?;
        let ms = u64::try_from(read.as_millis()).unwrap_or(u64::MAX);
        match ms {
            0 => Err(impossible(format!("{name} must be longer than 0"))),
            ms => Ok(ms),
        }
    };
    let interval_ms = duration("__scrape_interval__")?;
    let timeout_ms = duration("__scrape_timeout__")?;
    if timeout_ms > interval_ms {
        return Err(impossible(
            "its __scrape_timeout__ is longer than its __scrape_interval__".to_owned(),
        ));
    }
    let url = url(job, &labels, &address).map_err(&impossible)?;
    labels.retain(|name, _| !name.starts_with("__"));
    if !labels.contains_key("instance") {
        labels.insert("instance".to_owned(), address);
    }
    Ok(Target {
        discovered: before,
        labels: labels.iter().collect(),
        url,
        interval_ms,
        timeout_ms,
    })
}

fn url(job: &Job, labels: &Set, address: &str) -> Result<String, String> {
    let get = |name: &str| labels.get(name).map_or("", String::as_str);
    let scheme = match get("__scheme__") {
        "" => "http",
        scheme => scheme,
    };
    if !["http", "https"].contains(&scheme) {
        return Err(format!(
            "__scheme__ is {scheme:?}, which is neither http nor https"
        ));
    }
    let path = get("__metrics_path__");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let url = reqwest::Url::parse(&format!("{scheme}://{address}{slash}{path}"));
    let mut url = url.map_err(|error| format!("{address:?} is no host and port: {error}"))?;
    // The first value of a parameter is a label by now, which rules may have changed.
    let mut params: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, values) in &job.params {
        params.insert(name, values.iter().map(String::as_str).collect());
    }
    for (name, value) in labels {
        if let Some(name) = name.strip_prefix("__param_") {
            let values = params.entry(name).or_default();
            match values.first_mut() {
                Some(first) => *first = value,
                None => values.push(value),
            }
        }
    }
    if !params.is_empty() {
        let mut query = url.query_pairs_mut();
        for (name, values) in params {
            for value in values {
                query.append_pair(name, value);
            }
        }
    }
    Ok(url.into())
}
