"""What a file says beside its records, keyed as its records are: deletes, groups that stand, what is spoilt."""

from __future__ import annotations

from services.referral.feeds.adapter import Delete, Heartbeat, Restated, Spoils
from services.referral.feeds.sealing import SourceIds
from services.referral.store.raw_marks import Kind, Mark


def mark(number: int, item: Delete | Restated | Heartbeat, ori: str, ids: SourceIds) -> Mark:
    """The row of an item of agency `ori`."""
    if isinstance(item, Heartbeat):
        return Mark(number, item.line, ori, "heartbeat", first_day=item.first, last_day=item.last)
    if isinstance(item, Restated):
        return Mark(number, item.line, ori, "restated", group_key=ids.group(ori, item.group))
    if item.key is not None:
        return Mark(number, item.line, ori, "key", arrest_id=ids.arrest(ori, item.key))
    kind: Kind = "replace" if item.replaces else "group"
    return Mark(number, item.line, ori, kind, group_key=ids.group(ori, item.group or ""))


def spoilt(number: int, line: int, ori: str, spoils: Spoils, ids: SourceIds) -> Mark:
    """The row of what a rejected line of agency `ori` leaves incomplete."""
    arrest_id = ids.arrest(ori, spoils.key) if spoils.key is not None else None
    group_key = ids.group(ori, spoils.group) if spoils.group is not None else None
    return Mark(number, line, ori, "spoilt", arrest_id=arrest_id, group_key=group_key)
