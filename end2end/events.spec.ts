// A deploy is told by the command and over HTTP: it is in the list of changes of an open page, on its own page by kind, on
// the time axis of charts, and told again under its key it is still one.
import { spawnSync } from "node:child_process";
import { allHealthy, expect, isLive, test } from "./fixture.ts";
import { binary, environment } from "./product.ts";

type Mark = { id: number; kind: string; title: string; at_ms: number };

test("a deploy is told once and seen everywhere", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/");
  await isLive(page);
  const tell = () =>
    spawnSync(binary, ["event", "everything 1.4.2", "--server", "everything", "--once", "build-812", "--tag", "blue", "--url", product.url], { env: environment(), encoding: "utf8" });
  for (const told of [tell(), tell()]) {
    expect(told.status, told.stderr).toBe(0);
    expect(told.stdout).toMatch(/event \d+ is told/);
  }
  const row = page.locator("#events li[data-kind=deploy]");
  await expect(row).toHaveCount(1);
  await expect(row).toContainText("everything 1.4.2");
  // As Grafana's annotations are written.
  await product.post("/api/events", { text: "database moved", tags: ["storage"], time: Date.now() - 60_000 });

  await page.getByRole("link", { name: "All that changed" }).click();
  await expect(page).toHaveURL(/\/events/);
  await expect(page.locator("#marks")).toContainText("database moved");
  await page.getByRole("link", { name: "deploys" }).click();
  await expect(page).toHaveURL(/kind=deploy/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 mark of deploys, the last: everything 1.4.2");
  await expect(page.locator("#marks")).not.toContainText("database moved");
  const marks = await product.get<Mark[]>("/api/events?tag=blue");
  expect(marks.map(({ kind, title }) => [kind, title])).toEqual([["deploy", "everything 1.4.2"]]);

  const bad = spawnSync(binary, ["event", "x", "--kind", "party", "--url", product.url], { env: environment(), encoding: "utf8" });
  expect(bad.status).toBe(64);
  expect(bad.stderr).toContain("none of");
});
