"""Why a row stopped, in the words of who sends rows, and what was likely meant where that is plain."""

from __future__ import annotations

import re
from typing import Final

from services.referral.feeds.moments import DAYS, read_day
from services.referral.feeds.reject_columns import Columns
from services.referral.feeds.reject_rows import Cause
from services.referral.feeds.sampling import shape

LONGEST: Final = 60
_DAY_FIRST: Final = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
_EMPTY: Final = {
    "E_DATE": "Needed: when it happened.",
    "E_KEY": "Needed: every record has a number of its own.",
    "E_NO_CHARGE": "Needed: what the person was charged with.",
    "E_NO_SUBJECT": "Needed: something that says who it was.",
    "E_ORI": "Needed: whose arrest it is.",
}
_FIRST: Final = {
    "E_DATE": "We cannot read this day or time.",
    "E_CODE": "We don't know this code.",
    "E_FUTURE": "This day has not come yet.",
    "E_LENGTH": "It is too long.",
    "E_ORI": "This is no agency that we know.",
    "E_ORI_FORBIDDEN": "This feed does not send for this agency.",
    "E_COLUMNS": "The row has more or fewer cells than the header.",
}


def came(cause: Cause, columns: Columns) -> str:
    """What stood in the cell, or only its shape where the column may tell of a person."""
    if cause.place is None:
        return ""
    if not cause.value:
        return "(empty)"
    said = cause.value if columns.shown(cause.place) else shape(cause.value)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def why(cause: Cause, columns: Columns) -> str:
    """Why these rows stopped."""
    if cause.place is not None and not cause.value and cause.code in _EMPTY:
        return _EMPTY[cause.code]
    if cause.place is not None and columns.dated(cause.place) and (day := _DAY_FIRST.match(cause.value)):
        shown = columns.shown(cause.place)
        if 12 < int(day[1]) <= 31 and int(day[2]) <= 12:
            return f"We expect the month first.{f' There is no month {int(day[1])}.' if shown else ''}"
    first = _FIRST.get(cause.code, "")
    if not first or cause.code in ("E_FUTURE", "E_COLUMNS"):
        return first or sentence(cause.reason)
    return f"{first} {sentence(cause.reason)}"


def meant(cause: Cause, columns: Columns) -> str:
    """What the cell was likely to say: a day written day first, month first. Empty where nothing is plain."""
    if cause.place is None or cause.code != "E_DATE" or not columns.dated(cause.place):
        return ""
    day = _DAY_FIRST.match(cause.value)
    if day is None or int(day[1]) <= 12:
        return ""
    proposed = f"{day[2]}/{day[1]}/{day[3]}"
    return proposed if read_day(proposed, DAYS) else ""


def sentence(reason: str) -> str:
    """A reason as a sentence."""
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
