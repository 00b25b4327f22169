"""What is learned late never costs a person what was given: extensions, approvals and intakes on time count."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from services.referral.domain.charge_ledger import Cause
from services.referral.domain.referral_states import Act
from services.referral.store import settling
from services.referral.store.deciding import decide_referral
from services.referral.store.policy import shipped_policy
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import answered, local
from tests.integration.referral.referrals.test_examples import Case

pytestmark = pytest.mark.integration

APRIL_10 = date(2026, 4, 10)


async def charge(case: Case) -> str:
    (row,) = await case.police.rows("select state from own.charge where referral_id = :id", id=case.referral_id)
    return str(row["state"])


async def due(case: Case) -> str:
    (row,) = await case.police.rows("select due_on from own.referral where referral_id = :id", id=case.referral_id)
    return str(row["due_on"])


async def test_an_intake_learned_after_an_extension_does_not_undo_it(police: PoliceSide) -> None:
    case = await Case.start(police)
    await case.days_pass("2026-04-01 06:00")
    await case.on_referral(Act.MOVE_DUE_DAY, "prosecutor", "2026-04-02 09:00", due_on=APRIL_10)
    known = local("2026-04-02 11:00")
    await police.deliver(case.intake(local("2026-04-01 15:00"), known), now=known)
    assert [state for state, _ in await case.charges()] == ["held", "eligible_to_file", "held", "relinquished"]
    told = [fact["intake_due_on"] for fact in await police.published("referral-decided")]
    assert told == sorted(told)
    assert (await due(case), await case.state()) == ("2026-04-10", "intake_complete")


async def test_an_extension_entered_as_of_an_earlier_day_holds_the_charge_again(police: PoliceSide) -> None:
    case = await Case.start(police)
    await case.days_pass("2026-04-01 06:00")
    as_of = local("2026-03-30 15:00")
    async with police.consuming(local("2026-04-02 09:00")) as tx:
        await decide_referral(
            tx, case.referral_id, Act.MOVE_DUE_DAY, "prosecutor", "progress_known", at=as_of, due_on=APRIL_10
        )
    assert (await charge(case), await due(case)) == ("held", "2026-04-10")


async def test_a_hold_that_the_prosecutor_ended_is_not_taken_up_again_by_rule_but_by_an_extension(
    police: PoliceSide,
) -> None:
    case = await Case.start(police)
    await case.on_charge(Cause.END_HOLD, "2026-03-05 10:00")
    for answer, day in (("declined", "2026-03-06 10:00"), ("returned", "2026-03-07 10:00")):
        await police.deliver(answered(case.referral_id, case.person_id, answer, local(day)), now=local(day))
    assert await charge(case) == "eligible_to_file"
    await case.on_referral(Act.MOVE_DUE_DAY, "prosecutor", "2026-03-08 09:00", due_on=APRIL_10)
    assert await charge(case) == "held"


async def test_back_again_while_pending_is_approved_so_an_intake_on_time_gives_the_charge_up(
    police: PoliceSide,
) -> None:
    for first in range(6):
        case = await Case.start(police, complainant="unknown")
        facts = (
            answered(case.referral_id, case.person_id, "declined", local("2026-03-05 10:00")),
            answered(case.referral_id, case.person_id, "returned", local("2026-03-12 10:00")),
            case.intake(local("2026-03-20 10:00")),
        )
        for fact in list(permutations(facts))[first]:
            await police.deliver(fact, now=local("2026-03-20 11:00"))
        assert (await charge(case), await case.state()) == ("relinquished", "intake_complete")


async def test_withdrawn_while_pending_and_back_the_charge_is_held_to_the_plain_term(police: PoliceSide) -> None:
    case = await Case.start(police, complainant="unknown")
    await case.on_referral(Act.WITHDRAW, "agency_supervisor", "2026-03-04 10:00")
    assert (await charge(case), await due(case)) == ("eligible_to_file", "2026-03-31")
    back = answered(case.referral_id, case.person_id, "returned", local("2026-03-12 10:00"))
    await police.deliver(back, now=local("2026-03-12 10:00"))
    assert (await charge(case), await case.state()) == ("held", "reopened")
    await case.days_pass("2026-04-01 06:00")
    assert (await charge(case), await case.state()) == ("eligible_to_file", "expired")


async def test_an_approval_stands_though_a_no_of_ten_seconds_before_comes_after_it(police: PoliceSide) -> None:
    case = await Case.start(police, complainant="unknown")
    await case.on_referral(Act.APPROVE, "supervisor", "2026-03-05 10:00:10")
    no = answered(case.referral_id, case.person_id, "declined", local("2026-03-05 10:00:00"))
    await police.deliver(no, now=local("2026-03-05 10:00:20"))
    assert await case.decisions() == ["approved", "declined"]
    back = answered(case.referral_id, case.person_id, "returned", local("2026-03-12 10:00"))
    await police.deliver(back, now=local("2026-03-12 10:00"))
    await police.deliver(case.intake(local("2026-03-20 10:00")), now=local("2026-03-20 10:00"))
    assert (await charge(case), await case.state()) == ("relinquished", "intake_complete")


@pytest.mark.parametrize("void_first", [True, False])
async def test_void_and_an_intake_on_time_before_it_in_either_order(police: PoliceSide, void_first: bool) -> None:
    case = await Case.start(police)
    intake = case.intake(local("2026-03-20 10:00"), local("2026-03-21 09:05"))
    if not void_first:
        await police.deliver(intake, now=local("2026-03-21 08:00"))
    await case.on_referral(Act.ENTERED_IN_ERROR, "supervisor", "2026-03-21 09:00")
    if void_first:
        await police.deliver(intake, now=local("2026-03-21 09:05"))
    assert (await charge(case), await case.state()) == ("relinquished", "void")


@pytest.fixture
def prosecutor_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy without the prosecutor's standing agreement."""
    shipped = shipped_policy()
    versions = tuple(one.model_copy(update={"relinquish_by": "prosecutor"}) for one in shipped.versions)

    async def policy_of(*_: Any) -> Any:
        return shipped.model_copy(update={"versions": versions})

    monkeypatch.setattr(settling, "policy_of", policy_of)


@pytest.mark.usefixtures("prosecutor_gives_up")
async def test_without_the_agreement_a_charge_with_an_intake_on_time_waits_held_for_the_prosecutor(
    police: PoliceSide,
) -> None:
    case = await Case.start(police)
    done = case.intake(local("2026-03-20 10:00"))
    await police.deliver(done, now=local("2026-03-20 10:00"))
    await case.days_pass("2026-04-01 06:00")
    again = done.model_copy(
        update={"version": 2, "action": "replace", "minutes": 55, "recorded_at": local("2026-04-03 09:00")}
    )
    await police.deliver(again, now=local("2026-04-03 09:00"))
    assert await charge(case) == "held"
    await case.on_charge(Cause.GIVE_UP, "2026-04-04 09:00")
    assert await charge(case) == "relinquished"


@pytest.mark.usefixtures("prosecutor_gives_up")
async def test_without_the_agreement_an_intake_on_time_learned_late_holds_the_charge_again(
    police: PoliceSide,
) -> None:
    case = await Case.start(police)
    await case.days_pass("2026-04-01 06:00")
    assert await charge(case) == "eligible_to_file"
    await police.deliver(case.intake(local("2026-03-20 10:00")), now=local("2026-04-09 10:00"))
    assert await charge(case) == "held"
