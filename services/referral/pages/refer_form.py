"""The officer's form as typed: three short steps that come down to one canonical referral."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from services.referral.domain.canonical_referral import CanonicalReferral, TypedCharge, TypedPerson, TypedPlace
from services.referral.domain.handoff import minutes
from services.referral.domain.policy import Policy
from services.referral.pages.when import read_time
from shared.web import Desk

FIELDS_OF: Final = {
    1: (
        "pathway", "counterfactual", "charge", "charge_text", "attestation", "municipality", "zone", "occurred_at",
        "case_no",
    ),
    2: ("first", "last", "birth_date", "find", "offer", "complainant", "sex", "race", "known", "known_shown"),
    3: ("handoff", "handoff_minutes", "called_at", "talked_at"),
}  # fmt: skip
"""What each step asks."""
FIELDS: Final = ("draft", *(name for step in FIELDS_OF.values() for name in step))
_PHONE = re.compile(r"^\+?[\d\s().-]{7,20}$")


@dataclass(frozen=True)
class Typed:
    """What was typed so far, field by field, with the errors found in it."""

    values: dict[str, str]
    errors: dict[str, str]
    record: CanonicalReferral | None = None

    def step_with_error(self, upto: int) -> int | None:
        """The first step, of those filled in, that holds an error."""
        for step in range(1, upto + 1):
            if self.errors_of(step):
                return step
        return None

    def errors_of(self, step: int) -> dict[str, str]:
        return {name: said for name, said in self.errors.items() if name in FIELDS_OF[step]}


def read(form: Mapping[str, Any], desk: Desk, rules: Policy) -> Typed:
    """Read what was typed, all of it at once: whatever step it belongs to."""
    values = {name: str(form.get(name) or "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    occurred = _occurred(values, desk, errors)
    born = _born(values["birth_date"], errors)
    found = _person(values, born, errors)
    charges = _charges(values, rules, rules.civil_day(occurred), errors)
    municipality = rules.areas_of(values["municipality"])
    if not municipality:
        errors["municipality"] = "Choose the municipality of the encounter."
    for name, said in (
        ("pathway", "Choose the kind of referral."),
        ("offer", "Say whether they said yes."),
    ):
        if not values[name]:
            errors[name] = said
    minutes = _minutes(values, errors)
    if errors or found is None:
        return Typed(values, errors)
    diversion = values["pathway"] == "arrest_diversion"
    try:
        record = CanonicalReferral(
            ori=desk.actor.agency_ori,
            source_record_id=values["draft"],
            case_no=values["case_no"] or None,
            occurred_at=occurred,
            place=TypedPlace(
                municipality=municipality[0].municipality,
                zone=values["zone"] or None,
                text=None if _PHONE.match(values["find"]) else values["find"] or None,
            ),
            person=found,
            charges=charges,
            pathway=values["pathway"],
            counterfactual=values["counterfactual"] or "none",
            offer=values["offer"],
            # Asked for a diversion only; an answer that stayed from a door chosen before is none.
            complainant=(values["complainant"] if diversion else "") or "none",
            attestation=values["attestation"] or None,
            referred_by="community_partner" if desk.actor.role == "partner" else "officer",
            handoff=values["handoff"] or "none",
            handoff_minutes=minutes,
        )
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            errors[_field(str(fault["loc"][-1]))] = f"{fault['msg']}."
        return Typed(values, errors)
    for name, reason in record.faults(desk.now):
        errors.setdefault(_field(name.split(".")[-1]), reason.partition(": ")[2].capitalize() + ".")
    return Typed(values, errors, None if errors else record)


def person(values: dict[str, str]) -> TypedPerson | None:
    """Who was typed so far, whatever else is missing; None while that cannot be read."""
    errors: dict[str, str] = {}
    found = _person(values, _born(values.get("birth_date", ""), errors), errors)
    return None if errors else found


def draft_id(values: Mapping[str, str]) -> UUID | None:
    """The id the form was opened under: sending twice makes one referral."""
    try:
        return UUID(values["draft"])
    except (KeyError, ValueError):
        return None


def _field(name: str) -> str:
    return {"person": "last", "charges": "charge", "ori": "pathway"}.get(name, name if name in FIELDS else "last")


def _occurred(values: dict[str, str], desk: Desk, errors: dict[str, str]) -> datetime:
    if not values["occurred_at"]:
        return desk.now
    try:
        found = read_time(desk, values["occurred_at"])
    except ValueError:
        errors["occurred_at"] = "Give the day and time it happened, or leave it blank for now."
        return desk.now
    if found > desk.now:
        errors["occurred_at"] = "That time is in the future."
    return found


def _born(text: str, errors: dict[str, str]) -> date | None:
    if not text:
        return None
    # Some phones' number keys have no slash.
    for form in ("%m/%d/%Y", "%m%d%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # a civil day has no zone
        except ValueError:
            continue
    errors["birth_date"] = "Write the date of birth as MM/DD/YYYY, or leave it blank."
    return None


def _person(values: dict[str, str], born: date | None, errors: dict[str, str]) -> TypedPerson | None:
    if not values["first"] and not values["last"]:
        errors["last"] = "Give a name to ask for."
        return None
    found = values["find"]
    try:
        return TypedPerson(
            first=values["first"],
            last=values["last"],
            birth_date=born,
            sex=values["sex"] or "U",
            race=values["race"] or "U",
            phones=[found] if _PHONE.match(found) else [],
        )
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            errors[_field(str(fault["loc"][0]))] = f"{fault['msg']}."
        return None


def _charges(values: dict[str, str], rules: Policy, day: date, errors: dict[str, str]) -> list[TypedCharge]:
    if values["pathway"] != "arrest_diversion":
        return []
    common = {charge.code: charge.text for charge in rules.on(day).common_charges}
    texts = [common.get(values["charge"], ""), *values["charge_text"].split(" / ")]
    found = [text.strip() for text in texts if text.strip()]
    if not found:
        errors["charge_text" if values["charge"] == "other" else "charge"] = "Name the charge you would have filed."
    return [TypedCharge(text=text[:200]) for text in found]


def _minutes(values: dict[str, str], errors: dict[str, str]) -> int | None:
    if not values["handoff_minutes"]:
        return _clocked(values)
    if not values["handoff_minutes"].isdigit() or int(values["handoff_minutes"]) > 1440:
        errors["handoff_minutes"] = "Give the minutes as a whole number."
        return None
    return int(values["handoff_minutes"])


def _clocked(values: dict[str, str]) -> int | None:
    """The minutes by the form's own clock: it ran from the call until "Yes" was chosen."""
    if values["handoff"] != "warm" or not (values["called_at"] and values["talked_at"]):
        return None
    try:
        found = minutes(*(datetime.fromisoformat(values[name]) for name in ("called_at", "talked_at")))
    except (ValueError, TypeError):
        return None  # a clock that was set meanwhile says nothing; the officer can still type the minutes
    return found if found <= 1440 else None
