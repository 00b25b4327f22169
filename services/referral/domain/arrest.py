"""The canonical arrest: what every feed and the HTTP API come down to, and what of it may be published.

Source: police feeds design, sections 2, 3 and 6.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from services.referral.domain.canonical_referral import TypedCharge, TypedPerson
from services.referral.domain.classification import ClassifiedCharge, Classifier, Presumed
from services.referral.domain.divertible import divertible, warrant_only
from services.referral.domain.nibrs_charge import classify_nibrs
from services.referral.domain.place import public_zone
from services.referral.domain.statutes import SEPARATOR
from shared.contracts.codes import Ori

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Custody = Literal["held", "released", "jail", "hospital", "unknown"]
BACKFILL_AFTER: Final = timedelta(days=31)
IN_THE_FUTURE: Final = "it lies in the future"
"""A record this much older than its receipt tells of the past: it raises no alert."""
_MOST_CHARGES: Final = 1000
_MOST_WORDS: Final = 40_000
TOO_MANY_CHARGES: Final = f"expected at most {_MOST_CHARGES:,} charges of one arrest, in {_MOST_WORDS:,} characters"


class ArrestPlace(BaseModel):
    """Where it happened. `text` and coordinates stay in this service, sealed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)] | None = None
    municipality: Short | None = None
    zone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=16)] | None = None
    x: float | None = None
    y: float | None = None


class ArrestCharge(TypedCharge):
    """A charge as a record gives it; a feed's text may hold several, split at ` / `."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] | None = None


class CanonicalArrest(BaseModel):
    """One arrest, citation or warning of one person. Unknown fields are refused: a misspelt one is not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ori: Ori | None = None
    source_record_id: Short
    action: Literal["record", "replace", "void"] = "record"
    case_no: Short | None = None
    arrested_at: AwareDatetime
    time_precision: Literal["minute", "day"] = "minute"
    arrest_type: Literal["on_view", "summoned", "taken", "unknown"] = "unknown"
    disposition: Literal["arrested", "cited", "warned", "diverted", "offered_declined", "unknown"] = "arrested"
    offered: bool | None = None
    custody: Custody | None = None
    filed_at: AwareDatetime | None = None
    place: ArrestPlace = ArrestPlace()
    person: TypedPerson = TypedPerson()
    charges: list[ArrestCharge] = Field(default=[], max_length=100)

    @property
    def overlong(self) -> bool:
        """Whether its texts may hold more charges than anybody is arrested for: pages of arrests are held in memory."""
        words = [charge.words for charge in self.charges]
        return (
            sum([len(text) for text in words]) > _MOST_WORDS
            or sum([text.count(SEPARATOR) + 1 for text in words]) > _MOST_CHARGES
        )

    def faults(self, now: datetime) -> list[tuple[str, str]]:
        """What is wrong with it as a whole, as (field, reason); empty if nothing is."""
        found: list[tuple[str, str]] = []
        if lies_ahead(self.arrested_at, now):
            found.append(("arrested_at", f"E_FUTURE: {IN_THE_FUTURE}"))
        if self.action != "void" and not self.charges:
            found.append(("charges", "E_NO_CHARGE: at least one charge is needed"))
        for number, charge in enumerate(self.charges):
            if not charge.words:
                found.append((f"charges.{number}", "E_NO_CHARGE: give text, or title and section"))
        if self.overlong:
            found.append(("charges", f"E_LENGTH: {TOO_MANY_CHARGES}"))
        return found

    def content(self) -> bytes:
        """What the record says, as sorted JSON: equal for equal content, whatever its form was.

        `action` is what to do with it. Absent values are left out, so that a new optional field changes no hash.
        """
        said = self.model_dump(mode="json", exclude_none=True, exclude={"action"})
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)

    def digest(self) -> str:
        """SHA-256 of the content."""
        return content_digest(self.content())


MANY_ARRESTS: Final = TypeAdapter(list[CanonicalArrest])
"""Many at once: one validation of nested values is several times as fast as building each part."""


def lies_ahead(at: datetime, now: datetime) -> bool:
    """Whether a record cannot be of this time yet. Clocks differ; a day without a time counts from its start."""
    return at > now + timedelta(hours=1)


def content_digest(content: bytes) -> str:
    """The hash by which two records are the same."""
    return hashlib.sha256(content).hexdigest()


def classify_charges(charges: Sequence[TypedCharge], classifier: Classifier) -> list[ClassifiedCharge]:
    """Every charge by rule C1; a text without title, grade and counts may hold several, split at ` / `.

    A charge that names no statute is known by its NIBRS code, if it has one.
    """
    found: list[ClassifiedCharge] = []
    for charge in charges:
        if charge.nibrs and not charge.words:
            found.append(classify_nibrs(charge.nibrs, charge.grade, charge.counts))
        elif charge.title or charge.grade or charge.counts > 1:
            found.append(classifier.classify_charge(charge.words, charge.title, charge.grade, charge.counts))
        else:
            found += classifier.classify(charge.words)
    return found


def _presumed(charges: Sequence[TypedCharge], classifier: Classifier) -> Presumed:
    """Charges as they are published, and what is presumed of them together. Not to be altered: arrests share it."""
    found = classify_charges(charges, classifier)
    listed = [charge.listed(seq) for seq, charge in enumerate(found, start=1)]
    return listed, divertible(found), warrant_only(found)


def fact_body(
    record: CanonicalArrest,
    classifier: Classifier,
    *,
    source: str,
    ori: str,
    municipality: str | None,
    case_key: str | None,
    received_at: datetime,
) -> dict[str, Any]:
    """`arrest-recorded` without ids, version and times of its own: codes and times only, nothing typed."""
    listed, presumed, only_warrants = classifier.remembered(
        tuple([(c.text, c.title, c.section, c.description, c.grade, c.nibrs, c.counts) for c in record.charges]),
        partial(_presumed, record.charges, classifier),
    )
    person = record.person
    return {
        "linkable": False,
        "agency_ori": ori,
        "municipality": municipality,
        "zone": public_zone(record.place.zone),
        "source": source,
        "case_key": case_key,
        "arrested_at": record.arrested_at.isoformat(),
        "time_precision": record.time_precision,
        "backfill": received_at - record.arrested_at > BACKFILL_AFTER,
        "arrest_type": record.arrest_type,
        "custody": record.custody,
        "disposition": record.disposition,
        "offered": record.offered,
        "charges": listed,
        "classifier_version": classifier.version,
        "policy_version": classifier.policy_version,
        "divertible": presumed,
        "warrant_only": only_warrants,
        "filed_at": record.filed_at.isoformat() if record.filed_at else None,
        "demographics": {
            "race": person.race,
            "ethnicity": person.ethnicity,
            "sex": person.sex,
            "age": person.age if person.age is not None else age_at(record),
            "race_source": "perceived",
        },
    }


def age_at(record: CanonicalArrest) -> int | None:
    """Completed years on the day of the arrest, if the birth date is known."""
    born = record.person.birth_date
    if born is None:
        return None
    day = record.arrested_at.date()
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if 0 <= years <= 130 else None
