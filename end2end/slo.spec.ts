// What is promised and whether it is kept: an objective is written with its preview, a real server is stopped for a known
// time and its page has those minutes and says what spent them; a report is made, kept, and printed.
import type { Page } from "@playwright/test";
import { allHealthy, expect, isLive, test } from "./fixture.ts";

type Objective = { id: string; state: string; budget: { spent: number; minutes: number; bad_minutes: number } };

/** The ledger has a row a minute. */
const MINUTES = { timeout: 200_000, intervals: [2_000] };
const SOON = { timeout: 25_000 };

const MINUTE_MS = 60_000;
/** Waits until a minute is neither young nor old: what is available is looked at when a minute ends. */
async function midMinute() {
  const into = Date.now() % MINUTE_MS;
  const left = into < 10_000 ? 10_000 - into : into > 40_000 ? MINUTE_MS + 10_000 - into : 0;
  await new Promise((resolve) => setTimeout(resolve, left));
}

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const row = (page: Page, name: string) => page.locator(".objectives > li").filter({ hasText: name });
const preview = (page: Page) => page.getByRole("region", { name: "What it would have been" });
const field = (page: Page, id: string) => page.locator(`#slo-${id}`);

test("an objective is written, a server is stopped, and the page has those minutes", async ({ page, product, everything, allowed }) => {
  test.setTimeout(420_000);
  // What is wrong with a draft is an answer of that status.
  allowed.push(/the server responded with a status of 4/);
  await allHealthy(product);

  // What is built in is there, and found by its words.
  await page.goto("/slo");
  await isLive(page);
  await expect(heading(page)).toContainText(/objective/);
  await expect(row(page, "mcp · availability")).toContainText("99.9 % over 30 days");
  await page.getByLabel("Filter objectives").fill("availability");
  await expect(page).toHaveURL(/q=availability/);
  await expect(page.locator(".objectives > li")).toHaveCount(1);
  await page.getByLabel("Filter objectives").fill("nothing is called so");
  await expect(page.locator("#objectives")).toContainText("No objective is like this.");
  await page.getByLabel("Filter objectives").fill("");

  // A mistake is said at its field, and what is written stays.
  await page.getByRole("link", { name: "New objective" }).click();
  await expect(heading(page)).toHaveText("New objective");
  await field(page, "service").fill("shop");
  await field(page, "name").fill("open");
  await field(page, "kind").selectOption("availability");
  await field(page, "metric").fill('mcp_server_up{server="everything"}');
  await field(page, "parts").fill("server");
  await field(page, "owner").fill("Ann");
  await field(page, "target-percent").fill("100");
  await expect(page.locator("#slo-target-percent-problem")).toBeVisible(SOON);
  await page.getByRole("button", { name: "Make objective" }).click();
  await expect(page.getByRole("alert")).toContainText("Not saved");
  await expect(field(page, "owner")).toHaveValue("Ann");
  await field(page, "target-percent").fill("many");
  await expect(page.locator("#slo-target-percent-problem")).toContainText("no number");

  // What it would have been, and what could be promised.
  await field(page, "target-percent").fill("99.5");
  await expect(preview(page).getByRole("button", { name: /^Take / }).first()).toBeVisible(SOON);
  await expect(preview(page)).toContainText("What could be promised");
  await preview(page).getByRole("button", { name: "Take it: 99.9 %" }).click();
  await expect(field(page, "target-percent")).toHaveValue("99.9");
  await field(page, "by").fill("Ann");
  await page.getByRole("button", { name: "Make objective" }).click();
  await expect(page).toHaveURL(/\/slo\/shop-open$/, SOON);
  await expect(heading(page)).toContainText("shop · open");
  await expect(page.locator("#objective .facts")).toContainText("made here");
  await expect(page.locator("#versions")).toContainText("created by Ann");
  await expect(page.locator("#slo-rules pre")).toContainText("slo:sli_error:ratio_rate5m");

  // A minute that was good, then it is stopped for two, which is measured here too.
  const objective = async () => (await product.get<{ rows: Objective[] }>("/sla/status")).rows.find(({ id }) => id === "shop-open")!;
  await expect.poll(async () => (await objective()).budget.minutes, MINUTES).toBeGreaterThan(0);
  await midMinute();
  const stopped_ms = Date.now();
  await everything.stop("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 2 * MINUTE_MS - 5_000));
  await everything.start();
  await allHealthy(product);
  const began_ms = Date.now();
  const minute = (at_ms: number) => Math.floor(at_ms / MINUTE_MS);
  const out = minute(began_ms) - minute(stopped_ms);
  expect(out, "ends of minutes between the two").toBe(2);
  // Until a good minute has been counted after them.
  const before = (await objective()).budget;
  await expect.poll(async () => {
    const { minutes, bad_minutes } = (await objective()).budget;
    return minutes - bad_minutes - (before.minutes - before.bad_minutes);
  }, MINUTES).toBeGreaterThan(0);
  const { state, budget } = await objective();
  expect(state).not.toBe("met");
  expect(budget.bad_minutes, "the minutes in which it was stopped, no more and no fewer").toBe(out);
  expect(budget.spent).toBeCloseTo(out, 6);
  const incident = page.locator("#incidents ol > li");
  await expect(incident).toHaveCount(1, SOON);
  await expect(incident).toContainText("of the budget", SOON);
  await expect(incident).toContainText(`${out} probe minutes`, SOON);
  await expect(incident).toContainText(`${out} min bad`, SOON);
  const clock = (at_minute: number) => new Date(at_minute * MINUTE_MS).toISOString().slice(11, 16);
  await expect(incident.locator("time"), "from when to when").toContainText(`${clock(minute(stopped_ms))} – ${clock(minute(began_ms))}`);
  await expect(page.locator("#spent")).toContainText("server everything");
  await expect(page.locator("#arithmetic .steps > li").first()).toBeVisible();
  await expect(page.locator(".slo-budget")).toContainText("spent");
  await expect(page.locator("#burn-down canvas")).toBeVisible();
  await page.goto("/slo");
  await isLive(page);
  await expect(row(page, "shop · open").locator(".badge").first()).toHaveText(state);

  // The overview names it as well, and leads there.
  await page.getByRole("link", { name: "Overview" }).click();
  const line = page.locator("#budgets tbody tr").filter({ hasText: "shop · open" });
  await expect(line.locator(".badge")).toHaveText(state);
  await expect(line).toContainText(/left|overspent/);
  await line.getByRole("link").click();
  await expect(page).toHaveURL(/\/slo\/shop-open$/);
  await page.goto("/slo");
  await isLive(page);

  // Another target, with who changed it.
  await row(page, "shop · open").getByRole("link", { name: "shop · open" }).click();
  await page.getByRole("link", { name: "Change it" }).click();
  await field(page, "target-percent").fill("99");
  await field(page, "by").fill("Bob");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.locator(".slo-versions > li").first()).toContainText("by Bob", SOON);
  await expect(page.locator(".slo-versions > li").first()).toContainText("99");

  // A report about it: made by its address, kept, and as it was also when the objective has gone.
  await page.getByRole("link", { name: "Report about it" }).click();
  await expect(page.locator("article.report")).toContainText("shop · open");
  await page.locator("#keep-by").fill("Ann");
  await page.getByRole("button", { name: "Keep it" }).click();
  await expect(page).toHaveURL(/\/slo\/reports\/\d+$/, SOON);
  const kept = page.url();
  for (const [word, text] of [["CSV", "shop-open"], ["JSON", '"shop-open"'], ["HTML", "<html"]] as const) {
    const href = (await page.locator(".report-tools").getByRole("link", { name: word, exact: true }).getAttribute("href"))!;
    expect(await (await fetch(product.url + href)).text(), word).toContain(text);
  }
  const said = await page.locator("article.report").innerText();
  await page.goto("/slo/shop-open");
  await isLive(page);
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: /^Remove shop/ }).click();
  await expect(page).toHaveURL(`${product.url}/slo`, SOON);
  await expect(row(page, "shop · open")).toHaveCount(0, SOON);
  await page.goto(kept);
  expect(await page.locator("article.report").innerText()).toBe(said);

  // On paper there is nothing around it.
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(page.locator("nav.rail")).toBeHidden();
  await expect(page.locator("header.top")).toBeHidden();
  await expect(page.locator(".report-tools")).toBeHidden();
  const ink = await page.locator("article.report h1").evaluate((title) => getComputedStyle(title).color);
  expect(ink, "dark letters on white paper").toBe("rgb(23, 28, 36)");
});

test("reports are planned, and what was measured elsewhere is noted", async ({ page, product, allowed }) => {
  allowed.push(/the server responded with a status of 4/, /WebSocket/);
  await page.goto("/slo/reports");
  await isLive(page);
  await expect(heading(page)).toHaveText("No report is kept yet");
  await page.getByText("Plan reports").click();
  await page.locator("#schedule-name").fill("monthly");
  await page.locator("#schedule-zone").fill("Nowhere/Land");
  await page.getByRole("button", { name: "Plan it" }).click();
  await expect(page.locator("#schedule-name-problem")).toContainText("Nowhere/Land");
  await page.locator("#schedule-zone").fill("Europe/Berlin");
  await page.getByRole("button", { name: "Plan it" }).click();
  await expect(page.locator("#schedules")).toContainText("monthly: when a month is over (Europe/Berlin)");
  await product.restart();
  await page.reload();
  await isLive(page);
  await page.getByRole("button", { name: "End monthly" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "End monthly" }).click();
  await expect(page.locator("#schedules")).toContainText("No report is made by itself.");

  await page.goto("/slo/new");
  await isLive(page);
  await field(page, "service").fill("vendor");
  await field(page, "name").fill("desk");
  await field(page, "kind").selectOption("measured");
  await field(page, "target-percent").fill("90");
  await page.getByRole("button", { name: "Make objective" }).click();
  await expect(page).toHaveURL(/\/slo\/vendor-desk$/, SOON);
  await page.locator("#measured-from").fill("now-2h");
  await page.locator("#measured-to").fill("now-1h");
  await page.locator("#measured-good").fill("57");
  await page.locator("#measured-total").fill("60");
  await page.locator("#measured-note").fill("from their status page");
  await page.getByRole("button", { name: "Note it" }).click();
  await expect(page.locator("#measurements tbody")).toContainText("57 of 60", SOON);
  await expect(page.locator("#measurements tbody")).toContainText("95 %");
  // What lies over a part of it is refused, with the reason.
  await page.locator("#measured-from").fill("now-90m");
  await page.getByRole("button", { name: "Note it" }).click();
  await expect(page.locator("#measurements .problem")).toContainText(/overlap/i);
});
