// Charts as they are seen: what stands on the canvas, what stands in their tables, where the pointer goes.
import type { Locator, Page } from "@playwright/test";
import { expect } from "./fixture.ts";
import { openMenu, panel } from "./panels.ts";

/** The plot of a panel's chart. */
export const plot = (page: Page, title: string) => panel(page, title).locator(".plot");

/** Waits until charts have been drawn. */
export const drawn = (page: Page) => page.waitForFunction(() => performance.getEntriesByName("chart:painted").length > 0);

/** Turns a chart into the table of its values. */
export async function viewAsTable(page: Page, title: string): Promise<Locator> {
  await (await openMenu(page, title)).getByRole("button", { name: "View as table" }).click();
  const values = panel(page, title).locator(".values table");
  await expect(values).toBeVisible();
  return values;
}

/** The time of the newest point in a table of values, in milliseconds since 1970. */
export async function newest(values: Locator): Promise<number> {
  const text = await values.locator("tbody tr").first().locator("th").innerText();
  return Date.parse(text.replace(" UTC", "Z").replace(" ", "T"));
}

/** A place in the window: so many parts of the way over a plot, and in the middle of its height. */
async function place(plot: Locator, share: number): Promise<[x: number, y: number]> {
  const box = (await plot.boundingBox())!;
  return [box.x + box.width * share, box.y + box.height * 0.4];
}

/** Points at a place of a chart. */
export async function point(page: Page, plot: Locator, share: number) {
  await page.mouse.move(...(await place(plot, share)));
}

/** Selects a stretch of a chart with the mouse. */
export async function drag(page: Page, plot: Locator, from: number, to: number) {
  await point(page, plot, from);
  await page.mouse.down();
  await page.mouse.move(...(await place(plot, to)), { steps: 8 });
  await page.mouse.up();
}

/** What stands on a canvas, as a number: another one is another picture. */
export const picture = (plot: Locator): Promise<number> =>
  plot.locator("canvas").evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return new Uint32Array(data.buffer).reduce((sum, pixel) => (sum * 31 + pixel) | 0, 0);
  });

/**
 * Looks at a canvas in every frame for a while: in how many frames nothing was on it, and how many
 * different pictures there were.
 */
export function watchCanvas(plot: Locator, ms: number): Promise<{ frames: number; blank: number; pictures: number }> {
  return plot.locator("canvas").evaluate(async (element, ms) => {
    const canvas = element as HTMLCanvasElement;
    const seen = { frames: 0, blank: 0, pictures: 0 };
    let before = 0;
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise(requestAnimationFrame);
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      // Four bytes at once: only whether they are the same as before counts.
      let [sum, inked] = [0, 0];
      for (const pixel of new Uint32Array(data.buffer)) {
        sum = (sum * 31 + pixel) | 0;
        if (pixel !== 0) inked++;
      }
      seen.frames++;
      if (inked === 0) seen.blank++;
      if (sum !== before) seen.pictures++;
      before = sum;
    }
    return seen;
  }, ms);
}
