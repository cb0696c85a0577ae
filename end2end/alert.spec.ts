// A server dies and comes back: what the page says of it without a reload, what people do about it,
// and what is still known after a restart.
import type { Page } from "@playwright/test";
import { allHealthy, expect, isLive, row, test } from "./fixture.ts";

/** Down and noticed, then the time that it has to be down for, on a busy machine. */
const SOON = { timeout: 25_000 };
const SUMMARY = "everything is down";

/** The newest card about the server, in whatever state. */
const card = (page: Page) => page.locator("article.alert", { hasText: SUMMARY }).first();
const marks = (page: Page) => page.locator("#events li");
const inRail = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).locator(".count");
const live = (page: Page) => page.locator(".connection[data-link=live]");

/** A document that is loaded anew loses this. */
const mark = (page: Page) => page.evaluate(() => void Object.assign(window, { sameDocument: true }));
const isMarked = (page: Page) => page.evaluate(() => "sameDocument" in window);

test("down, fires, is acknowledged, outlives reload and restart, comes back", async ({ page, product, everything, allowed }) => {
  test.setTimeout(150_000);
  await page.goto("/");
  for (const name of ["everything", "memory", "time", "observatory"]) {
    await expect(row(page, name)).toHaveAttribute("data-level", "healthy", { timeout: 30_000 });
    await expect(row(page, name).locator(".badge")).toHaveText("healthy");
  }
  await isLive(page);
  await expect(live(page)).toHaveText(/^Live updated (now|\d+ s ago)$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("All 4 servers are healthy");
  await expect(inRail(page, "Alerts")).toHaveCount(0);
  await expect(card(page)).toHaveCount(0);
  await mark(page);

  // It dies.
  await everything.stop("SIGKILL");
  await expect(row(page, "everything")).toHaveAttribute("data-level", "unhealthy", SOON);
  await expect(row(page, "everything").locator(".badge")).toHaveText("unhealthy");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 of 4 servers needs attention");
  await expect(inRail(page, "Servers")).toHaveText("1");
  await expect(card(page)).toHaveAttribute("data-state", "firing", SOON);
  await expect(card(page)).toContainText("MCPServerDown");
  await expect(inRail(page, "Alerts")).toHaveText("1");
  await expect(marks(page).filter({ hasText: "everything is unhealthy" })).toHaveCount(1);
  await expect(marks(page).filter({ hasText: "MCPServerDown everything firing" })).toHaveCount(1);
  expect(await isMarked(page), "the page was not loaded anew").toBe(true);

  // What the product refuses is taken back, with the reason. The same is said in the console.
  allowed.push(/the server responded with a status of 400/);
  await card(page).getByLabel("Your name").fill("Ann");
  await card(page).getByLabel("Comment").fill("x".repeat(4001));
  await card(page).getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.locator(".toast.is-error")).toContainText("a comment 4000");
  await expect(card(page)).toHaveAttribute("data-state", "firing");
  await expect(card(page).getByLabel("Your name"), "what was typed is still there").toHaveValue("Ann");
  await expect(card(page).getByLabel("Comment")).toHaveValue("x".repeat(4001));
  await page.locator(".toast").getByRole("button", { name: "Dismiss" }).click();
  await expect(page.locator(".toast")).toHaveCount(0);

  // Acknowledged by a click; it shows before the product has answered.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route("**/fn/decide_alert*", async (route) => {
    await held;
    await route.continue();
  });
  await card(page).getByLabel("Your name").fill("Ann");
  await card(page).getByLabel("Comment").fill("looking into it");
  const asked = page.waitForRequest("**/fn/decide_alert*");
  await card(page).getByRole("button", { name: "Acknowledge" }).click();
  await asked;
  await expect(card(page)).toHaveAttribute("data-state", "acknowledged");
  await expect(card(page)).toContainText("Acknowledged by Ann");
  letGo();
  await expect(marks(page).filter({ hasText: "MCPServerDown everything acknowledged by Ann" })).toHaveCount(1);
  await expect(card(page)).toHaveAttribute("data-state", "acknowledged");

  const stillAcknowledged = async () => {
    await expect(card(page)).toHaveAttribute("data-state", "acknowledged");
    await expect(card(page).locator(".badge")).toHaveText("acknowledged");
    await expect(card(page)).toContainText(/Acknowledged by Ann .*“looking into it”/);
    await expect(card(page).getByRole("button", { name: "Acknowledge" })).toHaveCount(0);
  };
  await page.reload();
  await stillAcknowledged();
  await isLive(page);

  // The product is restarted under an open page. The browser notes what it could not reach.
  allowed.push(/WebSocket connection to .* failed/, /WebSocket is already in CLOSING/, /net::ERR_CONNECTION_REFUSED .*\/fn\/load_/);
  await mark(page);
  // All code that the page fetches is there.
  await page.waitForFunction(() => performance.getEntriesByName("chart:painted").length > 0);
  await product.stop();
  await expect(page.locator(".connection")).toHaveAttribute("data-link", "lost", { timeout: 20_000 });
  await expect(page.locator(".connection")).toContainText("Connection lost");
  await product.start();
  await isLive(page);
  await stillAcknowledged();
  await expect(row(page, "memory")).toHaveAttribute("data-level", "healthy", { timeout: 30_000 });
  expect(await isMarked(page), "the page was not loaded anew").toBe(true);
  await page.reload();
  await stillAcknowledged();

  // It comes back.
  await isLive(page);
  await mark(page);
  await everything.start();
  await expect(row(page, "everything")).toHaveAttribute("data-level", "healthy", { timeout: 30_000 });
  await expect(card(page)).toHaveAttribute("data-state", "resolved", SOON);
  await expect(card(page)).toContainText("Resolved by itself");
  await expect(inRail(page, "Alerts")).toHaveCount(0);
  await expect(marks(page).filter({ hasText: "MCPServerDown everything resolved" })).toHaveCount(1);
  expect(await isMarked(page), "the page was not loaded anew").toBe(true);

  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Alerts" }).click();
  await expect(page).toHaveURL(/\/alerts$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No alert is open");
  await inHistory(page);
  await page.reload();
  await inHistory(page);
});

async function inHistory(page: Page) {
  const past = page.locator("#alert-history tbody tr");
  await expect(past).toHaveCount(1);
  await expect(past).toContainText(SUMMARY);
  await expect(past.getByRole("cell").last()).toHaveText("Ann: “looking into it”");
}

test("silenced from its card, held, and back at once", async ({ page, product, everything, allowed }) => {
  allowed.push(/the server responded with a status of 400/);
  await allHealthy(product);
  await everything.stop("SIGKILL");
  await page.goto("/");
  await isLive(page);
  await expect(card(page)).toHaveAttribute("data-state", "firing", SOON);
  await expect(inRail(page, "Alerts")).toHaveText("1");
  await card(page).getByRole("link", { name: "Silence" }).click();
  await expect(page).toHaveURL(/\/alerts\?silence=/);

  // The alert has filled the matchers in, and what they are about is said before anything is silent.
  const silences = page.locator("#silences");
  const matchers = silences.getByRole("textbox", { name: /Which alerts/ });
  await expect(matchers).toHaveValue(/^alertname="MCPServerDown".*server="everything"/, SOON);
  await expect(silences.locator("p[role=status]")).toContainText(`1 open alert: ${SUMMARY}`);
  await matchers.fill("server=");
  await silences.getByLabel("Your name").fill("Ann");
  await silences.getByRole("button", { name: "Silence", exact: true }).click();
  await expect(silences).toContainText("everything would be silent");
  await matchers.fill('server="everything"');
  await silences.getByLabel("For").selectOption("8 hours");
  await silences.getByLabel("Why").fill("being moved");
  await silences.getByRole("button", { name: "Silence", exact: true }).click();
  await expect(card(page)).toContainText(/Held: Ann silenced it until .* \(being moved\)/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No alert is open; 1 held");
  await expect(inRail(page, "Alerts")).toHaveCount(0);

  await silences.getByRole("row", { name: /being moved/ }).getByRole("checkbox").check();
  await silences.getByRole("button", { name: "End now" }).click();
  await expect(silences.getByRole("row", { name: /being moved/ })).toContainText("ended by");
  await expect(card(page)).not.toContainText("Held");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 alert firing, nobody has taken one");
});

test("resolved and reopened by hand", async ({ page, product, everything }) => {
  await allHealthy(product);
  await page.goto("/alerts");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No alert is open");
  await isLive(page);
  await everything.stop("SIGKILL");
  await expect(card(page)).toHaveAttribute("data-state", "firing", SOON);

  await card(page).getByLabel("Your name").fill("Ben");
  await card(page).getByLabel("Comment").fill("known, at night");
  await card(page).getByRole("button", { name: "Resolve" }).click();
  await expect(card(page)).toHaveAttribute("data-state", "resolved");
  await expect(card(page)).toContainText(/Resolved by Ben .*: “known, at night”/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No alert is open");
  await expect(page.locator("#alert-history tbody tr").getByRole("cell").last()).toHaveText("Ben");

  // The server is still down; what a person decided stands all the same.
  type Server = { server: { updated_ms: number; verdict: { level: string } } };
  const look = async () => (await product.get<Server>("/observability/servers/everything")).server;
  const resolvedAt = (await look()).updated_ms;
  await expect.poll(async () => (await look()).updated_ms, SOON).toBeGreaterThan(resolvedAt + 4000);
  expect((await look()).verdict.level).toBe("unhealthy");
  expect(await product.get("/observability/alerts?open=true")).toEqual([]);
  await expect(card(page)).toHaveAttribute("data-state", "resolved");

  await card(page).getByRole("button", { name: "Reopen" }).click();
  await expect(card(page)).toHaveAttribute("data-state", "firing");
  await expect(card(page).getByRole("button", { name: "Acknowledge" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 alert firing, nobody has taken one");
  await card(page).getByText("Every step").click();
  await expect(card(page).locator(".changes b")).toHaveText(["pending", "firing", "resolved", "firing"]);

  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Overview" }).click();
  await expect(card(page)).toHaveAttribute("data-state", "firing");
  await expect(marks(page).filter({ hasText: "MCPServerDown everything resolved by Ben" })).toHaveCount(1);
});
