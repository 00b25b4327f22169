"""The form of one entry of the rota: what was typed -> an entry, or an error at each field."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, time
from typing import Final

from starlette.datastructures import FormData

from services.referral.domain.on_call import OnCall, said

FIELDS: Final = ("name", "phone", "backup_phone", "from_time", "to_time", "from_day", "to_day")
WEEKDAYS: Final = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 7: "Sun"}
LONGEST_NAME: Final = 80
_US: Final = re.compile(r"(?:\+?1)?([2-9]\d{2}[2-9]\d{6})")
_BETWEEN: Final = re.compile(r"[\s().-]")


def read(form: FormData, zones: Collection[str], today: date) -> tuple[OnCall | None, dict[str, str]]:
    """The entry, or an error by field."""
    values = _texts(form)
    errors: dict[str, str] = {}
    name = values["name"]
    if not name or len(name) > LONGEST_NAME:
        errors["name"] = "Give the name of who answers." if not name else f"Use at most {LONGEST_NAME} characters."
    phone = _phone(values["phone"], "phone", errors)
    if not values["phone"]:
        errors["phone"] = "Give the number to call."
    backup = _phone(values["backup_phone"], "backup_phone", errors)
    if backup and backup == phone:
        errors["backup_phone"] = "The backup has the same number. Give another one, or leave it blank."
    start, end = _time(values["from_time"], "from_time", errors), _time(values["to_time"], "to_time", errors)
    if bool(values["from_time"]) != bool(values["to_time"]):
        missing = "to_time" if values["from_time"] else "from_time"
        errors.setdefault(missing, "Give both times, or neither for all day.")
    elif start is not None and start == end:
        errors["to_time"] = "Both times are the same. Leave both blank for all day."
    first, last = _day(values["from_day"], "from_day", errors), _day(values["to_day"], "to_day", errors)
    if first and last and last < first:
        errors["to_day"] = "The last day is before the first."
    elif last and last < today:
        errors["to_day"] = "The last day is past: nobody would be called. End the entry instead."
    chosen = {str(one) for one in form.getlist("zones")}
    days = {number for number in WEEKDAYS if str(number) in form.getlist("weekdays")}
    if not chosen <= set(zones):
        errors["zones"] = "Choose zones of the list."
    if errors:
        return None, errors
    return OnCall(
        name=name, phone=phone, backup_phone=backup or None, zones=frozenset(chosen), from_=start, to=end,
        weekdays=frozenset(days) if len(days) < len(WEEKDAYS) else frozenset(), from_day=first, to_day=last,
    ), errors  # fmt: skip


def typed(form: FormData) -> dict[str, list[str] | str]:
    """What the inputs hold, as typed."""
    return {**_texts(form), **{name: [str(one) for one in form.getlist(name)] for name in ("zones", "weekdays")}}


def _texts(form: FormData) -> dict[str, str]:
    return {name: str(form.get(name) or "").strip() for name in FIELDS}


def values_of(entry: OnCall) -> dict[str, list[str] | str]:
    """An entry as the inputs hold it."""
    return {
        "name": entry.name,
        "phone": said(entry.phone),
        "backup_phone": said(entry.backup_phone or ""),
        "zones": sorted(entry.zones),
        "weekdays": [str(one) for one in sorted(entry.weekdays)],
        "from_time": f"{entry.from_:%H:%M}" if entry.from_ else "",
        "to_time": f"{entry.to:%H:%M}" if entry.to else "",
        "from_day": entry.from_day.isoformat() if entry.from_day else "",
        "to_day": entry.to_day.isoformat() if entry.to_day else "",
    }


def _phone(text: str, name: str, errors: dict[str, str]) -> str:
    if not text:
        return ""
    found = _US.fullmatch(_BETWEEN.sub("", text))
    if found is None:
        errors[name] = "Write a US number with its area code, such as 412-555-0142."
        return ""
    return f"+1{found[1]}"


def _time(text: str, name: str, errors: dict[str, str]) -> time | None:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None) if text else None
    except ValueError:
        errors[name] = "Write the time as 20:00."
        return None


def _day(text: str, name: str, errors: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        errors[name] = "Write the day as YYYY-MM-DD."
        return None
