//! Whether a Redis (or Valkey) server lets the product in, answers, and has its data.
//!
//! Three commands of RESP 2 need no client library: a dozen lines read what they answer.

use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::{Address, Check, Fault, Hidden, Level, Seen, reach};

/// Longest line and longest text of an answer, in bytes.
const LONGEST_LINE: u64 = 1 << 10;
const LONGEST_TEXT: usize = 1 << 20;

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisSpec {
    /// Where it listens.
    pub address: Address,
    /// The user of its access list; the default one where missing.
    pub username: Option<String>,
    /// The password, where it wants one.
    pub password: Option<Hidden>,
}

pub(crate) struct Redis(pub(crate) RedisSpec);

#[async_trait]
impl Check for Redis {
    async fn look(&self) -> Result<Seen, Fault> {
        let Self(spec) = self;
        let mut talk = Talk {
            stream: BufReader::new(reach::connect(&spec.address).await?),
            place: spec.address.to_string(),
        };
        if let Some(password) = &spec.password {
            let user = spec.username.as_deref();
            let words = ["AUTH"].into_iter().chain(user).chain([password.expose()]);
            talk.ask(&words.collect::<Vec<_>>()).await?;
        }
        let pong = talk.ask(&["PING"]).await?;
        if pong != "PONG" {
            return Err(talk.amiss("to PING"));
        }
        let info = match talk.ask(&["INFO"]).await {
            Ok(info) => info,
            // A user of an access list may be allowed to ping and no more.
            Err(Fault::Denied(_)) => String::new(),
            Err(fault) => return Err(fault),
        };
        Ok(judge(&talk.place, &info))
    }
}

struct Talk {
    stream: BufReader<TcpStream>,
    place: String,
}

impl Talk {
    /// Sends a command; its answer.
    async fn ask(&mut self, words: &[&str]) -> Result<String, Fault> {
        let mut command = format!("*{}\r\n", words.len());
        for word in words {
            command += &format!("${}\r\n{word}\r\n", word.len());
        }
        let sent = self.stream.write_all(command.as_bytes()).await;
        sent.map_err(|error| self.lost(&error))?;
        let what = format!("to {}", words[0]);
        let line = self.line(&what).await?;
        match line.split_at_checked(1) {
            Some(("+", text)) => Ok(text.to_owned()),
            Some(("-", text)) => Err(self.refused(text)),
            Some(("$", length)) => {
                let length: Option<usize> = length.parse().ok();
                let length = length.filter(|length| *length <= LONGEST_TEXT);
                let mut text = vec![0; length.ok_or_else(|| self.amiss(&what))? + 2];
                let read = self.stream.read_exact(&mut text).await;
                read.map_err(|error| self.lost(&error))?;
                text.truncate(text.len() - 2);
                Ok(String::from_utf8_lossy(&text).into_owned())
            }
            _ => Err(self.amiss(&what)),
        }
    }

    async fn line(&mut self, what: &str) -> Result<String, Fault> {
        let mut line = Vec::new();
        let read = (&mut self.stream)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .await;
        match read {
            Ok(0) => Err(Fault::Unreachable {
                to: self.place.clone(),
                why: "it hangs up".to_owned(),
            }),
            Ok(_) => match line.strip_suffix(b"\r\n") {
                Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
                None => Err(self.amiss(what)),
            },
            Err(error) => Err(self.lost(&error)),
        }
    }

    fn refused(&self, text: &str) -> Fault {
        let message = format!("{} refuses: {text}", self.place);
        match text.split(' ').next() {
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => Fault::Denied(message),
            // "ERR AUTH …" and "ERR Client sent AUTH, but no password is set" of older versions.
            _ if text.contains("AUTH") || text.contains("invalid password") => {
                Fault::Denied(message)
            }
            _ => Fault::Answer(message),
        }
    }

    fn amiss(&self, what: &str) -> Fault {
        Fault::Answer(format!(
            "{} does not answer {what} as Redis does",
            self.place
        ))
    }

    fn lost(&self, error: &std::io::Error) -> Fault {
        Fault::of_io(&self.place, error)
    }
}

/// What a server says of itself.
fn judge(place: &str, info: &str) -> Seen {
    let field = |name: &str| {
        let lines = info
            .lines()
            .filter_map(|line| line.trim_end().split_once(':'));
        lines
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    let clients: Option<f64> = field("connected_clients").and_then(|count| count.parse().ok());
    let (level, rest) = if field("loading").is_some_and(|is| is == "1") {
        (Level::Degraded, ", but still loads its data")
    } else if field("master_link_status").is_some_and(|is| is == "down") {
        (Level::Degraded, ", but has lost the server that it copies")
    } else {
        (Level::Healthy, "")
    };
    let version = field("redis_version")
        .map(|version| format!(" (version {version})"))
        .unwrap_or_default();
    Seen {
        level,
        message: format!("{place} answers{version}{rest}"),
        value: clients,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_of_itself() {
        for (info, level, value, part) in [
            ("", Level::Healthy, None, "r:1 answers"),
            (
                "# Server\r\nredis_version:7.0.15\r\nloading:0\r\nconnected_clients:3\r\n",
                Level::Healthy,
                Some(3.0),
                "r:1 answers (version 7.0.15)",
            ),
            (
                "loading:1\r\n",
                Level::Degraded,
                None,
                "r:1 answers, but still loads its data",
            ),
            (
                "master_link_status:down\r\n",
                Level::Degraded,
                None,
                "r:1 answers, but has lost the server that it copies",
            ),
            (
                "connected_clients:many\r\n",
                Level::Healthy,
                None,
                "r:1 answers",
            ),
        ] {
            let seen = judge("r:1", info);
            assert_eq!(
                (seen.level, seen.value, seen.message.as_str()),
                (level, value, part)
            );
        }
    }
}
