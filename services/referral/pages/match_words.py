"""Why two people may be one, or not, in words: for every code of `domain/identity/matching.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_DOUBTS: Final = {
    "said_same": "Whoever referred them said: this is them.",
    "said_other": "Whoever referred them said: somebody else.",
    "fits_both": "One record fits both of them.",
    "sid_differs": "Their state ids differ.",
    "twins": "Same surname and birth date, other given name: they may be twins.",
    "generation": "They may be parent and child of one name.",
    "names_alone": "Only their names agree.",
    "swapped": "First and last name stand in each other's place.",
}
_TRAITS: Final = {
    "given": "First name",
    "surname": "Last name",
    "birth_date": "Birth date",
    "address": "Address",
    "phone": "Phone",
    "sid": "State id",
    "otn": "Tracking number",
}
_LEVELS: Final = {
    "equal": "the same",
    "close": "nearly the same",
    "near": "similar",
    "one_edit": "one digit off",
    "two_edits": "two digits off",
    "else": "different",
}


def said(codes: Iterable[str]) -> list[str]:
    """A sentence for each code; an unknown one, from an older version, stays readable."""
    return [_DOUBTS.get(code) or _agreement(code) for code in codes]


def _agreement(code: str) -> str:
    for trait, name in _TRAITS.items():
        level = _LEVELS.get(code.removeprefix(f"{trait}_"))
        if level and code.startswith(f"{trait}_"):
            return f"{name} {level}."
    return code.replace("_", " ").capitalize() + "."
