// What a visit of a page looks like from outside: when something is painted, what moves afterwards, and
// what the page's thread was busy with until the page was taken over.
import type { Browser, BrowserContext, Page } from "@playwright/test";

/** A slower machine and a slower line. */
export type Handicap = { /** So many times slower. */ cpu: number; /** Round trip, 9 Mbit/s down and 1.5 up. */ rtt_ms?: number };

type Seen = {
  shifts: { value: number; at: number; parts: string[] }[];
  content: number;
  /** Of more than 50 ms. */
  long: { at: number; ms: number }[];
};
declare global {
  interface Window {
    seen: Seen;
  }
}

/** A page that keeps what can only be heard while it happens. */
export async function newPage(context: BrowserContext, handicap?: Handicap): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const seen: Seen = (window.seen = { shifts: [], content: 0, long: [] });
    type Shift = PerformanceEntry & {
      value: number;
      hadRecentInput: boolean;
      sources: { node?: Node; previousRect: DOMRect; currentRect: DOMRect }[];
    };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Shift[]) {
        if (entry.hadRecentInput) continue;
        const parts = entry.sources.map(({ node, previousRect: a, currentRect: b }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          const name = element ? `${element.localName}.${element.getAttribute("class")}` : "?";
          const place = (rect: DOMRect) => [rect.x, rect.y, rect.width, rect.height].map(Math.round).join(" ");
          return `${name} from ${place(a)} to ${place(b)}`;
        });
        seen.shifts.push({ value: entry.value, at: entry.startTime, parts });
      }
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.content = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) seen.long.push({ at: startTime, ms: duration });
    }).observe({ type: "longtask", buffered: true });
  });
  if (handicap) {
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: handicap.cpu });
    if (handicap.rtt_ms !== undefined) {
      await session.send("Network.enable");
      const [downloadThroughput, uploadThroughput] = [9e6 / 8, 1.5e6 / 8];
      await session.send("Network.emulateNetworkConditions", {
        offline: false,
        latency: handicap.rtt_ms,
        downloadThroughput,
        uploadThroughput,
      });
    }
  }
  return page;
}

/** Waits for a mark that the page sets. */
export const marked = (page: Page, name: string) =>
  page.waitForFunction((name) => performance.getEntriesByName(name).length > 0, name, { timeout: 30_000 });

/** When a mark was set, in milliseconds since the page was asked for. */
export const markedAt = (page: Page, name: string) =>
  page.evaluate((name) => performance.getEntriesByName(name)[0].startTime, name);

/** When the answer began, when something was painted, and when the largest part was. */
export async function painted(page: Page): Promise<{ answer: number; first: number; content: number }> {
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  return page.evaluate(() => {
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const first = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    return { answer: navigation.responseStart, first, content: Math.max(first, window.seen.content) };
  });
}

/** A task of the page's thread, and what it was busy with apart from what that called, in milliseconds. */
export type Task = { at: number; ms: number; of: [string, number][] };

type Event = { name: string; ph: string; pid: number; tid: number; ts: number; dur?: number; args?: any };

const CATEGORIES = ["toplevel", "devtools.timeline", "blink.user_timing", "v8", "v8.wasm"];

/**
 * What the page's thread did from the navigation until a mark, the longest task first. It says what a task
 * was made of, not how long it takes: being looked at costs time too.
 */
export async function tasksUntil(browser: Browser, page: Page, url: string, mark: string): Promise<Task[]> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await page.goto(url);
  await marked(page, mark);
  const { traceEvents: events } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Event[] };
  const end = events.find((event) => event.name === mark);
  if (!end) throw new Error(`the trace has no ${mark}`);
  const isStart = ({ name, pid, args }: Event) => name === "navigationStart" && pid === end.pid && args?.data?.documentLoaderURL?.startsWith(url);
  const from = events.find(isStart)?.ts ?? 0;
  const is = (event: Event) => event.pid === end.pid && event.tid === end.tid && event.ph === "X" && event.ts >= from && event.ts <= end.ts;
  const own = events.filter((event) => is(event) && event.dur).sort((a, b) => a.ts - b.ts || b.dur! - a.dur!);
  // What is in no other is a task.
  let over = 0;
  const tasks = own.filter((event) => event.ts >= over && (over = event.ts + event.dur!));
  const longest = tasks.sort((a, b) => b.dur! - a.dur!).slice(0, 5);
  return longest.map((task) => {
    const of = itself(own.filter((event) => event.ts >= task.ts && event.ts + event.dur! <= task.ts + task.dur!));
    return { at: (task.ts - from) / 1000, ms: task.dur! / 1000, of };
  });
}

/** What nested events took apart from those within them, by name, the longest first. */
export function itself(events: Event[]): [string, number][] {
  const sums = new Map<string, number>();
  const open: Event[] = [];
  const add = ({ name }: Event, us: number) => sums.set(name, (sums.get(name) ?? 0) + us / 1000);
  for (const event of events) {
    while (open.length > 0 && open.at(-1)!.ts + open.at(-1)!.dur! <= event.ts) open.pop();
    const within = open.at(-1);
    if (within) add(within, -event.dur!);
    add(event, event.dur!);
    open.push(event);
  }
  return [...sums].filter(([, ms]) => ms >= 0.5).sort(([, a], [, b]) => b - a);
}
