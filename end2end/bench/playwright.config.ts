// Measurements: the same browser and the same product, but one after the other and without traces.
import journeys from "../playwright.config.ts";

export default {
  ...journeys,
  testDir: ".",
  testMatch: "*.bench.ts",
  outputDir: "../results/bench",
  reporter: [["list"], ["../closing.ts"]],
  use: { ...journeys.use, trace: "off", screenshot: "off" },
};
