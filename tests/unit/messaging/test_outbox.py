"""The order of records within a transaction, and what goes where."""

from __future__ import annotations

from uuid import uuid4

from shared.contracts import PersonMerged
from shared.messaging.cause import Cause, child_of
from shared.messaging.outbox import Outgoing, in_order, outgoing, tombstone
from shared.runtime.keys import Keyring
from tests.probe.facts import NOON, contact

CAUSE = Cause("00-" + "1" * 32 + "-" + "2" * 16 + "-01", "c")
KEYS = Keyring.for_tests("casework")


def brief(records: list[Outgoing]) -> list[tuple[int, bool]]:
    return [(record.version, record.payload is None) for record in records]


def test_a_tombstone_of_an_old_version_stands_before_the_new_one() -> None:
    fact = contact(version=2)
    made = [*outgoing(fact, CAUSE, KEYS), tombstone(fact.topic, fact.fact_id, uuid4(), 1, CAUSE)]
    assert brief(in_order(made)) == [(1, True), (2, False)]


def test_a_tombstone_stands_behind_the_void_it_erases() -> None:
    fact = contact()
    gone = tombstone(fact.topic, fact.fact_id, fact.person_id, 2, CAUSE)
    made = [gone, *outgoing(fact.void(2, NOON, "expunged"), CAUSE, KEYS)]
    assert brief(in_order(made)) == [(2, False), (2, True)]


def test_other_facts_keep_their_order() -> None:
    facts = [contact() for _ in range(5)]
    made = [record for fact in facts for record in outgoing(fact, CAUSE, KEYS)]
    made.append(tombstone("contact-logged", facts[2].fact_id, None, 1, CAUSE))
    assert [record.fact_id for record in in_order(made)] == [
        fact_id for n, fact in enumerate(facts) for fact_id in [fact.fact_id] * (2 if n == 2 else 1)
    ]


def test_a_merge_is_made_for_both_people() -> None:
    merge = PersonMerged(merge_id=uuid4(), survivor_id=uuid4(), absorbed_id=uuid4(), recorded_at=NOON)
    keys = [record.partition_key for record in outgoing(merge, CAUSE, KEYS)]
    assert keys == [str(merge.survivor_id), str(merge.absorbed_id)]


def test_a_trace_goes_on_and_a_malformed_one_begins_anew() -> None:
    child = child_of(CAUSE.traceparent, "c")
    assert child.traceparent[:35] == CAUSE.traceparent[:35]
    assert child.traceparent != CAUSE.traceparent
    assert child_of("nonsense", None).correlation_id
