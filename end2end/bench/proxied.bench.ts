// A gigabyte of results of a real server, directly and through the proxy, in turns: what clients notice of it. The server
// is server-everything on the official TypeScript SDK, which reads each question and writes each answer as it does for
// anybody; the smallest thing that can serve is what `cargo run --release -p tap --example proxied` measures.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request, type IncomingHttpHeaders } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "@playwright/test";
import { binary } from "../product.ts";
import { figure, median, spread } from "./figures.ts";

const everything = resolve(import.meta.dirname, "../../.demo/node_modules/@modelcontextprotocol/server-everything/dist/index.js");
/** An answer, how many of them make a turn, and turns on each way: a gigabyte on each in all. */
const SIZE = 1 << 20;
const CALLS = 128;
const TURNS = 8;
/** The share of the direct speed that is left, in percent. */
const LEAST = 80;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Sends a message; the headers of the answer and how many bytes it has. */
function post(port: number, message: object, session?: string): Promise<{ headers: IncomingHttpHeaders; bytes: number }> {
  const text = JSON.stringify({ jsonrpc: "2.0", ...message });
  const headers = {
    ...{ "content-type": "application/json", accept: "application/json, text/event-stream", "content-length": Buffer.byteLength(text) },
    ...(session ? { "mcp-session-id": session } : {}),
  };
  return new Promise((done, fail) => {
    const asked = request({ agent, host: "127.0.0.1", port, path: "/mcp", method: "POST", headers }, (answer) => {
      let bytes = 0;
      answer.on("data", (piece: Buffer) => (bytes += piece.length));
      answer.on("error", fail);
      answer.on("end", () => (answer.statusCode! < 300 ? done({ headers: answer.headers, bytes }) : fail(new Error(`${answer.statusCode}`))));
    });
    asked.on("error", fail);
    asked.end(text);
  });
}

async function free(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.on("listening", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

async function hello(port: number): Promise<string> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } };
  for (let tries = 0; ; tries++) {
    try {
      const { headers } = await post(port, { id: 0, method: "initialize", params });
      const session = headers["mcp-session-id"] as string;
      await post(port, { method: "notifications/initialized" }, session);
      return session;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

test("a gigabyte of a real server passes the proxy", async () => {
  test.setTimeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), "proxied-"));
  const [direct, proxied] = [await free(), await free()];
  const server = spawn(process.execPath, [everything, "streamableHttp"], { env: { ...process.env, PORT: String(direct) }, stdio: "ignore" });
  const to = ["--to", `http://127.0.0.1:${direct}/mcp`, "--listen", `127.0.0.1:${proxied}`];
  // Nobody is told: what a product costs is not what is measured.
  const told = ["--url", "http://127.0.0.1:9", "--spool", folder];
  const proxy = spawn(binary, ["proxy", "--name", "everything", ...to, ...told], { stdio: "ignore" });
  try {
    const sessions = new Map([[direct, await hello(direct)], [proxied, await hello(proxied)]]);
    const speeds = new Map<number, number[]>([[direct, []], [proxied, []]]);
    const params = { name: "echo", arguments: { message: "x".repeat(SIZE) } };
    for (let turn = 0, id = 1; turn <= TURNS; turn++) {
      for (const [port, session] of sessions) {
        const began = performance.now();
        let bytes = 0;
        for (let call = 0; call < CALLS; call++) bytes += (await post(port, { id: id++, method: "tools/call", params }, session)).bytes;
        if (bytes < CALLS * SIZE) throw new Error(`${bytes} bytes are not all`);
        // The first turn warms up.
        if (turn > 0) speeds.get(port)!.push(bytes / 1e3 / (performance.now() - began));
      }
    }
    const [bare, through] = [speeds.get(direct)!, speeds.get(proxied)!];
    figure("directly", median(bare), "MB/s", undefined, spread(bare));
    figure("through the proxy", median(through), "MB/s", undefined, spread(through));
    const left = (100 * median(through)) / median(bare);
    figure("lost of the direct speed", 100 - left, "%", 100 - LEAST);
  } finally {
    const ended = [proxy, server].map((one) => new Promise((done) => one.once("exit", done)));
    proxy.kill("SIGTERM");
    server.kill("SIGTERM");
    // The proxy still writes into its spool while it ends.
    await Promise.all(ended);
    rmSync(folder, { recursive: true, force: true });
  }
});
