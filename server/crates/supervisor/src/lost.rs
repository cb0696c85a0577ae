//! What the product does itself when a keeper is gone or does not answer any more: end the group it
//! knows, and the descendants it still finds.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::time::{Instant, sleep};

use crate::tree::{self, Member};

/// How long to wait for what was sent SIGKILL.
const KILL_LIMIT: Duration = Duration::from_secs(1);

/// How often to look.
const LOOK: Duration = Duration::from_millis(20);

/// Ends the group that `leader` leads: SIGTERM, `kill_grace`, SIGKILL.
pub(crate) async fn end_group(leader: Pid, kill_grace: Duration) {
    let orphans = Orphans {
        leader,
        // Before anything ends: later they cannot be told from other people's processes.
        members: tree::descendants(leader),
    };
    orphans.signal(Signal::TERM);
    orphans.signal(Signal::CONT);
    if !orphans.gone_within(kill_grace).await {
        orphans.signal(Signal::KILL);
        orphans.gone_within(KILL_LIMIT).await;
    }
}

struct Orphans {
    leader: Pid,
    members: Vec<Member>,
}

impl Orphans {
    fn signal(&self, signal: Signal) {
        // An error says that nobody is there any more.
        let _ = kill_process_group(self.leader, signal);
        for member in &self.members {
            member.signal(signal);
        }
    }

    fn gone(&self) -> bool {
        test_kill_process_group(self.leader).is_err() && !self.members.iter().any(Member::runs)
    }

    async fn gone_within(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while !self.gone() {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(LOOK).await;
        }
        true
    }
}
