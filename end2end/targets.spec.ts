// What a prometheus.yml lists is scraped: which targets answer, why others do not, and why some are not asked at all.
// The page follows what becomes of them, and says what is not taken of what anybody sends.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { allHealthy, expect, isLive, test as base } from "./fixture.ts";
import { openMenu } from "./panels.ts";
import { writeConfig } from "./peers.ts";
import { tableRow } from "./tables.ts";

/** A target of our own: what it says can change. */
type Target = { host: string; status: number; text: string };

const test = base.extend<{ target: Target; config: string }>({
  target: async ({}, use) => {
    const target: Target = { host: "", status: 200, text: "good 1\n" };
    const server = createServer((_, answer) => {
      answer.writeHead(target.status, { "content-type": "text/plain; version=0.0.4" }).end(target.text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    target.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await use(target);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },

  config: async ({ folder, everything, target }, use) => {
    const jobs = [
      ["closed", "static_configs: [{targets: ['127.0.0.1:9']}]"],
      ["page", `static_configs: [{targets: ['${new URL(everything.url).host}']}]`],
      ["own", `static_configs: [{targets: ['${target.host}']}]`],
      ["left", "relabel_configs: [{source_labels: [__address__], regex: '.*:1234', action: drop}]", "static_configs: [{targets: ['127.0.0.1:1234']}]"],
    ];
    const text = jobs.map(([name, ...lines]) => [`  - job_name: ${name}`, ...lines.map((line) => `    ${line}`)].join("\n"));
    writeFileSync(join(folder, "prometheus.yml"), `global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n${text.join("\n")}\n`);
    await use(writeConfig(folder, everything.url, '[scrape]\nconfig = "prometheus.yml"\n'));
  },
});

test("targets say what is wrong with them, and what is not scraped says why", async ({ page, product }) => {
  await allHealthy(product);
  type Answer = { data: { result: { metric: { job: string }; value: [number, string] }[] } };
  const up = async () => {
    const { data } = await product.get<Answer>("/api/v1/query?query=up");
    return data.result.map(({ metric, value }) => `${metric.job} ${value[1]}`).sort();
  };
  await expect.poll(up).toEqual(["closed 0", "own 1", "page 0"]);

  await page.goto("/");
  await isLive(page);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog").getByRole("combobox", { name: "Search" })).toBeFocused();
  await page.keyboard.type("targets");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/targets$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("2 of 3 targets cannot be scraped");
  await expect(tableRow(page, "http://127.0.0.1:9/metrics")).toContainText(/refused/i);
  await expect(tableRow(page, "127.0.0.1:1234")).toContainText("relabel_configs[0]");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test("the page follows its targets, and lists what is refused, whoever sends it", async ({ page, product, target }) => {
  await allHealthy(product);
  await page.goto("/targets");
  await isLive(page);
  const heading = page.getByRole("heading", { level: 1 });
  const own = tableRow(page, `http://${target.host}/metrics`);
  await expect(heading).toHaveText("2 of 3 targets cannot be scraped", { timeout: 15_000 });
  await expect(page.locator("#refused")).toContainText("Everything was taken");

  // Nothing is loaded anew by hand from here on.
  target.status = 500;
  await expect(own).toContainText("500", { timeout: 15_000 });
  await expect(heading).toHaveText("3 of 3 targets cannot be scraped");
  Object.assign(target, { status: 200, text: "good 1\ngood 2\n" });
  await expect(heading).toHaveText("2 of 3 targets cannot be scraped", { timeout: 15_000 });
  await expect(tableRow(page, `own ${target.host}`)).toContainText("repeated", { timeout: 15_000 });

  const pushed = await fetch(`${product.url}/metrics/job/nightly`, { method: "PUT", body: "x 1 1000\n" });
  expect(pushed.status).toBe(400);
  const nightly = tableRow(page, "nightly");
  await expect(nightly).toContainText("inconsistent_push", { timeout: 15_000 });
  await expect(nightly).toContainText("x has a time");

  const menu = await openMenu(page, "Refused");
  const csv = await menu.getByRole("link", { name: "Export CSV" }).getAttribute("href");
  const text = await (await page.request.get(csv!)).text();
  expect(text).toMatch(/^source,sender,reason,count,since_ms,at_ms,example\r\n/);
  expect(text).toMatch(/\r\npush,nightly,inconsistent_push,1,|^push,nightly,/m);
  const targets = await product.get<{ job: string; health: string }[]>("/observability/export/json?table=targets");
  expect(targets.map(({ job, health }) => `${job} ${health}`).sort()).toEqual(["closed down", "own up", "page down"]);
});
