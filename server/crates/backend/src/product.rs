//! The composition root: from a configuration to a running product.

mod own;
mod parts;
mod settings;
mod told;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use db::{Check, DataFolder, Db};
use rules::Book;
use supervisor::Supervisor;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tsdb::Storage;
use wire::EventKind;

use crate::alerts::{AlertService, Quiet};
use crate::auth::Sessions;
use crate::boards::{BoardService, Catalogue};
use crate::checks::{CheckService, Runs};
use crate::configuration::ConfigurationService;
use crate::definitions::{DefinitionService, Told};
use crate::dependencies::DependencyService;
use crate::doors::{self, About, Context, Descriptions, Gate, Guard, Intake, Otlp, Queries};
use crate::events::EventLog;
use crate::explore::ExploreService;
use crate::fleet::Fleet;
use crate::health::SelfHealth;
use crate::host;
use crate::judging::{self, RuleNumbers};
use crate::launcher::{self, Book as Launches, LaunchService, Orders, Relays, Taps};
use crate::live::{Hub, LiveQueries};
use crate::metrics::{Evaluator, SampleLog};
use crate::notify::{self, NotifyNumbers, NotifyParts, NotifyService};
use crate::performance;
use crate::processes::ProcessService;
use crate::pushed::PushedGroups;
use crate::refusals::Refusals;
use crate::reload::Reload;
use crate::retention::Retention;
use crate::scraping::{self, TargetService};
use crate::slo::{Levels, SloParts, SloService};
use crate::tasks::{Stage, Tasks};
use crate::telemetry::{Counts, StoreNumbers, Telemetry};
use crate::traffic::TrafficService;
use crate::watches::{self, Watches};
use own::{closing, keep_stores, observe, own_server};
use parts::Parts;
use told::ToldServices;

pub use settings::{Settings, StartError};

/// Observations waiting to be taken in; a probe waits when there are more.
const OBSERVATIONS: usize = 1024;

/// A product that runs.
pub struct Product {
    tasks: Tasks,
    built: Built,
}

/// What of a product is not a task.
struct Built {
    databases: [Db; 2],
    reload: Arc<Reload>,
    // Held until everything is closed.
    _folder: DataFolder,
}

impl Product {
    /// Starts everything on a bound listener.
    ///
    /// # Errors
    /// What keeps it from starting; nothing runs then.
    pub async fn start(listener: TcpListener, settings: Settings) -> Result<Self, StartError> {
        let address = listener.local_addr().map_err(StartError::Address)?;
        let mut tasks = Tasks::default();
        let gate = Gate::default();
        // Probes of orchestrators get an answer while databases are opened.
        tasks.spawn(Stage::Listeners, |stop| {
            doors::serve(listener, gate.clone(), stop)
        });
        let built = Self::build(&mut tasks, &gate, address, settings).await;
        match built {
            Ok(built) => Ok(Self { tasks, built }),
            Err(error) => {
                tasks.shutdown().await;
                Err(error)
            }
        }
    }

    async fn build(
        tasks: &mut Tasks,
        gate: &Gate,
        address: SocketAddr,
        settings: Settings,
    ) -> Result<Built, StartError> {
        let Settings {
            config,
            reread,
            flags,
            data,
            keeper,
            clock,
            pages,
        } = settings;
        let catalogue = Catalogue::shipped().map_err(StartError::Panels)?;
        let folder = DataFolder::take(&data)?;
        let state = Db::open(&data.join("state.db"), &db::schema::STATE, Check::Whole).await?;
        let metrics = Db::open(
            &data.join("metrics.db"),
            &db::schema::METRICS,
            Check::Schema,
        )
        .await?;

        let made = crate::made::Made::open(state.clone()).await?;
        let levels = Levels::open(&state, &config, &made).await?;
        let judging = judging::judging(&config, &*made.kept().await).map_err(StartError::Rules)?;
        let hub = Hub::new();
        let counts = Counts::default();
        let store = Arc::new(Storage::open(metrics.clone(), config.store()).await?);
        let servers = config.servers.clone();
        let (sender, config) = watch::channel(Arc::new(config));
        let (refuse, refused) = watch::channel(Vec::new());
        let samples = SampleLog::new(store.clone(), clock.clone());
        let samples = Arc::new(samples.counted(counts.samples.clone()));
        let events = Arc::new(EventLog::new(state.clone(), clock.clone(), hub.clone()));
        let sessions = Arc::new(Sessions::new(state.clone(), clock.clone(), config.clone()));
        let own = own_server(address, sessions.own_key());
        let fleet = Fleet::open(
            state.clone(),
            clock.clone(),
            hub.clone(),
            samples.clone(),
            events.clone(),
            servers.iter().chain([&own]),
        );
        let fleet = Arc::new(fleet.await?);
        let checks = Arc::new(CheckService::new(
            state.clone(),
            clock.clone(),
            samples.clone(),
            events.clone(),
            fleet.level_changed.clone(),
        ));
        let definitions = DefinitionService::open(
            state.clone(),
            clock.clone(),
            samples.clone(),
            events.clone(),
            fleet.level_changed.clone(),
        );
        let definitions = Arc::new(definitions.await?);
        let dependencies = DependencyService::new(
            config.clone(),
            fleet.clone(),
            checks.clone(),
            (samples.clone(), clock.clone()),
        );
        let dependencies = Arc::new(dependencies);
        let quiet = Quiet::open(&state, config.clone()).await?;
        let notifier = NotifyService::open(NotifyParts {
            state: state.clone(),
            clock: clock.clone(),
            config: config.clone(),
            refused: refused.clone(),
            mcp: notify::tools(fleet.clone()),
            address: format!("http://{address}"),
            counts: counts.notify.clone(),
        });
        let notifier = notifier.await?;
        let alerts = Arc::new(AlertService::new(
            (
                Book::open(state.clone()).await?,
                quiet,
                made,
                notifier.desk.clone(),
            ),
            judging,
            clock.clone(),
            hub.clone(),
            samples.clone(),
            events.clone(),
            dependencies.clone(),
        ));
        let configured = config.borrow().clone();
        watches::retire(&alerts, &fleet, &configured).await;
        alerts.go_on().await;
        let levels = SloService::new(SloParts {
            state: state.clone(),
            config: config.clone(),
            events: events.clone(),
            alerts: alerts.clone(),
            notifier: notifier.clone(),
            refused: refused.clone(),
            levels,
        });
        if let Err(problem) = samples.end(|_| true).await {
            tracing::warn!(%problem, "what the earlier run saw may be taken for news");
        }
        let live = LiveQueries::new(
            clock.clone(),
            Evaluator::new(samples.clone()),
            counts.live.clone(),
        );
        let live = Arc::new(live);
        tasks.spawn(Stage::Observers, |stop| live.clone().run(stop));
        let boards = BoardService {
            catalogue,
            clock: clock.clone(),
            evaluator: Evaluator::new(samples.clone()),
            config: config.clone(),
            events: events.clone(),
        };
        let queries = Queries::new(store.clone(), clock.clone(), counts.queries.clone());
        let descriptions = Descriptions::default();
        let explore = ExploreService::new(
            clock.clone(),
            Evaluator::new(samples.clone()),
            queries.clone(),
            descriptions.clone(),
        );
        let refusals = Refusals::default();
        let targets = Arc::new(TargetService::new(config.clone(), refusals.clone()));
        let scraper = targets.scraper(
            store.clone(),
            descriptions.clone(),
            counts.clone(),
            clock.clone(),
        );
        let configured = config.clone();
        tasks.spawn(Stage::Watches, |stop| {
            scraping::run(scraper, configured, stop)
        });
        let launches = Arc::new(Launches::new(clock.clone()));
        let orders = Arc::<Orders>::default();
        let relays = Arc::<Relays>::default();
        relays.keep_to(&servers);
        let launcher = LaunchService {
            db: state.clone(),
            clock: clock.clone(),
            config: config.clone(),
            fleet: fleet.clone(),
            book: launches.clone(),
            orders: orders.clone(),
            relays: relays.clone(),
            samples: samples.clone(),
            events: events.clone(),
            turn: Mutex::default(),
        };
        tasks.spawn(Stage::Watches, |stop| launcher.keep_courses(stop));
        let processes = Arc::new(ProcessService::new(
            clock.clone(),
            config.clone(),
            launches.clone(),
            samples.clone(),
            events.clone(),
        ));
        tasks.spawn(Stage::Observers, |stop| processes.clone().run(stop));
        let configuration = ConfigurationService {
            config: config.clone(),
            refused,
        };
        let traffic = TrafficService::open(&state, &clock, &samples, config.clone()).await?;
        tasks.spawn(Stage::Observers, |stop| traffic.clone().run(stop));
        let records = ToldServices::open(tasks, &state, &clock, (&samples, &events), &config);
        let records = records.await?;
        let parts = Parts {
            launcher,
            processes,
            hub: hub.clone(),
            clock: clock.clone(),
            fleet: fleet.clone(),
            alerts: alerts.clone(),
            notifier: notifier.clone(),
            levels: levels.clone(),
            checks: checks.clone(),
            dependencies,
            definitions: definitions.clone(),
            samples: samples.clone(),
            events: events.clone(),
            queries: live,
            boards,
            explore,
            configuration: configuration.clone(),
            targets: targets.clone(),
            traffic: traffic.clone(),
            told: records.clone(),
        };
        let services = parts.services();

        let closing = closing(tasks);
        let health = SelfHealth {
            clock: clock.clone(),
            started_ms: clock.now_ms(),
            state: state.clone(),
            samples: samples.clone(),
        };
        let stores = StoreNumbers {
            samples: samples.clone(),
            databases: [
                ("state", data.join("state.db")),
                ("metrics", data.join("metrics.db")),
            ],
        };
        let rule_numbers = RuleNumbers {
            alerts: alerts.clone(),
        };
        let notify_numbers = NotifyNumbers {
            notifier: notifier.clone(),
        };
        counts.reloads.reloaded(true, clock.now_ms());
        let reload = Arc::new(Reload {
            reread,
            current: sender,
            refused: refuse,
            clock: clock.clone(),
            store: store.clone(),
            alerts: alerts.clone(),
            levels: levels.clone(),
            notifier: notifier.clone(),
            events: events.clone(),
            counts: counts.reloads.clone(),
            turn: Mutex::default(),
        });
        let about = About::new(
            config.clone(),
            counts.reloads.clone(),
            flags,
            clock.clone(),
            store.clone(),
        );
        let (into, now) = (store.clone(), clock.clone());
        let intake = Intake::new(into, now, counts.samples.clone(), refusals);
        let pushed = PushedGroups::open(state.clone(), intake.clone());
        let pushed = Arc::new(pushed.await?);
        tasks.spawn(Stage::Observers, |stop| pushed.clone().run(stop));
        let taps = Taps::begin(tasks, config.clone(), traffic.clone());
        let (names, agents) = (descriptions.clone(), records.agents.clone());
        let otlp = Otlp::new(intake.clone(), names, config.clone(), agents);
        let context = Context {
            services: services.clone(),
            sessions: sessions.clone(),
            relays: relays.clone(),
            taps,
            health: Arc::new(health),
            queries,
            intake,
            remote_write: Arc::default(),
            otlp,
            pushed,
            traffic: traffic.clone(),
            builds: records.builds.clone(),
            agents: records.agents.clone(),
            descriptions,
            targets,
            alerts: alerts.clone(),
            about: Arc::new(about),
            reload: reload.clone(),
            telemetry: Arc::new(Telemetry::new(
                &counts,
                stores,
                rule_numbers,
                notify_numbers,
            )),
            counts: counts.clone(),
            stop: closing.clone(),
        };
        let guard = Guard {
            config: config.clone(),
            sessions: sessions.clone(),
        };
        let app = doors::router(context)
            .merge(pages(services))
            .layer(from_fn(doors::to_the_end))
            .layer(from_fn_with_state(guard, doors::check))
            .layer(doors::compression())
            .layer(from_fn_with_state(counts.http.clone(), doors::count));
        gate.open(app);
        let title = format!("MCP Observatory {} started", env!("CARGO_PKG_VERSION"));
        events
            .record(EventKind::Start, "", title, "/".to_owned())
            .await;

        let (observations, receiver) = mpsc::channel(OBSERVATIONS);
        let seen = definitions.clone();
        let told = Told::new(traffic.listed(), config.clone());
        tasks.spawn(Stage::Observers, |stop| definitions.clone().run(told, stop));
        tasks.spawn(Stage::Observers, |stop| {
            observe(
                fleet.clone(),
                launches.clone(),
                seen,
                receiver,
                counts,
                stop,
            )
        });
        let supervisor = Arc::new(Supervisor::new(keeper, supervisor::Config::default()));
        let runs = Runs {
            checks,
            alerts: alerts.clone(),
            samples: samples.clone(),
            supervisor: supervisor.clone(),
            clock: clock.clone(),
        };
        let configured = config.clone();
        tasks.spawn(Stage::Watches, |stop| runs.run(configured, stop));
        let watches = Watches {
            own,
            closing: closing.clone(),
            supervisor,
            fleet: fleet.clone(),
            launches: launches.clone(),
            relays: relays.clone(),
            orders,
            samples: samples.clone(),
            alerts: alerts.clone(),
            clock: clock.clone(),
            starts: mcp::Starts::for_this_machine(),
            observations,
        };
        tasks.spawn(Stage::Watches, |stop| watches.run(config.clone(), stop));
        alerts.inhibit_by(&notifier.inhibitions());
        tasks.spawn(Stage::Rules, |stop| {
            notifier.clone().run(alerts.clone(), stop)
        });
        tasks.spawn(Stage::Rules, |stop| {
            alerts.clone().run(fleet.level_changed.clone(), stop)
        });
        tasks.spawn(Stage::Rules, |stop| levels.clone().run(stop));
        tasks.spawn(Stage::Observers, |stop| {
            host::run(samples.clone(), launches.clone(), clock.clone(), data, stop)
        });
        tasks.spawn(Stage::Observers, |stop| {
            performance::run(samples.clone(), fleet.clone(), clock.clone(), stop)
        });
        tasks.spawn(Stage::Observers, |stop| {
            launcher::run(
                launches,
                relays,
                configuration,
                samples.clone(),
                clock.clone(),
                stop,
            )
        });
        keep_stores(tasks, &store, samples, &clock);
        let retention = Retention {
            config,
            clock,
            samples: store,
            events,
            fleet,
            alerts,
            levels,
            notifier,
            definitions,
            sessions,
            traffic,
            builds: records.builds,
        };
        tasks.spawn(Stage::Rules, |stop| retention.run(stop));
        Ok(Built {
            _folder: folder,
            databases: [state, metrics],
            reload,
        })
    }

    /// Replaces the configuration while it runs.
    pub fn reload(&self) -> Arc<Reload> {
        self.built.reload.clone()
    }

    /// Runs until `stop` is cancelled or a task fails, then ends everything in order.
    ///
    /// # Errors
    /// When a task failed.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), String> {
        let failed = tokio::select! {
            () = stop.cancelled() => None,
            error = self.tasks.failed() => Some(error),
        };
        self.tasks.shutdown().await;
        for database in &self.built.databases {
            database.close().await;
        }
        failed.map_or(Ok(()), |error| Err(format!("a task failed: {error}")))
    }
}
