//! What doors may ask about service levels, and who may.

use async_trait::async_trait;
use wire::{
    Caller, Code, Measurement, Objective, ObjectiveDetail, ObjectiveDraft, ObjectivePreview,
    Objectives, Problem, Report, ReportQuery, ReportSchedule, Reports, Role, ServiceLevels,
};

use super::SloService;

/// Said of what this version of the product does not do yet.
fn missing() -> Problem {
    Problem::new(Code::Unavailable, "objectives are not evaluated yet")
}

#[async_trait]
impl ServiceLevels for SloService {
    async fn objectives(&self, caller: &Caller) -> Result<Objectives, Problem> {
        caller.require(Role::Viewer)?;
        let levels = self.levels();
        Ok(Objectives {
            rows: Vec::new(),
            mistakes: levels.mistakes.clone(),
            ignored: levels.ignored.clone(),
            can_edit: caller.role >= Role::Operator,
        })
    }

    async fn objective(
        &self,
        caller: &Caller,
        id: &str,
        _from_ms: i64,
        _to_ms: i64,
    ) -> Result<ObjectiveDetail, Problem> {
        caller.require(Role::Viewer)?;
        match self.levels().find(id) {
            Some(_) => Err(missing()),
            None => Err(Problem::not_found(format!("there is no objective {id:?}"))),
        }
    }

    async fn preview(
        &self,
        _caller: &Caller,
        _draft: ObjectiveDraft,
    ) -> Result<ObjectivePreview, Problem> {
        Err(missing())
    }

    async fn save(
        &self,
        _caller: &Caller,
        _id: &str,
        _draft: ObjectiveDraft,
    ) -> Result<Objective, Problem> {
        Err(missing())
    }

    async fn remove(&self, _caller: &Caller, _id: &str, _by: &str) -> Result<(), Problem> {
        Err(missing())
    }

    async fn import(&self, _: &Caller, _: &str, _: &str) -> Result<Vec<String>, Problem> {
        Err(missing())
    }

    async fn rules(&self, _caller: &Caller, _id: &str) -> Result<String, Problem> {
        Err(missing())
    }

    async fn measure(&self, _: &Caller, _: Measurement) -> Result<Measurement, Problem> {
        Err(missing())
    }

    async fn report(&self, _caller: &Caller, _query: ReportQuery) -> Result<Report, Problem> {
        Err(missing())
    }

    async fn kept_report(&self, _caller: &Caller, _id: i64) -> Result<Report, Problem> {
        Err(missing())
    }

    async fn reports(&self, caller: &Caller) -> Result<Reports, Problem> {
        caller.require(Role::Viewer)?;
        Ok(Reports {
            kept: Vec::new(),
            schedules: Vec::new(),
            receivers: Vec::new(),
            can_edit: caller.role >= Role::Operator,
        })
    }

    async fn schedule(&self, _: &Caller, _: ReportSchedule) -> Result<(), Problem> {
        Err(missing())
    }

    async fn unschedule(&self, _: &Caller, _: &str) -> Result<(), Problem> {
        Err(missing())
    }
}
