// The configuration changes while the product runs: servers come and go on an open page, the others go
// on, and a wrong file changes nothing.
import { readFileSync, writeFileSync } from "node:fs";
import { allHealthy, expect, isLive, levels, row, test } from "./fixture.ts";
import { isAlive } from "./processes.ts";
import type { Product } from "./product.ts";

/** The process of a server that the product has started. */
async function pid(product: Product, server: string): Promise<number> {
  const servers = await product.get<{ name: string; process?: { pid: number } }[]>("/observability/servers");
  const found = servers.find(({ name }) => name === server)?.process?.pid;
  expect(found, `${server} has a process`).toBeDefined();
  return found!;
}

const reload = (product: Product) => fetch(`${product.url}/-/reload`, { method: "POST" });

test("servers come and go on an open page", async ({ page, product, config }) => {
  await allHealthy(product);
  await page.goto("/");
  await expect(row(page, "time")).toHaveAttribute("data-level", "healthy");
  await isLive(page);
  await page.evaluate(() => void Object.assign(window, { sameDocument: true }));
  const [time, memory] = [await pid(product, "time"), await pid(product, "memory")];

  const before = readFileSync(config, "utf8");
  const [start] = before.split("[servers.time]");
  const url = /url = .*/.exec(before)![0];
  writeFileSync(config, `${start}[servers.again]\n${url}\n`);
  process.kill(product.pid, "SIGHUP");
  await expect(row(page, "again")).toHaveAttribute("data-level", "healthy", { timeout: 20_000 });
  await expect(row(page, "time")).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("All 4 servers are healthy");
  await expect(page.locator("#events li", { hasText: "configuration was read anew" })).toBeVisible();
  expect(await page.evaluate(() => "sameDocument" in window), "without a reload").toBe(true);
  expect(isAlive(time), "the process of a server that is gone").toBe(false);
  expect(await pid(product, "memory"), "others go on").toBe(memory);

  writeFileSync(config, `${start}[servers.again]\ncommand = 3\n[colour]\n`);
  const refused = await reload(product);
  expect(refused.status).toBe(500);
  const said = await refused.text();
  for (const part of ["servers.again.command", "colour", "stays"]) expect(said).toContain(part);
  const names = ["again", "everything", "memory", "observatory"];
  expect(Object.keys(await levels(product)).sort()).toEqual(names);

  writeFileSync(config, before);
  expect((await reload(product)).status).toBe(200);
  await expect(row(page, "time")).toHaveAttribute("data-level", "healthy", { timeout: 20_000 });
  await expect(row(page, "again")).toHaveCount(0);
  expect(await pid(product, "memory")).toBe(memory);
});

test("it goes on, and ends well, when nobody reads its log", async ({ product }) => {
  await allHealthy(product);
  product.leaveUnread();
  for (let times = 0; times < 3; times++) expect((await reload(product)).status, "this is logged").toBe(200);
  await product.post("/observability/servers/memory/probe");
  await allHealthy(product);
});
