//! Whether a Postgres database lets the product in and answers.

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::task::JoinSet;

use crate::{Check, Fault, Hidden, Seen};

/// A database.
#[derive(Clone, Debug, PartialEq)]
pub struct PostgresSpec {
    /// `postgres://user:password@host:5432/database?sslmode=…`.
    pub url: Hidden,
}

impl PostgresSpec {
    /// Whether the address can be read.
    ///
    /// # Errors
    /// A text that says how to write one, without what is secret in it.
    pub fn verify(&self) -> Result<(), String> {
        self.options().map(drop)
    }

    fn options(&self) -> Result<PgConnectOptions, String> {
        let text = self.url.expose();
        let is_ours = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let options: Option<PgConnectOptions> = text.parse().ok().filter(|_| is_ours);
        let options = options.ok_or(
            "is no address of a database; write postgres://user:password@host:5432/database",
        )?;
        Ok(options
            .application_name("mcp-observatory")
            .disable_statement_logging())
    }
}

pub(crate) struct Postgres {
    options: PgConnectOptions,
    /// Host, port and database, for messages.
    place: String,
}

impl Postgres {
    pub(crate) fn new(spec: &PostgresSpec) -> Result<Self, Fault> {
        let options = spec.options();
        let options =
            options.map_err(|why| Fault::Answer(format!("The check cannot be made: url {why}")))?;
        let base = options
            .get_database()
            .unwrap_or_else(|| options.get_username());
        let place = match options.get_socket() {
            Some(socket) => format!("{}/{base}", socket.display()),
            None => format!("{}:{}/{base}", options.get_host(), options.get_port()),
        };
        Ok(Self { options, place })
    }

    fn explain(&self, error: sqlx::Error) -> Fault {
        let to = self.place.clone();
        match error {
            sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Fault::Refused { to }
            }
            sqlx::Error::Io(error) => Fault::Unreachable {
                to,
                why: error.to_string(),
            },
            sqlx::Error::Tls(error) => Fault::Tls {
                to,
                why: error.to_string(),
            },
            sqlx::Error::Database(error) => {
                let message = format!("{to} refuses: {}", error.message());
                match error.code().as_deref() {
                    // Invalid authorisation, invalid password, no such database, no right to connect.
                    Some("28000" | "28P01" | "42501") => Fault::Denied(message),
                    Some("3D000") => Fault::Missing(message),
                    _ => Fault::Answer(message),
                }
            }
            // It said something that is not of the protocol, or hung up in the middle of it.
            other => self.amiss(&other.to_string()),
        }
    }

    fn amiss(&self, why: &str) -> Fault {
        Fault::Answer(format!(
            "{} does not answer as Postgres does: {why}",
            self.place
        ))
    }
}

#[async_trait]
impl Check for Postgres {
    async fn look(&self) -> Result<Seen, Fault> {
        // The client panics at some messages that no Postgres sends: a task of its own keeps that to itself,
        // and ends when this is dropped.
        let mut alone = JoinSet::new();
        alone.spawn(ask(self.options.clone()));
        match alone.join_next().await {
            Some(Ok(Ok(()))) => Ok(Seen::healthy(format!("{} answers", self.place))),
            Some(Ok(Err(error))) => Err(self.explain(error)),
            Some(Err(_)) | None => Err(self.amiss("its messages are broken")),
        }
    }
}

async fn ask(options: PgConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(&options).await?;
    connection.fetch_one("SELECT 1").await?;
    // It has answered; how it takes the farewell is its own affair.
    let _ = connection.close().await;
    Ok(())
}
