//! Starting: what the child gets, and what is said when it cannot start.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{Exit, LaunchError};
use supervisor::{CommandSpec, Config, KeeperCommand, Supervisor};

use crate::support::{command, group, patient, quick, sh, start, supervisor};

/// What the launch of `spec` fails with.
async fn refusal(spec: CommandSpec) -> LaunchError {
    let supervisor = supervisor(quick());
    let Err(error) = supervisor.launcher(spec).launch().await else {
        panic!("started");
    };
    supervisor.drained().await;
    error
}

/// A file with a mode, and its path.
fn file(folder: &Path, name: &str, content: &str, mode: u32) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    path.to_str().unwrap().to_owned()
}

pub(crate) async fn what_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let plain = file(folder.path(), "plain", "#!/bin/sh\n", 0o644);
    let lost = file(folder.path(), "lost", "#!/no/such/interpreter\n", 0o755);
    let beneath = format!("{plain}/tool");
    let within = folder.path().to_str().unwrap().to_owned();

    for program in ["no-such-program", "/no/such/program", "./sh", "", &beneath] {
        assert_eq!(
            refusal(command(program, &[])).await,
            LaunchError::NotFound {
                program: program.into()
            }
        );
    }
    for program in [&plain, &within] {
        assert_eq!(
            refusal(command(program, &[])).await,
            LaunchError::NotExecutable {
                program: program.into()
            }
        );
    }
    // The directory is to blame, whether the program exists or not.
    for (program, cwd) in [
        ("cat", "/no/such/place"),
        ("no-such-program", &plain),
        ("cat", ""),
    ] {
        let mut spec = command(program, &[]);
        spec.cwd = Some(cwd.into());
        assert_eq!(
            refusal(spec).await,
            LaunchError::Directory {
                directory: cwd.into()
            }
        );
    }
    let mut huge = command("true", &[]);
    huge.env = vec![("HUGE".into(), "x".repeat(4 << 20))];
    for (spec, blamed) in [
        (command(&lost, &[]), "interpreter"),
        (huge, "rgument list too long"),
        (command("cat", &["a\0b"]), "NUL"),
    ] {
        let error = refusal(spec).await;
        assert!(
            matches!(&error, LaunchError::Other { message, .. } if message.contains(blamed)),
            "{error}"
        );
    }
}

pub(crate) async fn a_broken_keeper_is_named() {
    for (program, blamed) in [
        (
            "/no/such/keeper",
            "keeper /no/such/keeper cannot be started",
        ),
        ("/bin/sh", "its keeper ended before"),
    ] {
        let keeper = KeeperCommand {
            program: PathBuf::from(program),
            args: vec!["-c".into(), "exit 0".into()],
        };
        let supervisor = Arc::new(Supervisor::new(keeper, Config::default()));
        let Err(error) = supervisor.launcher(command("cat", &[])).launch().await else {
            panic!("started");
        };
        assert!(error.to_string().starts_with("cat: "), "{error}");
        assert!(error.to_string().contains(blamed), "{error}");
    }
}

pub(crate) async fn a_keeper_started_by_hand_says_so() {
    let mut keeper = tokio::process::Command::new(std::env::current_exe().unwrap());
    keeper.args(["keeper", "--", "touch", "/no/such/place"]);
    let output = keeper
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("by hand")
    );
}

pub(crate) async fn environment_and_directory_are_the_childs() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let mut spec = sh(r#"echo "$NEW|$TWICE|${CARGO_MANIFEST_DIR:+inherited}|$(pwd -P)|$1""#);
    spec.args.extend(["sh".into(), "-- ä".into()]);
    spec.cwd = Some(folder.path().into());
    spec.env = [("NEW", "a=b c"), ("TWICE", "1"), ("TWICE", "2")]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec();
    // Cargo sets it for every test.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let mut child = start(&supervisor(patient()), spec).await;
    assert_eq!(
        child.line().await,
        format!("a=b c|2|inherited|{}|-- ä", real.display())
    );
}

pub(crate) async fn programs_are_found_in_the_childs_path() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "only-here", "#!/bin/sh\necho found\n", 0o755);
    let mut by_path = command("only-here", &[]);
    by_path.env = vec![("PATH".into(), folder.path().to_str().unwrap().into())];
    let mut by_directory = command("./only-here", &[]);
    by_directory.cwd = Some(folder.path().into());
    for spec in [by_path, by_directory] {
        let mut child = start(&supervisor(patient()), spec).await;
        assert_eq!(child.rest().await, "found\n");
    }
    // And not in ours.
    let mut spec = command("cat", &[]);
    spec.env = vec![("PATH".into(), folder.path().to_str().unwrap().into())];
    assert!(matches!(refusal(spec).await, LaunchError::NotFound { .. }));
}

/// More than fits into the buffer of a socket.
pub(crate) async fn a_large_environment_arrives() {
    let mut spec = sh("echo ${#V0} ${#V9}");
    spec.env = (0..10)
        .map(|i| (format!("V{i}"), "x".repeat(100_000)))
        .collect();
    let mut child = start(&supervisor(patient()), spec).await;
    assert_eq!(child.line().await, "100000 100000");
}

/// So that Ctrl-C in the product's terminal reaches the product alone.
pub(crate) async fn groups_are_their_own() {
    let mut child = start(&supervisor(quick()), command("cat", &[])).await;
    let cast = child.cast(0).await;
    let ours = rustix::process::getpgrp();
    assert_eq!(group(cast.pid("child")), cast.pid("child"));
    assert_eq!(group(cast.pid("keeper")), cast.pid("keeper"));
    assert_ne!(cast.pid("keeper"), ours);
    child.stop().await;
}

pub(crate) async fn a_running_child_is_counted() {
    let supervisor = supervisor(patient());
    assert_eq!(supervisor.running(), 0);
    let child = start(&supervisor, command("cat", &[])).await;
    assert_eq!(supervisor.running(), 1);
    let drained = tokio::time::timeout(Duration::from_millis(50), supervisor.drained());
    assert!(drained.await.is_err());
    assert_eq!(child.stop().await.0, Exit::Code(0));
    assert_eq!(supervisor.running(), 0);
    supervisor.drained().await;
}

pub(crate) async fn secrets_stay_out_of_the_keepers_arguments() {
    let mut spec = command("cat", &["-u"]);
    spec.env = vec![("API_KEY".into(), "hush-hush".into())];
    let mut child = start(&supervisor(quick()), spec).await;
    let keeper = child.cast(0).await.pid("keeper");
    let read = |file| {
        let content = std::fs::read(format!("/proc/{keeper}/{file}")).unwrap();
        String::from_utf8(content).unwrap()
    };
    assert!(read("cmdline").ends_with("keeper\0--\0cat\0-u\0"));
    assert!(!read("cmdline").contains("hush"));
    assert!(!read("environ").contains("hush"));
    child.stop().await;
}

pub(crate) async fn a_cancelled_start_leaves_nobody() {
    let supervisor = supervisor(quick());
    // Nobody else sleeps exactly that long.
    let seconds = format!("{}.0815", 70_000 + std::process::id());
    let mut cancelled = 0;
    for ms in 0..25 {
        let launcher = supervisor.launcher(command("sleep", &[&seconds]));
        let launch = tokio::time::timeout(Duration::from_millis(ms), launcher.launch());
        match launch.await {
            Err(_) => cancelled += 1,
            Ok(started) => drop(started.unwrap()),
        }
    }
    assert!(cancelled > 0, "nothing was cancelled");

    let sleepers = || {
        let processes = std::fs::read_dir("/proc").unwrap();
        let lines = processes
            .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
            .filter(|line| String::from_utf8_lossy(line).contains(&seconds));
        lines.count()
    };
    for _ in 0..500 {
        if sleepers() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} processes left", sleepers());
}
