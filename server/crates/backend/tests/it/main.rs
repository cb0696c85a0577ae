//! The backend as a whole: real databases, a real listener, real HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agents;
mod alert_life;
mod alertmanager;
mod alertmanager_amtool;
mod alertmanager_api;
mod alertmanager_clients;
mod alerts;
mod app;
mod benchmarks;
mod boards;
mod calls;
mod checks;
mod debian;
mod definitions;
mod doors;
mod exemplars;
mod judged;
mod live;
mod made_rules;
mod many_alerts;
mod native;
mod notify;
mod observability;
mod otlp;
mod prometheus;
mod protobuf;
mod push;
mod reload;
mod remote_write;
mod rules;
mod schemas;
mod scraping;
mod signs;
mod silences;
mod slo;
mod start;
mod telemetry;
mod tool_checks;
mod windows;
