"""The partition is the one Kafka's own clients compute."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import murmur2 as reference
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.partitions import murmur2, partition_for, partition_of


@given(st.binary(max_size=80))
def test_murmur2_equals_the_clients_own(data: bytes) -> None:
    assert murmur2(data) == reference(data) & 0xFFFFFFFF


@pytest.mark.parametrize(("key", "hashed"), [(b"21", -973932308), (b"foobar", -790332482), (b"abc", 479470107)])
def test_murmur2_equals_kafkas_published_values(key: bytes, hashed: int) -> None:
    assert murmur2(key) == hashed & 0xFFFFFFFF


def test_partitions_come_from_the_topics_file() -> None:
    assert partition_of("feed-coverage", "PAPPD0000") == partition_for("PAPPD0000", 3)
    with pytest.raises(KeyError):
        partition_of("no-such-topic", "x")
