// Every export link is followed, read by parsers that are not ours, and both formats compared.
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { parse } from "csv-parse/sync";
import { allHealthy, expect, firing, isLive, lookedAt, test } from "./fixture.ts";
import { openMenu } from "./panels.ts";

const ALERTS = [
  ...["id", "rule", "server", "severity", "state", "summary", "pending_ms", "firing_ms"],
  ...["acknowledged_by", "acknowledged_ms", "acknowledged_comment"],
  ...["resolved_by", "resolved_ms", "resolved_comment", "owner"],
];
/** The columns of each table, in their order. */
const TABLES: Record<string, string[]> = {
  "definition-changes": ["id", "at_ms", "server", "kind", "name", "change", "breaking", "suspicious", "state", "decided_by", "decided_ms", "comment", "old_hash", "new_hash"],
  servers: [
    ...["name", "transport", "endpoint", "level", "reason", "summary", "since_ms", "last_success_ms", "tools"],
    ...["ping_seconds", "list_tools_seconds", "availability_24h", "updated_ms"],
  ],
  alerts: ALERTS,
  "open-alerts": ALERTS,
  notifications: [
    ...["id", "at_ms", "receiver", "kind", "target", "group", "reason", "firing", "resolved", "state"],
    ...["attempts", "attempted_ms", "cause", "answer", "next_ms", "key"],
  ],
  receivers: ["receiver", "kind", "target", "health", "attempted_ms", "succeeded_ms", "cause", "answer", "queued", "oldest_ms"],
  "alert-history": ["at_ms", "alert_id", "rule", "server", "severity", "what", "from", "to", "by", "owner", "until_ms", "comment", "summary"],
  windows: ["id", "name", "matchers", "phase", "rule", "next_starts_ms", "next_ends_ms", "by", "comment", "changed_by", "ended_by", "open_alerts"],
  silences: ["id", "matchers", "phase", "starts_ms", "ends_ms", "by", "comment", "ended_by", "open_alerts"],
  rules: ["id", "group", "kind", "name", "origin", "file", "state", "off", "health", "error", "open_alerts", "severity", "for", "expr"],
  events: ["at_ms", "kind", "server", "title", "text", "tags", "by", "link"],
  tools: ["name", "title", "description", "since_ms", "input_schema"],
  history: ["at_ms", "level", "reason", "summary"],
  checks: ["name", "kind", "state", "summary", "action", "seconds", "value", "since_ms", "updated_ms", "next_ms"],
  budgets: [
    ...["id", "from_ms", "to_ms", "good", "total", "allowed", "spent", "left_percent", "left_minutes"],
    ...["minutes", "gap_minutes", "excluded_minutes", "bad_minutes"],
    ...["5m", "30m", "1h", "2h", "6h", "1d", "3d"].map((window) => `burn_rate_${window}`),
  ],
  agents: [
    ...["id", "type", "state", "why", "score", "queries_per_second", "cpu_percent", "memory_bytes", "memory_percent", "gpu_percent"],
    ...["queue_depth", "tasks_running", "tasks_completed", "tasks_failed", "completion_ratio", "recovery_ratio", "parallel_efficiency"],
    ...["memory_efficiency", "prediction_accuracy", "pattern_accuracy", "optimization_percent", "tokens", "cost_usd"],
    ...["host", "version", "source", "source_name", "first_ms", "last_ms"],
  ],
  "agent-types": ["type", "agents", "active", "score", "queries_per_second", "tasks_completed", "queue_depth"],
  builds: [
    ...["id", "began_ms", "ended_ms", "project", "state", "duration_seconds", "resolution_seconds", "download_seconds"],
    ...["compiled", "fresh", "errors", "error_kinds", "warnings", "binary_bytes", "profile", "target", "branch", "commit", "host", "command"],
  ],
  "build-crates": ["project", "crate", "mean_seconds", "last_seconds", "compiled", "failed"],
  benchmarks: [
    ...["suite", "name", "parameters", "language", "approach", "tool", "unit", "value", "mean_low", "mean_high", "p95", "p99", "n"],
    ...["at_ms", "commit", "branch", "host", "verdict", "change_percent", "change_low_percent", "change_high_percent", "p", "sentence", "runs"],
  ],
  performance: ["step", "count", "p50_seconds", "p90_seconds", "p95_seconds", "p99_seconds", "max_seconds", "trend", "change_percent", "scatter_percent"],
};
const NUMBERS = /_ms$|_seconds$|_percent$|_minutes$|_per_second$|_ratio$|_efficiency$|_accuracy$|^burn_rate_|^tasks_|^(score|memory_bytes|queue_depth|tokens|cost_usd|agents|active|minutes|good|total|allowed|spent|value|count|seconds|tools|availability_24h|open_alerts|firing|resolved|attempts|queued|compiled|fresh|errors|warnings|binary_bytes|failed|mean_low|mean_high|p95|p99|n|p|runs)$/;
/** The panels of each page that offer one of these tables; all others are over metrics. */
const PAGES: Record<string, Record<string, string>> = {
  "/": { servers: "servers", budgets: "budgets", "builds-now": "builds", "benchmarks-now": "benchmarks", "agents-now": "agents", "open-alerts": "alerts", events: "events" },
  "/servers": { servers: "servers" },
  "/servers/everything": { "server-checks": "checks", definitions: "definition-changes", tools: "tools", performance: "performance", history: "history", "server-events": "events" },
  "/alerts": { "open-alerts": "alerts", "many-alerts": "open-alerts", silences: "silences", "alert-history": "alerts" },
  "/alerts/history": { "alert-steps": "alert-history" },
  "/alerts/windows": { windows: "windows", silences: "silences" },
  "/alerts/rules": { rules: "rules" },
  "/alerts/receivers": { receivers: "receivers" },
  "/alerts/sent": { sent: "notifications" },
  "/events": { marks: "events" },
  "/synthex": { agents: "agents", "agent-types": "agent-types" },
  "/builds": { builds: "builds", crates: "build-crates" },
  "/dashboards/system-health": {},
  "/dashboards/automation-performance": {},
};
/** What it shows stands in a table that another panel offers. */
const WITHOUT = ["raise-alert", "alarm", "template", "health-score", "probes-and-calls", "calendar", "window-form", "import-rules", "kinds", "files", "sizes", "features", "agent-balance", "agent-scores", "agent-sources", "agent-ways"];
/** A comment that a spreadsheet would take for a formula, and a parser for more than one row. */
const NASTY = '=HYPERLINK("http://evil.example","a")\r\n2nd, line';

test.use({ moreConfig: `[servers.everything.checks.echo]\ntool = "echo"\narguments = { message = "hi" }\n` });

type Row = Record<string, string | number | null>;
/** A panel's two links, and whether it shows something. */
type Offer = { panel: string; csv: string; json: string; isFilled: boolean };

test("every export link gives CSV and JSON that say the same", async ({ page, product, everything }) => {
  await allHealthy(product);
  await everything.stop("SIGKILL");
  const id = await firing(product, "everything");
  await product.post(`/alerts/${id}/acknowledge`, { by: "@Ann", comment: NASTY });
  await product.post("/observability/silences", { matchers: "server=nobody", lasts_ms: 3_600_000, by: "@Ann", comment: NASTY });
  // Nobody has taken it, so somebody is told of it.
  await product.post("/alerts", { name: "Noted", severity: "info", summary: "=1+1", by: "a program" });
  await product.post("/observability/windows", { name: "=Backup", matchers: "server nobody", times: "22:00-06:00", by: "@Ann", comment: NASTY });

  // One that says something, and one that says next to nothing.
  const health_metrics = { queries_per_second: 14.5, cpu_percent: 38, queue_depth: 3, tasks_completed: 18, tasks_failed: 2, prediction_accuracy: 0.87 };
  await product.post("/api/synthex/agents", { agents: [{ id: "=parser", type: "@parser", status: "active", health_metrics }, { id: "planner", status: "stopped" }] });
  const began_ms = Date.now() - 60_000;
  const unit = { name: "tower", part: "lib", is_own: true, is_fresh: false, began_seconds: 0.1, duration_seconds: 1.5 };
  await product.post("/api/builds", { id: "a", sequence: 1, project: "=tower", state: "success", began_ms, told_ms: began_ms + 2_000, duration_seconds: 2, units: [unit] });
  await product.post("/api/benchmarks", { results: [{ name: "=parse", unit: "ms", samples: [1, 2, 3] }] });
  await lookedAt(product);
  // What grows is known from its second sample on, what is recorded by a rule once that was evaluated.
  const points = async (query: string) => {
    const parts = new URLSearchParams({ query, from_ms: String(Date.now() - 60_000), to_ms: String(Date.now() - 5_000) });
    return (await product.get<unknown[]>(`/observability/export/json?${parts}`)).length;
  };
  for (const query of ["sum(increase(servers_launched_total[15s]))", "type:synthex_queries_processed_per_second:sum"]) {
    await expect.poll(() => points(query), { timeout: 40_000 }).toBeGreaterThan(1);
  }
  for (const [path, tables] of Object.entries(PAGES)) {
    // A stretch that is short enough that what has happened by now lies on its points.
    await page.goto(`${path}?range=5m`);
    const offers = await offered(page);
    const found = offers.map(({ panel, csv }) => [panel, new URL(csv).searchParams.get("table")] as const);
    expect(Object.fromEntries(found.filter(([, table]) => table !== null)), path).toEqual(tables);
    if (!path.startsWith("/alerts") && path !== "/events") expect(found.length, `${path} has panels over metrics`).toBeGreaterThan(Object.keys(tables).length);
    for (const offer of offers) await test.step(`${path}: ${offer.panel}`, () => compare(page, offer));
  }
});

/** What all panels of a page offer in their menus. */
async function offered(page: Page): Promise<Offer[]> {
  const panels = page.locator("section.panel");
  await expect(panels.last()).toBeVisible();
  await expect(page.locator(".skeleton")).toHaveCount(0);
  const offers = await panels.evaluateAll((all) =>
    all.map((panel) => {
      const link = (text: string) =>
        [...panel.querySelectorAll<HTMLAnchorElement>("header a[download]")].find((link) => link.textContent?.trim() === text)?.href ?? "";
      const [csv, json] = [link("Export CSV"), link("Export JSON")];
      return { panel: panel.id, csv, json, isFilled: !panel.querySelector(".empty, .trouble") };
    }),
  );
  const wanted = offers.filter(({ panel }) => !WITHOUT.includes(panel));
  for (const { panel, csv, json } of wanted) {
    expect(csv, `${panel} has a link`).toContain("/observability/export/csv?");
    expect(json, panel).toBe(csv.replace("/csv?", "/json?"));
  }
  return wanted;
}

/** The same about the last minutes but for the end, where samples are still being written: asked for twice, it is the same. */
function settled(address: string): string {
  const [path, query] = address.split("?");
  const parts = new URLSearchParams(query);
  parts.delete("range");
  const now = Date.now();
  parts.set("from_ms", String(now - 600_000));
  parts.set("to_ms", String(now - 3_000));
  return `${path}?${parts}`;
}

async function compare(page: Page, offer: Offer) {
  const parts = new URL(offer.csv).searchParams;
  const [table, server] = [parts.get("table"), parts.get("server")];
  const name = [table ?? "series", ...(server ? [server] : [])].join("-");
  const stretch = settled(offer.csv);
  for (const csvLink of [offer.csv, stretch]) {
    const [csv, json] = [await page.request.get(csvLink), await page.request.get(csvLink.replace("/csv?", "/json?"))];
    for (const [answer, kind, type] of [[csv, "csv", "text/csv"], [json, "json", "application/json"]] as const) {
      expect(answer.status(), `${csvLink}: ${await answer.text()}`).toBe(200);
      expect(answer.headers()["content-type"]).toContain(type);
      expect(answer.headers()["content-disposition"]).toBe(`attachment; filename="${name}.${kind}"`);
    }
    const text = await csv.text();
    expect(text.endsWith("\r\n"), "RFC 4180: lines end with CRLF").toBe(true);
    const rows: Record<string, string>[] = parse(text, {
      columns: (header: string[]) => {
        if (table) expect(header).toEqual(TABLES[table]);
        else expectSeries(header, parts.getAll("query").length);
        return header;
      },
      record_delimiter: "\r\n",
    });
    const objects = (await json.json()) as Row[];
    // Nothing has changed about a server that was only just seen.
    if ((table && table !== "definition-changes") || (!table && offer.isFilled)) expect(rows.length, "there is something to compare").toBeGreaterThan(0);
    for (const object of objects) {
      for (const [name, value] of Object.entries(object)) {
        if (value === null) continue;
        if (typeof value !== (NUMBERS.test(name) ? "number" : "string")) throw new Error(`${name} of ${JSON.stringify(object)}`);
      }
    }
    for (const found of rows) {
      for (const [name, value] of Object.entries(found)) {
        // In the loop over thousands of values, what holds costs nothing.
        if (NUMBERS.test(name) && !/^(-?\d+(\.\d+)?(e-?\d+)?)?$/.test(value)) throw new Error(`${name} of ${JSON.stringify(found)}`);
        if (!NUMBERS.test(name) && /^[=+\-@\t\r]/.test(value)) throw new Error(`${name} is a formula: ${value}`);
      }
    }
    if (csvLink === stretch) {
      // What is measured anew in between is not compared.
      const steady = (name: string) => table === "budgets" ? name === "id" : table === "agents" || table === "agent-types" ? !/^(state|why|score|active)$/.test(name) : table !== "servers" || !/^(updated_ms|summary|availability_24h|.*_seconds|last_success_ms)$/.test(name);
      const only = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([name]) => steady(name)));
      expect(rows.map((row) => fromCsv(row, table !== null)).map(only)).toEqual(objects.map(only));
    }
    if (table === "alerts") {
      const at = objects.findIndex(({ server }) => server === "everything");
      expect(objects[at]).toMatchObject({ acknowledged_by: "@Ann", acknowledged_comment: NASTY });
      expect(rows[at]).toMatchObject({ acknowledged_by: "'@Ann", acknowledged_comment: `'${NASTY}` });
    }
  }
}

/** The columns of what queries yield: what it is, and then a column a label, by name. */
function expectSeries(header: string[], queries: number) {
  const [own, labels] = [["time", ...(queries > 1 ? ["query"] : []), "series", "value"], header.slice()];
  expect(labels.splice(0, own.length)).toEqual(own);
  if (labels[0] === "metric") labels.shift();
  expect(labels).toEqual([...labels].sort());
}

/** What a row of CSV means. */
function fromCsv(row: Record<string, string>, isTable: boolean): Row {
  const cells = Object.entries(row).map(([name, value]) => {
    // A table says where nothing is known; a series has a label or not.
    const isMissing = !isTable || NUMBERS.test(name) || /^((acknowledged|resolved)_|(ended|changed)_by$)/.test(name);
    if (value === "") return [name, isMissing ? null : ""];
    return [name, NUMBERS.test(name) ? Number(value) : value.replace(/^'(?=[=+\-@\t\r])/, "")];
  });
  return Object.fromEntries(cells);
}

test("a click downloads, and programs get data where people get a page", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/");
  await isLive(page);
  for (const [format, name] of [["CSV", "servers.csv"], ["JSON", "servers.json"]]) {
    const downloads = page.waitForEvent("download");
    const menu = await openMenu(page, "Servers");
    await menu.getByRole("link", { name: `Export ${format}` }).click();
    const download = await downloads;
    expect(download.suggestedFilename()).toBe(name);
    await expect(menu, "what was chosen closes it").toBeHidden();
    const text = await readFile(await download.path(), "utf8");
    const rows: Row[] = format === "CSV" ? parse(text, { columns: true }) : JSON.parse(text);
    expect(rows.map((row) => row.name)).toEqual(["everything", "memory", "observatory", "time"]);
  }
  await expect(page, "the page stays").toHaveURL(`${product.url}/`);

  const alerts = (accept: string) => fetch(`${product.url}/alerts`, { headers: { accept } });
  for (const accept of ["*/*", "application/json"]) {
    const data = await alerts(accept);
    expect(data.status).toBe(200);
    expect(data.headers.get("content-type")).toContain("application/json");
    expect(varies(data)).toContain("accept");
    expect(await data.json()).toEqual([]);
  }
  const html = await alerts("text/html,application/xhtml+xml,*/*;q=0.8");
  expect(html.status).toBe(200);
  expect(html.headers.get("content-type")).toContain("text/html");
  expect(varies(html)).toContain("accept");
  expect(await html.text()).toMatch(/<h1>No alert is open/);
});

function varies(answer: Response): string[] {
  return (answer.headers.get("vary") ?? "").toLowerCase().split(/,\s*/);
}
