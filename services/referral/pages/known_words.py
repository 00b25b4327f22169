"""Why somebody may be the person before an officer, in a few words: how the agency's own record compares."""

from __future__ import annotations

from services.referral.domain.identity.levels import ALIKE, Comparison, Level, Names

_BIRTH_DATES = {
    Level.EQUAL: "same birth date",
    Level.ONE_EDIT: "birth date one digit off",
    Level.TWO_EDITS: "birth date two digits off",
    Level.ELSE: "another birth date",
}


def why(found: Comparison) -> str:
    """One sentence: "Same birth date, name sounds alike"."""
    parts = [
        _BIRTH_DATES.get(found.birth_date, ""),
        "same phone" if found.phone is Level.EQUAL else "",
        "same State id" if found.sid is Level.EQUAL else "",
        _names(found.names),
        "" if found.same_generation else "may be parent and child",
    ]
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def _names(names: Names) -> str:
    given, surname = names.given, names.surname
    if names.swapped:
        return "first and last name the other way around"
    if given is Level.EQUAL and surname is Level.EQUAL:
        return "same name"
    if given in ALIKE and surname in ALIKE:
        return "name sounds alike"
    if surname is Level.EQUAL:
        return "same last name" if given is Level.MISSING else "same last name, another first name"
    if given is Level.EQUAL:
        return "same first name" if surname is Level.MISSING else "same first name, another last name"
    return "name partly alike" if given in ALIKE or surname in ALIKE else ""
