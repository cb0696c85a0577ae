//! Who is told: what was sent, receivers, who is on call.

use wire::{Caller, Cell, Problem, Sent, SentQuery, Table, TableQuery};

use super::ExportService;
use super::cells::{PAGE, Paged, text, time, whole};

/// Two weeks, of which turns are written where no stretch of time is given.
const WEEKS_MS: i64 = 14 * 86_400_000;

/// A row a message to a channel, the newest first: all that are kept where no stretch of time is given.
pub(super) async fn sent(
    services: &ExportService,
    caller: &Caller,
    query: &TableQuery,
) -> Result<Table, Problem> {
    let now_ms = services.clock.now_ms();
    let from_ms = query.last_ms.map(|last_ms| now_ms.saturating_sub(last_ms));
    let mut asked = SentQuery {
        text: query.text.clone().unwrap_or_default(),
        receiver: query.receiver.clone().unwrap_or_default(),
        state: query.state.clone().unwrap_or_default(),
        reason: query.reason.clone().unwrap_or_default(),
        from_ms: query.from_ms.or(from_ms),
        to_ms: query.to_ms,
        limit: PAGE,
        ..SentQuery::default()
    };
    let mut paged = Paged::default();
    loop {
        let page = services.notifier.sent(caller, asked.clone()).await?;
        if !paged.take(page.rows.iter().map(message), &page.next) {
            break;
        }
        asked.after = page.next;
    }
    let columns = [
        "id",
        "at_ms",
        "receiver",
        "kind",
        "target",
        "group",
        "reason",
        "firing",
        "resolved",
        "state",
        "attempts",
        "attempted_ms",
        "cause",
        "answer",
        "next_ms",
        "key",
    ];
    Ok(super::table(&columns, paged.rows()))
}

fn message(sent: &Sent) -> Vec<Cell> {
    vec![
        text(sent.id.to_string()),
        Cell::Integer(sent.at_ms),
        text(&sent.receiver),
        text(&sent.kind),
        text(&sent.target),
        text(&sent.group_key),
        text(sent.reason.as_str()),
        whole(sent.firing),
        whole(sent.resolved),
        text(sent.state.as_str()),
        whole(u64::from(sent.attempts)),
        time(sent.attempted_ms),
        text(&sent.cause),
        text(&sent.answer),
        time(sent.next_ms),
        text(&sent.key),
    ]
}

/// A row a channel.
pub(super) async fn receivers(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let receivers = services.notifier.receivers(caller).await?;
    let rows = receivers.iter().flat_map(|receiver| {
        receiver.channels.iter().map(|channel| {
            vec![
                text(&receiver.name),
                text(&channel.kind),
                text(&channel.target),
                text(channel.health.as_str()),
                time(channel.attempted_ms),
                time(channel.succeeded_ms),
                text(&channel.cause),
                text(&channel.answer),
                whole(channel.queued),
                time(channel.oldest_ms),
            ]
        })
    });
    let columns = [
        "receiver",
        "kind",
        "target",
        "health",
        "attempted_ms",
        "succeeded_ms",
        "cause",
        "answer",
        "queued",
        "oldest_ms",
    ];
    Ok(super::table(&columns, rows.collect()))
}

/// A row a turn: of the next two weeks where no stretch of time is given.
pub(super) async fn on_call(
    services: &ExportService,
    caller: &Caller,
    query: &TableQuery,
) -> Result<Table, Problem> {
    let now_ms = services.clock.now_ms();
    let from_ms = query.from_ms.unwrap_or(now_ms);
    let to_ms = query.to_ms.unwrap_or(from_ms.saturating_add(WEEKS_MS));
    let rotas = services.notifier.rotas(caller, from_ms, to_ms).await?;
    let rows = rotas.iter().flat_map(|rota| {
        rota.turns.iter().map(|turn| {
            vec![
                text(&rota.name),
                text(&turn.person),
                text(&turn.receiver),
                Cell::Integer(turn.from_ms),
                Cell::Integer(turn.to_ms),
                text(if turn.override_id.is_empty() {
                    "rota"
                } else {
                    "override"
                }),
            ]
        })
    });
    let columns = [
        "rota",
        "person",
        "receiver",
        "from_ms",
        "to_ms",
        "because_of",
    ];
    Ok(super::table(&columns, rows.collect()))
}
