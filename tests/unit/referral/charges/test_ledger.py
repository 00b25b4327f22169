"""The charge ledger: what the rule does, and what only a person may."""

from __future__ import annotations

from itertools import product

import pytest

from services.referral.domain.charge_ledger import (
    PROSECUTOR,
    RULE,
    TRANSITIONS,
    Cause,
    ChargeState,
    Seen,
    by_rule,
    charge_transition,
    table,
)
from tests.unit.referral.referrals.county import local

ON_TIME = local("2026-03-31 23:45")
OVER = local("2026-04-01 00:00")
GIVES_WAY = [ChargeState.HELD, ChargeState.ELIGIBLE_TO_FILE, ChargeState.NOT_FILED]


@pytest.mark.parametrize("state", GIVES_WAY)
def test_examples_2_4_and_5_an_intake_on_time_gives_the_charge_up_whatever_came_first(state: ChargeState) -> None:
    move = by_rule(state, Seen(on_time_intake=ON_TIME, due_day_over=OVER))
    assert move is not None
    assert (move.to, move.at) == (ChargeState.RELINQUISHED, ON_TIME)


def test_example_5_a_filed_charge_stays_filed() -> None:
    assert by_rule(ChargeState.FILED, Seen(on_time_intake=ON_TIME, due_day_over=OVER)) is None


def test_examples_3_and_6_without_one_the_charge_becomes_eligible_at_midnight_and_is_not_filed() -> None:
    move = by_rule(ChargeState.HELD, Seen(due_day_over=OVER))
    assert move is not None
    assert (move.to, move.at) == (ChargeState.ELIGIBLE_TO_FILE, OVER)
    assert by_rule(ChargeState.ELIGIBLE_TO_FILE, Seen(due_day_over=OVER)) is None


def test_example_7_relinquished_is_relinquished_whatever_anybody_does() -> None:
    everything = Seen(referral_ended=OVER, due_day_over=OVER, extended=OVER)
    assert by_rule(ChargeState.RELINQUISHED, everything) is None
    assert all(charge_transition(ChargeState.RELINQUISHED, cause) is None for cause in Cause)


def test_example_13_an_extension_holds_the_charge_again() -> None:
    move = by_rule(ChargeState.ELIGIBLE_TO_FILE, Seen(extended=local("2026-04-02 09:00")))
    assert move is not None
    assert move.to is ChargeState.HELD


def test_nothing_is_filed_by_rule() -> None:
    assert {row.to for row in TRANSITIONS if row.who == RULE} == {
        ChargeState.RELINQUISHED,
        ChargeState.ELIGIBLE_TO_FILE,
        ChargeState.HELD,
    }
    assert {row.who for row in TRANSITIONS if row.to in {ChargeState.FILED, ChargeState.NOT_FILED}} == {PROSECUTOR}


def test_under_a_policy_that_leaves_it_to_the_prosecutor_the_charge_waits_in_held() -> None:
    assert by_rule(ChargeState.HELD, Seen(on_time_intake=None)) is None


def test_under_such_a_policy_an_intake_on_time_holds_the_charge_and_gives_nothing_up() -> None:
    assert by_rule(ChargeState.HELD, Seen(intake_to_judge=ON_TIME)) is None
    assert by_rule(ChargeState.NOT_FILED, Seen(intake_to_judge=ON_TIME)) is None
    move = by_rule(ChargeState.ELIGIBLE_TO_FILE, Seen(intake_to_judge=ON_TIME))
    assert move is not None
    assert move.to is ChargeState.HELD


def test_every_rule_settles_in_one_move_or_two() -> None:
    moments = [None, OVER]
    for state, (a, b, c) in product(ChargeState, product(moments, repeat=3)):
        seen = Seen(on_time_intake=a, referral_ended=b, due_day_over=c)
        first = by_rule(state, seen)
        second = by_rule(first.to, seen) if first else None
        assert second is None or by_rule(second.to, seen) is None


def test_the_table_has_one_way_for_each_state_and_cause_and_prints_itself() -> None:
    ways = [(source, row.cause) for row in TRANSITIONS for source in row.sources]
    assert len(ways) == len(set(ways))
    assert len(table()) == len(TRANSITIONS)
