// The page of live traffic while 500 calls a second come in: how old the newest call is that stands on the screen, and how
// long the page's thread is busy at a time.
import type { Page } from "@playwright/test";
import { allHealthy, expect, isLive, test } from "../fixture.ts";
import type { Product } from "../product.ts";
import { computed, figure, median, share } from "./figures.ts";
import { newPage } from "./visit.ts";

const A_SECOND = 500;
/** Batches a second, as a tap sends what has gathered. */
const BATCHES = 10;
const SECONDS = 20;

/** The page asks every second, so half of that is the least there can be. */
const MIDDLE_MS = 1_000;
const LATE_MS = 2_000;
/** What a person does not notice. */
const TASK_MS = 100;

type Sample = { at: number; id: number };
declare global {
  interface Window {
    newest: Sample[];
  }
}

/** Keeps which call stands on top, whenever something has been painted. */
const watch = (page: Page) =>
  page.evaluate(() => {
    window.newest = [];
    const look = () => {
      const link = document.querySelector("#calls tbody a[href*='/traffic/calls/']");
      const id = Number(/calls\/(\d+)/.exec(link?.getAttribute("href") ?? "")?.[1] ?? 0);
      window.newest.push({ at: performance.timeOrigin + performance.now(), id });
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

/** Sends calls at a steady pace; says when each was, by its number. */
async function send(product: Product): Promise<number[]> {
  const sent: number[] = [];
  const begun = Date.now();
  const tools = ["read", "write", "list", "search", "stat"];
  for (let batch = 0; batch < SECONDS * BATCHES; batch++) {
    const due = begun + (batch * 1_000) / BATCHES;
    await new Promise((done) => setTimeout(done, Math.max(0, due - Date.now())));
    const at_ms = Date.now();
    const records = Array.from({ length: A_SECOND / BATCHES }, (_, n) => ({
      ...{ kind: "call", at_ms, session: `s-${n % 10}`, from: "client", method: "tools/call", tool: tools[n % tools.length] },
      ...{ client: `agent ${n % 3}`, duration_seconds: 0.01 + n / 1_000, outcome: n % 20 ? "ok" : "tool_error" },
      ...{ request_bytes: 120, response_bytes: 900, result_tokens: 200 },
    }));
    await product.post("/observability/traffic", { id: `bench-${batch}`, server: "busy", transport: "stdio", records });
    sent.push(...records.map(() => at_ms));
  }
  return sent;
}

test("the page of live traffic follows 500 calls a second", async ({ browser, product }) => {
  test.setTimeout(120_000);
  await allHealthy(product);
  const page = await newPage(await browser.newContext({ viewport: { width: 1440, height: 1000 } }));
  await page.goto(`${product.url}/traffic`);
  await isLive(page);
  await watch(page);
  await page.evaluate(() => void (window.seen.long = []));
  const before = computed(product.pid);
  const begun = Date.now();
  const sent = await send(product);
  const took = Date.now() - begun;
  const { newest, long } = await page.evaluate(() => ({ newest: window.newest, long: window.seen.long.map(({ ms }) => ms) }));
  await expect(page.locator("#calls tbody tr").first()).toContainText("busy");

  // Only while it is in full swing: the first answers come after a second, and before that there is nothing to be old.
  const shown = newest.filter(({ at, id }) => id > 0 && at > begun + 2_000 && at < begun + took);
  expect(shown.length).toBeGreaterThan(100);
  const ages = shown.map(({ at, id }) => at - sent[id - 1]);
  const frames = shown.slice(1).map(({ at }, n) => at - shown[n].at);
  const pace = `${(sent.length / (took / 1_000)).toFixed(0)} calls/s`;
  figure("age of the newest call shown, in the middle", median(ages), "ms", MIDDLE_MS, pace);
  figure("age of the newest call shown, 99 of 100", share(ages, 0.99), "ms", LATE_MS, `at most ${Math.max(...ages).toFixed(0)}`);
  figure("between two frames, 99 of 100", share(frames, 0.99), "ms", undefined, `at most ${Math.max(...frames).toFixed(0)}`);
  figure("longest task of the page's thread", Math.max(0, ...long), "ms", TASK_MS, `${long.length} of more than 50 ms`);
  figure("processor of the product", (computed(product.pid) - before) / (took / 100), "%");
  await page.context().close();
});
