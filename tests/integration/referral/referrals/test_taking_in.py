"""A referral comes in, and what is told of it."""

from __future__ import annotations

import pytest

from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import record

pytestmark = pytest.mark.integration


async def test_an_eligible_referral_is_approved_its_charge_held_and_its_person_told(police: PoliceSide) -> None:
    (made,) = await police.refer(record())
    assert (made.result, made.state) == ("created", "approved")
    told = await police.published()
    assert [fact["topic"] for fact in told] == ["referral-created", "charge-decided", "person-profile"]
    created, charge, profile = told
    assert created["decision"] == "approved"
    assert created["intake_due_on"] == "2026-03-31"
    assert (charge["state"], charge["by"], charge["statute"]) == ("held", "rule", "35 § 780-113 §§ A16")
    assert profile["names"] == [{"last": "Sampleton", "first": "Marlow"}]
