// Everybody gets everywhere: axe-core in both themes, a phone, the keyboard alone, wrong addresses.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, firing, levels, row, test } from "./fixture.ts";

const PAGES = ["/", "/servers", "/servers/everything", "/alerts"];
/** Longer than a phone is wide, without a place to break. */
const LONG = "a-server-whose-name-is-much-longer-than-any-phone-is-wide-0123456789";

test.use({ moreConfig: `[servers.${LONG}]\nurl = "http://127.0.0.1:9/${"path/".repeat(30)}mcp"\n` });

const ready = (page: Page) => expect(page.locator(".connection[data-link=live]")).toBeVisible();

test("no page has serious findings of axe-core or scrolls sideways", async ({ page, product, everything }) => {
  test.slow(); // Five pages in two themes and four sizes.
  // In the state with the most on the page: something is down, one alert fires, one is taken.
  await expect.poll(async () => (await product.get<{ tools: unknown[] }>("/observability/servers/everything")).tools.length, { timeout: 30_000 }).toBeGreaterThan(0);
  await everything.stop("SIGKILL");
  await firing(product, "everything");
  const taken = await firing(product, LONG);
  await product.post(`/alerts/${taken}/acknowledge`, { by: "Ann", comment: "x".repeat(300) });

  for (const path of [...PAGES, `/servers/${LONG}`]) {
    await page.goto(path);
    await ready(page);
    await expect(page.locator(".skeleton")).toHaveCount(0);
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations, passes } = await new AxeBuilder({ page }).analyze();
      expect(passes.map((rule) => rule.id), "contrast was looked at").toContain("color-contrast");
      const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      const findings = bad.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
      expect.soft(findings, `${path} in ${colorScheme}`).toEqual([]);
    }
    for (const [width, height] of [[390, 844], [768, 1024], [1280, 800], [2560, 1440]]) {
      await page.setViewportSize({ width, height });
      const size = () => page.evaluate(() => document.scrollingElement!.scrollWidth);
      await expect.soft.poll(size, { message: `${path} at ${width} px`, timeout: 3_000 }).toBeLessThanOrEqual(width);
    }
    await page.setViewportSize({ width: 1280, height: 720 });
  }

  // A phone is for working alerts too: what is needed is there and large enough for a thumb.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/alerts");
  const alert = page.locator("article.alert[data-state=firing]");
  for (const control of [alert.getByLabel("Your name"), alert.getByLabel("Comment"), alert.getByRole("button", { name: "Acknowledge" })]) {
    const box = (await control.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(390);
    expect(box.height, "WCAG 2.2, target size").toBeGreaterThanOrEqual(24);
  }
  await alert.getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.locator("article.alert[data-state=acknowledged]")).toHaveCount(2);
  for (const name of ["Overview", "Servers", "Alerts"]) {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
    await expect(page).toHaveURL(name === "Overview" ? `${product.url}/` : `${product.url}/${name.toLowerCase()}`);
  }
});

test("the keyboard reaches everything, the theme is kept, wrong addresses say so", async ({ page, product, allowed }) => {
  await expect.poll(() => levels(product), { timeout: 30_000 }).toMatchObject({ everything: "healthy", memory: "healthy" });
  await page.goto("/");
  await ready(page);

  // Where Tab stops, and whether that is seen.
  const stops: { what: string; seen: boolean }[] = [];
  for (let press = 0; press < 40; press++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement as HTMLElement;
      if (at === document.body) return undefined;
      const { outlineStyle, outlineWidth, outlineColor, visibility } = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      const inView = box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
      const ring = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && !/, 0\)$/.test(outlineColor);
      const what = (at.getAttribute("aria-label") ?? at.textContent ?? "").trim();
      return { what: `${at.closest("nav, section[id], header")?.id || at.closest("nav, header")?.tagName.toLowerCase() || "body"}: ${what}`, seen: inView && ring && visibility === "visible" };
    });
    if (!stop) break;
    stops.push(stop);
  }
  expect(stops.filter((stop) => !stop.seen), "focus is visible at every stop").toEqual([]);
  const order = stops.map((stop) => stop.what);
  const wanted = ["body: Skip to the page", "nav: Overview", "nav: Servers", "nav: Alerts", "header: Switch between dark and light", "servers: everything"];
  const places = wanted.map((what) => order.findIndex((stop) => stop.startsWith(what)));
  expect(places, order.join("\n")).not.toContain(-1);
  expect(places, order.join("\n")).toEqual([...places].sort((a, b) => a - b));
  expect(places[0], "the skip link comes first").toBe(0);

  await page.goto("/");
  await ready(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
  await row(page, "everything").getByRole("link").focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/servers\/everything$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("everything");

  // The theme.
  const root = page.locator("html");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  const light = await background();
  await page.getByRole("button", { name: "Switch between dark and light" }).click();
  await expect(root).toHaveAttribute("data-theme", "dark");
  expect(await background()).not.toBe(light);
  await page.reload();
  await expect(root).toHaveAttribute("data-theme", "dark");
  await ready(page);
  await page.getByRole("button", { name: "Switch between dark and light" }).press("Enter");
  await expect(root).toHaveAttribute("data-theme", "light");
  expect(await background()).toBe(light);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.reload();
  await expect(root).toHaveAttribute("data-theme", "light");
  expect(await background(), "what was chosen stands above the system's preference").toBe(light);

  // Wrong addresses. The browser notes them in the console.
  allowed.push(/the server responded with a status of 404/);
  const nowhere = await page.goto("/nowhere/at/all");
  expect(nowhere!.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is no such page");
  await page.getByRole("main").getByRole("link", { name: "overview" }).click();
  await expect(page).toHaveURL(`${product.url}/`);
  await expect(row(page, "everything")).toBeVisible();

  await page.goto("/servers/nobody");
  await expect(page.getByRole("alert").first()).toContainText('No server is called "nobody"');
  await page.getByRole("link", { name: "See all servers" }).click();
  await expect(page).toHaveURL(/\/servers$/);
  await expect(row(page, "everything")).toBeVisible();
});
