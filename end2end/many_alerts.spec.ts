// More open alerts than a page holds: fetched as they are scrolled to, found by the server, in groups, and worked together.
import type { Page } from "@playwright/test";
import { expect, isLive, test } from "./fixture.ts";
import type { Product } from "./product.ts";

const MANY = 260;
const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const many = (page: Page) => page.locator("#many-alerts");
const room = (page: Page) => many(page).getByRole("grid", { name: "open alerts" });
const inRail = (page: Page) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Alerts" }).locator(".count");

async function raise(product: Product, from: number, to: number) {
  const one = (n: number) =>
    product.post("/alerts", {
      name: `Disk${n}`,
      severity: n % 10 === 0 ? "critical" : "warning",
      summary: `disk ${n} is full`,
      server: `node-${n % 3}`,
      labels: { team: `team ${n % 2}` },
      by: "Ann",
    });
  for (let n = from; n < to; n += 20) {
    await Promise.all(Array.from({ length: Math.min(20, to - n) }, (_, i) => one(n + i)));
  }
}

test("what is not on the page is counted, scrolled to, found, chosen and worked", async ({ page, product }) => {
  test.slow();
  await raise(product, 0, MANY);
  const html = await (await fetch(`${product.url}/alerts`, { headers: { accept: "text/html" } })).text();
  expect(html).toContain(`${MANY} alerts firing, nobody has taken one`);
  await page.goto("/alerts");
  await isLive(page);
  await expect(heading(page)).toHaveText(`${MANY} alerts firing, nobody has taken one`);
  await expect(inRail(page)).toHaveText(String(MANY));
  await expect(many(page).locator(".said")).toHaveText(`${MANY} rows`);

  // The last of them is not among those that came with the page.
  await room(page).evaluate((room) => room.scrollTo(0, room.scrollHeight));
  await expect(room(page).getByRole("row", { name: /disk 1 is full/ })).toBeVisible();

  // Found by the server among all, in its order.
  await many(page).getByRole("searchbox").fill("critical node-1");
  await expect(many(page).locator(".said")).toHaveText(`9 of ${MANY} rows`);
  await many(page).getByRole("columnheader", { name: "Alert" }).getByRole("button").click();
  await expect(room(page).locator("tbody[role] tr").first()).toContainText("disk 10 is full");

  // A file of what is found, and all of it with one action.
  await many(page).getByRole("button", { name: "Menu of Work many at once" }).click();
  const file = await many(page).getByRole("link", { name: "Export CSV" }).getAttribute("href");
  expect((await (await fetch(product.url + file)).text()).trim().split("\n")).toHaveLength(10);
  await page.keyboard.press("Escape");
  await many(page).getByRole("checkbox", { name: "Select all shown" }).check();
  const chosen = many(page).getByRole("toolbar", { name: "With the selected rows" });
  await expect(chosen).toContainText("9 selected");
  await chosen.getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.locator(".toast")).toContainText("9 alerts acknowledged");
  await expect(heading(page)).toHaveText(`${MANY - 9} alerts firing, 9 acknowledged`);
  await expect(inRail(page)).toHaveText(String(MANY - 9));

  // Another one comes while the page is open, and all go.
  await raise(product, MANY, MANY + 1);
  await expect(heading(page)).toHaveText(`${MANY - 8} alerts firing, 9 acknowledged`);
  await many(page).getByRole("searchbox").fill("");
  await expect(many(page).locator(".said")).toHaveText(`${MANY + 1} rows`);
  await many(page).getByRole("checkbox", { name: "Select all shown" }).check();
  await expect(chosen).toContainText(`${MANY + 1} selected`);
  await chosen.getByRole("button", { name: "Resolve" }).click();
  await expect(heading(page)).toHaveText("No alert is open");
  await expect(inRail(page)).toHaveCount(0);
  expect(await product.get("/observability/alerts?open=true")).toEqual([]);
});

test("in groups by a label, each worked as a whole", async ({ page, product }) => {
  test.slow();
  await raise(product, 0, 40);
  await page.goto("/alerts");
  await isLive(page);
  await many(page).getByLabel("Group by").selectOption("team");
  await expect(page).toHaveURL(/\?by=team$/);
  const groups = page.locator(".alert-group");
  await expect(groups).toHaveCount(2);
  await expect(groups.first()).toContainText("4 critical");
  await expect(groups.first()).toContainText("20 firing");
  await page.reload();
  await isLive(page);
  await expect(groups).toHaveCount(2);

  const second = groups.filter({ hasText: "team 1" });
  await second.locator("summary").click();
  await expect(second.locator(".life > li")).toHaveCount(20);
  await second.getByRole("button", { name: "Acknowledge (20)" }).click();
  await expect(page.locator(".toast")).toContainText("20 alerts acknowledged");
  await expect(second).toContainText("nobody is needed");
  await expect(heading(page)).toHaveText("20 alerts firing, 20 acknowledged");
  await many(page).getByLabel("Assign to").fill("Bob");
  await second.getByRole("button", { name: "Assign (20)" }).click();
  await expect(second.locator(".life > li").first()).toContainText("Bob has it");
  await page.goBack();
  await expect(room(page)).toBeVisible();
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false });

  test("groups are read", async ({ page, product }) => {
    await raise(product, 0, 20);
    await page.goto("/alerts");
    await many(page).getByLabel("Group by").selectOption("server");
    await many(page).getByRole("button", { name: "Show" }).click();
    await expect(page.locator(".alert-group")).toHaveCount(3);
    await page.locator(".alert-group", { hasText: "node-1" }).locator("summary").click();
    await page.getByRole("link", { name: "List them" }).filter({ visible: true }).click();
    await expect(page.locator(".alert-group", { hasText: "node-1" }).locator(".life > li")).toHaveCount(7);
  });
});
