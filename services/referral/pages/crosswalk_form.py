"""The form of one row of the crosswalk: what was typed -> a change, or an error at each field."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from pydantic import ValidationError

from services.referral.domain.crosswalk import Crosswalk, Key
from services.referral.domain.crosswalk_changes import CrosswalkChange, RowChange
from services.referral.domain.dated_change import ChangeError
from services.referral.domain.listed_row import ListedRow
from services.referral.domain.offence_list import listed

FIELDS: Final = (
    "title", "section", "sub_prefix", "description", "nibrs", "category", "eligibility", "desc_regex", "notes",
)  # fmt: skip
_LONGEST: Final = 1000
_SAID: Final = {"eligibility": "Choose what is presumed."}


def find(crosswalk: Crosswalk, key: Key) -> ListedRow | None:
    """The row of this key as people write it."""
    return next((listed(row) for row in crosswalk.rows if row.key == key), None)


def key(form: Mapping[str, Any]) -> Key:
    """Which row a form is about."""
    return str(form.get("title") or ""), str(form.get("section") or ""), str(form.get("sub_prefix") or "")


def seen(row: ListedRow | None) -> str:
    """A short mark of a row as it was shown, so that a form knows when it changed meanwhile."""
    return hashlib.sha256(row.model_dump_json().encode()).hexdigest()[:16] if row else ""


def values(form: Mapping[str, Any], row: ListedRow | None) -> dict[str, str]:
    """The fields as typed, else as they stand."""
    if "description" in form:
        return {name: str(form.get(name) or "")[:_LONGEST] for name in FIELDS}
    told = row.model_dump() if row else {name: str(form.get(name) or "") for name in FIELDS}
    return {name: str(told[name]).replace("|", ", ") for name in FIELDS}


def read(form: Mapping[str, Any], before: ListedRow | None) -> tuple[CrosswalkChange | None, dict[str, str]]:
    """The change of one row, or an error by field. `before`: the row as it stands on the day typed."""
    known = bool(form.get("known"))
    if known and (before is None or form.get("seen") != seen(before)):
        return None, {"from": "By that day the row is another: what it says then stands beside the form."}
    row, errors = _row(form, before)
    try:
        change = dated(form, [row] if row else [])
    except ChangeError as error:
        return None, {error.field: str(error), **errors}
    return change, errors


def dated(form: Mapping[str, Any], rows: Sequence[RowChange]) -> CrosswalkChange | None:
    """The change of these rows from the day typed; None of no row. Raises ChangeError for a day that is none."""
    try:
        day = date.fromisoformat(str(form.get("from") or ""))
    except ValueError:
        raise ChangeError("from", "Give the first day.") from None
    return CrosswalkChange(from_=day, rows=tuple(rows)) if rows else None


def _row(form: Mapping[str, Any], before: ListedRow | None) -> tuple[RowChange | None, dict[str, str]]:
    if before is not None and form.get("act") == "end":
        return RowChange(before=before), {}
    content: dict[str, Any] = {name: str(form.get(name) or "")[:_LONGEST] for name in FIELDS}
    if before is not None:
        content |= dict(zip(("title", "section", "sub_prefix"), before.key, strict=True))
    try:
        after = ListedRow.model_validate(content)
    except ValidationError as error:
        return None, {str(fault["loc"][0]): _sentence(fault) for fault in error.errors(include_input=False)}
    if after == before:
        return None, {"description": "Nothing would change: change a field, or confirm the row as it is."}
    return RowChange(before=before, after=after), {}


def _sentence(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    return _SAID.get(str(fault["loc"][0]), "This cannot be used.")
