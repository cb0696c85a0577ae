// A thousand pages that are open at once: how old is what arrives, and what a socket needs.
import { allHealthy, expect, test } from "../fixture.ts";
import { computed, figure, median, resident, share } from "./figures.ts";
import { Socket } from "./socket.ts";

const SOCKETS = 1000;
const LATE_MS = 250;
/** After everybody has what there was before. */
const WATCHED_S = 20;
/** A limit holds for the middle one of so many stretches: others compute on the machine as well. */
const STRETCHES = 5;

type Product = { url: string; pid: number };
type Matrix = { from_ms: number; step_ms: number; rows: { values: unknown[] }[] };
type Heard = { points: number[]; servers: number[]; beats: number[]; bytes: number; frames: number; failed: number };

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The time of the newest point of a frame, the newest time that rows were looked at, the time of a sign of life. */
function note(heard: Heard, frame: Buffer) {
  const now = Date.now();
  heard.frames++;
  heard.bytes += frame.length;
  const text = frame.toString("latin1");
  if (text.startsWith('{"points"')) {
    // Whole steps, and at their time nothing else is newer.
    const { ok } = JSON.parse(text).points.outcome as { ok?: Matrix };
    if (ok) heard.points.push(now - newest(ok));
    else heard.failed++;
  } else if (text.startsWith('{"servers":{"changed"')) {
    const looked = [...text.matchAll(/"updated_ms":(\d+)/g)].map(([, at]) => Number(at));
    if (looked.length > 0) heard.servers.push(now - Math.max(...looked));
  } else if (text.startsWith('{"beat"')) {
    heard.beats.push(now - Number(text.slice(8, -1)));
  }
}

function newest(matrix: Matrix): number {
  const count = Math.max(1, ...matrix.rows.map((row) => row.values.length));
  return matrix.from_ms + (count - 1) * matrix.step_ms;
}

async function watch(product: Product, expr: (n: number) => string) {
  const heard: Heard = { points: [], servers: [], beats: [], bytes: 0, frames: 0, failed: 0 };
  let [listening, ended] = [false, 0];
  const before = resident(product.pid);
  const sockets: Socket[] = [];
  for (let n = 0; n < SOCKETS; n++) {
    const hear = (frame: Buffer) => listening && note(heard, frame);
    const socket = await Socket.open(product.url.replace("http", "ws") + "/ws", hear, () => ended++);
    const query = { id: n, expr: expr(n), step_ms: 1000, after_ms: Date.now() - 5000 };
    socket.send(JSON.stringify({ subscribe: ["servers", "alerts", "events"], queries: [query] }));
    sockets.push(socket);
  }
  await wait(5_000);
  listening = true;
  const [theirs, own] = [computed(product.pid), process.cpuUsage()];
  await wait(WATCHED_S * 1000);
  const spent = (computed(product.pid) - theirs) / WATCHED_S / 10;
  const ours = process.cpuUsage(own);
  const held = resident(product.pid);
  listening = false;
  sockets.forEach((socket) => socket.close());
  expect(ended, "sockets that the product ended").toBe(0);
  expect(heard.failed, "queries without an answer").toBe(0);
  await wait(3_000);

  const each = heard.points.length / SOCKETS / WATCHED_S;
  figure("points a socket and second", each, "");
  expect.soft(each, "points come every second").toBeGreaterThan(0.9);
  for (const [what, late, limit] of [
    ["points", heard.points, LATE_MS],
    ["rows of servers", heard.servers, LATE_MS],
    ["signs of life", heard.beats, undefined],
  ] as const) {
    // They stand in the order in which they came.
    const long = Math.ceil(late.length / STRETCHES);
    const p99 = Array.from({ length: STRETCHES }, (_, n) => share(late.slice(n * long, (n + 1) * long), 0.99));
    const all = [0.5, 0.99, 1].map((of) => share(late, of).toFixed(0));
    const more = `stretches ${p99.map((ms) => ms.toFixed(0)).join(", ")}; of all ${late.length}: p50 ${all[0]}, p99 ${all[1]}, worst ${all[2]}`;
    figure(`${what}, from their time until they are here, p99`, median(p99), "ms", limit, more);
  }
  figure("frames a second", heard.frames / WATCHED_S, "", undefined, `${(heard.bytes / heard.frames).toFixed(0)} bytes each`);
  figure("the product", spent, "% of a core", undefined, `this client ${((ours.user + ours.system) / WATCHED_S / 1e4).toFixed(0)} %`);
  figure("memory a socket", (held - before) / SOCKETS / 1000, "kB", undefined, `${(before / 1e6).toFixed(0)} MB before, ${(held / 1e6).toFixed(0)} with all, ${(resident(product.pid) / 1e6).toFixed(0)} afterwards`);
}

for (const [title, expr] of [
  ["a thousand sockets, ten queries", (n) => `mcp_probe_duration_seconds + ${n % 10}`],
  ["a thousand sockets, a query of its own each", (n) => `mcp_probe_duration_seconds + ${n}`],
] as [string, (n: number) => string][]) {
  test(title, async ({ product }) => {
    test.setTimeout(120_000);
    await allHealthy(product);
    await wait(5_000);
    await watch(product, expr);
  });
}
