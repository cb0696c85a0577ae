// Killed in the middle of telling people: every alert that was taken reaches its receiver, and whatever arrives twice
// says so by its key.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bare, expect } from "./fixture.ts";
import { writeConfig } from "./peers.ts";
import { Product } from "./product.ts";

const ROUNDS = 8;
const ALERTS = 5;

/** Notes who is told of what under which key, and is slow about it: so there is something to break off. */
class Slow {
  readonly told = new Map<string, Set<string>>();
  messages = 0;
  readonly server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      this.messages++;
      const key = String(request.headers["idempotency-key"]);
      for (const { labels } of JSON.parse(body).alerts) {
        const keys = this.told.get(labels.alertname) ?? new Set();
        this.told.set(labels.alertname, keys.add(key));
      }
      setTimeout(() => response.writeHead(200).end("taken"), 30);
    });
  });
}

bare("no message is lost when the product is killed at any moment", async ({ folder }) => {
  bare.setTimeout(180_000);
  const receiver = new Slow();
  await new Promise<void>((done) => receiver.server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(receiver.server.address() as AddressInfo).port}/`;
  writeFileSync(join(folder, "am.yml"), `route:
  receiver: quiet
  routes: [{receiver: hook, matchers: ['alertname=~"Round.*"'], group_by: [alertname], group_wait: 0s, group_interval: 1s}]
receivers: [{name: quiet}, {name: hook, webhook_configs: [{url: "${url}"}]}]
`);
  const config = writeConfig(folder, "http://127.0.0.1:9/mcp");
  writeFileSync(config, readFileSync(config, "utf8").replace("[alerts]\n", '[alerts]\nnotify = "am.yml"\n'));
  const product = new Product(folder, config);
  const taken: string[] = [];
  try {
    await product.start();
    for (let round = 0; round < ROUNDS; round++) {
      const names = Array.from({ length: ALERTS }, (_, n) => `Round${round}Alert${n}`);
      const ends = new Date(Date.now() + 3_600_000).toISOString();
      await product.post("/api/v2/alerts", names.map((alertname) => ({ labels: { alertname }, endsAt: ends })));
      taken.push(...names);
      // Before, while and after they are sent: another moment in each round.
      await new Promise((done) => setTimeout(done, round * 23));
      await product.kill();
      await product.start();
    }
    const missing = () => taken.filter((name) => !receiver.told.has(name));
    await expect.poll(missing, { timeout: 30_000 }).toEqual([]);
    // A message that came twice came under one key.
    const several = taken.filter((name) => receiver.told.get(name)!.size > 1);
    expect(several).toEqual([]);
    // At most what was under way at each kill, once more.
    expect(receiver.messages).toBeLessThanOrEqual(taken.length + ROUNDS * 2);
    const sent = await product.get<{ rows: { state: string }[] }>("/observability/notify/sent?text=Round&limit=1000");
    expect(sent.rows.filter((row) => row.state !== "sent")).toEqual([]);
    await product.stop();
  } finally {
    if (product.running) await product.kill().catch(() => {});
    receiver.server.closeAllConnections();
    receiver.server.close();
  }
});
