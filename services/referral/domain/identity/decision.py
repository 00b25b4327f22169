"""Link, ask a person, or a new person: by the posterior probability, and by what a rule may never decide.

Source: police feeds design, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp2, log2
from typing import Final

from services.referral.domain.identity.levels import DATES_AGREE, PLACES_AGREE, Circumstances, Comparison, Level
from services.referral.domain.identity.weights import Weights

LINK_FROM: Final = 0.999
REVIEW_FROM: Final = 0.5
_REVIEW_BITS: Final = log2(REVIEW_FROM / (1 - REVIEW_FROM))
LEAST_PEOPLE: Final = 1000
"""The prior never assumes fewer people than this: an index that starts does not yet know whom it will meet."""


class Verdict(StrEnum):
    LINK = "link"
    REVIEW = "review"
    NEW = "new"


class Doubt(StrEnum):
    """Why a rule may not link two records, however alike they are."""

    SID_DIFFERS = "sid_differs"
    TWINS = "twins"
    GENERATION = "generation"
    NAMES_ALONE = "names_alone"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a pair; how probable it is that they are one (`bits`: log2 of the odds); for a pair that is not
    simply two people, what stands against a rule's linking it."""

    verdict: Verdict
    bits: float
    probability: float
    doubts: tuple[Doubt, ...]


def prior_bits(people: int) -> float:
    """log2 of the odds that a record is about one certain person of an index of so many: 1/N."""
    return -log2(max(people, LEAST_PEOPLE))


def bits_to_ask(people: int) -> float:
    """What a comparison must weigh at least before anything comes of it."""
    return _REVIEW_BITS - prior_bits(people)


def decide(found: Comparison, weights: Weights, people: int) -> Decision:
    """What to do with two records compared, among `people` known."""
    bits = weights.bits(found) + prior_bits(people)
    if bits < _REVIEW_BITS and not same_number(found):
        return Decision(Verdict.NEW, bits, posterior(bits), ())
    probability, against = posterior(bits), doubts(found)
    verdict = Verdict.LINK if probability >= LINK_FROM and not against else Verdict.REVIEW
    return Decision(verdict, bits, probability, against)


def posterior(bits: float) -> float:
    """The probability whose odds are 2 to the power of `bits`."""
    return 1 / (1 + exp2(-max(-1000.0, min(bits, 1000.0))))


def doubts(found: Comparison) -> tuple[Doubt, ...]:
    """What forbids a rule to link, whatever the posterior."""
    against = []
    names = found.names
    if found.sid is Level.ELSE:
        against.append(Doubt.SID_DIFFERS)
    if not same_number(found):
        if (names.surname, names.given, found.birth_date) == (Level.EQUAL, Level.ELSE, Level.EQUAL):
            against.append(Doubt.TWINS)
        if found.birth_date not in DATES_AGREE and not PLACES_AGREE & {found.address, found.phone}:
            against.append(Doubt.NAMES_ALONE)
    if not found.same_generation:
        against.append(Doubt.GENERATION)
    return tuple(against)


def same_number(found: Comparison | Circumstances) -> bool:
    """A state id stands for fingerprints, an offence tracking number for one person's one arrest."""
    return Level.EQUAL in (found.sid, found.otn)
