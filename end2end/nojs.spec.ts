// Without JavaScript the pages are whole, and so is the HTML before any browser has touched it.
import { allHealthy, expect, firing, row, test } from "./fixture.ts";
import type { Product } from "./product.ts";

test.use({ javaScriptEnabled: false });

test("pages say everything without JavaScript, in their first HTML", async ({ page, product, everything }) => {
  await allHealthy(product);
  // The machine is looked at for the first time when the product has run for a while.
  const looks = async () => (await product.get<unknown[]>("/observability/export/json?table=host")).length;
  await expect.poll(looks, { timeout: 15_000 }).toBeGreaterThan(0);

  await page.goto("/");
  for (const name of ["everything", "memory", "time", "observatory"]) {
    await expect(row(page, name).getByRole("link", { name })).toBeVisible();
    await expect(row(page, name)).toHaveAttribute("data-level", "healthy");
    await expect(row(page, name).locator(".badge")).toHaveText("healthy");
    await expect(row(page, name)).toContainText(/\d+ tools?/);
  }
  await expect(page.locator(".gauge b").first()).toHaveText(/\d+ %/);
  await expect(page.getByText("Loading …")).toHaveCount(0);
  const overview = await html(product, "/");
  expect(overview).toContain("<h1>All 4 servers are healthy</h1>");
  for (const name of ["everything", "memory", "time", "observatory"]) {
    // Its row, from the name to the next row.
    const cells = overview.split(`<tr data-server="${name}"`)[1]?.split("</tr>")[0] ?? "";
    expect(cells, `the row of ${name}`).toContain(`href="/servers/${name}"`);
    expect(words(cells), `the row of ${name}`).toMatch(/\bhealthy\b/);
  }

  await page.getByRole("link", { name: "everything", exact: true }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("everything");
  const tools = await product.get<{ tools: { name: string; description: string }[] }>("/observability/servers/everything");
  expect(tools.tools.length).toBeGreaterThan(5);
  const first = words(await html(product, "/servers/everything"));
  for (const { name, description } of tools.tools) {
    const item = page.locator("#tools li", { has: page.locator("code").getByText(name, { exact: true }) });
    await expect(item.locator("code")).toBeVisible();
    await expect(item.locator(".description")).toHaveText(description);
    await expect(item.locator(".description")).toBeVisible();
    expect(first).toContain(name);
    expect(first).toContain(description.replace(/\s+/g, " ").trim());
  }
  await expect(page.getByText("Loading …")).toHaveCount(0);

  await page.goto("/alerts");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No alert is open");

  // The same when something is wrong.
  await everything.stop("SIGKILL");
  await firing(product, "everything");
  await page.goto("/");
  await expect(row(page, "everything").locator(".badge")).toHaveText("unhealthy");
  await expect(row(page, "memory").locator(".badge")).toHaveText("healthy");
  await page.goto("/alerts");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 alert firing, nobody has taken one");
  await expect(page.locator("article.alert")).toHaveAttribute("data-state", "firing");
  await expect(page.locator("article.alert")).toContainText("everything is down");
  expect(words(await html(product, "/"))).toContain("1 of 4 servers needs attention");
  const alerts = words(await html(product, "/alerts"));
  for (const text of ["1 alert firing, nobody has taken one", "everything is down", "MCPServerDown"]) {
    expect(alerts).toContain(text);
  }
});

/** The first HTML as it comes over the wire, without what scripts carry. */
async function html(product: Product, path: string): Promise<string> {
  const answer = await fetch(product.url + path, { headers: { accept: "text/html" } });
  expect(answer.status).toBe(200);
  return (await answer.text()).replace(/<script[\s\S]*?<\/script>/g, "").replace(/<!--[\s\S]*?-->|<!>/g, "");
}

/** What is read of it. */
function words(html: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'", "#x2F": "/" };
  const text = html.replace(/<[^>]*>/g, " ").replace(/&(#?\w+);/g, (whole, name: string) => named[name] ?? whole);
  return text.replace(/\s+/g, " ");
}
