"""What a file says beside its records, keyed as its records are: deletes, groups that stand, zero reports."""

from __future__ import annotations

from services.referral.feeds.adapter import Delete, Heartbeat, Restated
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
