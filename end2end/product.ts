// The real release binary, as a user starts it.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Child } from "./child.ts";

const root = resolve(import.meta.dirname, "..");
/** The program under test. */
export const binary = process.env.PRODUCT ?? join(root, "target/release/mcp-observatory");
export const site = process.env.SITE ?? join(root, "target/site");

export class Product {
  /** All lines it ever wrote, over restarts. */
  readonly log: string[] = [];
  /** Where it listens: the same over restarts, so that an open page finds it again. */
  url = "";
  private child?: Child;

  constructor(
    readonly folder: string,
    readonly config: string,
    readonly args: string[] = [],
    readonly env: NodeJS.ProcessEnv = {},
  ) {}

  get pid(): number {
    if (!this.child) throw new Error("the product is not running");
    return this.child.pid;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  /** Starts it and waits until it is ready. */
  async start() {
    if (this.child) throw new Error("the product is running already");
    if (!existsSync(binary)) throw new Error(`there is no ${binary}: run \`make build\` first`);
    const child = new Child("product", binary, [
      "serve",
      ...["--config", this.config],
      ...["--data", join(this.folder, "data")],
      ...["--site", site],
      ...["--listen", this.url ? new URL(this.url).host : "127.0.0.1:0"],
      ...this.args,
    ], { cwd: this.folder, env: { ...environment(), ...this.env } });
    this.child = child;
    this.url = await child.until("listening on …", () =>
      child.log.map((line) => /listening on (http:\/\/[0-9.]+:\d+)/.exec(line)?.[1]).find(Boolean),
    );
    await child.until("GET /ready answers 200", async () => {
      const answer = await fetch(`${this.url}/ready`).catch(() => undefined);
      return answer?.status === 200 ? true : undefined;
    });
  }

  /** Ends it as an operator does, and holds it to ending well. */
  async stop() {
    const { code, signal } = await this.leave("SIGTERM");
    if (code !== 0) throw new Error(`the product ended with ${signal ?? code}, not 0, after SIGTERM\n${this.tail()}`);
  }

  /** Ends it as a power cut does. */
  async kill() {
    await this.leave("SIGKILL");
  }

  /** Stops it if it is running, and starts it again with the same data at the same address. */
  async restart() {
    if (this.child) await this.stop();
    await this.start();
  }

  /** As when the terminal is closed that it was started in. */
  leaveUnread() {
    this.child?.leaveUnread();
  }

  /** What the API answers, held to a status of 200. */
  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.url}${path}`, { headers: { accept: "application/json" } });
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** Sends a JSON body, held to success. */
  async post(path: string, body?: unknown): Promise<void> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${this.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  }

  tail(): string {
    return [...this.log, ...(this.child?.log ?? [])].slice(-200).join("\n");
  }

  private async leave(signal: NodeJS.Signals) {
    const child = this.child;
    if (!child) throw new Error("the product is not running");
    if (child.exit) throw new Error(`the product ended by itself (${child.exit.signal ?? child.exit.code})\n${this.tail()}`);
    try {
      return await child.end(signal);
    } finally {
      this.log.push(...child.log);
      this.child = undefined;
    }
  }
}

/** Our environment, without what would configure the product behind the test's back. */
export function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OBSERVATORY|LEPTOS)_/.test(name)));
}
