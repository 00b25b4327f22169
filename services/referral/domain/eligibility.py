"""What a set of charges means for a diversion (programme rule 6).

Any excluded charge or warrant makes the whole encounter ineligible; traffic is ignored; a charge the county's
list leaves open goes to a person. The presumption of each charge comes classified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.contracts.codes import Charge


@dataclass(frozen=True)
class ChargeFinding:
    """`ruled_out` and `open_questions` are reason codes; `divertible` are the charges that can be held."""

    ruled_out: tuple[str, ...]
    open_questions: tuple[str, ...]
    divertible: tuple[Charge, ...]


def find(charges: Sequence[Charge]) -> ChargeFinding:
    """Judge the charges of one encounter together."""
    ruled_out: list[str] = []
    if any(charge.eligibility == "N" for charge in charges):
        ruled_out.append("charge_excluded")
    if any(charge.eligibility == "EXCLUDE" for charge in charges):
        ruled_out.append("warrant")
    divertible = tuple(charge for charge in charges if charge.eligibility in {"Y", "REVIEW"})
    inchoate = any(charge.eligibility == "INHERIT" for charge in charges)
    if not divertible and not inchoate and not ruled_out:
        ruled_out.append("no_divertible_charge")
    questions: list[str] = []
    if any(charge.eligibility == "REVIEW" for charge in charges):
        questions.append("charge_review")
    if inchoate and not divertible:
        # Attempt, solicitation or conspiracy alone: a person says of what.
        questions.append("charge_inchoate")
    return ChargeFinding(tuple(ruled_out), tuple(questions), divertible)
