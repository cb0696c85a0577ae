//! What the product sends a keeper over their socket: three pipes, then what cannot be told by
//! arguments. Both ends are the same build, so there are no versions to negotiate.

use std::ffi::{OsStr, OsString};
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// Accompanies the pipes, because they cannot travel without a byte.
const GREETING: &[u8; 1] = b"k";

/// More than any system accepts as an environment: an errand beyond it is a mistake.
const LONGEST_ERRAND: u32 = 64 << 20;

/// What the keeper has to know beside the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Errand {
    /// Time between SIGTERM and SIGKILL.
    pub(crate) kill_grace: Duration,
    /// Where to run the command.
    pub(crate) cwd: Option<PathBuf>,
    /// What to add to the environment.
    pub(crate) env: Vec<(OsString, OsString)>,
}

impl Errand {
    /// Length, then `name=value` fields that end with NUL, which none of them can contain.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        let mut field = |name: &[u8], value: &[u8]| {
            fields.extend_from_slice(name);
            fields.push(b'=');
            fields.extend_from_slice(value);
            fields.push(0);
        };
        let grace_ms = self.kill_grace.as_millis().to_string();
        field(b"grace_ms", grace_ms.as_bytes());
        if let Some(cwd) = &self.cwd {
            field(b"cwd", cwd.as_os_str().as_bytes());
        }
        for (name, value) in &self.env {
            field(b"env", &[name.as_bytes(), b"=", value.as_bytes()].concat());
        }
        let length = u32::try_from(fields.len()).unwrap_or(u32::MAX);
        [&length.to_be_bytes()[..], &fields].concat()
    }

    /// Reads what [`Errand::encode`] wrote.
    pub(crate) fn read(mut from: impl Read) -> io::Result<Self> {
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > LONGEST_ERRAND {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let mut fields = vec![0; length as usize];
        from.read_exact(&mut fields)?;

        let mut errand = Self::default();
        for field in fields.split(|byte| *byte == 0) {
            match split_at_equals(field) {
                Some((b"grace_ms", value)) => {
                    let ms = std::str::from_utf8(value)
                        .ok()
                        .and_then(|ms| ms.parse().ok());
                    errand.kill_grace = Duration::from_millis(ms.unwrap_or_default());
                }
                Some((b"cwd", value)) => errand.cwd = Some(os_string(value).into()),
                Some((b"env", value)) => {
                    if let Some((name, value)) = split_at_equals(value) {
                        errand.env.push((os_string(name), os_string(value)));
                    }
                }
                _ => {}
            }
        }
        Ok(errand)
    }

    /// The value that the command will see for `name`, if the errand sets it.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        let set = self.env.iter().rev().find(|(set, _)| set == name);
        set.map(|(_, value)| value.as_os_str())
    }
}

fn split_at_equals(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = field.iter().position(|byte| *byte == b'=')?;
    Some((&field[..at], &field[at + 1..]))
}

fn os_string(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}

/// Sends the command's ends of its three standard streams. Never blocks on a fresh socket.
pub(crate) fn send_streams(socket: &UnixStream, streams: &[OwnedFd; 3]) -> io::Result<()> {
    let fds = streams.each_ref().map(AsFd::as_fd);
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut buffer = SendAncillaryBuffer::new(&mut space);
    if !buffer.push(SendAncillaryMessage::ScmRights(&fds)) {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    sendmsg(
        socket,
        &[IoSlice::new(GREETING)],
        &mut buffer,
        SendFlags::empty(),
    )?;
    Ok(())
}

/// Receives what [`send_streams`] sent; the three are closed by `exec` unless passed on.
pub(crate) fn receive_streams(socket: &UnixStream) -> io::Result<[OwnedFd; 3]> {
    #[cfg(target_os = "linux")]
    let flags = RecvFlags::CMSG_CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = RecvFlags::empty();

    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut buffer = RecvAncillaryBuffer::new(&mut space);
    let mut greeting = [0; GREETING.len()];
    recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut greeting)],
        &mut buffer,
        flags,
    )?;

    let mut streams = Vec::new();
    for message in buffer.drain() {
        if let RecvAncillaryMessage::ScmRights(fds) = message {
            streams.extend(fds);
        }
    }
    #[cfg(not(target_os = "linux"))]
    for stream in &streams {
        // The keeper has one thread, so nothing can be started in between.
        rustix::io::fcntl_setfd(stream, rustix::io::FdFlags::CLOEXEC)?;
    }
    <[OwnedFd; 3]>::try_from(streams).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_survives_the_way() {
        for errand in [
            Errand::default(),
            Errand {
                kill_grace: Duration::from_millis(1500),
                cwd: Some("/tmp/a b=c\n".into()),
                env: vec![
                    ("A".into(), "x=y".into()),
                    ("EMPTY".into(), OsString::new()),
                    ("RAW".into(), os_string(b"\xff\n")),
                ],
            },
            Errand {
                cwd: Some(PathBuf::new()),
                ..Errand::default()
            },
        ] {
            assert_eq!(Errand::read(&errand.encode()[..]).unwrap(), errand);
        }
    }

    #[test]
    fn a_torn_or_absurd_errand_is_an_error() {
        let whole = Errand::default().encode();
        assert!(Errand::read(&whole[..whole.len() - 1]).is_err());
        assert!(Errand::read(&[0xff; 8][..]).is_err());
    }

    #[test]
    fn the_last_setting_of_a_variable_counts() {
        let env = vec![("P".into(), "1".into()), ("P".into(), "2".into())];
        let errand = Errand {
            env,
            ..Errand::default()
        };
        assert_eq!(errand.variable("P"), Some(OsStr::new("2")));
        assert_eq!(errand.variable("Q"), None);
    }

    #[test]
    fn streams_cross_a_socket() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (reader, writer) = io::pipe().unwrap();
        let (_, spare) = io::pipe().unwrap();
        let sent = [
            writer.into(),
            reader.try_clone().unwrap().into(),
            spare.into(),
        ];
        send_streams(&ours, &sent).unwrap();
        drop(sent);

        let [writer, _, _] = receive_streams(&theirs).unwrap();
        let flags = rustix::io::fcntl_getfd(&writer).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
        io::Write::write_all(&mut std::fs::File::from(writer), b"hi").unwrap();
        let mut got = [0; 2];
        (&reader).read_exact(&mut got).unwrap();
        assert_eq!(&got, b"hi");

        drop(ours);
        assert!(receive_streams(&theirs).is_err());
    }
}
