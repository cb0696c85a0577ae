// The least there is: the product starts, shows a page, and ends well.
import type { Page } from "@playwright/test";
import { allHealthy, expect, isLive, lookedAt, test } from "./fixture.ts";

const PAGES = ["/", "/servers", "/servers/everything", "/alerts", "/explore", "/dashboards", "/dashboards/system-health"];

test("the first page has a heading", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("nothing is torn away while a page is taken over", async ({ page, product }) => {
  await allHealthy(product);
  // What changes by itself comes through the socket: here it is silent.
  await page.routeWebSocket("**/ws", () => {});
  await page.addInitScript(() => {
    const removed: string[] = [];
    Object.assign(window, { removed });
    new MutationObserver((changes) => {
      for (const { removedNodes, target } of changes)
        for (const node of removedNodes) {
          // What a legend says is written anew by the code that draws.
          const isDrawn = target instanceof Element && target.closest(".chart .legend");
          if (node instanceof HTMLElement && !isDrawn) removed.push(`${node.tagName} ${node.className}`);
        }
    }).observe(document, { childList: true, subtree: true });
  });
  for (const path of PAGES) {
    await page.goto(path);
    await takenOver(page);
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => (window as unknown as { removed: string[] }).removed), path).toEqual([]);
  }
});

test("nothing moves by itself when a page is there", async ({ page, product }) => {
  await allHealthy(product);
  await lookedAt(product);
  await page.addInitScript(() => {
    const shifts: unknown[] = [];
    Object.assign(window, { shifts });
    const name = (node?: Node) => (node instanceof Element ? `${node.tagName} ${node.className}` : node?.nodeName);
    new PerformanceObserver((list) => {
      type Shift = PerformanceEntry & { value: number; sources: { node?: Node }[] };
      for (const { value, sources } of list.getEntries() as Shift[]) shifts.push([value, ...sources.map(({ node }) => name(node))]);
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const path of PAGES) {
    // A stretch that is short enough that what has happened by now lies on its points.
    await page.goto(`${path}?range=5m`);
    await isLive(page);
    await page.waitForTimeout(1000);
    const shifts = await page.evaluate(() => (window as unknown as { shifts: [number, ...string[]][] }).shifts);
    const sum = shifts.reduce((sum, [by]) => sum + by, 0);
    expect.soft(sum, `${path}: ${JSON.stringify(shifts)}`).toBeLessThan(0.01);
  }
});

test("a page is taken over as it was rendered, though time goes on meanwhile", async ({ page, product }) => {
  await allHealthy(product);
  await lookedAt(product);
  // A stretch that ends with a whole minute has a label more than one that ends a second later.
  const minute = 60_000;
  await page.waitForTimeout(minute + 1100 - (Date.now() % minute));
  await page.goto("/servers/everything?range=5m");
  await isLive(page);
});

const takenOver = (page: Page) => page.waitForFunction(() => performance.getEntriesByName("app:hydrated").length > 0);
