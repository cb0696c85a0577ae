// Real builds: a tiny workspace is built by a real cargo through the product's own command, fails, hits the cache, and is
// killed; the pages say what cargo said. Nothing is fetched: all crates are in a folder.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, isLive, test } from "./fixture.ts";
import { binary, environment } from "./product.ts";

type Build = { id: string; state: string; errors: number; warnings: number; compiled: number; fresh: number };

const SOON = { timeout: 25_000 };
const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const row = (page: Page, name: string) => page.locator("#builds").getByRole("row").filter({ hasText: name });

/** A library and a program on it. */
class Workspace {
  readonly folder: string;

  constructor(parent: string) {
    this.folder = join(parent, "tower");
    const manifest = (name: string, rest: string) => `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n${rest}`;
    this.write("Cargo.toml", '[workspace]\nresolver = "3"\nmembers = ["core", "top"]\n');
    this.write("core/Cargo.toml", manifest("tower-core", '[features]\ndefault = ["fast"]\nfast = []\n'));
    this.write("core/src/lib.rs", "pub fn one() -> u32 { 1 }\nfn never() {}\n");
    this.write("top/Cargo.toml", manifest("tower-top", '[dependencies]\ntower-core = { path = "../core" }\n'));
    this.write("top/src/main.rs", 'fn main() { println!("{}", tower_core::one()); }\n');
  }

  write(path: string, text: string) {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  private env() {
    const { RUSTFLAGS: _flags, RUSTC_WRAPPER: _wrapper, GITHUB_SHA: _commit, ...rest } = environment();
    return { ...rest, CARGO_TARGET_DIR: join(this.folder, "target"), OBSERVATORY_SPOOL: join(this.folder, "spool") };
  }

  cargo(...args: string[]) {
    return spawnSync("cargo", [...args, "--offline"], { cwd: this.folder, env: this.env(), encoding: "utf8", timeout: 60_000 });
  }

  build(url: string, ...args: string[]) {
    const all = ["build", "--url", url, "--", "cargo", ...args, "--offline"];
    return spawnSync(binary, all, { cwd: this.folder, env: this.env(), encoding: "utf8", timeout: 60_000 });
  }

  /** One that goes on. */
  begin(url: string, ...args: string[]) {
    const all = ["build", "--url", url, "--", "cargo", ...args, "--offline"];
    return spawn(binary, all, { cwd: this.folder, env: this.env(), stdio: "ignore" });
  }
}

/** What cargo prints, without how long it took. */
const steady = (text: string) => text.replace(/target\(s\) in .*/g, "");

test("builds are told, shown while they run, compared, and what is wrong with them is found", async ({ page, product, folder }) => {
  test.setTimeout(240_000);
  await page.goto("/builds");
  await isLive(page);
  await expect(heading(page)).toHaveText("No builds");
  await expect(page.locator("main")).toContainText("mcp-observatory build -- cargo build --release");

  // Output and exit code are cargo's own.
  const here = new Workspace(folder);
  const bare = here.cargo("build");
  rmSync(join(here.folder, "target"), { recursive: true });
  const first = here.build(product.url, "build");
  expect(first.status).toBe(0);
  expect(first.stdout).toBe(bare.stdout);
  expect(steady(first.stderr)).toBe(steady(bare.stderr));

  // An open page has it by itself.
  await expect(heading(page)).toHaveText("The only build succeeded", SOON);
  await expect(row(page, "tower #1")).toContainText("success");
  await expect(page.locator("#crates")).toContainText("tower-core");
  await expect(page.locator("#sizes")).toContainText("tower-top");
  await expect(page.locator("#features")).toContainText("fast");

  // Nothing has changed: all of it is fresh. Then there are errors of two kinds.
  expect(here.build(product.url, "build").status).toBe(0);
  here.write("top/src/main.rs", 'fn main() {\n    let x: u32 = "a";\n    let v = vec![1];\n    drop(v);\n    drop(v);\n}\n');
  const failed = here.build(product.url, "build");
  expect(failed.status).toBe(101);
  const cargoSays = Number(/due to (\d+) previous error/.exec(failed.stderr)![1]);
  await expect(heading(page)).toHaveText("1 of 3 builds failed", SOON);
  const told = await product.get<Build[]>("/observability/builds");
  expect(told.map(({ state, errors, compiled, fresh }) => ({ state, errors, compiled, fresh }))).toEqual([
    expect.objectContaining({ state: "failure", errors: cargoSays }),
    { state: "success", errors: 0, compiled: 0, fresh: 2 },
    { state: "success", errors: 0, compiled: 2, fresh: 0 },
  ]);
  expect(told.map(({ warnings }) => warnings)).toEqual([expect.any(Number), 1, 1]);
  await expect(page.locator("#kinds")).toContainText("type");
  await expect(page.locator("#files")).toContainText("top/src/main.rs");

  // The one that failed: what the compiler wrote.
  await row(page, "tower #3").getByRole("link", { name: "tower #3" }).click();
  await expect(heading(page)).toContainText("tower #3 failed after");
  await expect(page.locator("#messages")).toContainText("E0308: mismatched types");
  await expect(page.locator("#messages pre").first()).toBeVisible();
  await expect(page.locator("#messages pre").first()).toContainText("top/src/main.rs:2");
  await expect(page.locator("#facts")).toContainText("101");

  // The first: its crates on one axis, the critical path, its size as it is on disk.
  await page.goto(`/builds/${told[2].id}`);
  await isLive(page);
  await expect(heading(page)).toContainText("tower #1 succeeded after");
  await expect(page.locator("#timing")).toContainText("critical path");
  await expect(page.locator("#timing")).toContainText("tower-top bin tower-top");
  await expect(page.locator("#units")).toContainText("tower-core 0.1.0");
  await expect(page.locator("#facts")).toContainText("cargo's own");
  const detail = await product.get<{ binaries: { path: string; bytes: number }[] }>(`/observability/builds/${told[2].id}`);
  expect(detail.binaries).toHaveLength(1);
  expect(detail.binaries[0].bytes).toBeGreaterThan(10_000);
  expect(detail.binaries[0].path).toBe(join(here.folder, "target/debug/tower-top"));

  // The page on the wall: the last build, what went wrong with it, and how the week went; it leads there.
  await page.goto("/");
  await isLive(page);
  const glance = page.locator("#builds-now");
  await expect(glance).toContainText("1 of 3 builds of seven days failed");
  const last = glance.getByRole("row").filter({ hasText: "tower #3" });
  await expect(last.locator(".badge")).toHaveText("failed");
  await expect(last).toContainText("66 % of 3");
  await expect(page.locator("#events")).toContainText(/In the last hour: .*1 failed build/);
  await last.getByRole("link").click();
  await expect(heading(page)).toContainText("tower #3 failed after");

  // Two beside each other.
  await page.goto(`/builds/${told[1].id}`);
  await isLive(page);
  await page.getByRole("link", { name: "compare with the build before it" }).click();
  await expect(page).toHaveURL(new RegExp(`with=${told[2].id}`));
  await expect(page.locator("#compare")).toContainText("tower-core");
  await expect(page.locator("#compare")).toContainText("tower-top");

  // One that runs: which crate, how far; killed in the middle it is told as that.
  here.write("top/src/main.rs", "fn main() {}\n");
  here.write("top/build.rs", "fn main() { std::thread::sleep(std::time::Duration::from_secs(60)); }\n");
  await page.goto("/builds");
  await isLive(page);
  const running = here.begin(product.url, "build");
  await expect(page.locator("#running")).toContainText("compiling tower-top", SOON);
  await expect(heading(page)).toContainText("1 build runs now");
  const ended = new Promise<number | null>((done) => running.once("exit", (code) => done(code)));
  running.kill("SIGTERM");
  expect(await ended).toBe(143);
  await expect(row(page, "tower #4")).toContainText("interrupted", SOON);
  await expect(page.locator("#running")).toHaveCount(0, SOON);

  // What cargo says can be piped in as well.
  rmSync(join(here.folder, "top/build.rs"));
  const json = here.cargo("build", "--message-format=json");
  const piped = spawnSync(binary, ["build", "--url", product.url, "--stdin", "--project", "piped"], {
    input: json.stdout,
    cwd: here.folder,
    env: environment(),
    encoding: "utf8",
    timeout: 30_000,
  });
  expect(piped.status).toBe(0);
  expect(piped.stdout).toBe(json.stdout);
  await page.goto("/d/rust-compilation");
  await isLive(page);
  await page.getByRole("navigation", { name: "Projects" }).getByRole("link", { name: "piped" }).click();
  await expect(heading(page)).toHaveText("The only build succeeded");

  // As a file.
  const csv = await (await fetch(`${product.url}/observability/export/csv?table=builds`)).text();
  expect(csv.split("\n").filter(Boolean)).toHaveLength(6);
  expect(csv).toContain("interrupted");
  const crates = await (await fetch(`${product.url}/observability/export/csv?table=build-crates`)).text();
  expect(crates).toContain("tower-core");
  expect(statSync(join(here.folder, "target/debug/tower-top")).size).toBeGreaterThan(0);
});

test("what is no build is refused with words, and what a later cargo says is kept as far as it goes", async ({ page, product, folder, allowed }) => {
  allowed.push(/the server responded with a status of 4/);
  const post = (body: string) =>
    fetch(`${product.url}/api/builds`, { method: "POST", body, headers: { "content-type": "application/json" } });
  for (const [body, words] of [
    ["{", "this is no build"],
    ["{}", "id: "],
    ['{ "id": "x", "project": "p", "began_ms": "soon" }', "began_ms"],
    ['{ "id": "x", "project": "", "began_ms": 1, "told_ms": 1 }', "project: "],
  ]) {
    const answer = await post(body);
    expect(answer.status, body).toBe(400);
    expect(await answer.text(), body).toContain(words);
  }
  const lines = [
    '{"reason":"compiler-poem","verse":1}',
    '{"reason":"compiler-message","message":{"level":"error","message":"new words","code":{"code":"E9999"},"spans":[]}}',
    '{"reason":"compiler-artifact"',
    '{"reason":"build-finished","success":false}',
  ];
  const args = ["build", "--url", product.url, "--stdin", "--project", "later"];
  const piped = spawnSync(binary, args, { input: `${lines.join("\n")}\n`, cwd: folder, env: environment(), encoding: "utf8", timeout: 30_000 });
  expect(piped.status).toBe(101);
  const [build] = await product.get<Build[]>("/observability/builds");
  expect(build).toMatchObject({ state: "failure", errors: 1 });
  await page.goto(`/builds/${build.id}`);
  await isLive(page);
  await expect(page.locator("#notes")).toContainText("compiler-poem");
  await expect(page.locator("#notes")).toContainText("could not be read");
  await page.goto("/builds/nothing");
  await expect(page.locator("main")).toContainText('there is no build "nothing"');
  await expect(heading(page)).toHaveText("Build");
});
