// Ten thousand builds, told as pipelines tell of theirs: the list, what they come to, and the page.
import { bare, expect } from "../fixture.ts";
import { writeConfig } from "../peers.ts";
import { Product } from "../product.ts";
import { figure, median, spread } from "./figures.ts";

const BUILDS = 10_000;
const CRATES = 20;
const AT_ONCE = 8;
const LIMIT_MS = 100;
const ROUNDS = 9;

const unit = (n: number, k: number) => ({
  ...{ name: `crate${k}`, version: "0.1.0", kind: "lib", features: ["default"], began_seconds: 0.1 },
  ...((n + k) % 2 === 0 ? { is_fresh: true, duration_seconds: null } : { is_fresh: false, duration_seconds: 1 + k / 10 }),
});

/** A build a minute, the last of them now; each tenth fails. */
function build(n: number, now: number): object {
  const isFailed = n % 10 === 9;
  const began = now - (BUILDS - n) * 59_000;
  const errors = isFailed ? { errors: 2, kinds: [{ name: "type", count: 2 }], files: [{ name: "src/a.rs", count: 2 }] } : {};
  return {
    ...{ id: `b${n}`, sequence: 1, project: `p${n % 5}`, command: "cargo build", branch: "main", profile: "release", host: "ci" },
    ...{ commit: n.toString(16).padStart(40, "0"), state: isFailed ? "failure" : "success", exit_code: isFailed ? 101 : 0 },
    ...{ began_ms: began, told_ms: began + 20_000, duration_seconds: 20, resolution_seconds: 0.3, warnings: n % 4 },
    ...{ units: Array.from({ length: CRATES }, (_, k) => unit(n, k)), ...errors },
  };
}

bare("builds", async ({ folder }) => {
  bare.setTimeout(300_000);
  const product = new Product(folder, writeConfig(folder, "http://127.0.0.1:9/mcp"));
  try {
    await product.start();
    const now = Date.now();
    const begun = performance.now();
    for (let n = 0; n < BUILDS; n += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, k) => product.post("/api/builds", build(n + k, now)));
      await Promise.all(some);
    }
    figure(`${BUILDS} builds of ${CRATES} crates each taken in`, performance.now() - begun, "ms");
    for (const [what, path, has] of [
      ["the newest builds", "/observability/builds", '"b9999"'],
      ["what a week of builds comes to", "/observability/builds/summary?last_ms=604800000", "crate19"],
      ["the page of builds", "/builds", "builds failed"],
    ] as const) {
      const took: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const asked = performance.now();
        const answer = await fetch(product.url + path, { headers: { accept: path === "/builds" ? "text/html" : "application/json" } });
        expect(await answer.text(), path).toContain(has);
        took.push(performance.now() - asked);
      }
      figure(`${what}, of ${BUILDS}`, median(took), "ms", LIMIT_MS, spread(took));
    }
    await product.stop();
  } finally {
    if (product.running) await product.kill().catch(() => {});
  }
});
