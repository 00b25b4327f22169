"""How far two records agree, trait by trait. A comparison does not depend on which record comes first.

Jaro-Winkler: Winkler (1990), "String Comparator Metrics and Enhanced Decision Rules".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from services.referral.domain.identity.traits import Traits

# A hair below .92 and .85: similarities are fractions, and one of exactly .85 must not fall to rounding.
CLOSE_FROM: Final = 0.92 - 1e-9
NEAR_FROM: Final = 0.85 - 1e-9
GENERATION_YEARS: Final = range(16, 41)
"""A father and a son may share both names, the address and the telephone; the suffix is often left out."""


class Level(StrEnum):
    """Degrees of agreement, the most agreeing first. MISSING: one of the two does not say."""

    EQUAL = "equal"
    CLOSE = "close"
    NEAR = "near"
    ONE_EDIT = "one_edit"
    TWO_EDITS = "two_edits"
    ELSE = "else"
    MISSING = "missing"

    # An enum hashes its name in Python; these are looked up hundreds of times for one record.
    __hash__ = str.__hash__


ALIKE: Final = frozenset({Level.EQUAL, Level.CLOSE, Level.NEAR})
DATES_AGREE: Final = frozenset({Level.EQUAL, Level.ONE_EDIT, Level.TWO_EDITS})
PLACES_AGREE: Final = frozenset({Level.EQUAL, Level.CLOSE})


class Names(NamedTuple):
    """Agreement of given name and surname. `swapped`: each was compared with the other of the other record."""

    given: Level
    surname: Level
    swapped: bool = False
    shared_surname: str = ""
    """The surname itself where both are equal: a rare one says more."""


class Circumstances(NamedTuple):
    """All but the names, side by side: quickly compared, and mostly enough to tell two people apart."""

    birth_date: Level
    address: Level
    phone: Level
    sid: Level
    otn: Level


class Comparison(NamedTuple):
    """Two records side by side."""

    names: Names
    birth_date: Level
    address: Level
    phone: Level
    sid: Level
    otn: Level
    same_generation: bool
    """The suffixes are the same, and the birth dates are not those of a parent and a child."""


def compare(one: Traits, other: Traits) -> Comparison:
    """Two records, trait by trait; the same for (a, b) and (b, a)."""
    return with_names(one, other, circumstances(one, other))


def circumstances(one: Traits, other: Traits) -> Circumstances:
    """Two records, but for their names."""
    return Circumstances(
        dates(one.born, other.born),
        addresses(one.addresses, other.addresses),
        shared(one.phones, other.phones),
        exact(one.sid, other.sid) if one.sid else Level.MISSING,
        exact(one.otn, other.otn) if one.otn else Level.MISSING,
    )


def with_names(one: Traits, other: Traits, found: Circumstances) -> Comparison:
    """What was found of two records, with their names."""
    return Comparison(
        names(one, other.given, other.surname),
        *found,
        same_generation=one.generation == other.generation
        and not (found.birth_date is Level.ELSE and _a_generation_apart(one.born, other.born)),
    )


def names(one: Traits, other_given: str, other_surname: str) -> Names:
    """Straight, or swapped where only crosswise both names are alike."""
    given, surname = text(one.given, other_given), text(one.surname, other_surname)
    if not (given in ALIKE and surname in ALIKE):
        first = text(one.given, other_surname)
        if first in ALIKE and (second := text(one.surname, other_given)) in ALIKE:
            return Names(first, second, swapped=True)
    return Names(given, surname, shared_surname=one.surname if one.surname == other_surname else "")


def text(one: str, other: str) -> Level:
    """Equal, or by Jaro-Winkler similarity."""
    if not one or not other:
        return Level.MISSING
    if one == other:
        return Level.EQUAL
    similarity = JaroWinkler.similarity(one, other)
    if similarity >= CLOSE_FROM:
        return Level.CLOSE
    return Level.NEAR if similarity >= NEAR_FROM else Level.ELSE


def dates(one: str, other: str) -> Level:
    """Equal; one digit wrong, left out, added or exchanged, or month and day swapped; two such; else."""
    if not one or not other:
        return Level.MISSING
    if one == other:
        return Level.EQUAL
    if one == other[:4] + other[6:] + other[4:6]:
        return Level.ONE_EDIT
    edits = DamerauLevenshtein.distance(one, other, score_cutoff=2)
    if edits > 2:
        return Level.ELSE
    return Level.ONE_EDIT if edits == 1 else Level.TWO_EDITS


def _a_generation_apart(one: str, other: str) -> bool:
    return abs(int(one[:4]) - int(other[:4])) in GENERATION_YEARS


def addresses(one: frozenset[str], other: frozenset[str]) -> Level:
    """The best agreement of any two addresses; people have several, so `else` is weak evidence."""
    if not one or not other:
        return Level.MISSING
    if one & other:
        return Level.EQUAL
    for a in one:
        for b in other:
            if JaroWinkler.similarity(a, b) >= CLOSE_FROM:
                return Level.CLOSE
    return Level.ELSE


def shared(one: frozenset[str], other: frozenset[str]) -> Level:
    """Whether both name one of the same."""
    if not one or not other:
        return Level.MISSING
    return Level.EQUAL if one & other else Level.ELSE


def exact(one: str, other: str) -> Level:
    """Equal or not."""
    if not one or not other:
        return Level.MISSING
    return Level.EQUAL if one == other else Level.ELSE
