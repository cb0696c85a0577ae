// A process that a test starts: what it says is kept, its end is waited for, and it is ended by its
// id, so that nothing else on the machine is ever hit.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** How a process ended: one of the two is set. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

// A worker that ends early takes its processes along.
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Child {
  /** Every line of stdout and stderr, in order. */
  readonly log: string[] = [];
  /** Set once it has ended. */
  exit?: Exit;
  private readonly process: ChildProcess;
  private readonly ended: Promise<Exit>;

  constructor(
    readonly name: string,
    command: string,
    args: string[],
    options: { cwd?: string; env: NodeJS.ProcessEnv },
  ) {
    this.process = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.process);
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => this.log.push(line));
    }
    this.ended = new Promise((resolve) => {
      const end = (exit: Exit) => {
        running.delete(this.process);
        resolve((this.exit ??= exit));
      };
      this.process.on("error", (error) => {
        this.log.push(String(error));
        end({ code: -1, signal: null });
      });
      this.process.on("exit", (code, signal) => end({ code, signal }));
    });
  }

  /** Reads its output no more: what it writes from now on is an error for it. */
  leaveUnread() {
    this.process.stdout!.destroy();
    this.process.stderr!.destroy();
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** Asks `probe` until it gives something, and gives up when the process ends or time runs out. */
  async until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, ms = 30_000): Promise<T> {
    const deadline = Date.now() + ms;
    for (;;) {
      const found = await probe();
      if (found !== undefined) return found;
      const why = this.exit ? `ended (${this.exit.signal ?? this.exit.code})` : `took over ${ms} ms`;
      if (this.exit || Date.now() > deadline) {
        throw new Error(`${this.name}: ${why} before: ${what}\n${this.log.slice(-40).join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Sends the signal and waits for the end; what takes too long is killed, and said. */
  async end(signal: NodeJS.Signals, ms = 20_000): Promise<Exit> {
    this.process.kill(signal);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.process.kill("SIGKILL");
    }, ms);
    const exit = await this.ended;
    clearTimeout(timer);
    if (late) throw new Error(`${this.name}: ${signal} did not end it within ${ms} ms\n${this.log.slice(-40).join("\n")}`);
    return exit;
  }
}
