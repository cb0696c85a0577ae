// The instrument: what is looked at stands in the address, charts move and answer, and what is not live says so.
import type { Page } from "@playwright/test";
import { drag, drawn, newest, picture, plot, point, viewAsTable, watchCanvas } from "./charts.ts";
import { allHealthy, expect, isLive, row, test } from "./fixture.ts";
import { panel } from "./panels.ts";

const ANSWERS = "Time to answer by server";
const FAILING = "Failing probes by server";
/** So short that what has happened since the product was started takes up a part that can be pointed at. */
const MINUTE = "?range=1m";

const range = (page: Page) => page.locator("[data-range-button]");
const connection = (page: Page) => page.locator(".connection");
const inRail = (page: Page, name: string) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name });

/** The times that an address looks at, as far as it names two. */
const ends = (page: Page) => {
  const query = new URL(page.url()).searchParams;
  return [query.get("from"), query.get("to")].map((text) => Date.parse(text ?? ""));
};

test.describe("the time range", () => {
  test("is chosen, stands in the address, and stays over reload and pages", async ({ page, product }) => {
    await page.goto("/");
    await isLive(page);
    await expect(range(page)).toHaveText("Last hour");
    await range(page).click();
    await page.getByRole("link", { name: "Last 6 hours" }).click();
    await expect(page).toHaveURL(`${product.url}/?range=6h`);
    await expect(range(page)).toHaveText("Last 6 hours");
    await expect(plot(page, ANSWERS)).toHaveAttribute("aria-label", /over 6 h/);
    await expect(page.locator("#range"), "what was chosen closes it").toBeHidden();

    await page.reload();
    await isLive(page);
    await expect(range(page)).toHaveText("Last 6 hours");
    await inRail(page, "Servers").click();
    await expect(page).toHaveURL(`${product.url}/servers?range=6h`);
    await expect(plot(page, ANSWERS)).toHaveAttribute("aria-label", /over 6 h/);
    await page.goBack();
    await expect(page).toHaveURL(`${product.url}/?range=6h`);
    await page.goBack();
    await expect(page).toHaveURL(`${product.url}/`);
    await expect(range(page)).toHaveText("Last hour");
    await expect(plot(page, ANSWERS)).toHaveAttribute("aria-label", /over 1 h/);

    // Every other way to a page keeps it too.
    await page.goto("/dashboards?range=6h");
    await isLive(page);
    await page.getByRole("link", { name: "System health" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("System health");
    await expect.soft(range(page), "from the list of boards").toHaveText("Last 6 hours", { timeout: 1_000 });
    await page.goto("/?range=6h");
    await isLive(page);
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await expect(page).toHaveURL(/\/servers/);
    await expect.soft(range(page), "by keys").toHaveText("Last 6 hours", { timeout: 1_000 });
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox")).toBeFocused();
    await page.keyboard.type("dashboards");
    await page.keyboard.press("Enter");
    await expect(page, "from the palette").toHaveURL(`${product.url}/dashboards?range=6h`);
    await page.goto("/?range=6h");
    await isLive(page);
    await row(page, "memory").getByRole("link").click();
    await expect(page, "from a row").toHaveURL(`${product.url}/servers/memory?range=6h`);
    await page.goto("/alerts?range=6h");
    await isLive(page);
    await inRail(page, "Observatory").click();
    await expect(page).toHaveURL(`${product.url}/?range=6h`);
  });

  test("is typed, and what is not understood loses nothing", async ({ page }) => {
    await page.goto("/?range=15m");
    await isLive(page);
    const field = page.getByLabel("Any range");
    const type = async (text: string) => {
      if (!(await field.isVisible())) await page.keyboard.press("t");
      await expect(field).toBeFocused();
      await field.fill(text);
      await page.keyboard.press("Enter");
    };

    await type("soon");
    const mistake = page.locator("#range-mistake");
    await expect(mistake).toContainText('"soon" is no range: write "last 6h"');
    await expect(field).toHaveValue("soon");
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(page).toHaveURL(/\?range=15m$/);
    await type("now to yesterday");
    await expect(mistake).toContainText("ends before it begins");

    await type("last 6h");
    await expect(page).toHaveURL(/\?range=6h$/);
    await expect(field).toBeHidden();
    await expect(mistake).toHaveText("");

    await type("yesterday");
    const day = 86_400_000;
    const today = Math.floor(Date.now() / day) * day;
    await expect.poll(() => ends(page)).toEqual([today - day, today]);
    const [from, to] = [today - day, today].map((at) => new Date(at).toISOString().slice(0, 10));
    await expect(range(page)).toHaveText(`${from} 00:00 to ${to} 00:00`);

    await type(`${from} to now`);
    await expect.poll(() => ends(page)[0]).toBe(today - day);
    await expect.poll(() => Math.abs(ends(page)[1] - Date.now())).toBeLessThan(10_000);
    await page.reload();
    await isLive(page);
    await expect(range(page)).toContainText(`${from} 00:00 to`);
  });

  test("of any kind in an address leaves the page whole", async ({ page }) => {
    const [first, board] = ["/", "/dashboards/system-health"];
    for (const [path, query, words] of [
      [first, "?range=parsec", "Last hour"],
      [first, "?range=", "Last hour"],
      [first, "?from=then&to=now", "Last hour"],
      [first, "?range=99999999999999999999d", "Last hour"],
      [board, "?range=99999999d", "Last 99999999 d"],
      [first, "?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "2026-11-20"],
      [board, "?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "2026-11-20"],
      [first, "?from=9999-12-31T00:00:00Z&to=9999-12-31T23:59:59Z", "9999-12-31 00:00 to 23:59"],
      [board, "?from=9999-12-31T00:00:00Z&to=9999-12-31T23:59:59Z", "9999-12-31 00:00 to 23:59"],
      [board, "?from=-9223372036854775808&to=9223372036854775807", " to "],
    ]) {
      const answer = await page.goto(path + query);
      expect(answer!.status(), path + query).toBe(200);
      await isLive(page);
      await expect(range(page), path + query).toContainText(words);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator("section.panel .body").first()).toBeVisible();
      await expect(page.getByRole("alert"), path + query).toHaveCount(0);
    }
  });
});

test.describe("charts", () => {
  test.use({ viewport: { width: 1280, height: 1100 } });

  test("a stretch is selected and left again, and one crosshair stands in all of them", async ({ page, product }) => {
    await allHealthy(product);
    await page.goto(`/${MINUTE}`);
    await isLive(page);
    await drawn(page);
    const [answers, failing] = [plot(page, ANSWERS), plot(page, FAILING)];
    const tips = page.locator(".tip");
    await expect(tips.filter({ visible: true }), "nothing is told before it is asked for").toHaveCount(0);

    // The newest points are at the right.
    await point(page, answers, 0.97);
    const tip = tips.filter({ visible: true });
    await expect(tip).toHaveCount(1);
    await expect(tip.locator(".at")).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    const told = await tip.locator(".row:not([hidden])").evaluateAll((rows) => rows.map((row) => row.querySelector("b")!.textContent!));
    expect(told.length).toBeGreaterThan(2);
    const seconds = told.map((text) => {
      const [, number, unit] = /^([\d.]+) (µs|ms|s)$/.exec(text) ?? [];
      expect(unit, `“${text}” has a unit`).toBeDefined();
      return Number(number) * { µs: 1e-6, ms: 1e-3, s: 1 }[unit as "s"]!;
    });
    expect(seconds, told.join(", ")).toEqual([...seconds].sort((a, b) => b - a));
    for (const chart of [answers, failing]) await expect(chart.locator(".cross").first()).toHaveCSS("visibility", "visible");
    await page.mouse.move(5, 5);
    await expect(tip).toHaveCount(0);
    for (const chart of [answers, failing]) await expect(chart.locator(".cross").first()).toHaveCSS("visibility", "hidden");

    const before = Date.now();
    await drag(page, answers, 0.6, 0.97);
    await expect(page).toHaveURL(/\?from=.*&to=/);
    const [from, to] = ends(page);
    expect(to - from, "about a third of a minute").toBeGreaterThan(15_000);
    expect(to - from).toBeLessThan(30_000);
    expect(Math.abs(to - before), "the end of the minute").toBeLessThan(10_000);
    await expect(range(page)).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d to \d\d:\d\d:\d\d$/);
    for (const chart of [answers, failing]) await expect(chart).toHaveAttribute("aria-label", /over [12]\d s/);
    await page.reload();
    await isLive(page);
    expect(ends(page)).toEqual([from, to]);

    // Each is a step that leads back, by the browser and by a double click.
    const length = () => ends(page)[1] - ends(page)[0];
    await page.goto(`/${MINUTE}`);
    await isLive(page);
    await drawn(page);
    await drag(page, failing, 0.3, 0.97);
    await expect.poll(length).toBeGreaterThan(30_000);
    await drag(page, answers, 0.5, 0.97);
    await expect.poll(length).toBeLessThan(30_000);
    await page.goBack();
    await expect.poll(length).toBeGreaterThan(30_000);
    await page.goBack();
    await expect(page).toHaveURL(`${product.url}/${MINUTE}`);
    await drag(page, failing, 0.3, 0.97);
    await expect.poll(length).toBeGreaterThan(30_000);
    await answers.dblclick({ position: { x: 300, y: 60 } });
    await expect(page).toHaveURL(`${product.url}/${MINUTE}`);
  });

  test("move on by themselves, without a blank moment", async ({ page, product }) => {
    await allHealthy(product);
    await page.goto(`/${MINUTE}`);
    await isLive(page);
    await drawn(page);
    const marks = await page.evaluate(() => performance.getEntriesByType("mark").map(({ name, startTime }) => [name, startTime] as const));
    const at = new Map(marks);
    for (const name of ["app:hydrated", "chart:data-ready", "chart:painted"]) expect([...at.keys()]).toContain(name);
    expect(at.get("chart:painted")!).toBeGreaterThanOrEqual(at.get("chart:data-ready")!);

    const values = await viewAsTable(page, FAILING);
    const first = await newest(values);
    const { frames, blank, pictures } = await watchCanvas(plot(page, ANSWERS), 4_000);
    expect(frames, "it was looked at").toBeGreaterThan(20);
    expect(blank, `of ${frames} frames`).toBe(0);
    expect(pictures, "it moved").toBeGreaterThan(2);
    expect(pictures, "ten times a second at most").toBeLessThan(42);
    await expect.poll(async () => (await newest(values)) - first).toBeGreaterThanOrEqual(3_000);
    expect(Math.abs((await newest(values)) - Date.now()), "it is of now").toBeLessThan(8_000);
  });

  test("stand still while somebody reads, and go on", async ({ page, product, everything }) => {
    await allHealthy(product);
    await page.goto(`/${MINUTE}`);
    await isLive(page);
    await drawn(page);
    const values = await viewAsTable(page, FAILING);
    await page.keyboard.press("p");
    await expect(connection(page)).toHaveAttribute("data-link", "paused");
    await expect(connection(page)).toHaveAttribute("aria-pressed", "true");
    await expect(connection(page)).toContainText("Paused as of");
    const stood = await newest(values);

    await everything.stop("SIGKILL");
    await expect(connection(page)).toHaveText(/Paused as of .+, \d+ new/, { timeout: 20_000 });
    const down = async () => (await product.get<{ server: { verdict: { level: string } } }>("/observability/servers/everything")).server.verdict.level;
    await expect.poll(down, { timeout: 20_000 }).toBe("unhealthy");
    const { pictures } = await watchCanvas(plot(page, ANSWERS), 1_500);
    expect(pictures, "the picture stands").toBe(1);
    expect(await newest(values)).toBe(stood);
    await expect(row(page, "everything").locator(".badge")).toHaveText("healthy");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("All 4 servers are healthy");
    // Only who looks changes it: in another theme it has other colours.
    const before = await picture(plot(page, ANSWERS));
    await page.getByRole("button", { name: "Switch between dark and light" }).click();
    await expect.poll(() => picture(plot(page, ANSWERS))).not.toBe(before);

    await connection(page).click();
    await isLive(page);
    await expect(row(page, "everything").locator(".badge")).toHaveText("unhealthy");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 of 4 servers needs attention");
    await expect.poll(() => newest(values), { timeout: 15_000 }).toBeGreaterThan(stood + 2_000);
    await expect.poll(async () => Math.abs((await newest(values)) - Date.now())).toBeLessThan(8_000);
    // What came meanwhile is there as well: no point is missing between then and now.
    const times = await values.locator("tbody th").allInnerTexts();
    const at = times.map((text) => Date.parse(text.replace(" UTC", "Z").replace(" ", "T")));
    const gaps = at.slice(1).map((time, n) => at[n] - time).slice(0, -1);
    expect(Math.max(...gaps), times.join("\n")).toBeLessThanOrEqual(3_000);
  });

  test("go on by themselves when the product has been away", async ({ page, product, allowed }) => {
    await allHealthy(product);
    await page.goto(`/${MINUTE}`);
    await isLive(page);
    const values = await viewAsTable(page, FAILING);
    await page.evaluate(() => void Object.assign(window, { sameDocument: true }));
    allowed.push(/WebSocket connection to .* failed/, /WebSocket is already in CLOSING/, /net::ERR_CONNECTION_REFUSED .*\/fn\/load_/);
    await product.stop();
    await expect(connection(page)).toContainText("Connection lost; trying again", { timeout: 20_000 });
    await product.start();
    const back = Date.now();
    await isLive(page);
    await expect.poll(() => newest(values), { timeout: 20_000 }).toBeGreaterThan(back);
    const { blank, pictures } = await watchCanvas(plot(page, ANSWERS), 2_500);
    expect([blank, pictures > 1], "it is drawn, and moves").toEqual([0, true]);
    expect(await page.evaluate(() => "sameDocument" in window), "without a reload").toBe(true);
  });

  test("ask for nothing while nobody sees the tab", async ({ page, product }) => {
    // Browsers without a window never hide a tab by themselves.
    await page.addInitScript(() => {
      let isHidden = false;
      Object.defineProperty(document, "hidden", { get: () => isHidden });
      Object.defineProperty(document, "visibilityState", { get: () => (isHidden ? "hidden" : "visible") });
      const hide = (is: boolean) => {
        isHidden = is;
        document.dispatchEvent(new Event("visibilitychange"));
      };
      Object.assign(window, { hide });
    });
    const hide = (is: boolean) => page.evaluate((is) => (window as unknown as { hide: (is: boolean) => void }).hide(is), is);
    const counted = async (name: string) => {
      const text = await (await fetch(`${product.url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1]);
    };
    await allHealthy(product);
    await page.goto(`/${MINUTE}`);
    await isLive(page);
    await drawn(page);
    await expect.poll(() => counted("observatory_live_queries")).toBeGreaterThan(4);

    await hide(true);
    await expect.poll(() => counted("observatory_live_queries")).toBe(0);
    await expect.poll(() => counted("observatory_sockets_open")).toBe(0);
    const { pictures } = await watchCanvas(plot(page, ANSWERS), 1_500);
    expect(pictures, "nothing is drawn").toBe(1);

    await hide(false);
    await expect.poll(() => counted("observatory_live_queries"), { timeout: 20_000 }).toBeGreaterThan(4);
    await isLive(page);
    const seen = await watchCanvas(plot(page, ANSWERS), 2_500);
    expect(seen.pictures, "it moves again").toBeGreaterThan(1);
  });
});

test.describe("in another zone", () => {
  test.use({ timezoneId: "Asia/Tokyo" });

  test("times are written as the browser's clock shows them, and that is remembered", async ({ page, product }) => {
    await allHealthy(product);
    const query = "?from=2026-11-20T20:00:00Z&to=2026-11-20T21:30:00Z";
    await page.goto(`/${query}`);
    await isLive(page);
    const clock = panel(page, "What changed").locator("li time").last();
    const utc = await clock.innerText();
    const exact = await clock.getAttribute("title");
    await expect(range(page)).toHaveText("2026-11-20 20:00 to 21:30");

    await page.getByRole("button", { name: "Times are in UTC; switch" }).click();
    const zone = page.getByRole("button", { name: "Times are in this browser's zone; switch" });
    await expect(zone).toHaveText("Local");
    const later = (Number(utc.slice(0, 2)) + 9) % 24;
    await expect(clock).toHaveText(String(later).padStart(2, "0") + utc.slice(2));
    expect(exact).toMatch(/ UTC$/);
    await expect(clock).not.toHaveAttribute("title", / UTC$/);
    await expect(range(page)).toHaveText("2026-11-21 05:00 to 06:30");

    await page.reload();
    await isLive(page);
    await expect(zone).toHaveText("Local");
    await expect(range(page)).toHaveText("2026-11-21 05:00 to 06:30");
    await expect(clock).toHaveText(String(later).padStart(2, "0") + utc.slice(2));
    // What is typed is in that zone too.
    await page.keyboard.press("t");
    await page.getByLabel("Any range").fill("2026-11-21 05:00 to 06:00");
    await page.keyboard.press("Enter");
    await expect.poll(() => ends(page)).toEqual([Date.parse("2026-11-20T20:00Z"), Date.parse("2026-11-20T21:00Z")]);
  });
});
