//! Alerting rules and the alert state machine.
