//! Who is on call, and who is out of turn.

use model::TimestampMs;
use notifier::Override;
use uuid::Uuid;
use wire::{Caller, Problem, Role, Rota, RotaOverride, Turn};

use super::{NotifyAnswers, reading, said_by};

/// The longest stretch that is shown, and that somebody is on call out of turn.
const LONGEST_MS: i64 = 400 * 86_400_000;
/// The most turns of a rota that are shown.
const MOST_TURNS: usize = 500;

impl NotifyAnswers {
    pub(super) async fn do_rotas(
        &self,
        caller: &Caller,
        from_ms: TimestampMs,
        to_ms: TimestampMs,
    ) -> Result<Vec<Rota>, Problem> {
        caller.require(Role::Viewer)?;
        if to_ms <= from_ms || to_ms.saturating_sub(from_ms) > LONGEST_MS {
            return Err(Problem::invalid(
                "to_ms is after from_ms, and at most 400 days",
            ));
        }
        let overrides = self.notifier.versions.overrides(from_ms).await;
        let overrides = overrides.map_err(|error| reading("reading who is on call", &error))?;
        let routing = self.notifier.in_use().routing.clone();
        let rotas = routing.rotas.values();
        Ok(rotas
            .map(|rota| self.shown_rota(rota, &overrides, from_ms, to_ms))
            .collect())
    }

    fn shown_rota(
        &self,
        rota: &notifier::Rota,
        overrides: &[Override],
        from_ms: TimestampMs,
        to_ms: TimestampMs,
    ) -> Rota {
        let now_ms = self.now_ms();
        let on_call = self.notifier.desk.with(|it| it.on_call(rota, now_ms));
        let regular = rota.turns(from_ms, to_ms, MOST_TURNS).into_iter();
        let mut turns: Vec<Turn> = regular
            .map(|turn| {
                let person = &rota.people[turn.person];
                Turn {
                    person: person.name.clone(),
                    receiver: person.receiver.clone(),
                    from_ms: turn.from_ms,
                    to_ms: turn.to_ms,
                    override_id: String::new(),
                }
            })
            .collect();
        // Each takes its time out of what was there before: of several the last that was made holds.
        for over in overrides
            .iter()
            .filter(|it| it.rota == rota.name && it.from_ms < to_ms)
        {
            let Some(person) = rota.people.iter().find(|it| it.name == over.person) else {
                continue;
            };
            let mut rest = Vec::new();
            for turn in turns {
                let before = Turn {
                    to_ms: turn.to_ms.min(over.from_ms),
                    ..turn.clone()
                };
                let after = Turn {
                    from_ms: turn.from_ms.max(over.to_ms),
                    ..turn
                };
                rest.extend(
                    [before, after]
                        .into_iter()
                        .filter(|it| it.from_ms < it.to_ms),
                );
            }
            rest.push(Turn {
                person: person.name.clone(),
                receiver: person.receiver.clone(),
                from_ms: over.from_ms,
                to_ms: over.to_ms,
                override_id: over.id.to_string(),
            });
            turns = rest;
        }
        turns.sort_by_key(|turn| turn.from_ms);
        Rota {
            name: rota.name.clone(),
            zone: rota.zone.iana_name().unwrap_or("UTC").to_owned(),
            people: rota.people.iter().map(|it| it.name.clone()).collect(),
            on_call: on_call.map_or_else(String::new, |(name, _)| name),
            turns,
        }
    }

    async fn one_rota(&self, name: &str, from_ms: i64, to_ms: i64) -> Result<Rota, Problem> {
        let overrides = self.notifier.versions.overrides(self.now_ms()).await;
        let overrides = overrides.map_err(|error| reading("reading who is on call", &error))?;
        self.notifier
            .desk
            .with(|it| it.override_by(overrides.clone()));
        self.notifier.desk.changed.notify_one();
        let routing = self.notifier.in_use().routing.clone();
        let rota = routing.rotas.get(name);
        let rota = rota.ok_or_else(|| Problem::not_found(format!("there is no rota {name:?}")))?;
        Ok(self.shown_rota(rota, &overrides, from_ms, to_ms))
    }

    pub(super) async fn do_override(
        &self,
        caller: &Caller,
        draft: RotaOverride,
    ) -> Result<Rota, Problem> {
        caller.require(Role::Operator)?;
        // Who reads them last has to be who wrote them last.
        let _turn = self.notifier.turn.lock().await;
        let by = said_by(caller, &draft.by, "")?;
        let now_ms = self.now_ms();
        let from_ms = draft.from_ms.unwrap_or(now_ms);
        let to_ms = draft.to_ms;
        if to_ms <= from_ms.max(now_ms) || to_ms.saturating_sub(from_ms) > LONGEST_MS {
            return Err(Problem::invalid(
                "to_ms is after from_ms and in the future, and at most 400 days later",
            ));
        }
        let routing = self.notifier.in_use().routing.clone();
        let rota = routing.rotas.get(&draft.rota).ok_or_else(|| {
            let known: Vec<_> = routing.rotas.keys().map(String::as_str).collect();
            let known = known.join(", ");
            Problem::not_found(format!(
                "there is no rota {:?}; there are {known}",
                draft.rota
            ))
        })?;
        if !rota.people.iter().any(|it| it.name == draft.person) {
            let people: Vec<_> = rota.people.iter().map(|it| it.name.as_str()).collect();
            let people = people.join(", ");
            let text = format!("{:?} is not in this rota; in it are {people}", draft.person);
            return Err(Problem::invalid(text));
        }
        let over = Override {
            id: Uuid::now_v7(),
            rota: draft.rota.clone(),
            person: draft.person,
            from_ms,
            to_ms,
            by,
        };
        let put = self.notifier.versions.put_on_call(&over, now_ms).await;
        put.map_err(|error| reading("writing who is on call", &error))?;
        self.one_rota(&draft.rota, from_ms, to_ms).await
    }

    pub(super) async fn do_end_override(&self, caller: &Caller, id: &str) -> Result<Rota, Problem> {
        caller.require(Role::Operator)?;
        let _turn = self.notifier.turn.lock().await;
        let not_found = || Problem::not_found(format!("there is no override {id}"));
        let uuid: Uuid = id.parse().map_err(|_| not_found())?;
        let known = self.notifier.versions.overrides(i64::MIN).await;
        let known = known.map_err(|error| reading("reading who is on call", &error))?;
        let over = known.into_iter().find(|it| it.id == uuid);
        let over = over.ok_or_else(not_found)?;
        let ended = self.notifier.versions.take_back(uuid).await;
        ended.map_err(|error| reading("writing who is on call", &error))?;
        self.one_rota(&over.rota, over.from_ms, over.to_ms).await
    }
}
