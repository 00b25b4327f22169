"""Who a referred person is. Sealed; read by intake and casework only. Written by referral."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Event, Part


class Name(Part):
    last: str = Field(max_length=200)
    first: str = Field(default="", max_length=200)
    middle: str | None = Field(default=None, max_length=200)
    suffix: str | None = Field(default=None, max_length=20)


class Phone(Part):
    number: str = Field(max_length=40)
    safe: bool | None = None


class PersonProfile(Event):
    topic = "person-profile"
    key = ("person_id",)

    person_id: UUID
    names: list[Name]
    preferred_name: str | None = Field(default=None, max_length=200)
    birth_date: date | None = None
    birth_precision: Literal["day", "month", "year", "unknown"] = "unknown"
    phones: list[Phone] = []
    addresses: list[str] = []
    aliases: list[Name] = []
    state_id: str | None = Field(default=None, max_length=40)
    updated_at: AwareDatetime
