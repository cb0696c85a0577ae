// Safe by default: what the doors refuse, what pages may do, who has to sign in.
import { spawnSync } from "node:child_process";
import { request, type IncomingMessage } from "node:http";
import { bare, expect, isLive, listen, test } from "./fixture.ts";
import { binary, environment } from "./product.ts";

const PAGES = [
  ...["/", "/servers", "/servers/everything", "/alerts", "/explore", "/dashboards", "/dashboards/system-health", "/settings/gallery", "/nowhere"],
  // What an address says is shown, or left alone, and never run.
  `/?range=${encodeURIComponent("</script><script>alert(1)</script>")}&sort=x" onload="x`,
];

type Answer = { status: number; headers: IncomingMessage["headers"]; body: string };

/** A request as anybody can send it: `fetch` would not let us lie about Host and Origin. */
function ask(url: string, method: string, headers: Record<string, string>, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: false });
    asking.on("error", reject);
    asking.on("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part));
      answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text }));
    });
    asking.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode!, headers: answer.headers, body: "" });
    });
    asking.end(body);
  });
}

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

test.describe("on this machine, without a password", () => {
  test("pages run nothing but their own code", async ({ page, product, allowed }) => {
    const nonces = new Set<string>();
    for (const path of PAGES) {
      const { headers, body } = await ask(product.url + path, "GET", { accept: "text/html" });
      const policy = String(headers["content-security-policy"]);
      expect(policy, path).toContain("default-src 'self'");
      expect(policy, path).not.toContain("unsafe-inline");
      expect(policy.replace("'wasm-unsafe-eval'", ""), path).not.toContain("unsafe-eval");
      expect(policy, path).not.toMatch(/https?:|\*/);
      const nonce = /script-src [^;]*'nonce-([^']{16,})'/.exec(policy)?.[1];
      expect(nonce, `${path} has a nonce`).toBeDefined();
      nonces.add(nonce!);

      const scripts = [...body.matchAll(/<script\b([^>]*)>/g)].map((match) => match[1]);
      const inline = scripts.filter((attributes) => !/\bsrc=/.test(attributes));
      expect(inline.length, `${path} has inline scripts to look at`).toBeGreaterThan(0);
      for (const attributes of inline) expect(attributes, path).toContain(`nonce="${nonce}"`);
      // Within quotes stands what others have said.
      const tags = body.replace(/="[^"]*"/g, '=""');
      expect(tags.match(/<[a-z][^>]*\s(style|on[a-z]+)=/i), `${path}: inline style or handler`).toBeNull();
      expect(headers["x-content-type-options"], path).toBe("nosniff");
      expect(headers["x-frame-options"], path).toBe("DENY");
    }
    expect(nonces.size, "a nonce is used once").toBe(PAGES.length);

    // The browser holds the page to it; it notes that in the console.
    allowed.push(/Content Security Policy/);
    await page.goto("/");
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.injected = true";
      document.head.append(script);
      return "injected" in window;
    });
    expect(ran).toBe(false);
  });

  test("other sites and other names are refused", async ({ product }) => {
    const own = new URL(product.url);
    const foreign = { origin: "http://evil.example" };
    const changing = ["/observability/servers/everything/probe", "/alerts/x/acknowledge", "/fn/probe_server", "/mcp", "/sign-in"];
    for (const path of changing) {
      expect((await ask(product.url + path, "POST", foreign, "{}")).status, path).toBe(403);
    }
    expect((await ask(product.url + changing[0], "POST", { origin: "null" })).status, "a sandboxed frame").toBe(403);
    expect((await ask(product.url + changing[0], "POST", { origin: own.origin })).status, "our own page").toBe(202);
    expect((await ask(product.url + changing[0], "POST", {})).status, "no browser").toBe(202);

    for (const path of ["/", "/observability/servers", "/live", "/ws"]) {
      const refused = await ask(product.url + path, "GET", { host: "evil.example" });
      expect(refused.status, path).toBe(403);
      expect(refused.body, path).toContain("evil.example");
      expect(refused.body, path).toContain("http.allowed_hosts");
    }
    expect((await ask(`${product.url}/observability/servers`, "GET", { host: `localhost:${own.port}` })).status).toBe(200);

    expect((await ask(`${product.url}/ws`, "GET", { ...UPGRADE, ...foreign })).status).toBe(403);
    expect((await ask(`${product.url}/ws`, "GET", { ...UPGRADE, origin: own.origin })).status).toBe(101);
  });

  bare("another address is refused until somebody has to say who they are", async ({ folder }) => {
    const { status, stderr, stdout } = spawnSync(
      binary,
      ["serve", "--data", `${folder}/data`, "--listen", "0.0.0.0:0"],
      { cwd: folder, env: environment(), encoding: "utf8", timeout: 15_000 },
    );
    expect(status, stderr).toBe(64);
    expect(stdout).not.toContain("listening");
    for (const hint of ["0.0.0.0", "hash-password", "password_hash"]) expect(stderr).toContain(hint);
  });
});

test.describe("with a password", () => {
  const PASSWORD = "correct horse battery";
  const KEYS = { viewer: "viewer-key-0123456789", operator: "operator-key-0123456789" };
  const as = (name: keyof typeof KEYS) => ({ authorization: `Bearer ${KEYS[name]}` });

  test.use({
    moreConfig: async ({}, use) => {
      const run = { input: `${PASSWORD}\n`, env: environment(), encoding: "utf8", timeout: 15_000 } as const;
      const { status, stdout, stderr } = spawnSync(binary, ["hash-password"], run);
      if (status !== 0 || !stdout.startsWith("$argon2")) throw new Error(`hash-password: ${status} ${stdout}${stderr}`);
      const keys = Object.entries(KEYS).map(([name, key]) => `[auth.keys.${name}]\nkey = "${key}"\nrole = "${name}"\n`);
      await use(`[auth]\npassword_hash = ${JSON.stringify(stdout.trim())}\n${keys.join("")}`);
    },
  });

  test("browsers sign in", async ({ page, context, product }) => {
    await page.goto("/alerts");
    await expect(page).toHaveURL(/\/sign-in\?next=%2Falerts$/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(/Sign in/);
    await expect(page.getByRole("alert")).toHaveCount(0);

    await page.getByLabel("Password").fill("wrong horse");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toHaveText("This password is not right.");
    expect(await context.cookies()).toEqual([]);

    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(`${product.url}/alerts`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("No alert is open");
    await isLive(page);

    const cookies = await context.cookies();
    expect(cookies).toEqual([expect.objectContaining({ httpOnly: true, sameSite: "Strict", path: "/" })]);
    expect(await page.evaluate(() => document.cookie), "scripts do not see it").toBe("");

    // The cookie opens the door, and no longer after signing out.
    const cookie = `${cookies[0].name}=${cookies[0].value}`;
    const servers = () => ask(`${product.url}/observability/servers`, "GET", { cookie });
    expect((await servers()).status).toBe(200);
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    expect(await context.cookies()).toEqual([]);
    expect((await servers()).status).toBe(401);
  });

  test("a wrong password does not forget where its owner wanted to go, nor go anywhere else", async ({ product }) => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const wrong = await ask(`${product.url}/sign-in`, "POST", form, "next=%2Fservers%2Feverything&password=wrong+horse");
    expect(wrong.status).toBe(303);
    expect(decodeURIComponent(wrong.headers.location!)).toContain("next=/servers/everything");
    expect(wrong.headers["set-cookie"]).toBeUndefined();
    const password = encodeURIComponent(PASSWORD);
    const lured = await ask(`${product.url}/sign-in`, "POST", form, `next=%2F%2Fevil.example&password=${password}`);
    expect(lured.status).toBe(303);
    expect(lured.headers.location).toBe("/");
  });

  test("programs send a key, which does what its role may", async ({ product, browser }) => {
    const status = async (method: string, path: string, headers = {}) =>
      (await ask(product.url + path, method, { accept: "*/*", ...headers })).status;
    for (const path of ["/observability/servers", "/observability/export/csv?table=servers", "/alerts", "/"]) {
      expect(await status("GET", path), `${path} without a key`).toBe(401);
      expect(await status("GET", path, { authorization: "Bearer nobody-knows-this-key" }), path).toBe(401);
      expect(await status("GET", path, as("viewer")), `${path} with a key`).toBe(200);
    }
    expect(await status("POST", "/mcp"), "its own MCP server").toBe(401);
    expect(await status("GET", "/ws", UPGRADE)).toBe(401);
    for (const path of ["/live", "/ready", "/health"]) expect(await status("GET", path), path).toBe(200);

    const acknowledge = "/alerts/00000000-0000-7000-8000-000000000000/acknowledge";
    expect(await status("POST", acknowledge)).toBe(401);
    expect(await status("POST", acknowledge, as("viewer"))).toBe(403);
    expect(await status("POST", acknowledge, as("operator")), "allowed; there is no such alert").toBe(404);
    const probe = "/observability/servers/everything/probe";
    expect(await status("POST", probe, as("viewer"))).toBe(403);
    expect(await status("POST", probe, as("operator"))).toBe(202);

    // It watches itself through its own door all the same.
    const healthy = async () => {
      const servers = await ask(`${product.url}/observability/servers`, "GET", as("viewer"));
      const rows = JSON.parse(servers.body) as { name: string; verdict: { level: string } }[];
      return rows.find((row) => row.name === "observatory")?.verdict.level;
    };
    await expect.poll(healthy, { timeout: 20_000 }).toBe("healthy");

    // Nothing on the page of a stranger gives anything away.
    const stranger = await browser.newContext({ javaScriptEnabled: false });
    const complaints = listen(stranger, product.url);
    const page = await stranger.newPage();
    await page.goto(`${product.url}/servers/everything`);
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    expect(await page.content()).not.toContain("memory");
    await stranger.close();
    expect(complaints).toEqual([]);
  });
});
