// Sends metrics with OpenTelemetry's SDK: `otlp.mjs FOLDER-OF-PACKAGES http|proto ENDPOINT`.

import { createRequire } from "node:module";

const [folder, kind, endpoint] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { MeterProvider, PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { OTLPMetricExporter } = require(`@opentelemetry/exporter-metrics-otlp-${kind}`);

const exporter = new OTLPMetricExporter({ url: `${endpoint}/v1/metrics` });
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 });
const provider = new MeterProvider({
    readers: [reader],
    resource: resourceFromAttributes({ "service.name": `javascript-${kind}`, "service.instance.id": "one" }),
});
const meter = provider.getMeter("senders");
meter.createCounter("jobs.done", { unit: "{job}" }).add(7, { kind: "a", n: 1.5, good: true });
const duration = meter.createHistogram("mcp.client.operation.duration", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 1, 10] },
});
duration.record(0.5, { "mcp.method.name": "tools/call", "gen_ai.tool.name": "fetch" });
await provider.forceFlush();
await provider.shutdown();
console.log("sent");
