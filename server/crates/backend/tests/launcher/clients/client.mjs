// The official SDK of TypeScript as a client: `client.mjs FOLDER-OF-PACKAGES TARGET CALLS`, the last two in JSON.
//
// A target is {"url": ...}, {"sse": ...} or {"command": [...]}; a call is [tool, arguments]. Prints the names of the
// tools and the answers, as JSON.

import { createRequire } from "node:module";

const [folder, target, calls] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const sdk = (path) => require(`@modelcontextprotocol/sdk/client/${path}.js`);
const { Client } = sdk("index");

function transport({ url, sse, command }) {
    if (url) return new (sdk("streamableHttp").StreamableHTTPClientTransport)(new URL(url));
    if (sse) return new (sdk("sse").SSEClientTransport)(new URL(sse));
    const [program, ...args] = command;
    return new (sdk("stdio").StdioClientTransport)({ command: program, args });
}

const client = new Client({ name: "typescript", version: "1" });
const way = transport(JSON.parse(target));
await client.connect(way);
const said = [(await client.listTools()).tools.map((tool) => tool.name).sort()];
for (const [name, args] of JSON.parse(calls)) {
    try {
        const result = await client.callTool({ name, arguments: args });
        said.push([result.isError ?? false, result.content.map((part) => part.text)]);
    } catch (error) {
        said.push(error.code);
    }
}
await way.terminateSession?.();
await client.close();
console.log(JSON.stringify(said));
