// What only time shows: that killing the product again and again loses nothing and leaves nothing
// behind, and that its memory stays what it is.
import { readFileSync } from "node:fs";
import { expect, test } from "../fixture.ts";
import { isAlive } from "../processes.ts";
import { share_ms } from "./share.ts";

type Row = { name: string; process: { pid: number } | null; verdict: { level: string } };

const rows = async (url: string): Promise<Row[]> => (await fetch(`${url}/observability/servers`)).json();

test("killed again and again, it loses nothing and leaves nothing behind", async ({ product }) => {
  const deadline = Date.now() + share_ms;
  let kills = 0;
  let starts = 0;
  while (Date.now() < deadline) {
    await expect
      .poll(async () => (await rows(product.url)).filter((row) => row.verdict.level === "healthy").length, { timeout: 30_000 })
      .toBe(4);
    const pids = (await rows(product.url)).flatMap((row) => row.process?.pid ?? []);
    expect(pids).toHaveLength(2);
    // At any moment of its work, not always at the same one.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1500));
    const before = (await (await fetch(`${product.url}/observability/events?limit=5000`)).json()) as { kind: string }[];
    starts = before.filter((event) => event.kind === "start").length;
    expect(starts, "every start is remembered").toBe(kills + 1);
    await product.kill();
    kills += 1;
    await expect.poll(() => pids.filter(isAlive), { timeout: 15_000, message: "children outlive the product" }).toEqual([]);
    await product.start();
  }
  console.log(`${kills} kills, nothing lost, nothing left behind`);
  expect(kills).toBeGreaterThan(0);
});

test("its memory stays flat", async ({ product }) => {
  const rss = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${product.pid}/status`, "utf8"))?.[1]) / 1024;
  const descriptors = async () => (await import("node:fs/promises")).readdir(`/proc/${product.pid}/fd`);
  const settle = Math.min(30_000, share_ms / 3);
  await new Promise((resolve) => setTimeout(resolve, settle));
  const [early, open] = [rss(), (await descriptors()).length];
  await new Promise((resolve) => setTimeout(resolve, share_ms - settle));
  const [late, stillOpen] = [rss(), (await descriptors()).length];
  console.log(`memory ${early.toFixed(1)} MB, later ${late.toFixed(1)} MB; ${open} descriptors, later ${stillOpen}`);
  expect(late).toBeLessThan(early * 1.25 + 4);
  expect(stillOpen).toBeLessThanOrEqual(open + 8);
});
