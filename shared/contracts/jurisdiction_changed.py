"""An area of the programme with its whole dated history. Written by referral."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from shared.contracts.codes import Code, Ori
from shared.contracts.envelope import Event, Part


class Stage(Part):
    stage: Literal["interested", "signed", "active", "ended"]
    from_: date = Field(alias="from")


class Covering(Part):
    ori: Ori
    from_: date = Field(alias="from")


class PopulationGroup(Part):
    group: Code
    count: int = Field(ge=0)


class JurisdictionChanged(Event):
    topic = "jurisdiction-changed"
    key = ("area_id",)

    area_id: Code
    municipality: str = Field(max_length=80)
    zone: str | None = Field(default=None, max_length=16)
    name: str = Field(max_length=120)
    timezone: str = Field(max_length=64)
    stages: list[Stage]
    covering: list[Covering]
    population: list[PopulationGroup] | None = None
