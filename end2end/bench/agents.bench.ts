// Five hundred agents that tell of themselves every second: what that costs, and how soon their pages answer meanwhile.
import { bare, expect } from "../fixture.ts";
import { writeConfig } from "../peers.ts";
import { Product } from "../product.ts";
import { computed, figure, median, spread } from "./figures.ts";

const AGENTS = 500;
const WARM_MS = 60_000;
const LIMIT_MS = 100;
const ROUNDS = 15;

/** What the fleet says in its nth second: everybody has a little more to do, or less. */
function fleet(second: number): object {
  const agents = Array.from({ length: AGENTS }, (_, n) => ({
    ...{ id: `worker-${n}`, type: `type-${n % 7}`, status: (n + second) % 40 === 0 ? "idle" : "active" },
    health_metrics: {
      ...{ queries_per_second: 5 + ((n + second) % 20), cpu_percent: (n * 7 + second) % 100, memory_bytes: 4e8 + n * 1000 + second },
      ...{ gpu_percent: (n + second) % 60, queue_depth: (n + second) % 9, tasks_running: n % 4, tasks_completed: n + second, tasks_failed: n % 5 },
      ...{ prediction_accuracy: 0.9, parallel_efficiency: 0.8, recoveries: 3, recoveries_failed: 1 },
    },
  }));
  return { agents };
}

bare("agents", async ({ folder }) => {
  bare.setTimeout(300_000);
  const product = new Product(folder, writeConfig(folder, "http://127.0.0.1:9/mcp"));
  let second = 0;
  let refused = 0;
  const told: number[] = [];
  const tell = () => {
    const begun = performance.now();
    product.post("/api/synthex/agents", fleet(second++)).then(() => told.push(performance.now() - begun), () => refused++);
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    await product.start();
    timer = setInterval(tell, 1_000);
    const before = computed(product.pid);
    await new Promise((resolve) => setTimeout(resolve, WARM_MS));
    figure(`${AGENTS} agents a second`, (100 * (computed(product.pid) - before)) / WARM_MS, "% of a processor");
    for (const [what, path, has] of [
      ["all agents, as data", "/observability/agents", '"worker-499"'],
      ["one agent, as data", "/observability/agents/worker-250", '"worker-250"'],
      ["the page of all agents", "/synthex", `${AGENTS} agents`],
      ["the page of one agent", "/synthex/worker-250", "worker-250 is"],
    ] as const) {
      const took: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const asked = performance.now();
        const answer = await fetch(product.url + path, { headers: { accept: path.startsWith("/synthex") ? "text/html" : "application/json" } });
        expect(await answer.text(), path).toContain(has);
        took.push(performance.now() - asked);
      }
      figure(`${what}, of ${AGENTS} that report every second`, median(took), "ms", LIMIT_MS, spread(took));
    }
    figure("a report of all of them taken in", median(told), "ms", LIMIT_MS, spread(told));
    expect(refused, "every report was taken").toBe(0);
    clearInterval(timer);
    await product.stop();
  } finally {
    clearInterval(timer);
    if (product.running) await product.kill().catch(() => {});
  }
});
