"""Reading records: whatever the bytes, a record is a fact, a beat or a dead letter."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.topics import topics
from shared.messaging.dead import DeadLetter, headers_of
from shared.messaging.dead import _packed as packed
from shared.messaging.facts import Fact
from shared.messaging.freshness import Beat
from shared.messaging.records import read, read_batch
from shared.runtime.keys import Keyring
from tests.probe.facts import Raw, contact, raw, raw_tombstone

KEYS = Keyring.for_tests("casework")
NAMES = st.sampled_from(["ce_type", "ce_time", "ce_source", "version", "traceparent", "x"])


@settings(max_examples=5 * settings().max_examples)
@given(
    topic=st.sampled_from(sorted(topics())),
    key=st.none() | st.binary(max_size=40),
    value=st.none() | st.binary(max_size=80),
    headers=st.lists(st.tuples(NAMES, st.binary(max_size=30) | st.just(b"lead.beat.v1")), max_size=4),
)
def test_no_bytes_make_reading_fail(
    topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    record = Raw(topic, 0, 1, key, value, tuple(headers), timestamp=-1)
    found = read(topic, record, KEYS)
    assert isinstance(found, (Fact, Beat, DeadLetter))
    if isinstance(found, DeadLetter):
        assert found.code
        assert found.reason
        assert headers_of(packed(found.headers)) == [(name, data) for name, data in headers]


def test_one_bad_record_leaves_the_others_as_they_are() -> None:
    good = [raw(contact(), KEYS, offset=n) for n in range(3)]
    batch = read_batch([good[0], replace(good[1], value=b"\xff"), good[2]], KEYS)
    assert [fact.offset for fact in batch.facts] == [0, 2]
    assert [letter.offset for letter in batch.dead] == [1]
    assert set(batch.positions.values()) <= {1, 2, 3}


def test_a_reason_never_quotes_a_value() -> None:
    bad = replace(raw(contact(), KEYS), value=b'{"minutes": "Canary Nobody"}')
    found = read("contact-logged", bad, KEYS)
    assert isinstance(found, DeadLetter)
    assert "Canary" not in found.reason


def test_a_tombstone_is_an_erasure_with_the_version_of_its_header() -> None:
    fact = contact()
    found = read("contact-logged", raw_tombstone(fact, 3), KEYS)
    assert isinstance(found, Fact)
    assert (found.erase, found.version, found.person_id) == (True, 3, fact.person_id)
