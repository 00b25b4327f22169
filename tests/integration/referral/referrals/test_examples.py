"""The programme's examples by number, through the service: events in, events out, whatever their order."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from services.referral.domain.charge_ledger import Cause
from services.referral.domain.referral_states import Act
from services.referral.store.deciding import decide_charge, decide_referral
from services.referral.store.referrals import used_slots
from shared.contracts import IntakeCompleted
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import answered, intake, local, participant, record

pytestmark = pytest.mark.integration

ON_TIME = local("2026-03-31 23:45")


class Case:
    """One referral of the examples with its charge."""

    def __init__(self, police: PoliceSide, referral_id: UUID, person_id: UUID) -> None:
        self.police, self.referral_id, self.person_id = police, referral_id, person_id

    @classmethod
    async def start(cls, police: PoliceSide, **changes: Any) -> Case:
        (made,) = await police.refer(record(**changes))
        (row,) = await police.rows("select person_id from own.referral where referral_id = :id", id=made.referral_id)
        return cls(police, made.referral_id, row["person_id"])

    def intake(self, completed_at: datetime, known: datetime | None = None, **changes: Any) -> IntakeCompleted:
        return intake(self.referral_id, self.person_id, completed_at, known, **changes)

    async def days_pass(self, until: str) -> None:
        await self.police.tick("due-days", local(until))

    async def charges(self) -> list[tuple[str, str]]:
        """Each published state of the charge with its local moment."""
        return [(fact["state"], _day(fact["decided_at"])) for fact in await self.police.published("charge-decided")]

    async def decisions(self) -> list[str]:
        return [fact["decision"] for fact in await self.police.published("referral-decided")]

    async def state(self) -> str:
        (row,) = await self.police.rows("select state from own.referral where referral_id = :id", id=self.referral_id)
        return str(row["state"])

    async def on_charge(self, cause: Cause, at: str) -> None:
        (row,) = await self.police.rows("select charge_id from own.charge where referral_id = :id", id=self.referral_id)
        async with self.police.consuming(local(at)) as tx:
            await decide_charge(tx, row["charge_id"], cause, "evidence")

    async def on_referral(self, act: Act, role: str, at: str, **more: Any) -> None:
        async with self.police.consuming(local(at)) as tx:
            await decide_referral(tx, self.referral_id, act, role, "decided_by_screening", **more)


def _day(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(local("2026-01-01").tzinfo).strftime("%m-%dT%H:%MZ")


async def test_example_2_an_intake_on_time_gives_the_charge_up(police: PoliceSide) -> None:
    case = await Case.start(police)
    await police.deliver(case.intake(ON_TIME), now=ON_TIME)
    await case.days_pass("2026-04-02 00:00")
    assert [state for state, _ in await case.charges()] == ["held", "relinquished"]
    assert (await case.decisions(), await case.state()) == ([], "intake_complete")


async def test_example_3_a_late_intake_leaves_the_charge_to_the_prosecutor_and_files_nothing(
    police: PoliceSide,
) -> None:
    case = await Case.start(police)
    late = local("2026-04-01 00:10")
    await case.days_pass("2026-04-01 00:05")
    await police.deliver(case.intake(late), now=late)
    assert [state for state, _ in await case.charges()] == ["held", "eligible_to_file"]
    assert (await case.decisions(), await case.state()) == (["expired", "reopened"], "intake_complete")


async def test_a_late_intake_known_before_the_job_runs_still_makes_the_charge_eligible_at_midnight(
    police: PoliceSide,
) -> None:
    case = await Case.start(police)
    late = local("2026-04-01 00:10")
    await police.deliver(case.intake(late), now=late)
    await case.days_pass("2026-04-01 06:00")
    assert (await case.charges())[-1] == ("eligible_to_file", "04-01T04:00Z")


async def test_example_4_an_intake_on_time_that_arrives_late_still_gives_the_charge_up(police: PoliceSide) -> None:
    case = await Case.start(police)
    await case.days_pass("2026-04-01 06:00")
    assert (await case.charges())[-1] == ("eligible_to_file", "04-01T04:00Z")
    known = local("2026-04-09 10:00")
    await police.deliver(case.intake(ON_TIME, known), now=known)
    newest = (await police.published("charge-decided"))[-1]
    # It took effect with the intake; the programme learned it on the 9th.
    assert newest["state"] == "relinquished"
    assert datetime.fromisoformat(newest["decided_at"]) == ON_TIME
    assert datetime.fromisoformat(newest["recorded_at"]) == known
    assert await case.decisions() == ["expired", "reopened"]


async def test_example_5_not_filed_gives_way_to_an_intake_on_time_and_filed_stays_filed_and_flagged(
    police: PoliceSide,
) -> None:
    for cause, final, flagged in ((Cause.DO_NOT_FILE, "relinquished", False), (Cause.FILE, "filed", True)):
        case = await Case.start(police)
        await case.days_pass("2026-04-01 06:00")
        await case.on_charge(cause, "2026-04-05 10:00")
        known = local("2026-04-09 10:00")
        await police.deliver(case.intake(ON_TIME, known), now=known)
        (row,) = await police.rows("select state, flagged from own.charge where referral_id = :id", id=case.referral_id)
        assert row == {"state": final, "flagged": flagged}


async def test_example_6_the_job_dates_its_decision_at_midnight_and_runs_once(police: PoliceSide) -> None:
    case = await Case.start(police)
    await case.days_pass("2026-03-31 23:59")
    assert len(await case.charges()) == 1
    await case.days_pass("2026-04-01 06:00")
    before = await police.published()
    assert (await case.charges())[-1] == ("eligible_to_file", "04-01T04:00Z")
    (decided,) = await police.published("referral-decided")
    assert (decided["decision"], _day(decided["decided_at"])) == ("expired", "04-01T04:00Z")
    await case.days_pass("2026-04-01 06:01")
    assert await police.published() == before


async def test_example_7_a_voided_intake_never_undoes_what_was_given_up(police: PoliceSide) -> None:
    case = await Case.start(police)
    done = case.intake(local("2026-03-20 10:00"))
    await police.deliver(done, now=local("2026-03-20 10:00"))
    await police.deliver(done.void(2, local("2026-04-02 10:00"), "error"), now=local("2026-04-02 10:00"))
    assert [state for state, _ in await case.charges()] == ["held", "relinquished"]
    assert (await case.decisions(), await case.state()) == (["expired"], "expired")


async def test_example_8_a_void_that_arrives_first_is_as_good(police: PoliceSide) -> None:
    case = await Case.start(police)
    void = case.intake(local("2026-03-20 10:00")).void(2, local("2026-04-02 10:00"), "error")
    await police.deliver(void, now=local("2026-04-02 10:00"))
    assert [state for state, _ in await case.charges()] == ["held", "relinquished"]
    assert (await case.decisions(), await case.state()) == (["expired"], "expired")


async def test_a_corrected_intake_counts_by_its_earliest_version(police: PoliceSide) -> None:
    case = await Case.start(police)
    later = case.intake(local("2026-04-03 10:00"), earliest_completed_at=ON_TIME, version=2, action="replace")
    await police.deliver(later, now=local("2026-04-04 10:00"))
    assert [state for state, _ in await case.charges()] == ["held", "relinquished"]


async def test_example_10_and_11_the_clock_starts_with_the_approval_and_the_charge_is_held_meanwhile(
    police: PoliceSide,
) -> None:
    case = await Case.start(police, complainant="unknown")
    await case.days_pass("2026-04-15 00:00")
    assert [state for state, _ in await case.charges()] == ["held"]
    await case.on_referral(Act.APPROVE, "supervisor", "2026-04-20 10:00")
    (decided,) = await police.published("referral-decided")
    assert (decided["decision"], decided["intake_due_on"]) == ("approved", "2026-05-04")


async def test_an_intake_made_while_pending_is_on_time_once_approved(police: PoliceSide) -> None:
    case = await Case.start(police, complainant="unknown")
    await police.deliver(case.intake(local("2026-04-18 10:00")), now=local("2026-04-18 11:00"))
    assert [state for state, _ in await case.charges()] == ["held"]
    await case.on_referral(Act.APPROVE, "supervisor", "2026-04-20 10:00")
    assert [state for state, _ in await case.charges()] == ["held", "relinquished"]
    assert await case.state() == "intake_complete"


async def test_example_13_an_extension_holds_the_charge_again_until_its_day(police: PoliceSide) -> None:
    case = await Case.start(police)
    await case.days_pass("2026-04-01 06:00")
    await case.on_referral(Act.MOVE_DUE_DAY, "prosecutor", "2026-04-02 09:00", due_on=local("2026-04-10 00:00").date())
    assert [state for state, _ in await case.charges()] == ["held", "eligible_to_file", "held"]
    done = local("2026-04-10 20:00")
    await police.deliver(case.intake(done), now=done)
    assert [state for state, _ in await case.charges()][-1] == "relinquished"
    assert await case.decisions() == ["expired", "reopened"]


async def test_example_14_a_no_and_a_return_in_any_order(police: PoliceSide) -> None:
    for turn in (1, -1):
        case = await Case.start(police)
        no = answered(case.referral_id, case.person_id, "declined", local("2026-03-05 12:00"))
        back = answered(case.referral_id, case.person_id, "returned", local("2026-03-12 12:00"))
        for fact in (no, back)[::turn]:
            await police.deliver(fact, now=local("2026-03-12 13:00"))
        (row,) = await police.rows(
            "select state, due_on from own.referral where referral_id = :id", id=case.referral_id
        )
        assert (row["state"], str(row["due_on"])) == ("reopened", "2026-03-31")
        (charge,) = await police.rows("select state from own.charge where referral_id = :id", id=case.referral_id)
        assert charge["state"] == "held"


async def test_example_15_the_prosecutor_lets_the_rest_through(police: PoliceSide) -> None:
    case = await Case.start(police, charges=[{"text": "13(a)(16) Possession / 2701 Simple Assault"}])
    assert (await case.charges(), await police.published("person-profile")) == ([], [])
    await case.on_referral(Act.APPROVE, "prosecutor", "2026-03-03 09:00")
    (held,) = await police.published("charge-decided")
    assert (held["state"], held["statute"]) == ("held", "35 § 780-113 §§ A16")
    (decided,) = await police.published("referral-decided")
    assert (decided["decision"], decided["overridden"]) == ("approved", True)
    assert len(await police.published("person-profile")) == 1


async def test_a_referral_found_ineligible_ends_the_hold_and_withdraws_the_identity(police: PoliceSide) -> None:
    case = await Case.start(police, complainant="unknown")
    await case.on_referral(Act.FIND_INELIGIBLE, "supervisor", "2026-03-03 09:00")
    assert [state for state, _ in await case.charges()] == ["held", "eligible_to_file"]
    assert [fact["action"] for fact in await police.published("person-profile")] == ["record", "void"]


async def test_an_intake_that_comes_before_its_referral_waits_for_it(police: PoliceSide) -> None:
    typed = record(source_record_id="R-early")
    referral_id = police.keys.source_id("referral", "PAPPD0000", "R-early")
    await police.deliver(intake(referral_id, referral_id, local("2026-03-20 10:00")))
    await police.refer(typed)
    assert [fact["state"] for fact in await police.published("charge-decided")] == ["held", "relinquished"]
    (row,) = await police.rows("select state from own.referral")
    assert row["state"] == "intake_complete"


async def test_the_same_facts_again_write_and_publish_nothing(police: PoliceSide) -> None:
    case = await Case.start(police)
    facts = (
        case.intake(ON_TIME),
        answered(case.referral_id, case.person_id, "declined", local("2026-03-05 12:00")),
        answered(case.referral_id, case.person_id, "returned", local("2026-03-12 12:00")),
    )
    await police.deliver(*facts, now=local("2026-04-03 00:00"))
    own = " union all ".join(f"select r::text from own.{table} r" for table in ("referral", "referral_step", "charge"))
    before = (await police.published(), sorted(await police.rows(own), key=str))
    async with police.consuming() as tx:
        await tx.execute("delete from copied.intake")
    await police.deliver(*reversed(facts), now=local("2026-06-01 00:00"))
    assert (await police.published(), sorted(await police.rows(own), key=str)) == before
    assert len(await police.rows("select * from copied.intake")) == 1


async def used(police: PoliceSide) -> int:
    async with police.consuming() as tx:
        return await used_slots(tx, police.settings.programme)


async def test_example_25_a_participant_diverted_again_has_a_clock_of_their_own_and_takes_no_slot(
    police: PoliceSide,
) -> None:
    first = await Case.start(police)
    await police.deliver(first.intake(ON_TIME), participant(first.person_id))
    await police.tick("slots")
    assert await used(police) == 1
    again = await Case.start(police, occurred_at=local("2026-06-01 14:00"))
    assert again.person_id == first.person_id
    await police.tick("slots")
    assert await used(police) == 1
    (row,) = await police.rows("select due_on, state from own.referral where referral_id = :id", id=again.referral_id)
    assert (str(row["due_on"]), row["state"]) == ("2026-07-01", "approved")
    # The first charge stays given up; the second is held on its own clock.
    assert [state for state, _ in await first.charges()] == ["held", "relinquished", "held"]
    await police.deliver(again.intake(local("2026-06-20 10:00"), kind="update", minutes=15))
    assert [state for state, _ in await first.charges()][-1] == "relinquished"
