// An agent that really works: it hashes and compresses files in worker threads, predicts how long each takes and how small
// it becomes, and reports how it does, every second, by a file, over HTTP or as metrics of OTLP.
//
//   node agent.mjs --id a --type packer --files DIR --to file:PATH | http://HOST:PORT | otlp:http://HOST:PORT
//     [--workers 2] [--rate 20] [--every 1000] [--for SECONDS] [--key KEY] [--again]
//
// --again packs what has not changed once more, instead of remembering it.
//
// Nothing that it reports is made up: times are measured, CPU and memory are those of this process.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { hostname, totalmem } from "node:os";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";

/** One task: a file is read, hashed and compressed. */
function worked(path) {
  const begun = performance.now();
  try {
    const bytes = readFileSync(path);
    const digest = createHash("sha256").update(bytes).digest("hex");
    const packed = gzipSync(bytes, { level: 9 }).length;
    return { path, ms: performance.now() - begun, bytes: bytes.length, packed, digest };
  } catch (error) {
    return { path, ms: performance.now() - begun, error: error.code ?? String(error) };
  }
}

function main() {
  const { values } = parseArgs({
    options: {
      ...{ id: { type: "string" }, type: { type: "string", default: "packer" }, files: { type: "string", default: "." } },
      ...{ to: { type: "string" }, workers: { type: "string", default: "2" }, rate: { type: "string", default: "20" } },
      ...{ every: { type: "string", default: "1000" }, for: { type: "string" }, key: { type: "string" } },
      again: { type: "boolean", default: false },
    },
  });
  if (!values.id || !values.to) throw new Error("--id and --to are needed");
  new Agent(values).run();
}

/** Tasks that wait; what comes while so many do is refused, and has failed. */
const MOST_WAITING = 500;

/** A mean in which what is newer counts more. */
class Mean {
  value;
  take(value) {
    this.value = this.value === undefined ? value : this.value + 0.1 * (value - this.value);
  }
}

/** How two numbers agree, 0 to 1. */
const agreement = (a, b) => (Math.max(a, b) > 0 ? 1 - Math.abs(a - b) / Math.max(a, b) : 1);

class Agent {
  queue = [];
  idle = [];
  running = new Map();
  all = [];
  done = 0;
  failed = 0;
  recoveries = 0;
  lost = 0;
  recovering = 0;
  // Of the time that workers were given, how much they worked; the rest went into handing over.
  usefulMs = 0;
  givenMs = 0;
  savedMs = 0;
  spentMs = 0;
  answered = 0;
  // What has been learned, by the ending of files; and of each file, what it was when it was packed last.
  perByte = new Map();
  shrinks = new Map();
  known = new Map();
  times = new Mean();
  patterns = new Mean();

  constructor(options) {
    Object.assign(this, { options, every: Number(options.every), rate: Number(options.rate) });
    this.workers = Array.from({ length: Number(options.workers) }, () => this.worker());
    this.list();
    this.last = { at: performance.now(), cpu: process.cpuUsage() };
  }

  worker() {
    const worker = new Worker(new URL(import.meta.url));
    worker.on("message", (result) => this.finished(worker, result));
    this.idle.push(worker);
    return worker;
  }

  /** All there is to do: files, and folders, which cannot be read as files and have to be made good for. */
  list() {
    const found = readdirSync(this.options.files, { recursive: true, withFileTypes: true });
    const paths = found.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    this.all = paths.filter((path) => !path.includes("node_modules") && !path.includes("/target/"));
    if (this.all.length === 0) throw new Error(`${this.options.files} has no files`);
  }

  run() {
    // Tasks come as they come: the time to the next one is random, and at times several come at once.
    const arrive = () => {
      for (let left = 1 + Math.floor(Math.random() * 3); left > 0; left--) {
        if (this.queue.length >= MOST_WAITING) this.failed += 1;
        else this.queue.push({ path: this.all[Math.floor(Math.random() * this.all.length)] });
      }
      this.begin();
      this.arriving = setTimeout(arrive, (-Math.log(1 - Math.random()) * 2000) / this.rate);
    };
    arrive();
    this.reporting = setInterval(() => this.report(this.state()), this.every);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => this.stop());
    if (this.options.for) setTimeout(() => this.stop(), Number(this.options.for) * 1000);
  }

  async stop() {
    clearTimeout(this.arriving);
    clearInterval(this.reporting);
    await this.report("stopped");
    process.exit(0);
  }

  state() {
    if (this.recovering > 0) return "recovering";
    return this.running.size + this.queue.length + this.answered > 0 ? "active" : "idle";
  }

  begin() {
    while (this.idle.length > 0 && this.queue.length > 0) {
      const task = this.queue.shift();
      const stat = statSync(task.path, { throwIfNoEntry: false });
      const known = this.known.get(task.path);
      if (!this.options.again && stat && known && known.size === stat.size && known.changed === stat.mtimeMs) {
        // It has been packed as it is: that time is saved.
        this.savedMs += known.ms;
        this.done += 1;
        this.answered += 1;
        continue;
      }
      const ending = extname(task.path);
      const perByte = this.perByte.get(ending)?.value;
      task.expectedMs = stat && perByte !== undefined ? perByte * Math.max(stat.size, 1) : undefined;
      task.expectsSmall = this.shrinks.has(ending) ? this.shrinks.get(ending).value > 0.5 : undefined;
      task.stat = stat;
      const worker = this.idle.pop();
      this.running.set(worker, { ...task, begun: performance.now() });
      worker.postMessage(task.path);
    }
  }

  finished(worker, result) {
    const task = this.running.get(worker);
    this.running.delete(worker);
    this.idle.push(worker);
    this.usefulMs += result.ms;
    this.givenMs += performance.now() - task.begun;
    this.answered += 1;
    if (task.isRecovery) this.recovering -= 1;
    if (result.error) this.failedTask(task, result.error);
    else this.doneTask(task, result);
    this.begin();
  }

  doneTask(task, { path, ms, bytes, packed }) {
    this.done += 1;
    this.spentMs += ms;
    if (task.isRecovery) this.recoveries += 1;
    const [ending, isSmall] = [extname(path), packed * 2 < bytes];
    if (task.expectedMs !== undefined) this.times.take(agreement(task.expectedMs, ms));
    if (task.expectsSmall !== undefined) this.patterns.take(task.expectsSmall === isSmall ? 1 : 0);
    const learned = (map) => map.get(ending) ?? map.set(ending, new Mean()).get(ending);
    learned(this.perByte).take(ms / Math.max(bytes, 1));
    learned(this.shrinks).take(isSmall ? 1 : 0);
    if (task.stat) this.known.set(path, { ms, size: task.stat.size, changed: task.stat.mtimeMs });
  }

  /** A folder is no file: one of its files is taken in its place. What has none, or is gone, stays undone. */
  failedTask(task, why) {
    this.failed += 1;
    this.lastError = why;
    if (task.isRecovery) return void (this.lost += 1);
    const within = this.all.find((path) => path.startsWith(`${task.path}/`) && extname(path));
    if (!within) return void (this.lost += 1);
    this.known.delete(within);
    this.recovering += 1;
    this.queue.unshift({ path: within, isRecovery: true });
  }

  figures() {
    const now = performance.now();
    const wall = now - this.last.at;
    const cpu = process.cpuUsage(this.last.cpu);
    const memory = process.memoryUsage().rss;
    const figures = {
      queries_processed_per_second: (this.answered * 1000) / wall,
      cpu_percent: ((cpu.user + cpu.system) / 1000 / wall) * 100,
      memory_bytes: memory,
      memory_percent: (memory / totalmem()) * 100,
      queue_depth: this.queue.length,
      tasks_running: this.running.size,
      tasks_completed: this.done,
      tasks_failed: this.failed,
      recoveries: this.recoveries,
      recoveries_failed: this.lost,
      parallel_efficiency: this.givenMs > 0 ? this.usefulMs / this.givenMs : undefined,
      ml_prediction_accuracy: this.times.value,
      ml_pattern_accuracy: this.patterns.value,
      ml_optimization_gain_percent: this.spentMs > 0 ? (100 * this.savedMs) / (this.savedMs + this.spentMs) : undefined,
    };
    Object.assign(this, { answered: 0, usefulMs: 0, givenMs: 0, last: { at: now, cpu: process.cpuUsage() } });
    return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
  }

  async report(state) {
    const { id, type, to } = this.options;
    const figures = this.figures();
    try {
      if (to.startsWith("otlp:")) {
        await this.post(`${to.slice(5)}/v1/metrics`, metrics(id, type, state, figures));
        return;
      }
      const about = { type, state, timestamp: new Date().toISOString(), host: hostname(), version: "1.0.0" };
      const more = { last_error: this.lastError, folder: this.options.files, pid: process.pid };
      const report = { agents: { [id]: { ...about, health_metrics: figures, ...more } } };
      if (to.startsWith("file:")) {
        // Whoever reads meanwhile finds the one or the other, and never half of one.
        const path = to.slice(5);
        writeFileSync(`${path}.${process.pid}`, JSON.stringify(report, null, 2));
        renameSync(`${path}.${process.pid}`, path);
      } else await this.post(`${to}/api/synthex/agents`, report);
    } catch (error) {
      console.error(`${id}: a report was lost: ${error.message}`);
    }
  }

  async post(url, body) {
    const headers = { "content-type": "application/json" };
    if (this.options.key) headers.authorization = `Bearer ${this.options.key}`;
    const signal = AbortSignal.timeout(5000);
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  }
}

/** The figures as metrics of OTLP. */
function metrics(id, type, state, figures) {
  const names = {
    ...{ cpu_percent: "agent_cpu_percent", memory_bytes: "agent_memory_bytes", memory_percent: "agent_memory_percent" },
    ...{ queue_depth: "agent_queue_depth", tasks_running: "agent_tasks_running", parallel_efficiency: "parallel_efficiency_ratio" },
  };
  const counts = {
    ...{ tasks_completed: ["agent_tasks", "status", "completed"], tasks_failed: ["agent_tasks", "status", "failed"] },
    ...{ recoveries: ["agent_recoveries", "outcome", "success"], recoveries_failed: ["agent_recoveries", "outcome", "failure"] },
  };
  const timeUnixNano = `${Date.now()}000000`;
  const attribute = ([key, value]) => ({ key, value: { stringValue: value } });
  const point = (value, ...more) => ({
    ...{ timeUnixNano, asDouble: value, attributes: [["agent", id], ["type", type], ...more].map(attribute) },
  });
  const found = [{ name: "synthex_agent_state", gauge: { dataPoints: [point(1, ["state", state])] } }];
  for (const [name, value] of Object.entries(figures)) {
    const count = counts[name];
    if (!count) {
      found.push({ name: `synthex_${names[name] ?? name}`, gauge: { dataPoints: [point(value)] } });
      continue;
    }
    const dataPoints = [point(value, [count[1], count[2]])];
    found.push({ name: `synthex_${count[0]}`, sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints } });
  }
  const resource = { attributes: [["service.name", "synthex"], ["host.name", hostname()]].map(attribute) };
  return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: found }] }] };
}

if (isMainThread) main();
else parentPort.on("message", (path) => parentPort.postMessage(worked(path)));
