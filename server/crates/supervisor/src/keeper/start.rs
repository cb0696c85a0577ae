//! Starting the command, and telling apart why it could not be started: the operating system has
//! the same word for a missing directory, a missing program and a missing interpreter.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::io::Errno;
use rustix::process::Pid;

use crate::errand::Errand;
use crate::report::Failure;

/// Where programs are looked up when there is no `PATH`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Starts the command in a process group of its own. The three streams are closed here afterwards.
pub(super) fn start(
    program: &OsStr,
    args: impl Iterator<Item = OsString>,
    errand: &Errand,
    streams: [OwnedFd; 3],
) -> Result<Pid, (Failure, i32)> {
    if let Some(cwd) = &errand.cwd {
        // Our own directory: so an error is about the directory and nothing else.
        std::env::set_current_dir(cwd)
            .map_err(|error| (Failure::Directory, error.raw_os_error().unwrap_or(0)))?;
    }
    let [stdin, stdout, stderr] = streams;
    let mut command = Command::new(program);
    command
        .args(args)
        .envs(errand.env.iter().map(|(name, value)| (name, value)))
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0);
    match command.spawn() {
        // Waited for together with all other descendants, not by its handle.
        Ok(child) => Ok(Pid::from_child(&child)),
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(0);
            let inherited = std::env::var_os("PATH");
            let path = errand.variable("PATH").or(inherited.as_deref());
            let exists = exists(program, path.unwrap_or(OsStr::new(DEFAULT_PATH)));
            Err((blame(errno, exists), errno))
        }
    }
}

fn blame(errno: i32, exists: bool) -> Failure {
    match Errno::from_raw_os_error(errno) {
        Errno::NOENT | Errno::NOTDIR if exists => Failure::Interpreter,
        Errno::NOENT | Errno::NOTDIR => Failure::Missing,
        Errno::ACCESS if exists => Failure::Denied,
        // A folder of the `PATH` that may not be read hides that the program is in none of them.
        Errno::ACCESS => Failure::Missing,
        _ => Failure::Other,
    }
}

/// Whether there is such a program, executable or not. A path into a folder that we may not enter
/// counts as there: "not executable" is what can be said about it.
fn exists(program: &OsStr, path: &OsStr) -> bool {
    if program.as_bytes().contains(&b'/') {
        return match Path::new(program).try_exists() {
            Ok(exists) => exists,
            Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
        };
    }
    let mut folders = std::env::split_paths(path);
    !program.is_empty() && folders.any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_own_name() {
        for (errno, exists, failure) in [
            (Errno::NOENT, false, Failure::Missing),
            (Errno::NOENT, true, Failure::Interpreter),
            (Errno::NOTDIR, false, Failure::Missing),
            (Errno::ACCESS, true, Failure::Denied),
            (Errno::ACCESS, false, Failure::Missing),
            (Errno::TOOBIG, true, Failure::Other),
        ] {
            assert_eq!(blame(errno.raw_os_error(), exists), failure, "{errno}");
        }
    }

    #[test]
    fn programs_are_looked_up_as_exec_does() {
        let path = OsStr::new("/nowhere:/bin");
        for (program, expected) in [
            ("sh", true),
            ("/bin/sh", true),
            ("bin/sh", false),
            ("/bin/sh/tool", false),
            ("no-such-program", false),
            ("", false),
        ] {
            assert_eq!(exists(OsStr::new(program), path), expected, "{program}");
        }
        assert!(!exists(OsStr::new("sh"), OsStr::new("/nowhere")));
    }
}
