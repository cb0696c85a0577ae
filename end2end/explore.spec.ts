// PromQL is written and answered: with the keyboard alone, with mistakes, in several views, without scripts.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { allHealthy, expect, test } from "./fixture.ts";

const ready = (page: Page) => expect(page.locator(".connection[data-link=live]")).toBeVisible();
const field = (page: Page, letter = "A") => page.getByLabel(`Query ${letter}`, { exact: true });
const options = (page: Page) => page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
const legend = (page: Page) => page.locator("figure.chart .legend li");
const heading = (page: Page) => page.getByRole("heading", { level: 1 });
/** The address's queries, decoded. */
const asked = (page: Page) => new URL(page.url()).searchParams.getAll("q");

test("a query is written by keyboard alone, with what is suggested, and answered", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/explore");
  await ready(page);
  await expect(heading(page)).toHaveText("Nothing is asked yet");
  // The examples are of metrics that are there.
  await expect(page.getByRole("link", { name: "mcp_server_up", exact: true })).toBeVisible();

  await field(page).focus();
  await page.keyboard.type("max");
  await expect(options(page).first()).toContainText("max");
  await page.keyboard.press("Tab");
  await expect(field(page)).toHaveValue("max()");
  // Between the parentheses: a metric, by a few of its letters.
  await page.keyboard.type("probe_dur");
  await expect(options(page).first()).toContainText("mcp_probe_duration_seconds");
  await expect(options(page).first()).toContainText("gauge");
  await expect(options(page).first()).toHaveAttribute("aria-selected", "true");
  await expect(field(page)).toHaveAttribute("aria-activedescendant", (await options(page).first().getAttribute("id"))!);
  await page.keyboard.press("Enter");
  // Its label, and a value of that.
  await page.keyboard.type("{st");
  await expect(options(page).first()).toContainText("step");
  await page.keyboard.press("Enter");
  await expect(field(page)).toHaveValue('max(mcp_probe_duration_seconds{step="")');
  await page.keyboard.type("pi");
  await expect(options(page)).toHaveText([/ping/]);
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.type("}");
  await page.keyboard.press("End");
  await page.keyboard.type(" b");
  await expect(options(page).first()).toContainText("by");
  await page.keyboard.press("Enter");
  await page.keyboard.type("ser");
  await expect(options(page).first()).toContainText("server");
  await page.keyboard.press("Escape");
  await expect(options(page)).toHaveCount(0);
  await page.keyboard.press("Control+Space");
  await expect(options(page).first()).toContainText("server");
  await page.keyboard.press("Enter");
  const written = 'max(mcp_probe_duration_seconds{step="ping"}) by (server)';
  await expect(field(page)).toHaveValue(written);
  expect(asked(page), "nothing is asked before it is run").toEqual([]);

  await page.keyboard.press("Enter");
  await expect.poll(() => asked(page)).toEqual([written]);
  await expect(heading(page)).toHaveText(/^1 query, \d series in the last hour$/);
  // How it is now is shown at once, not with the next point in up to ten seconds.
  const now = legend(page).filter({ hasText: "everything" });
  await expect(now).toContainText(/\d (ms|s|µs)/, { timeout: 3_000 });
  // A new line is no run.
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+Enter");
  await expect(field(page)).toHaveValue(`${written}\n`);
  expect(asked(page)).toEqual([written]);
});

test("a mistake is marked where it is, and one query that fails leaves the others standing", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/explore?q=mcp_server_up");
  await ready(page);
  await expect(heading(page)).toHaveText("1 query, 4 series in the last hour");

  await page.getByRole("button", { name: "Add query" }).click();
  await field(page, "B").fill('sum(mcp_server_up{server=everything})');
  await expect(page.locator(".query").nth(1).locator(".colours .wrong")).toHaveText("everything");
  await expect(field(page, "B")).toHaveAccessibleDescription(/in quotes/);
  await expect(field(page, "B")).toHaveAttribute("aria-invalid", "true");

  await page.getByRole("button", { name: "Run" }).click();
  await expect(heading(page)).toHaveText("1 of 2 queries failed, 4 series in the last hour");
  await expect(legend(page)).toHaveCount(4);
  await expect(field(page, "B")).toHaveAccessibleDescription(/in quotes/);
  await expect(field(page, "A")).not.toHaveAttribute("aria-invalid", "true");

  // Mended, it is answered.
  await field(page, "B").fill("count(mcp_server_up)");
  await expect(page.locator(".query").nth(1).locator(".colours .wrong")).toHaveCount(0);
  await field(page, "B").press("Control+Enter");
  await expect(heading(page)).toHaveText("2 queries, 5 series in the last hour");
  await page.getByRole("button", { name: "Hide query A" }).click();
  await expect(heading(page)).toHaveText("1 query, 1 series in the last hour");
  await page.getByRole("button", { name: "Show query A" }).click();
  await page.getByRole("button", { name: "Remove query B" }).click();
  await expect(heading(page)).toHaveText("1 query, 4 series in the last hour");
  await field(page).fill("sum(mcp_server_up)  by(server)");
  await page.getByRole("button", { name: "Format query A" }).click();
  await expect(field(page)).toHaveValue("sum by (server) (mcp_server_up)");
  // A text is text, whatever it says.
  await field(page).fill("<img src=x onerror=alert(1)>");
  await expect(page.locator(".query img")).toHaveCount(0);
});

test("the address holds everything: views, kinds, legends; it is loaded again, and back works", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/explore?q=mcp_server_up&range=15m");
  await ready(page);
  await field(page).fill("mcp_server_up % 2");
  await page.getByLabel("Legend of query A").fill("{{server}} odd");
  await field(page).press("Enter");
  await expect(legend(page).filter({ hasText: "memory odd" })).toBeVisible();
  await page.getByLabel("Drawn as").selectOption("Areas");
  await page.getByLabel("Values are").selectOption("Ratio (0–1)");
  await expect(legend(page).first()).toContainText("100 %");
  await page.getByRole("tab", { name: "Table" }).click();
  await expect(page).toHaveURL(/view=table/);
  const servers = page.getByRole("grid", { name: "Newest values" }).locator("tbody [role=row]");
  await expect(servers).toHaveCount(4);

  // Sorted by a label, both ways.
  const column = page.getByRole("grid", { name: "Newest values" }).getByRole("button", { name: "server" });
  await column.click();
  await expect(servers.first()).toContainText("everything");
  await column.click();
  await expect(servers.first()).toContainText("time");

  await page.reload();
  await ready(page);
  await expect(field(page)).toHaveValue("mcp_server_up % 2");
  await expect(page.getByLabel("Legend of query A")).toHaveValue("{{server}} odd");
  await expect(page.getByLabel("Drawn as")).toHaveValue("area");
  await expect(page.getByLabel("Values are")).toHaveValue("ratio");
  await expect(heading(page)).toHaveText("1 query, 4 series in the last 15 minutes");
  await expect(servers).toHaveCount(4);

  // Another range is another answer to the same question.
  await page.getByRole("button", { name: /Last 15 minutes/ }).click();
  await page.getByRole("link", { name: "Last 5 minutes" }).click();
  await expect(heading(page)).toHaveText("1 query, 4 series in the last 5 minutes");
  expect(asked(page)).toEqual(["mcp_server_up % 2"]);

  await page.getByRole("tab", { name: "Raw" }).click();
  const raw = JSON.parse((await page.getByRole("region", { name: "Answer as JSON" }).textContent())!) as { query: string; labels: Record<string, string>; values: [number, number][] }[];
  expect(raw.map((series) => series.labels.server).sort()).toEqual(["everything", "memory", "observatory", "time"]);
  expect(raw[0].query).toBe("A");
  expect(raw[0].values.at(-1)![1]).toBe(1);

  // Export gives the same, in files.
  await page.getByRole("button", { name: "Menu of Answer" }).click();
  const link = page.getByRole("link", { name: "Export JSON" });
  const rows = await product.get<{ server: string; value: number }[]>((await link.getAttribute("href"))!);
  expect(new Set(rows.map((row) => row.server))).toEqual(new Set(["everything", "memory", "observatory", "time"]));
  await page.keyboard.press("Escape");

  await page.goBack();
  await expect(heading(page)).toHaveText("1 query, 4 series in the last 15 minutes");
  await page.goBack();
  await expect(field(page)).toHaveValue("mcp_server_up");
  await page.goForward();
  await expect(field(page)).toHaveValue("mcp_server_up % 2");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the form is sent and answered in the first HTML", async ({ page, product }) => {
    await allHealthy(product);
    await page.goto("/explore");
    await expect(heading(page)).toHaveText("Nothing is asked yet");
    await page.getByRole("link", { name: "mcp_server_up", exact: true }).click();
    // Points are at whole steps: the first one has to come.
    await expect(async () => {
      await page.reload();
      await expect(heading(page)).toHaveText("1 query, 4 series in the last hour", { timeout: 500 });
    }).toPass({ timeout: 30_000 });
    await expect(legend(page).filter({ hasText: "memory" })).toContainText("1");
    await page.getByRole("button", { name: "Add query" }).click();
    await field(page, "B").fill("sum(");
    await page.getByLabel("Shown as").selectOption("Table");
    await page.getByRole("button", { name: "Run" }).click();
    await expect(heading(page)).toHaveText("1 of 2 queries failed, 4 series in the last hour");
    await expect(page.locator(".query").nth(1)).toContainText("an expression is missing");
    await expect(page.getByRole("grid", { name: "Newest values" })).toContainText("memory");
    await expect(page.getByRole("columnheader", { name: "server" })).toBeVisible();
    expect(asked(page)).toEqual(["mcp_server_up", "sum("]);
  });
});

test("nobody is kept out: axe-core in both themes, and a phone", async ({ page, product }) => {
  await allHealthy(product);
  for (const view of ["graph", "table", "raw"]) {
    await page.goto(`/explore?q=mcp_server_up&q=sum(&view=${view}`);
    await ready(page);
    await expect(heading(page)).toHaveText("1 of 2 queries failed, 4 series in the last hour");
    await field(page).fill("mcp_server_up{");
    await expect(options(page).first()).toBeVisible();
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect.soft(bad.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`)), `${view} in ${colorScheme}`).toEqual([]);
    }
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => page.evaluate(() => document.scrollingElement!.scrollWidth)).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1280, height: 720 });
  }
});
