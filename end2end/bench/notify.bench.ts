// How soon receivers hear of what happens: one alert from its condition on, ten thousand at once, and a hundred receivers
// of which ten never answer.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bare, expect } from "../fixture.ts";
import { writeConfig } from "../peers.ts";
import { Product } from "../product.ts";
import { figure, median, resident, spread } from "./figures.ts";

const TOLD_MS = 5_000;
const LATER_MS = 1_000;
const MANY = 10_000;
const GROUPS = 10;
const BATCH = 500;
const RECEIVERS = 100;
const HANGING = 10;
const MORE_MB = 150;

/** What is exposed, and what receivers got: by path and name of the alert, when, and of how many alerts. */
class World {
  trigger = 0;
  readonly got: { path: string; name: string; count: number; at: number }[] = [];
  private readonly server: Server = createServer((request, response) => {
    if (request.method === "GET") return void response.end(`trigger ${this.trigger}\n`);
    if (request.url!.startsWith("/hang")) return;
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const message = JSON.parse(Buffer.concat(parts).toString()) as { alerts: { labels: { alertname: string } }[] };
      this.got.push({ path: request.url!, name: message.alerts[0].labels.alertname, count: message.alerts.length, at: performance.now() });
      response.end("taken");
    });
  });

  async start(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await new Promise((done) => this.server.once("listening", done));
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  of = (name: string) => this.got.filter((one) => one.name === name);
}

const routes = (address: string) => `route:
  receiver: quiet
  routes:
  - {receiver: one, matchers: [alertname="Triggered"], group_by: [alertname, round], group_wait: 0s, group_interval: 1s}
  - {receiver: one, matchers: [alertname="Many"], group_by: [shard], group_wait: 5s, group_interval: 5s}
  - receiver: quiet
    matchers: [alertname="All"]
    routes:
${Array.from({ length: RECEIVERS }, (_, n) => `    - {receiver: r${n}, group_by: [alertname, round], group_wait: 0s, continue: true}`).join("\n")}
receivers:
- name: quiet
- {name: one, webhook_configs: [{url: "http://${address}/one"}]}
${Array.from({ length: RECEIVERS }, (_, n) => `- {name: r${n}, webhook_configs: [{url: "http://${address}/${n < HANGING ? "hang" : "hook"}/${n}"}]}`).join("\n")}
`;

bare("receivers hear of it soon, each once", async ({ folder }) => {
  bare.setTimeout(300_000);
  const world = new World();
  const address = await world.start();
  writeFileSync(join(folder, "am.yml"), routes(address));
  const rule = "{alert: Triggered, expr: trigger > 0, labels: {severity: critical}}";
  writeFileSync(join(folder, "rules.yml"), `groups: [{name: switched, interval: 1s, rules: [${rule}]}]\n`);
  const job = `{job_name: switch, static_configs: [{targets: ["${address}"]}]}`;
  writeFileSync(join(folder, "prometheus.yml"), `global: {scrape_interval: 1s, scrape_timeout: 1s}\nrule_files: [rules.yml]\nscrape_configs: [${job}]\n`);
  const config = writeConfig(folder, "http://127.0.0.1:9/mcp", '\n[scrape]\nconfig = "prometheus.yml"\n');
  writeFileSync(config, readFileSync(config, "utf8").replace("[alerts]\n", '[alerts]\nnotify = "am.yml"\n'));
  const product = new Product(folder, config);
  await product.start();
  const until = async (is: () => boolean, what: string) => {
    for (const end = Date.now() + 60_000; !is(); await new Promise((done) => setTimeout(done, 10))) {
      if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(world.got.slice(-3))}\n${product.tail()}`);
    }
  };
  const alerts = (name: string, many: Record<string, string>[]) => many.map((labels) => ({ labels: { alertname: name, ...labels } }));
  try {
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      await new Promise((done) => setTimeout(done, 2_000 + 370 * round));
      const before = world.of("Triggered").length;
      const began = performance.now();
      world.trigger = 1;
      await until(() => world.of("Triggered").length > before, "it fires");
      waits.push(world.of("Triggered").at(-1)!.at - began);
      world.trigger = 0;
      await until(() => world.of("Triggered").length > before + 1, "it is over");
    }
    figure("condition to message, scraped and judged each second", median(waits), "ms", TOLD_MS, spread(waits));

    const [memory, began] = [resident(product.pid), performance.now()];
    for (let from = 0; from < MANY; from += BATCH) {
      await product.post("/api/v2/alerts", alerts("Many", Array.from({ length: BATCH }, (_, at) => ({ n: String(from + at), shard: String((from + at) % GROUPS) }))));
    }
    const taken = performance.now();
    await until(() => world.of("Many").reduce((sum, one) => sum + one.count, 0) >= MANY, "all of many");
    console.log(`${MANY} alerts at once`);
    figure("taken", taken - began, "ms");
    figure("told after the last was taken, wait of the group included", world.of("Many").at(-1)!.at - taken, "ms", 5_000 + TOLD_MS);
    figure("messages", world.of("Many").length, "", GROUPS);
    figure("more memory", (resident(product.pid) - memory) / 1e6, "MB", MORE_MB);

    const late: number[] = [];
    for (let round = 0; round < 3; round++) {
      const [before, began] = [world.of("All").length, performance.now()];
      await product.post("/api/v2/alerts", alerts("All", [{ round: String(round) }]));
      await until(() => world.of("All").length >= before + RECEIVERS - HANGING, "all who answer");
      late.push(world.of("All").at(-1)!.at - began);
    }
    console.log(`${RECEIVERS} receivers, of which ${HANGING} never answer`);
    figure("the last of the others was told after", median(late), "ms", LATER_MS, spread(late));
    expect(world.of("All").length).toBe(3 * (RECEIVERS - HANGING));
  } finally {
    await product.kill();
    world.stop();
  }
});
