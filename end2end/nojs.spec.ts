// Without JavaScript the pages are whole, and so is the HTML before any browser has touched it.
import { allHealthy, expect, firing, lookedAt, row, test } from "./fixture.ts";
import { openMenu, panel } from "./panels.ts";
import type { Product } from "./product.ts";
import { tableRow } from "./tables.ts";

test.use({ javaScriptEnabled: false });

test("pages say everything without JavaScript, in their first HTML", async ({ page, product, everything }) => {
  await allHealthy(product);
  await lookedAt(product);
  // Points stand at whole steps; until the first of them the page says that nothing is known.
  type Data = { outcomes: { ok?: { rows: unknown[] } }[] };
  const known = async () => {
    const { outcomes } = await product.get<Data>("/observability/boards/overview?last_ms=3600000");
    return [0, 2, 5].map((query) => outcomes[query].ok?.rows.length);
  };
  await expect.poll(known, { timeout: 45_000, message: "the first points of the tiles and of a chart" }).toEqual([1, 1, 4]);

  await page.goto("/");
  for (const name of ["everything", "memory", "time", "observatory"]) {
    await expect(row(page, name).getByRole("link", { name })).toBeVisible();
    await expect(row(page, name)).toHaveAttribute("data-level", "healthy");
    await expect(row(page, name).locator(".badge")).toHaveText("healthy");
    await expect(row(page, name)).toContainText(/\d+ tools?/);
  }
  // Numbers of now, and the past in words: of each chart what it shows, and the last values.
  await expect(page.locator(".tile", { hasText: "Servers down" }).locator(".value")).toHaveText(/^\s*0\s*$/);
  const answers = panel(page, "Time to answer by server");
  await expect(answers.locator(".plot")).toHaveAttribute("aria-label", /^Time to answer by server, over 1 h: everything last [\d.]+ m?s, largest [\d.]+ m?s; /);
  await expect(answers.locator(".legend li", { hasText: "everything" })).toContainText(/[\d.]+ m?s/);
  await expect(page.getByText("Loading …")).toHaveCount(0);
  const overview = await html(product, "/");
  expect(overview).toContain("<h1>All 4 servers are healthy</h1>");
  for (const name of ["everything", "memory", "time", "observatory"]) {
    // Its row, from the name to the next row.
    const cells = overview.split(`<tr data-server="${name}"`)[1]?.split("</tr>")[0] ?? "";
    expect(cells, `the row of ${name}`).toContain(`href="/servers/${name}"`);
    expect(words(cells), `the row of ${name}`).toMatch(/\bhealthy\b/);
  }

  // The table of all servers has its columns, and its rows lead on.
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Servers" }).click();
  await expect(page).toHaveURL(/\/servers$/);
  for (const name of ["everything", "memory", "time", "observatory"]) {
    await expect(tableRow(page, name).locator(".badge")).toHaveText("healthy");
    expect(words(await html(product, "/servers"))).toContain(name);
  }
  const heads = page.getByRole("grid", { name: "servers" }).getByRole("columnheader");
  const names = ["", "Server", "State", "Since", "Answer", "Up, 24 h", "Tools", "Last hour"];
  await expect.soft(heads, "columns have names that are seen").toHaveText(names, { useInnerText: true, timeout: 1_000 });

  await page.getByRole("link", { name: "everything", exact: true }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("everything");
  const tools = await product.get<{ tools: { name: string; description: string }[] }>("/observability/servers/everything");
  expect(tools.tools.length).toBeGreaterThan(5);
  const first = words(await html(product, "/servers/everything"));
  for (const { name, description } of tools.tools) {
    const item = page.locator("#tools li", { has: page.locator("code").getByText(name, { exact: true }) });
    await expect(item.locator("code")).toBeVisible();
    await expect(item.locator(".description")).toHaveText(description);
    await expect(item.locator(".description")).toBeVisible();
    expect(first).toContain(name);
    expect(first).toContain(description.replace(/\s+/g, " ").trim());
  }
  await expect(page.getByText("Loading …")).toHaveCount(0);

  await page.goto("/dashboards");
  await page.getByRole("link", { name: "System health" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("System health");
  await expect(panel(page, "CPU").locator(".gauge b")).toHaveText(/\d+ %/);
  await expect(panel(page, "Threads by server")).toContainText(/observatory\s*\d+/);
  await expect(page.getByText("Loading …")).toHaveCount(0);

  await page.goto("/alerts");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No alert is open");

  // The same when something is wrong.
  await everything.stop("SIGKILL");
  await firing(product, "everything");
  await page.goto("/");
  await expect(row(page, "everything").locator(".badge")).toHaveText("unhealthy");
  await expect(row(page, "memory").locator(".badge")).toHaveText("healthy");
  await page.goto("/alerts");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 alert firing, nobody has taken one");
  await expect(page.locator("article.alert")).toHaveAttribute("data-state", "firing");
  await expect(page.locator("article.alert")).toContainText("everything is down");
  expect(words(await html(product, "/"))).toContain("1 of 4 servers needs attention");
  const alerts = words(await html(product, "/alerts"));
  for (const text of ["1 alert firing, nobody has taken one", "everything is down", "MCPServerDown"]) {
    expect(alerts).toContain(text);
  }
});

test("what is looked at is chosen, and a panel's table taken, without JavaScript", async ({ page }) => {
  await page.goto("/dashboards/system-health");
  const range = page.locator("[data-range-button]");
  await expect(range).toHaveText("Last hour");
  await range.click();
  await page.getByRole("link", { name: "Last 6 hours" }).click();
  await expect(page).toHaveURL(/\/dashboards\/system-health\?range=6h$/);
  await expect(range).toHaveText("Last 6 hours");

  await range.click();
  await page.getByLabel("Any range").fill("last 90 minutes");
  await page.getByLabel("Any range").press("Enter");
  await expect(page).toHaveURL(/\?range=last\+90\+minutes$/);
  await expect(range).toHaveText("Last 1 h 30 min");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Servers" }).click();
  await expect(page).toHaveURL(/\/servers\?range=90m$/);
  await expect(range).toHaveText("Last 1 h 30 min");

  const menu = await openMenu(page, "Tools by server");
  const downloads = page.waitForEvent("download");
  await menu.getByRole("link", { name: "Export CSV" }).click();
  expect((await downloads).suggestedFilename()).toBe("series.csv");
  // Nothing is offered that does nothing.
  await expect(menu.getByRole("button")).toHaveCount(0);
});

test("service levels are read, found and reported on without JavaScript", async ({ page, product, allowed }) => {
  allowed.push(/the server responded with a status of 404/);
  await allHealthy(product);
  const heading = page.getByRole("heading", { level: 1 });
  // A minute has to be over before something is known of it.
  test.slow();
  type Standing = { id: string; budget: { left: number | null } };
  const unknown = async () => {
    const { rows } = await product.get<{ rows: Standing[] }>("/sla/status");
    return rows.filter(({ id, budget }) => ["mcp-availability", "data-freshness"].includes(id) && budget.left === null).length;
  };
  await expect.poll(unknown, { timeout: 100_000 }).toBe(0);
  await page.goto("/");
  const budgets = page.locator("#budgets");
  const line = budgets.locator("tbody tr").filter({ hasText: "mcp · availability" });
  await expect(line.getByRole("link")).toHaveAttribute("href", "/slo/mcp-availability");
  await expect(line.locator(".badge")).toHaveText(/met|at risk|missed/);
  await expect(line).toContainText(/left|overspent/);
  // What nothing is known of is on its own page only.
  await expect(budgets).not.toContainText("no data");
  await budgets.getByRole("link", { name: "All objectives" }).click();
  await expect(page).toHaveURL(/\/slo$/);

  // Words and states are found; what is chosen is let go by choosing it again.
  await page.getByLabel("Filter objectives").fill("freshness");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/slo\?q=freshness$/);
  await expect(page.locator(".objectives > li")).toHaveCount(1);
  const state = (await page.locator(".objectives > li .badge").first().innerText()).trim();
  await page.locator(".states a").filter({ hasText: state }).click();
  await expect(page).toHaveURL(/state=/);
  await expect(page.locator(".objectives > li")).toHaveCount(1);
  await expect(page.locator(".states a[aria-current]")).toHaveCount(1);
  await page.locator(".states a[aria-current]").click();
  await expect(page.locator(".states a[aria-current]")).toHaveCount(0);
  await page.locator(".objectives h3 a").click();
  await expect(heading).toContainText("freshness");

  // A form that is checked as it is written is not offered; the page says what is possible instead.
  await page.goto("/slo/new");
  await expect(heading).toHaveText("New objective");
  await expect(page.getByRole("button", { name: "Make objective" })).toBeHidden();
  await expect(page.getByText(/JavaScript/)).toBeVisible();

  await page.goto("/slo/reports");
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.locator("article.report")).toContainText("Objectives");
  await expect(page.getByRole("button", { name: "Keep it" })).toBeHidden();
  expect((await page.goto("/slo/no-such"))!.status()).toBe(404);
  await expect(page.getByRole("alert")).toContainText("no-such");
  expect((await page.goto("/slo/reports/999"))!.status()).toBe(404);
});

test("a phone's bar opens the other pages without JavaScript", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/");
  const pages = page.getByRole("navigation", { name: "Pages" });
  await expect(pages.getByRole("link", { name: "Launcher" })).toBeHidden();
  await pages.getByRole("button", { name: "More" }).click();
  await pages.getByRole("link", { name: "Launcher" }).click();
  await expect(page).toHaveURL(/\/launcher$/);
  await expect(pages.getByRole("link", { name: "Launcher" })).toBeHidden();
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(pages.getByRole("link", { name: "Launcher" })).toHaveAttribute("aria-current", "page");
  await expect(pages.getByRole("button", { name: "More" })).toBeHidden();
});

/** The first HTML as it comes over the wire, without what scripts carry. */
async function html(product: Product, path: string): Promise<string> {
  const answer = await fetch(product.url + path, { headers: { accept: "text/html" } });
  expect(answer.status).toBe(200);
  return (await answer.text()).replace(/<script[\s\S]*?<\/script>/g, "").replace(/<!--[\s\S]*?-->|<!>/g, "");
}

/** What is read of it. */
function words(html: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'", "#x2F": "/" };
  const text = html.replace(/<[^>]*>/g, " ").replace(/&(#?\w+);/g, (whole, name: string) => named[name] ?? whole);
  return text.replace(/\s+/g, " ");
}
