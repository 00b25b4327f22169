"""A fact on the wire: the CloudEvents headers of binary mode, in UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from shared.contracts.topics import sealed_with

_CONSTANT = ("ce_specversion", b"1.0")
_JSON = ("content-type", b"application/json")
_SEALED = ("content-type", b"application/octet-stream")


_is_sealed = cache(sealed_with)


def headers_of(row: Mapping[str, Any], source: str) -> list[tuple[str, bytes]]:
    """The headers of an outbox row (or of anything with its columns)."""
    headers = [
        _CONSTANT,
        ("ce_id", str(row["id"]).encode()),
        ("ce_type", row["type"].encode()),
        ("ce_source", source.encode()),
        ("ce_subject", row["aggregateid"].encode()),
        ("ce_time", row["time"].isoformat().encode()),
        ("ce_partitionkey", row["partition_key"].encode()),
        ("version", b"%d" % row["version"]),
        _SEALED if _is_sealed(row["aggregatetype"]) else _JSON,
    ]
    if row["traceparent"] is not None:
        headers.append(("traceparent", row["traceparent"].encode()))
    if row["correlation_id"] is not None:
        headers.append(("correlation_id", row["correlation_id"].encode()))
    return headers
