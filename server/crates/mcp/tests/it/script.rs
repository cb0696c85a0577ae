//! What a fake server answers, whatever it is reached over.

use std::time::Duration;

use serde_json::{Value, json};

/// A fake server's answers, as data.
#[derive(Clone)]
pub struct Script {
    /// Answers `initialize` and `ping`.
    pub legacy: bool,
    /// Answers `server/discover`.
    pub modern: bool,
    /// Says that it has tools.
    pub offers_tools: bool,
    pub tools: Vec<Value>,
    /// Tools a page.
    pub page: usize,
    /// Methods that get a JSON-RPC error with this code.
    pub errors: Vec<(&'static str, i64)>,
    /// Methods that get no answer.
    pub mute: Vec<&'static str>,
    /// Asked by the server once the handshake is through.
    pub asks: Vec<Value>,
    /// Before each answer.
    pub delay: Duration,
    /// Comes back to the first page for ever.
    pub circular: bool,
    /// Comes as `nextCursor` of the last page.
    pub cursor: Value,
    /// What it tells models about itself.
    pub instructions: String,
    /// Prompts; it offers them where there are some.
    pub prompts: Vec<Value>,
    /// What calls of tools come to; other tools are not known.
    pub calls: Vec<(&'static str, Value)>,
    /// For how long lists may be kept.
    pub ttl_ms: u64,
    /// Before the answer to a call.
    pub call_delay: Duration,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            legacy: true,
            modern: false,
            offers_tools: true,
            tools: tools(3),
            page: 100,
            errors: Vec::new(),
            mute: Vec::new(),
            asks: Vec::new(),
            delay: Duration::ZERO,
            circular: false,
            cursor: Value::Null,
            instructions: "Be kind.".to_owned(),
            prompts: Vec::new(),
            calls: Vec::new(),
            call_delay: Duration::ZERO,
            ttl_ms: 0,
        }
    }
}

impl Script {
    pub fn modern() -> Self {
        Self {
            legacy: false,
            modern: true,
            ..Self::default()
        }
    }

    /// The answer to a message; `None` for notifications and when it stays mute.
    pub fn answer(&self, message: &Value) -> Option<Value> {
        let id = message.get("id")?;
        let method = message.get("method")?.as_str()?;
        if self.mute.contains(&method) {
            return None;
        }
        let error = |code: i64, text: &str| json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": text } });
        if let Some((_, code)) = self.errors.iter().find(|(name, _)| *name == method) {
            return Some(error(*code, "it went wrong"));
        }
        let mut capabilities = json!({});
        if self.offers_tools {
            capabilities["tools"] = json!({});
        }
        if !self.prompts.is_empty() {
            capabilities["prompts"] = json!({});
        }
        let info = json!({ "name": "fake", "version": "1.2.3", "title": "Fake server" });
        let result = match method {
            "initialize" if self.legacy => json!({
                "protocolVersion": "2025-11-25",
                "capabilities": capabilities,
                "serverInfo": info,
                "instructions": self.instructions,
            }),
            "ping" if self.legacy => json!({}),
            "server/discover" if self.modern => json!({
                "resultType": "complete",
                "supportedVersions": ["2026-07-28"],
                "capabilities": capabilities,
                "ttlMs": 3_600_000,
                "cacheScope": "public",
                "_meta": { "io.modelcontextprotocol/serverInfo": info },
            }),
            "tools/list" => {
                let cursor = message.pointer("/params/cursor").and_then(Value::as_str);
                let start: usize = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
                let end = (start + self.page).min(self.tools.len());
                let mut page = json!({
                    "tools": self.tools[start..end],
                    "ttlMs": self.ttl_ms,
                    "cacheScope": "public",
                    "resultType": "complete",
                });
                if self.circular {
                    page["nextCursor"] = json!("0");
                } else if end < self.tools.len() {
                    page["nextCursor"] = json!(end.to_string());
                } else if !self.cursor.is_null() {
                    page["nextCursor"] = self.cursor.clone();
                }
                page
            }
            "prompts/list" => json!({ "prompts": self.prompts, "nextCursor": self.cursor }),
            "tools/call" => {
                let called = &message["params"]["name"];
                match self.calls.iter().find(|(name, _)| called == name) {
                    Some((_, result)) => result.clone(),
                    None => return Some(error(-32602, "Unknown tool")),
                }
            }
            _ => return Some(error(-32601, "Method not found")),
        };
        Some(json!({ "jsonrpc": "2.0", "id": id, "result": result }))
    }
}

/// `count` plain tools.
pub fn tools(count: usize) -> Vec<Value> {
    let tool = |n| {
        json!({
            "name": format!("tool-{n}"),
            "description": "Does a thing.",
            "inputSchema": { "type": "object", "properties": { "n": { "type": "number" } } },
        })
    };
    (0..count).map(tool).collect()
}
