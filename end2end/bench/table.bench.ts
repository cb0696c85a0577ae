// A table of ten thousand rows: what a press on a head and a letter in the filter cost, until it is seen.
import type { Page } from "@playwright/test";
import { expect, isLive, test } from "../fixture.ts";
import { figure, median, spread } from "./figures.ts";

const LIMIT_MS = 50;
const TURNS = 7;
const ROWS = "10,000 rows";

type Act = { sort: string } | { filter: string };

/** Does something, and says how long it took until it stood on the screen, and how long until the page's thread was done with it. */
function act(page: Page, what: Act): Promise<{ done: number; shown: number }> {
  return page.evaluate(async (what) => {
    const frame = () =>
      new Promise<void>((resolve) =>
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve();
          port2.postMessage(0);
        }),
      );
    const table = document.querySelector("#long-table .table")!;
    const heads = [...table.querySelectorAll<HTMLElement>("thead button")];
    const input = table.querySelector<HTMLInputElement>("[data-filter]")!;
    await frame();
    await frame();
    const begin = performance.now();
    if ("sort" in what) heads.find((head) => head.textContent!.includes(what.sort))!.click();
    else {
      input.value = what.filter;
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
    // What reacts does so in tasks of its own.
    await new Promise((resolve) => setTimeout(resolve, 0));
    // Style and layout belong to it; asking for a size does them now.
    void (table as HTMLElement).offsetHeight;
    const done = performance.now() - begin;
    await frame();
    return { done, shown: performance.now() - begin };
  }, what);
}

test("ten thousand rows are sorted and filtered at once", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto("/settings/gallery");
  await isLive(page).catch(() => {});
  const table = page.locator("#long-table .table");
  await table.scrollIntoViewIfNeeded();
  await expect(table.getByRole("status").first()).toHaveText(ROWS);
  const session = await page.context().newCDPSession(page);
  // Of the processor, not of the clock: others compute here too.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const tasks = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((metric) => metric.name === "TaskDuration")!.value * 1000;
  };
  const acts: [string, Act][] = [
    ["sort by text, ascending", { sort: "Call" }],
    ["sort by text, descending", { sort: "Call" }],
    ["sort by text, as it comes", { sort: "Call" }],
    ["sort by number, ascending", { sort: "Duration" }],
    ["sort by number, descending", { sort: "Duration" }],
    ["sort by number, as it comes", { sort: "Duration" }],
    ["first letter in the filter", { filter: "r" }],
    ["second letter", { filter: "re" }],
    ["a word of few rows", { filter: "read_file-0012" }],
    ["two words", { filter: "read file" }],
    ["nothing is found", { filter: "nowhere" }],
    ["the filter is emptied", { filter: "" }],
    ["filtered, then sorted: first letter", { filter: "p" }],
    ["filtered, then sorted: by number", { sort: "Duration" }],
    ["filtered and sorted: second letter", { filter: "pi" }],
    ["filtered and sorted: the filter is emptied", { filter: "" }],
    ["sorted: the other way", { sort: "Duration" }],
    ["sorted: as it comes", { sort: "Duration" }],
  ];
  const found = new Map(acts.map(([name]) => [name, { done: [] as number[], shown: [] as number[], cpu: [] as number[] }]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, what] of acts) {
      const before = await tasks();
      const { done, shown } = await act(page, what);
      const one = found.get(name)!;
      one.done.push(done);
      one.shown.push(shown);
      one.cpu.push((await tasks()) - before);
    }
    await expect(table.getByRole("status").first()).toHaveText(ROWS);
  }
  for (const [name, { done, shown, cpu }] of found) {
    const more = `rows laid out after ${median(done).toFixed(1)} ms, ${median(cpu).toFixed(1)} ms of CPU; the first time ${shown[0].toFixed(0)}, ${spread(shown)}`;
    figure(name, median(shown), "ms", LIMIT_MS, more);
  }
});
