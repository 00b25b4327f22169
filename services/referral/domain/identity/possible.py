"""Whom a person may be, among those one agency recorded itself: for the one who stands before them to say.

Only that agency's own words are compared, so that an answer tells nothing of what others know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.referral.domain.identity.blocks import block_keys
from services.referral.domain.identity.decision import Decision, Doubt, Verdict, decide
from services.referral.domain.identity.levels import Comparison, compare
from services.referral.domain.identity.matching import Known, reasons
from services.referral.domain.identity.traits import Traits
from services.referral.domain.identity.weights import Weights

MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Possible:
    """Somebody it may be: the record that is most alike, how it compares, and what the rules make of it."""

    known: Known
    comparison: Comparison
    decision: Decision

    @property
    def codes(self) -> list[str]:
        """Why, as the codes of the match queue."""
        return reasons(self.comparison, self.decision)


@dataclass(frozen=True, slots=True)
class Word:
    """What the one who met a person said of who it is: `them`, or none of `others`. `by` whom, of which agency."""

    by: str
    agency_ori: str | None
    them: Possible | None = None
    others: tuple[Possible, ...] = ()


def askable(traits: Traits) -> bool:
    """Whether there is enough to look for: a name, with a birth date or a number."""
    return bool((traits.given or traits.surname) and (traits.born or traits.phones or traits.sid or traits.otn))


def possible(traits: Traits, recorded: Iterable[Known], weights: Weights, people: int) -> list[Possible]:
    """The most alike of each person recorded, at most MOST_SHOWN, the most alike first: those whom the rules would
    link or ask about, but for names alone. `people`: how many are known at all."""
    if not askable(traits):
        return []
    mine, best = block_keys(traits), dict[UUID, Possible]()
    for known in recorded:
        # Whoever was found by the words of another agency is not found here.
        if not mine & block_keys(known.traits):
            continue
        comparison = compare(traits, known.traits)
        decision = decide(comparison, weights, people)
        if decision.verdict is Verdict.NEW or Doubt.NAMES_ALONE in decision.doubts:
            continue
        before = best.get(known.home_id)
        if before is None or _rank(decision, known) < _rank(before.decision, before.known):
            best[known.home_id] = Possible(known, comparison, decision)
    return sorted(best.values(), key=lambda one: _rank(one.decision, one.known))[:MOST_SHOWN]


def _rank(decision: Decision, known: Known) -> tuple[float, UUID, UUID]:
    return (-decision.bits, known.person_id, known.identity_id)
