"""The form of a policy change: what was typed -> a change, or an error at each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from starlette.datastructures import FormData

from services.referral.domain.policy import PolicyVersion
from services.referral.domain.policy_changes import CHANGE, Change

KINDS: Final = {
    "rules": ("Rules and charges", "Days, who decides, and which charges are presumed divertible"),
    "stage": ("A place", "A municipality or zone opens, or ends"),
    "signing": ("An agency", "A police agency signs the agreement"),
    "covering": ("Who answers calls", "Another agency begins to cover a place"),
}
PRESUMED: Final = {
    "Y": "Divertible",
    "REVIEW": "A person looks first",
    "N": "Not divertible",
    "IGNORE": "Does not count",
}
STAGES: Final = {"interested": "Interested", "signed": "Signed", "active": "Open", "ended": "Ended"}
EMPTY_LINES: Final = 3
_LINE: Final = ("title", "section", "sub", "eligibility", "why")
_NUMBERS: Final = ("intake_days", "days_after_approval", "adult_age", "coordinators")
_SAID: Final = {
    "from": "Give the first day.",
    "area_id": "Choose the place.",
    "stage": "Choose the stage.",
    "ori": "Choose the agency.",
    "title": "Give the title, such as 18.",
    "section": "Give the section, such as 3929.",
    "eligibility": "Choose what is presumed.",
    "why": "Say why, in a few words.",
    "sub": "Give the subsection, such as (a)(1).",
}


def read(form: FormData, in_force: PolicyVersion) -> tuple[Change | None, dict[str, str]]:
    """The change, or an error by field. Fields left as they are in force are no change."""
    kind = str(form.get("kind") or "")
    content: dict[str, Any] = {"kind": kind, "from": str(form.get("from") or "")}
    if kind == "rules":
        content |= _rules(form, in_force)
    else:
        content |= {name: str(form.get(name) or "") for name in ("area_id", "stage", "ori") if form.get(name)}
    errors: dict[str, str] = {}
    if kind == "rules" and len(content) == 2:
        errors["intake_days"] = "Nothing would change: change at least one rule."
    try:
        change = CHANGE.validate_python(content)
    except ValidationError as error:
        errors |= {_field(fault["loc"]): _sentence(fault) for fault in error.errors(include_input=False)}
        return None, errors
    return (None if errors else change), errors


def lines(form: Mapping[str, Any] | None, in_force: PolicyVersion) -> list[dict[str, str]]:
    """The lines of the charge table: as typed, else as in force; with empty ones to fill."""
    if form and "kind" in form:
        shown = [{name: str(form.get(f"{name}-{n}") or "") for name in _LINE} for n in range(_count(form))]
    else:
        shown = [{name: str(getattr(rule, name)) for name in _LINE} for rule in in_force.charge_rules] + [
            dict.fromkeys(_LINE, "") for _ in range(EMPTY_LINES)
        ]
    return shown


def _rules(form: FormData, in_force: PolicyVersion) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _NUMBERS:
        typed = str(form.get(name) or "").strip()
        before = getattr(in_force, name) if name != "coordinators" else None
        if typed and typed != str(before):
            found[name] = typed
    relinquish = str(form.get("relinquish_by") or "")
    if relinquish and relinquish != in_force.relinquish_by:
        found["relinquish_by"] = relinquish
    listed = [line for line in lines(form, in_force) if any(line.values())]
    if listed != [{name: str(getattr(rule, name)) for name in _LINE} for rule in in_force.charge_rules]:
        found |= {"charge_rules": listed, "basis": in_force.version}
    return found


def _count(form: Mapping[str, Any]) -> int:
    numbers = [int(key.rsplit("-", 1)[1]) for key in form if key.startswith("section-") and key[8:].isdigit()]
    return min(500, max(numbers, default=-1) + 1)


def _field(loc: tuple[Any, ...]) -> str:
    steps = [step for step in loc if step not in KINDS]
    if len(steps) == 3:
        # ("charge_rules", line, field)
        return f"{steps[2]}-{steps[1]}"
    return str(steps[0]) if steps else "kind"


def _sentence(fault: Mapping[str, Any]) -> str:
    name = _field(fault["loc"]).rsplit("-", 1)[0]
    if name in _NUMBERS:
        limits = fault.get("ctx", {})
        bounds = [f"{limits[key]} or {word}" for key, word in (("ge", "more"), ("le", "less")) if key in limits]
        return ", ".join(["Give a whole number", *bounds]) + "."
    return _SAID.get(name, "This cannot be used.")
