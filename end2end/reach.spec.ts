// Everybody gets everywhere: axe-core in both themes, a phone, the keyboard alone, wrong addresses.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, firing, isLive, levels, row, test } from "./fixture.ts";
import { openMenu } from "./panels.ts";
import { tableRow } from "./tables.ts";

const PAGES = [
  ...["/", "/servers", "/servers/everything"],
  // With the longest words in the bar above.
  "/alerts?from=2026-11-20T20:00:00Z&to=2026-11-21T21:30:00Z",
  "/alerts/history",
  "/alerts/windows",
  ...["/alerts/routes?labels=severity%3Dcritical", "/alerts/receivers", "/alerts/sent", "/alerts/on-call"],
  ...["/alerts/rules", "/alerts/rules?rule=builtin:MCPServerDown", "/alerts/rules?new=1&expr=up+%3D%3D+0"],
  ...["/slo", "/slo/mcp-availability", "/slo/mcp-availability?edit=1", "/slo/new", "/slo/reports", "/slo/reports/new?scope=all"],
  ...["/explore", "/explore?q=topk(5,+mcp_process_memory_mb)&unit=bytes&range=5m"],
  ...["/builds", "/builds?project=tower"],
  ...["/synthex", "/synthex?state=active", "/synthex/parser-1", "/d/synthex-health"],
  ...["/launcher", "/dependencies", "/targets", "/dashboards", "/dashboards/system-health", "/dashboards/automation-performance", "/events", "/benchmarks", "/benchmarks?view=modules", "/settings/gallery"],
];
/** Longer than a phone is wide, without a place to break. */
const LONG = "a-server-whose-name-is-much-longer-than-any-phone-is-wide-0123456789";

test.use({ moreConfig: `[servers.${LONG}]\nurl = "http://127.0.0.1:9/${"path/".repeat(30)}mcp"\n` });

test("no page has serious findings of axe-core or scrolls sideways", async ({ page, product, everything }) => {
  test.slow(); // Many pages in two themes and four sizes.
  // In the state with the most on the page: something is down, one alert fires, one is taken.
  await expect.poll(async () => (await product.get<{ tools: unknown[] }>("/observability/servers/everything")).tools.length, { timeout: 30_000 }).toBeGreaterThan(0);
  await everything.stop("SIGKILL");
  await firing(product, "everything");
  const taken = await firing(product, LONG);
  await product.post(`/alerts/${taken}/acknowledge`, { by: "Ann", comment: "x".repeat(300) });

  const health_metrics = { queries_per_second: 14.5, cpu_percent: 38, queue_depth: 3, tasks_completed: 18, tasks_failed: 2, health_score: "high", note: LONG };
  const agents = [LONG, "parser-1"].map((id) => ({ id, type: LONG, status: "active", health_metrics }));
  await product.post("/api/synthex/agents", { agents });

  for (const path of [...PAGES, `/servers/${LONG}`, `/alerts/${taken}`]) {
    await page.goto(path);
    await isLive(page);
    if (!path.endsWith("/gallery")) await expect(page.locator(".skeleton")).toHaveCount(0);
    await expect.soft(page.getByRole("heading", { level: 1 }), `${path} says what it is`).toHaveCount(1);
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      const axe = new AxeBuilder({ page });
      // Everything once; in the other theme what colours can change.
      const { violations, passes } = await (colorScheme === "dark" ? axe : axe.withRules(["color-contrast", "link-in-text-block"])).analyze();
      expect(passes.map((rule) => rule.id), "contrast was looked at").toContain("color-contrast");
      const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      const findings = bad.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
      expect.soft(findings, `${path} in ${colorScheme}`).toEqual([]);
    }
    for (const [width, height] of [[390, 844], [768, 1024], [1280, 800], [2560, 1440]]) {
      await page.setViewportSize({ width, height });
      const size = () => page.evaluate(() => document.scrollingElement!.scrollWidth);
      await expect.soft.poll(size, { message: `${path} at ${width} px`, timeout: 3_000 }).toBeLessThanOrEqual(width);
      await expect.soft.poll(() => covered(page), { message: `${path} at ${width} px: panels over others`, timeout: 2_000 }).toEqual([]);
      await expect.soft.poll(() => cut(page), { message: `${path} at ${width} px: names that are cut`, timeout: 2_000 }).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 720 });
  }

  // A phone is for working alerts too: what is needed is there and large enough for a thumb.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/alerts");
  await isLive(page);
  // Budgets of objectives burn as well.
  const alert = page.locator("article.alert[data-state=firing]").filter({ hasText: "everything is down" });
  for (const control of [alert.getByLabel("Your name"), alert.getByLabel("Comment"), alert.getByRole("button", { name: "Acknowledge" })]) {
    await expect(control).toBeVisible();
  }
  for (const room of [page.locator("header.top"), page.locator("nav.rail"), alert.locator(".actions")]) {
    const controls = room.locator("a, button, input").filter({ visible: true });
    expect(await controls.count()).toBeGreaterThan(2);
    for (const control of await controls.all()) {
      const [box, what] = [(await control.boundingBox())!, await control.evaluate((control) => control.outerHTML.slice(0, 120))];
      expect(box.x, what).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width, what).toBeLessThanOrEqual(390);
      expect(box.height, `${what}: a thumb wants more than the 24 px of WCAG 2.2`).toBeGreaterThanOrEqual(40);
    }
  }
  await alert.getByRole("button", { name: "Acknowledge" }).click();
  await expect(page.locator("article.alert[data-state=acknowledged]")).toHaveCount(2);
  const menu = await openMenu(page, "Open alerts");
  expect((await menu.getByRole("button", { name: "Copy link" }).boundingBox())!.height).toBeGreaterThanOrEqual(44);
  await page.keyboard.press("Escape");
  const pages = page.getByRole("navigation", { name: "Pages" });
  for (const name of ["Overview", "Servers", "Alerts"]) {
    await pages.getByRole("link", { name }).click();
    await expect(page).toHaveURL(name === "Overview" ? `${product.url}/` : `${product.url}/${name.toLowerCase()}`);
  }
  // The others are behind a button: as large, in sight, and closed when one was chosen.
  for (const [name, path] of [["Dashboards", "/dashboards"], ["Definitions", "/drift"]]) {
    await expect(pages.getByRole("link", { name })).toBeHidden();
    await pages.getByRole("button", { name: "More" }).click();
    await expect(page.locator("#places").getByRole("link")).not.toHaveCount(0);
    for (const link of await page.locator("#places").getByRole("link").all()) {
      const box = (await link.boundingBox())!;
      expect(box.height).toBeGreaterThanOrEqual(40);
      expect(box.x + box.width).toBeLessThanOrEqual(390);
      expect(box.y + box.height).toBeLessThanOrEqual(844);
    }
    const { violations } = await new AxeBuilder({ page }).include("#places").analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    // axe looks from a page of its own, which may close it.
    await page.keyboard.press("Escape");
    await pages.getByRole("button", { name: "More" }).click();
    await pages.getByRole("link", { name }).click();
    await expect(page).toHaveURL(`${product.url}${path}`);
    await expect(page.locator("#places")).toBeHidden();
  }
});

/** The names of series that cannot be read in full. */
const cut = (page: Page) =>
  page.locator(".chart .legend bdi").evaluateAll((names) => {
    const isCut = (name: Element) => {
      const [own, row] = [name.getBoundingClientRect(), name.closest("li")!.getBoundingClientRect()];
      return name.scrollWidth > name.clientWidth || own.right > row.right || own.bottom > row.bottom;
    };
    return names.filter(isCut).map((name) => name.textContent);
  });

/** The panels that lie over another one. */
const covered = (page: Page) =>
  page.locator("section.panel").evaluateAll((panels) => {
    const rooms = panels.map((panel) => ({ id: panel.id, box: panel.getBoundingClientRect() }));
    return rooms.flatMap((a, at) =>
      rooms.slice(at + 1).filter(({ box: b }) => {
        const [wide, tall] = [Math.min(a.box.right, b.right) - Math.max(a.box.left, b.left), Math.min(a.box.bottom, b.bottom) - Math.max(a.box.top, b.top)];
        return wide > 1 && tall > 1;
      }).map((b) => `${a.id} and ${b.id}`),
    );
  });

test("the keyboard reaches everything, the theme is kept, wrong addresses say so", async ({ page, product, allowed }) => {
  await expect.poll(() => levels(product), { timeout: 30_000 }).toMatchObject({ everything: "healthy", memory: "healthy" });
  await firing(product, LONG); // A card that takes a step is drawn anew, and the walk would end on it.
  await page.goto("/");
  await isLive(page);

  // Where Tab stops, and whether that is seen.
  const stops: { what: string; seen: boolean }[] = [];
  for (let press = 0; press < 100; press++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement as HTMLElement;
      if (at === document.body) return undefined;
      const { outlineStyle, outlineWidth, outlineColor, visibility } = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      const inView = box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
      const ring = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && !/, 0\)$/.test(outlineColor);
      const what = (at.getAttribute("aria-label") ?? at.textContent ?? "").trim();
      const room = at.closest("nav, section[id], header.top");
      return { what: `${room?.id || room?.tagName.toLowerCase() || "body"}: ${what}`, seen: inView && ring && visibility === "visible" };
    });
    if (!stop) break;
    stops.push(stop);
  }
  expect(stops.filter((stop) => !stop.seen), "focus is visible at every stop").toEqual([]);
  const order = stops.map((stop) => stop.what);
  const wanted = [
    ...["body: Skip to the page", "nav: Observatory", "nav: Overview", "nav: Servers", "nav: Alerts", "nav: SLO", "nav: Map", "nav: Live traffic", "nav: Explore", "nav: Dashboards", "nav: Launcher", "nav: Definitions"],
    ...["header: Last hour", "header: Live", "header: Search", "header: Times are in UTC", "header: Switch between dark and light"],
    ...["open-alerts: Menu of", "events: Menu of", "budgets: Menu of", "builds-now: All builds", "benchmarks-now: All benchmarks", "agents-now: All agents"],
    ...["time-to-answer-by-server: Menu of", "time-to-answer-by-server: Time to answer by server", "servers: Menu of Servers", "servers: everything"],
  ];
  const places = wanted.map((what) => order.findIndex((stop) => stop.startsWith(what)));
  expect(places, order.join("\n")).not.toContain(-1);
  expect(places, order.join("\n")).toEqual([...places].sort((a, b) => a - b));
  expect(places[0], "the skip link comes first").toBe(0);

  await page.goto("/");
  await isLive(page);
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
  await isLive(page);
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
  await expect(tableRow(page, "everything")).toBeVisible();

  const board = await page.goto("/dashboards/nobody");
  expect(board!.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText('There is no dashboard "nobody"');
  await page.getByRole("link", { name: "See all dashboards" }).click();
  await expect(page).toHaveURL(`${product.url}/dashboards`);
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 }), "also in the browser").toHaveText('There is no dashboard "nobody"');
});

test("a page whose code cannot be fetched says so, and is loaded again with a click", async ({ page, product, allowed }) => {
  allowed.push(/unreachable|ERR_FAILED|Failed to fetch|split module|panicked/);
  await expect.poll(() => levels(product), { timeout: 30_000 }).toMatchObject({ everything: "healthy" });
  await page.goto("/");
  await isLive(page);
  await page.route(/\.wasm$/, (route) => route.abort());
  await page.getByRole("link", { name: "Explore", exact: true }).first().click();
  const stopped = page.getByRole("alert").filter({ hasText: "This page has stopped" });
  await expect(stopped).toHaveCount(1);
  await page.unroute(/\.wasm$/);
  await stopped.getByRole("button", { name: "Load it again" }).click();
  await isLive(page);
  await expect(stopped).toHaveCount(0);
});

test("until a page has been taken over, the browser follows its links, and from then on the page does", async ({ page, product, allowed }) => {
  allowed.push(/the server responded with a status of 404/);
  await expect.poll(() => levels(product), { timeout: 30_000 }).toMatchObject({ everything: "healthy" });
  // The code of pages comes late, so that taking over has begun and is not done.
  let held: () => void = () => {};
  const late = new Promise<void>((resolve) => (held = resolve));
  await page.route(/\/pkg\/(split|chunk)_/, async (route) => {
    await late;
    await route.continue().catch(() => {}); // The page that asked may be gone.
  });
  const marks = (name: string) => page.evaluate((name) => performance.getEntriesByName(name).length, name);
  const stayed = () => page.evaluate(() => "stays" in window);
  await page.goto("/servers/nobody", { waitUntil: "commit" });
  const link = page.getByRole("link", { name: "See all servers" });
  await link.waitFor();
  await expect.poll(() => marks("app:hydrating")).toBe(1);
  expect(await marks("app:hydrated")).toBe(0);
  await page.evaluate(() => Object.assign(window, { stays: true }));
  const document = page.waitForRequest((request) => request.isNavigationRequest());
  await link.click();
  await document;
  held();
  await expect(page).toHaveURL(/\/servers$/);
  await expect(tableRow(page, "everything")).toBeVisible();
  expect(await stayed(), "another document").toBe(false);

  await expect.poll(() => marks("app:hydrated")).toBe(1);
  await page.evaluate(() => Object.assign(window, { stays: true }));
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page).toHaveURL(`${product.url}/`);
  expect(await stayed(), "the same document").toBe(true);
});
