// Five hundred agents that report once a second: the picture, one in detail, the page, and what it costs the product.
import { bare, expect } from "../fixture.ts";
import { writeConfig } from "../peers.ts";
import { Product } from "../product.ts";
import { computed, figure, median, resident, share, spread } from "./figures.ts";

const AGENTS = 500;
const SENDERS = 5;
const LIMIT_MS = 100;
const SECONDS = 30;
const TYPES = ["coder", "planner", "tester", "reviewer"];

/** A report of some of the fleet; each has all that is known of agents, and something that is not. */
function report(from: number, count: number, second: number): object {
  const agent = (n: number) => ({
    ...{ id: `agent-${n}`, type: TYPES[n % TYPES.length], status: n % 25 === 0 ? "failed" : "active" },
    ...{ timestamp: Date.now(), host: `node-${n % 10}`, version: "1.2.3", region: { zone: `z${n % 3}` } },
    health_metrics: {
      ...{ queries_processed_per_second: 10 + (n % 7), cpu_percent: (n * 7 + second) % 100, memory_bytes: 1e8 + n * 1e5 },
      ...{ memory_percent: (n * 3) % 100, gpu_percent: (n * 5) % 100, queue_depth: (n * second) % 40, tasks_running: n % 4 },
      ...{ tasks_completed: second * 10, tasks_failed: n % 5, recoveries: n % 3, recoveries_failed: 0 },
      ...{ parallel_efficiency: 0.8, memory_efficiency: 77, ml_prediction_accuracy: 0.9, ml_pattern_accuracy: 0.85 },
    },
  });
  return { agents: Array.from({ length: count }, (_, k) => agent(from + k)) };
}

bare("agents", async ({ folder }) => {
  bare.setTimeout(300_000);
  const product = new Product(folder, writeConfig(folder, "http://127.0.0.1:9/mcp"));
  let reporting: NodeJS.Timeout | undefined;
  try {
    await product.start();
    const taken: number[] = [];
    const failed: unknown[] = [];
    let second = 0;
    const tell = async () => {
      second += 1;
      const some = AGENTS / SENDERS;
      for (let sender = 0; sender < SENDERS; sender++) {
        const begun = performance.now();
        await product.post("/api/synthex/agents", report(sender * some, some, second)).catch((error) => failed.push(error));
        taken.push(performance.now() - begun);
      }
    };
    await tell();
    reporting = setInterval(() => void tell(), 1000);
    // Series, spans and files go on meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 8000));
    const pid = product.pid;
    const [begun, before] = [performance.now(), computed(pid)];
    for (const [what, path, accept, has] of [
      ["the picture", "/observability/agents", "application/json", '"agent-499"'],
      ["one in detail", "/observability/agents/agent-77", "application/json", '"spans"'],
      ["the page of agents", "/synthex", "text/html", "agent-"],
      ["the page of one", "/synthex/agent-77", "text/html", "agent-77"],
      ["the board of all", "/d/synthex-health", "text/html", "SYNTHEX health"],
    ] as const) {
      const took: number[] = [];
      for (const end = performance.now() + (SECONDS * 1000) / 5; performance.now() < end; ) {
        const asked = performance.now();
        const answer = await fetch(product.url + path, { headers: { accept } });
        expect(await answer.text(), path).toContain(has);
        took.push(performance.now() - asked);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      figure(`${what}, of ${AGENTS}`, median(took), "ms", LIMIT_MS, `95 %: ${share(took, 0.95).toFixed(0)} ms; ${spread(took)}`);
    }
    const share_of = (computed(pid) - before) / (performance.now() - begun);
    figure(`${AGENTS} agents a second, and a page five times a second`, share_of * 100, "% of a processor");
    figure(`a report of ${AGENTS / SENDERS} agents taken in`, median(taken), "ms", LIMIT_MS, spread(taken));
    figure("memory", resident(pid) / 1e6, "MB");
    expect(failed).toEqual([]);
    clearInterval(reporting);
    await product.stop();
  } finally {
    clearInterval(reporting);
    if (product.running) await product.kill().catch(() => {});
  }
});
