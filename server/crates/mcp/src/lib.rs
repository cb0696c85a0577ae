//! MCP client: sessions, probes, verdicts.
