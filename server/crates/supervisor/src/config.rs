//! What to run, under which keeper, and how patient to be with it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use model::LaunchError;

/// One command as configured.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CommandSpec {
    /// A path, or a name that is looked up in the `PATH` that the command will see. A relative path
    /// counts from the command's working directory.
    pub program: String,
    /// Its arguments, without the program itself.
    pub args: Vec<String>,
    /// Added to the inherited environment, or overriding it. Travels over a socket, so it shows up
    /// in no process list but the command's own.
    pub env: Vec<(String, String)>,
    /// Working directory; the product's own if `None`.
    pub cwd: Option<PathBuf>,
}

impl CommandSpec {
    /// Refuses what the operating system has no way to express.
    pub(crate) fn check(&self) -> Result<(), LaunchError> {
        let message = if self.program.contains('\0') {
            "the program contains a NUL character".to_owned()
        } else if self.args.iter().any(|arg| arg.contains('\0')) {
            "an argument contains a NUL character".to_owned()
        } else if let Some((name, _)) = self.env.iter().find(|(name, _)| !is_name(name)) {
            format!("{name:?} cannot be the name of an environment variable")
        } else if let Some((name, _)) = self.env.iter().find(|(_, value)| value.contains('\0')) {
            format!("the environment variable {name} contains a NUL character")
        } else {
            return Ok(());
        };
        Err(self.other(message))
    }

    /// The error for everything that has no kind of its own.
    pub(crate) fn other(&self, message: impl Into<String>) -> LaunchError {
        LaunchError::Other {
            program: self.program.clone(),
            message: message.into(),
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

/// Values of the environment are often keys and passwords: only their names are shown.
impl fmt::Debug for CommandSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.env.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("CommandSpec")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("env", &names)
            .field("cwd", &self.cwd)
            .finish()
    }
}

/// How to start a keeper: a command that calls [`keeper_main`](crate::keeper_main).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeeperCommand {
    /// Our own binary. It must speak the keeper's protocol of this very build, so where the file
    /// may be replaced while the product runs, prefer `/proc/self/exe` on Linux.
    pub program: PathBuf,
    /// What makes it a keeper, e.g. `["keeper"]`; `--` and the command follow.
    pub args: Vec<String>,
}

/// Patience and memory of the supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long a child may take to end by itself after its standard input was closed, before SIGTERM.
    pub stop_grace: Duration,
    /// How long a child may take to end after SIGTERM, before SIGKILL.
    pub kill_grace: Duration,
    /// How many lines of standard error are kept.
    pub stderr_lines: usize,
    /// How many bytes of one such line are kept.
    pub stderr_line_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            stop_grace: Duration::from_secs(3),
            kill_grace: Duration::from_secs(2),
            stderr_lines: 200,
            stderr_line_bytes: 4096,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(program: &str, arg: &str, name: &str, value: &str) -> CommandSpec {
        CommandSpec {
            program: program.into(),
            args: vec![arg.into()],
            env: vec![(name.into(), value.into())],
            cwd: None,
        }
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for (bad, blamed) in [
            (spec("a\0", "b", "C", "d"), "program"),
            (spec("a", "b\0", "C", "d"), "argument"),
            (spec("a", "b", "", "d"), "\"\""),
            (spec("a", "b", "C=C", "d"), "C=C"),
            (spec("a", "b", "C\0", "d"), "\"C\\0\""),
            (spec("a", "b", "C", "hush\0"), "variable C"),
        ] {
            let message = bad.check().unwrap_err().to_string();
            assert!(message.contains(blamed), "{message}");
            assert!(!message.contains("hush"), "{message}");
        }
        assert_eq!(spec("a", "", "C", "").check(), Ok(()));
    }

    #[test]
    fn values_of_the_environment_are_not_shown() {
        let shown = format!("{:?}", spec("a", "b", "API_KEY", "hush"));
        assert!(
            shown.contains("API_KEY") && !shown.contains("hush"),
            "{shown}"
        );
    }
}
