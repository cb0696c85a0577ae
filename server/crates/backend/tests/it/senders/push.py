"""Pushes with Prometheus's client: `push.py ADDRESS`."""

import sys

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import delete_from_gateway, push_to_gateway, pushadd_to_gateway

address = sys.argv[1]
registry = CollectorRegistry()
Gauge("backup_seconds", "How long it took.", ["disk"], registry=registry).labels("a").set(12.5)
Counter("backup_files", "Files.", registry=registry).inc(3)
Histogram("backup_bytes", "Sizes.", buckets=[10, 100], registry=registry).observe(50)
push_to_gateway(address, job="backup", registry=registry, grouping_key={"path": "/var/tmp"})

second = CollectorRegistry()
Gauge("backup_seconds", "How long it took.", ["disk"], registry=second).labels("b").set(1)
pushadd_to_gateway(address, job="backup", registry=second, grouping_key={"path": "/var/tmp"})
push_to_gateway(address, job="gone", registry=second)
delete_from_gateway(address, job="gone")
