"""Where a referral stands: the programme's examples by number, and what holds for any history."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.due_day import due_day, on_time
from services.referral.domain.referral_states import TRANSITIONS, Act, State, may_decide, table, transition
from services.referral.domain.standing import Step, standing
from tests.unit.referral.referrals.county import PITTSBURGH, intake, intake_voided, local, step, terms


def test_example_1_due_day_is_a_civil_day_of_the_jurisdiction() -> None:
    assert standing(terms(), (), local("2026-03-02 09:00")).due_on == date(2026, 3, 31)


def test_example_2_an_intake_late_in_the_evening_of_the_due_day_is_on_time() -> None:
    completed = local("2026-03-31 23:45")
    assert completed.isoformat() == "2026-04-01T03:45:00+00:00"
    assert on_time(completed, date(2026, 3, 31), PITTSBURGH)
    assert standing(terms(), [intake("2026-03-31 23:45")], local("2026-05-01 00:00")).state is State.INTAKE_COMPLETE


def test_example_3_an_intake_ten_minutes_later_is_late_and_still_counts_as_an_intake() -> None:
    assert not on_time(local("2026-04-01 00:10"), date(2026, 3, 31), PITTSBURGH)
    late = standing(terms(), [intake("2026-04-01 00:10")], local("2026-04-02 00:00"))
    assert [entry.state for entry in late.trail] == ["approved", "expired", "reopened", "intake_complete"]


def test_example_6_the_due_day_ends_at_midnight_however_late_the_job_runs() -> None:
    at = standing(terms(), (), local("2026-04-01 06:00"))
    assert at.state is State.EXPIRED
    assert at.decision.at == local("2026-04-01 00:00")
    assert standing(terms(), (), local("2026-03-31 23:59")).state is State.APPROVED


def test_example_7_a_referral_whose_intake_is_voided_after_the_due_day_expires() -> None:
    at = standing(terms(), [intake("2026-03-20 10:00"), intake_voided("2026-04-02 10:00")], local("2026-04-02 10:00"))
    assert [entry.state for entry in at.trail] == ["approved", "intake_complete", "reopened", "expired"]
    assert at.decision.at == local("2026-04-02 10:00")


def test_an_intake_voided_before_the_due_day_reopens() -> None:
    at = standing(terms(), [intake("2026-03-10 10:00"), intake_voided("2026-03-12 10:00")], local("2026-03-13 00:00"))
    assert (at.state, at.due_on) == (State.REOPENED, date(2026, 3, 31))


def test_a_second_intake_keeps_the_referral_complete_when_the_first_is_voided() -> None:
    steps = [intake("2026-03-10 10:00"), intake("2026-03-11 10:00", "second"), intake_voided("2026-03-12 10:00")]
    assert standing(terms(), steps, local("2026-05-01 00:00")).state is State.INTAKE_COMPLETE


def test_example_9_the_later_part_makes_the_intake_late() -> None:
    assert not on_time(local("2026-04-02 15:00"), date(2026, 3, 31), PITTSBURGH)


def test_example_10_the_due_day_is_the_later_of_both_rules() -> None:
    for approved, due in (("2026-03-20", date(2026, 4, 3)), ("2026-03-10", date(2026, 3, 31))):
        steps = [step(Act.APPROVE, f"{approved} 10:00", "supervisor")]
        assert standing(terms(State.PENDING), steps, local(f"{approved} 11:00")).due_on == due


def test_example_11_waitlisted_then_approved_is_due_two_weeks_later() -> None:
    at = standing(
        terms(State.WAITLISTED), [step(Act.APPROVE, "2026-04-20 10:00", "supervisor")], local("2026-04-20 11:00")
    )
    assert (at.state, at.due_on) == (State.APPROVED, date(2026, 5, 4))
    assert standing(terms(State.WAITLISTED), (), local("2026-04-19 00:00")).due_on is None


def test_example_12_daylight_saving_does_not_move_the_due_day() -> None:
    bound = terms(at="2026-10-15 12:00")
    due = standing(bound, (), local("2026-10-16 00:00")).due_on
    assert due == date(2026, 11, 14)
    assert on_time(local("2026-11-14 23:59"), due, PITTSBURGH)
    assert standing(bound, (), local("2026-11-14 23:59")).state is State.APPROVED
    assert standing(bound, (), local("2026-11-15 00:00")).state is State.EXPIRED


def test_example_13_an_extension_after_the_due_day_reopens_with_the_new_one() -> None:
    moved = step(Act.MOVE_DUE_DAY, "2026-04-02 09:00", "prosecutor", due_on=date(2026, 4, 10))
    at = standing(terms(), [moved], local("2026-04-03 00:00"))
    assert (at.state, at.due_on) == (State.REOPENED, date(2026, 4, 10))
    assert standing(terms(), [moved, intake("2026-04-10 20:00")], local("2026-04-20 00:00")).state == "intake_complete"
    assert standing(terms(), [moved], local("2026-04-11 00:00")).state is State.EXPIRED


def test_a_due_day_is_never_moved_earlier() -> None:
    moved = step(Act.MOVE_DUE_DAY, "2026-03-02 09:00", "prosecutor", due_on=date(2026, 3, 20))
    assert standing(terms(), [moved], local("2026-03-03 00:00")).due_on == date(2026, 3, 31)


def test_example_14_a_no_and_a_return_keep_the_due_day() -> None:
    steps = [
        step(Act.SAY_NO, "2026-03-05 12:00", "intake_worker"),
        step(Act.RETURN, "2026-03-12 12:00", "intake_worker"),
    ]
    at = standing(terms(), steps, local("2026-03-12 13:00"))
    assert [entry.state for entry in at.trail] == ["approved", "declined", "reopened"]
    assert at.due_on == date(2026, 3, 31)


def test_a_return_after_the_due_day_does_not_reopen_but_an_intake_does() -> None:
    no = step(Act.SAY_NO, "2026-03-05 12:00", "intake_worker")
    late = step(Act.RETURN, "2026-04-01 00:00", "intake_worker")
    assert standing(terms(), [no, late], local("2026-04-02 00:00")).state is State.DECLINED
    assert standing(terms(), [no, intake("2026-04-05 12:00")], local("2026-04-06 00:00")).state == "intake_complete"


def test_until_approved_an_intake_waits_and_completes_with_the_approval() -> None:
    steps = [intake("2026-03-05 12:00"), step(Act.APPROVE, "2026-03-10 12:00", "supervisor")]
    assert standing(terms(State.PENDING), steps[:1], local("2026-03-06 00:00")).state is State.PENDING
    assert standing(terms(State.PENDING), steps, local("2026-03-11 00:00")).state is State.INTAKE_COMPLETE


def test_an_extension_stands_whatever_is_learned_of_an_earlier_day() -> None:
    moved = step(Act.MOVE_DUE_DAY, "2026-04-02 09:00", "prosecutor", due_on=date(2026, 4, 10))
    at = standing(terms(), [moved, intake("2026-04-01 15:00")], local("2026-04-03 00:00"))
    assert (at.state, at.due_on) == (State.INTAKE_COMPLETE, date(2026, 4, 10))


def test_an_earlier_extension_learned_later_takes_nothing_from_a_shorter_one() -> None:
    no = step(Act.SAY_NO, "2026-03-20 12:00", "intake_worker")
    first = step(Act.MOVE_DUE_DAY, "2026-04-02 09:00", "prosecutor", due_on=date(2026, 4, 10))
    longer = step(Act.MOVE_DUE_DAY, "2026-03-15 09:00", "prosecutor", due_on=date(2026, 4, 20))
    at = standing(terms(), [no, first, longer], local("2026-04-05 00:00"))
    assert (at.state, at.due_on) == (State.REOPENED, date(2026, 4, 20))


@pytest.mark.parametrize("first", [State.PENDING, State.WAITLISTED])
@pytest.mark.parametrize("gone", [Act.SAY_NO, Act.WITHDRAW])
@pytest.mark.parametrize("back", [Act.RETURN, Act.INTAKE])
def test_reopened_is_approved_and_keeps_the_plain_term(first: State, gone: Act, back: Act) -> None:
    came = step(back, "2026-03-12 12:00", intake_id="first" if back is Act.INTAKE else None)
    at = standing(terms(first), [step(gone, "2026-03-05 12:00", "someone"), came], local("2026-03-13 00:00"))
    assert (at.approved_at, at.due_on) == (local("2026-03-12 12:00"), date(2026, 3, 31))


def test_a_refusal_at_the_scene_is_not_approved_by_coming_back() -> None:
    at = standing(terms(State.DECLINED), [intake("2026-03-12 12:00")], local("2026-03-13 00:00"))
    assert at.approved_at is None


@pytest.mark.parametrize("gone", [Act.SAY_NO, Act.WITHDRAW])
def test_an_approval_given_stands_though_an_earlier_no_becomes_known(gone: Act) -> None:
    steps = [
        step(gone, "2026-03-20 10:00", "someone"),
        step(Act.APPROVE, "2026-03-20 10:01", "supervisor"),
    ]
    at = standing(terms(State.PENDING), steps, local("2026-03-21 00:00"))
    assert at.state in {State.DECLINED, State.WITHDRAWN}
    assert (at.approved_at, at.due_on) == (local("2026-03-20 10:01"), date(2026, 4, 3))
    assert [entry.by_role for entry in at.trail] == ["rule", "someone"]


def test_a_finding_of_ineligible_stands_though_an_earlier_no_becomes_known() -> None:
    steps = [
        step(Act.SAY_NO, "2026-03-05 10:00", "intake_worker"),
        step(Act.FIND_INELIGIBLE, "2026-03-06 10:00", "supervisor"),
        step(Act.RETURN, "2026-03-07 10:00", "intake_worker"),
    ]
    at = standing(terms(State.PENDING), steps, local("2026-03-21 00:00"))
    assert (at.state, at.live) == (State.INELIGIBLE, False)


def test_what_was_only_learned_late_cannot_be_decided() -> None:
    for state, act in ((State.DECLINED, Act.APPROVE), (State.INTAKE_COMPLETE, Act.MOVE_DUE_DAY)):
        found = transition(state, act)
        assert found is not None
        assert found.late
        assert not any(may_decide(state, act, role, ()) for role in found.who)


def test_an_ending_takes_nothing_back_that_happened_before_it_was_entered() -> None:
    void = step(Act.ENTERED_IN_ERROR, "2026-03-15 10:00", "supervisor", known_at=local("2026-03-26 10:00"))
    at = standing(terms(), [void, intake("2026-03-20 10:00")], local("2026-03-27 00:00"))
    assert [entry.state for entry in at.trail] == ["approved", "intake_complete", "void"]
    assert at.binds(local("2026-03-20 10:00"))
    assert not at.binds(local("2026-03-26 10:01"))


def test_a_no_and_a_return_of_the_same_minute_are_a_return_in_any_order() -> None:
    steps = [
        step(Act.RETURN, "2026-03-05 12:00", "intake_worker"),
        step(Act.SAY_NO, "2026-03-05 12:00", "intake_worker"),
    ]
    for order in permutations(steps):
        assert standing(terms(), order, local("2026-03-06 00:00")).state is State.REOPENED


def test_a_due_day_once_told_is_kept() -> None:
    at = standing(terms(), (), local("2026-03-02 00:00"))
    assert at.keeping(date(2026, 4, 10)).due_on == date(2026, 4, 10)
    assert at.keeping(date(2026, 3, 10)) == at.keeping(None) == at


def test_doors_without_a_charge_never_expire() -> None:
    at = standing(terms(clock=False), (), local("2030-01-01 00:00"))
    assert (at.state, at.due_on) == (State.APPROVED, None)


@pytest.mark.parametrize(("end", "who"), [(Act.ENTERED_IN_ERROR, "supervisor"), (Act.KEY_VOIDED, "operator")])
def test_void_is_terminal(end: Act, who: str) -> None:
    steps = [step(end, "2026-03-02 12:00", who), intake("2026-03-03 12:00")]
    assert standing(terms(), steps, local("2026-05-01 00:00")).state is State.VOID
    assert all(transition(State.VOID, act) is None for act in Act)


def test_only_ineligible_void_and_refused_at_the_scene_are_not_live() -> None:
    later_no = [step(Act.SAY_NO, "2026-03-05 12:00", "intake_worker")]
    now = local("2026-03-06 00:00")
    assert not standing(terms(State.INELIGIBLE), (), now).live
    assert not standing(terms(State.DECLINED), (), now).live
    assert standing(terms(), later_no, now).live
    assert standing(terms(State.PENDING), (), now).live


def test_the_table_gives_one_way_for_each_state_and_act_and_prints_itself() -> None:
    ways = [(source, row.act) for row in TRANSITIONS for source in row.sources]
    assert len(ways) == len(set(ways))
    assert all(row.who for row in TRANSITIONS)
    assert len(table()) == len(TRANSITIONS)


ACTS = st.sampled_from([Act.SAY_NO, Act.RETURN, Act.INTAKE, Act.APPROVE, Act.WITHDRAW, Act.MOVE_DUE_DAY])


@given(
    first=st.sampled_from([State.APPROVED, State.PENDING, State.WAITLISTED]),
    happened=st.lists(
        st.tuples(ACTS, st.integers(0, 60)),
        max_size=4,
    ),
)
def test_the_standing_does_not_depend_on_the_order_in_which_things_become_known(
    first: State, happened: list[tuple[Act, int]]
) -> None:
    bound = terms(first)
    steps = [
        Step(
            act,
            bound.opened_at + timedelta(days=days),
            "someone",
            due_on=date(2026, 4, 20) if act is Act.MOVE_DUE_DAY else None,
            intake_id="one" if act is Act.INTAKE else None,
        )
        for act, days in happened
    ]
    now = bound.opened_at + timedelta(days=61)
    assert len({standing(bound, order, now) for order in permutations(steps)}) == 1


@given(day=st.dates(date(2024, 1, 1), date(2030, 1, 1)), wait=st.integers(0, 90))
def test_there_are_always_both_terms_to_finish_the_intake(day: date, wait: int) -> None:
    approved = day + timedelta(days=wait)
    due = due_day(day, approved, 30, 14)
    assert (due - day).days >= 30
    assert (due - approved).days >= 14
    assert due in {day + timedelta(days=30), approved + timedelta(days=14)}
