// Charts in the hand: what is drawn, what stands under the pointer, and what a drag does.
import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";

/** What the page of measurements gives its script. */
type Fed = { load(times: Float64Array, values: Float64Array[]): Promise<void>; push(time: number, values: number[]): void };
declare global {
  interface Window {
    __chart: Fed;
    __blank: number;
  }
}

const NOW = 1_795_269_900;

async function open(page: Page) {
  await page.setViewportSize({ width: 2300, height: 1000 });
  await page.goto("/bench/chart");
  await page.waitForFunction(() => window.__chart !== undefined);
}

/** Shows series of so many points, all `base` but for one that is a hundred. */
async function load(page: Page, count: number, bases: number[], spike = -1) {
  await page.evaluate(
    ([count, bases, spike, now]) => {
      const times = Float64Array.from({ length: count }, (_, n) => now - count + 1 + n);
      const values = bases.map((base) => new Float64Array(count).fill(base));
      if (spike >= 0) values[0][spike] = 100;
      return window.__chart.load(times, values);
    },
    [count, bases, spike, NOW] as const,
  );
}

/** How many pixels of a part of the canvas (shares of width and height) have a colour of their own. */
const coloured = (page: Page, left: number, top: number, right: number, bottom: number) =>
  page.locator(".chart canvas").evaluate(
    (canvas: HTMLCanvasElement, [left, top, right, bottom]) => {
      const { width, height } = canvas;
      const part = [left * width, top * height, (right - left) * width, (bottom - top) * height].map(Math.round);
      const { data } = canvas.getContext("2d")!.getImageData(part[0], part[1], part[2], part[3]);
      let count = 0;
      for (let at = 0; at < data.length; at += 4) {
        const [red, green, blue, alpha] = data.slice(at, at + 4);
        // Grey is the grid, and what is hardly there is its edge. The dullest line has a row with 35.
        if (alpha > 60 && Math.max(red, green, blue) - Math.min(red, green, blue) > 30) count++;
      }
      return count;
    },
    [left, top, right, bottom],
  );

test("one sample among a hundred thousand is seen", async ({ page }) => {
  await open(page);
  await load(page, 100_000, [1]);
  expect(await coloured(page, 0.05, 0.05, 0.95, 0.9)).toBe(0);
  await load(page, 100_000, [1], 54_321);
  const tall = await coloured(page, 0.05, 0.05, 0.95, 0.9);
  expect(tall).toBeGreaterThan(400);
  // Where it belongs, and nowhere else.
  expect(await coloured(page, 0.53, 0.05, 0.58, 0.9)).toBe(tall);
});

test("the pointer finds what is there", async ({ page }) => {
  await open(page);
  await load(page, 600, [20, 50, 80]);
  const box = (await page.locator(".chart .plot").boundingBox())!;
  const tip = page.locator(".chart .tip");
  await page.mouse.move(box.x + box.width / 2, box.y + 300);
  await expect(tip).toBeVisible();
  // The largest first, and the nearest marked.
  await expect(tip.locator(".row:visible bdi")).toHaveText(["series 2", "series 1", "series 0"]);
  await expect(tip.locator(".row:visible b")).toHaveText(["80", "50", "20"]);
  await expect(tip.locator("[data-near=true] bdi")).toHaveText("series 1");
  await expect(tip.locator(".at")).toHaveText(/^2026-11-21 \d\d:\d\d:\d\d( UTC)?$/);
  await expect(page.locator(".chart .cross")).toBeVisible();
  // It stays in the window, wherever the pointer is.
  for (const x of [60, box.width - 14]) {
    await page.mouse.move(box.x + x, box.y + 5);
    await expect(tip).toBeVisible();
    const at = (await tip.boundingBox())!;
    expect(at.x).toBeGreaterThanOrEqual(0);
    expect(at.y).toBeGreaterThanOrEqual(0);
    expect(at.x + at.width).toBeLessThanOrEqual(2300);
  }
  await page.mouse.move(5, 5);
  await expect(tip).toBeHidden();
  await expect(page.locator(".chart .cross")).toBeHidden();
});

test("a drag looks closer, and a double click goes back", async ({ page }) => {
  await open(page);
  await load(page, 3600, [20, 50]);
  const address = page.url();
  const box = (await page.locator(".chart .plot").boundingBox())!;
  const tip = page.locator(".chart .tip .at");
  const seconds = async (x: number) => {
    await page.mouse.move(box.x + x, box.y + 200);
    await page.mouse.move(box.x + x + 1, box.y + 201);
    await page.waitForTimeout(100);
    const [hours, minutes, s] = /(\d\d):(\d\d):(\d\d)/.exec((await tip.textContent())!)!.slice(1).map(Number);
    return (hours * 60 + minutes) * 60 + s;
  };
  const stretch = async () => (await seconds(box.width - 14)) - (await seconds(60));
  const all = await stretch();
  expect(all).toBeGreaterThan(3500);
  const drag = async (end: () => Promise<void>) => {
    await page.mouse.move(box.x + 600, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 900, box.y + 220, { steps: 5 });
    await page.waitForTimeout(60);
    await expect(page.locator(".chart .shade")).toBeVisible();
    await end();
    await expect(page.locator(".chart .shade")).toBeHidden();
  };
  await drag(async () => {
    await page.keyboard.press("Escape");
    await page.mouse.up();
  });
  expect(await stretch()).toBe(all);
  await drag(() => page.mouse.up());
  await expect.poll(stretch).toBeLessThan(700);
  await page.mouse.dblclick(box.x + 600, box.y + 200);
  await expect.poll(stretch).toBe(all);
  // This page's time is its own.
  expect(page.url()).toBe(address);
});

test("new points come without flicker", async ({ page }) => {
  await open(page);
  await load(page, 600, [20, 50, 80]);
  await page.evaluate(
    (now) =>
      new Promise<void>((resolve) => {
        const canvas = document.querySelector<HTMLCanvasElement>(".chart canvas")!;
        const pen = canvas.getContext("2d")!;
        window.__blank = 0;
        let pushed = 0;
        const timer = setInterval(() => window.__chart.push(now + ++pushed, [20, 50, 80]), 50);
        const look = () => {
          const column = pen.getImageData(Math.round(canvas.width / 2), 0, 1, canvas.height).data;
          let lines = 0;
          for (let at = 0; at < column.length; at += 4) if (column[at + 3] > 200) lines++;
          if (lines < 3) window.__blank++;
          if (pushed < 40) return requestAnimationFrame(look);
          clearInterval(timer);
          resolve();
        };
        look();
      }),
    NOW,
  );
  expect(await page.evaluate(() => window.__blank)).toBe(0);
});

test("a click hides a series, and with Alt shows it alone", async ({ page }) => {
  await open(page);
  await load(page, 600, [20, 50, 80]);
  const rows = page.locator(".chart .legend button");
  await expect(rows).toHaveCount(3);
  await expect(rows.first()).toContainText("series 0");
  const pressed = () => rows.evaluateAll((all) => all.map((row) => row.getAttribute("aria-pressed")).join(" "));
  const ink = () => coloured(page, 0.05, 0, 0.95, 0.95);
  const all = await ink();
  await rows.nth(0).click();
  expect(await pressed()).toBe("false true true");
  await expect.poll(ink).toBeLessThan(all * 0.8);
  await rows.nth(2).click({ modifiers: ["Alt"] });
  expect(await pressed()).toBe("false false true");
  await expect.poll(ink).toBeLessThan(all * 0.5);
  await rows.nth(2).click({ modifiers: ["Alt"] });
  expect(await pressed()).toBe("true true true");
  await expect.poll(ink).toBe(all);
});

test("keys walk along the points and say what is there", async ({ page }) => {
  await open(page);
  await load(page, 600, [20, 50, 80]);
  const plot = page.locator(".chart .plot");
  const said = page.locator(".chart [aria-live]");
  await plot.focus();
  for (const [key, seconds] of [
    ["End", "00"],
    ["ArrowLeft", "59"],
    ["Shift+ArrowLeft", "49"],
    ["ArrowRight", "50"],
  ]) {
    await page.keyboard.press(key);
    await expect(said).toHaveText(new RegExp(`:${seconds}( UTC)?: series 2 80, series 1 50, series 0 20$`));
  }
  await expect(plot).toHaveAttribute("aria-label", /^Measured, over 9 min 59 s: series 0 last 20, largest 20; /);
});
