// What the first visit costs over the wire: everything until the page is live. The code that draws comes
// after it and is counted apart.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "./fixture.ts";
import { site } from "./product.ts";

const FIRST_LOAD_BYTES = 250_000;
const CHART_BYTES = 80_000;

/** The names of the files that `attach`, the door to all drawing, needs besides the first ones. */
function chartFiles(): string[] {
  const folder = join(site, "pkg");
  const manifest = readdirSync(folder).find((name) => name.startsWith("__wasm_split_manifest"));
  expect(manifest, "a split build").toBeDefined();
  const parts: Record<string, string[]> = JSON.parse(readFileSync(join(folder, manifest!), "utf8"));
  const door = Object.keys(parts).find((name) => name.startsWith("attach_"));
  expect(door, "charts are fetched on their own").toBeDefined();
  return parts[door!];
}

test("the first load is light", async ({ page, product }) => {
  const charts = chartFiles();
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  const sizes = new Map<string, number>();
  const urls = new Map<string, string>();
  client.on("Network.responseReceived", ({ requestId, response }) => urls.set(requestId, new URL(response.url).pathname));
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
  await page.goto(product.url);
  await expect(page.locator(".connection")).toHaveAttribute("data-link", "live");
  await page.waitForFunction(() => performance.getEntriesByName("chart:painted").length > 0);
  const rows = [...sizes].map(([id, bytes]) => ({ path: urls.get(id) ?? "?", bytes }));
  const isChart = (path: string) => charts.some((name) => path.includes(name));
  const sum = (some: typeof rows) => some.reduce((sum, row) => sum + row.bytes, 0);
  const first = rows.filter((row) => !isChart(row.path)).sort((a, b) => b.bytes - a.bytes);
  const drawing = rows.filter((row) => isChart(row.path));
  for (const { path, bytes } of first) console.log(`  ${(bytes / 1000).toFixed(1).padStart(7)} kB  ${path}`);
  console.log(`first load: ${(sum(first) / 1000).toFixed(1)} kB of ${FIRST_LOAD_BYTES / 1000} kB`);
  console.log(`then, for its charts: ${(sum(drawing) / 1000).toFixed(1)} kB in ${drawing.length} files`);
  expect(first.some((row) => row.path.endsWith(".wasm")), "the WebAssembly was measured too").toBe(true);
  expect(drawing.length, "so was the code of charts").toBeGreaterThan(0);
  expect(sum(first)).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
  expect(sum(drawing)).toBeLessThanOrEqual(CHART_BYTES);
});
