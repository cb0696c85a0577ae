//! Alerts that are sent and sent again.

use std::collections::BTreeMap;

use db::Db;
use model::{Labels, TimestampMs};

use crate::book::{Book, MOST_RAISED};
use crate::{Alert, Decision, Posted, State};

const MINUTE: i64 = 60_000;

fn posted(server: &str, starts_ms: TimestampMs, ends_ms: TimestampMs) -> Posted {
    Posted {
        labels: Labels::new()
            .with("alertname", "Down")
            .with("server", server),
        annotations: BTreeMap::from([("summary".to_owned(), "down".to_owned())]),
        starts_ms,
        ends_ms,
        is_timeout: false,
        generator_url: "http://prometheus/graph".to_owned(),
        sender: "prometheus".to_owned(),
    }
}

async fn book() -> (Db, Book) {
    let db = Db::memory(&db::schema::STATE).await.unwrap();
    let book = Book::open(db.clone()).await.unwrap();
    (db, book)
}

/// When the only alert begins and ends.
fn span(book: &Book) -> Option<(TimestampMs, TimestampMs)> {
    let open = book.open_alerts();
    assert!(open.len() < 2, "{open:?}");
    let alert = open.first()?;
    Some((alert.sent.as_ref()?.starts_ms, alert.ends_ms?))
}

#[tokio::test]
async fn what_is_sent_again_is_merged() {
    // At minute 10: what is known (begin, end, whether the end was set for it), what is sent, what it is then.
    let cases = [
        // A later end, and an earlier one.
        ((5, 15, false), (5, 20, false), Some((5, 20))),
        ((5, 20, true), (5, 15, false), Some((5, 15))),
        // An end that was named is not shortened.
        ((5, 20, false), (5, 15, false), Some((5, 20))),
        // The earlier begin counts.
        ((5, 20, true), (7, 25, true), Some((5, 25))),
        ((5, 20, true), (3, 15, true), Some((3, 15))),
        // Nothing in common: what is said last.
        ((5, 15, false), (16, 20, false), Some((16, 20))),
        // Over.
        ((5, 20, false), (5, 10, false), None),
        ((5, 20, false), (5, 6, false), None),
    ];
    for (known, sent, expected) in cases {
        let (_, mut book) = book().await;
        for (starts, ends, is_timeout) in [known, sent] {
            let one = Posted {
                is_timeout,
                ..posted("a", starts * MINUTE, ends * MINUTE)
            };
            book.receive(&[one], 10 * MINUTE).await.unwrap();
        }
        let expected = expected.map(|(starts, ends)| (starts * MINUTE, ends * MINUTE));
        assert_eq!(span(&book), expected, "{known:?} {sent:?}");
    }
}

#[tokio::test]
async fn only_news_is_written() {
    let (db, mut book) = book().await;
    let on_disk = async || Book::open(db.clone()).await.unwrap();
    let received = book
        .receive(&[posted("a", 0, 4 * MINUTE)], 0)
        .await
        .unwrap();
    assert_eq!(received.changed.len(), 1);
    for minute in 1..=5 {
        let one = posted("a", 0, (minute + 4) * MINUTE);
        let received = book.receive(&[one], minute * MINUTE).await.unwrap();
        assert!(received.changed.is_empty() && received.reworded.is_empty());
    }
    assert_eq!(span(&book), Some((0, 9 * MINUTE)));
    assert_eq!(
        span(&on_disk().await),
        Some((0, 4 * MINUTE)),
        "five minutes late at most"
    );
    let one = posted("a", 0, 10 * MINUTE);
    book.receive(&[one], 6 * MINUTE).await.unwrap();
    assert_eq!(span(&on_disk().await), Some((0, 10 * MINUTE)));

    let mut reworded = posted("a", 0, 10 * MINUTE);
    reworded
        .annotations
        .insert("summary".to_owned(), "still down".to_owned());
    let received = book.receive(&[reworded], 6 * MINUTE).await.unwrap();
    assert_eq!((received.changed.len(), received.reworded.len()), (0, 1));
    let again = on_disk().await;
    let alert = &again.open_alerts()[0];
    assert_eq!(alert.annotations["summary"], "still down");
    let sent = alert.sent.as_ref().unwrap();
    assert_eq!(
        (
            sent.sender.as_str(),
            sent.generator_url.as_str(),
            sent.updated_ms
        ),
        ("prometheus", "http://prometheus/graph", 6 * MINUTE)
    );
}

#[tokio::test]
async fn senders_are_awaited_after_a_restart() {
    let (db, mut book) = book().await;
    book.receive(&[posted("a", 0, 4 * MINUTE)], 0)
        .await
        .unwrap();
    let mut book = Book::open(db.clone()).await.unwrap();
    book.await_senders(65 * MINUTE);
    assert!(book.pass(60 * MINUTE).await.unwrap().is_empty());
    assert_eq!(book.pass(65 * MINUTE).await.unwrap().len(), 1);
    assert_eq!(span(&book), None);
    assert_eq!(span(&Book::open(db).await.unwrap()), None);
}

#[tokio::test]
async fn who_resolves_by_hand_is_heard_until_the_sender_agrees() {
    let sends = |book: &mut Book| -> Vec<Alert> { book.open_alerts() };
    for agrees in [true, false] {
        let (db, mut book) = book().await;
        book.receive(&[posted("a", 0, 4 * MINUTE)], 0)
            .await
            .unwrap();
        let id = sends(&mut book)[0].id.to_string();
        let resolve = Decision::Resolve;
        book.decide(&id, &resolve, "ann", "", MINUTE).await.unwrap();
        let mut book = Book::open(db).await.unwrap();
        let received = book
            .receive(&[posted("a", 0, 6 * MINUTE)], 2 * MINUTE)
            .await
            .unwrap();
        assert!(received.changed.is_empty() && book.open_alerts().is_empty());
        match agrees {
            true => drop(
                book.receive(&[posted("a", 0, 3 * MINUTE)], 3 * MINUTE)
                    .await
                    .unwrap(),
            ),
            false => assert!(book.pass(6 * MINUTE).await.unwrap().is_empty()),
        }
        let received = book
            .receive(&[posted("a", 7 * MINUTE, 9 * MINUTE)], 7 * MINUTE)
            .await
            .unwrap();
        assert_eq!(received.changed.len(), 1, "{agrees}");
        assert_ne!(sends(&mut book)[0].id.to_string(), id);
    }
}

#[tokio::test]
async fn what_was_over_is_no_news_and_there_are_not_too_many() {
    let (_, mut book) = book().await;
    let received = book
        .receive(&[posted("a", 0, MINUTE)], MINUTE)
        .await
        .unwrap();
    assert!(received.changed.is_empty());
    let many: Vec<_> = (0..=MOST_RAISED)
        .map(|n| posted(&n.to_string(), 0, MINUTE))
        .collect();
    let received = book.receive(&many, 0).await.unwrap();
    assert_eq!(received.refused, [MOST_RAISED]);
    assert_eq!(received.changed.len(), MOST_RAISED);
    assert!(received.changed.iter().all(|it| it.state == State::Firing));
    // Those that are known are heard all the same.
    let over: Vec<_> = (0..3).map(|n| posted(&n.to_string(), 0, 1)).collect();
    let received = book.receive(&over, 1).await.unwrap();
    assert_eq!((received.changed.len(), received.refused.len()), (3, 0));
}

#[tokio::test]
async fn labels_never_make_it_another() {
    let (_, mut book) = book().await;
    let mut odd = posted("a", 0, MINUTE);
    odd.labels = odd.labels.with("__raised__", "1");
    let both = [posted("a", 0, MINUTE), odd];
    assert_eq!(book.receive(&both, 0).await.unwrap().changed.len(), 2);
}
