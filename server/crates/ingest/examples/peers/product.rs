//! A product that runs: ours or a peer.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Which product.
pub(crate) enum Kind {
    /// Ours, at this path.
    Observatory(PathBuf),
    Prometheus,
    VictoriaMetrics,
}

impl Kind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Observatory(_) => "MCP Observatory",
            Self::Prometheus => "Prometheus",
            Self::VictoriaMetrics => "VictoriaMetrics",
        }
    }

    fn program(&self) -> PathBuf {
        match self {
            Self::Observatory(path) => path.clone(),
            Self::Prometheus => "/usr/bin/prometheus".into(),
            Self::VictoriaMetrics => "/usr/bin/victoria-metrics".into(),
        }
    }

    pub(crate) fn is_installed(&self) -> bool {
        self.program().exists()
    }
}

/// A product that runs. It is killed when this is dropped.
pub(crate) struct Product {
    kind: Kind,
    folder: PathBuf,
    port: u16,
    child: Child,
    client: reqwest::Client,
}

impl Product {
    pub(crate) fn start(kind: Kind, folder: &Path) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let child = spawn(&kind, folder, port);
        Self {
            kind,
            folder: folder.to_owned(),
            port,
            child,
            client: reqwest::Client::new(),
        }
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(&self.kind, &self.folder, self.port);
    }

    /// Kills it as a loss of power would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it stand still, whatever it does in the background.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    /// Asks it to end, and waits for it.
    fn end(&mut self) {
        self.signal("-TERM");
        self.child.wait().unwrap();
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        Command::new("kill").args([signal, &id]).status().unwrap();
    }

    pub(crate) fn write_url(&self) -> String {
        format!("http://127.0.0.1:{}/api/v1/write", self.port)
    }

    pub(crate) async fn ask(&self, is_range: bool, parameters: &[(&str, String)]) -> String {
        let endpoint = if is_range { "query_range" } else { "query" };
        let url = format!("http://127.0.0.1:{}/api/v1/{endpoint}", self.port);
        let response = self.client.post(url).form(parameters).send().await.unwrap();
        response.text().await.unwrap()
    }

    /// Waits until a query finds something.
    pub(crate) async fn ready(&self, query: &str) {
        let url = format!("http://127.0.0.1:{}/api/v1/query", self.port);
        for _ in 0..20_000 {
            let asked = self
                .client
                .post(&url)
                .form(&[("query", query)])
                .send()
                .await;
            if let Ok(response) = asked
                && response
                    .text()
                    .await
                    .is_ok_and(|text| text.contains("\"value\""))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("{} finds nothing for {query}", self.kind.name());
    }

    /// Processor time so far, of all its threads.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after = stat.rsplit(')').next().unwrap();
        let ticks = after.split_whitespace().skip(11).take(2);
        ticks
            .map(|ticks| ticks.parse::<f64>().unwrap())
            .sum::<f64>()
            / 100.0
    }

    pub(crate) fn memory_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        let kb: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kb / 1e3
    }

    /// What the samples take on disk once the product has put them as small as it does.
    pub(crate) async fn compacted_bytes(&mut self) -> u64 {
        match self.kind {
            Kind::Observatory(_) => {
                self.end();
                bytes(&self.folder.join("metrics.db"))
            }
            Kind::Prometheus => {
                let url = format!("http://127.0.0.1:{}/api/v1/admin/tsdb/snapshot", self.port);
                self.client.post(url).send().await.unwrap();
                bytes(&self.folder.join("snapshots"))
            }
            Kind::VictoriaMetrics => {
                let url = format!("http://127.0.0.1:{}/internal/force_merge", self.port);
                self.client.get(url).send().await.unwrap();
                tokio::time::sleep(Duration::from_secs(10)).await;
                self.end();
                bytes(&self.folder.join("data")) + bytes(&self.folder.join("indexdb"))
            }
        }
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(kind: &Kind, folder: &Path, port: u16) -> Child {
    let address = format!("127.0.0.1:{port}");
    let data = folder.display();
    let mut command = Command::new(kind.program());
    match kind {
        Kind::Observatory(_) => command
            .arg("serve")
            .args(["--listen", &address])
            .args(["--log", "warn"])
            .args(["--data", &data.to_string()])
            .current_dir(folder),
        Kind::Prometheus => {
            let config = folder.join("empty.yml");
            std::fs::write(&config, "").unwrap();
            command
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.tsdb.path={data}"))
                .arg(format!("--web.listen-address={address}"))
                .args([
                    "--web.enable-remote-write-receiver",
                    "--web.enable-admin-api",
                ])
        }
        Kind::VictoriaMetrics => command
            .arg(format!("-storageDataPath={data}"))
            .arg(format!("-httpListenAddr={address}"))
            .arg("-search.latencyOffset=0s"),
    };
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn bytes(path: &Path) -> u64 {
    let Ok(metadata) = std::fs::metadata(path) else {
        return 0;
    };
    if metadata.is_file() {
        return metadata.len();
    }
    let entries = std::fs::read_dir(path).unwrap();
    entries.map(|entry| bytes(&entry.unwrap().path())).sum()
}
