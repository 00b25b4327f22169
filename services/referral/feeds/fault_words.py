"""What is wrong with a canonical record, in words that quote nothing of it: for files, topics and requests alike."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pydantic import ValidationError

_CODES: Final = {
    "source_record_id": "E_KEY",
    "ori": "E_ORI",
    "arrested_at": "E_DATE",
    "occurred_at": "E_DATE",
    "charges": "E_NO_CHARGE",
}


class Fault(NamedTuple):
    """One fault. `field` and `said` answer the sender; `place`, `code` and `reason` are kept and shown.

    `place` is the field without a name that nobody knows: that could be anything, a person's too.
    """

    field: str
    said: str
    place: str
    code: str
    reason: str


def in_words(error: ValidationError) -> list[Fault]:
    """Every fault of a record that is none, in its order."""
    return [_fault(one) for one in error.errors(include_input=False, include_url=False, include_context=False)]


def coded(field: str, said: str) -> Fault:
    """A fault of a field that is known, given with its code: "E_CODE: reason"."""
    code, _, reason = said.partition(": ")
    return Fault(field, said, field, code, reason)


def _fault(fault: Any) -> Fault:
    steps, said = [str(step) for step in fault["loc"]], str(fault["msg"])
    field = ".".join(steps)
    if fault["type"] == "extra_forbidden":
        return Fault(field, said, ".".join([*steps[:-1], "?"]), "E_CODE", "a field of this name is unknown")
    return Fault(field, said, field, _CODES.get(steps[0] if steps else "", "E_CODE"), said)
