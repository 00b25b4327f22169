"""All four services hold the two contracts of messaging."""

from __future__ import annotations

from tests.contract_suites.consumer import ConsumerContract
from tests.contract_suites.outbox import OutboxContract


class TestReferral(ConsumerContract, OutboxContract):
    service = "referral"


class TestIntake(ConsumerContract, OutboxContract):
    service = "intake"


class TestCasework(ConsumerContract, OutboxContract):
    service = "casework"


class TestMetrics(ConsumerContract, OutboxContract):
    service = "metrics"
    bookkeeping = frozenset({"copied.dirty"})
