"""One use of jail, court, ambulance or a like service by one person, and what of it may be published.

Source: police feeds design, section 2 (`utilization_csv`); event design, `utilization-recorded`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.referral.domain.canonical_referral import TypedPerson
from shared.contracts.codes import Ori

Sector = Literal["jail", "prison", "court", "prosecution", "defence", "ems", "ed", "programme", "probation"]
Unit = Literal["day", "booking", "case", "call", "visit", "hour"]


class UsePerson(BaseModel):
    """Who it is about: enough to find the person, nothing of why they came."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    last: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    first: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    birth_date: date | None = None
    sid: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] | None = None

    def typed(self) -> TypedPerson:
        """The same as other records say it."""
        return TypedPerson(last=self.last, first=self.first, birth_date=self.birth_date, sid=self.sid)


class CanonicalUse(BaseModel):
    """`units` are counted in `unit`; `to` is the end, absent while it lasts."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    ori: Ori | None = None
    source_record_id: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    sector: Sector
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None = None
    units: float = Field(ge=0, le=1_000_000, allow_inf_nan=False)
    unit: Unit
    person: UsePerson

    @model_validator(mode="after")
    def _in_order(self) -> CanonicalUse:
        if self.to is not None and self.to < self.from_:
            raise ValueError("it ends before it begins")
        return self

    def content(self) -> bytes:
        """What the record says, as sorted JSON: equal for equal content."""
        said = self.model_dump(mode="json", exclude_none=True, by_alias=True)
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)

    def fact(self, source: str) -> dict[str, Any]:
        """`utilization-recorded` without ids, version and times of its own."""
        said = self.model_dump(mode="json", include={"sector", "from_", "to", "units", "unit"}, by_alias=True)
        return {**said, "source": source}
