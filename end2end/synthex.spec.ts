// Agents tell of themselves by POST and by a file; the page says how each does and what its score is made of, who has fallen
// silent and who is gone, and what was wrong with a report. One agent's page has how it stood, and forgets it when it is gone.
import { spawn } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { allHealthy, expect, isLive, test } from "./fixture.ts";
import type { Product } from "./product.ts";

type Metrics = Record<string, unknown>;
type Report = { id: string; type?: string; status?: string; health_metrics?: Metrics } & Record<string, unknown>;
type Taken = { agents: number; notes: string[] };
type Agent = { id: string; state: string; score: number | null };
type Picture = { agents: Agent[]; active: number; stale: number; dead: number };

const SOON = { timeout: 25_000 };
const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const row = (page: Page, id: string) => page.locator("#agents").getByRole("row").filter({ hasText: id });

// Silence is noticed early: within seconds, not minutes.
test.use({ moreConfig: '[agents]\nstale_after = "4s"\ndead_after = "14s"\n' });

/** Tells of agents as a program does. */
async function tell(product: Product, ...agents: Report[]): Promise<Taken> {
  const answer = await fetch(`${product.url}/api/synthex/agents`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ agents }),
  });
  expect(answer.ok, `${answer.status}`).toBe(true);
  return (await answer.json()) as Taken;
}

/** Writes the file that the product watches, whole at once. */
function write(product: Product, text: string) {
  const path = join(product.folder, "synthex_agent_health_status.json");
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Agents that go on telling, until they are stopped. */
function talking(product: Product, ...agents: Report[]) {
  const timer = setInterval(() => void tell(product, ...agents).catch(() => {}), 1_000);
  return () => clearInterval(timer);
}

const parser: Report = {
  id: "parser-1",
  type: "parser",
  status: "active",
  health_metrics: {
    queries_per_second: 14.5,
    cpu_percent: 38,
    memory_bytes: 412_000_000,
    queue_depth: 3,
    tasks_running: 2,
    tasks_completed: 18,
    tasks_failed: 2,
    prediction_accuracy: 0.87,
    parallel_efficiency: 0.9,
    region: "eu",
  },
};
const quiet: Report = { id: "planner/2", type: "planner", status: "idle", health_metrics: { health_score: 91, queue_depth: 0, tasks_completed: 4 } };

test("agents are told of, seen, explained, and missed when they fall silent", async ({ page, product, allowed }) => {
  test.setTimeout(180_000);
  allowed.push(/the server responded with a status of 4/);
  await allHealthy(product);

  // Nobody has told of one: the page says how.
  await page.goto("/synthex");
  await isLive(page);
  await expect(heading(page)).toHaveText("No agent has been heard of");
  const ways = page.locator("#agent-ways");
  await expect(ways).toContainText("CLAUDE_CODE_ENABLE_TELEMETRY=1");
  await expect(ways).toContainText("OTEL_LOGS_EXPORTER=otlp");
  await expect(ways).toContainText(`curl ${product.url}/api/synthex/agents`);
  await expect(ways).toContainText("synthex_agent_health_status.json");
  await expect(ways.getByRole("button", { name: "Copy: HTTP" })).toBeVisible();

  // By POST; an open page has it by itself.
  await tell(product, parser, quiet);
  const end = talking(product, parser);
  const fallSilent = talking(product, quiet);
  await expect(heading(page)).toContainText("of 2 agents", SOON);
  await expect(row(page, "parser-1")).toContainText("active");
  await expect(row(page, "parser-1")).toContainText("14.5/s");
  await expect(row(page, "parser-1")).toContainText("412 MB");
  await expect(row(page, "parser-1")).toContainText("87.00 %");

  // What a score is made of, on demand.
  const score = page.locator(".agent-scores > li").filter({ hasText: "parser-1" });
  await score.getByText("What its score is made of").click();
  await expect(score.locator(".factors")).toContainText("of the score");
  await expect(score.locator(".factors")).toContainText(/18 of 20/);

  // By a file, in the directory that the product runs in.
  const crawler = (queue: number) => ({ status: "active", type: "crawler", health_metrics: { health_score: 77, queue_depth: queue, tasks_completed: 9 } });
  write(product, JSON.stringify({ "crawler-1": crawler(12), "crawler-2": crawler(4) }));
  await expect(row(page, "crawler-1")).toContainText("77", SOON);
  await expect(page.locator("#agent-sources")).toContainText("synthex_agent_health_status.json");
  await expect(page.locator("#agent-balance")).toContainText("crawler-1");
  await expect(page.locator("#agent-types")).toContainText("crawler");

  // Half a file: said with its place, and what was known stays.
  const whole = JSON.stringify({ "crawler-1": crawler(5), "crawler-2": crawler(4) });
  write(product, whole.slice(0, whole.length * 0.7));
  await expect(page.locator("#agent-sources .mistakes li").first()).toBeVisible(SOON);
  await expect(page.locator("main p.note")).toContainText("Not taken as it was told: file");
  await expect(row(page, "crawler-1")).toHaveCount(1);
  write(product, whole);
  await expect(page.locator("#agent-sources .mistakes")).toHaveCount(0, SOON);

  // One that says nothing any more is stale, and then dead; one that goes on is neither.
  fallSilent();
  await expect(row(page, "planner/2")).toContainText("stale", SOON);
  const states = page.getByRole("navigation", { name: "States" });
  await states.getByRole("link", { name: /\d+ active/ }).click();
  await expect(page).toHaveURL(/state=active/);
  await expect(row(page, "planner/2")).toHaveCount(0);
  await expect(row(page, "parser-1")).toHaveCount(1);
  await states.getByRole("link", { name: /\d+ active/ }).click();
  await expect(page).not.toHaveURL(/state=/);
  await expect(row(page, "planner/2")).toContainText("dead", SOON);
  await expect(heading(page)).toContainText("dead");
  await expect(page.locator(".lead").first()).toContainText("Worst:");
  const picture = await product.get<Picture>("/observability/agents");
  expect(picture.agents.find(({ id }) => id === "parser-1")!.state).toBe("active");
  expect(picture.dead).toBeGreaterThanOrEqual(1);

  // The overview names it as well.
  await page.goto("/");
  await isLive(page);
  const glance = page.locator("#agents-now tbody tr").filter({ hasText: "planner/2" });
  await expect(glance.locator(".badge")).toHaveText("dead", SOON);
  await page.locator("#agents-now").getByRole("link", { name: "All agents" }).click();
  await expect(page).toHaveURL(`${product.url}/synthex`);
  await expect(row(page, "parser-1")).toContainText("active", SOON);

  // By type, and by what is typed.
  await page.locator("#agent-types").getByRole("link", { name: "parser" }).click();
  await expect(page).toHaveURL(/type=parser/);
  await expect(page.locator("#agents").getByRole("rowheader")).toHaveCount(1);
  await page.getByRole("navigation", { name: "Types" }).getByRole("link", { name: "All types" }).click();
  await page.getByLabel("Filter agents", { exact: true }).fill("planner");
  await expect(page.locator("#agents").getByRole("rowheader")).toHaveCount(1);

  // Its own page: how it stands, how it stood, and that it is gone for good.
  await row(page, "planner/2").getByRole("link", { name: "planner/2" }).click();
  await expect(page).toHaveURL(/\/synthex\/planner%2F2/);
  await expect(heading(page)).toHaveText("planner/2 is dead");
  const past = page.locator("#agent-past");
  for (const state of ["idle", "stale", "dead"]) await expect(past.locator(".states > ol > li").filter({ hasText: state }).last()).toBeVisible();
  await expect(past.locator(".states > ol svg[role=img]").first()).toHaveAttribute("aria-label", /: .* for /);
  await expect(past.locator(".life > li").first()).toContainText("dead");
  await expect(page.locator("#agent-score")).toContainText("as it says itself");
  await page.getByRole("button", { name: "Forget it" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Forget planner/2" }).click();
  await expect(page).toHaveURL(`${product.url}/synthex`, SOON);
  await expect(row(page, "planner/2")).toHaveCount(0, SOON);

  // One that lives: what it says besides, its figures, its charts.
  await page.goto("/synthex/parser-1");
  await isLive(page);
  await expect(heading(page)).toHaveText("parser-1 is active");
  await expect(page.locator("#agent-facts")).toContainText("region");
  await expect(page.locator("#agent-facts")).toContainText("eu");
  await expect(page.locator("#agent-figures")).toContainText("38 %");
  await expect(page.locator("#agent-about")).toContainText("HTTP");
  await expect(page.locator("#synthex-cpu .legend")).toContainText("parser-1", { timeout: 60_000 });
  await expect(page.getByRole("button", { name: "Forget it" })).toHaveCount(0);

  // Wrong values are not taken, and it is said where they were; the good ones are.
  end();
  const { notes } = await tell(product, { ...parser, health_metrics: { ...parser.health_metrics, health_score: "high", queue_depth: -5, cpu_percent: 41 } });
  expect(notes.join("\n")).toContain("parser-1");
  await page.goto("/synthex/parser-1");
  await expect(page.locator("#agent-notes")).toContainText("high");
  await expect(page.locator("#agent-figures")).toContainText("41 %");
  for (const body of ["{", '"agents"', ""]) {
    const answer = await fetch(`${product.url}/api/synthex/agents`, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(answer.status, body).toBe(400);
  }

  // As a board, and as files.
  await page.goto("/d/synthex-health");
  await isLive(page);
  await expect(heading(page)).toHaveText("SYNTHEX health");
  await expect(page.locator("#synthex-score .legend")).toContainText("parser-1", { timeout: 60_000 });
  for (const [table, words] of [["agents", "parser-1"], ["agent-types", "crawler"]]) {
    const csv = await (await fetch(`${product.url}/observability/export/csv?table=${table}`)).text();
    expect(csv, table).toContain(words);
  }

  // Nobody is called so.
  await page.goto("/synthex/nobody");
  await expect(page.locator("main")).toContainText("nobody");
  await expect(page.getByRole("alert").first()).toBeVisible();
});

test("hundreds of agents are a page like any other", async ({ page, product }) => {
  await allHealthy(product);
  const many = Array.from({ length: 500 }, (_, n) => ({
    id: `worker-${n}`,
    type: `type-${n % 7}`,
    status: "active",
    health_metrics: { health_score: 60 + (n % 40), queue_depth: n % 9, queries_per_second: n / 10, tasks_completed: n },
  }));
  const taken = await tell(product, ...many);
  expect(taken.agents).toBe(500);
  await page.goto("/synthex");
  await isLive(page);
  await expect(heading(page)).toContainText("500 agents");
  // Only what is in sight is in the page.
  expect(await page.locator("#agents").getByRole("rowheader").count()).toBeLessThan(100);
  await page.getByLabel("Filter agents", { exact: true }).fill("worker-499");
  await expect(page.locator("#agents").getByRole("rowheader")).toHaveCount(1);
  await expect(page.locator("#agent-balance")).toContainText("more in the table above");
});

test.describe("agents that really work", () => {
  // Metrics are looked at every few seconds, which is no silence.
  test.use({ moreConfig: "" });

  test("are seen whichever way they tell", async ({ page, product }) => {
    test.setTimeout(120_000);
    await allHealthy(product);
    const ways = { file: `file:${join(product.folder, "synthex_agent_health_status.json")}`, http: product.url, otlp: `otlp:${product.url}` };
    const files = resolve(import.meta.dirname, "../style");
    const agents = Object.entries(ways).map(([way, to]) =>
      spawn(process.execPath, [join(import.meta.dirname, "agents/agent.mjs"), "--id", `packer-${way}`, "--files", files, "--to", to, "--for", "60"], { stdio: "ignore" }),
    );
    try {
      await page.goto("/synthex");
      await isLive(page);
      for (const way of Object.keys(ways)) {
        await expect(row(page, `packer-${way}`)).toContainText(/active|idle/, SOON);
        await expect(row(page, `packer-${way}`)).toContainText(/\d\/s/, SOON);
      }
      for (const kind of ["file", "HTTP", "metrics"]) await expect(page.locator(".agent-sources > li").filter({ hasText: kind })).toHaveCount(1);
      await expect(page.locator("#agent-balance")).toContainText("packer-http");
      await page.goto("/synthex/packer-otlp");
      await isLive(page);
      await expect(page.locator("#agent-about")).toContainText("metrics");
      await expect(page.locator("#agent-figures")).toContainText("Tasks done");
      await expect(page.locator("#synthex-queries .legend")).toContainText("packer-otlp", { timeout: 60_000 });
    } finally {
      for (const agent of agents) agent.kill();
    }
  });
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false });

  test("agents, their states, and what scores are made of stand in the first HTML", async ({ page, product }) => {
    await allHealthy(product);
    await page.goto("/synthex");
    await expect(heading(page)).toHaveText("No agent has been heard of");
    await expect(page.locator("#agent-ways")).toContainText(`${product.url}/api/synthex/agents`);
    await tell(product, parser);
    await page.goto("/synthex");
    await expect(heading(page)).toHaveText("The only agent is active");
    await expect(row(page, "parser-1")).toContainText("active");
    await page.locator(".agent-scores summary").first().click();
    await expect(page.locator(".agent-scores .factors").first()).toContainText("of the score");
    await page.getByRole("navigation", { name: "States" }).getByRole("link", { name: "1 active" }).click();
    await expect(page).toHaveURL(/state=active/);
    await row(page, "parser-1").getByRole("link", { name: "parser-1" }).click();
    await expect(heading(page)).toHaveText("parser-1 is active");
    await expect(page.locator("#agent-past .states")).toContainText("active");
  });
});
