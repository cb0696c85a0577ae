"""Sends metrics, a log record and a span with OpenTelemetry's SDK: `otlp.py http|grpc ENDPOINT cumulative|delta`."""

import logging
import sys

from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider, UpDownCounter
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import format_trace_id

protocol, endpoint, temporality = sys.argv[1:]
logging.basicConfig(stream=sys.stdout, level=logging.WARNING)
if protocol == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    at = {"metrics": endpoint, "traces": endpoint}
    more = {"insecure": True}
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    at = {"metrics": f"{endpoint}/v1/metrics", "traces": f"{endpoint}/v1/traces"}
    more = {"compression": Compression.Gzip}

delta = {Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA}
preferred = delta if temporality == "delta" else {}
resource = Resource.create(
    {
        "service.name": f"python-{protocol}-{temporality}",
        "service.namespace": "senders",
        "service.instance.id": "one",
        "deployment.environment.name": "test",
    }
)
exporter = OTLPMetricExporter(endpoint=at["metrics"], preferred_temporality=preferred, **more)
reader = PeriodicExportingMetricReader(exporter, export_interval_millis=600_000)
exponential = View(instrument_name="exponential", aggregation=ExponentialBucketHistogramAggregation())
provider = MeterProvider(metric_readers=[reader], resource=resource, views=[exponential])
meter = provider.get_meter("senders", "1.0")

counter = meter.create_counter("jobs.done", unit="{job}", description="Jobs that are done.")
level = meter.create_up_down_counter("queue.length")
duration = meter.create_histogram(
    "mcp.server.operation.duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 1, 10]
)
spread = meter.create_histogram("exponential", unit="By")
gauge = meter.create_gauge("load", unit="1")
traced = meter.create_histogram("traced", unit="s", explicit_bucket_boundaries_advisory=[0.1, 1, 10])
traces = TracerProvider(resource=resource)
call = {"mcp.method.name": "tools/call", "gen_ai.tool.name": "fetch"}
for turn in range(2):
    counter.add(3, {"kind": "a", "is.good": True})
    counter.add(4, {"kind": "b"})
    level.add(5 - turn)
    duration.record(0.05, call)
    duration.record(5, {**call, "error.type": "timeout"})
    for size in [1, 3, 1000]:
        spread.record(size)
    gauge.set(0.25, {"list": ["x", "y"]})
    with traces.get_tracer("senders").start_as_current_span("call") as span:
        traced.record(0.5, {"kind": "a"})
    print("trace", turn, format_trace_id(span.get_span_context().trace_id))
    print("flushed", provider.force_flush())

spans = TracerProvider(resource=resource)
spans.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=at["traces"], **more)))
with spans.get_tracer("senders").start_as_current_span("span"):
    pass
spans.shutdown()
provider.shutdown()
