"""The same facts, learned in whatever order and however late, end in the same referral and the same charge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referral.domain.charge_ledger import RULE, TRANSITIONS, ChargeState, by_rule
from services.referral.domain.referral_states import Act, State
from services.referral.domain.rule_sees import on_time_intake, seen
from services.referral.domain.standing import Standing, Step, Terms, standing
from tests.unit.referral.referrals.county import PITTSBURGH, terms

DAYS = 70
OWN = (Act.APPROVE, Act.MOVE_DUE_DAY, Act.WITHDRAW, Act.FIND_INELIGIBLE, Act.ENTERED_IN_ERROR, Act.KEY_VOIDED)
TOLD = (Act.SAY_NO, Act.RETURN, Act.INTAKE, Act.INTAKE_VOIDED)
BY_RULE = {(source, row.to) for row in TRANSITIONS if row.who == RULE for source in row.sources}


@dataclass(frozen=True)
class Known:
    """A step with the moment at which this service learns it."""

    step: Step
    learned: datetime


@dataclass
class Ledger:
    """A referral with one charge, settled whenever something is learned, as `store.settling` does."""

    terms: Terms
    agreement: bool
    charge: ChargeState = ChargeState.HELD
    at: Standing | None = None

    def settle(self, steps: list[Step], now: datetime) -> None:
        at = standing(self.terms, steps, now)
        if self.at and self.at.due_on and at.due_on:
            assert at.due_on >= self.at.due_on, "a due day moved earlier"
        done = [step.at for step in steps if step.act is Act.INTAKE]
        intake_at = on_time_intake(at, done, PITTSBURGH)
        move = by_rule(self.charge, seen(at, intake_at, None, agreement=self.agreement, zone=PITTSBURGH, now=now))
        if move is not None:
            assert (self.charge, move.to) in BY_RULE
            assert self.charge is not ChargeState.RELINQUISHED
            self.charge = move.to
        self.at = at

    def after(self, facts: list[Known]) -> tuple[State, date | None, bool, ChargeState]:
        known: list[Step] = []
        for fact in sorted(facts, key=lambda fact: fact.learned):
            # The clock's job ran just before.
            self.settle(known, fact.learned - timedelta(seconds=1))
            known.append(fact.step)
            self.settle(known, fact.learned)
        self.settle(known, self.terms.opened_at + timedelta(days=2 * DAYS))
        assert self.at is not None
        return self.at.state, self.at.due_on, self.at.approved_at is not None, self.charge


def moments(bound: Terms) -> st.SearchStrategy[datetime]:
    return st.integers(0, DAYS * 24).map(lambda hours: bound.opened_at + timedelta(hours=hours))


@st.composite
def histories(draw: st.DrawFn, acts: tuple[Act, ...] = OWN + TOLD) -> tuple[Terms, list[Known], list[Known]]:
    """The same facts learned in two ways. A decision is entered here once; what others tell comes whenever it does."""
    bound = terms(draw(st.sampled_from([State.APPROVED, State.PENDING, State.WAITLISTED])))
    one: list[Known] = []
    other: list[Known] = []
    for number, act in enumerate(draw(st.lists(st.sampled_from(acts), max_size=6))):
        happened, entered = sorted((draw(moments(bound)), draw(moments(bound))))
        step = Step(act, happened, "someone")
        if act is Act.MOVE_DUE_DAY:
            step = replace(step, due_on=(bound.referral_day + timedelta(days=draw(st.integers(31, 60)))))
        if act in OWN:
            one.append(Known(replace(step, known_at=entered), entered))
            other.append(one[-1])
            continue
        if act in {Act.INTAKE, Act.INTAKE_VOIDED}:
            step = replace(step, intake_id=str(number % 2))
        one.append(Known(step, entered))
        other.append(Known(step, happened + timedelta(hours=draw(st.integers(0, DAYS * 24)))))
    return bound, one, other


@given(history=histories(), agreement=st.booleans())
@settings(max_examples=400)
def test_the_same_facts_in_any_order_end_the_same(
    history: tuple[Terms, list[Known], list[Known]], agreement: bool
) -> None:
    bound, one, other = history
    assert Ledger(bound, agreement).after(one) == Ledger(bound, agreement).after(other)


@pytest.mark.parametrize("ends", [Act.ENTERED_IN_ERROR, Act.KEY_VOIDED, Act.WITHDRAW])
@pytest.mark.parametrize("late", [False, True])
def test_an_end_after_an_intake_on_time_leaves_the_charge_given_up(ends: Act, late: bool) -> None:
    bound = terms()
    done = bound.opened_at + timedelta(days=19)
    intake = Known(Step(Act.INTAKE, done, "rule", intake_id="one"), done + timedelta(days=2 if late else 0))
    end = Known(Step(ends, done + timedelta(days=1), "supervisor"), done + timedelta(days=1))
    assert Ledger(bound, True).after([intake, end])[-1] is ChargeState.RELINQUISHED


def test_an_intake_after_the_referral_was_void_gives_nothing_up() -> None:
    bound = terms()
    void = Step(Act.ENTERED_IN_ERROR, bound.opened_at + timedelta(days=1), "supervisor")
    intake = Step(Act.INTAKE, bound.opened_at + timedelta(days=2), "rule", intake_id="one")
    facts = [Known(void, void.at), Known(intake, intake.at)]
    assert Ledger(bound, True).after(facts)[-1] is ChargeState.ELIGIBLE_TO_FILE


def test_where_the_prosecutor_gives_up_a_charge_with_an_intake_on_time_waits_held_whenever_it_is_learned() -> None:
    bound = terms()
    done = bound.opened_at + timedelta(days=19)
    intake = Step(Act.INTAKE, done, "rule", intake_id="one")
    for days in (0, 40):
        ended = Ledger(bound, False).after([Known(intake, done + timedelta(days=days))])
        assert ended[-1] is ChargeState.HELD
