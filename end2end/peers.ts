// The MCP servers that the product watches: real ones, as `make e2e` installs them into .demo.
import { createServer, connect, type AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Child } from "./child.ts";

const root = resolve(import.meta.dirname, "..");
const demo = join(root, ".demo");

/** server-everything over Streamable HTTP; it keeps its address over restarts. */
export class Everything {
  private child?: Child;

  private constructor(readonly port: number) {}

  static async onFreePort() {
    return new Everything(await freePort());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  async start() {
    if (this.child) throw new Error("server-everything is running already");
    const child = new Child("server-everything", process.execPath, [
      ...["--require", join(root, ".make/loopback.cjs")],
      join(demo, "node_modules/@modelcontextprotocol/server-everything/dist/index.js"),
      "streamableHttp",
      // Nothing else of the environment, because it has a tool that shows it.
    ], { env: { PATH: process.env.PATH, PORT: String(this.port) } });
    this.child = child;
    await child.until(`port ${this.port} is open`, () => answers(this.port));
  }

  /** Ends it, if it is running. */
  async stop(signal: NodeJS.Signals = "SIGTERM") {
    const child = this.child;
    this.child = undefined;
    if (child && !child.exit) await child.end(signal);
  }
}

/** The three servers of the demo, watched closely: what takes minutes in earnest takes seconds here. */
export function writeConfig(folder: string, everything: string, more = ""): string {
  const file = join(folder, "observatory.toml");
  writeFileSync(file, `\
[probe]
interval = "1s"
timeout = "5s"

[alerts]
interval = "1s"
server_down_for = "3s"

# How busy this machine is says nothing of the product.
[rules]
off = ["HighCPUUsage", "HighMemoryUsage", "DiskSpaceLow", "PredictedDiskFull"]

[servers.everything]
url = ${text(everything)}

[servers.memory]
command = ${text(join(demo, "node_modules/.bin/mcp-server-memory"))}
env = { MEMORY_FILE_PATH = ${text(join(folder, "memory.json"))} }

[servers.time]
command = ${text(join(demo, "venv/bin/mcp-server-time"))}
args = ["--local-timezone", "UTC"]
${more}`);
  return file;
}

/** For `more` of the above: a real server that dies at its start. */
export function dyingServer(folder: string): string {
  return `
[servers.sqlite]
command = ${text(join(demo, "venv-sqlite/bin/mcp-server-sqlite"))}
args = ["--db-path", ${text(join(folder, "sqlite.db"))}]
`;
}

/** A string of TOML: JSON's are the same for what a path holds. */
function text(value: string): string {
  return JSON.stringify(value);
}

/** A port of this machine that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (open?: true) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => done(true)).once("error", () => done());
  });
}
