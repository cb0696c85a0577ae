// Finds processes by what stands in their environment: a child inherits it, however far away from
// its parent it has moved, and whoever has adopted it.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The ids of all processes whose environment holds `NAME=value`, and what they run. */
export function marked(name: string, value: string): string[] {
  const mark = `${name}=${value}`;
  if (!existsSync("/proc/self/environ")) {
    // Here `e` shows the environment behind the command.
    const { stdout } = spawnSync("ps", ["axeww", "-o", "pid=,command="], { encoding: "utf8" });
    return stdout.split("\n").filter((line) => line.includes(mark));
  }
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)).flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark)) return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

/** Whether a process of this id is there and not only waiting to be collected. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
}
