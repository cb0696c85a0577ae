// What the first visit costs: time to first paint, and memory of the product at rest. Times are printed
// beside those of an empty page in the same run, because machines differ. Bytes are a journey's matter
// (`weight.spec.ts`), because they do not.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixture.ts";

const REST_BYTES = 60_000_000;
const VISITS = 5;

test("the first paint comes soon", async ({ browser, product }) => {
  const empty = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<h1>Hello</h1>"));
  await new Promise<void>((resolve) => empty.listen(0, "127.0.0.1", resolve));
  const peer = `http://127.0.0.1:${(empty.address() as AddressInfo).port}/`;
  const measure = async (url: string, read: (page: Page) => Promise<number>) => {
    const times: number[] = [];
    for (let visit = 0; visit < VISITS; visit++) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(url);
      times.push(await read(page));
      await context.close();
    }
    return times.sort((a, b) => a - b)[Math.floor(VISITS / 2)];
  };
  const paint = (page: Page) =>
    page.evaluate(
      () =>
        new Promise<number>((resolve) =>
          new PerformanceObserver((list) => {
            const entry = list.getEntriesByName("first-contentful-paint")[0];
            if (entry) resolve(entry.startTime);
          }).observe({ type: "paint", buffered: true }),
        ),
    );
  const live = async (page: Page) => {
    await expect(page.locator(".connection")).toHaveAttribute("data-link", "live");
    return page.evaluate(() => performance.now());
  };
  const ours = await measure(product.url, paint);
  const theirs = await measure(peer, paint);
  const taken = await measure(product.url, live);
  empty.close();
  console.log(
    `first contentful paint: ${ours.toFixed(0)} ms (an empty page: ${theirs.toFixed(0)} ms, ratio ${(ours / theirs).toFixed(1)}); live after ${taken.toFixed(0)} ms`,
  );
});

test("at rest it needs little memory", async ({ product }) => {
  // Three servers and itself, probed every second: more than at rest.
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const status = readFileSync(`/proc/${product.pid}/status`, "utf8");
  const bytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  console.log(`memory at rest: ${(bytes / 1e6).toFixed(1)} MB of ${REST_BYTES / 1e6} MB`);
  expect(bytes).toBeLessThanOrEqual(REST_BYTES);
});
