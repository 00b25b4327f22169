"""Which field a column probably is, by its name: a first proposal that a person looks over. Nothing is decided here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("person.birth_date", r"d ?o ?b|birth ?dat\w*|date ?of ?birth"),
    ("person.last", r"last ?name|surname|last|l ?name|family ?name"),
    ("person.first", r"first ?name|given ?name|first|f ?name"),
    ("person.middle", r"middle( ?name| ?initial)?|m ?name|mi"),
    ("person.suffix", r"suffix|name ?suffix"),
    ("person.sid", r"sid|state ?id( ?number)?"),
    ("person.otn", r"otn|offen[cs]e ?tracking ?(number|no)"),
    ("person.race", r"race|perceived ?race|race ?(code|desc\w*)"),
    ("person.sex", r"sex|gender|sex ?code"),
    ("person.ethnicity", r"ethnicity|hispanic"),
    ("person.age", r"age|age ?at ?arrest"),
    ("person.phone", r"phone( ?(number|no))?|telephone"),
    ("person.address", r"(home|person|residence|arrestee) ?address"),
    ("arrested_at", r"arrest ?(date ?time|timestamp)|arrested ?at|arrest ?date ?and ?time|date ?time"),
    ("arrest_date", r"arrest ?date|date( ?of ?arrest)?|arrest ?day"),
    ("arrest_time", r"arrest ?time|time( ?of ?arrest)?"),
    ("ori", r"ori|agency ?ori"),
    ("case_no", r"case ?(number|no|num)?|ccr|incident ?(number|no|num|id)|report ?(number|no)|complaint ?(number|no)"),
    ("charge.section", r"statute( ?code)?|section|charge ?code|offen[cs]e ?code"),
    ("charge.text", r"charges?|offen[cs]es?|violations?"),
    ("charge.description", r"(charge|offen[cs]e|statute) ?desc\w*|description"),
    ("charge.grade", r"grade|(charge|offen[cs]e) ?(grade|level|class)|severity"),
    ("charge.title", r"title|statute ?title"),
    ("charge.counts", r"counts|number ?of ?counts"),
    ("charge.nibrs", r"nibrs( ?code)?|ucr( ?code)?"),
    ("place.text", r"(arrest ?|incident ?|offen[cs]e ?)?(location|address|place)|block"),
    ("place.municipality", r"municipality|city|borough|township|town"),
    ("place.zone", r"zone|district|beat|precinct|incident ?zone"),
    ("place.x", r"x|longitude|lon|lng"),
    ("place.y", r"y|latitude|lat"),
    ("disposition", r"disposition|outcome|action ?taken"),
    ("arrest_type", r"arrest ?type"),
    ("custody", r"custody"),
    ("offered", r"(lead ?)?offered|lead"),
)  # fmt: skip
_KEYS: Final = (
    re.compile(r"(arrest ?)?(pk|id|arrest ?(number|no|num|id)|booking ?(number|no|num)|record ?(number|no|id))"),
    re.compile(r"case ?(number|no|num)?|ccr|incident ?(number|no|num|id)|report ?(number|no)"),
)
_PATTERNS: Final = tuple((target, re.compile(words)) for target, words in _WORDS)
_REPEATED: Final = frozenset({"person.phone", "person.address"})


def guess_fields(columns: Sequence[str]) -> dict[str, str]:
    """Column -> field, each field once; columns that say nothing are left out. Fields named first win."""
    plain = {column: _plain(column) for column in columns}
    found: dict[str, str] = {}
    for target, pattern in _PATTERNS:
        for column in columns:
            if column not in found and pattern.fullmatch(plain[column]):
                found[column] = target
                if target not in _REPEATED:
                    break
    if "arrested_at" in found.values():
        found = {column: target for column, target in found.items() if target not in ("arrest_date", "arrest_time")}
    return found


def guess_key(columns: Sequence[str]) -> list[str]:
    """The column whose name says that it names the record, if there is one."""
    for pattern in _KEYS:
        for column in columns:
            if pattern.fullmatch(_plain(column)):
                return [column]
    return []


def _plain(name: str) -> str:
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", apart.casefold()).split())
