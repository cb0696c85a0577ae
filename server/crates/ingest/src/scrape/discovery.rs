//! Finding targets: those of the file, those that other files list, those of Kubernetes.

mod files;
mod kubernetes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use model::Labels;
use tokio::sync::watch;

use super::board::Board;
use super::config::Job;
use super::fetch;

/// How often files are looked at, at most.
const EVERY: Duration = Duration::from_secs(5);

/// Targets that share labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Where it is from, within its discovery.
    pub source: String,
    /// Labels of each target, `__address__` among them.
    pub targets: Vec<Labels>,
    /// Labels of all.
    pub labels: Labels,
}

impl Group {
    /// The labels of each target, joined with those of all.
    pub(super) fn each(&self) -> impl Iterator<Item = Labels> {
        self.targets
            .iter()
            .map(|own| self.labels.iter().chain(own.iter()).collect())
    }
}

/// Groups by what finds them.
pub(super) type Found = BTreeMap<String, Vec<Group>>;

/// Finds targets of a job until it is dropped. What cannot be asked keeps what it found last, and says why.
pub(super) async fn run(job: Arc<Job>, found: watch::Sender<Found>, board: Arc<Board>) {
    let every_file = files(&job, &found, &board);
    let every_cluster = clusters(&job, &found, &board);
    tokio::join!(every_file, every_cluster);
    // Targets of the file stay.
    found.closed().await;
}

fn tell(found: &watch::Sender<Found>, from: &str, groups: Vec<Group>) {
    found.send_if_modified(|all| {
        let is_news = all.get(from) != Some(&groups);
        all.insert(from.to_owned(), groups);
        is_news
    });
}

async fn files(job: &Arc<Job>, found: &watch::Sender<Found>, board: &Board) {
    if job.files.is_empty() {
        return;
    }
    let mut last = BTreeMap::new();
    loop {
        let (configured, before) = (job.clone(), last.clone());
        let read =
            tokio::task::spawn_blocking(move || files::read(&configured.files, before)).await;
        if let Ok((groups, troubles)) = read {
            let all = groups.values().flatten().cloned().collect();
            last = groups;
            tell(found, "file", all);
            board.trouble(
                &job.name,
                "file_sd_configs",
                (!troubles.is_empty()).then(|| troubles.join("; ")),
            );
        }
        let refresh = job.files.iter().map(|files| files.refresh).min();
        tokio::time::sleep(refresh.unwrap_or(EVERY).min(EVERY)).await;
    }
}

async fn clusters(job: &Job, found: &watch::Sender<Found>, board: &Board) {
    let all = job.kubernetes.iter().enumerate();
    let follow = all.map(|(place, cluster)| async move {
        let from = format!("kubernetes_sd_configs[{place}]");
        let told = |(groups, trouble)| {
            if let Some(groups) = groups {
                tell(found, &from, groups);
            }
            board.trouble(&job.name, &from, trouble);
        };
        kubernetes::follow(cluster, told).await;
    });
    join_all(follow).await;
}
