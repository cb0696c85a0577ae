// A thousand servers: how soon the overview is there and answers, and what the product needs for them.
import { request } from "node:http";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { Child } from "../child.ts";
import { bare, expect, isLive } from "../fixture.ts";
import { Product } from "../product.ts";
import { computed, figure, median, resident, share, spread } from "./figures.ts";
import { marked, markedAt, newPage } from "./visit.ts";

const SERVERS = 1000;
/** Of them, so that there are alerts. */
const BROKEN = 20;
/** What is usual; all of them are probed once in it. */
const INTERVAL_S = 30;
const HTML_MS = 100;
const CLICK_MS = 100;
const TURNS = 5;
const ASKED = 50;

const test = bare.extend<{ fleet: Product }>({
  fleet: async ({ folder }, use) => {
    const env = { PATH: process.env.PATH };
    const small = new Child("small servers", process.execPath, [join(import.meta.dirname, "small-servers.mjs")], { env });
    const port = await small.until("port …", () => small.log.map((line) => /^port (\d+)/.exec(line)?.[1]).find(Boolean));
    const servers = Array.from({ length: SERVERS }, (_, n) => {
      const name = `server-${String(n).padStart(4, "0")}`;
      const path = n % (SERVERS / BROKEN) === 7 ? "broken" : "mcp";
      return `[servers.${name}]\nurl = "http://127.0.0.1:${port}/${path}/${name}"\n`;
    });
    const config = join(folder, "observatory.toml");
    const head = `[probe]\ninterval = "${INTERVAL_S}s"\n[alerts]\ninterval = "5s"\nserver_down_for = "5s"\n`;
    writeFileSync(config, head + servers.join(""));
    const product = new Product(folder, config);
    try {
      await product.start();
      await use(product);
      await product.stop();
    } finally {
      if (product.running) await product.kill().catch(() => {});
      await small.end("SIGTERM");
    }
  },
});

type Answer = { first: number; whole: number; wire: number; bytes: number };

/** Asks for a page as a browser does; what arrives stays compressed. */
function ask(url: string, encoding: string): Promise<Answer> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { accept: "text/html", "accept-encoding": encoding };
    request(url, { headers }, (answer) => {
      const first = performance.now() - begin;
      let wire = 0;
      answer.on("data", (part: Buffer) => (wire += part.length));
      answer.on("end", () => resolve({ first, whole: performance.now() - begin, wire, bytes: wire }));
    }).on("error", reject).end();
  });
}

/** The kinds of clicks; each leaves the page where the next one begins. */
const CLICKS: [what: string, where: (page: Page) => ReturnType<Page["locator"]>, shown: string][] = [
  ["range picker", (page) => page.locator("[data-range-button]"), "#range:popover-open"],
  ["a range of it", (page) => page.locator('#range a[href="?range=6h"]'), "#range:not(:popover-open)"],
  ["an alert's steps", (page) => page.locator("article.alert summary").first(), "article.alert details[open]"],
  ["rail: servers", (page) => page.locator('.rail a[href^="/servers"]'), "main .table-room"],
  ["a head of its table", (page) => page.locator("main .table-room thead button").first(), 'main th[aria-sort="ascending"], main th[aria-sort="descending"]'],
  ["rail: alerts", (page) => page.locator('.rail a[href^="/alerts"]'), '.rail a[href^="/alerts"][aria-current]'],
  ["rail: dashboards", (page) => page.locator('.rail a[href^="/dashboards"]'), '.rail a[href^="/dashboards"][aria-current]'],
  ["rail: overview", (page) => page.locator('.rail a[href^="/"]').nth(1), "main .overview table.status"],
];

type Clicked = { answered: number; shown: number };

/** Clicks, and says when the next picture stood (as the browser counts it, in steps of 8 ms) and when what was wanted did. */
async function click(page: Page, what: (typeof CLICKS)[number]): Promise<Clicked> {
  const [, where, shown] = what;
  await page.evaluate(() => {
    Object.assign(window, { answered: 0, clicked: 0 });
    addEventListener("pointerup", () => Object.assign(window, { clicked: performance.now() }), { capture: true, once: true });
  });
  await where(page).click();
  const until = await page.waitForFunction((shown) => document.querySelector(shown) && performance.now(), shown);
  const at = (await until.jsonValue()) as number;
  // The browser tells of an event some time after it.
  await page.waitForTimeout(400);
  const { answered, clicked } = await page.evaluate(() => {
    const { answered, clicked } = window as unknown as { answered: number; clicked: number };
    return { answered, clicked };
  });
  return { answered, shown: at - clicked };
}

test("a thousand servers", async ({ browser, fleet }) => {
  test.setTimeout(240_000);
  const began = Date.now();
  const known = async () => {
    const servers = await fleet.get<{ verdict: { level: string } }[]>("/observability/servers");
    return servers.filter((server) => server.verdict.level !== "unknown").length;
  };
  await expect.poll(known, { timeout: 60_000 }).toBeGreaterThanOrEqual(SERVERS);
  figure("all are known after", (Date.now() - began) / 1000, "s");
  const firing = async () => (await fleet.get<{ state: string }[]>("/observability/alerts?open=true")).filter((a) => a.state === "firing").length;
  await expect.poll(firing, { timeout: 90_000 }).toBeGreaterThanOrEqual(BROKEN);

  // At rest, for one turn of all probes.
  const before = computed(fleet.pid);
  await new Promise((resolve) => setTimeout(resolve, INTERVAL_S * 1000));
  figure("the product, all probed once in 30 s", (computed(fleet.pid) - before) / INTERVAL_S / 10, "% of a core");
  figure("the product's memory", resident(fleet.pid) / 1e6, "MB");

  for (const path of ["/", "/servers", "/alerts", "/observability/servers"]) {
    const [whole, cost]: number[][] = [[], []];
    let size = 0;
    // Over a whole turn of probes: some of these come while all are probed.
    for (let n = 0; n < ASKED; n++) {
      const before = computed(fleet.pid);
      const answer = await ask(fleet.url + path, "br, gzip");
      cost.push(computed(fleet.pid) - before);
      whole.push(answer.whole);
      size = answer.wire;
      await new Promise((resolve) => setTimeout(resolve, path === "/" ? (INTERVAL_S * 1000) / ASKED : 25));
    }
    const plain = (await ask(fleet.url + path, "identity")).wire;
    const mean = cost.reduce((a, b) => a + b, 0) / cost.length;
    const more = `p90 ${share(whole, 0.9).toFixed(0)}, ${spread(whole)}; ${mean.toFixed(0)} ms of CPU; ${(size / 1000).toFixed(1)} kB compressed of ${(plain / 1000).toFixed(0)}`;
    figure(`${path}, whole answer`, median(whole), "ms", path === "/" ? HTML_MS : undefined, more);
  }

  const hydrated: number[] = [];
  let heap = 0;
  for (let turn = 0; turn < 5; turn++) {
    const context = await browser.newContext();
    const page = await newPage(context);
    await page.goto(fleet.url);
    await marked(page, "app:hydrated");
    hydrated.push(await markedAt(page, "app:hydrated"));
    await isLive(page);
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    const { metrics } = await session.send("Performance.getMetrics");
    heap = metrics.find((metric) => metric.name === "JSHeapUsedSize")!.value;
    await context.close();
  }
  figure("the overview is taken over after", median(hydrated), "ms", undefined, spread(hydrated));
  figure("memory of its scripts", heap / 1e6, "MB");

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await newPage(context);
  await page.addInitScript(() =>
    new PerformanceObserver((list) => {
      const noted = window as unknown as { answered: number };
      for (const { duration } of list.getEntries()) noted.answered = Math.max(noted.answered, duration);
    }).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit),
  );
  await page.goto(fleet.url);
  await isLive(page);
  const clicks = CLICKS.map(() => [] as Clicked[]);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [n, what] of CLICKS.entries()) clicks[n].push(await click(page, what));
    // Back to the usual range, as if it had not been visited.
    await page.goto(fleet.url);
    await isLive(page);
  }
  for (const [n, [what]] of CLICKS.entries()) {
    const answered = clicks[n].map((one) => one.answered);
    const shown = clicks[n].map((one) => one.shown);
    const more = `first ${answered[0]}, ${spread(answered)}; what was wanted stands after ${median(shown).toFixed(0)} (${spread(shown)})`;
    figure(`click on ${what}, next picture`, median(answered), "ms", CLICK_MS, more);
  }
  await context.close();
});
