"""The short form for a stop at which LEAD was not offered, as typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from services.referral.domain.discretion import NotOffered
from services.referral.domain.policy import Policy
from services.referral.pages.when import read_time
from shared.web import Desk

FIELDS: Final = (
    "draft", "did", "why_not", "charge", "charge_text", "municipality", "zone", "race", "sex", "case_no", "occurred_at",
)  # fmt: skip
DID: Final = (("arrested", "Arrest"), ("cited", "Citation"), ("warned", "Warning"))
WHY_NOT: Final = (
    ("no_time", "No time"),
    ("no_worker", "No worker came"),
    ("complainant_declines", "Store or victim says no"),
    ("safety", "Safety"),
    ("unable_now", "Could not talk then"),
    ("other_way", "Another way fits"),
)
_INSTEAD: Final = {"arrest": "arrested", "citation": "cited", "warning": "warned"}


@dataclass(frozen=True)
class TypedNotOffered:
    """What was typed, field by field, with its errors; the record if there are none."""

    values: dict[str, str]
    errors: dict[str, str]
    record: NotOffered | None = None


def from_referral(form: Mapping[str, Any]) -> dict[str, str]:
    """What the first step of a referral already says, so that nothing is typed twice."""
    values = {name: str(form.get(name) or "").strip() for name in FIELDS}
    values["did"] = values["did"] or _INSTEAD.get(str(form.get("counterfactual") or ""), "")
    return values


def read(form: Mapping[str, Any], desk: Desk, rules: Policy) -> TypedNotOffered:
    """Read what was typed, all errors at once."""
    values = {name: str(form.get(name) or "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    occurred = desk.now
    if values["occurred_at"]:
        try:
            occurred = read_time(desk, values["occurred_at"])
        except ValueError:
            errors["occurred_at"] = "Give the day and time it happened, or leave it blank for now."
    for name, said in (("did", "Say what you did."), ("why_not", "Say why LEAD was not offered.")):
        if not values[name]:
            errors[name] = said
    area = rules.areas_of(values["municipality"])
    if not area:
        errors["municipality"] = "Choose the municipality of the encounter."
    charges = _charges(values, rules, occurred)
    if not charges:
        errors["charge_text" if values["charge"] == "other" else "charge"] = "Name the most serious charge."
    if errors:
        return TypedNotOffered(values, errors)
    try:
        record = NotOffered(
            ori=desk.actor.agency_ori or "",
            case_no=values["case_no"] or None,
            occurred_at=occurred,
            municipality=area[0].municipality,
            zone=values["zone"] or None,
            did=values["did"],
            why_not=values["why_not"],
            charges=charges,
            sex=values["sex"] or "U",
            race=values["race"] or "U",
        )
    except ValidationError as error:
        return TypedNotOffered(values, {_field(fault["loc"]): f"{fault['msg']}." for fault in error.errors()})
    faults = dict(record.faults(desk.now))
    return TypedNotOffered(values, faults, None if faults else record)


def _charges(values: Mapping[str, str], rules: Policy, occurred: datetime) -> list[str]:
    common = {charge.code: charge.text for charge in rules.on(rules.civil_day(occurred)).common_charges}
    texts = [common.get(values["charge"], ""), *values["charge_text"].split(" / ")]
    return [text.strip()[:200] for text in texts if text.strip()]


def _field(place: tuple[int | str, ...]) -> str:
    return {"charges": "charge", "ori": "did"}.get(str(place[0]), str(place[0]))
