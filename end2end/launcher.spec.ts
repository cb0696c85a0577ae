// What runs servers, what they hang on, and what is called on a schedule: shown, and worked by clicking.
import type { Page } from "@playwright/test";
import { allHealthy, expect, isLive, levels, test } from "./fixture.ts";
import { tableRow } from "./tables.ts";

test.use({
  moreConfig: `
[launcher]
serve_http = ["memory"]

[servers.everything.checks.echo]
tool = "echo"
arguments = { message = "hello" }
matches = "hello"
every = "2s"

[checks.closed]
kind = "tcp"
address = "127.0.0.1:9"
every = "1s"
servers = ["time"]

[checks.here]
kind = "disk"
mount = "/"
every = "1s"
unhealthy = 0
degraded = 0
`,
});

const answer = (page: Page, name: string) => page.locator("dialog[open]").getByRole("button", { name, exact: true });

test("a server is stopped, stays so, and is started again", async ({ page, product, allowed }) => {
  await allHealthy(product);
  await page.goto("/launcher");
  await isLive(page);
  const heading = page.getByRole("heading", { level: 1 });
  await expect(heading).toHaveText("All 2 started servers run");
  await page.getByRole("button", { name: "Stop memory", exact: true }).click();
  await expect(page.locator("dialog[open]")).toContainText("Stop memory");
  await answer(page, "Stop memory").click();
  await expect(heading).toContainText("1 of 2 started servers run");
  await expect.poll(async () => (await levels(product)).memory).toBe("unknown");
  const before = await product.get<{ name: string; state: string; pid?: number }[]>("/observability/launcher");
  expect(before.find((line) => line.name === "memory")?.state).toBe("stopped");

  // It is what a person wants, so it outlasts the product.
  allowed.push(/WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource/);
  await product.stop();
  await product.start();
  await page.reload();
  await isLive(page);
  await expect(heading).toContainText("1 of 2 started servers run", { timeout: 20_000 });
  await page.getByRole("button", { name: "Start memory", exact: true }).click();
  await expect(heading).toHaveText("All 2 started servers run", { timeout: 20_000 });
  await expect.poll(async () => (await levels(product)).memory).toBe("healthy");
  const events = await product.get<{ title: string }[]>("/observability/events");
  expect(events.filter(({ title }) => title.includes("memory") && title.includes("local")).length, "who did it is kept").toBeGreaterThanOrEqual(2);

  await page.getByRole("button", { name: "Details of memory" }).click();
  await expect(page.locator("dialog[open]")).toContainText("memory");
  await page.keyboard.press("Escape");
  // How it stood is in words, and outlives the product: the stop, why the run ended, and the start.
  const courses = page.locator("#launch-courses");
  await expect(courses.getByRole("img", { name: /^memory: .*running for .*stopped for/ })).toBeVisible({ timeout: 15_000 });
  await expect(courses.locator("li").filter({ hasText: "memory" }).first()).toContainText("running");
  const ends = courses.locator(".launch-ends > details").filter({ hasText: "memory" });
  await ends.locator("summary").first().click();
  await expect(ends).toContainText("as it was told");

  const processes = page.locator("#processes");
  await expect(processes).toContainText("mcp-server-memory", { timeout: 20_000 });
});

test("clients share a started server over HTTP, and the page says where and how many", async ({ page, product }) => {
  await allHealthy(product);
  const address = `${product.url}/servers/memory/mcp`;
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "journey", version: "1" } };
  const say = (body: object, more = {}) => fetch(address, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...body }) });
  const sessions = await Promise.all([1, 2].map(() => say({ method: "initialize", params })));
  for (const begun of sessions) {
    const session = begun.headers.get("mcp-session-id")!;
    const listed = await say({ method: "tools/list" }, { "mcp-session-id": session });
    expect(await listed.text()).toContain("create_entities");
  }
  await page.goto("/launcher");
  await isLive(page);
  const row = page.locator("#served").getByRole("row").filter({ hasText: "/servers/memory/mcp" });
  await expect(row).toContainText("2");
  await row.getByRole("button", { name: "Copy the address of memory" }).click();
  await expect(page.getByText("Address copied")).toBeVisible();
  await fetch(address, { method: "DELETE", headers: { "mcp-session-id": sessions[0].headers.get("mcp-session-id")! } });
  // It is looked at with each probe.
  await expect(row.getByRole("gridcell", { name: "1", exact: true })).toBeVisible({ timeout: 15_000 });
});

test("a check that fails marks what depends on it, and a tool is called on a schedule", async ({ page, product }) => {
  await allHealthy(product);
  type Check = { name: string; ok: boolean | null };
  const states = async () => Object.fromEntries((await product.get<Check[]>("/observability/checks")).map(({ name, ok }) => [name, ok]));
  await expect.poll(states).toEqual({ closed: false, here: true });
  await page.goto("/dependencies");
  await isLive(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("closed is down: time is affected");
  await expect(tableRow(page, "closed")).toContainText("127.0.0.1:9");
  await page.getByRole("link", { name: /time/ }).filter({ visible: true }).first().click();
  await expect(page).toHaveURL(/\/servers\/time$/);
  await expect(page.getByRole("main")).toContainText("closed");

  await page.goto("/servers/everything");
  await isLive(page);
  const checks = page.locator("#server-checks");
  await expect.poll(async () => {
    await page.reload();
    return checks.innerText();
  }, { timeout: 30_000 }).toContain("echo");
  await expect(checks).toContainText(/healthy/i, { timeout: 15_000 });
});

test("the new pages stand without scripts", async ({ browser, product }) => {
  await allHealthy(product);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${product.url}/launcher`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("All 2 started servers run");
  await expect(page.locator("#launched")).toContainText("memory");
  await expect(page.locator("#launch-courses")).toContainText("running");
  await page.goto(`${product.url}/dependencies`);
  await expect(page.locator("#main svg").first()).toBeVisible();
  await context.close();
});
