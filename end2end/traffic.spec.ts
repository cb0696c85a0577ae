// Agents' calls through a tap: seen as they happen, filtered, opened, compared, given as files, and put beside what
// probes see. The page follows hundreds of calls a second.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join, resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { allHealthy, expect, isLive, test } from "./fixture.ts";
import { mistakes } from "./har.ts";
import { panel } from "./panels.ts";
import { binary, type Product } from "./product.ts";
import { tableRow } from "./tables.ts";

const root = resolve(import.meta.dirname, "..");
const everything = join(root, ".demo/node_modules/@modelcontextprotocol/server-everything/dist/index.js");

/** An agent that talks to server-everything through a tap. */
class Agent {
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private last = 0;
  private readonly tap;
  private readonly ended;

  constructor(product: Product, name: string, options: string[] = []) {
    const args = ["tap", "--name", name, "--url", product.url, ...options, "--", process.execPath, everything];
    // Nothing else of the environment, because the server has a tool that shows it.
    this.tap = spawn(binary, args, { stdio: ["pipe", "pipe", "ignore"], env: { PATH: process.env.PATH, HOME: process.env.HOME } });
    this.ended = new Promise((done) => this.tap.on("exit", done));
    createInterface({ input: this.tap.stdout }).on("line", (line) => {
      const answer = JSON.parse(line);
      if (answer.id !== undefined && !answer.method) this.waiting.get(answer.id)?.(answer);
    });
  }

  ask(method: string, params: object): Promise<unknown> {
    const id = ++this.last;
    const answer = new Promise<unknown>((done) => this.waiting.set(id, done));
    this.tap.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return answer;
  }

  call = (name: string, args: object = {}) => this.ask("tools/call", { name, arguments: args });

  async hello(client = "journey") {
    await this.ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: client, version: "1" } });
    this.tap.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
    await this.ask("tools/list", {});
  }

  async end() {
    this.tap.stdin.end();
    await this.ended;
  }
}

/** How many calls the product has kept that match. */
async function count(product: Product, filter: string): Promise<number> {
  const page = await product.get<{ calls: unknown[]; more: number }>(`/observability/traffic/calls?${new URLSearchParams({ filter })}`);
  return page.calls.length + page.more;
}

test("without traffic the page says how to feed it", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/traffic");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No traffic seen");
  await expect(panel(page, "By server")).toContainText("mcp-observatory tap --name files --");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test("calls are seen as they happen, found, opened and compared", async ({ page, product, allowed }) => {
  await allHealthy(product);
  const agent = new Agent(product, "everything", ["--payloads"]);
  await agent.hello();
  await page.goto("/");
  await isLive(page);
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/\/traffic$/);
  const calls = panel(page, "Calls");

  // Nothing is loaded anew by hand from here on.
  await agent.call("echo", { message: "first", token: "ghp_0123456789abcdefghij0123456789" });
  await expect(tableRow(page, "echo").first()).toContainText("ok", { timeout: 10_000 });
  await expect(panel(page, "Calls")).not.toContainText("healthy");
  await agent.call("no-such-tool");
  await expect(tableRow(page, "no-such-tool")).toContainText("tool error", { timeout: 10_000 });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Of 4 calls, 25 % failed: all of them no-such-tool of everything", { timeout: 15_000 });
  // What they come to and sessions follow as well.
  const byServer = panel(page, "By server");
  await expect(byServer.getByRole("list", { name: "Most failing, everything" })).toContainText("no-such-tool");
  await expect(panel(page, "Sessions")).toContainText("journey: 4 calls, goes on", { timeout: 15_000 });

  // It stands still, says what is new, and goes on.
  await calls.getByRole("button", { name: "Pause" }).click();
  await agent.call("get-sum", { a: 1, b: 2 });
  await agent.call("get-sum", { a: 2, b: 3 });
  const goOn = calls.getByRole("button", { name: "2 new" });
  await expect(goOn).toBeVisible({ timeout: 10_000 });
  await expect(tableRow(page, "get-sum")).toHaveCount(0);
  await goOn.click();
  await expect(tableRow(page, "get-sum")).toHaveCount(2, { timeout: 10_000 });

  // The filter stands in the address; a mistake in it is named.
  const filter = page.getByRole("searchbox", { name: "Which calls" });
  await filter.fill("server:everything status:error");
  await filter.press("Enter");
  await expect(page).toHaveURL(/filter=server%3Aeverything%20status%3Aerror/);
  await expect(tableRow(page, "no-such-tool")).toBeVisible();
  await expect(tableRow(page, "get-sum")).toHaveCount(0);
  allowed.push(/400/);
  await filter.fill("colour:red");
  await filter.press("Enter");
  await expect(calls).toContainText("there is no such token");
  await page.goBack();
  await expect(tableRow(page, "no-such-tool")).toBeVisible();

  // Bars lead to calls, those of a method without a tool too.
  await page.goto("/traffic");
  await isLive(page);
  await panel(page, "By server").getByRole("link", { name: "tools/list" }).first().click();
  await expect(page).toHaveURL(/method%3Atools%2Flist/);
  await expect(tableRow(page, "tools/list")).toHaveCount(1);

  // A call closely: its frames in order, and no secret in them.
  await page.goto("/traffic?filter=tool%3Aecho");
  await tableRow(page, "echo").getByRole("link", { name: "echo" }).click();
  await expect(page).toHaveURL(/\/traffic\/calls\/\d+$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("echo of everything");
  const frames = panel(page, "Frames");
  await expect(frames.getByRole("row")).toHaveText([/After/, /client asks: tools\/call/, /server answers/]);
  await expect(frames).toContainText("first");
  await expect(frames).toContainText("***REDACTED***");
  expect(await page.content()).not.toContain("ghp_");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  // Two calls side by side.
  await page.goto("/traffic?filter=tool%3Aget-sum");
  await isLive(page);
  const boxes = calls.getByRole("row").getByRole("checkbox");
  await expect(tableRow(page, "get-sum")).toHaveCount(2);
  await boxes.nth(1).check();
  await boxes.nth(2).check();
  await calls.getByRole("button", { name: "Compare two" }).click();
  await expect(page).toHaveURL(/compare=\d+%2C\d+/);
  await expect(panel(page, "Two calls").getByRole("columnheader", { name: /^Call \d+$/ })).toHaveCount(2);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  // Files of what is looked at.
  const href = await calls.getByRole("link", { name: "HAR" }).getAttribute("href");
  const har = await (await page.request.get(href!)).json();
  expect(har.log.version).toBe("1.2");
  // The schema is somebody else's; and it can find something.
  expect(mistakes(har)).toEqual([]);
  expect(mistakes({ log: { ...har.log, entries: [{}] } })).toContain("/log/entries/0 must have required property 'request'");
  expect(har.log.entries.map((entry: { pageref: string }) => entry.pageref).every((id: string) =>
    har.log.pages.some((page: { id: string }) => page.id === id))).toBe(true);
  expect(har.log.entries).toHaveLength(2);
  await agent.end();
});

test("the server's page says when probes and agents see different things", async ({ page, product }) => {
  await allHealthy(product);
  const agent = new Agent(product, "everything");
  await agent.hello();
  for (let n = 0; n < 14; n++) await agent.call(n % 2 ? "echo" : "no-such-tool", { message: "x" });
  await expect.poll(() => count(product, "server:everything method:tools/call"), { timeout: 10_000 }).toBe(14);
  await agent.end();
  await page.goto("/servers/everything");
  const both = panel(page, "Probes and agents' calls");
  await expect(both).toContainText(/Probes are well, but \d+ % of agents' calls fail\./, { timeout: 15_000 });
  await expect(both).toContainText(/of the time of all calls/);
  // The tiles of the overview have the same traffic.
  await page.goto("/");
  await expect(page.locator(".tile", { hasText: "Failing calls" }).locator(".value")).toHaveText(/[1-9]\d* ?%/, { timeout: 45_000 });
});

test("attacks and secrets are shown with where and when, never themselves; the map has who calls", async ({ page, product }) => {
  await allHealthy(product);
  const agent = new Agent(product, "everything");
  await agent.hello("careless agent");
  const secret = "ghp_0123456789abcdefghij0123456789abcdef";
  await agent.call("echo", { message: "../../../../etc/passwd" });
  await agent.call("echo", { message: `use ${secret}` });
  for (let n = 0; n < 5; n++) await agent.call("echo", { message: "fine" });
  await expect.poll(() => count(product, "server:everything status:suspicious"), { timeout: 10_000 }).toBe(2);
  await agent.end();

  await page.goto("/traffic");
  await isLive(page);
  const signs = panel(page, "Attacks and secrets");
  await expect(signs.getByRole("row", { name: /path traversal/ })).toContainText("arguments.message");
  await expect(signs.getByRole("row", { name: /a secret in what was asked/ })).toBeVisible();
  // The server says it again.
  await expect(signs.getByRole("row", { name: /a secret in what was answered/ })).toContainText("result.content[0].text");
  expect(await page.content()).not.toContain("ghp_");
  await signs.getByRole("row", { name: /path traversal/ }).getByRole("link", { name: "echo" }).click();
  await expect(page).toHaveURL(/\/traffic\/calls\/\d+/);
  await expect(panel(page, "Suspicious")).toContainText("path traversal in arguments.message");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  // Rates are those of the last five minutes.
  await page.goto("/dependencies");
  const client = page.locator('.node[data-node="careless agent"]');
  await expect(client).toContainText("/min", { timeout: 30_000 });
  await client.getByRole("link").click();
  await expect(page).toHaveURL(/filter=client/);
  await expect(tableRow(page, "echo").first()).toBeVisible();
});

test("the page follows hundreds of calls a second", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/traffic");
  await isLive(page);
  const agent = new Agent(product, "busy");
  await agent.hello();
  const begun = Date.now();
  let asked = 0;
  while (Date.now() - begun < 10_000) {
    await Promise.all(Array.from({ length: 50 }, () => agent.call("echo", { message: "x" })));
    asked += 50;
    await new Promise((done) => setTimeout(done, 100));
  }
  // A click is still answered at once, and the table holds a bounded number of rows.
  const clicked = Date.now();
  await panel(page, "Calls").getByRole("button", { name: "Pause" }).click();
  await expect(panel(page, "Calls").getByRole("button", { name: /Go on|new/ })).toBeVisible();
  expect(Date.now() - clicked).toBeLessThan(2_000);
  expect(await page.locator("#calls tbody tr").count()).toBeLessThan(200);
  await expect.poll(() => count(product, "server:busy tool:echo"), { timeout: 20_000 }).toBe(asked);
  await agent.end();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("calls stand in the first HTML, and the filter is a form", async ({ page, product }) => {
    await allHealthy(product);
    const agent = new Agent(product, "everything");
    await agent.hello();
    await agent.call("echo", { message: "x" });
    await expect.poll(() => count(product, "tool:echo"), { timeout: 10_000 }).toBe(1);
    await agent.end();
    await page.goto("/traffic");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^Of 3 calls, none failed$/);
    await expect(tableRow(page, "echo")).toBeVisible();
    await page.getByRole("searchbox", { name: "Which calls" }).fill("method:tools/list");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(/filter=method/);
    await expect(tableRow(page, "tools/list")).toBeVisible();
    await expect(tableRow(page, "echo")).toHaveCount(0);
    await tableRow(page, "tools/list").getByRole("link", { name: "tools/list" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("tools/list of everything");
    await expect(page.getByText("Loading …")).toHaveCount(0);
  });
});
