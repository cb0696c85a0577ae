// The least there is: the product starts, shows a page, and ends well.
import { allHealthy, expect, test } from "./fixture.ts";

test("the first page has a heading", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("nothing is torn away while a page is taken over", async ({ page, product }) => {
  await allHealthy(product);
  await page.addInitScript(() => {
    const removed: string[] = [];
    Object.assign(window, { removed });
    new MutationObserver((changes) => {
      for (const change of changes)
        for (const node of change.removedNodes) if (node instanceof HTMLElement) removed.push(`${node.tagName} ${node.className}`);
    }).observe(document, { childList: true, subtree: true });
  });
  for (const path of ["/", "/servers", "/servers/everything", "/alerts"]) {
    await page.goto(path);
    await expect(page.locator(".connection")).toHaveAttribute("data-link", "live");
    await page.waitForTimeout(1000);
    const removed = await page.evaluate(() => (window as unknown as { removed: string[] }).removed);
    // The charts' past is asked for again once the socket is there; what is drawn makes room for it.
    expect(removed.filter((what) => what !== "DIV chart"), path).toEqual([]);
  }
});
