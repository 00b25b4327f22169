"""Bodies of answers as `/openapi.json` describes them. The routes make them; nothing is parsed by these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.referral.domain.canonical_referral import CanonicalReferral

Status = Literal["received", "staged", "previewed", "held", "applied", "refused"]
IDEMPOTENCY = {"Idempotency-Key": "The same key with the same body is done once and answered twice."}


class Sent(BaseModel):
    """The batch it is, to ask for."""

    batch_id: UUID


class Again(BaseModel):
    """The batch in which a file is read again."""

    batch_id: UUID
    replay_of: UUID


class Counted(BaseModel):
    """How often a code came."""

    code: str
    count: int


class Batch(BaseModel):
    """Status and counts. Once applied: rows = accepted + replaced + voided + duplicates + rejected + other."""

    batch_id: UUID
    source: str
    status: Status
    rows: int
    accepted: int
    replaced: int
    voided: int
    duplicates: int
    rejected: int
    other: int
    warnings: list[Counted]
    rejects_url: str
    complete: list[date] = []
    comparison: list[Any] = []
    error: dict[str, Any] = {}
    voided_at: datetime | None = None
    replay_of: UUID | None = None
    again_of: UUID | None = None


class StoredArrest(BaseModel):
    """What became of one arrest."""

    source_record_id: str
    arrest_id: UUID
    result: Literal["stored"]


class StoredArrests(BaseModel):
    """A result for each record, in order."""

    batch_id: UUID
    results: list[StoredArrest]


class TakenReferral(BaseModel):
    """What became of one referral."""

    source_record_id: str
    referral_id: UUID
    result: Literal["created", "duplicate", "differs"]
    decision: str = ""


class TakenReferrals(BaseModel):
    """A result for each record, in order."""

    results: list[TakenReferral]


class Referral(CanonicalReferral):
    """One referral. `arrested_at` is taken for `occurred_at` too."""

    occurred_at: datetime


class Source(BaseModel):
    """A feed as it is registered."""

    source: str
    agency: str
    format: str
    timezone: str
    mapping_version: int
    agencies: list[str]
    primary: bool | None
    takes_over_from: date | None
    steward: str | None


class ReferralStatuses(BaseModel):
    """A page of referrals; `next` leads to the one behind it."""

    referrals: list[dict[str, Any]]
    next: str | None


class Connected(BaseModel):
    """An agency that takes Kafka."""

    agency: str
    connected: bool
