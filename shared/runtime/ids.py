"""New ids and the clock: the two places where a process meets chance and time."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    """A random id that sorts by the time it was made (RFC 9562), for what people enter."""
    return UUID(int=uuid_utils.uuid7().int)


def now() -> datetime:
    """The present, UTC and aware. Rules never call this: time comes to them as an argument."""
    return datetime.now(UTC)
