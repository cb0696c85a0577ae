// How soon there is something to see: on this machine, on a second visit, and where machine and line are
// slow; whether what is there moves afterwards; and whether the page answers while it is taken over.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext } from "@playwright/test";
import { allHealthy, isLive, lookedAt, test } from "../fixture.ts";
import { figure, median, spread } from "./figures.ts";
import { marked, markedAt, newPage, painted, tasksUntil, type Handicap } from "./visit.ts";

const VISITS = 9;
const SLOW_VISITS = 5;
const FIRST_MS = 200;
const CONTENT_MS = 300;
const AGAIN_MS = 150;
const SLOW_CONTENT_MS = 1500;
const TASK_MS = 50;
/** What is a hair's breadth is not seen. */
const SHIFT = 0.001;

const PAGES = ["/", "/servers", "/servers/everything", "/alerts", "/dashboards/system-health", "/explore?q=mcp_probe_duration_seconds"];
/** Pages that draw charts. */
const DRAWS = (path: string) => path !== "/alerts";

type Paint = { answer: number; first: number; content: number };

/** A visit whose charts are painted. */
async function visit(context: BrowserContext, url: string, handicap?: Handicap): Promise<Paint> {
  const page = await newPage(context, handicap);
  await page.goto(url);
  if (url.includes("/empty")) await page.waitForTimeout(100);
  else await isLive(page);
  const paint = await painted(page);
  await page.close();
  return paint;
}

test.describe.configure({ timeout: 180_000 });

test("something to see comes soon", async ({ browser, product }) => {
  await allHealthy(product);
  await lookedAt(product);
  // What any page costs in this browser on this machine at this moment.
  const empty = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<h1>Hello</h1>"));
  await new Promise<void>((resolve) => empty.listen(0, "127.0.0.1", resolve));
  const peer = `http://127.0.0.1:${(empty.address() as AddressInfo).port}/empty`;
  const [theirs, cold, warm]: Paint[][] = [[], [], []];
  for (let turn = 0; turn < VISITS; turn++) {
    for (const [url, first, second] of [[peer, theirs], [product.url, cold, warm]] as const) {
      const context = await browser.newContext();
      first.push(await visit(context, url));
      if (second) second.push(await visit(context, url));
      await context.close();
    }
  }
  empty.close();
  const of = (paints: Paint[], what: keyof Paint) => paints.map((paint) => paint[what]);
  const tell = (name: string, paints: Paint[], what: keyof Paint, limit?: number) => {
    const values = of(paints, what);
    const ratio = (median(values) / median(of(theirs, what))).toFixed(1);
    figure(name, median(values), "ms", limit, `${spread(values)}; ratio to an empty page ${ratio}`);
  };
  tell("first visit, first byte", cold, "answer");
  tell("first visit, first contentful paint", cold, "first", FIRST_MS);
  tell("first visit, largest contentful paint", cold, "content", CONTENT_MS);
  tell("second visit, first byte", warm, "answer");
  tell("second visit, first contentful paint", warm, "first", AGAIN_MS);
  tell("second visit, largest contentful paint", warm, "content");
});

test("something to see comes soon on a slow machine and a slow line", async ({ browser, product }) => {
  await allHealthy(product);
  for (const [line, rtt_ms, limit] of [
    ["round trip 60 ms", 60, SLOW_CONTENT_MS],
    ["round trip 165 ms, as Lighthouse's and DevTools' Fast 4G applies it", 165, undefined],
  ] as const) {
    const paints: Paint[] = [];
    for (let turn = 0; turn < SLOW_VISITS; turn++) {
      const context = await browser.newContext();
      paints.push(await visit(context, product.url, { cpu: 4, rtt_ms }));
      await context.close();
    }
    const [first, content] = (["first", "content"] as const).map((what) => paints.map((paint) => paint[what]));
    console.log(`4 times slower, 9 Mbit/s, ${line}`);
    figure("first contentful paint", median(first), "ms", undefined, spread(first));
    figure("largest contentful paint", median(content), "ms", limit, spread(content));
  }
});

const WINDOW = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const SLOW = { cpu: 4, rtt_ms: 60 };
/** So long that every chart has points: they stand at multiples of 15 s. */
const SETTLED_MS = 25_000;

for (const [title, age_ms, devices] of [
  ["nothing moves once it is painted", SETTLED_MS, [["a window", WINDOW, undefined], ["a phone, 4 times slower", PHONE, SLOW]]],
  ["nor while the product has just started", 0, [["a window", WINDOW, undefined]]],
] as const) {
  test(title, async ({ browser, product }) => {
    await allHealthy(product);
    await new Promise((resolve) => setTimeout(resolve, age_ms));
    for (const [device, viewport, handicap] of devices) {
      console.log(`cumulative layout shift in ${device}`);
      for (const path of PAGES) {
        const context = await browser.newContext({ viewport });
        const page = await newPage(context, handicap);
        await page.goto(product.url + path);
        await isLive(page);
        if (DRAWS(path) && age_ms > 0) await marked(page, "chart:painted");
        // Probes are a second apart: it has been updated too.
        await page.waitForTimeout(1500);
        const shifts = await page.evaluate(() => window.seen.shifts);
        const sum = shifts.reduce((sum, shift) => sum + shift.value, 0);
        figure(path, sum, "", SHIFT);
        const worst = shifts.filter(({ value }) => value > SHIFT).sort((a, b) => b.value - a.value).slice(0, 2);
        for (const { value, at, parts } of worst) console.log(`    ${value.toFixed(4)} after ${at.toFixed(0)} ms: ${parts.join("; ")}`);
        await context.close();
      }
    }
  });
}

for (const cpu of [1, 4]) {
  test(`a page answers while it is taken over, ${cpu} times slower`, async ({ browser, product }) => {
    await allHealthy(product);
    await lookedAt(product);
    const [hydrated, longest, over, before]: number[][] = [[], [], [], []];
    for (let turn = 0; turn < SLOW_VISITS; turn++) {
      const context = await browser.newContext();
      const page = await newPage(context, { cpu });
      await page.goto(product.url);
      await isLive(page);
      await page.waitForTimeout(300);
      const [begin, end] = [await markedAt(page, "app:hydrating"), await markedAt(page, "app:hydrated")];
      const all = await page.evaluate(() => window.seen.long);
      const long = all.filter(({ at, ms }) => at + ms > begin && at < end);
      hydrated.push(end);
      longest.push(Math.max(0, ...long.map(({ ms }) => ms)));
      over.push(long.length);
      before.push(Math.max(0, ...all.filter(({ at, ms }) => at + ms <= begin).map(({ ms }) => ms)));
      await context.close();
    }
    figure("taken over after", median(hydrated), "ms", undefined, spread(hydrated));
    figure("longest task of the taking over (0: none above 50 ms)", median(longest), "ms", TASK_MS, `${spread(longest)}; ${median(over)} above the limit`);
    // What the browser does with any HTML of this size is not the taking over.
    figure("longest task before it: reading and laying out the HTML", median(before), "ms", undefined, spread(before));
    const context = await browser.newContext();
    const page = await newPage(context, { cpu });
    for (const { at, ms, of } of await tasksUntil(browser, page, product.url, "app:hydrated")) {
      const parts = of.slice(0, 7).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
      console.log(`    traced: ${ms.toFixed(1)} ms after ${at.toFixed(0)} ms: ${parts.join(", ")}`);
    }
    await context.close();
  });
}
