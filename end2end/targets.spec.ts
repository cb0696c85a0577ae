// What a prometheus.yml lists is scraped: which targets answer, why others do not, and why some are not asked at all.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { allHealthy, expect, isLive, test as base } from "./fixture.ts";
import { writeConfig } from "./peers.ts";
import { tableRow } from "./tables.ts";

const test = base.extend<{ config: string }>({
  config: async ({ folder, everything }, use) => {
    const jobs = [
      ["closed", "static_configs: [{targets: ['127.0.0.1:9']}]"],
      ["page", `static_configs: [{targets: ['${new URL(everything.url).host}']}]`],
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
  await expect.poll(up).toEqual(["closed 0", "page 0"]);

  await page.goto("/");
  await isLive(page);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog").getByRole("combobox", { name: "Search" })).toBeFocused();
  await page.keyboard.type("targets");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/targets$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("2 of 2 targets cannot be scraped");
  await expect(tableRow(page, "http://127.0.0.1:9/metrics")).toContainText(/refused/i);
  await expect(tableRow(page, "127.0.0.1:1234")).toContainText("relabel_configs[0]");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});
