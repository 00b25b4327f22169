"""Who a record is about where somebody who met them said so: a person's word goes before a rule, and is kept as one.

"This is them" joins the new record with that person, so that it can be taken apart like every join by hand. "Somebody
else" keeps rules from linking; where they were sure, a second person looks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from services.referral.domain.identity.decision import decide
from services.referral.domain.identity.levels import compare
from services.referral.domain.identity.matching import FITS_BOTH, Known, Question, match, reasons
from services.referral.domain.identity.possible import Possible, Word
from services.referral.domain.identity.traits import Traits
from services.referral.domain.identity.weights import Weights

SAID_SAME: Final = "said_same"
SAID_OTHER: Final = "said_other"


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with a person's answer, or left open for a second one."""

    question: Question
    state: Literal["open", "same", "different"]


@dataclass(frozen=True, slots=True)
class Heeded:
    """Whom a record is taken to be about. `found`: a known person, else a new one; `join`: whom the new one is said
    to be; `questions` for the match queue as rules raise them, `answered` by the word."""

    found: Known | None
    questions: tuple[Question, ...]
    answered: tuple[Answered, ...] = ()
    join: Possible | None = None


def heed(traits: Traits, candidates: Collection[Known], weights: Weights, people: int, word: Word) -> Heeded:
    """Who a record is about, by the word of somebody who met them where it says more than the rules."""
    by_rule = match(traits, candidates, weights, people)
    if word.them is not None:
        home = word.them.known.home_id
        if by_rule.found is not None and by_rule.found.home_id == home:
            return Heeded(by_rule.found, by_rule.questions)
        rest = match(traits, candidates, weights, people, never=frozenset({home}))
        questions = rest.questions
        if rest.found is not None:
            # The rules alone were sure of another: a second person looks at those two.
            questions = (_question(traits, rest.found, weights, people, FITS_BOTH), *questions)
        same = Question(word.them.known, word.them.decision.probability, (SAID_SAME, *word.them.codes))
        return Heeded(None, questions, (Answered(same, "same"),), word.them)
    never = frozenset(one.known.home_id for one in word.others)
    rest = match(traits, candidates, weights, people, never=never)
    sure = by_rule.found.home_id if by_rule.found is not None else None
    answered = tuple(_other(one, sure, known=rest.found is not None) for one in word.others)
    return Heeded(rest.found, rest.questions, answered)


def _other(one: Possible, sure: UUID | None, *, known: bool) -> Answered:
    question = Question(one.known, one.decision.probability, (SAID_OTHER, *one.codes))
    # Against rules that were sure, and between two who were both known before, it is not the last word.
    return Answered(question, "open" if known or one.known.home_id == sure else "different")


def _question(traits: Traits, known: Known, weights: Weights, people: int, *first: str) -> Question:
    comparison = compare(traits, known.traits)
    decision = decide(comparison, weights, people)
    return Question(known, decision.probability, (*first, *reasons(comparison, decision)))
