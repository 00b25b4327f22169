"""Code lists shared by several facts. Source: the event design."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.contracts.envelope import Part

ORI_PATTERN: Final = r"^[A-Z]{2}[A-Z0-9]{7}$"
Ori = Annotated[str, StringConstraints(pattern=ORI_PATTERN)]
"""Originating agency identifier: two letters of the state and seven letters or digits."""
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]{0,79}$")]
"""A code from some list: no spaces, so that no sentence about a person can hide in it."""
Worker = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{8,64}$")]
"""HMAC of iss+sub under a key that only intake and casework share."""

Race = Literal["W", "B", "A", "I", "P", "H", "U"]
Sex = Literal["M", "F", "U", "X"]
Ethnicity = Literal["H", "N", "U"]
Pathway = Literal["arrest_diversion", "social_contact", "crisis_response", "community"]
Eligibility = Literal["Y", "REVIEW", "N", "EXCLUDE", "IGNORE", "INHERIT"]
RecipientClass = Literal["police", "prosecutor", "defence", "court", "provider", "crisis_team", "owg", "evaluation"]
Information = Literal[
    "engagement", "intake_date", "contacts", "court_dates", "safety", "needs", "goals", "services",
    "assessment", "study_rows",
]  # fmt: skip
ContactMode = Literal["street", "office", "home", "phone", "text", "jail", "court", "hospital", "video", "other"]


class Demographics(Part):
    """Race by NIBRS code (`H` where a source treats Hispanic as a race); age in years."""

    race: Race = "U"
    ethnicity: Ethnicity | None = None
    sex: Sex = "U"
    age: int | None = Field(default=None, ge=0, le=130)
    race_source: Literal["perceived", "self_reported", "record"] = "perceived"


class Charge(Part):
    """One charge of an arrest or referral, classified. `label` only from the known vocabulary."""

    seq: int = Field(ge=1)
    charge_id: UUID | None = None
    title: str | None = Field(default=None, max_length=16)
    section: str | None = Field(default=None, max_length=32)
    subsection: str | None = Field(default=None, max_length=32)
    grade: str | None = Field(default=None, max_length=8)
    counts: int = Field(default=1, ge=1)
    label: str | None = Field(default=None, max_length=120)
    nibrs: str | None = Field(default=None, max_length=16)
    category: str = Field(max_length=40)
    kind: Literal["new_charge", "warrant", "traffic", "ordinance", "inchoate", "unknown"]
    eligibility: Eligibility
    confidence: float = Field(ge=0, le=1)
