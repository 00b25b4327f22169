"""The codes of the canonical arrest, and the words by which sources commonly say them.

Race, sex and ethnicity are NIBRS codes; a source that treats Hispanic as a race says `H`.
"""

from __future__ import annotations

from typing import Final, get_args

from services.referral.domain.arrest import CanonicalArrest, Custody
from shared.contracts.codes import Ethnicity, Race, Sex


def _literals(field: str) -> frozenset[str]:
    return frozenset(get_args(CanonicalArrest.model_fields[field].annotation))


KNOWN: Final[dict[str, frozenset[str]]] = {
    "action": _literals("action"),
    "arrest_type": _literals("arrest_type"),
    "disposition": _literals("disposition"),
    "offered": frozenset({"true", "false"}),
    "custody": frozenset(get_args(Custody)),
    "person.sex": frozenset(get_args(Sex)),
    "person.race": frozenset(get_args(Race)),
    "person.ethnicity": frozenset(get_args(Ethnicity)),
}
"""Each field of codes with every code it takes."""

UNKNOWN: Final[dict[str, str | None]] = {
    "arrest_type": "unknown",
    "disposition": "unknown",
    "offered": None,
    "custody": "unknown",
    "person.sex": "U",
    "person.race": "U",
    "person.ethnicity": "U",
}
"""What an unknown code is read as, with a warning; `action` has none: what to do with a record is not guessed."""

WORDS: Final[dict[str, dict[str, str]]] = {
    "arrest_type": {
        "O": "on_view", "S": "summoned", "T": "taken", "ON VIEW": "on_view", "ON-VIEW": "on_view",
        "CITED": "summoned", "SUMMONS": "summoned", "WARRANT": "taken",
    },
    "disposition": {"CITATION": "cited", "ARREST": "arrested", "WARNING": "warned", "DECLINED": "offered_declined"},
    "offered": {"Y": "true", "YES": "true", "1": "true", "N": "false", "NO": "false", "0": "false"},
    "person.sex": {"MALE": "M", "FEMALE": "F", "UNKNOWN": "U", "NONBINARY": "X", "NON-BINARY": "X"},
    "person.race": {
        "WHITE": "W", "BLACK": "B", "BLACK OR AFRICAN AMERICAN": "B", "AFRICAN AMERICAN": "B", "ASIAN": "A",
        "AMERICAN INDIAN OR ALASKA NATIVE": "I", "AMERICAN INDIAN": "I", "NATIVE AMERICAN": "I",
        "NATIVE HAWAIIAN OR OTHER PACIFIC ISLANDER": "P", "PACIFIC ISLANDER": "P", "HISPANIC": "H", "UNKNOWN": "U",
        "OTHER": "U", "O": "U",
    },
    "person.ethnicity": {
        "HISPANIC": "H", "HISPANIC OR LATINO": "H", "LATINO": "H", "NOT HISPANIC": "N",
        "NOT HISPANIC OR LATINO": "N", "NON-HISPANIC": "N", "UNKNOWN": "U",
    },
}  # fmt: skip
"""Words in capitals -> code. A mapping's own words come first."""


def read_code(target: str, text: str, own: dict[str, str] | None) -> str | None:
    """The code that a text means, or None if nobody knows. `own` is what the mapping says, by the exact text."""
    if own and text in own:
        return own[text]
    known = KNOWN[target]
    if text in known:
        return text
    upper = text.upper()
    if upper in known:
        return upper
    lower = text.lower()
    return lower if lower in known else WORDS.get(target, {}).get(upper)
