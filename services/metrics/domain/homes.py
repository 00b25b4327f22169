"""Which person key stands for a person today, when people were merged and unmerged, in any order."""

from __future__ import annotations

from collections.abc import Iterable


def homes(keys: Iterable[bytes], active_merges: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Each key's home: the smallest key of its component of active merges. Order does not matter."""
    parent = {key: key for key in keys}

    def root(key: bytes) -> bytes:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for one, other in active_merges:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return {key: root(key) for key in list(parent)}
