// The official SDKs as clients, through a tap and through the proxy, before a browser: agents notice nothing, and every
// call of theirs stands on the page under their name.
import { execFile, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { pathToFileURL } from "node:url";
import { allHealthy, expect, isLive, test } from "./fixture.ts";
import { panel } from "./panels.ts";
import { freePort } from "./peers.ts";
import { binary } from "./product.ts";
import { tableRow } from "./tables.ts";

const demo = resolve(import.meta.dirname, "../.demo");
const everything = join(demo, "node_modules/@modelcontextprotocol/server-everything/dist/index.js");
/** A module of TypeScript's SDK, the one that the real servers use. */
const sdk = (path: string) => import(pathToFileURL(join(demo, `node_modules/@modelcontextprotocol/sdk/dist/esm/${path}.js`)).href);

/** Python's SDK: lists the tools, calls one that is there and one that is not. */
const python = `
import asyncio, sys
from mcp import Client, MCPError
from mcp.types import Implementation

async def main(url):
    async with Client(url, client_info=Implementation(name="python-agent", version="1")) as client:
        tools = (await client.list_tools()).tools
        said = await client.call_tool("get-sum", {"a": 2, "b": 40})
        try:
            wrong = (await client.call_tool("no-such-tool", {})).is_error
        except MCPError:
            wrong = True
        print(len(tools), said.content[0].text, wrong)

asyncio.run(main(sys.argv[1]))
`;

test("both official SDKs work through tap and proxy, and the page shows what they did", async ({ page, product, everything: remote }) => {
  await allHealthy(product);
  await page.goto("/traffic");
  await isLive(page);
  const { Client } = await sdk("client/index");
  const { StdioClientTransport } = await sdk("client/stdio");
  const { StreamableHTTPClientTransport } = await sdk("client/streamableHttp");

  // TypeScript's over a tap: progress is told on the way, and the answer is the server's.
  const local = new Client({ name: "typescript-agent", version: "1" });
  const args = ["tap", "--name", "local", "--url", product.url, "--", process.execPath, everything];
  await local.connect(new StdioClientTransport({ command: binary, args, env: { PATH: process.env.PATH!, HOME: process.env.HOME! }, stderr: "ignore" }));
  const steps: number[] = [];
  const long = { name: "trigger-long-running-operation", arguments: { duration: 1, steps: 4 } };
  const done = await local.callTool(long, undefined, { onprogress: ({ progress }: { progress: number }) => steps.push(progress) });
  expect(JSON.stringify(done)).toContain("completed");
  // Where the last one arrives together with the answer, the SDK does not tell it any more.
  expect(steps.length).toBeGreaterThanOrEqual(3);
  expect(steps).toEqual([1, 2, 3, 4].slice(0, steps.length));

  // Both over the proxy at the same time, to a server over Streamable HTTP.
  const port = await freePort();
  const to = ["--to", remote.url, "--listen", `127.0.0.1:${port}`];
  const proxy = spawn(binary, ["proxy", "--name", "remote", "--url", product.url, ...to], { stdio: "ignore" });
  const ended = new Promise((done) => proxy.on("exit", done));
  try {
    const address = `http://127.0.0.1:${port}/mcp`;
    await expect.poll(() => fetch(address).then((answer) => answer.status, () => 0)).toBeGreaterThan(0);
    const far = new Client({ name: "typescript-agent", version: "1" });
    await far.connect(new StreamableHTTPClientTransport(new URL(address)));
    const [said, echoed] = await Promise.all([
      promisify(execFile)(join(demo, "venv/bin/python"), ["-c", python, address], { timeout: 60_000 }),
      far.callTool({ name: "echo", arguments: { message: "over the proxy" } }),
    ]);
    expect(said.stdout.trim()).toMatch(/^\d+ .*42.* True$/);
    expect(JSON.stringify(echoed)).toContain("over the proxy");

    // Seen without loading anew: the calls, who made them, and which failed.
    const sessions = panel(page, "Sessions");
    await expect(sessions).toContainText("python-agent", { timeout: 15_000 });
    await expect(sessions).toContainText("typescript-agent");
    await expect(tableRow(page, "trigger-long-running-operation")).toContainText("ok");
    await expect(tableRow(page, "get-sum")).toContainText("remote");
    await expect(tableRow(page, "no-such-tool")).toContainText("error");
    await page.goto(`/traffic?${new URLSearchParams({ filter: "client:python-agent" })}`);
    await expect(tableRow(page, "get-sum")).toHaveCount(1);
    await expect(tableRow(page, "echo")).toHaveCount(0);
    await far.close();
  } finally {
    proxy.kill("SIGTERM");
    await ended;
    await local.close();
  }
});
