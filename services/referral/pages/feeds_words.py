"""The state of a feed in words: a tag for each thing that is wrong, and a line that says what it means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.referral.domain.feed_health import CODE_SHARE, REJECT_SHARE, VOLUME_BATCHES, Health, Kind
from shared.web.localtime import LocalTime, counted

NAMED = 6
"""Columns that are named before the rest are counted."""

TAGS: dict[Kind, str] = {
    "unread": "Nothing yet",
    "refused": "Refused",
    "held": "Held",
    "silent": "Silent",
    "rejects": "Rejects",
    "volume": "Volume drop",
    "cap": "Capped",
    "columns": "Columns changed",
    "codes": "Unknown codes",
    "month": "Month off",
}

STATUS = {
    "received": ("Waits to be read", ""),
    "staged": ("Waits to be applied", ""),
    "previewed": ("Waits to be looked at", "soon"),
    "held": ("Held for a person", "risk"),
    "applied": ("Applied", "good"),
    "refused": ("Refused", "risk"),
}

COUNTED = [
    ("accepted", "Accepted", "new records"),
    ("replaced", "Replaced", "a newer state of a known record"),
    ("voided", "Voided", "taken back"),
    ("duplicates", "Duplicates", "known already, unchanged"),
    ("rejected", "Rejected", "could not be used; kept, and listed by reason"),
    ("other", "Other", "blank lines, further lines of one record, deletes without effect"),
]


@dataclass(frozen=True)
class Said:
    """One thing that is wrong with a feed, as it reads."""

    tag: str
    tone: str
    line: str


def said(health: Health, times: LocalTime, to_fix: int = 0, whose: str = "its agency") -> list[Said]:
    """Every sign of a feed in words, worst first; rows that need a person are one, behind the others."""
    found = [Said(TAGS[sign.kind], sign.tone, _line(sign.kind, health, times)) for sign in health.signs]
    if to_fix:
        found.append(Said("Rows to fix", "soon", f"{counted(to_fix, 'row waits', 'rows wait')} for {whose}."))
    return found


def _line(kind: Kind, health: Health, times: LocalTime) -> str:
    match kind:
        case "unread":
            return "Registered, and nothing came."
        case "refused":
            return "Nothing of the newest file was applied."
        case "held":
            return f"{counted(health.held, 'batch', 'batches')} waiting for a person."
        case "silent":
            usual = gap(health.usual_gap) if health.usual_gap else ""
            return f"Since {times.moment(health.silent_since)}. A batch usually comes every {usual}."
        case "rejects":
            return f"{percent(health.reject_ratio)} of the newest day's rows, over {percent(REJECT_SHARE)}."
        case "volume":
            return f"{percent(health.volume_ratio)} of the usual rows (median of {VOLUME_BATCHES} batches)."
        case "cap":
            return "A round number of rows: the source may have cut the file."
        case "columns":
            parts = [
                f"{word}: {_named(names)}"
                for word, names in (("Gone", health.columns_gone), ("new", health.columns_new))
                if names
            ]
            text = "; ".join(parts)
            return f"{text[:1].upper()}{text[1:]}."
        case "codes":
            return f"{percent(health.code_ratio)} unknown codes per row, over {percent(CODE_SHARE)}."
        case "month":
            return "A month is over 5 % off what another source published."


def percent(ratio: float | None) -> str:
    """ "3.2 %"; "<0.1 %" for little that is not nothing."""
    if ratio is None:
        return ""
    if 0 < ratio < 0.001:
        return "<0.1 %"
    return f"{ratio * 100:.1f} %" if ratio < 0.1 else f"{ratio * 100:.0f} %"


def gap(usual: timedelta) -> str:
    """A length of time in its largest whole unit."""
    hours = usual / timedelta(hours=1)
    return counted(round(hours / 24), "day") if hours >= 48 else counted(max(1, round(hours)), "hour")


def length(time: timedelta) -> str:
    """A length of time as `gap`, in minutes under an hour and a half."""
    minutes = round(time / timedelta(minutes=1))
    return gap(time) if minutes >= 90 else counted(minutes, "minute") if minutes else "under a minute"


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(name[:40] for name in names[:NAMED]) + more
