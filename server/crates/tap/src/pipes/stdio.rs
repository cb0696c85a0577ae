//! The standard streams of this process, taken away from it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Standard input and output. Afterwards nothing else in this process holds them, so closing what is returned
/// tells the other side that nobody reads, or that nothing comes any more.
///
/// # Errors
/// When the system does not let us.
pub fn take() -> io::Result<(OwnedFd, OwnedFd)> {
    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok((stdin, stdout))
}
