"""What stands in a field instead of a value: "NONE" for a number, "HOMELESS" for an address, John Doe for a name.

Two records that hold the same of these agree in nothing. What is compared here counts as not known.
"""

from __future__ import annotations

from typing import Final

_UNKNOWN: Final = frozenset({
    "NONE", "NO", "NA", "NULL", "NIL", "UNK", "UNKN", "UNKNOWN", "PENDING", "TBD", "TEST", "REFUSED",
    "DECLINED", "NOTKNOWN", "NOTGIVEN", "NOTAVAILABLE", "NOTAPPLICABLE", "NOTPROVIDED", "UNAVAILABLE",
    "WITHHELD", "BLANK", "EMPTY", "X", "XX", "XXX",
})  # fmt: skip
_NOWHERE: Final = frozenset({
    "HOMELESS", "TRANSIENT", "UNDOMICILED", "UNHOUSED", "UNSHELTERED", "NOFIXEDADDRESS", "NOFIXEDABODE",
    "NOFIXEDRESIDENCE", "NOADDRESS", "NOKNOWNADDRESS", "NOPERMANENTADDRESS", "ADDRESSUNKNOWN", "UNKNOWNADDRESS",
    "NFA", "ATLARGE", "STREET", "STREETS", "GENERALDELIVERY", "SHELTER", "HOMELESSSHELTER", "INCARCERATED",
    "JAIL", "COUNTYJAIL",
})  # fmt: skip
_UNNAMED: Final = frozenset({
    "UNKNOWN", "UNKN", "UNIDENTIFIED", "UNKNOWNMALE", "UNKNOWNFEMALE", "UNKNOWNPERSON", "REFUSED", "NOTKNOWN",
    "NOTGIVEN", "NONE", "NONAME", "FNU", "LNU", "NFN", "NLN",
})  # fmt: skip
"""No word that is anybody's name: there are people called Blank, Test and No."""
_DOES: Final = frozenset({"JOHN", "JANE", "JON", "BABY", "BABYBOY", "BABYGIRL", "MALE", "FEMALE", ""})
_DATES: Final = frozenset(
    {"19000101", "19010101", "18000101", "17530101", "16000101", "11111111", "00010101", "99991231"}
)
"""The first and last days of common calendars and databases; nobody of these is alive, and forms fill them in."""


def is_number(text: str) -> bool:
    """Whether an issued number, bare, is one: not a word for none, not one sign repeated, not the digits in order."""
    return not (text in _UNKNOWN or _filler(text))


def is_phone(digits: str) -> bool:
    """Whether digits are a telephone number: not one digit repeated in its last seven, not the digits in order."""
    return not (_filler(digits) or _filler(digits[-7:]))


def is_place(text: str) -> bool:
    """Whether a plain address names a place where somebody lives."""
    return not (text in _UNKNOWN or text in _NOWHERE or _filler(text))


def is_birth_date(text: str) -> bool:
    """Whether YYYYMMDD was somebody's word, not a form's."""
    return text not in _DATES


def named(given: str, surname: str) -> tuple[str, str]:
    """A plain given name and surname; what is no name is empty."""
    if surname == "DOE" and given in _DOES:
        return "", ""
    return ("" if given in _UNNAMED else given), ("" if surname in _UNNAMED else surname)


def _filler(text: str) -> bool:
    """One sign repeated, or the digits in order: what is typed to get past a field."""
    if set(text) == {"0"} or (len(text) > 2 and len(set(text)) == 1):
        return True
    return len(text) > 7 and text in "01234567890123456789"
