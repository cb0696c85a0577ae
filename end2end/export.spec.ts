// Every export link is followed, read by parsers that are not ours, and both formats compared.
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { parse } from "csv-parse/sync";
import { allHealthy, expect, firing, test } from "./fixture.ts";

/** The columns of each table, in their order. */
const COLUMNS: Record<string, string[]> = {
  servers: [
    ...["name", "transport", "endpoint", "level", "reason", "summary", "since_ms", "last_success_ms", "tools"],
    ...["ping_seconds", "list_tools_seconds", "availability_24h", "updated_ms"],
  ],
  alerts: [
    ...["id", "rule", "server", "severity", "state", "summary", "pending_ms", "firing_ms"],
    ...["acknowledged_by", "acknowledged_ms", "acknowledged_comment"],
    ...["resolved_by", "resolved_ms", "resolved_comment"],
  ],
  events: ["at_ms", "kind", "server", "title"],
  tools: ["name", "title", "description", "since_ms", "input_schema"],
  history: ["at_ms", "level", "reason", "summary"],
  latency: ["at_ms", "metric", "server", "step", "value"],
  host: ["at_ms", "metric", "mount", "server", "value"],
};
const NUMBERS = /_ms$|_seconds$|^(value|tools|availability_24h)$/;
/** What a page offers, all of it. */
const PAGES: Record<string, string[]> = {
  "/": ["host", "servers", "latency", "alerts", "events"],
  "/servers/everything": ["latency", "tools", "history", "events"],
  "/alerts": ["alerts", "alerts"],
};
/** The last minutes but for the end, where samples are still being written: asked for twice, it is the same. */
const settled = (now = Date.now()) => `&from_ms=${now - 600_000}&to_ms=${now - 3_000}`;
/** A comment that a spreadsheet would take for a formula, and a parser for more than one row. */
const NASTY = '=HYPERLINK("http://evil.example","a")\r\n2nd, line';

type Row = Record<string, string | number | null>;

test("every export link gives CSV and JSON that say the same", async ({ page, product, everything }) => {
  await allHealthy(product);
  await everything.stop("SIGKILL");
  const id = await firing(product, "everything");
  await product.post(`/alerts/${id}/acknowledge`, { by: "@Ann", comment: NASTY });

  // The machine is looked at for the first time when the product has run for a while.
  const looks = async () => (await product.get<Row[]>(`/observability/export/json?table=host${settled()}`)).length;
  await expect.poll(looks, { timeout: 20_000 }).toBeGreaterThan(0);

  for (const [path, tables] of Object.entries(PAGES)) {
    await page.goto(path);
    const [csv, json] = [await addresses(page, "CSV"), await addresses(page, "JSON")];
    expect(csv.map((address) => new URL(address).searchParams.get("table"))).toEqual(tables);
    expect(json).toEqual(csv.map((address) => address.replace("/csv?", "/json?")));
    for (const [index, table] of tables.entries()) {
      await test.step(`${path}: ${table}`, () => compare(page, table, csv[index], json[index]));
    }
  }
});

/** Where the links of all panels lead that are named "… as CSV" or "… as JSON". */
async function addresses(page: Page, format: string): Promise<string[]> {
  const links = page.locator("section.panel").getByRole("link", { name: new RegExp(` as ${format}$`) });
  await expect(links.first()).toBeVisible();
  return links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
}

async function compare(page: Page, table: string, csvLink: string, jsonLink: string) {
  const stretch = settled();
  for (const more of ["", stretch]) {
    const [csv, json] = [await page.request.get(csvLink + more), await page.request.get(jsonLink + more)];
    for (const [answer, kind, type] of [[csv, "csv", "text/csv"], [json, "json", "application/json"]] as const) {
      expect(answer.status()).toBe(200);
      expect(answer.headers()["content-type"]).toContain(type);
      const server = new URL(csvLink).searchParams.get("server");
      const name = server ? `${table}-${server}` : table;
      expect(answer.headers()["content-disposition"]).toBe(`attachment; filename="${name}.${kind}"`);
    }
    const text = await csv.text();
    expect(text.endsWith("\r\n"), "RFC 4180: lines end with CRLF").toBe(true);
    const rows: Record<string, string>[] = parse(text, {
      columns: (header: string[]) => {
        expect(header).toEqual(COLUMNS[table]);
        return header;
      },
      record_delimiter: "\r\n",
    });
    const objects = (await json.json()) as Row[];
    expect(rows.length, "there is something to compare").toBeGreaterThan(0);
    for (const object of objects) {
      for (const [name, value] of Object.entries(object)) {
        if (value === null) continue;
        expect(typeof value, `${name} of ${JSON.stringify(object)}`).toBe(NUMBERS.test(name) ? "number" : "string");
      }
    }
    for (const found of rows) {
      for (const [name, value] of Object.entries(found)) {
        if (NUMBERS.test(name)) expect(value, `${name} of ${JSON.stringify(found)}`).toMatch(/^(-?\d+(\.\d+)?)?$/);
        else expect(value, `${name} is no formula`).not.toMatch(/^[=+\-@\t\r]/);
      }
    }
    if (more) {
      // What is measured anew in between is not compared.
      const steady = (name: string) => table !== "servers" || !/^(updated_ms|summary|availability_24h|.*_seconds|last_success_ms)$/.test(name);
      const only = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([name]) => steady(name)));
      expect(rows.map(fromCsv).map(only)).toEqual(objects.map(only));
    }
    if (table === "alerts") {
      expect(objects[0]).toMatchObject({ server: "everything", acknowledged_by: "@Ann", acknowledged_comment: NASTY });
      expect(rows[0]).toMatchObject({ acknowledged_by: "'@Ann", acknowledged_comment: `'${NASTY}` });
    }
  }
}

/** What a row of CSV means. */
function fromCsv(row: Record<string, string>): Row {
  const cells = Object.entries(row).map(([name, value]) => {
    if (value === "") return [name, NUMBERS.test(name) || /^(acknowledged|resolved)_/.test(name) ? null : ""];
    return [name, NUMBERS.test(name) ? Number(value) : value.replace(/^'(?=[=+\-@\t\r])/, "")];
  });
  return Object.fromEntries(cells);
}

test("a click downloads, and programs get data where people get a page", async ({ page, product }) => {
  await allHealthy(product);
  await page.goto("/");
  await expect(page.locator(".connection[data-link=live]")).toBeVisible();
  for (const [format, name] of [["CSV", "servers.csv"], ["JSON", "servers.json"]]) {
    const downloads = page.waitForEvent("download");
    await page.locator("#servers").getByRole("link", { name: `Servers as ${format}` }).click();
    const download = await downloads;
    expect(download.suggestedFilename()).toBe(name);
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
