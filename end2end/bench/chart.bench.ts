// Charts beside uPlot, in the same browser and on the same data: the first picture, another one, moves
// of the pointer, and points that keep coming. Times of the page's thread come from the browser, those
// of the whole renderer from the kernel: what a canvas costs is not all spent in scripts.
import { createServer } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, CDPSession, Page } from "@playwright/test";
import { expect, test as base } from "../fixture.ts";
import { figure, median } from "./figures.ts";

type Fed = { load(times: Float64Array, values: Float64Array[]): Promise<void>; push(time: number, values: number[]): void };
type Made = { prepared: [Float64Array, Float64Array[]][]; series(count: number, seed: number): [Float64Array, Float64Array[]]; shown(): Promise<void> };
declare global {
  interface Window extends Made {
    [chart: `__chart${string}`]: Fed;
  }
}

/** Nothing is watched: what comes over the socket, and is shown elsewhere on a page, is no cost of a chart. */
const test = base.extend<{ config: string }>({
  config: async ({ folder }, use) => {
    const file = join(folder, "observatory.toml");
    writeFileSync(file, '[probe]\ninterval = "1h"\n');
    await use(file);
  },
});

const POINTS = 55_550;
const NAMES = ["", ..."123456789"].map((n) => `__chart${n}` as const);
/** Both are measured in turns, because machines are not equally fast all the time. */
const ROUNDS = 5;
const LOADS = 20;
const LOADS_APART_MS = 150;
const NOW = 1_795_269_900;

/** A page of uPlot charts with the same interface as ours. */
async function theirs(): Promise<{ url: string; close(): void }> {
  const file = (name: string) => readFileSync(new URL(`../node_modules/uplot/dist/${name}`, import.meta.url));
  const files: Record<string, [string, Buffer | string]> = {
    "/": ["text/html", `<!DOCTYPE html><link rel="stylesheet" href="/u.css"><body><script src="/u.js"></script><script src="/page.js"></script>`],
    "/u.css": ["text/css", file("uPlot.min.css")],
    "/u.js": ["text/javascript", file("uPlot.iife.min.js")],
    "/page.js": [
      "text/javascript",
      `const count = +new URL(location).searchParams.get("count") || 1;
       const [width, height] = count > 1 ? [600, 220] : [1920, 600];
       const colours = ["#1f5fd0", "#b8620f", "#0f8a72"];
       for (let n = 0; n < count; n++) {
         let chart, data;
         const room = document.body.appendChild(document.createElement("div"));
         window["__chart" + (n || "")] = {
           load(times, values) {
             data = [times, ...values];
             const series = [{}, ...colours.map((stroke, n) => ({ label: "series " + n, stroke }))];
             if (chart) chart.setData(data);
             else chart = new uPlot({ width, height, series }, data, room);
             // It draws in a microtask.
             return Promise.resolve().then(() => {});
           },
           push(time, values) {
             if (!Array.isArray(data[0])) data = data.map((column) => Array.from(column));
             [time, ...values].forEach((value, n) => { data[n].push(value); data[n].shift(); });
             chart.setData(data);
           },
         };
       }`,
    ],
  };
  const server = createServer((request, answer) => {
    const found = files[new URL(request.url!, "http://x").pathname];
    if (!found) return answer.writeHead(404).end();
    answer.setHeader("content-type", found[0]).end(found[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}

/** A page with charts, and what it has cost so far, in milliseconds. */
class Bench {
  private constructor(
    readonly page: Page,
    private readonly session: CDPSession,
    private readonly renderers: number[],
  ) {}

  static async open(browser: Browser, url: string): Promise<Bench> {
    const context = await browser.newContext({ viewport: { width: 2300, height: 1000 } });
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => window.__chart !== undefined);
    await page.evaluate((now) => {
      window.series = (count, seed) => {
        let state = seed;
        const random = () => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x7fffffff;
        const times = Float64Array.from({ length: count }, (_, n) => now - count + n);
        const walk = [20, 50, 80].map((value) =>
          Float64Array.from({ length: count }, () => Math.abs((value += (random() - 0.5) * 2)) + random() * 5),
        );
        return [times, walk];
      };
      window.shown = () =>
        new Promise((resolve) =>
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve();
            port2.postMessage(0);
          }),
        );
    }, NOW);
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    const processes = await (await browser.newBrowserCDPSession()).send("SystemInfo.getProcessInfo");
    const renderers = processes.processInfo.filter((process) => process.type === "renderer").map((process) => process.id);
    return new Bench(page, session, renderers);
  }

  /** What the page's thread spent in tasks, and what its process spent in all. */
  async spent(): Promise<{ tasks: number; process: number }> {
    const { metrics } = await this.session.send("Performance.getMetrics");
    const tasks = metrics.find((metric) => metric.name === "TaskDuration")!.value * 1000;
    const ticks = this.renderers.map((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
        return Number(fields[11]) + Number(fields[12]);
      } catch {
        return 0;
      }
    });
    return { tasks, process: ticks.reduce((a, b) => a + b, 0) * 10 };
  }

  async costs(what: () => Promise<unknown>): Promise<{ tasks: number; process: number }> {
    const before = await this.spent();
    await what();
    const after = await this.spent();
    return { tasks: after.tasks - before.tasks, process: after.process - before.process };
  }

  /** Shows points in all charts. */
  async load(count: number, names: readonly string[] = ["__chart"]) {
    await this.page.evaluate(
      async ([count, names]) => {
        for (const name of names) await window[name as "__chart"].load(...window.series(count, 1));
      },
      [count, names] as const,
    );
    await this.page.waitForTimeout(1200);
  }

  /**
   * What it costs to show other points so many times, one picture after the other; each, in milliseconds.
   * They are equally far apart, and so far that nobody waits: ours draws ten times a second at most.
   */
  async loads(count: number, times: number): Promise<{ tasks: number; process: number }> {
    await this.page.evaluate(
      ([count, times]) => {
        window.prepared = Array.from({ length: times }, (_, seed) => window.series(count, seed + 3));
      },
      [count, times],
    );
    await this.page.waitForTimeout(800);
    const { tasks, process } = await this.costs(() =>
      this.page.evaluate(async (apart) => {
        for (const [at, values] of window.prepared) {
          const wait = new Promise((resolve) => setTimeout(resolve, apart));
          await window.__chart.load(at, values);
          await wait;
        }
      }, LOADS_APART_MS),
    );
    return { tasks: tasks / times, process: process / times };
  }

  close() {
    return this.page.context().close();
  }
}

/** How far the ratios of two runs of the same differ. */
const NOISE = 0.1;

/** Holds ours to taking at most as long as theirs in the same run. */
function noSlower<T extends string>(ratios: Record<T, number>, names: T[]) {
  for (const name of names) expect.soft(ratios[name], `${name}, beside uPlot`).toBeLessThanOrEqual(1 + NOISE);
}

/** Measures both in turns, prints them, and says how ours stands to theirs. */
async function compare<T extends string>(
  browser: Browser,
  home: string,
  count: number,
  measure: (bench: Bench) => Promise<Record<T, number>>,
  unit: string,
): Promise<Record<T, number>> {
  const peer = await theirs();
  const found = { ours: [] as Record<T, number>[], theirs: [] as Record<T, number>[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const who of ["theirs", "ours"] as const) {
      const url = who === "ours" ? `${home}/bench/chart?count=${count}` : `${peer.url}?count=${count}`;
      const bench = await Bench.open(browser, url);
      found[who].push(await measure(bench));
      await bench.close();
    }
  }
  peer.close();
  const ratios = {} as Record<T, number>;
  for (const name of Object.keys(found.ours[0]) as T[]) {
    const [ours, other] = [found.ours, found.theirs].map((all) => median(all.map((one) => one[name])));
    ratios[name] = ours / other;
    console.log(`  ${name}: ours ${ours.toFixed(2)} ${unit}, uPlot ${other.toFixed(2)} ${unit}, ratio ${ratios[name].toFixed(2)}`);
  }
  return ratios;
}

test.describe.configure({ timeout: 300_000 });

test("166,650 points: the first picture and another one", async ({ browser, product }) => {
  const ratios = await compare(
    browser,
    product.url,
    1,
    async (bench) => {
      await bench.page.waitForTimeout(500);
      const load = (seed: number) =>
        bench.page.evaluate(
          async ([count, seed]) => {
            const [times, values] = window.series(count, seed);
            await window.shown();
            const begin = performance.now();
            await window.__chart.load(times, values);
            const drawn = performance.now() - begin;
            await window.shown();
            return [drawn, performance.now() - begin];
          },
          [POINTS, seed],
        );
      const [first, firstShown] = await load(1);
      await bench.page.waitForTimeout(800);
      // Once is a matter of luck: it depends on what has been compiled by then, and on the next frame.
      const { tasks, process } = await bench.loads(POINTS, LOADS);
      return {
        "first picture, drawn": first,
        "first picture, shown": firstShown,
        "new data, tasks": tasks,
        "new data, process": process,
      };
    },
    "ms",
  );
  // When the first picture is shown depends on the next frame as well.
  noSlower(ratios, ["first picture, drawn", "new data, tasks", "new data, process"]);
});

test("moving the pointer over 166,650 points", async ({ browser, product }) => {
  const ratios = await compare(
    browser,
    product.url,
    1,
    async (bench) => {
      await bench.load(POINTS);
      const { mouse } = bench.page;
      await mouse.move(200, 400);
      await bench.page.waitForTimeout(300);
      const { tasks, process } = await bench.costs(async () => {
        for (let n = 0; n < 200; n++) await mouse.move(320 + n * 7, 300 + (n % 50) * 4);
        await bench.page.waitForTimeout(100);
      });
      return { "a move, tasks": tasks / 200, "a move, process": process / 200 };
    },
    "ms",
  );
  noSlower(ratios, ["a move, tasks", "a move, process"]);
});

for (const [title, count, limit] of [
  ["600 points of three series, ten new ones a second", 1, undefined],
  ["ten charts of the same", 10, 15],
] as const) {
  test(title, async ({ browser, product }) => {
    const own: number[] = [];
    const ratios = await compare(
      browser,
      product.url,
      count,
      async (bench) => {
        const names = NAMES.slice(0, count);
        await bench.load(600, names);
        const { tasks, process } = await bench.costs(() =>
          bench.page.evaluate(
            ([names, now]) =>
              new Promise<void>((resolve) => {
                let pushed = 0;
                const timer = setInterval(() => {
                  pushed++;
                  for (const name of names) {
                    const values = [20, 50, 80].map((value) => value + Math.random() * 9);
                    window[name as "__chart"].push(now + pushed, values);
                  }
                  if (pushed < 50) return;
                  clearInterval(timer);
                  resolve();
                }, 100);
              }),
            [names, NOW] as const,
          ),
        );
        if (bench.page.url().startsWith(product.url)) own.push(process / 50);
        return { "share of a core, tasks": tasks / 50, "share of a core, process": process / 50 };
      },
      "%",
    );
    figure("share of a core", median(own), "%", limit);
    // All threads count: one that draws less leaves the compositor more, and the other way round.
    noSlower(ratios, ["share of a core, process"]);
  });
}
