//! Servers that the product starts, with real processes. This one program is the tests, the keeper that they
//! need, and the MCP servers that are started, well or badly; hence no standard test harness.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../it/app.rs"]
#[allow(dead_code, reason = "what other tests need of it")]
mod app;
mod benches;
mod builds;
mod counted;
mod many;
mod odd_traffic;
mod orders;
mod processes;
mod proxies;
mod sdks;
mod served;
mod served_badly;
mod served_peers;
mod server;
mod tapped_calls;
mod taps;
mod told_definitions;

use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

/// No test takes longer, whatever happens.
const LIMIT: Duration = Duration::from_secs(180);

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
    match std::env::args().nth(1).as_deref() {
        Some("keeper") => return backend::keeper_main(args.by_ref().skip(1)),
        Some("server") => return server::run(),
        Some("bench" | "build" | "tap" | "proxy") => {
            return backend::cli::run(|_, _| axum::Router::new());
        }
        Some("many") => return many::run(),
        _ => {}
    }
    let mut trials = trials! {
        benches {
            what_criterion_measured_is_taken
        }
        builds {
            output_and_exit_code_are_cargos
            colours_stay_as_they_are
            what_is_told_is_what_cargo_said
            a_build_is_told_later_when_the_product_is_away
            a_build_that_is_killed_is_interrupted
            what_is_piped_is_read
        }
        counted {
            what_clients_do_is_counted_if_asked
        }
        odd_traffic {
            what_is_odd_is_counted_within_bounds
            a_stream_goes_on_where_it_was
        }
        orders {
            a_start_is_seen_phase_by_phase
            what_a_person_stops_stays_stopped
            a_restart_is_another_process
            a_crash_loop_is_named_and_forgiven
            fewer_tools_after_a_restart_are_said
            others_are_refused
            how_servers_stood_outlives_the_product
        }
        served {
            two_clients_share_one_process
            notifications_reach_whom_they_concern
            a_client_cancels_only_its_own
            a_child_that_dies_answers_and_clients_begin_anew
            what_passes_stays_as_it_is
        }
        served_badly {
            bad_input_is_named
            who_may_not_act_stays_out
            a_stopped_server_says_so
        }
        served_peers {
            everything_serves_two
            time_serves_both_eras
        }
        proxies {
            bodies_pass_as_they_are
            nothing_waits_for_more
            a_client_that_reads_no_more_holds_only_itself
            what_breaks_is_told
            names_of_others_are_refused
            the_product_may_be_away
            an_endpoint_leads_back
        }
        sdks {
            over_pipes
            over_http
            over_tls
        }
        tapped_calls {
            calls_are_what_the_client_did
        }
        taps {
            any_bytes_pass_as_they_are
            ends_are_handed_on
            a_key_is_not_for_the_server
            a_product_that_hangs_is_not_waited_for
            real_servers_answer_as_without_it
            what_the_product_missed_counts_once
            the_product_may_be_away
            wrong_records_are_named
        }
        told_definitions {
            two_versions_of_a_real_server
            pages_through_a_proxy
        }
    };
    // What only /proc can show.
    if cfg!(target_os = "linux") {
        trials.extend(trials! {
            taps {
                a_killed_tap_leaves_nobody
            }
            processes {
                ours_and_orphans_are_told_apart
                an_orphan_ends_with_its_tree
                a_product_that_ends_leaves_nobody
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
