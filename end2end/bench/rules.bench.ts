// Rules against Prometheus in the same run: the same 1,000 rules over the same 20,000 series, scraped by both from one
// exporter. Then what only ours has: how soon an alert is on the screen, and 10,000 of them at once.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "../child.ts";
import { expect, isLive, test } from "../fixture.ts";
import { freePort, writeConfig } from "../peers.ts";
import { environment, Product } from "../product.ts";
import { figure, median, resident, share, spread } from "./figures.ts";

const SHARDS = 100;
const HOSTS = 100;
const RULES = 1_000;
const GROUPS = 10;
const INTERVAL_S = 5;
/** Ranges of a minute are full after this, and there is something to take the middle of. */
const WARM_MS = 75_000;
const ROUNDS = 8;

const ALL_MS = 1_000;
const SEEN_MS = 2_000;
const PAGE_MS = 100;
const MANY = 10_000;

/** Two series a shard and host, one series that is switched, and many that are. */
class Exporter {
  trigger = 0;
  flood = false;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => response.end(request.url === "/switch" ? this.switches() : series()));
  }

  async start(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await new Promise((done) => this.server.once("listening", done));
    return (this.server.address() as AddressInfo).port;
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }

  private switches(): string {
    const many = this.flood ? Array.from({ length: MANY }, (_, n) => `flood{n="${n}"} 1\n`).join("") : "";
    return `trigger ${this.trigger}\n${many}`;
  }
}

/** A gauge between 0 and 1, and a counter. */
function series(): string {
  const now = Date.now() / 1_000;
  const lines: string[] = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    for (let host = 0; host < HOSTS; host++) {
      const labels = `{shard="${shard}",host="${host}"}`;
      lines.push(`level${labels} ${(0.5 + 0.5 * Math.sin(now / 60 + shard + host)).toFixed(4)}`);
      lines.push(`work_total${labels} ${Math.floor(now * (1 + (host % 7)))}`);
    }
  }
  return lines.join("\n") + "\n";
}

/** Rules of every common shape, each over one shard. */
const SHAPES: ((shard: number, n: number) => string)[] = [
  (shard, n) => `alert: High${n}\n    expr: level{shard="${shard}"} > 0.98\n    for: 30s\n    annotations: {summary: "{{ $labels.host }} is at {{ $value }}"}`,
  (shard, n) => `alert: Busy${n}\n    expr: sum by (shard) (rate(work_total{shard="${shard}"}[1m])) > 1e6`,
  (shard, n) => `record: shard:work:rate1m_${n}\n    expr: sum by (shard) (rate(work_total{shard="${shard}"}[1m]))`,
  (shard, n) => `alert: Stuck${n}\n    expr: max_over_time(level{shard="${shard}"}[1m]) - min_over_time(level{shard="${shard}"}[1m]) == 0`,
  (shard, n) => `alert: Gone${n}\n    expr: absent(level{shard="${shard}",host="7"})\n    for: 1m`,
];

function rules(): string {
  const groups = Array.from({ length: GROUPS }, (_, group) => {
    const some = Array.from({ length: RULES / GROUPS }, (_, at) => {
      const n = (group * RULES) / GROUPS + at;
      return `  - ${SHAPES[n % SHAPES.length](n % SHARDS, n)}`;
    });
    return `- name: group-${group}\n  interval: ${INTERVAL_S}s\n  rules:\n${some.join("\n")}`;
  });
  return `groups:\n${groups.join("\n")}\n`;
}

const SWITCHED = `groups:
- name: switched
  interval: 1s
  rules:
  - {alert: Triggered, expr: trigger > 0, labels: {severity: critical}}
  - {alert: Flood, expr: flood > 0, labels: {severity: info}}
`;

const scraped = (port: number) => `global: {scrape_interval: ${INTERVAL_S}s, scrape_timeout: ${INTERVAL_S}s}
rule_files: [rules.yml]
scrape_configs:
- {job_name: many, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
- {job_name: switches, scrape_interval: 1s, scrape_timeout: 1s, metrics_path: /switch, static_configs: [{targets: ["127.0.0.1:${port}"]}]}
`;

/** How long the last evaluation of all groups took together, in milliseconds, and when they were. */
async function evaluated(metrics: string): Promise<{ ms: number; at: string }> {
  const text = await (await fetch(metrics)).text();
  const values = (name: string) => [...text.matchAll(new RegExp(`^${name}\\{[^}]*;group-[^}]*\\} (\\S+)$`, "gm"))].map((found) => found[1]);
  const seconds = values("prometheus_rule_group_last_duration_seconds").map(Number);
  expect(seconds, metrics).toHaveLength(GROUPS);
  const at = values("prometheus_rule_group_last_evaluation_timestamp_seconds").join();
  return { ms: seconds.reduce((sum, one) => sum + one, 0) * 1_000, at };
}

async function prometheus(folder: string, config: string): Promise<{ child: Child; url: string }> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "prometheus.yml"), config);
  writeFileSync(join(folder, "rules.yml"), rules());
  const port = await freePort();
  const child = new Child("prometheus", "prometheus", [
    ...["--config.file", join(folder, "prometheus.yml"), "--storage.tsdb.path", join(folder, "data")],
    ...["--web.listen-address", `127.0.0.1:${port}`],
  ], { cwd: folder, env: environment() });
  const url = `http://127.0.0.1:${port}`;
  await child.until("it is ready", async () => ((await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ? true : undefined));
  return { child, url: url };
}

test("1,000 rules over 20,000 series, as Prometheus evaluates them", async ({ folder, everything, browser }) => {
  test.setTimeout(400_000);
  const exporter = new Exporter();
  const port = await exporter.start();
  const peer = await prometheus(join(folder, "peer"), scraped(port));
  writeFileSync(join(folder, "prometheus.yml"), scraped(port));
  writeFileSync(join(folder, "rules.yml"), rules());
  writeFileSync(join(folder, "switched.yml"), SWITCHED);
  const more = '[scrape]\nconfig = "prometheus.yml"\n';
  const config = writeConfig(folder, everything.url, more);
  // Its own table of rules has one line more.
  writeFileSync(config, readFileSync(config, "utf8").replace("[rules]\n", '[rules]\nfiles = ["switched.yml"]\n'));
  // The stage's own product has the folder.
  const home = join(folder, "own");
  mkdirSync(home);
  const product = new Product(home, config);
  try {
    await product.start();
    await new Promise((done) => setTimeout(done, WARM_MS));

    const took = { ours: [] as number[], theirs: [] as number[] };
    let [ours, theirs] = ["", ""];
    while (took.ours.length < ROUNDS || took.theirs.length < ROUNDS) {
      const [own, other] = await Promise.all([evaluated(`${product.url}/metrics`), evaluated(`${peer.url}/metrics`)]);
      if (own.at !== ours) took.ours.push(own.ms);
      if (other.at !== theirs) took.theirs.push(other.ms);
      [ours, theirs] = [own.at, other.at];
      await new Promise((done) => setTimeout(done, INTERVAL_S * 1_000));
    }
    const firing = async (url: string) => {
      const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as { data: { alerts: { labels: Record<string, string> }[] } };
      return data.alerts.filter(({ labels }) => /^(High|Busy|Stuck|Gone)/.test(labels.alertname)).length;
    };
    console.log(`  alerts open at about the same time: ${await firing(product.url)} and Prometheus ${await firing(peer.url)}`);
    figure("all rules once", median(took.ours), "ms", ALL_MS, spread(took.ours));
    figure("all rules once, Prometheus", median(took.theirs), "ms", undefined, spread(took.theirs));
    figure("ratio to Prometheus", median(took.ours) / median(took.theirs), "", 1);
    await peer.child.end("SIGTERM");

    // From the scrape that could see it: what is left is an interval of scraping, one of the rule, and ours.
    const page = await browser.newPage();
    await page.goto(`${product.url}/alerts`);
    await isLive(page);
    const cards = page.locator("article.alert", { hasText: "Triggered" });
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      exporter.trigger = 1;
      const since = Date.now();
      await expect(cards.first()).toBeVisible({ timeout: 20_000 });
      waits.push(Date.now() - since);
      exporter.trigger = 0;
      await expect(cards).toHaveCount(0, { timeout: 20_000 });
    }
    figure("condition true to visible, with two intervals of a second", median(waits), "ms", SEEN_MS + 2_000, spread(waits));

    const before = resident(product.pid);
    exporter.flood = true;
    const count = async () => {
      const { data } = await product.get<{ data: { alerts: { labels: Record<string, string> }[] } }>("/api/v1/alerts");
      return data.alerts.filter(({ labels }) => labels.alertname === "Flood").length;
    };
    await expect.poll(count, { timeout: 60_000 }).toBe(MANY);
    const answers: number[] = [];
    for (let visit = 0; visit < 15; visit++) {
      const since = performance.now();
      const answer = await fetch(`${product.url}/alerts`, { headers: { accept: "text/html" } });
      // The worst are on it, and how many there are.
      expect(/[\d,]{6,} alerts firing/.test(await answer.text()), "it counts them").toBe(true);
      answers.push(performance.now() - since);
    }
    figure(`page of ${MANY} alerts, whole`, median(answers), "ms", PAGE_MS, `${spread(answers)}; 99 of 100: ${share(answers, 0.99).toFixed(0)}`);
    figure(`memory for ${MANY} alerts`, (resident(product.pid) - before) / 1e6, "MB", 300);
    await page.close();
  } finally {
    if (product.running) await product.stop();
    if (!peer.child.exit) await peer.child.end("SIGTERM");
    exporter.stop();
  }
});
