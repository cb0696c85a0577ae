//! Real children, real signals. This one program is the tests, the keeper that they start children
//! under, the product that gets killed, and the checks that need a process to themselves; hence no
//! standard test harness.

#![allow(
    clippy::unwrap_used,
    reason = "all of it is test code, which clippy sees only by attribute"
)]

mod alone;
mod ends;
mod losses;
mod starts;
mod strays;
mod streams;
mod support;

use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

/// No test takes longer, whatever happens.
const LIMIT: Duration = Duration::from_secs(60);

macro_rules! trials {
    ($($module:ident { $($test:ident)* })*) => {
        vec![$($(Trial::test(
            concat!(stringify!($module), "::", stringify!($test)),
            || bounded($module::$test()),
        ),)*)*]
    };
}

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let role = std::env::args().nth(1).unwrap_or_default();
    match role.as_str() {
        "keeper" => return supervisor::keeper_main(args.by_ref().skip(1)),
        "product" => return outcome(bounded(losses::product())),
        "alone" => return outcome(alone::run(&std::env::args().nth(2).unwrap_or_default())),
        _ => {}
    }

    let mut trials = trials! {
        starts {
            what_cannot_start_says_why
            a_broken_keeper_is_named
            a_keeper_started_by_hand_says_so
            environment_and_directory_are_the_childs
            programs_are_found_in_the_childs_path
            a_large_environment_arrives
            groups_are_their_own
            a_running_child_is_counted
        }
        ends {
            closed_input_ends_it_by_itself
            untaken_streams_are_closed_by_stop
            sigterm_follows_the_grace_time
            sigkill_follows_sigterm
            codes_and_signals_are_told
            stop_after_the_end_still_tells
            dropping_the_handle_ends_it
        }
        strays {
            stop_ends_the_group
            what_a_command_leaves_behind_ends_with_it
        }
        losses {
            a_killed_product_leaves_nobody
            a_terminated_keeper_ends_in_order
            a_killed_keeper_is_noticed
            a_frozen_keeper_is_overruled
        }
        streams {
            bytes_pass_both_ways
            the_keeper_holds_no_pipe
            last_words_come_before_the_end
            an_unread_child_can_be_stopped
        }
        alone {
            a_flood_is_harmless
        }
    };
    // What only /proc can show, or only a subreaper can do.
    if cfg!(target_os = "linux") {
        trials.extend(trials! {
            starts {
                secrets_stay_out_of_the_keepers_arguments
                a_cancelled_start_leaves_nobody
            }
            strays {
                stop_ends_who_left_the_session
                stop_ends_who_left_and_ignores_sigterm
                a_command_cannot_leave_a_daemon
            }
            alone {
                a_crowd_leaves_nothing
                a_child_inherits_nothing_else
            }
        });
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Runs a test on a runtime of its own. When it fails, the runtime ends and so do its children.
fn bounded(test: impl Future<Output = ()>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let done = runtime.block_on(async { tokio::time::timeout(LIMIT, test).await });
    runtime.shutdown_background();
    done.map_err(|_| Failed::from("took too long"))
}

fn outcome(result: Result<(), Failed>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("{}", failed.message().unwrap_or("failed"));
            ExitCode::FAILURE
        }
    }
}
