"""Which partition a fact belongs to: murmur2 of the person's id, as Kafka's own clients compute it."""

from __future__ import annotations

import struct
from functools import lru_cache

from shared.contracts.topics import topics

_MIX = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """The 32-bit hash of Kafka's default partitioner."""
    length = len(data)
    words, rest = divmod(length, 4)
    h = 0x9747B28C ^ length
    for k in struct.unpack_from(f"<{words}I", data):
        k = k * _MIX & _MASK
        k = (k ^ k >> 24) * _MIX & _MASK
        h = h * _MIX & _MASK ^ k
    if rest:
        h = (h ^ int.from_bytes(data[-rest:], "little")) * _MIX & _MASK
    h = (h ^ h >> 13) * _MIX & _MASK
    return h ^ h >> 15


@lru_cache(maxsize=16384)
def partition_for(key: str, partitions: int) -> int:
    """The partition of a key among `partitions`."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def partition_of(topic: str, key: str) -> int:
    """The partition of a person or key in a topic of the topics file. Raises KeyError."""
    return partition_for(key, topics()[topic].partitions)
