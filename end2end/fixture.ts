// What every journey stands on: a folder of its own, the peers, the product, and a browser that may
// neither complain nor talk to anyone but the product. Import `test` and `expect` from here.
import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Everything, writeConfig } from "./peers.ts";
import { Product } from "./product.ts";

export { expect };

/** For journeys without a browser and without a product that runs. */
export const bare = base.extend<{ /** Empty, and gone afterwards. */ folder: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "observatory-"));
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
});

type Stage = {
  /** Running. */
  everything: Everything;
  /** Put into the configuration file after the three servers. */
  moreConfig: string;
  /** Path of the configuration file. */
  config: string;
  /** Put into the product's environment. */
  environment: NodeJS.ProcessEnv;
  /** Running and ready; afterwards it has to end well. */
  product: Product;
  /** Complaints that this journey causes on purpose: push what may match. */
  allowed: RegExp[];
};

/** The whole stage; Playwright asks for `baseURL` in every test, so the product always runs. */
export const test = bare.extend<Stage>({
  everything: async ({}, use) => {
    const everything = await Everything.onFreePort();
    await everything.start();
    await use(everything);
    await everything.stop();
  },

  moreConfig: ["", { option: true }],

  config: async ({ folder, everything, moreConfig }, use) => use(writeConfig(folder, everything.url, moreConfig)),

  environment: [{}, { option: true }],

  product: async ({ folder, config, environment }, use, info) => {
    const product = new Product(folder, config, [], environment);
    try {
      await product.start();
      await use(product);
      if (product.running) await product.stop();
      expect(product.log.filter((line) => line.includes("panicked at"))).toEqual([]);
    } finally {
      if (product.running) await product.kill().catch(() => {});
      await info.attach("product.log", { body: product.tail(), contentType: "text/plain" });
    }
  },

  baseURL: async ({ product }, use) => use(product.url),

  allowed: async ({}, use) => use([]),

  context: async ({ context, product, allowed }, use) => {
    const complaints = listen(context, product.url);
    await use(context);
    expect(complaints.filter((text) => !allowed.some((pattern) => pattern.test(text)))).toEqual([]);
  },
});

/** The level of every server by its name, as the API says. */
export async function levels(product: Product): Promise<Record<string, string>> {
  const servers = await product.get<{ name: string; verdict: { level: string } }[]>("/observability/servers");
  return Object.fromEntries(servers.map((server) => [server.name, server.verdict.level]));
}

/** Waits until the three servers and the product itself are healthy. */
export async function allHealthy(product: Product) {
  const healthy = { everything: "healthy", memory: "healthy", observatory: "healthy", time: "healthy" };
  await expect.poll(() => levels(product), { timeout: 30_000 }).toEqual(healthy);
}

/**
 * Waits until the machine and the processes of the three servers have been looked at, some seconds after
 * the start: before that their charts say that there is nothing yet.
 */
export async function lookedAt(product: Product) {
  const query = "count(count by (server) (mcp_process_cpu_percent)) >= 3 and on () mcp_system_cpu_usage_percent";
  const ask = `/observability/export/json?${new URLSearchParams({ query, range: "1m" })}`;
  await expect.poll(async () => (await product.get<unknown[]>(ask)).length, { timeout: 20_000 }).toBeGreaterThan(1);
}

/** Waits for an alert that fires about the server; its id. */
export async function firing(product: Product, server: string): Promise<string> {
  const open = () => product.get<{ id: string; server: string; state: string }[]>("/observability/alerts?open=true");
  const find = async () => (await open()).find((alert) => alert.server === server && alert.state === "firing")?.id;
  await expect.poll(find, { timeout: 30_000, message: `an alert about ${server} fires` }).toBeDefined();
  return (await find())!;
}

/** Waits until the page has been taken over and hears what happens. */
export const isLive = (page: Page) => expect(page.locator(".connection[data-link=live]")).toBeVisible({ timeout: 25_000 });

/** The server's row of the status table of the overview. */
export const row = (page: Page, server: string) => page.locator(`tr[data-server=${JSON.stringify(server)}]`);

/**
 * Gathers errors of the console, uncaught ones, and requests to foreign hosts. Every page of
 * `context` has it already; this is for contexts that a journey makes itself.
 */
export function listen(context: BrowserContext, home: string): string[] {
  const complaints: string[] = [];
  const { host } = new URL(home);
  const visit = (what: string, url: string) => {
    const to = new URL(url);
    if (!["data:", "blob:"].includes(to.protocol) && to.host !== host) complaints.push(`${what} of a foreign host: ${url}`);
  };
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => complaints.push(`uncaught: ${error.error().stack ?? error.error()}`));
  context.on("request", (request) => visit("request", request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => visit("socket", socket.url())));
  return complaints;
}
