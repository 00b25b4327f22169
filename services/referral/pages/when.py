"""When something took effect, as entered: a decision can be recorded after it was made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.web import Desk


def effective(desk: Desk, form: Mapping[str, Any]) -> datetime:
    """The entered local time `at`; now if none, unreadable or in the future."""
    try:
        found = desk.local_time(str(form.get("at") or ""))
    except ValueError:
        return desk.now
    return min(found, desk.now)
