//! Services of what programs tell: benchmarks, builds, agents.

use std::sync::Arc;

use db::Db;
use model::Clock;

use crate::agents::{AgentParts, AgentService};
use crate::benchmarks::BenchmarkService;
use crate::builds::BuildService;
use crate::events::EventLog;
use crate::metrics::SampleLog;
use crate::reload::Current;
use crate::tasks::{Stage, Tasks};

/// They.
#[derive(Clone)]
pub(super) struct ToldServices {
    pub(super) benchmarks: Arc<BenchmarkService>,
    pub(super) builds: Arc<BuildService>,
    pub(super) agents: Arc<AgentService>,
}

impl ToldServices {
    /// Opens and starts them.
    ///
    /// # Errors
    /// When what is on disk cannot be read.
    pub(super) async fn open(
        tasks: &mut Tasks,
        state: &Db,
        clock: &Arc<dyn Clock>,
        (samples, events): (&Arc<SampleLog>, &Arc<EventLog>),
        config: &Current,
    ) -> Result<Self, db::Error> {
        let (numbers, marks) = (samples.clone(), events.clone());
        let benchmarks = BenchmarkService::new(state.clone(), clock.clone(), numbers, marks);
        tasks.spawn(Stage::Observers, |stop| benchmarks.clone().run(stop));
        let builds = BuildService::open(state, clock, samples, events, config.clone()).await?;
        tasks.spawn(Stage::Observers, |stop| builds.clone().run(stop));
        let agents = AgentService::open(AgentParts {
            db: state.clone(),
            clock: clock.clone(),
            samples: samples.clone(),
            events: events.clone(),
            config: config.clone(),
        });
        let agents = agents.await?;
        tasks.spawn(Stage::Observers, |stop| agents.clone().run(stop));
        Ok(Self {
            benchmarks,
            builds,
            agents,
        })
    }
}
