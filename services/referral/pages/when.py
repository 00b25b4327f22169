"""When something took effect, as entered: it can be recorded after it happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.web import Desk


def read_time(desk: Desk, text: str) -> datetime:
    """A local time as an input gives it, or one that names its offset. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else desk.local_time(text)


def effective(desk: Desk, form: Mapping[str, Any]) -> datetime:
    """The entered time `at`; now if none, unreadable or in the future."""
    try:
        found = read_time(desk, str(form.get("at") or ""))
    except ValueError:
        return desk.now
    return min(found, desk.now)
