//! What doors may ask about service levels, and who may.

use async_trait::async_trait;
use wire::{
    Caller, Measurement, Objective, ObjectiveDetail, ObjectiveDraft, ObjectiveFile,
    ObjectivePreview, Objectives, Problem, Report, ReportQuery, ReportSchedule, Reports, Role,
    ServiceLevels,
};

use super::SloService;
use super::picture::find;

#[async_trait]
impl ServiceLevels for SloService {
    async fn objectives(&self, caller: &Caller) -> Result<Objectives, Problem> {
        self.all(caller).await
    }

    async fn objective(
        &self,
        caller: &Caller,
        id: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<ObjectiveDetail, Problem> {
        self.detail(caller, id, (from_ms, to_ms)).await
    }

    async fn preview(
        &self,
        caller: &Caller,
        draft: ObjectiveDraft,
    ) -> Result<ObjectivePreview, Problem> {
        self.look_back(caller, draft).await
    }

    async fn save(
        &self,
        caller: &Caller,
        id: &str,
        draft: ObjectiveDraft,
    ) -> Result<Objective, Problem> {
        let id = self.save_draft(caller, id, draft).await?;
        let levels = self.levels();
        let alerts = self.open_alerts().await;
        self.row(caller, find(&levels, &id)?, &alerts).await
    }

    async fn remove(&self, caller: &Caller, id: &str, by: &str) -> Result<(), Problem> {
        self.remove_one(caller, id, by).await
    }

    async fn import(&self, caller: &Caller, text: &str, by: &str) -> Result<Vec<String>, Problem> {
        self.import_file(caller, text, by).await
    }

    async fn file(
        &self,
        caller: &Caller,
        id: &str,
        what: ObjectiveFile,
    ) -> Result<String, Problem> {
        caller.require(Role::Viewer)?;
        let levels = self.levels();
        let objectives: Vec<_> = match id {
            "" => levels.all.iter().map(|it| it.objective.clone()).collect(),
            id => vec![find(&levels, id)?.objective.clone()],
        };
        Ok(match what {
            ObjectiveFile::Rules => slo::rules_of(&objectives),
            ObjectiveFile::Objectives => slo::write(&objectives),
        })
    }

    async fn measure(
        &self,
        caller: &Caller,
        measurement: Measurement,
    ) -> Result<Measurement, Problem> {
        self.note(caller, measurement).await
    }

    async fn report(&self, caller: &Caller, query: ReportQuery) -> Result<Report, Problem> {
        self.make_report(caller, query).await
    }

    async fn kept_report(&self, caller: &Caller, id: i64) -> Result<Report, Problem> {
        self.find_report(caller, id).await
    }

    async fn reports(&self, caller: &Caller) -> Result<Reports, Problem> {
        self.all_reports(caller).await
    }

    async fn schedule(&self, caller: &Caller, schedule: ReportSchedule) -> Result<(), Problem> {
        self.plan(caller, schedule).await
    }

    async fn unschedule(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        self.end_plan(caller, name).await
    }
}
