"""A change of the policy and a place of the programme, in words."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import RowMapping

from services.referral.domain.policy import Area, Policy
from services.referral.domain.policy_changes import CHANGE, Change, RulesChange
from services.referral.pages import crosswalk_words, policy_form

KINDS: Final = {**policy_form.KINDS, "crosswalk": ("The offense list", "Rows are reviewed, added, changed or ended")}
"""Every kind of change, also those with a form of their own."""
_RULES: Final = {
    "intake_days": "Days to complete an intake",
    "days_after_approval": "Days after an approval at least",
    "adult_age": "Age from which LEAD is open",
    "coordinators": "Coordinators in office",
    "relinquish_by": "Charges are given up by",
    "auto_approve": "Approved by rule",
}


def listed(rules: Policy, row: RowMapping) -> dict[str, Any]:
    """A stored change with its sentences."""
    change = CHANGE.validate_python(row["content"])
    return {**row, "kind_said": KINDS[row["kind"]][0], "said": said(rules, change), "parsed": change}


def said(rules: Policy, change: Change) -> list[str]:
    """What a change does, one sentence each."""
    told = change.model_dump(include=set(_RULES), exclude_none=True)
    words = []
    for name, value in told.items():
        text = ", ".join(sorted(value)).replace("_", " ") if isinstance(value, frozenset) else value
        words.append(f"{_RULES[name]}: {text}.")
    if isinstance(change, RulesChange) and change.charge_rules is not None:
        words.append(f"Charge rules over the county's list: {len(change.charge_rules)}.")
    area = next((one.name for one in rules.areas if one.area_id == getattr(change, "area_id", None)), "")
    agency = rules.agency(getattr(change, "ori", ""))
    match change.kind:
        case "stage":
            words.append(f"{area}: {policy_form.STAGES[change.stage].lower()}.")
        case "covering":
            words.append(f"{agency.name if agency else change.ori} answers calls in {area}.")
        case "signing":
            words.append(f"{agency.name if agency else change.ori} signs the agreement.")
        case "crosswalk":
            words += crosswalk_words.said(change)
    return words


def place(area: Area, today: date) -> dict[str, Any]:
    """A place with its stage of today and what is planned."""
    coming = sorted((stage for stage in area.stages if stage.from_ > today), key=lambda stage: stage.from_)
    past = sorted((stage for stage in area.stages if stage.from_ <= today), key=lambda stage: stage.from_)
    return {
        "name": area.name,
        "stage": policy_form.STAGES[past[-1].stage] if past else "Not begun",
        "since": past[-1].from_ if past else None,
        "coming": [(policy_form.STAGES[stage.stage], stage.from_) for stage in coming],
    }
