//! From the engines' errors to the one problem that leaves the product; the one place that logs them.

use wire::{Code, Problem};

/// Logs a fault of a database. A full disk is said, because the user can mend it; the rest stays in the log.
pub(crate) fn database_problem(what: &str, error: &db::Error) -> Problem {
    tracing::error!(error = %error, "{what} failed");
    match error {
        db::Error::Full { .. } => Problem::new(Code::Unavailable, format!("{what}: {error}")),
        _ => Problem::new(
            Code::Internal,
            format!("{what} failed; the product's log says why"),
        ),
    }
}

/// Logs a fault of the product.
pub(crate) fn fault(what: &str, error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "{what} failed");
    let message = format!("{what} failed; the product's log says why");
    Problem::new(Code::Internal, message)
}

/// A problem for an error of the silences.
pub(crate) fn silence_problem(error: &notifier::Error) -> Problem {
    match error {
        notifier::Error::NotFound(_) => Problem::not_found(error.to_string()),
        notifier::Error::Refused(notifier::Refusal::Over) => {
            Problem::new(Code::Conflict, error.to_string())
        }
        notifier::Error::Refused(_) | notifier::Error::TooMany => {
            Problem::invalid(error.to_string())
        }
        notifier::Error::Store(source) => database_problem("writing a silence", source),
    }
}

/// A problem for an error of the maintenance windows.
pub(crate) fn window_problem(error: &notifier::WindowError) -> Problem {
    use notifier::{Refused, WindowError};
    match error {
        WindowError::NotFound(_) => Problem::not_found(error.to_string()),
        WindowError::Refused(Refused::Over | Refused::Idle) => {
            Problem::new(Code::Conflict, error.to_string())
        }
        WindowError::Refused(_) | WindowError::TooMany => Problem::invalid(error.to_string()),
        WindowError::Store(source) => database_problem("writing a maintenance window", source),
    }
}

/// A problem for an error of the alert book.
pub(crate) fn alert_problem(error: &rules::Error) -> Problem {
    match error {
        rules::Error::NotFound(_) => Problem::not_found(error.to_string()),
        rules::Error::Refused(rules::Refusal::Past | rules::Refusal::Empty) => {
            Problem::invalid(error.to_string())
        }
        rules::Error::TooMany => Problem::new(Code::Conflict, error.to_string()),
        rules::Error::Refused(_) => Problem::new(Code::Conflict, error.to_string()),
        // Only of evaluations, which nobody asks for.
        rules::Error::Limit { .. } => Problem::new(Code::Conflict, error.to_string()),
        rules::Error::Store(source) => database_problem("writing an alert", source),
    }
}
