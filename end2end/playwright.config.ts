// The journeys: one browser, one at a time, against the real release binary.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testMatch: "*.spec.ts",
  outputDir: "results",
  reporter: [["list"], ["./closing.ts"]],
  // One at a time: they watch clocks, and small machines have two cores.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  // Elsewhere letters are drawn otherwise.
  ignoreSnapshots: process.platform !== "linux",
  globalTimeout: 25 * 60_000,
  expect: {
    timeout: 10_000,
    // Browsers smooth edges a little differently from one version to the next.
    toHaveScreenshot: { pathTemplate: "{testDir}/gallery/{arg}{ext}", maxDiffPixelRatio: 0.01, threshold: 0.2 },
  },
  use: {
    // What cannot be clicked fails as itself, and not as a test that took too long.
    actionTimeout: 15_000,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      // No sandbox, because CI is root in a container; no talk with anyone but the product.
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
      ],
    },
  },
});
