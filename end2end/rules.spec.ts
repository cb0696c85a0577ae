// Rules that people make in the web UI: a rule is written, its preview is what `replay` says, it fires, is changed,
// undone and removed; a built-in threshold is changed and brought back. A second tab sees it all.
import type { Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, isLive, test } from "./fixture.ts";
import { binary, environment } from "./product.ts";

type Rule = { id: string; origin: string; version: number; draft: { name: string; expr: string } };
type Preview = { fired: number; from_ms: number; to_ms: number; step_ms: number; found: number };
const SOON = { timeout: 25_000 };
const NAME = "EverythingIsThere";

const row = (page: Page, name: string) => page.locator("#rules [role=row], #rules tbody tr").filter({ hasText: name });
/** Rows out of sight are not in the page. */
const find = (page: Page, name: string) => page.getByRole("searchbox", { name: "Filter rules" }).fill(name);
const outlook = (page: Page) => page.getByRole("region", { name: "What it would have done" });

/** Writes the fields of a new rule. */
async function write(page: Page, fields: Record<string, string>) {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: false }).first().fill(text);
}

test("a rule is written, fires, is changed, undone, removed and brought back", async ({ page, context, product, folder, everything, allowed }) => {
  test.setTimeout(150_000);
  // It is stopped and started again while its pages are open.
  allowed.push(/WebSocket connection to .* failed/, /WebSocket is already in CLOSING/, /net::ERR_CONNECTION_REFUSED .*\/fn\/load_/);
  expect(everything.url).toContain("http");
  await expect.poll(async () => (await product.get<{ data: { result: unknown[] } }>("/api/v1/query?query=mcp_server_up")).data.result.length, { timeout: 30_000 }).toBeGreaterThan(0);
  await page.goto("/alerts/rules");
  await isLive(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/^\d+ rules/);
  await expect(row(page, "MCPServerDown")).toContainText("built-in");
  const other = await context.newPage();
  await other.goto("/alerts/rules");
  await isLive(other);
  await find(other, NAME);

  await page.getByRole("link", { name: "New rule" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("New rule");
  // A mistake is said at its field, and nothing of what is written is lost.
  await write(page, { Name: NAME, Expression: "mcp_server_up{server=\"everything\"" });
  await expect(page.locator("#rule-expr-problem")).toContainText("at character");
  await page.getByRole("button", { name: "Make rule" }).click();
  await expect(page.getByRole("alert")).toContainText("Not saved");
  await expect(page.getByLabel("Name").first()).toHaveValue(NAME);
  await write(page, { Expression: "mcp_server_up{server=\"everything\"} > 0.5", Summary: "{{ $labels.server }} is there: {{ $value }}" });
  await expect(page.locator("#rule-expr-problem")).toHaveCount(0, SOON);
  await expect(outlook(page)).toContainText("Now it holds for 1 series.", SOON);
  await expect(outlook(page)).toContainText("everything is there: 1");
  await page.getByLabel("Your name").fill("Ann");
  await page.getByRole("button", { name: "Make rule" }).click();
  await expect(page).toHaveURL(/rule=/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(`${NAME}: 1 alert firing`, SOON);
  await expect(page.locator("#rule-alerts")).toContainText("everything is there: 1");
  await expect(row(other, NAME)).toContainText("firing", SOON);

  // The preview is what the command says.
  const { rules } = await product.get<{ rules: Rule[] }>("/observability/rules");
  const rule = rules.find((it) => it.draft.name === NAME)!;
  const preview = await previewOf(product.url, rule);
  const file = join(folder, "out.yml");
  writeFileSync(file, await (await fetch(`${product.url}/observability/rules/file?rule=${rule.id}`)).text());
  const time = (ms: number) => new Date(ms).toISOString();
  const said = execFileSync(binary, ["replay", file, "--from", time(preview.from_ms), "--to", time(preview.to_ms), "--step", `${preview.step_ms}ms`, "--url", product.url], { env: environment(), encoding: "utf8" });
  expect(preview.fired).toBeGreaterThan(0);
  expect(said).toContain(`${NAME}: fires ${preview.fired} times`);

  // Another threshold ends it, undoing brings it back; the history says so.
  await page.getByLabel("Threshold").fill("2");
  await page.getByRole("button", { name: "Set threshold" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(`${NAME}: inactive`, SOON);
  await expect(page.locator("#rule-history")).toContainText("> 0.5 → mcp_server_up", SOON);
  await page.getByRole("button", { name: "Go back to version 1" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("1 alert firing", SOON);
  await expect(page.locator("ol.rule-history li").first()).toContainText("undone");

  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: `Remove ${NAME}` }).click();
  await expect(page.locator("#removed-rules")).toContainText(NAME, SOON);
  await expect(row(other, NAME)).toHaveCount(0, SOON);
  await find(page, NAME);
  await expect(row(page, NAME)).toHaveCount(0);
  await page.getByRole("button", { name: `Bring ${NAME} back` }).click();
  await expect(row(page, NAME)).toContainText("made here", SOON);
  await product.restart();
  await expect(row(page, NAME)).toContainText("firing", SOON);
});

test("a built-in threshold is changed, and brought back; a reload with a mistake is said", async ({ page, product }) => {
  const NAME = "MCPConnectionPoolExhaustion";
  await page.goto(`/alerts/rules?rule=builtin:${NAME}`);
  await isLive(page);
  await expect(page.getByLabel("Threshold")).toHaveValue("0.9");
  await page.getByLabel("Threshold").fill("0.8");
  await page.getByRole("button", { name: "Set threshold" }).click();
  await expect(page.locator("#rule .facts")).toContainText("changed from the built-in", SOON);
  await expect(page.locator("#rule .expr")).toContainText("> 0.8");
  await page.getByRole("button", { name: "Back to the built-in" }).click();
  await expect(page.locator("#rule .expr")).toContainText("> 0.9", SOON);
  await page.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("switched off", SOON);
  writeFileSync(product.config, "[rules]\nfiles = [\"nowhere.yml\"]\n");
  await fetch(`${product.url}/-/reload`, { method: "POST" });
  await page.getByRole("link", { name: "All rules" }).click();
  await expect(page.getByRole("alert")).toContainText("the old rules are kept", SOON);
  await expect(page.getByRole("alert")).toContainText("nowhere.yml");
});

async function previewOf(url: string, rule: Rule): Promise<Preview> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ rule: rule.draft, id: rule.id, last_ms: 600_000 });
  const answer = await fetch(`${url}/observability/rules/preview`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Preview;
}
