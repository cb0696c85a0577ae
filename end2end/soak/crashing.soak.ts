// Fifty started servers that end at random for as long as it lasts: each comes back, nothing is left behind,
// and what the product holds stays what it is.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bare, expect } from "../fixture.ts";
import { isAlive, marked } from "../processes.ts";
import { Product } from "../product.ts";
import { resident } from "../bench/figures.ts";
import { share_ms } from "./share.ts";

const SERVERS = 50;
/** Somebody ends one of them this often. */
const EVERY_MS = 300;

type Row = { name: string; verdict: { level: string }; process: { pid: number } | null };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

bare("servers that end at random leave nothing behind", async ({ folder }) => {
  const script = join(import.meta.dirname, "../bench/small_stdio.py");
  const server = (_: unknown, n: number) =>
    `[servers.server-${n}]\ncommand = "python3"\nargs = ["${script}"]\nenv = { SOAK = "${folder}" }\n`;
  // They come back soon, so that as many as possible end.
  const head = `[probe]\ninterval = "5s"\n[launcher]\nbackoff_max = "1s"\n`;
  const config = join(folder, "observatory.toml");
  writeFileSync(config, head + Array.from({ length: SERVERS }, server).join(""));
  const product = new Product(folder, config);
  await product.start();
  const rows = async () => (await product.get<Row[]>("/observability/servers")).filter((row) => row.name.startsWith("server-"));
  const healthy = async () => (await rows()).filter((row) => row.verdict.level === "healthy").length;
  try {
    await expect.poll(healthy, { timeout: 60_000 }).toBe(SERVERS);
    let ended = 0;
    const crash = async (until: number) => {
      while (Date.now() < until) {
        const running = (await rows()).flatMap((row) => row.process?.pid ?? []).filter(isAlive);
        const pid = running[Math.floor(Math.random() * running.length)];
        if (pid) process.kill(pid, Math.random() < 0.5 ? "SIGKILL" : "SIGTERM");
        ended += pid ? 1 : 0;
        await sleep(EVERY_MS);
      }
    };
    const held = () => ({ memory: resident(product.pid) / 1e6, descriptors: readdirSync(`/proc/${product.pid}/fd`).length });
    const end = Date.now() + share_ms;
    // What it learns of its servers at first is no leak.
    await crash(Date.now() + share_ms / 3);
    await expect.poll(healthy, { timeout: 60_000 }).toBe(SERVERS);
    const early = held();
    await crash(end);
    await expect.poll(healthy, { timeout: 60_000 }).toBe(SERVERS);
    const late = held();
    console.log(`${ended} ended; memory ${early.memory.toFixed(1)} MB, later ${late.memory.toFixed(1)} MB; ${early.descriptors} descriptors, later ${late.descriptors}`);
    expect(late.memory).toBeLessThan(early.memory * 1.25 + 4);
    expect(late.descriptors).toBeLessThanOrEqual(early.descriptors + 8);
    const left = marked("SOAK", folder).filter((line) => !line.includes("mcp-observatory"));
    expect(left.length, "one process a server").toBe(SERVERS);
    await product.stop();
    await expect.poll(() => marked("SOAK", folder), { timeout: 15_000 }).toEqual([]);
  } finally {
    if (product.running) await product.kill().catch(() => {});
  }
});
