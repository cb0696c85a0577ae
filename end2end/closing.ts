// The closing line, and the rule that a skipped test is a failure: it would look like one that holds.
import type { FullResult, Reporter, Suite } from "@playwright/test/reporter";

export default class Closing implements Reporter {
  private suite?: Suite;

  onBegin(_config: unknown, suite: Suite) {
    this.suite = suite;
  }

  async onEnd(result: FullResult) {
    // `--list` runs none
    const tests = (this.suite?.allTests() ?? []).filter((test) => test.results.length > 0);
    const count = (outcome: string) => tests.filter((test) => test.outcome() === outcome).length;
    const skipped = count("skipped");
    const seconds = (result.duration / 1000).toFixed(1);
    console.log(
      `Playwright: ${count("expected")} passed, ${count("unexpected")} failed, ${skipped} skipped in ${seconds} s`,
    );
    if (skipped > 0) return { status: "failed" as const };
  }
}
