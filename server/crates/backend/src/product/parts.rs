//! The services that every door calls, made of what runs.

use std::sync::Arc;

use model::Clock;
use tokio::sync::Semaphore;
use wire::Services;

use crate::alerts::AlertService;
use crate::boards::BoardService;
use crate::checks::CheckService;
use crate::configuration::ConfigurationService;
use crate::definitions::DefinitionService;
use crate::dependencies::DependencyService;
use crate::events::EventLog;
use crate::explore::ExploreService;
use crate::exports::ExportService;
use crate::fleet::Fleet;
use crate::launcher::LaunchService;
use crate::live::{Hub, LiveQueries, LiveService};
use crate::made::RuleService;
use crate::metrics::SampleLog;
use crate::notify::{NotifyAnswers, NotifyService};
use crate::performance::PerformanceService;
use crate::processes::ProcessService;
use crate::scraping::TargetService;
use crate::slo::SloService;
use crate::traffic::TrafficService;

use super::told::ToldServices;

/// Previews of rules that are worked out at the same time.
const PREVIEWS: usize = 2;

/// What services are made of.
pub(super) struct Parts {
    pub(super) launcher: LaunchService,
    pub(super) processes: Arc<ProcessService>,
    pub(super) hub: Hub,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) fleet: Arc<Fleet>,
    pub(super) alerts: Arc<AlertService>,
    pub(super) notifier: Arc<NotifyService>,
    pub(super) levels: Arc<SloService>,
    pub(super) checks: Arc<CheckService>,
    pub(super) dependencies: Arc<DependencyService>,
    pub(super) definitions: Arc<DefinitionService>,
    pub(super) samples: Arc<SampleLog>,
    pub(super) events: Arc<EventLog>,
    pub(super) queries: Arc<LiveQueries>,
    pub(super) boards: BoardService,
    pub(super) explore: ExploreService,
    pub(super) configuration: ConfigurationService,
    pub(super) targets: Arc<TargetService>,
    pub(super) traffic: Arc<TrafficService>,
    pub(super) told: ToldServices,
}

impl Parts {
    pub(super) fn services(self) -> Services {
        let performances = Arc::new(PerformanceService {
            clock: self.clock.clone(),
            servers: self.fleet.clone(),
            samples: self.samples.clone(),
            config: self.configuration.config.clone(),
        });
        let rules = Arc::new(RuleService {
            alerts: self.alerts.clone(),
            events: self.events.clone(),
            configuration: self.configuration.clone(),
            previews: Arc::new(Semaphore::new(PREVIEWS)),
        });
        let notifier = Arc::new(NotifyAnswers {
            notifier: self.notifier,
            alerts: self.alerts.clone(),
        });
        let exports = ExportService {
            clock: self.clock.clone(),
            servers: self.fleet.clone(),
            alerts: self.alerts.clone(),
            checks: self.checks.clone(),
            dependencies: self.dependencies.clone(),
            definitions: self.definitions.clone(),
            metrics: self.samples.clone(),
            events: self.events.clone(),
            performances: performances.clone(),
            silences: self.alerts.clone(),
            windows: self.alerts.clone(),
            rules: rules.clone(),
            targets: self.targets.clone(),
            traffic: self.traffic.clone(),
            builds: self.told.builds.clone(),
            agents: self.told.agents.clone(),
            notifier: notifier.clone(),
            levels: self.levels.clone(),
            benchmarks: self.told.benchmarks.clone(),
        };
        let live = LiveService {
            hub: self.hub,
            clock: self.clock,
            servers: self.fleet.clone(),
            alerts: self.alerts.clone(),
            events: self.events.clone(),
            queries: self.queries,
        };
        Services {
            servers: self.fleet,
            notifier,
            levels: self.levels,
            agents: self.told.agents,
            benchmarks: self.told.benchmarks,
            launcher: Arc::new(self.launcher),
            processes: self.processes,
            silences: self.alerts.clone(),
            windows: self.alerts.clone(),
            rules,
            alerts: self.alerts,
            checks: self.checks,
            dependencies: self.dependencies,
            definitions: self.definitions,
            metrics: self.samples,
            performances,
            boards: Arc::new(self.boards),
            configuration: Arc::new(self.configuration),
            targets: self.targets,
            traffic: self.traffic,
            builds: self.told.builds,
            explore: Arc::new(self.explore),
            events: self.events,
            exports: Arc::new(exports),
            live: Arc::new(live),
        }
    }
}
