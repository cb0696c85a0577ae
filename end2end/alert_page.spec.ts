// One alert worked on its page by two people, its history, an alert raised by hand, and all of it without a script.
import type { Page } from "@playwright/test";
import { allHealthy, expect, firing, isLive, test } from "./fixture.ts";

const inRail = (page: Page) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Alerts" }).locator(".count");
const steps = (page: Page) => page.locator("#steps .life > li");

test("an alert is worked on its page, and others see it", async ({ page, context, product, everything, allowed }) => {
  test.slow();
  allowed.push(/the server responded with a status of 40[49]/);
  await allHealthy(product);
  await everything.stop("SIGKILL");
  const id = await firing(product, "everything");
  await page.goto("/");
  await isLive(page);
  await page.locator("article.alert").first().getByRole("heading").getByRole("link").click();
  await expect(page).toHaveURL(`/alerts/${id}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("everything is down");
  await expect(page.locator("#quiet")).toContainText("It is not quiet");
  await expect(page.locator("#before")).toContainText("started");
  await expect(page.getByRole("link", { name: "See its expression" })).toHaveAttribute("href", /^\/explore\?q=.*from=/);
  await expect(inRail(page)).toHaveText("1");

  // What its rule looks at, with what happened to the alert on its time axis.
  const course = page.locator("#course");
  // Of an alert that is seconds old there may be no point yet; the picture is made anew every 15 s.
  await expect(course.locator(".plot")).toBeVisible({ timeout: 25_000 });
  await expect(course.locator(".legend > li")).toHaveCount(1);
  await course.getByRole("button", { name: "Menu of What its rule looks at" }).click();
  await expect(course.getByRole("link", { name: "Open in Explore" })).toHaveAttribute("href", /^\/explore\?q=.*&from=\d+&to=\d+/);
  await course.getByRole("button", { name: "View as table" }).click();
  await expect(course.locator("tbody tr").first().locator("td").first()).toHaveText("0", { timeout: 25_000 });

  // It is given to somebody, and something is said; another tab sees it.
  const other = await context.newPage();
  await other.goto(`/alerts/${id}`);
  await isLive(other);
  const work = page.locator("#work");
  await work.getByLabel("Your name").fill("Ann");
  await work.getByLabel("For whom").fill("Bob");
  await work.getByRole("button", { name: "Assign" }).click();
  await expect(steps(page).last()).toContainText("assigned to Bob by Ann");
  await work.getByLabel("Comment").fill("<b>look</b> at the disk");
  await work.getByRole("button", { name: "Comment" }).click();
  await expect(steps(other).last()).toContainText("<b>look</b> at the disk");
  await expect(other.locator("h1 + p")).toContainText("Bob sees to it");

  // Taken for a while. Who comes second is told who was first.
  await work.getByRole("combobox", { name: "Acknowledge" }).selectOption("for 1 hour");
  await work.getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.locator("#quiet")).toContainText(/Ann has it until .* then it fires again/);
  await expect(inRail(page)).toHaveCount(0);
  const answer = await fetch(`${product.url}/alerts/${id}/acknowledge`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ by: "Cyd" }),
  });
  expect(answer.status).toBe(409);
  expect(await answer.text()).toContain("Ann has already acknowledged this alert");

  // For less than that: it fires again by itself.
  await product.post(`/alerts/${id}/acknowledge`, { by: "Ann", lasts_ms: 1_000 });
  await expect(steps(page).last()).toContainText("fires again", { timeout: 30_000 });
  await expect(inRail(page)).toHaveText("1");
  await page.reload();
  await expect(steps(page)).toHaveCount(7);

  // The history knows all of it, and finds it.
  await page.getByRole("navigation", { name: "Alerts" }).getByRole("link", { name: "History" }).click();
  const rows = page.locator("#alert-steps tbody tr");
  await expect(rows).toHaveCount(7);
  await page.getByLabel("Words").fill("DISK look");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/text=DISK%20look/);
  await rows.getByRole("link").click();
  await expect(page).toHaveURL(`/alerts/${id}`);
  await page.goto("/alerts/0193a1b2-0000-7000-8000-000000000000");
  await expect(page.locator("main")).toContainText("there is no alert 0193a1b2");
});

test("an alert is raised by hand, refreshed by a program, and ended", async ({ page, product }) => {
  await page.goto("/alerts");
  await isLive(page);
  const panel = page.locator("#raise-alert");
  await panel.getByText("Something is wrong that no rule sees").click();
  await panel.getByLabel("Name, such as").fill("BackupFailed");
  await panel.getByLabel("Severity").selectOption("error");
  await panel.getByLabel("What is wrong").fill("the backup has failed");
  await panel.getByLabel("Your name").fill("Ann");
  await panel.getByRole("button", { name: "Raise", exact: true }).click();
  const card = page.locator("article.alert", { hasText: "the backup has failed" });
  await expect(card).toHaveAttribute("data-state", "firing");
  await product.post("/alerts", { name: "BackupFailed", severity: "error", summary: "it has failed twice" });
  await expect(page.locator("article.alert")).toHaveCount(1);
  await page.locator("article.alert").getByRole("heading").getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("it has failed twice");
  await page.locator("#work").getByRole("button", { name: "Resolve" }).click();
  await expect(steps(page).last()).toContainText("resolved");
  await expect(page.locator("#work").getByRole("button", { name: "Reopen" })).toBeVisible();
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false });

  test("raised, commented and found by forms", async ({ page }) => {
    await page.goto("/alerts");
    await page.getByText("Something is wrong that no rule sees").click();
    await page.getByLabel("Name, such as").fill("Note");
    await page.getByRole("button", { name: "Raise", exact: true }).click();
    await expect(page).toHaveURL(/\/alerts\/[0-9a-f-]{36}$/);
    await page.getByLabel("Comment").fill("so it is");
    await page.getByRole("button", { name: "Comment" }).click();
    await expect(steps(page).last()).toContainText("so it is");
    await page.getByRole("button", { name: "Resolve" }).click();
    await expect(steps(page).last()).toContainText("resolved");
    await page.goto("/alerts/history");
    await page.getByLabel("What happened").selectOption("commented");
    await page.getByRole("button", { name: "Search", exact: true }).click();
    await expect(page.locator("#alert-steps tbody tr")).toHaveCount(1);
  });
});
