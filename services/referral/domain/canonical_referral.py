"""The canonical referral: what the HTTP API, the agency's own topic and the officer's form all come down to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.referral.domain.screening import Attestation, Complainant, Offer
from shared.contracts.codes import Demographics, Ethnicity, Ori, Pathway, Race, Sex

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class _Typed(BaseModel):
    # Unknown fields are refused, so that a misspelt one is not lost in silence.
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TypedPlace(_Typed):
    """Where the encounter was. `text` stays in this service, sealed."""

    text: Text | None = None
    municipality: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    zone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=16)] | None = None
    x: float | None = None
    y: float | None = None


class TypedPerson(_Typed):
    """Who it is. `age` only where the birth date is not known."""

    last: Text = ""
    first: Text = ""
    middle: Text | None = None
    suffix: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] | None = None
    preferred_name: Text | None = None
    birth_date: date | None = None
    sid: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] | None = None
    otn: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] | None = None
    phones: list[Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]] = Field(
        default_factory=list, max_length=10
    )
    addresses: list[Text] = Field(default_factory=list, max_length=10)
    sex: Sex = "U"
    race: Race = "U"
    ethnicity: Ethnicity | None = None
    age: int | None = Field(default=None, ge=0, le=130)

    def demographics(self, age: int | None) -> Demographics:
        """What may leave the service of this, with the age on the referral day."""
        return Demographics(race=self.race, ethnicity=self.ethnicity, sex=self.sex, age=age, race_source="perceived")


class TypedCharge(_Typed):
    """One charge, as text ("3929(a)(1) Retail theft") or as title and section."""

    text: Text | None = None
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=16)] | None = None
    section: Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)] | None = None
    description: Text | None = None
    grade: Annotated[str, StringConstraints(strip_whitespace=True, max_length=8)] | None = None
    nibrs: Annotated[str, StringConstraints(strip_whitespace=True, max_length=16)] | None = None
    counts: int = Field(default=1, ge=1, le=999)

    @property
    def words(self) -> str:
        """The charge as one offence text, as the classifier reads it."""
        return self.text or " ".join(part for part in (self.section, self.description) if part)


class CanonicalReferral(_Typed):
    """One referral by any of the three doors."""

    ori: Ori | None = None
    source_record_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    action: Literal["record"] = "record"
    case_no: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] | None = None
    occurred_at: AwareDatetime = Field(validation_alias=AliasChoices("occurred_at", "arrested_at"))
    time_precision: Literal["minute", "day"] = "minute"
    place: TypedPlace
    person: TypedPerson
    charges: list[TypedCharge] = Field(default=[], max_length=50)
    pathway: Pathway
    counterfactual: Literal["arrest", "citation", "warning", "none"] = "none"
    offer: Offer
    complainant: Complainant = "none"
    attestation: Attestation | None = None
    referred_by: Literal["officer", "crisis_team", "community_partner", "self"] = "officer"
    handoff: Literal["warm", "left_contact", "none"] = "none"
    handoff_minutes: int | None = Field(default=None, ge=0, le=1440)

    def faults(self, now: datetime) -> list[tuple[str, str]]:
        """What is wrong with it as a whole, as (field, reason); empty if nothing is."""
        found: list[tuple[str, str]] = []
        born = self.person.birth_date
        if born and born > self.occurred_at.date():
            found.append(("person.birth_date", "E_DATE: it is after the encounter"))
        if self.occurred_at > now:
            found.append(("occurred_at", "E_FUTURE: it lies in the future"))
        if not (self.person.last or self.person.first or self.person.preferred_name):
            found.append(("person", "E_NO_SUBJECT: a name to ask for is needed"))
        if self.pathway == "arrest_diversion" and not self.charges:
            found.append(("charges", "E_NO_CHARGE: a diversion names the charge it replaces"))
        for number, charge in enumerate(self.charges):
            if not charge.words:
                found.append((f"charges.{number}", "E_NO_CHARGE: give text, or title and section"))
        if self.referred_by == "officer" and self.ori is None:
            found.append(("ori", "E_ORI: a police referral names its agency"))
        return found
