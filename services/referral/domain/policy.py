"""The programme's dated policy: who may be diverted, where, and how long an intake may take.

The civil day of the encounter picks the version; a past decision keeps the version it was made under.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, InstanceOf

from services.referral.domain.charge_rules import ChargeRule
from services.referral.domain.offence_list import OffenceList
from services.referral.domain.on_call import Contact, OnCall, Rota
from shared.contracts.codes import Ori, Pathway
from shared.contracts.jurisdiction_changed import Covering, Stage


class _Frozen(BaseModel):
    # Unlike an event, a policy file with an unknown word is a mistake.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class Headcount(_Frozen):
    from_: date = Field(alias="from")
    count: int = Field(ge=0)


class SlotsPerCoordinator(_Frozen):
    arrest_diversion: int = Field(ge=1)
    other: int = Field(ge=1)


class CommonCharge(_Frozen):
    """A charge the officer's form offers as one tap. `complainant`: there is somebody to ask."""

    code: str
    said: str
    text: str
    complainant: bool = False


class PolicyVersion(_Frozen):
    """The rules in force from one civil day on."""

    version: int = Field(ge=1)
    from_: date = Field(alias="from")
    intake_days: int = Field(ge=1)
    days_after_approval: int = Field(ge=0)
    adult_age: int = Field(ge=1)
    auto_approve: frozenset[Pathway]
    relinquish_by: Literal["rule", "prosecutor"]
    release_needed: Literal[False]
    record_excludes: Literal[False]
    coordinators: tuple[Headcount, ...]
    slots_per_coordinator: SlotsPerCoordinator
    youth_programme: Contact
    on_call: Contact
    on_call_rota: tuple[OnCall, ...] = ()
    common_charges: tuple[CommonCharge, ...] = ()
    charge_rules: tuple[ChargeRule, ...] = ()

    @property
    def rota(self) -> Rota:
        """Who is on call as the policy ships it, until people keep the rota on its page."""
        return Rota(self.on_call_rota, self.always)

    @property
    def always(self) -> OnCall:
        """The one who answers when nobody of the rota does."""
        return OnCall(**self.on_call.model_dump())

    def coordinators_on(self, day: date) -> int:
        """How many coordinators are in office on a civil day."""
        return _newest_before(self.coordinators, day).count if self.coordinators else 0


class Area(_Frozen):
    """A municipality, or a zone of it, with its own dated stages and covering agencies."""

    area_id: str
    municipality: str
    zone: str | None = None
    name: str
    stages: tuple[Stage, ...] = ()
    covering: tuple[Covering, ...] = ()

    def active_on(self, day: date) -> bool:
        """Whether the stage in force on the civil day is `active`."""
        past = [stage for stage in self.stages if stage.from_ <= day]
        # Two stages that begin on one day: the later one listed is in force.
        return bool(past) and sorted(past, key=lambda stage: stage.from_)[-1].stage == "active"


class Agency(_Frozen):
    ori: Ori
    name: str
    signed: date | None = None

    def signed_on(self, day: date) -> bool:
        return self.signed is not None and self.signed <= day


class Policy(_Frozen):
    """One jurisdiction: its zone of time, versions of the rules, places, agencies and list of offenses."""

    policy_id: str
    timezone: str
    versions: tuple[PolicyVersion, ...] = Field(min_length=1)
    areas: tuple[Area, ...]
    agencies: tuple[Agency, ...]
    offences: InstanceOf[OffenceList] | None = Field(default=None, exclude=True)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def civil_day(self, moment: datetime) -> date:
        """The jurisdiction's civil day of a moment."""
        return moment.astimezone(self.zone).date()

    def on(self, day: date) -> PolicyVersion:
        """The version in force on a civil day; before the first, the first."""
        return _newest_before(self.versions, day)

    def version(self, number: int) -> PolicyVersion:
        """The version with this number. Raises KeyError for one that never was."""
        for version in self.versions:
            if version.version == number:
                return version
        raise KeyError(number)

    def areas_of(self, municipality: str) -> list[Area]:
        wanted = municipality.strip().casefold()
        return [area for area in self.areas if area.municipality.casefold() == wanted]

    def agency(self, ori: str) -> Agency | None:
        return next((agency for agency in self.agencies if agency.ori == ori), None)

    @cached_property
    def municipalities(self) -> list[str]:
        return sorted({area.municipality for area in self.areas})

    def served_by(self, ori: str, day: date) -> list[str]:
        """The municipalities an agency covers on a civil day, by name."""
        return sorted({a.municipality for a in self.areas for c in a.covering if c.ori == ori and c.from_ <= day})


Dated = TypeVar("Dated", PolicyVersion, Headcount)


def _newest_before(dated: Sequence[Dated], day: date) -> Dated:
    ordered = sorted(dated, key=lambda one: one.from_)
    in_force = [one for one in ordered if one.from_ <= day]
    return in_force[-1] if in_force else ordered[0]
