"""The officer's discretion where LEAD was not offered (programme rule 14): what was done instead, and why.

There is no duty to divert. It is recorded so that offers have a denominator; nobody is named in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.referral.domain.arrest import ArrestCharge, ArrestPlace, CanonicalArrest
from services.referral.domain.canonical_referral import TypedPerson
from shared.contracts.codes import Ori, Race, Sex

Did = Literal["arrested", "cited", "warned"]
WhyNot = Literal["no_time", "no_worker", "complainant_declines", "safety", "unable_now", "other_way"]
SOURCE: Final = "form"
"""The source under which the form's own records stand among those of feeds."""
_HOW: Final[dict[str, Literal["on_view", "summoned", "unknown"]]] = {"arrested": "on_view", "cited": "summoned"}


class NotOffered(BaseModel):
    """One stop at which LEAD was not offered, as the officer entered it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ori: Ori
    case_no: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None = None
    occurred_at: AwareDatetime
    municipality: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    zone: Annotated[str, StringConstraints(max_length=16)] | None = None
    did: Did
    why_not: WhyNot
    charges: list[Annotated[str, StringConstraints(min_length=1, max_length=200)]] = Field(min_length=1, max_length=20)
    sex: Sex = "U"
    race: Race = "U"

    def faults(self, now: datetime) -> list[tuple[str, str]]:
        """What is wrong with it as a whole, as (field, reason)."""
        return [("occurred_at", "That time is in the future.")] if self.occurred_at > now else []

    def arrest(self, discretion_id: UUID, *, withdrawn: bool = False) -> CanonicalArrest:
        """The stop as a record of its own; `withdrawn` takes it back, for the police record tells of it now."""
        return CanonicalArrest(
            ori=self.ori,
            source_record_id=str(discretion_id),
            action="void" if withdrawn else "record",
            case_no=self.case_no,
            arrested_at=self.occurred_at,
            arrest_type=_HOW.get(self.did, "unknown"),
            disposition=self.did,
            offered=False,
            place=ArrestPlace(municipality=self.municipality, zone=self.zone),
            person=TypedPerson(sex=self.sex, race=self.race),
            charges=[ArrestCharge(text=text) for text in self.charges],
        )


class Recorded(BaseModel):
    """What a police record of the same case says of its person: enough to tell two of one case apart."""

    arrest_id: UUID
    sex: Sex
    race: Race


def same_stop(word: NotOffered, recorded: list[Recorded]) -> Recorded | Literal["unclear"] | None:
    """Which record of the case tells of this stop; None if none does, `unclear` if it could be several."""
    fitting = [
        one for one in recorded if _fits(word.sex, one.sex) and _fits(word.race, one.race)
    ]  # fmt: skip
    if len(fitting) > 1:
        return "unclear"
    return fitting[0] if fitting else None


def _fits(said: str, known: str) -> bool:
    return "U" in (said, known) or said == known
