"""How all feeds are, in one sentence: what stopped, what is late, how many rows need a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from services.referral.domain.feed_health import Kind
from services.referral.store.feed_health import Feed
from shared.web.localtime import counted

KEPT: Final = "Nothing has been lost: everything received is kept, and a file can be read again."
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SAYS: Final[dict[str, tuple[str, str]]] = {
    "refused": ("was refused", "were refused"),
    "silent": ("is late", "are late"),
    "held": ("is held for a person", "are held for a person"),
    "unread": ("has sent nothing yet", "have sent nothing yet"),
    "other": ("needs a look", "need a look"),
}
"""By a feed's worst sign, in this order."""


def state(feeds: Sequence[Feed]) -> str:
    """The sentence under the heading."""
    if not feeds:
        return "No feed is registered yet."
    worst = Counter(_said(feed.health.signs[0].kind) for feed in feeds if feed.health.signs)
    parts = [f"{_number(worst[kind])} {says[worst[kind] > 1]}" for kind, says in _SAYS.items() if worst[kind]]
    if parts:
        first, _, rest = parts[0].partition(" ")
        parts[0] = f"{first} {'feed' if first == 'one' else 'feeds'} {rest}"
    rows = sum(feed.to_fix for feed in feeds)
    if rows:
        parts.append(f"{counted(rows, 'row needs', 'rows need')} a person")
    if not parts:
        one = len(feeds) == 1
        return (
            f"{'The feed works' if one else f'All {len(feeds)} feeds work'} as usual, and no row needs a person. {KEPT}"
        )
    if len(parts) == 1 and not worst:
        parts.insert(0, "every feed works" if len(feeds) > 1 else "the feed works")
    text = ", ".join(parts[:-1]) + f"{',' if len(parts) > 2 else ''} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"{text[:1].upper()}{text[1:]}. {KEPT}"


def _said(kind: Kind) -> str:
    return kind if kind in _SAYS else "other"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
