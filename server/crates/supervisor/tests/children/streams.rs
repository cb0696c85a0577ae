//! The bytes between product and child.

use model::Exit;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Running, command, patient, quick, sh, start, supervisor};

pub(crate) async fn bytes_pass_both_ways() {
    let child = start(&supervisor(patient()), command("cat", &[])).await;
    let Running {
        process,
        mut reader,
        mut writer,
    } = child;
    // More than any pipe holds, and every byte there is.
    let sent: Vec<u8> = (0..=255).cycle().take(4 << 20).collect();
    let copy = sent.clone();
    let writing = tokio::spawn(async move {
        writer.write_all(&copy).await.unwrap();
    });
    let mut got = Vec::new();
    reader.read_to_end(&mut got).await.unwrap();
    writing.await.unwrap();
    assert!(got == sent, "{} bytes came back", got.len());
    assert_eq!(process.stop().await, Exit::Code(0));
}

/// What the child closes is closed, while it and its keeper run.
pub(crate) async fn the_keeper_holds_no_pipe() {
    let script = "exec <&- >&- 2>&-; sleep 1000; exit 1";
    let mut child = start(&supervisor(quick()), sh(script)).await;
    assert_eq!(child.rest().await, "");
    loop {
        // The end of reading may come a moment later.
        if child.writer.write_all(b"anybody?").await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let cast = child.cast(0).await;
    child.stop().await;
    cast.assert_gone_now();
}

pub(crate) async fn last_words_come_before_the_end() {
    for _ in 0..10 {
        let script = "echo warning >&2; printf 'no such module' >&2; exit 1";
        let child = start(&supervisor(patient()), sh(script)).await;
        assert_eq!(child.ended().await, Exit::Code(1));
        assert_eq!(child.process.stderr_tail(), ["warning", "no such module"]);
    }
}

pub(crate) async fn an_unread_child_can_be_stopped() {
    let mut child = start(&supervisor(quick()), sh("echo ready; exec cat /dev/zero")).await;
    assert_eq!(child.line().await, "ready");
    let cast = child.cast(0).await;
    // The streams stay open: the child is blocked when the signal comes.
    let exit = child.process.stop().await;
    assert_eq!(exit, Exit::Signal(15));
    cast.assert_gone_now();
    drop((child.reader, child.writer));
}
