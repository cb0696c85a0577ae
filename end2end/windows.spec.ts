// Maintenance windows: made with a preview, seen as a calendar, in another tab too; what they hold comes back when they end.
import type { Page } from "@playwright/test";
import { allHealthy, expect, firing, isLive, test } from "./fixture.ts";

const SOON = { timeout: 25_000 };
const SUMMARY = "everything is down";

const card = (page: Page) => page.locator("article.alert", { hasText: SUMMARY }).first();
const form = (page: Page) => page.locator("form.window-form");
const windows = (page: Page) => page.locator("ul.windows > li");
const today = () => new Date().toISOString().slice(0, 10);

test("a window is made with a preview, holds, is ended for this time, and what still fires comes back", async ({ page, product, everything, context, allowed }) => {
  test.setTimeout(120_000);
  allowed.push(/the server responded with a status of 400/);
  await allHealthy(product);
  await everything.stop("SIGKILL");
  await firing(product, "everything");
  await page.goto("/alerts/windows");
  await isLive(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Nothing is quiet now");
  await expect(page.getByRole("navigation", { name: "Alerts" }).getByRole("link", { name: "Quiet times" })).toHaveAttribute("aria-current", "page");
  await expect(page.locator("ol.quiet-days > li")).toHaveCount(14);
  await expect(page.locator("ol.quiet-days > li[aria-current=date]")).toHaveCount(1);
  const other = await context.newPage();
  await other.goto("/alerts/windows");
  await isLive(other);

  // What is written is looked at while it is written.
  const { name, matchers } = { name: form(page).getByLabel("Name", { exact: true }), matchers: form(page).getByLabel("Which alerts") };
  await name.fill("Disks");
  await matchers.fill("server everything");
  await form(page).getByLabel("Times of day").fill("25:00-26:00");
  await expect(form(page).getByRole("alert")).toContainText('times: "25:00-26:00" is not of the form');
  await form(page).getByLabel("Times of day").fill("00:00 for 1d");
  await form(page).getByLabel("Time zone").fill("Europe/Berln");
  await expect(form(page).getByRole("alert")).toContainText("did you mean Europe/Berlin");
  await form(page).getByLabel("Time zone").fill("");
  await form(page).getByLabel("Days of the month").fill("30");
  await form(page).getByLabel("Months").fill("feb");
  await expect(form(page).getByRole("alert")).toContainText("this calendar never happens");
  await form(page).getByLabel("Months").fill("");
  await form(page).getByLabel("Days of the month").fill("1:31");
  await form(page).getByLabel("Last day").fill(today());
  await expect(form(page).getByRole("status")).toContainText(`1 open alert: ${SUMMARY}`);
  await expect(form(page).getByRole("status").locator("li")).toHaveCount(1);
  await form(page).getByLabel("Your name").fill("Ann");
  await form(page).getByLabel("Why").fill("new disks");
  await form(page).getByRole("button", { name: "Make window" }).click();
  await expect(windows(page)).toHaveCount(1);
  await expect(windows(page)).toContainText(/Disks.*running.*server="everything" · 1 open alert/s);
  await expect(windows(page)).toContainText("made by Ann");
  await expect(windows(other), "in another tab").toHaveAttribute("data-phase", "running", SOON);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 maintenance window runs", SOON);
  await expect(page.locator("ol.quiet-days > li[aria-current=date] small")).toContainText("Disks", SOON);

  // The alert says so, and leads back.
  await page.goto("/alerts");
  await isLive(page);
  await expect(card(page)).toContainText(/Held: maintenance window "Disks" until .* \(new disks\)/);
  await card(page).getByRole("link", { name: "Why" }).click();
  await expect(page).toHaveURL(/\/alerts\/windows.*#window-/);
  await isLive(page);

  // It is changed, ended for this time, for good, and deleted.
  await windows(page).getByRole("link", { name: "Edit" }).click();
  await expect(name).toHaveValue("Disks");
  await expect(form(page).getByLabel("Times of day")).toHaveValue("00:00 for 1d");
  await name.fill("New disks");
  await form(page).getByLabel("Your name").fill("Ben");
  await form(page).getByRole("button", { name: "Save window" }).click();
  await expect(windows(page)).toContainText(/New disks.*changed by Ben/s);
  await windows(page).getByLabel("Your name").fill("Cyd");
  await windows(page).getByRole("button", { name: "End this time" }).click();
  await expect(windows(page)).toContainText("Ended early by Cyd");
  await expect(windows(other), "in another tab").toContainText("Ended early by Cyd", SOON);
  await page.goto("/alerts");
  await isLive(page);
  await expect(card(page)).toHaveAttribute("data-state", "firing");
  await expect(card(page)).not.toContainText("Held");
  await page.goto("/alerts/windows");
  await isLive(page);
  await windows(page).getByRole("button", { name: "Delete" }).click();
  await expect(windows(page)).toHaveCount(0);
  await expect(windows(other)).toHaveCount(0, SOON);
});

test("weeks to come, and a phone", async ({ page, product }) => {
  const window = { name: "Nightly", matchers: "server nobody", times: "22:00-06:00", weekdays: "mon:fri", zone: "UTC", by: "Ann" };
  await product.post("/observability/windows", window);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/alerts/windows?day=2030-01-07");
  await isLive(page);
  const days = page.locator("ol.quiet-days > li");
  await expect(days.first()).toContainText("Mon 2030-01-07");
  await expect(days.first()).toContainText("Nightly 22:00–24:00");
  await expect(days.nth(1)).toContainText("Nightly 00:00–06:00; Nightly 22:00–24:00");
  await expect(days.nth(6).locator("small")).toHaveText("");
  await page.getByRole("navigation", { name: "Days" }).getByRole("link", { name: "Later" }).click();
  await expect(days.first()).toContainText("Mon 2030-01-21");
  await page.getByRole("navigation", { name: "Days" }).getByRole("link", { name: "Today" }).click();
  await expect(page.locator("ol.quiet-days > li[aria-current=date]")).toHaveCount(1);
  const width = await page.evaluate(() => document.scrollingElement!.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false });

  test("a window is previewed, made, ended and deleted by forms", async ({ page }) => {
    await page.goto("/alerts/windows");
    await form(page).getByLabel("Name", { exact: true }).fill("Plain");
    await form(page).getByLabel("Which alerts").fill("server nobody");
    await form(page).getByLabel("Times of day").fill("25:00-26:00");
    await form(page).getByLabel("Your name").fill("Ann");
    await form(page).getByRole("button", { name: "Preview" }).click();
    await expect(form(page)).toContainText('times: "25:00-26:00" is not of the form');
    await expect(form(page).getByLabel("Name", { exact: true })).toHaveValue("Plain");
    await form(page).getByLabel("Times of day").fill("00:00 for 1d");
    await form(page).getByLabel("Last day").fill(today());
    await form(page).getByRole("button", { name: "Preview" }).click();
    await expect(form(page).getByRole("status")).toContainText("No alert that is open now");
    await form(page).getByRole("button", { name: "Make window" }).click();
    await expect(windows(page)).toContainText(/Plain.*running.*made by Ann/s);
    await windows(page).getByLabel("Your name").fill("Ben");
    await windows(page).getByRole("button", { name: "End for good" }).click();
    await expect(windows(page)).toContainText(/over.*ended by Ben/s);
    await windows(page).getByRole("button", { name: "Delete" }).click();
    await expect(windows(page)).toHaveCount(0);
  });
});
