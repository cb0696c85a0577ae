//! Handing bytes on.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};

use rustix::event::{PollFd, PollFlags, poll};

use super::Nothing;
use crate::copies::{Clock, Copier};

/// What is read at a time at most: what a pipe of Linux holds.
const BUFFER: usize = 64 << 10;

/// Hands on until one side is gone. Both ends are closed then, so each side learns of the other's end as if nobody
/// stood between them.
pub(crate) fn pump(mut from: File, mut to: File, clock: Clock, mut copies: Copier<Nothing>) {
    let mut buffer = vec![0; BUFFER];
    while let Ok(read @ 1..) = read(&mut from, &mut buffer) {
        let bytes = &buffer[..read];
        // Before they are handed on: an answer must not be seen before what it answers.
        copies.take(clock.now_us(), bytes);
        if write(&mut to, bytes).is_err() {
            break;
        }
    }
}

fn read(from: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) => wait(error, from, PollFlags::IN)?,
            read => return read,
        }
    }
}

fn write(to: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) => wait(error, to, PollFlags::OUT)?,
        }
    }
    Ok(())
}

/// Some give us pipes that do not block; there we wait ourselves.
fn wait(error: io::Error, file: &File, until: PollFlags) -> io::Result<()> {
    match error.kind() {
        ErrorKind::Interrupted => Ok(()),
        ErrorKind::WouldBlock => match poll(&mut [PollFd::new(file, until)], None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        },
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::thread;

    use rand::rngs::StdRng;
    use rand::{Rng, RngCore, SeedableRng};
    use traffic::Side;

    use super::*;
    use crate::copies::{Copied, queue};

    fn file(end: impl Into<OwnedFd>) -> File {
        File::from(end.into())
    }

    /// Any bytes, in pieces of any size, arrive as they were sent, and are copied whole; also through pipes that
    /// do not block.
    #[test]
    fn bytes_stay_as_they_are() {
        for blocks in [true, false] {
            let mut random = StdRng::seed_from_u64(3);
            let mut sent = vec![0; 12 << 20];
            random.fill_bytes(&mut sent);
            let (mut client, ours) = UnixStream::pair().unwrap();
            let (mut server, theirs) = UnixStream::pair().unwrap();
            ours.set_nonblocking(!blocks).unwrap();
            theirs.set_nonblocking(!blocks).unwrap();
            let (copies, copied) = queue();
            let copier = copies.way(Side::Client, 0);
            let handed = thread::spawn(move || {
                pump(file(ours), file(theirs), Clock::begin(), copier);
            });
            let parts = sent.clone();
            let sender = thread::spawn(move || {
                let mut rest = &parts[..];
                while !rest.is_empty() {
                    let size = random.random_range(1..200_000).min(rest.len());
                    client.write_all(&rest[..size]).unwrap();
                    rest = &rest[size..];
                }
            });
            let mut arrived = Vec::new();
            server.read_to_end(&mut arrived).unwrap();
            sender.join().unwrap();
            handed.join().unwrap();
            assert!(arrived == sent);
            let mut copy = Vec::new();
            while let Ok(Copied::Bytes { bytes, lost, .. }) = copied.next(std::time::Duration::ZERO)
            {
                assert_eq!(lost, 0);
                copy.extend(bytes);
            }
            assert!(copy == sent);
        }
    }

    /// Who reads no more is noticed by who writes.
    #[test]
    fn an_end_is_handed_on() {
        let (mut client, ours) = UnixStream::pair().unwrap();
        let (server, theirs) = UnixStream::pair().unwrap();
        let (copies, _queue) = queue();
        let copier = copies.way(Side::Client, 0);
        let handed = thread::spawn(move || {
            pump(file(ours), file(theirs), Clock::begin(), copier);
        });
        drop(server);
        while client.write_all(b"still there?\n").is_ok() {}
        handed.join().unwrap();
    }
}
