"""A record that came as JSON: whether it is one at all, and its text to keep, however deep it nests.

orjson reads 1,024 levels and writes 254: what was read may still be unwritable, so depth is checked first.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

DEPTH: Final = 64
TOO_DEEP: Final = f"it nests deeper than {DEPTH}"


def object_fault(value: Any) -> tuple[str, str] | None:
    """Why a value cannot be read as a record, as (code, reason): E_JSON, E_ENCODING. None if it can."""
    if not isinstance(value, dict):
        return "E_JSON", "expected an object"
    level: list[Any] = [value]
    damaged = False
    # What a level's objects and arrays hold is the next level.
    for _ in range(DEPTH + 1):
        inner: list[Any] = []
        holders = [one for one in level if isinstance(one, dict | list)]
        damaged = damaged or any("\0" in one for one in level if isinstance(one, str))
        if not holders:
            return ("E_ENCODING", "the record holds NUL characters: it was damaged") if damaged else None
        for one in holders:
            inner += [*one, *one.values()] if isinstance(one, dict) else one
        level = inner
    return "E_JSON", TOO_DEEP


def text_of(value: Any) -> bytes:
    """A value as JSON; what nests deeper than 64 is left out as null."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_cut(value, DEPTH))


def _cut(value: Any, levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return None
    if isinstance(value, dict):
        return {name: _cut(one, levels - 1) for name, one in value.items()}
    return [_cut(one, levels - 1) for one in value]
