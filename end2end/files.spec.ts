// Wrong words on the command line, wrong files: what is wrong, all of it, and nothing is started.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bare, expect } from "./fixture.ts";
import { binary, environment } from "./product.ts";

const run = (folder: string, ...args: string[]) =>
  spawnSync(binary, args, { cwd: folder, env: environment(), encoding: "utf8", timeout: 15_000 });

bare("all mistakes of a configuration at once, and nothing is started", async ({ folder }) => {
  const file = join(folder, "wrong.toml");
  writeFileSync(file, `
[probe]
interval = "soon"
intervall = "1s"
[alerts]
server_down_for = 3
[auth]
password_hash = "secret"
[auth.keys.short]
key = "short"
role = "king"
[servers.both]
command = "x"
url = "http://127.0.0.1:1/mcp"
[servers.neither]
[servers.address]
url = "nowhere"
[servers.words]
command = "npx -y something"
[servers.observatory]
command = "x"
[servers.fill]
command = "x"
args = ["\${NOT_SET_ANYWHERE}"]
[colour]
`);
  const paths = [
    ...["probe.interval", "probe.intervall", "alerts.server_down_for", "auth.password_hash"],
    ...["auth.keys.short.key", "auth.keys.short.role", "servers.both", "servers.neither", "servers.address.url"],
    ...["servers.words.command", "servers.observatory", "servers.fill.args[0]", "colour"],
  ];
  const check = run(folder, "check", "config", file);
  expect(check.status, check.stderr).toBe(64);
  const lines = check.stderr.split("\n");
  for (const path of paths) expect(lines.filter((line) => line.includes(`${file}: ${path}: `)), path).toHaveLength(1);
  expect(check.stderr).toContain(`${paths.length} mistakes`);
  expect(check.stderr).toContain("did you mean `interval`?");
  expect(check.stderr, "what to write instead").toContain('command = "npx" and args = ["-y", "something"]');
  expect(check.stderr).not.toContain("panicked");

  const serve = run(folder, "serve", "--config", file, "--data", join(folder, "data"), "--listen", "127.0.0.1:0");
  expect(serve.status, serve.stderr).toBe(64);
  for (const path of paths) expect(serve.stderr).toContain(`${file}: ${path}: `);
  expect(existsSync(join(folder, "data")), "nothing was made").toBe(false);
});

bare("files that cannot be read, and words that are none", async ({ folder }) => {
  const toml = join(folder, "broken.toml");
  writeFileSync(toml, '[probe]\ninterval = "1s\n');
  const clients = join(folder, "broken.json");
  writeFileSync(clients, '{ "mcpServers": { "a": { "command": "x" ');
  const both = run(folder, "check", "config", toml, "--mcp-config", clients, "--mcp-config", join(folder, "none.json"));
  expect(both.status, both.stderr).toBe(64);
  expect(both.stderr).toMatch(/broken\.toml: .*line 2/);
  expect(both.stderr).toMatch(/broken\.json: .*line 1/);
  expect(both.stderr).toContain("none.json: cannot be read");

  for (const args of [["serv"], ["serve", "--listen", "here"], ["serve", "--config", "none.toml"], ["serve", "--no-such"]]) {
    const { status, stderr } = run(folder, ...args);
    expect(status, `${args.join(" ")}: ${stderr}`).toBe(64);
    expect(stderr).toContain(args.at(-1)!);
  }

  // A damaged database is named and left as it is.
  const [data, good] = [join(folder, "data"), join(folder, "good.toml")];
  writeFileSync(good, "");
  mkdirSync(data);
  const state = join(data, "state.db");
  const garbage = "this is no database\n".repeat(1000);
  writeFileSync(state, garbage);
  const damaged = run(folder, "serve", "--config", good, "--data", data, "--listen", "127.0.0.1:0");
  expect(damaged.status, damaged.stderr).toBe(1);
  expect(damaged.stdout).not.toContain("listening");
  expect(damaged.stderr).toContain(state);
  expect(readFileSync(state, "utf8")).toBe(garbage);
});
