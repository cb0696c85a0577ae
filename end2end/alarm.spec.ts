// A tone and a message for alerts that begin to fire: asked for by a click, remembered, also in a hidden tab, and by one tab alone.
import type { BrowserContext, Page } from "@playwright/test";
import { expect, isLive, test } from "./fixture.ts";
import type { Product } from "./product.ts";

type Heard = Window & { messages: { title: string; body: string }[]; asked: number; isHidden: boolean };

/** Keeps messages instead of showing them; the browser is asked once, and allows them. Tabs can be hidden. */
const stage = (context: BrowserContext, answer: string) =>
  context.addInitScript((answer) => {
    const heard = window as unknown as Heard;
    Object.assign(heard, { messages: [], asked: 0, isHidden: false });
    class Message {
      static get permission() {
        return localStorage.getItem("permission") ?? "default";
      }
      static async requestPermission() {
        heard.asked++;
        localStorage.setItem("permission", answer);
        return answer;
      }
      onclick = null;
      constructor(title: string, options: { body: string }) {
        heard.messages.push({ title, body: options.body });
      }
      close() {}
    }
    Object.defineProperty(window, "Notification", { value: Message });
    Object.defineProperty(document, "hidden", { get: () => heard.isHidden });
  }, answer);

const messages = (page: Page) => page.evaluate(() => (window as unknown as Heard).messages.map((message) => message.title));
const sounds = (page: Page) => page.evaluate(() => performance.getEntriesByName("alarm:sound").length);
const hide = (page: Page) =>
  page.evaluate(() => {
    (window as unknown as Heard).isHidden = true;
    document.dispatchEvent(new Event("visibilitychange"));
  });
const raise = (product: Product, name: string, severity: string) =>
  product.post<{ id: string }>("/alerts", { name, severity, summary: `${name} is wrong`, by: "a program" });

test("it is asked for, tested, heard while hidden, and by one tab", async ({ page, context, product }) => {
  test.slow();
  await stage(context, "granted");
  await raise(product, "Before", "critical");
  await page.goto("/alerts");
  await isLive(page);
  const panel = page.locator("#alarm");
  expect(await page.evaluate(() => (window as unknown as Heard).asked), "nobody is asked before they ask for it").toBe(0);
  await panel.getByLabel("Tell me of alerts that begin to fire").selectOption("critical");
  await expect.poll(() => page.evaluate(() => (window as unknown as Heard).asked)).toBe(1);
  await panel.getByRole("button", { name: "Test it" }).click();
  await expect.poll(() => messages(page)).toEqual(["This is a test"]);
  expect(await sounds(page)).toBe(1);
  await expect(panel.locator(".trouble")).toHaveText("");

  // It is remembered, and goes on on any page; another tab says nothing.
  await page.goto("/servers");
  await isLive(page);
  const other = await context.newPage();
  await other.goto("/");
  await isLive(other);
  await hide(page);
  await raise(product, "Harmless", "warning");
  await raise(product, "First", "critical");
  await expect.poll(() => messages(page), { timeout: 15_000 }).toEqual(["critical: First is wrong"]);
  await raise(product, "Second", "emergency");
  await expect.poll(() => messages(page)).toEqual(["critical: First is wrong", "2 alerts fire"]);
  expect(await sounds(page), "once for what comes together").toBe(1);
  expect(await messages(other)).toEqual([]);

  // What is silenced does not ring.
  await product.post("/observability/silences", { matchers: 'alertname="Third"', lasts_ms: 3_600_000, by: "Ann", comment: "known" });
  await page.waitForTimeout(6_000);
  await raise(product, "Third", "critical");
  await raise(product, "Fourth", "critical");
  await expect.poll(() => messages(page)).toEqual(["critical: First is wrong", "2 alerts fire", "critical: Fourth is wrong"]);

  // When the tab that does it is closed, the other one does it.
  await page.close();
  const waiting = () => other.evaluate(async () => (await navigator.locks.query()).pending!.length);
  await expect.poll(waiting).toBe(0);
  await raise(product, "Fifth", "critical");
  await expect.poll(() => messages(other), { timeout: 15_000 }).toEqual(["critical: Fifth is wrong"]);
});

test("what the browser refuses is said", async ({ page, context }) => {
  await stage(context, "denied");
  await page.goto("/alerts");
  await isLive(page);
  const panel = page.locator("#alarm");
  await panel.getByLabel("Tell me of alerts that begin to fire").selectOption("emergency");
  await expect(panel.locator(".trouble")).toContainText("told to show no messages");
  await panel.getByLabel("Tell me of alerts that begin to fire").selectOption("never");
  await expect(panel.locator(".trouble")).toHaveText("");
  await expect(panel.getByRole("button", { name: "Test it" })).toHaveCount(0);
});
