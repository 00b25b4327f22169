"""The programme's own policy and the encounter its examples start from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.referral.domain.referral_states import Act, State
from services.referral.domain.screening import Encounter
from services.referral.domain.standing import Step, Terms
from services.referral.store.crosswalk import seed_classifier
from services.referral.store.policy import shipped_policy
from shared.contracts.codes import Charge

PITTSBURGH = ZoneInfo("America/New_York")
POLICY = shipped_policy("allegheny")


def local(text: str) -> datetime:
    """A local time as the examples write it: "2026-03-01 23:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=PITTSBURGH).astimezone(UTC)


def charged(text: str) -> list[Charge]:
    return [charge.public(seq) for seq, charge in enumerate(seed_classifier().classify(text), 1)]


def encounter(**changes: Any) -> Encounter:
    usual: dict[str, Any] = {
        "pathway": "arrest_diversion",
        "day": date(2026, 3, 1),
        "municipality": "Pittsburgh",
        "zone": "1",
        "agency_ori": "PAPPD0000",
        "charges": charged("13(a)(16) Possession of controlled substance"),
        "offer": "accepted",
        "complainant": "none",
        "birth_date": date(1990, 5, 5),
    }
    return Encounter(**(usual | changes))


def terms(first: State = State.APPROVED, at: str = "2026-03-01 23:30", *, clock: bool = True) -> Terms:
    moment = local(at)
    rules = POLICY.on(POLICY.civil_day(moment))
    return Terms(
        moment, first, clock, POLICY.civil_day(moment), rules.intake_days, rules.days_after_approval, PITTSBURGH
    )


def step(act: Act, at: str, role: str = "rule", **more: Any) -> Step:
    return Step(act, local(at), role, **more)


def intake(at: str, intake_id: str = "first") -> Step:
    return step(Act.INTAKE, at, intake_id=intake_id)


def intake_voided(at: str, intake_id: str = "first") -> Step:
    return step(Act.INTAKE_VOIDED, at, intake_id=intake_id)
