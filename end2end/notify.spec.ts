// Who is told: routes that are tried and edited, a receiver that answers a test, what was sent, who is on call, and why.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { allHealthy, expect, firing, isLive, test } from "./fixture.ts";

/** Keeps what it gets; answers as it is told. */
class Hook {
  readonly got: { status: string; receiver: string }[] = [];
  status = 200;
  readonly server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      this.got.push(JSON.parse(body));
      response.writeHead(this.status, { "content-type": "text/plain" }).end(this.status === 200 ? "thank you" : "out of order");
    });
  });

  async start() {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }
}

const routes = (url: string) => `route:
  receiver: everybody
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
  routes:
    - matchers: [severity="critical"]
      receiver: on call
receivers:
  - name: everybody
    log_configs: [{}]
  - name: on call
    webhook_configs: [{url: "${url}"}]
    rota_configs: [{rota: first}]
  - name: ann
    log_configs: [{}]
  - name: bob
    log_configs: [{}]
rotas:
  - {name: first, zone: UTC, begins: 2026-01-05 09:00, turn: 7d, people: [{name: ann, receiver: ann}, {name: bob, receiver: bob}]}
`;

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const text = (page: Page) => page.locator("#routes-text");

async function save(page: Page, written: string) {
  await page.goto("/alerts/routes");
  await isLive(page);
  await text(page).fill(written);
  await page.locator("#routes-by").fill("Ann");
  await page.getByRole("button", { name: "Save", exact: true }).click();
}

test("routes are edited with their mistakes in sight, tried, and taken back", async ({ page, allowed }) => {
  allowed.push(/the server responded with a status of 4/);
  const hook = new Hook();
  const url = await hook.start();
  try {
    await save(page, routes(url).replace("receiver: on call\n", "receiver: nobody\n"));
    await expect(page.locator("#routes-mistakes")).toContainText(/Line \d+, column \d+: .*nobody/);
    await expect(page.locator(".routes > li > ol > li")).toHaveCount(0);

    await save(page, routes(url));
    await expect(page.locator(".toast")).toContainText("it holds from now on");
    await expect(page.getByText("2 routes, edited here (version 1)")).toBeVisible();
    await expect(page.locator("#route-0-0")).toContainText('severity="critical"');
    await page.getByLabel("Labels, such as").fill("severity=critical, alertname=Down");
    await page.getByRole("button", { name: "Where would it go?" }).click();
    await expect(page).toHaveURL(/labels=severity%3Dcritical/);
    await expect(page.locator("#route-tester")).toContainText("It would go to on call.");
    await expect(page.locator("#route-tester")).toContainText('{}/{severity="critical"}:{alertname="Down"}');
    await expect(page.locator("#route-0-0")).toHaveAttribute("data-hit", "");
    await expect(page.locator("#route-0")).not.toHaveAttribute("data-hit", "");
    await page.getByLabel("Labels, such as").fill("severity");
    await page.getByRole("button", { name: "Where would it go?" }).click();
    await expect(page.locator("#route-tester")).toContainText("is no label");

    await page.getByRole("button", { name: "Back to the file" }).first().click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Back to the file" }).click();
    await expect(page.getByText("edited here (version")).toHaveCount(0);
    await page.getByText("Earlier versions").click();
    await expect(page.locator("#route-text .life > li")).toHaveCount(2);
  } finally {
    hook.server.close();
  }
});

test("a receiver is tried, told, and fails; each of it is seen and explained", async ({ page, product, everything }) => {
  test.slow();
  const hook = new Hook();
  const url = await hook.start();
  try {
    await allHealthy(product);
    await save(page, routes(url));
    await expect(page.locator(".toast")).toContainText("it holds from now on");
    await page.goto("/alerts/receivers");
    await isLive(page);
    const receiver = page.locator(".receivers > li", { hasText: "on call" });
    await page.getByRole("button", { name: "Send a test to on call" }).click();
    await expect(receiver.getByRole("status")).toContainText("thank you");
    expect(hook.got).toHaveLength(1);
    await expect(heading(page)).toContainText("none fails");
    hook.status = 500;
    await page.getByRole("button", { name: "Send a test to on call" }).click();
    await expect(receiver.getByRole("status")).toContainText("out of order");
    hook.status = 200;

    await everything.stop("SIGKILL");
    const id = await firing(product, "everything");
    await expect.poll(() => hook.got.filter((it) => it.status === "firing").length, { timeout: 20_000 }).toBeGreaterThan(2);
    await page.goto("/alerts/sent?receiver=on%20call");
    await isLive(page);
    const rows = page.locator("#sent tbody tr");
    await expect(rows.first()).toContainText("first notification");
    await expect(rows.first()).toContainText("sent");
    const file = await (await fetch(`${product.url}/observability/export/csv?table=notifications&receiver=on%20call`)).text();
    expect(file.trim().split("\n").length).toBeGreaterThan(1);
    expect(file.trim().split("\n").slice(1).every((line) => line.includes("on call"))).toBe(true);
    await page.goto(`/alerts/${id}`);
    const told = page.locator("#told");
    await expect(told).toContainText("on call");
    await expect(told).toContainText("first notification");
    await expect(told.getByRole("link", { name: "Route 0/0" })).toHaveAttribute("href", /\/alerts\/routes.*#route-0-0$/);
  } finally {
    hook.server.close();
  }
});

test("somebody else is put on call by a click on a day, and that is taken back", async ({ page }) => {
  await save(page, routes("http://127.0.0.1:9/hook"));
  await expect(page.locator(".toast")).toContainText("it holds from now on");
  await page.goto("/alerts/on-call");
  await isLive(page);
  await expect(heading(page)).toHaveText(/^On call now: (ann|bob) \(first\)$/);
  const days = page.locator(".rota-days > li");
  await expect(days).toHaveCount(14);
  const third = days.nth(3);
  const other = (await third.locator("small").innerText()).startsWith("ann") ? "bob" : "ann";
  await third.getByRole("button", { name: /^Somebody else on/ }).click();
  await page.getByLabel("Who", { exact: true }).selectOption(other);
  await page.getByLabel("Your name").fill("Cyd");
  await page.getByRole("button", { name: "Put on call" }).click();
  await expect(third.locator("small")).toContainText(`${other} (instead)`);
  await page.reload();
  await expect(third.locator("small")).toContainText(`${other} (instead)`);
  await isLive(page);
  await page.getByRole("button", { name: /^Take back/ }).click();
  await expect(third.locator("small")).not.toContainText("instead");
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false });

  test("routes are read and tried", async ({ page }) => {
    await page.goto("/alerts/routes");
    await page.getByLabel("Labels, such as").fill("severity=critical");
    await page.getByRole("button", { name: "Where would it go?" }).click();
    await expect(page.locator("#route-tester")).toContainText("It would go to");
    for (const path of ["/alerts/receivers", "/alerts/sent", "/alerts/on-call"]) {
      await page.goto(path);
      await expect(heading(page)).toHaveCount(1);
    }
  });
});
