"""Which cell of a row is which: the header's names against those that a format needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from services.referral.feeds.adapter import StructuralFault


def place_columns(
    header: Sequence[str], required: Sequence[str], optional: Sequence[str] = (), *, any_case: bool = False
) -> dict[str, int]:
    """Where each known column stands; optional ones that are absent are left out.

    Raises StructuralFault: E_TYPE if this is no table, E_HEADER for columns that are missing or stand twice. The
    reason names what is expected, never what came: a file without a header begins with a person.
    """
    names = [plain(name) for name in header] if any_case else list(header)
    known = [*required, *optional]
    counts = Counter(names)
    missing = [name for name in required if name not in counts]
    if missing and len(header) == 1 < len(required):
        raise StructuralFault("E_TYPE", 1, f"expected a table with the columns {', '.join(required)}")
    if missing:
        raise StructuralFault("E_HEADER", 1, f"the columns {', '.join(missing)} are missing")
    twice = [name for name in known if counts[name] > 1]
    if twice:
        raise StructuralFault("E_HEADER", 1, f"the columns {', '.join(twice)} stand twice")
    return {name: names.index(name) for name in known if name in counts}


def plain(name: str) -> str:
    """A column's name without case, and with one kind of space."""
    return "_".join(name.casefold().replace("_", " ").split())
