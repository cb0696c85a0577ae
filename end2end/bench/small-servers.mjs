// One small MCP server over Streamable HTTP, under as many addresses as are asked for: /mcp/NAME answers,
// /broken/NAME does not. A process of its own, so that it does not stand in the way of who measures.
import { createServer } from "node:http";

const tools = ["read", "write"].map((name) => ({ name, description: `Would ${name}.`, inputSchema: { type: "object" } }));

const results = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "small", version: "1.0.0" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools }),
};

const server = createServer((request, answer) => {
  // It has no stream of its own and no sessions to end.
  if (request.method !== "POST") return answer.writeHead(405).end();
  if (request.url.startsWith("/broken")) return answer.writeHead(500).end();
  let text = "";
  request.setEncoding("utf8").on("data", (part) => (text += part));
  request.on("end", () => {
    const { id, method, params } = JSON.parse(text);
    if (id === undefined) return answer.writeHead(202).end();
    const result = results[method]?.(params);
    const said = result ? { result } : { error: { code: -32601, message: "Method not found" } };
    answer.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, ...said }));
  });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log(`port ${server.address().port}`));
