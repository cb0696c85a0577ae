// Figures beside their limits: each is a line, and what is above its limit fails the test in the end, so
// that all of it is said first. Times come in many, because machines are not equally fast all the time.
import { readFileSync } from "node:fs";
import { expect } from "../fixture.ts";

/** Prints a figure; with a limit it has to stay at or below it. */
export function figure(name: string, value: number, unit: string, limit?: number, more = "") {
  const places = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  const of = (value: string) => (unit ? `${value} ${unit}` : value);
  const bound = limit === undefined ? "" : ` (limit ${of(String(limit))}${value > limit ? ": MISSED" : ""})`;
  console.log(`  ${name}: ${of(value.toFixed(places))}${bound}${more && `; ${more}`}`);
  if (limit !== undefined) expect.soft(value, name).toBeLessThanOrEqual(limit);
}

/** The value that so many of all (0 to 1) do not exceed. */
export function share(values: readonly number[], of: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? NaN;
}

export const median = (values: readonly number[]) => share(values, 0.5);

/** The middle and both ends, because one number hides how far they are apart. */
export const spread = (values: readonly number[]) =>
  `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} in ${values.length}`;

/** What a process has computed so far, in milliseconds. */
export function computed(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  // In hundredths of a second, of the process and of the system for it.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** What a process has in memory, in bytes. */
export function resident(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
