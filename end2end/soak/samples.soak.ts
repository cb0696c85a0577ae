// What only time shows of samples that are sent: that none is lost, however often the product is
// killed, and that series that come and go leave nothing behind in memory.
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "../fixture.ts";
import { Load } from "./load.ts";
import { share_ms } from "./share.ts";

// What memory may grow by is what is in it: a series that is known, a sample that is in no chunk yet.
const BYTES_OF_SERIES = 2_000;
const BYTES_OF_SAMPLE = 24;
/** Of what content doesn't explain, so much more in the second half, and so much in all. */
const TOLERANCE = 1.15;
const SLACK_BYTES = 8_000_000;

test.use({ environment: { OBSERVATORY_RETENTION: "5m" } });

test("killed under load, it keeps every sample that it acknowledged", async ({ product }) => {
  const deadline = Date.now() + share_ms;
  const load = new Load(product.url);
  let kills = 0;
  let checked = 0;
  while (Date.now() < deadline) {
    await sleep(1000 + Math.random() * 6000);
    await product.kill();
    kills += 1;
    await product.start();
    checked += await load.check();
    expect(load.complaints.slice(0, 5), `after ${kills} kills`).toEqual([]);
  }
  await load.stop();
  checked += await load.check();
  console.log(`${kills} kills, ${load.taken} samples acknowledged, ${checked} read back, ${load.answered} questions answered`);
  expect(load.complaints.slice(0, 5)).toEqual([]);
  expect(load.answered).toBeGreaterThan(0);
});

type Look = { rss: number; content: number; descriptors: number };

test("under load its memory stays flat, though series come and go", async ({ product }) => {
  const look = async (): Promise<Look> => {
    const text = await (await fetch(`${product.url}/metrics`)).text();
    const number = (name: string) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1]);
    return {
      rss: Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${product.pid}/status`, "utf8"))?.[1]) * 1024,
      content: number("observatory_series") * BYTES_OF_SERIES + number("observatory_samples_in_memory") * BYTES_OF_SAMPLE,
      descriptors: readdirSync(`/proc/${product.pid}/fd`).length,
    };
  };
  const load = new Load(product.url);
  const deadline = Date.now() + share_ms;
  await sleep(share_ms / 5); // warm by then
  const looks: Look[] = [];
  for (; Date.now() < deadline; await sleep(1000)) looks.push(await look());
  await load.stop();
  const middle = Math.floor(looks.length / 2);
  const of = (half: Look[], what: (look: Look) => number) => half.map(what).sort((a, b) => a - b)[Math.floor(half.length / 2)];
  const both = (what: (look: Look) => number) => [of(looks.slice(0, middle), what), of(looks.slice(middle), what)];
  const [early, late] = both((look) => look.rss);
  const [less, more] = both((look) => look.content);
  const [open, stillOpen] = both((look) => look.descriptors);
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  console.log(
    `memory ${mb(early)} MB, later ${mb(late)} MB, of which content ${mb(less)} MB, later ${mb(more)} MB; ` +
      `${open} descriptors, later ${stillOpen}; ${load.taken} samples acknowledged, ${load.answered} questions answered`,
  );
  expect(load.complaints.slice(0, 5)).toEqual([]);
  expect(late - Math.max(0, more - less)).toBeLessThan(early * TOLERANCE + SLACK_BYTES);
  expect(stillOpen).toBeLessThanOrEqual(open + 8);
});
