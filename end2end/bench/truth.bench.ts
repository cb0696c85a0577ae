// What it costs to watch three hundred servers, how soon a verdict is seen, and how a hundred started
// servers come back that ended together.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "../child.ts";
import { bare, expect, isLive } from "../fixture.ts";
import { Product } from "../product.ts";
import { computed, figure, median, resident, spread } from "./figures.ts";

const WATCHED = 300;
const INTERVAL_S = 30;
const CORE_SHARE = 10;
const MEMORY_MB = 200;
const STARTED = 100;
/** Verdicts that change while somebody looks. */
const CHANGES = 7;
const SEEN_MS = 1000;

type Row = { name: string; verdict: { level: string }; process: { pid: number; started_ms: number } | null };

const env = { PATH: process.env.PATH };

/** A process of small servers over HTTP, and its port. */
async function small(): Promise<{ child: Child; port: string }> {
  const child = new Child("small servers", process.execPath, [join(import.meta.dirname, "small-servers.mjs")], { env });
  const port = await child.until("port …", () => child.log.map((line) => /^port (\d+)/.exec(line)?.[1]).find(Boolean));
  return { child, port };
}

/** Runs the product with a configuration for as long as `work` takes. */
async function watching(folder: string, config: string, work: (product: Product) => Promise<void>) {
  const file = join(folder, "observatory.toml");
  writeFileSync(file, config);
  const product = new Product(folder, file);
  await product.start();
  try {
    await work(product);
    await product.stop();
  } finally {
    if (product.running) await product.kill().catch(() => {});
  }
}

/** The product watches itself too. */
const rows = async (product: Product) =>
  (await product.get<Row[]>("/observability/servers")).filter((row) => row.name.startsWith("server-"));

const healthy = async (product: Product) => (await rows(product)).filter((row) => row.verdict.level === "healthy").length;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

bare("three hundred servers", async ({ folder }) => {
  bare.setTimeout(180_000);
  const { child, port } = await small();
  const server = (_: unknown, n: number) => `[servers.server-${n}]\nurl = "http://127.0.0.1:${port}/mcp/${n}"\n`;
  const config = `[probe]\ninterval = "${INTERVAL_S}s"\n` + Array.from({ length: WATCHED }, server).join("");
  await watching(folder, config, async (product) => {
    await expect.poll(() => healthy(product), { timeout: 60_000 }).toBe(WATCHED);
    const before = computed(product.pid);
    await sleep(INTERVAL_S * 2000);
    const share = (computed(product.pid) - before) / (INTERVAL_S * 2) / 10;
    figure(`${WATCHED} servers, each probed every ${INTERVAL_S} s`, share, "% of a core", CORE_SHARE);
    figure("memory", resident(product.pid) / 1e6, "MB", MEMORY_MB);
  });
  await child.end("SIGTERM");
});

bare("a verdict is seen at once", async ({ folder, browser }) => {
  bare.setTimeout(120_000);
  const smalls = await Promise.all(Array.from({ length: CHANGES }, small));
  const server = ({ port }: { port: string }, n: number) => `[servers.server-${n}]\nurl = "http://127.0.0.1:${port}/mcp/${n}"\n`;
  await watching(folder, `[probe]\ninterval = "2s"\n` + smalls.map(server).join(""), async (product) => {
    await expect.poll(() => healthy(product), { timeout: 30_000 }).toBe(CHANGES);
    const page = await browser.newPage();
    await page.goto(`${product.url}/servers`);
    await isLive(page);
    const late: number[] = [];
    for (const [n, { child }] of smalls.entries()) {
      const seen = page.evaluate(
        (name) =>
          new Promise<number>((resolve) => {
            const look = () => {
              const row = document.querySelector(`main tr a[href^="/servers/${name}"]`)?.closest("tr");
              if (row?.querySelector('[data-level="unhealthy"]')) return resolve(Date.now());
              requestAnimationFrame(look);
            };
            look();
          }),
        `server-${n}`,
      );
      await child.end("SIGKILL");
      const at = await seen;
      type Change = { kind: string; server: string; at_ms: number };
      await expect.poll(async () => {
        const events = await product.get<Change[]>("/observability/events?limit=100");
        const change = events.find((event) => event.kind === "health" && event.server === `server-${n}`);
        if (change) late[n] = at - change.at_ms;
        return change;
      }).toBeTruthy();
    }
    figure("a verdict is in the browser after", median(late), "ms", SEEN_MS, spread(late));
    await page.close();
  });
});

bare("a hundred started servers that end together", async ({ folder }) => {
  bare.setTimeout(240_000);
  const script = join(import.meta.dirname, "small_stdio.py");
  const server = (_: unknown, n: number) => `[servers.server-${n}]\ncommand = "python3"\nargs = ["${script}"]\n`;
  await watching(folder, `[probe]\ninterval = "30s"\n` + Array.from({ length: STARTED }, server).join(""), async (product) => {
    const began = Date.now();
    await expect.poll(() => healthy(product), { timeout: 90_000, intervals: [200] }).toBe(STARTED);
    figure(`${STARTED} processes started and healthy after`, (Date.now() - began) / 1000, "s");
    const pids = (await rows(product)).map((row) => row.process!.pid);
    pids.forEach((pid) => process.kill(pid, "SIGKILL"));
    const crashed = Date.now();
    const slow: number[] = [];
    const back = async () => {
      const asked = Date.now();
      await fetch(`${product.url}/observability/health`);
      slow.push(Date.now() - asked);
      return (await rows(product)).filter((row) => row.verdict.level === "healthy" && row.process && !pids.includes(row.process.pid)).length;
    };
    await expect.poll(back, { timeout: 120_000, intervals: [100] }).toBe(STARTED);
    figure("all are back after a common crash", (Date.now() - crashed) / 1000, "s");
    const starts = (await rows(product)).map((row) => row.process!.started_ms - crashed).sort((a, b) => a - b);
    const most = Math.max(...starts.map((at) => starts.filter((other) => other >= at && other < at + 250).length));
    figure("starts, from the crash", median(starts), "ms", undefined, spread(starts));
    figure("most starts in a quarter of a second", most, "", STARTED / 2);
    figure("meanwhile it answers after", Math.max(...slow), "ms", 1000, "the worst");
  });
});
