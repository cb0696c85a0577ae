// Everything that can be wrong with a server gets a clear answer, and nothing is left behind.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { expect, isLive, row, test } from "./fixture.ts";
import { Everything, dyingServer } from "./peers.ts";
import { isAlive, marked } from "./processes.ts";
import type { Product } from "./product.ts";
import { tableRow } from "./tables.ts";

const MARK = "JOURNEY_MARK";
const mark = randomUUID();
const leftovers = () => marked(MARK, mark);

/** Level, reason, and words of the summary that name the input or what happened. */
const EXPECTED: Record<string, [level: string, reason: string, summary: RegExp]> = {
  missing: ["unhealthy", "spawn_enoent", /no-such-program/],
  sqlite: ["unhealthy", "exit_early", /ended .*before the handshake/],
  noisy: ["unhealthy", "stdout_noise", /“hello”/],
  mute: ["unhealthy", "handshake_timeout", /within 8\.0 s/],
  stubborn: ["unhealthy", "handshake_timeout", /within 8\.0 s/],
  "wrong-path": ["unhealthy", "not_mcp", /\/nope answers HTTP 404/],
  "plain-port": ["unhealthy", "tls", /https:\/\/127\.0\.0\.1:\d+\/mcp.*plain HTTP/],
  guarded: ["degraded", "auth_required", /\/guarded .*HTTP 401/],
  "mute-port": ["unhealthy", "handshake_timeout", /did not answer the handshake/],
  nobody: ["unhealthy", "refused", /refused/],
  many: ["healthy", "ok", /10000 tools/],
  hostile: ["healthy", "ok", /1 tool\b/],
  observatory: ["healthy", "ok", /tools/],
};

/** What a server may say of itself to break a page that shows it. */
const EVIL = `</textarea></script><script>window.injected = 1</script><img src=x onerror="window.injected = 2"><b id="injected">bold</b>`;
const CONTROLS = "\u0000\u0007\u001b[31mred\u202etxt.exe\u200b";

/** A server over stdio that lists what it is told to. */
const LISTER = `
import { createInterface } from "node:readline";
const schema = { type: "object", properties: { ${JSON.stringify(EVIL)}: { type: "string" } } };
const many = () => Array.from({ length: 10_000 }, (_, i) => (
  { name: "tool-" + i, description: "Does thing number " + i, inputSchema: { type: "object" } }
));
const hostile = () => [{
  name: "evil", title: ${JSON.stringify(EVIL)}, description: ${JSON.stringify(`=1+1 ${EVIL}${CONTROLS}`)}, inputSchema: schema,
}];
const results = {
  initialize: {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: ${JSON.stringify(EVIL)}, version: "1" },
  },
  ping: {},
  "tools/list": { tools: process.argv[2] === "many" ? many() : hostile() },
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  const result = results[method];
  const answer = result ? { result } : { error: { code: -32601, message: "no such method" } };
  console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
});
`;

const port = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};

test.use({
  environment: { [MARK]: mark },

  config: async ({ folder, everything }, use) => {
    const guarded = createHttpServer((request, answer) => {
      request.resume();
      answer.writeHead(401, { "www-authenticate": 'Bearer realm="mcp"', "content-type": "text/plain" }).end("who are you?");
    });
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => void sockets.add(socket.on("error", () => {})));
    const lister = join(folder, "lister.mjs");
    writeFileSync(lister, LISTER);
    const [guardedPort, mutePort] = [await port(guarded), await port(mute)];
    const nobody = await Everything.onFreePort(); // Never started.
    const shell = (script: string) => `command = "sh"\nargs = ["-c", ${JSON.stringify(script)}]`;
    const node = (what: string) => `command = ${JSON.stringify(process.execPath)}\nargs = [${JSON.stringify(lister)}, "${what}"]`;
    const env = `env = { ${MARK} = "${mark}" }`;
    const file = join(folder, "observatory.toml");
    writeFileSync(file, `
[probe]
interval = "1s"
timeout = "4s"
start_timeout = "8s"
slow = "4s"

[servers.missing]
command = "/opt/no-such-program"
${env}
${dyingServer(folder)}${env}
[servers.noisy]
${shell("while :; do echo hello; sleep 0.2; done")}
${env}
[servers.mute]
command = "sleep"
args = ["1000"]
${env}
# Deaf to the closed pipe and to SIGTERM, with a child that has left its group and session.
[servers.stubborn]
${shell("trap '' TERM HUP; setsid sleep 1000 & while :; do sleep 1; done")}
${env}
[servers.wrong-path]
url = ${JSON.stringify(everything.url.replace(/\/mcp$/, "/nope"))}
[servers.plain-port]
url = ${JSON.stringify(everything.url.replace(/^http:/, "https:"))}
[servers.guarded]
url = "http://127.0.0.1:${guardedPort}/guarded"
[servers.mute-port]
url = "http://127.0.0.1:${mutePort}/mcp"
[servers.nobody]
url = ${JSON.stringify(nobody.url)}
[servers.many]
${node("many")}
${env}
[servers.hostile]
${node("hostile")}
${env}
`);
    await use(file);
    sockets.forEach((socket) => socket.destroy());
    guarded.closeAllConnections();
    await Promise.all([guarded, mute].map((server) => new Promise((resolve) => server.close(resolve))));
  },
});

type Watched = {
  name: string;
  verdict: { level: string; reason: string; summary: string; action: string };
  process: { pid: number } | null;
};
const servers = (product: Product) => product.get<Watched[]>("/observability/servers");

/** Waits until each server has the verdict it should get, all at one time. */
async function judged(product: Product) {
  const verdicts = async () =>
    Object.fromEntries((await servers(product)).map(({ name, verdict }) => [name, `${verdict.level} ${verdict.reason}`]));
  const expected = Object.entries(EXPECTED).map(([name, [level, reason]]) => [name, `${level} ${reason}`]);
  await expect.poll(verdicts, { timeout: 45_000 }).toEqual(Object.fromEntries(expected));
}

test("each bad server gets its verdict, its page renders, and none outlives SIGTERM", async ({ page, product }) => {
  await judged(product);

  await page.goto("/servers");
  for (const [name, [level]] of Object.entries(EXPECTED)) {
    await expect(tableRow(page, name).locator(".badge")).toHaveText(level);
  }
  // The overview shows the worst twelve; who is left out is healthy.
  await page.goto("/");
  for (const [name, [level]] of Object.entries(EXPECTED).filter(([, [level]]) => level !== "healthy")) {
    await expect(row(page, name).locator(".badge")).toHaveText(level);
  }
  await expect(page.locator("#servers tbody tr")).toHaveCount(12);
  await expect(page.getByRole("link", { name: "All 13 servers" })).toHaveAttribute("href", "/servers");
  for (const [name, [level, reason, summary]] of Object.entries(EXPECTED)) {
    await page.goto(`/servers/${name}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    const verdict = page.getByRole("region", { name: "Verdict", exact: true });
    await expect(verdict).toHaveAttribute("data-level", level);
    await expect(verdict.locator(".reason")).toHaveText(reason);
    await expect(verdict.locator(".summary")).toHaveText(summary);
    await expect(verdict.locator(".action")).toHaveCount(level === "healthy" ? 0 : 1);
    await expect(page.getByRole("alert"), "no part of the page failed").toHaveCount(0);
    await expect(page.locator(".skeleton")).toHaveCount(0);
    await isLive(page);
  }

  // Ten thousand tools: the page stays usable, the export has them all.
  await page.goto("/servers/many");
  await expect(page.locator("#tools .tools > li")).toHaveCount(500);
  await expect(page.locator("#tools")).toContainText("9500 more are in the export.");
  expect((await product.get<unknown[]>("/observability/export/json?table=tools&server=many")).length).toBe(10_000);

  // Foreign texts are text.
  await page.goto("/servers/hostile");
  await expect(page.locator("#tools summary")).toContainText(EVIL);
  await expect(page.locator("#tools .description")).toContainText(`=1+1 ${EVIL}`);
  await expect(page.locator("#tools .description")).toContainText("��\uFFFD[31mred\uFFFDtxt.exe\uFFFD");
  await page.locator("#tools summary").click();
  await expect(page.locator("#tools pre")).toContainText(`<b id=\\"injected\\">`);
  await expect(page.locator(".facts").first()).toContainText(EVIL);
  await expect(page.locator("#injected, main img, #tools script, .facts script")).toHaveCount(0);
  expect(await page.evaluate(() => "injected" in window)).toBe(false);
  const csv = await (await fetch(`${product.url}/observability/export/csv?table=tools&server=hostile`)).text();
  expect(csv).toContain(`"'=1+1 <`);

  // None of them is left.
  const pids = (await servers(product)).flatMap((server) => server.process?.pid ?? []);
  expect(pids.length, "the healthy ones run").toBeGreaterThanOrEqual(2);
  expect(pids.filter((pid) => !leftovers().some((line) => line.startsWith(`${pid} `)))).toEqual([]);
  expect(leftovers().join("\n")).toContain("lister.mjs many");
  await page.close(); // An open one would complain that the product is gone.
  await product.stop();
  await expect.poll(leftovers, { timeout: 2_000 }).toEqual([]);
  expect(pids.filter(isAlive)).toEqual([]);
});

test("SIGKILL leaves no orphan and loses no history", async ({ product }) => {
  const running = () => ["lister.mjs many", "lister.mjs hostile", "sleep 1000"].filter((what) => leftovers().some((line) => line.includes(what)));
  await judged(product);
  await expect.poll(running).toHaveLength(3);
  type Entry = { at_ms: number; level: string; reason: string };
  const history = async (name: string) => (await product.get<{ history: Entry[] }>(`/observability/servers/${name}`)).history;
  const names = ["hostile", "sqlite", "guarded"];
  const before = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await history(name)] as const)));
  const starts = async () => (await product.get<{ kind: string }[]>("/observability/events?limit=1000")).filter(({ kind }) => kind === "start");
  expect(await starts()).toHaveLength(1);

  await product.kill();
  await expect.poll(leftovers, { timeout: 10_000 }).toEqual([]);

  await product.start();
  for (const name of names) {
    expect(before[name].length, name).toBeGreaterThan(0);
    expect((await history(name)).slice(-before[name].length), name).toEqual(before[name]);
  }
  expect(await starts()).toHaveLength(2);
  await expect.poll(running, { timeout: 20_000 }).toHaveLength(3);
});
