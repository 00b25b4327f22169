"""Prometheus metrics of messaging. Labels are names of services, topics and jobs, never of people."""

from __future__ import annotations

from typing import Literal

from prometheus_client import Counter, Gauge, Histogram

Outcome = Literal["applied", "stale", "beat", "dead_letter"]
_FAST = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

RECORDS = Counter("lead_consumer_records_total", "Records by what became of them", ["service", "outcome"])
BATCH_SECONDS = Histogram("lead_consumer_batch_seconds", "Time of a batch's transaction", ["service"], buckets=_FAST)
RETRIES = Counter("lead_consumer_retries_total", "Batches tried again after a passing fault", ["service"])
REBALANCES = Counter("lead_consumer_rebalances_total", "Times partitions were given to this consumer", ["service"])
LAG = Gauge("lead_consumer_lag_records", "Records behind the end of the log, by topic", ["service", "topic"])
LAST_COMMIT = Gauge("lead_consumer_last_commit_timestamp_seconds", "When a batch was last stored", ["service"])
SENT = Counter("lead_relay_sent_total", "Records the broker confirmed", ["service"])
SEND_SECONDS = Histogram("lead_relay_batch_seconds", "Time to send and confirm a batch", ["service"], buckets=_FAST)
RELAY_FAULTS = Counter("lead_relay_faults_total", "Batches given back to the outbox", ["service"])
LEADER = Gauge("lead_leader", "1 while this process leads", ["service", "duty"])
TIMER_RUNS = Counter("lead_timer_runs_total", "Runs of a timer", ["service", "timer", "outcome"])


def count(service: str, outcome: Outcome, records: int) -> None:
    """Add records to an outcome."""
    if records:
        RECORDS.labels(service, outcome).inc(records)
