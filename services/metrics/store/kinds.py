"""Each topic's fact table: which codes of an event metrics keeps. Nothing else of an event is stored."""

from __future__ import annotations

from typing import Any

from services.metrics.domain.ladder import rungs
from services.metrics.store.facts import Calendar, Kind
from shared.contracts import (
    ArrestRecorded,
    ChargeDecided,
    ConsentRecorded,
    ContactLogged,
    FeedCoverage,
    IntakeCompleted,
    JurisdictionChanged,
    ParticipantStatusChanged,
    ReferralCreated,
    ReferralDecided,
    StatusRecorded,
    SurveyRecorded,
    UtilizationRecorded,
)

Row = tuple[Any, ...]


def _arrest(e: ArrestRecorded, calendar: Calendar) -> Row:
    day = calendar.day(e.arrested_at)
    # Backfilled history says nothing about how late a feed is.
    delay = None if e.backfill else max(0, min((calendar.day(e.recorded_at) - day).days, 9999))
    who = e.demographics
    return (
        day, int(rungs(e)), e.linkable, e.divertible, e.offered, delay,
        e.agency_ori, e.municipality, who.race, who.race_source,
    )  # fmt: skip


def _referral(e: ReferralCreated, calendar: Calendar) -> Row:
    who = e.demographics
    return (
        e.occurred_at, calendar.day(e.occurred_at), e.pathway, e.offer, e.decision, e.screening.result,
        e.arrest_id, e.screening.prior_arrests_required, e.agency_ori, e.municipality, who.race, who.race_source,
    )  # fmt: skip


def _intake(e: IntakeCompleted, calendar: Calendar) -> Row:
    told = e.demographics_self_reported
    return (e.referral_id, e.completed_at, calendar.day(e.completed_at), e.kind, told.race if told else None)


def _area(e: JurisdictionChanged, _calendar: Calendar) -> Row:
    started = min((stage.from_ for stage in e.stages if stage.stage == "active"), default=None)
    ended = max((stage.from_ for stage in e.stages if stage.stage == "ended"), default=None)
    agencies = " ".join(sorted({covering.ori for covering in e.covering}))
    return (e.municipality, e.zone, e.name, started, ended, agencies)


ARREST = Kind(
    ArrestRecorded,
    "copied.fact_arrest",
    {
        "day": "date",
        "rungs": "smallint",
        "linkable": "boolean",
        "divertible": "text",
        "offered": "boolean",
        "delay_days": "smallint",
        "agency_ori": "text",
        "area": "text",
        "race": "text",
        "race_source": "text",
    },
    _arrest,
)
REFERRAL = Kind(
    ReferralCreated,
    "copied.fact_referral",
    {
        "at": "timestamptz",
        "day": "date",
        "pathway": "text",
        "offer": "text",
        "decision": "text",
        "screening": "text",
        "arrest_id": "uuid",
        "arrests_required": "boolean",
        "agency_ori": "text",
        "area": "text",
        "race": "text",
        "race_source": "text",
    },
    _referral,
)
DECISION = Kind(
    ReferralDecided,
    "copied.fact_decision",
    {"referral_id": "uuid", "seq": "int", "decision": "text", "day": "date"},
    lambda e, calendar: (e.referral_id, e.seq, e.decision, calendar.day(e.decided_at)),
)
INTAKE = Kind(
    IntakeCompleted,
    "copied.fact_intake",
    {"referral_id": "uuid", "at": "timestamptz", "day": "date", "kind": "text", "race": "text"},
    _intake,
)
CONTACT = Kind(
    ContactLogged,
    "copied.fact_contact",
    {"referral_id": "uuid", "day": "date", "stage": "text", "outcome": "text", "mode": "text"},
    lambda e, calendar: (e.referral_id, calendar.day(e.at), e.stage, e.outcome, e.mode),
)
PARTICIPANT = Kind(
    ParticipantStatusChanged,
    "copied.fact_participant",
    {"status": "text", "day": "date", "engaged": "boolean"},
    lambda e, calendar: (e.status, calendar.day(e.since), e.engaged),
)
CHARGE = Kind(
    ChargeDecided,
    "copied.fact_charge",
    {"referral_id": "uuid", "state": "text", "day": "date", "decided_by": "text"},
    lambda e, calendar: (e.referral_id, e.state, calendar.day(e.decided_at), e.by),
)
UTILIZATION = Kind(
    UtilizationRecorded,
    "copied.fact_utilization",
    {"sector": "text", "unit": "text", "units": "float8", "day": "date", "until": "date"},
    lambda e, calendar: (e.sector, e.unit, e.units, calendar.day(e.from_), calendar.day_or_none(e.to)),
)
CONSENT = Kind(
    ConsentRecorded,
    "copied.fact_consent",
    {"recipient_class": "text", "state": "text", "day": "date", "expires_on": "date", "information": "text"},
    lambda e, calendar: (
        e.recipient_class, e.state, calendar.day(e.from_), e.expires_on, " ".join(sorted(e.information))
    ),
)  # fmt: skip
STATUS = Kind(
    StatusRecorded,
    "copied.fact_status",
    {"domain": "text", "value": "text", "day": "date", "until": "date", "timepoint": "text", "asked": "boolean"},
    lambda e, _calendar: (e.domain, e.value, e.from_, e.to, e.timepoint, e.asked),
)
SURVEY = Kind(
    SurveyRecorded,
    "copied.fact_survey",
    {"audience": "text", "area": "text", "question": "text", "answer": "text", "day": "date"},
    lambda e, _calendar: (e.audience, e.municipality, e.question, e.answer, e.on),
)
AREA = Kind(
    JurisdictionChanged,
    "copied.fact_area",
    {
        "municipality": "text",
        "zone": "text",
        "name": "text",
        "active_from": "date",
        "ended_on": "date",
        "agencies": "text",
    },
    _area,
    fact_id="text",
)
COVERAGE = Kind(
    FeedCoverage,
    "copied.fact_coverage",
    {"covered_from": "date", "covered_through": "date"},
    lambda e, _calendar: (e.covered_from, e.covered_through),
    fact_id="text",
)

KINDS: tuple[Kind[Any], ...] = (
    ARREST, REFERRAL, DECISION, INTAKE, CONTACT, PARTICIPANT, CHARGE, UTILIZATION, CONSENT, STATUS, SURVEY, AREA,
    COVERAGE,
)  # fmt: skip
"""A new fact is one entry here, one table in a migration, and nothing else."""
