//! What this product adds to the format: escalations, rotas and limits of messages.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::TimestampMs;
use yaml::Node;

use super::values::Reading;

/// Who is told when nobody acknowledges.
#[derive(Clone, Debug, PartialEq)]
pub struct Escalation {
    /// In the order of their times.
    pub steps: Vec<EscalationStep>,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq)]
pub struct EscalationStep {
    /// After the first message about an alert, in milliseconds.
    pub after_ms: i64,
    /// Who is told.
    pub receiver: String,
}

/// The most messages in a time; what is more becomes one digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flood {
    /// So many.
    pub messages: u32,
    /// In so many milliseconds.
    pub per_ms: i64,
}

/// A dead man's switch: a receiver is told again and again, and somebody there misses it when it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Who is told.
    pub receiver: String,
    /// How often, in milliseconds.
    pub every_ms: i64,
}

/// Somebody who is on call in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The receiver that reaches them.
    pub receiver: String,
}

/// People who are on call one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Rota {
    /// Its name.
    pub name: String,
    /// The zone whose clocks say when a turn ends.
    pub zone: TimeZone,
    /// When the first turn begins, as clocks there show it.
    pub begins: DateTime,
    /// How long a turn is, in milliseconds; whole days are days of the zone, also when clocks change.
    pub turn_ms: i64,
    /// In the order of their turns.
    pub people: Vec<Person>,
}

const DAY_MS: i64 = 86_400_000;

/// A turn of a rota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The place of the person in [`Rota::people`].
    pub person: usize,
    /// From then on.
    pub from_ms: TimestampMs,
    /// Until then.
    pub to_ms: TimestampMs,
}

impl Rota {
    /// When the turn with this number begins, the first is 0.
    fn begin_ms(&self, number: i64) -> TimestampMs {
        let (days, rest_ms) = (self.turn_ms / DAY_MS, self.turn_ms % DAY_MS);
        // Days are counted on the calendar, the rest on the clock.
        let span = jiff::Span::new()
            .try_days(days.saturating_mul(number))
            .and_then(|span| span.try_milliseconds(rest_ms.saturating_mul(number)));
        let local = span.and_then(|span| self.begins.checked_add(span));
        let at = local.and_then(|local| self.zone.to_timestamp(local));
        at.map_or(TimestampMs::MAX, jiff::Timestamp::as_millisecond)
    }

    /// The turn at a time; `None` before the first.
    pub fn turn(&self, at_ms: TimestampMs) -> Option<Turn> {
        let first_ms = self.begin_ms(0);
        if at_ms < first_ms || self.people.is_empty() {
            return None;
        }
        // Clocks that change make a turn an hour longer or shorter, never two turns.
        let mut number = (at_ms - first_ms) / self.turn_ms;
        while number > 0 && self.begin_ms(number) > at_ms {
            number -= 1;
        }
        while self.begin_ms(number + 1) <= at_ms {
            number += 1;
        }
        let person = usize::try_from(number).unwrap_or(0) % self.people.len();
        Some(Turn {
            person,
            from_ms: self.begin_ms(number),
            to_ms: self.begin_ms(number + 1),
        })
    }

    /// The turns that touch a time, at most `most`.
    pub fn turns(&self, from_ms: TimestampMs, to_ms: TimestampMs, most: usize) -> Vec<Turn> {
        let mut turns = Vec::new();
        let mut at_ms = from_ms.max(self.begin_ms(0));
        while at_ms < to_ms && turns.len() < most {
            let Some(turn) = self.turn(at_ms) else {
                break;
            };
            at_ms = turn.to_ms;
            turns.push(turn);
        }
        turns
    }
}

impl Reading {
    pub(super) fn escalation(&mut self, node: &Node) -> Option<(String, Escalation)> {
        let fields = self.fields(node, "an escalation", &["name", "steps"])?;
        let name = self.needed(node.at, fields.get("name"), "the name of an escalation")?;
        let mut steps = Vec::new();
        for step in self.list(fields.get("steps")) {
            let known = ["after", "receiver"];
            let Some(fields) = self.fields(step, "a step of an escalation", &known) else {
                continue;
            };
            let after_ms = self.duration(fields.get("after"));
            if fields.get("after").is_none() {
                self.wrong(step.at, "a step says after which time, as in after: 15m");
            }
            let receiver = self.needed(step.at, fields.get("receiver"), "the receiver of a step");
            if let (Some(after_ms), Some(receiver)) = (after_ms, receiver) {
                let receiver = receiver.to_owned();
                steps.push(EscalationStep { after_ms, receiver });
            }
        }
        if !steps.is_sorted_by_key(|step| step.after_ms) {
            let text =
                format!("steps of the escalation {name:?} stand in the order of their times");
            self.wrong(node.at, text);
        }
        Some((name.to_owned(), Escalation { steps }))
    }

    pub(super) fn flood(&mut self, node: &Node) -> Option<Flood> {
        let fields = self.fields(node, "flood", &["messages", "per"])?;
        let messages = self.needed(node.at, fields.get("messages"), "flood: messages")?;
        let per_ms = match fields.get("per") {
            Some(per) => self.duration(Some(per))?,
            None => 600_000,
        };
        match messages.parse() {
            Ok(messages) if messages > 0 && per_ms > 0 => Some(Flood { messages, per_ms }),
            _ => {
                let text =
                    "flood has a number of messages and a time, as in { messages: 20, per: 10m }";
                self.wrong(node.at, text);
                None
            }
        }
    }

    pub(super) fn heartbeat(&mut self, node: &Node) -> Option<Heartbeat> {
        let fields = self.fields(node, "a heartbeat", &["receiver", "every"])?;
        let receiver = self.needed(node.at, fields.get("receiver"), "a heartbeat's receiver")?;
        let every_ms = match fields.get("every") {
            Some(every) => self.duration(Some(every))?,
            None => 300_000,
        };
        if every_ms < 1000 {
            self.wrong(
                node.at,
                "a heartbeat comes every second at most, as in every: 5m",
            );
            return None;
        }
        Some(Heartbeat {
            receiver: receiver.to_owned(),
            every_ms,
        })
    }

    pub(super) fn rota(&mut self, node: &Node) -> Option<Rota> {
        let known = ["name", "zone", "begins", "turn", "people"];
        let fields = self.fields(node, "a rota", &known)?;
        let name = self.needed(node.at, fields.get("name"), "the name of a rota")?;
        let zone = crate::zone::find(self.text(fields.get("zone")).unwrap_or(""));
        let zone = zone.map_err(|error| self.wrong(node.at, error.to_string()));
        let begins = self.needed(node.at, fields.get("begins"), "begins of a rota")?;
        let begins = begins.replace(' ', "T");
        let begins: Result<DateTime, _> = match begins.contains('T') {
            true => begins.parse(),
            false => format!("{begins}T00:00").parse(),
        };
        let begins = begins.map_err(|_| {
            let at = fields.get("begins").map_or(node.at, |node| node.at);
            let text =
                "begins is a day or a time, as in 2026-01-05 or 2026-01-05 09:00, without a zone";
            self.wrong(at, text);
        });
        let turn_ms = match fields.get("turn") {
            Some(turn) => self.duration(Some(turn)),
            None => Some(7 * DAY_MS),
        };
        if turn_ms.is_some_and(|turn_ms| turn_ms < 60_000) {
            self.wrong(node.at, "a turn lasts a minute at least");
            return None;
        }
        let mut people = Vec::new();
        for person in self.list(fields.get("people")) {
            let known = ["name", "receiver"];
            let Some(fields) = self.fields(person, "a person of a rota", &known) else {
                continue;
            };
            let name = self.needed(person.at, fields.get("name"), "the name of a person");
            let receiver = self.needed(person.at, fields.get("receiver"), "a person's receiver");
            if let (Some(name), Some(receiver)) = (name, receiver) {
                let (name, receiver) = (name.to_owned(), receiver.to_owned());
                people.push(Person { name, receiver });
            }
        }
        if people.is_empty() {
            self.wrong(node.at, format!("nobody is in the rota {name:?}"));
            return None;
        }
        Some(Rota {
            name: name.to_owned(),
            zone: zone.ok()?,
            begins: begins.ok()?,
            turn_ms: turn_ms?,
            people,
        })
    }
}
