"""Screening: the programme's examples by number, and the reasons a person reads."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.referral.domain import place
from services.referral.domain.capacity import Waiting, has_slot
from services.referral.domain.minors import age_on
from services.referral.domain.policy import Policy
from services.referral.domain.reasons import SENTENCES
from services.referral.domain.referral_states import State
from services.referral.domain.screening import Outcome, screen
from tests.unit.referral.referrals.county import POLICY, charged, encounter, local

DAY = date(2026, 3, 1)


def screened(used: int = 0, rules: Policy = POLICY, **changes: Any) -> Outcome:
    return screen(rules, encounter(**changes), used)


def with_areas(**stages: str) -> Policy:
    """The policy with some municipalities switched on."""
    changed = [
        area.model_copy(update={"stages": POLICY.areas[0].stages}) if area.municipality in stages else area
        for area in POLICY.areas
    ]
    agencies = [
        agency.model_copy(update={"signed": date(2024, 4, 11)}) if agency.ori in stages.values() else agency
        for agency in POLICY.agencies
    ]
    return POLICY.model_copy(update={"areas": tuple(changed), "agencies": tuple(agencies)})


def test_an_ordinary_encounter_is_approved_at_once() -> None:
    found = screened()
    assert (found.screening.result, found.screening.reasons, found.decision) == ("eligible", [], State.APPROVED)
    assert [charge.section for charge in found.to_hold] == ["780-113"]


def test_example_15_one_excluded_charge_makes_all_ineligible_and_only_the_other_could_be_held() -> None:
    found = screened(charges=charged("13(a)(16) Possession / 2701 Simple Assault"))
    assert (found.decision, found.screening.reasons) == (State.INELIGIBLE, ["charge_excluded"])
    assert [charge.section for charge in found.to_hold] == ["780-113"]


def test_example_16_a_birthday_decides_who_is_a_minor() -> None:
    assert screened(birth_date=date(2008, 3, 1)).decision is State.APPROVED
    young = screened(birth_date=date(2008, 3, 2))
    assert (young.decision, young.screening.reasons) == (State.INELIGIBLE, ["under_age"])
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_an_unknown_age_waits_for_a_person_and_a_stated_one_counts() -> None:
    assert screened(birth_date=None).screening.reasons == ["age_unknown"]
    assert screened(birth_date=None).decision is State.PENDING
    assert screened(birth_date=None, age=17).decision is State.INELIGIBLE
    assert screened(birth_date=None, age=40).decision is State.APPROVED


def test_example_17_the_store_must_agree() -> None:
    theft = charged("3929(a)(1) Retail Theft")
    unknown, declines = (screened(charges=theft, complainant=said) for said in ("unknown", "declines"))
    assert (unknown.decision, unknown.screening.reasons) == (State.PENDING, ["complainant_unknown"])
    assert (declines.decision, declines.screening.reasons) == (State.INELIGIBLE, ["complainant_declines"])
    assert screened(charges=theft, complainant="agrees").decision is State.APPROVED


def test_example_18_zones_have_their_own_dates() -> None:
    assert screened(zone="3").screening.reasons == ["zone_not_active"]
    assert screened(zone="3").decision is State.INELIGIBLE
    assert screened(zone=None).screening.reasons == ["zone_unknown"]
    assert screened(zone=None).decision is State.PENDING
    assert screened(day=date(2024, 4, 10)).screening.reasons == ["not_covered"]


def test_example_19_the_place_decides_not_the_officers_agency() -> None:
    regional = "PALEAD025"
    rules = with_areas(Rankin=regional)
    assert place.find(rules, "Rankin", None, regional, DAY) == place.PlaceFinding()
    assert place.find(rules, "North Braddock", None, regional, DAY).ruled_out == ("not_covered",)


def test_an_agency_without_an_agreement_cannot_refer_yet() -> None:
    assert screened(agency_ori="PALEAD025").screening.reasons == ["agency_not_signed"]


def test_example_20_slots_by_door() -> None:
    three = POLICY.on(DAY).model_copy(
        update={"coordinators": (POLICY.on(DAY).coordinators[0].model_copy(update={"count": 3}),)}
    )
    assert not has_slot(three, "social_contact", DAY, 60)
    assert has_slot(three, "arrest_diversion", DAY, 60)
    assert not has_slot(three, "arrest_diversion", DAY, 75)
    full = POLICY.model_copy(update={"versions": (three,)})
    assert screened(75, full).decision is State.WAITLISTED


def test_example_21_the_waiting_list_is_ordered_by_door_then_time() -> None:
    social, arrest, community = (
        Waiting(door, local(f"{day} 12:00"), local(f"{day} 13:00"), door)  # type: ignore[arg-type]
        for door, day in (
            ("social_contact", "2026-03-01"),
            ("arrest_diversion", "2026-03-04"),
            ("community", "2026-02-27"),
        )
    )
    order = sorted([social, arrest, community], key=lambda one: one.place)
    assert [one.pathway for one in order] == ["arrest_diversion", "community", "social_contact"]


def test_a_warrant_cannot_be_diverted_and_traffic_is_ignored() -> None:
    assert screened(charges=charged("9501 Bench Warrant")).screening.reasons == ["warrant"]
    mixed = screened(charges=charged("13(a)(16) Possession / 1543 Driving While Suspended"))
    assert mixed.decision is State.APPROVED
    assert len(mixed.to_hold) == 1
    assert screened(charges=charged("1543 Driving While Suspended")).screening.reasons == ["no_divertible_charge"]


def test_a_charge_the_list_leaves_open_and_an_attempt_alone_wait_for_a_person() -> None:
    assert screened(charges=charged("5104 Resisting Arrest")).screening.reasons == ["charge_review"]
    assert screened(charges=charged("901 Criminal Attempt")).screening.reasons == ["charge_inchoate"]


def test_a_refusal_at_the_scene_is_the_answer() -> None:
    assert screened(offer="declined").decision is State.DECLINED


def test_the_other_doors_wait_for_a_person_and_ask_nothing_of_a_charge() -> None:
    found = screened(pathway="social_contact", charges=[], attestation="observation")
    assert (found.decision, found.screening.reasons, found.to_hold) == (State.PENDING, [], ())
    assert screened(pathway="social_contact", charges=[]).screening.reasons == ["attestation_missing"]
    assert screened(pathway="community", charges=[], agency_ori=None).decision is State.PENDING


def test_no_record_of_arrests_is_ever_asked_for() -> None:
    assert screened().screening.prior_arrests_required is False


@pytest.mark.parametrize(
    "changes",
    [
        {"zone": "3"},
        {"zone": None},
        {"day": date(2020, 1, 1)},
        {"agency_ori": "PALEAD001"},
        {"birth_date": None},
        {"birth_date": date(2015, 1, 1)},
        {"complainant": "unknown"},
        {"complainant": "declines"},
        {"offer": "not_yet_made"},
        {"charges": charged("9501 Bench Warrant / 2701 Assault / 5104 Resisting / 901 Attempt")},
        {"pathway": "social_contact"},
    ],
)
def test_every_reason_has_its_sentence(changes: dict[str, Any]) -> None:
    reasons = screened(**changes).screening.reasons
    assert reasons
    assert set(reasons) <= SENTENCES.keys()
