//! `hash-password`: from a password to what goes into the configuration.

use std::io::{BufRead, IsTerminal, stdin};
use std::process::ExitCode;

use super::{BAD_CONFIGURATION, complain};

pub(super) fn run() -> ExitCode {
    if stdin().is_terminal() {
        eprintln!("Type the password and press Enter (it is shown; to avoid that, pipe it in):");
    }
    let mut line = String::new();
    if let Err(error) = stdin().lock().read_line(&mut line) {
        complain(&format!("standard input cannot be read: {error}"));
        return ExitCode::FAILURE;
    }
    let password = line.trim_end_matches(['\r', '\n']);
    if password.chars().count() < 8 {
        complain(&"a password needs at least 8 characters");
        return ExitCode::from(BAD_CONFIGURATION);
    }
    match crate::auth::hash_password(password) {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}
