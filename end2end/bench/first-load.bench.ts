// What the first visit costs: bytes over the wire, time to first paint, memory of the product at
// rest. Two of the three have a limit; times are printed beside those of an empty page in the same
// run, because machines differ.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixture.ts";

const FIRST_LOAD_BYTES = 250_000;
const REST_BYTES = 60_000_000;
const VISITS = 5;

test("the first load is light", async ({ page, product }) => {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  const sizes = new Map<string, number>();
  const urls = new Map<string, string>();
  client.on("Network.responseReceived", ({ requestId, response }) => urls.set(requestId, new URL(response.url).pathname));
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
  await page.goto(product.url);
  await expect(page.locator(".connection")).toHaveAttribute("data-link", "live");
  const rows = [...sizes].map(([id, bytes]) => ({ path: urls.get(id) ?? "?", bytes }));
  rows.sort((a, b) => b.bytes - a.bytes);
  for (const { path, bytes } of rows) console.log(`  ${(bytes / 1000).toFixed(1).padStart(7)} kB  ${path}`);
  const total = rows.reduce((sum, row) => sum + row.bytes, 0);
  console.log(`first load: ${(total / 1000).toFixed(1)} kB of ${FIRST_LOAD_BYTES / 1000} kB`);
  expect(rows.some((row) => row.path.endsWith(".wasm")), "the WebAssembly was measured too").toBe(true);
  expect(total).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
});

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
