// Some thousand samples a second, of series that come and go, and questions at the same time: as a
// Prometheus and a dashboard would. It remembers what was acknowledged, and holds the product to it.
import { setTimeout as sleep } from "node:timers/promises";
import { write, type Series } from "./remote-write.ts";

const TARGETS = 20; // at a time
const SERIES = 100; // of each
const ROUND_MS = 500;
/** One target ends and another begins in every so many rounds. */
const CHURN = 4;
/** Targets of one request. */
const TOGETHER = 5;
/** Far enough from the retention that nothing of it has gone. */
export const CHECKED_S = 240;

const QUESTIONS = [
  "count(soak)",
  "sum by (instance) (rate(soak[1m]))",
  "topk(5, soak)",
  "quantile(0.9, max_over_time(soak[2m]))",
];

type Answer = { data: { result: { metric: Record<string, string>; values: [number, string][] }[] } };

export class Load {
  /** Samples that were acknowledged, and questions that were answered. */
  taken = 0;
  answered = 0;
  /** What must not be: refusals, wrong answers. */
  readonly complaints: string[] = [];
  /** When rounds were acknowledged, by target. */
  private readonly times = new Map<number, number[]>();
  private running = true;
  private readonly tasks: Promise<void>[];

  constructor(private readonly url: string) {
    this.tasks = [this.send(), this.ask()];
  }

  /** Ends it; what is on its way arrives first. */
  async stop() {
    this.running = false;
    await Promise.all(this.tasks);
  }

  /** Reads everything back that was acknowledged lately; how many samples. */
  async check(): Promise<number> {
    const now = Date.now();
    const oldest = now - CHECKED_S * 1000;
    let checked = 0;
    for (const [target, times] of this.times) {
      // Sending goes on meanwhile.
      const due = times.filter((at) => at > oldest && at <= now);
      if (times.every((at) => at <= oldest)) this.times.delete(target);
      if (due.length === 0) continue;
      const query = `soak{instance="${target}"}[${CHECKED_S}s]`;
      const { data } = (await this.query(`query=${encodeURIComponent(query)}&time=${now / 1000}`)) as Answer;
      if (data.result.length !== SERIES) this.complaints.push(`${query} has ${data.result.length} series, not ${SERIES}`);
      for (const { metric, values } of data.result) {
        const found = new Map(values.map(([at, text]) => [Math.round(at * 1000), Number(text)]));
        const wrong = [...found].filter(([at, number]) => number !== value(target, Number(metric.n), at));
        const missing = due.filter((at) => !found.has(at));
        if (wrong.length + missing.length > 0) {
          this.complaints.push(`${query}, n=${metric.n}: ${missing.length} missing, wrong: ${wrong.slice(0, 3)}`);
        }
        checked += due.length;
      }
    }
    return checked;
  }

  private async send() {
    for (let round = 0; this.running; round++) {
      const at = Date.now();
      const newest = TARGETS + Math.floor(round / CHURN);
      const targets = Array.from({ length: TARGETS }, (_, place) => newest - place);
      const parts = Array.from({ length: TARGETS / TOGETHER }, (_, part) =>
        targets.slice(part * TOGETHER, (part + 1) * TOGETHER),
      );
      await Promise.all(parts.map((part) => this.deliver(part, at)));
      await sleep(Math.max(0, at + ROUND_MS - Date.now()));
    }
  }

  /** Sends until it is acknowledged, as Prometheus does. */
  private async deliver(targets: number[], at: number) {
    const all = targets.flatMap((target) =>
      Array.from({ length: SERIES }, (_, n): Series => {
        const labels = { __name__: "soak", instance: String(target), job: "soak", n: String(n) };
        return { labels: Object.entries(labels), at_ms: at, value: value(target, n, at) };
      }),
    );
    for (;;) {
      const answer = await write(this.url, all).catch(() => undefined);
      if (answer?.status === 204) break;
      // 503 is how it says that it is starting.
      if (answer && answer.status !== 503) this.complaints.push(`refused: ${answer.status} ${answer.text}`);
      await sleep(50);
    }
    this.taken += all.length;
    for (const target of targets) {
      const times = this.times.get(target) ?? [];
      this.times.set(target, times);
      times.push(at);
    }
  }

  private async ask() {
    for (let turn = 0; this.running; turn++) {
      const query = encodeURIComponent(QUESTIONS[turn % QUESTIONS.length]);
      const now = Date.now() / 1000;
      const range = `query_range?query=${query}&start=${now - 120}&end=${now}&step=10`;
      const answer = await fetch(`${this.url}/api/v1/${range}`).catch(() => undefined);
      const text = await answer?.text().catch(() => undefined);
      if (answer?.ok) this.answered += 1;
      else if (answer && text !== undefined && answer.status !== 503) this.complaints.push(`${range}: ${answer.status} ${text}`);
      await sleep(250);
    }
  }

  private async query(parameters: string): Promise<unknown> {
    const answer = await fetch(`${this.url}/api/v1/query?${parameters}`);
    if (!answer.ok) throw new Error(`${parameters}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}

/** What a sample has to be follows from where it belongs. */
function value(target: number, n: number, at: number): number {
  return (target * 7919 + n * 104_729 + at) % 1_000_003;
}
