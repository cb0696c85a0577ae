"""One small MCP server over standard input and output."""

import json
import sys

RESULTS = {
    "initialize": lambda params: {
        "protocolVersion": params["protocolVersion"],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "small", "version": "1.0.0"},
    },
    "ping": lambda params: {},
    "tools/list": lambda params: {"tools": [{"name": "read", "description": "Would read.", "inputSchema": {"type": "object"}}]},
}

for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    result = RESULTS.get(asked["method"])
    said = {"result": result(asked.get("params"))} if result else {"error": {"code": -32601, "message": "Method not found"}}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}), flush=True)
