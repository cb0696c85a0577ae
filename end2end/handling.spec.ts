// What hands do: keys, the palette, tables, menus, many alerts at once, and what is left when a part fails.
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { parse } from "csv-parse/sync";
import { viewAsTable } from "./charts.ts";
import { allHealthy, expect, firing, isLive, row, test } from "./fixture.ts";
import { openMenu, panel } from "./panels.ts";
import { names, tableRow } from "./tables.ts";

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const toast = (page: Page) => page.locator(".toast");

test("keys alone find a server, a page, a row, and say what they are", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/");
  await isLive(page);
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: /Go to a page/ });
  await expect(palette.getByRole("combobox", { name: "Search" })).toBeFocused();
  await page.keyboard.type("everyth");
  await expect(palette.getByRole("option").first()).toContainText("everything");
  await expect(palette.getByRole("option").first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(palette).toHaveCount(0);
  await expect(page).toHaveURL(`${product.url}/servers/everything`);
  await expect(heading(page)).toHaveText("everything");

  await page.keyboard.press("Control+k");
  await expect(palette).toBeVisible();
  await page.keyboard.type("no such thing at all");
  await expect(palette.getByRole("status")).toHaveText("Nothing is called that.");
  await page.keyboard.press("Escape");
  await expect(palette).toHaveCount(0);

  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await expect(help).toContainText("Ctrl K");
  await expect(help).toContainText("Servers");
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page, "what is covered does not hear").toHaveURL(/\/servers\/everything$/);
  await page.keyboard.press("Escape");
  await expect(help).toHaveCount(0);

  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(`${product.url}/servers`);
  const table = page.getByRole("grid", { name: "servers" });
  await expect(table).toBeVisible();
  const filter = page.getByRole("searchbox", { name: "Filter servers" });
  await page.keyboard.press("/");
  await expect(filter).toBeFocused();
  await page.keyboard.type("e");
  await expect(page).toHaveURL(/\?filter=e$/);
  await page.keyboard.press("ArrowDown");
  await expect(table).toBeFocused();
  const active = page.locator("tr[data-active]");
  await expect(active).toHaveCount(1);
  const [first, second] = await names(table);
  await expect(active.getByRole("rowheader")).toContainText(first);
  await page.keyboard.press("ArrowDown");
  await expect(active.getByRole("rowheader")).toContainText(second);
  await expect(table).toHaveAttribute("aria-activedescendant", (await active.getAttribute("id"))!);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${product.url}/servers/${second}`);
  await page.goBack();
  await expect(filter, "back is where one was").toHaveValue("e");
});

test("a table is sorted and filtered in the address, and rows are chosen for one action", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/servers");
  await isLive(page);
  const table = page.getByRole("grid", { name: "servers" });
  const all = ["everything", "memory", "observatory", "time"];
  expect(await names(table)).toEqual(all);

  const head = table.getByRole("columnheader", { name: "Server" });
  await head.getByRole("button").click();
  await expect(page).toHaveURL(/\?sort=server$/);
  await head.getByRole("button").click();
  await expect(page).toHaveURL(/\?sort=-server$/);
  await expect(head).toHaveAttribute("aria-sort", "descending");
  expect(await names(table)).toEqual([...all].reverse());
  const filter = page.getByRole("searchbox", { name: "Filter servers" });
  await filter.fill("stdio");
  await expect(page).toHaveURL(/\?sort=-server&filter=stdio$/);
  await expect.poll(() => names(table)).toEqual(["time", "memory"]);
  await expect(panel(page, "All servers").getByRole("status").first()).toHaveText("2 of 4 rows");

  await page.reload();
  await isLive(page);
  await expect(filter).toHaveValue("stdio");
  expect(await names(table)).toEqual(["time", "memory"]);
  await expect(head).toHaveAttribute("aria-sort", "descending");
  await filter.fill("nobody");
  await page.getByText("No row contains “nobody”.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page).toHaveURL(/\?sort=-server$/);
  expect(await names(table)).toEqual([...all].reverse());

  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/fn/probe_server")) asked.push(new URLSearchParams(request.postData() ?? "").get("name")!);
  });
  await tableRow(page, "memory").getByRole("checkbox").check();
  await tableRow(page, "everything").getByRole("checkbox").check();
  const chosen = page.getByRole("toolbar", { name: "With the selected rows" });
  await expect(chosen).toContainText("2 selected");
  await expect(tableRow(page, "memory")).toHaveAttribute("aria-selected", "true");
  await chosen.getByRole("button", { name: "Probe now" }).click();
  await expect(toast(page)).toHaveText(/2 servers probed/);
  expect(asked.sort()).toEqual(["everything", "memory"]);
  await expect(chosen).toHaveCount(0);
});

test.describe("with two names for a server", () => {
  test.use({ moreConfig: async ({ everything }, use) => use(`[servers.again]\nurl = ${JSON.stringify(everything.url)}\n`) });

  test("many alerts are taken and resolved at once, and opened again", async ({ page, product, everything }) => {
    await everything.stop("SIGKILL");
    await Promise.all([firing(product, "everything"), firing(product, "again")]);
    await page.goto("/alerts");
    await isLive(page);
    await expect(heading(page)).toHaveText("2 alerts firing, nobody has taken one");
    const many = panel(page, "Work many at once");
    const chosen = many.getByRole("toolbar", { name: "With the selected rows" });
    const cards = (state: string) => page.locator(`article.alert[data-state=${state}]`);

    const comment = page.locator("article.alert", { hasText: "everything is down" }).getByLabel("Comment");
    await comment.fill("half a sen");
    await tableRow(page, "everything is down").getByRole("checkbox").check();
    await tableRow(page, "again is down").getByRole("checkbox").check();
    await chosen.getByRole("button", { name: "Acknowledge" }).click();
    await expect(toast(page)).toContainText("2 alerts acknowledged");
    await expect(cards("acknowledged")).toHaveCount(2);
    await expect(heading(page)).toHaveText("Nothing new: 2 alerts acknowledged");
    await expect.soft(comment, "who was writing goes on").toHaveValue("half a sen", { timeout: 500 });

    await many.getByRole("checkbox", { name: "Select all shown" }).check();
    await expect(chosen).toContainText("2 selected");
    await chosen.getByRole("button", { name: "Resolve" }).click();
    const said = toast(page).filter({ hasText: "2 alerts resolved" });
    await expect(cards("resolved")).toHaveCount(2);
    await expect(heading(page)).toHaveText("No alert is open");
    await expect(many.getByText("No alert is open.")).toBeVisible();
    expect(await product.get("/observability/alerts?open=true")).toEqual([]);

    await said.getByRole("button", { name: "Reopen" }).click();
    await expect(toast(page).filter({ hasText: "2 alerts open again" })).toBeVisible();
    await expect(cards("acknowledged")).toHaveCount(2);
    await expect(many.getByRole("row", { name: /is down/ })).toHaveCount(2);
    expect((await product.get<unknown[]>("/observability/alerts?open=true")).length).toBe(2);
  });
});

test("a panel's menu: a table, the query, its address, a picture, the whole screen", async ({ page, context, product }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await allHealthy(product);
  await page.goto("/servers?range=5m");
  await isLive(page);
  const title = "Time to answer by server";
  const choose = async (name: string) => (await openMenu(page, title)).getByRole("button", { name }).click();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());

  const values = await viewAsTable(page, title);
  const [time, ...series] = await values.locator("thead th").allInnerTexts();
  expect([time, ...series.sort()]).toEqual(["Time", "everything", "memory", "observatory", "time"]);
  await expect(values.locator("tbody tr").first().locator("td").first()).toHaveText(/^[\d.]+ (µs|ms|s)$/);
  await expect(panel(page, title).locator(".plot")).toBeHidden();
  await choose("View as chart");
  await expect(values).toBeHidden();
  await expect(panel(page, title).locator(".plot")).toBeVisible();

  await choose("Copy query");
  await expect(toast(page)).toContainText("Query copied");
  const query = await copied();
  expect(query).toMatch(/^topk\(|^max |mcp_/);
  const link = (await openMenu(page, title)).getByRole("link", { name: "Open in Explore" });
  const explore = new URL((await link.getAttribute("href"))!, product.url);
  expect(explore.pathname).toBe("/explore");
  expect(explore.searchParams.getAll("q").join("\n")).toBe(query);
  expect([explore.searchParams.get("unit"), explore.searchParams.get("range")]).toEqual(["seconds", "5m"]);
  const answer = await page.request.get(`/observability/export/json?${new URLSearchParams({ query, range: "5m" })}`);
  expect(((await answer.json()) as unknown[]).length, "the query is one that can be asked").toBeGreaterThan(0);

  await choose("Copy link");
  await expect.poll(copied).toBe(`${product.url}/servers?range=5m#time-to-answer-by-server`);
  for (const [role, name, file] of [["link", "Export CSV", /^series\.csv$/], ["button", "Save as PNG", /\.png$/]] as const) {
    const downloads = page.waitForEvent("download");
    await (await openMenu(page, title)).getByRole(role, { name }).click();
    const download = await downloads;
    expect(download.suggestedFilename()).toMatch(file);
    const bytes = await readFile(await download.path());
    if (role === "button") expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    else expect(Object.keys(parse(bytes, { columns: true })[0])).toEqual(["time", "series", "value", "server"]);
  }

  await choose("Full screen");
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.id)).toBe("time-to-answer-by-server");
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.fullscreenElement && document.exitFullscreen());
  await expect(panel(page, title).locator(".plot")).toBeVisible();
});

test("one panel of ten that fails leaves nine", async ({ page, product, allowed }) => {
  await allHealthy(product);
  // What stands still is asked for once: what comes through the socket does not heal it.
  // A little ahead, because what was probed just now belongs to it too.
  const until = Date.now() + 10_000;
  await page.goto(`/alerts?from=${new Date(until - 300_000).toISOString()}&to=${new Date(until).toISOString()}`);
  await isLive(page);
  const why = "the query reads more than 10000 series: name a label";
  await page.route(/\/fn\/load_board\d/, async (route) => {
    const answer = await route.fetch();
    const data = (await answer.json()) as { outcomes: unknown[] };
    // The second panel of the board of servers.
    data.outcomes[1] = { failed: { code: "unavailable", message: why } };
    await route.fulfill({ response: answer, json: data });
  });
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Servers" }).click();
  const failing = panel(page, "Time to answer by server");
  await expect(failing.getByRole("alert")).toContainText(why);
  await expect(failing.getByRole("alert")).toContainText("Try again");
  await expect(page.getByRole("main").getByRole("alert")).toHaveCount(1);

  const panels = page.locator("section.panel");
  expect(await panels.count()).toBeGreaterThan(7);
  await expect(tableRow(page, "memory").locator(".badge")).toHaveText("healthy");
  await expect(panel(page, "Failing probes by server").locator(".legend li")).toHaveCount(4);
  await expect(panel(page, "Tools by server")).toContainText(/everything\s*\d+/);
  await expect(panel(page, "Availability")).toContainText("100 %");

  // Where no answer comes at all, each says so and keeps what it has, until one comes.
  allowed.push(/net::ERR_FAILED .*\/fn\/load_board/);
  await page.unroute(/\/fn\/load_board\d/);
  await page.route(/\/fn\/load_board\d/, (route) => route.abort());
  const look = async (name: string) => {
    await page.keyboard.press("t");
    await page.getByRole("link", { name, exact: true }).click();
  };
  await look("Last 15 minutes");
  const told = page.getByRole("main").getByRole("alert").filter({ hasText: "cannot be reached" });
  await expect.poll(() => told.count()).toBeGreaterThan(5);
  await expect(panel(page, "Failing probes by server").locator(".legend li")).toHaveCount(4);
  await expect(tableRow(page, "memory").locator(".badge")).toHaveText("healthy");
  await page.unroute(/\/fn\/load_board\d/);
  await look("Last 5 minutes");
  await expect(page.getByRole("main").getByRole("alert")).toHaveCount(0);
});

test("the focus stays where it is while a page moves on", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/servers?range=5m");
  await isLive(page);
  for (const [title, name] of [["Tools by server", "memory"], ["Servers up and down", "memory"]]) {
    const link = panel(page, title).getByRole("link", { name }).first();
    await link.focus();
    // Servers are probed every second here.
    await page.waitForTimeout(2_500);
    await expect.soft(link, title).toBeFocused({ timeout: 100 });
  }
  await page.goto("/");
  await isLive(page);
  await row(page, "memory").getByRole("link").focus();
  await page.waitForTimeout(2_500);
  await expect(row(page, "memory").getByRole("link")).toBeFocused({ timeout: 100 });
});
