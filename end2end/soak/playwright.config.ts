// Long runs: as long as SOAK_MINUTES says.
import journeys from "../playwright.config.ts";

const minutes = Number(process.env.SOAK_MINUTES ?? 20);

export default {
  ...journeys,
  testDir: ".",
  testMatch: "*.soak.ts",
  outputDir: "../results/soak",
  reporter: [["list"], ["../closing.ts"]],
  timeout: (minutes + 3) * 60_000,
  globalTimeout: (2 * minutes + 6) * 60_000,
  use: { ...journeys.use, trace: "off" },
};
