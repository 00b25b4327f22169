"""One record against all that share a block with it: who it is about, and what a person has to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.referral.domain.identity.decision import Decision, Verdict, decide
from services.referral.domain.identity.levels import Comparison, Level, compare
from services.referral.domain.identity.sieve import Sieve
from services.referral.domain.identity.traits import Traits
from services.referral.domain.identity.weights import Weights

MOST_QUESTIONS: Final = 3
FITS_BOTH: Final = "fits_both"


class Known(NamedTuple):
    """One thing that was said of a person: `person_id` as published, `home_id` who that is today.

    `packed` are its traits: of hundreds who share a block with a record, a few are worth unpacking.
    """

    identity_id: UUID
    person_id: UUID
    home_id: UUID
    packed: list[Any]

    @property
    def traits(self) -> Traits:
        return Traits.unpacked(self.packed)


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody who may be the same: how probable, and why, as codes."""

    known: Known
    probability: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a rule takes a record to be about, if anyone, and the questions it leaves."""

    found: Known | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    known: Known
    comparison: Comparison
    decision: Decision

    @property
    def rank(self) -> tuple[float, UUID, UUID]:
        # The most alike first; of equals the smallest ids, so that no order of reading matters.
        return (-self.decision.bits, self.known.person_id, self.known.identity_id)


def match(
    traits: Traits,
    candidates: Iterable[Known],
    weights: Weights,
    people: int,
    *,
    before: UUID | None = None,
    never: frozenset[UUID] = frozenset(),
) -> Match:
    """Who a record is about, among `people` known. `before`: whom an earlier version of this record was about; where
    it still says the same of them, it stays with them. `never`: homes of people it is not about, as a person said."""
    pairs = sorted(_pairs(traits, candidates, weights, people), key=lambda pair: pair.rank)
    pairs = [pair for pair in pairs if pair.known.home_id not in never]
    stays = [pair for pair in pairs if pair.known.home_id == before and _same(traits, pair.known.traits)]
    links = [pair for pair in pairs if pair.decision.verdict is Verdict.LINK] if traits.linkable else []
    best = next(iter(stays or links), None)
    home = best.known.home_id if best else None
    asked: dict[UUID, Question] = {}
    for pair in pairs:
        if pair.known.home_id != home and pair.known.home_id not in asked:
            asked[pair.known.home_id] = _question(pair, both=best is not None and pair in links)
    return Match(best.known if best else None, tuple(asked.values())[:MOST_QUESTIONS])


def _pairs(traits: Traits, candidates: Iterable[Known], weights: Weights, people: int) -> Iterable[_Pair]:
    sieve = Sieve(traits, weights, people)
    for known in candidates:
        # Nearly all are simply somebody else, whatever they are called.
        if not sieve.passes(known.packed):
            continue
        comparison = compare(traits, known.traits)
        decision = decide(comparison, weights, people)
        if decision.verdict is not Verdict.NEW:
            yield _Pair(known, comparison, decision)


def _same(one: Traits, other: Traits) -> bool:
    """Whether two records say the same of who it is, wherever they are reached."""
    return (one.given, one.surname, one.generation, one.born, one.sid, one.otn) == (
        other.given, other.surname, other.generation, other.born, other.sid, other.otn
    )  # fmt: skip


def _question(pair: _Pair, *, both: bool) -> Question:
    return Question(pair.known, pair.decision.probability, (*reasons(pair.comparison, pair.decision, both=both),))


def reasons(found: Comparison, decision: Decision, *, both: bool = False) -> list[str]:
    """Why a pair is before a person, as codes: what stands against linking first, then how the traits agree."""
    names = found.names
    levels = {
        "given": names.given, "surname": names.surname, "birth_date": found.birth_date, "address": found.address,
        "phone": found.phone, "sid": found.sid, "otn": found.otn,
    }  # fmt: skip
    return [
        *([FITS_BOTH] if both else []),
        *(doubt.value for doubt in decision.doubts),
        *(["swapped"] if names.swapped else []),
        *(f"{trait}_{level.value}" for trait, level in levels.items() if level is not Level.MISSING),
    ]
