"""Many rows as one statement's parameter: `jsonb_to_recordset(cast(:rows as jsonb))` on the other side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson


def rowset(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as JSON; bytes in PostgreSQL's hex form."""
    return orjson.dumps(list(rows), default=_plain).decode()


def _plain(value: object) -> str:
    # The driver's UUID is a subclass, which orjson leaves to us.
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"no column takes a {type(value).__name__}")
