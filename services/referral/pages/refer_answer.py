"""The answer at once: would this be a diversion, as far as the first step can tell, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.referral.domain import eligibility, place
from services.referral.domain.policy import Policy
from services.referral.domain.reasons import sentence
from services.referral.pages.when import read_time
from services.referral.store.crosswalk import classifier_on
from shared.web import Desk

DIVERSION = "arrest_diversion"


@dataclass(frozen=True)
class Answer:
    """yes, no, or a person has to look; `other_door`: there is another way to the programme."""

    verdict: Literal["yes", "review", "no"]
    title: str
    sentences: list[str]
    other_door: bool = False


def answer(rules: Policy, desk: Desk, values: Mapping[str, str]) -> Answer | None:
    """Judge place and charge; age and complainant come later. None while nothing can be said."""
    municipality = values.get("municipality", "")
    if not municipality or not values.get("pathway"):
        return None
    day = _day(values, desk, rules)
    police = desk.actor.agency_ori if desk.actor.role != "partner" else None
    where = place.find(rules, municipality, values.get("zone") or None, police, day)
    ruled_out, questions = list(where.ruled_out), list(where.open_questions)
    about = ""
    if values["pathway"] == DIVERSION:
        texts = [one.text for one in rules.on(day).common_charges if one.code == values.get("charge")]
        texts += [text for text in values.get("charge_text", "").split(" / ") if text.strip()]
        if not texts:
            return None
        found = [charge for text in texts for charge in classifier_on(rules, day).classify(text)]
        judged = eligibility.find([charge.public(seq) for seq, charge in enumerate(found, 1)])
        ruled_out += judged.ruled_out
        questions += judged.open_questions
        about = ", ".join(dict.fromkeys(charge.label or "This charge" for charge in found))
    return _said(values["pathway"], ruled_out, questions, about, _place_name(municipality, values.get("zone", "")))


def _said(pathway: str, ruled_out: list[str], questions: list[str], about: str, where: str) -> Answer:
    if ruled_out:
        return Answer(
            "no",
            "Not eligible as a diversion" if pathway == DIVERSION else "Not open here",
            [sentence(code) for code in ruled_out],
            other_door=pathway == DIVERSION and not {"not_covered", "zone_not_active"} & set(ruled_out),
        )
    if questions:
        return Answer("review", "A person will look first", [sentence(code) for code in questions])
    if pathway != DIVERSION:
        return Answer("yes", "Open here", [f"{where} is in the program. A supervisor looks at it next."])
    return Answer("yes", "Eligible", [f"{about} is on the county's list, and {where} is in the program."])


def _place_name(municipality: str, zone: str) -> str:
    return f"{municipality} Zone {zone}" if zone else municipality


def _day(values: Mapping[str, str], desk: Desk, rules: Policy) -> date:
    try:
        return rules.civil_day(read_time(desk, values.get("occurred_at", "")))
    except ValueError:
        return desk.today
