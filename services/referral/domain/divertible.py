"""The presumption of a whole arrest from its charges. A proposal with reasons: officers may refer anyone.

Source: police feeds design, section 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

from shared.contracts.codes import Eligibility

Divertible = Literal["yes", "review", "no"]


class HasEligibility(Protocol):
    @property
    def eligibility(self) -> Eligibility: ...


class HasKind(Protocol):
    @property
    def kind(self) -> str: ...


def divertible(charges: Iterable[HasEligibility]) -> Divertible:
    """Any N or EXCLUDE: no; else any REVIEW: review; else any Y: yes; else any INHERIT: review; else no."""
    found = {charge.eligibility for charge in charges}
    if found & {"N", "EXCLUDE"}:
        return "no"
    if "REVIEW" in found:
        return "review"
    if "Y" in found:
        return "yes"
    return "review" if "INHERIT" in found else "no"


def warrant_only(charges: Iterable[HasKind]) -> bool:
    """True if there are charges and each is the service of a warrant."""
    kinds = {charge.kind for charge in charges}
    return kinds == {"warrant"}
