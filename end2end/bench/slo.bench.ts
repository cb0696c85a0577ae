// Service levels: two hundred objectives with a year of minutes behind them, shown; and reports over months.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { bare, expect } from "../fixture.ts";
import { writeConfig } from "../peers.ts";
import { Product } from "../product.ts";
import { computed, figure, median, spread } from "./figures.ts";

const OBJECTIVES = 200;
const FEW = 20;
const DAYS = 365;
const SHOWN_MS = 1_000;
const REPORT_MS = 2_000;
const ROUNDS = 5;

const objectives = () =>
  "objectives:\n" +
  Array.from({ length: OBJECTIVES }, (_, n) => `  - service: many
    name: n${n}
    availability: mcp_server_up{server=~"everything|n${n}"}
    target: 99.9 %
    owner: ${n < FEW ? "few" : "all"}
`).join("");

/** A year of minutes for every ledger, all good but the last of each hundredth hour: as the ledger keeps them. */
const FILL = `
import sqlite3, struct, sys, time
state, days = sys.argv[1], int(sys.argv[2])
db = sqlite3.connect(state)
good = bytes([0b1001]) + struct.pack("<d", 1.0) + bytes([0b1101] * 59)
bad = good[:-1] + bytes([0b0101]) + struct.pack("<d", 0.0)
end = int(time.time()) // 3600 * 3600000
ledgers = [row[0] for row in db.execute("SELECT id FROM slo_ledgers")]
rows = ((ledger, end - n * 3600000, 60 - (n % 100 == 0), 60, 60, 0, 0, int(n % 100 == 0), bad if n % 100 == 0 else good)
        for ledger in ledgers for n in range(1, days * 24 + 1))
db.executemany("INSERT OR REPLACE INTO slo_hours (ledger, at_ms, good, total, counted, gaps, excluded, bad, minutes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
# Nobody has to look back over what is there.
db.execute("UPDATE slo_ledgers SET from_ms = ?, to_ms = max(to_ms, ?)", (end - days * 86400000, end))
db.commit()
`;

const COUNT = `
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM slo_ledgers WHERE objective LIKE 'many-%'").fetchone()[0])
`;

bare("objectives and reports", async ({ folder }) => {
  bare.setTimeout(300_000);
  const product = new Product(folder, writeConfig(folder, "http://127.0.0.1:9/mcp"));
  const timed = async <T,>(path: string): Promise<[T, number]> => {
    const begun = performance.now();
    const answer = await product.get<T>(path);
    return [answer, performance.now() - begun];
  };
  try {
    await product.start();
    const made = await fetch(`${product.url}/observability/slo/file`, { method: "POST", body: objectives() });
    expect(made.status, await made.text()).toBe(200);
    const state = join(folder, "data", "state.db");
    const ledgers = () => Number(execFileSync("python3", ["-c", COUNT, state], { encoding: "utf8" }));
    await expect.poll(ledgers, { timeout: 60_000 }).toBeGreaterThanOrEqual(OBJECTIVES);
    await product.stop();
    execFileSync("python3", ["-c", FILL, state, String(DAYS)]);
    await product.start();

    type Rows = { rows: { draft: { service: string }; budget: { bad_minutes: number } }[] };
    const shown: number[] = [];
    const pages: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [all, took] = await timed<Rows>("/observability/slo");
      const many = all.rows.filter(({ draft }) => draft.service === "many");
      expect(many.length).toBe(OBJECTIVES);
      const bad = many.filter(({ budget }) => budget.bad_minutes < 7);
      expect(bad, "a year is known of all").toEqual([]);
      shown.push(took);
      const begun = performance.now();
      expect(await (await fetch(`${product.url}/slo`, { headers: { accept: "text/html" } })).text()).toContain("many · n7");
      pages.push(performance.now() - begun);
    }
    figure(`${OBJECTIVES} objectives`, median(shown), "ms", SHOWN_MS, spread(shown));
    figure(`the page of ${OBJECTIVES} objectives`, median(pages), "ms", SHOWN_MS, spread(pages));

    const from = Date.now() - 90 * 86_400_000;
    const reports: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [report, took] = await timed<Rows>(`/sla/report?scope=owner&of=few&from_ms=${from}`);
      expect(report.rows.length).toBe(FEW);
      expect(report.rows[0].budget.bad_minutes).toBeGreaterThan(20);
      reports.push(took);
    }
    figure(`a report over 90 days and ${FEW} objectives`, median(reports), "ms", REPORT_MS, spread(reports));

    const before = computed(product.pid);
    await new Promise((done) => setTimeout(done, 60_000));
    figure("processor time of a minute, all objectives and their rules looked at once", computed(product.pid) - before, "ms");
    await product.stop();
  } finally {
    if (product.running) await product.kill().catch(() => {});
  }
});
