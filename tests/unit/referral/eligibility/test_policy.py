"""The policy that ships: the county's places and agencies, dated."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from services.referral.domain.policy import Policy
from services.referral.store.crosswalk import seed_classifier
from services.referral.store.policy import shipped_policy

DAY = date(2026, 3, 1)


def test_the_county_is_whole() -> None:
    rules = shipped_policy("allegheny")
    assert len(rules.municipalities) == 130
    assert len([agency for agency in rules.agencies if "State Police" not in agency.name]) == 102
    assert len({area.area_id for area in rules.areas}) == len(rules.areas)
    known = {agency.ori for agency in rules.agencies}
    assert all(cover.ori in known for area in rules.areas for cover in area.covering)
    assert all(area.covering for area in rules.areas)


def test_only_two_zones_of_the_city_are_on() -> None:
    on = [area.name for area in shipped_policy("allegheny").areas if area.active_on(DAY)]
    assert on == ["Pittsburgh Zone 1", "Pittsburgh Zone 2"]
    assert not any(area.active_on(date(2024, 4, 10)) for area in shipped_policy("allegheny").areas)


def test_two_towns_are_covered_by_the_state_police() -> None:
    assert shipped_policy("allegheny").served_by("PALEAD900", DAY) == ["Glenfield", "Haysville"]


def test_the_civil_day_of_the_encounter_picks_the_version() -> None:
    rules = shipped_policy("allegheny")
    next_one = rules.versions[0].model_copy(update={"version": 2, "from_": DAY, "intake_days": 45})
    two = rules.model_copy(update={"versions": (next_one, rules.versions[0])})
    assert (two.on(date(2026, 2, 28)).version, two.on(DAY).version, two.on(date(2020, 1, 1)).version) == (1, 2, 1)


def test_every_charge_the_form_offers_is_divertible_under_the_shipped_list() -> None:
    for offered in shipped_policy("allegheny").on(DAY).common_charges:
        assert [charge.eligibility for charge in seed_classifier().classify(offered.text)] == ["Y"], offered.code


def test_a_misspelt_word_in_the_policy_is_refused() -> None:
    wrong = shipped_policy("allegheny").model_dump(by_alias=True) | {"timezzone": "UTC"}
    with pytest.raises(ValidationError, match="timezzone"):
        Policy.model_validate(wrong)
