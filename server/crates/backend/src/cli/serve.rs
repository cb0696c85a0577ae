//! `serve`: arguments → configuration → product → exit code.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Args;
use model::SystemClock;
use promql_parser::util::display_duration;
use supervisor::KeeperCommand;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{BAD_CONFIGURATION, Pages, Site, complain};
use crate::config::{self, Config, KeptFor, Sources, Unusable};
use crate::product::{Product, Settings};
use crate::reload::Reload;

/// How long a thread for blocking work stays when there is none: the allocator keeps memory for it.
const IDLE_THREADS: Duration = Duration::from_secs(1);

/// Options of `serve`; each is an environment variable too.
#[derive(Clone, Debug, Args)]
pub(super) struct Options {
    /// The configuration file [default: observatory.toml in this folder, if it is there].
    #[arg(long, value_name = "FILE", env = "OBSERVATORY_CONFIG")]
    config: Option<PathBuf>,
    /// The file of any MCP client; may be given several times, with its client where its name does not
    /// tell: cursor:FILE.
    #[arg(
        long,
        value_name = "FILE",
        env = "OBSERVATORY_MCP_CONFIG",
        value_delimiter = ','
    )]
    mcp_config: Vec<PathBuf>,
    /// Address to listen on. Anything but this machine needs a password or key first.
    #[arg(
        long,
        value_name = "ADDR",
        env = "OBSERVATORY_LISTEN",
        default_value = "127.0.0.1:10204"
    )]
    listen: SocketAddr,
    /// Folder for everything that is stored; made when missing.
    #[arg(
        long,
        value_name = "DIR",
        env = "OBSERVATORY_DATA",
        default_value = "data"
    )]
    data: PathBuf,
    /// How long samples, verdicts, marks and resolved alerts are kept, such as 7d; 0 keeps for ever
    /// [default: retention.history of the configuration, else 7d].
    #[arg(long, value_name = "TIME", env = "OBSERVATORY_RETENTION", value_parser = model::parse_duration)]
    retention: Option<Duration>,
    /// How long it is kept what samples came to in each five minutes, such as 90d; 0 keeps for ever, off
    /// not at all [default: retention.rollups_5m of the configuration, else 90d].
    #[arg(long, value_name = "TIME", env = "OBSERVATORY_RETENTION_5M", value_parser = config::parse_kept)]
    retention_5m: Option<KeptFor>,
    /// The same for each hour [default: retention.rollups_1h of the configuration, else 400d].
    #[arg(long, value_name = "TIME", env = "OBSERVATORY_RETENTION_1H", value_parser = config::parse_kept)]
    retention_1h: Option<KeptFor>,
    /// How large the samples may become on disk, such as 10GB; 0 is no bound
    /// [default: retention.size of the configuration, else 0].
    #[arg(long, value_name = "SIZE", env = "OBSERVATORY_RETENTION_SIZE", value_parser = config::parse_size)]
    retention_size: Option<u64>,
    /// Folder with the web files [default: `site` beside the program or one folder up].
    #[arg(long, value_name = "DIR", env = "OBSERVATORY_SITE")]
    site: Option<PathBuf>,
    /// Start the servers that .mcp.json of this folder lists without asking.
    #[arg(long, env = "OBSERVATORY_YES")]
    yes: bool,
    /// What to log, for instance info or backend=debug.
    #[arg(
        long,
        value_name = "FILTER",
        env = "OBSERVATORY_LOG",
        default_value = "info,rmcp=off"
    )]
    log: String,
}

impl Options {
    /// What was said, or would have been, by the name of the flag.
    fn flags(&self) -> BTreeMap<String, String> {
        let path = |path: &Path| path.display().to_string();
        let shown = |given: Option<&PathBuf>| given.map(|given| path(given)).unwrap_or_default();
        let clients: Vec<String> = self.mcp_config.iter().map(|file| path(file)).collect();
        let flags = [
            ("config", shown(self.config.as_ref())),
            ("mcp-config", clients.join(",")),
            ("listen", self.listen.to_string()),
            ("data", path(&self.data)),
            (
                "retention",
                self.retention
                    .as_ref()
                    .map(display_duration)
                    .unwrap_or_default(),
            ),
            ("retention-5m", shown_kept(self.retention_5m)),
            ("retention-1h", shown_kept(self.retention_1h)),
            (
                "retention-size",
                self.retention_size
                    .map(|size| ByteSize::b(size).to_string())
                    .unwrap_or_default(),
            ),
            ("site", shown(self.site.as_ref())),
            ("yes", self.yes.to_string()),
            ("log", self.log.clone()),
        ];
        let owned = flags.map(|(name, value)| (name.to_owned(), value));
        owned.into()
    }
}

/// How long rollups are kept, as it was said.
fn shown_kept(kept: Option<KeptFor>) -> String {
    match kept {
        None => String::new(),
        Some(KeptFor(None)) => "off".to_owned(),
        Some(KeptFor(Some(kept))) => display_duration(&kept),
    }
}

pub(super) fn run(options: Options, pages: Pages) -> ExitCode {
    if let Err(error) = start_log(&options.log) {
        complain(&error);
        return ExitCode::from(BAD_CONFIGURATION);
    }
    let config = match configuration(&options) {
        Ok(config) => config,
        Err(unusable) => {
            complain(&unusable);
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_keep_alive(IDLE_THREADS)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the runtime cannot be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(serve(options, config, pages)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// The configuration as files, environment and flags have it now.
fn configuration(options: &Options) -> Result<Config, Unusable> {
    let sources = Sources {
        config: options.config.clone(),
        mcp_configs: options.mcp_config.clone(),
        folder: PathBuf::from("."),
        yes: options.yes,
    };
    let mut config = config::load(&sources, &|name| std::env::var(name).ok())?;
    for mistake in config.mistakes().iter() {
        tracing::warn!("{mistake}");
    }
    let retention = &mut config.retention;
    retention.history = options.retention.unwrap_or(retention.history);
    let rollups = &mut retention.rollups;
    let kept = |given: Option<KeptFor>, known| given.map_or(known, |KeptFor(kept)| kept);
    rollups.five_minutes = kept(options.retention_5m, rollups.five_minutes);
    rollups.hours = kept(options.retention_1h, rollups.hours);
    retention.size = options.retention_size.unwrap_or(retention.size);
    safe_to_listen(options.listen, &config).map_err(Unusable::Otherwise)?;
    Ok(config)
}

fn start_log(filter: &str) -> Result<(), String> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter);
    let filter = filter.map_err(|error| format!("--log: {error}"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // Where standard error is gone (a closed terminal), complaining there about it would panic.
        .log_internal_errors(false)
        .init();
    Ok(())
}

/// Only this machine may come in without saying who it is.
fn safe_to_listen(listen: SocketAddr, config: &Config) -> Result<(), String> {
    if listen.ip().is_loopback() || config.auth.is_required() {
        return Ok(());
    }
    Err(format!(
        "listening on {listen} would let everybody in. Configure a password first:\n  \
         echo 'your password' | mcp-observatory hash-password\n\
         and put the result into observatory.toml:\n  \
         [auth]\n  password_hash = \"…\"\n\
         or listen on 127.0.0.1:{}",
        listen.port()
    ))
}

async fn serve(options: Options, config: Config, pages: Pages) -> Result<(), String> {
    let listener = TcpListener::bind(options.listen).await.map_err(|error| {
        format!(
            "cannot listen on {}: {error}; another program may use it: choose another with --listen",
            options.listen
        )
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let program =
        std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let site = Site {
        folder: find_site(options.site.as_deref(), &program)?,
    };
    // An upgrade may replace the file while this process runs; the kernel still knows the old one.
    let running = PathBuf::from("/proc/self/exe");
    let settings = Settings {
        config,
        flags: options.flags(),
        data: options.data.clone(),
        reread: Arc::new(move || configuration(&options)),
        keeper: KeeperCommand {
            program: if running.exists() { running } else { program },
            args: vec!["keeper".to_owned()],
        },
        clock: Arc::new(SystemClock),
        pages: Box::new(move |services| pages(services, site)),
    };
    let stop = stop_on_signal()?;
    let hangups = hangups()?;
    let product = Product::start(listener, settings)
        .await
        .map_err(|error| error.to_string())?;
    // Whoever closed our standard output does not want to know.
    let _ = writeln!(std::io::stdout(), "listening on http://{address}");
    if let Some(hangups) = hangups {
        tokio::spawn(reload_on(hangups, product.reload()));
    }
    product.run(stop).await
}

/// The web files: where they were said to be, else beside the program or one folder up.
fn find_site(given: Option<&Path>, program: &Path) -> Result<Option<PathBuf>, String> {
    if let Some(given) = given {
        if !given.is_dir() {
            return Err(format!("--site {}: no such folder", given.display()));
        }
        return Ok(Some(given.to_owned()));
    }
    let folders = program.ancestors().skip(1).take(2);
    Ok(folders
        .map(|folder| folder.join("site"))
        .find(|site| site.is_dir()))
}

/// SIGHUP, where no terminal is attached: who closes one means the end.
fn hangups() -> Result<Option<Signal>, String> {
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let hangups = signal(SignalKind::hangup());
    let hangups = hangups.map_err(|error| format!("signals cannot be handled: {error}"))?;
    Ok(Some(hangups))
}

/// Reads the configuration again with each signal.
async fn reload_on(mut signals: Signal, reload: Arc<Reload>) {
    while signals.recv().await.is_some() {
        // The log says what became of it.
        let _ = reload.reload().await;
    }
}

/// Cancelled by SIGTERM or Ctrl-C.
fn stop_on_signal() -> Result<CancellationToken, String> {
    let stop = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let mut signals =
            signal(kind).map_err(|error| format!("signals cannot be handled: {error}"))?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            stop.cancel();
            tracing::info!("stopping");
        });
    }
    Ok(stop)
}
