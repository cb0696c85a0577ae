// Results that tools really wrote are imported by the command; what became slower is on the page, in its own page from run
// to run, on the time axis and in the exports; the two usual questions are one click each.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { allHealthy, expect, isLive, test } from "./fixture.ts";
import { binary, environment, type Product } from "./product.ts";

const FILES = join(import.meta.dirname, "../server/crates/benchmarks/tests/files");
const SOON = { timeout: 25_000 };

const heading = (page: Page) => page.getByRole("heading", { level: 1 });

/** Imports files as a pipeline would. */
function imports(product: Product, folder: string, ...args: string[]) {
  const all = ["bench", "import", ...args, "--url", product.url];
  return spawnSync(binary, all, { cwd: folder, env: environment(), encoding: "utf8", timeout: 30_000 });
}

/** The same file, all values of it multiplied, measured a little later. */
function slower(text: string, factor: number): string {
  const value = JSON.parse(text) as { results: { times: number[]; mean: number; median: number; stddev: number }[] };
  for (const one of value.results) {
    one.times = one.times.map((time) => time * factor);
    one.mean *= factor;
    one.median *= factor;
    one.stddev *= factor;
  }
  return JSON.stringify(value);
}

/** A folder as Criterion leaves it, of what was put together from one. */
function criterion(folder: string): string {
  const { criterion: all } = JSON.parse(readFileSync(join(FILES, "criterion.json"), "utf8")) as {
    criterion: { benchmark: { directory_name: string }; estimates: object; sample: object }[];
  };
  for (const { benchmark, estimates, sample } of all) {
    const place = join(folder, benchmark.directory_name, "new");
    mkdirSync(place, { recursive: true });
    for (const [name, value] of Object.entries({ benchmark, estimates, sample })) {
      writeFileSync(join(place, `${name}.json`), JSON.stringify(value));
    }
  }
  return folder;
}

test("results are imported, and what became slower is seen", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/benchmarks");
  await isLive(page);
  await expect(heading(page)).toHaveText("No benchmark was imported yet");
  await expect(page.locator("#benchmarks")).toContainText("mcp-observatory bench import");

  // Rust and Python, as Criterion and pytest-benchmark wrote it.
  const folder = criterion(join(product.folder, "criterion"));
  const rust = imports(product, product.folder, folder, "--host", "vm");
  expect(rust.status, rust.stderr).toBe(0);
  expect(rust.stdout).toContain("3 results of criterion");
  const python = JSON.parse(readFileSync(join(FILES, "pytest.json"), "utf8")) as { datetime: string };
  python.datetime = new Date().toISOString();
  writeFileSync(join(product.folder, "pytest.json"), JSON.stringify(python));
  const second = imports(product, product.folder, "pytest.json");
  expect(second.status, second.stderr).toBe(0);
  await expect(heading(page)).toContainText("6 benchmarks", SOON);
  await expect(page.locator("#speed-ups .rivals > li")).toHaveCount(3);
  await expect(page.locator("#speed-ups .rivals > li").filter({ hasText: "sort" })).toContainText(/× faster, 95 % interval/);

  // One click each.
  await page.getByRole("link", { name: "Rust beside Python, 7 days" }).click();
  await expect(page).toHaveURL(/view=modules/);
  await expect(heading(page)).toContainText("3 operations");
  await expect(page.locator("#modules .rivals dd b")).toHaveCount(6);
  await page.getByRole("link", { name: "Speed-up by day" }).click();
  await expect(heading(page)).toContainText(/Rust against Python on \d{4}-\d\d-\d\d: .* on average/);
  await expect(page.locator("#speed-up-days")).toContainText("Rust against Python");

  // The second run of the same commands takes three times as long.
  const steady = JSON.stringify({
    results: [{ command: "answer", mean: 0.1, stddev: 0.001, median: 0.1, times: Array.from({ length: 20 }, (_, n) => 0.1 + n / 10_000) }],
  });
  writeFileSync(join(product.folder, "first.json"), steady);
  const first = imports(product, product.folder, "first.json", "--commit", "aaaa1111");
  expect(first.status, first.stderr).toBe(0);
  writeFileSync(join(product.folder, "second.json"), slower(steady, 3));
  const worse = imports(product, product.folder, "second.json", "--commit", "bbbb2222", "--fail-on-worse");
  expect(worse.status, `${worse.stdout}${worse.stderr}`).toBe(2);
  expect(worse.stdout).toContain("worse: answer: 200 % slower");
  // The same file again is the same run.
  const again = imports(product, product.folder, "second.json", "--commit", "bbbb2222");
  expect(again.stdout).toContain("taken before");

  await page.getByRole("link", { name: "All", exact: true }).click();
  await expect(heading(page)).toContainText("1 of 7 benchmarks became worse, most of all answer", SOON);
  const overview = await page.context().newPage();
  await overview.goto("/");
  const glance = overview.locator("#benchmarks-now");
  await expect(glance).toContainText("1 of 7 benchmarks became worse");
  await expect(glance.getByRole("row").filter({ hasText: "answer" })).toContainText("200 % slower");
  await overview.close();
  await page.getByRole("link", { name: "answer" }).first().click();
  await expect(page).toHaveURL(/\/benchmarks\/\d+/);
  await expect(heading(page)).toContainText("answer");
  await expect(page.locator(".bench-trend circle")).toHaveCount(2);
  await expect(page.locator(".bench-trend svg")).toHaveAttribute("aria-label", /2 runs from aaaa1111 to bbbb2222/);
  await expect(page.locator("#main")).toContainText("Mann–Whitney U");

  // It is a mark, and an alert.
  await page.goto("/events?kind=regression");
  await isLive(page);
  await expect(page.locator("#marks")).toContainText("Benchmark answer is 200 % slower at bbbb2222");
  const open = () => product.get<{ rule: string }[]>("/observability/alerts?open=true");
  await expect.poll(async () => (await open()).map(({ rule }) => rule), { timeout: 90_000 }).toContain("BenchmarkRegression");

  for (const [table, columns] of [
    ["benchmarks", "suite,name,parameters,"],
    ["speed-ups", "kind,operation,"],
    ["speed-up-days", "at_ms,kind,average,peak,"],
    ["modules", "operation,rust_ms,python_ms,"],
    ["benchmark-runs", "id,at_ms,taken_ms,"],
  ]) {
    const csv = await (await page.request.get(`/observability/export/csv?table=${table}`)).text();
    expect(csv.startsWith(columns), csv).toBe(true);
    expect(csv.split("\r\n").length, csv).toBeGreaterThan(2);
  }
});

test("what is wrong with a file is said, and the good part is kept", async ({ product }) => {
  await allHealthy(product);
  const text = readFileSync(join(FILES, "hyperfine.json"), "utf8");
  writeFileSync(join(product.folder, "half.json"), text.slice(0, text.length * 0.7));
  const half = imports(product, product.folder, "half.json");
  expect(half.status, half.stderr).toBe(0);
  expect(half.stdout).toContain("note: the file breaks off");
  writeFileSync(join(product.folder, "none.json"), "{}");
  const none = imports(product, product.folder, "none.json");
  expect(none.status).toBe(64);
  expect(none.stderr).toContain("this is no file of Criterion");
});

test("a benchmark that is none is said under a heading", async ({ page, product, allowed }) => {
  allowed.push(/the server responded with a status of 404/);
  await allHealthy(product);
  await page.goto("/benchmarks/99");
  await expect(heading(page)).toHaveText("Benchmark");
  await expect(page.locator("main")).toContainText("there is no benchmark with number 99");
});
