"""Where a referral stands: what is known of it, folded in the order in which it happened, whenever it was learned.

Source: programme section 3, and rules 1 to 4 of section 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.referral.domain.due_day import day_over_at, due_day
from services.referral.domain.referral_states import OPEN, Act, State, Transition, transition

_VOIDS = frozenset({Act.ENTERED_IN_ERROR, Act.KEY_VOIDED})
_ENDS = frozenset({Act.FIND_INELIGIBLE, Act.WITHDRAW}) | _VOIDS
# Among acts of the same moment: what a person gains comes after what it answers, an end comes last.
_WITHIN_A_MOMENT = (
    Act.WAITLIST, Act.APPROVE, Act.MOVE_DUE_DAY, Act.SAY_NO, Act.RETURN, Act.INTAKE, Act.INTAKE_VOIDED,
    Act.DUE_DAY_OVER, Act.WITHDRAW, Act.FIND_INELIGIBLE, Act.ENTERED_IN_ERROR,
    Act.KEY_VOIDED,
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """Something that happened to a referral: who did it, when it took effect, what it carried.

    `known_at`: when it was entered here, if that was later.
    """

    act: Act
    at: datetime
    by_role: str
    reasons: tuple[str, ...] = ()
    overridden: bool = False
    due_on: date | None = None
    intake_id: str | None = None
    known_at: datetime | None = None

    @property
    def counts_from(self) -> datetime:
        """When it takes effect. An end takes back nothing that happened before it was entered."""
        return max(self.at, self.known_at) if self.act in _ENDS and self.known_at else self.at

    @property
    def order(self) -> tuple[Any, ...]:
        """Sort key that leaves no two different steps to the order in which they came."""
        return (
            self.counts_from,
            _WITHIN_A_MOMENT.index(self.act),
            self.due_on or date.min,
            self.by_role,
            self.reasons,
            self.overridden,
            self.intake_id or "",
        )


@dataclass(frozen=True)
class Terms:
    """What a referral is bound by: its first state and the policy of its day.

    `opened_at` is the encounter: a rule approves as of then, however late the referral reaches us. `clock`: it
    has a charge to hold.
    """

    opened_at: datetime
    first: State
    clock: bool
    referral_day: date
    intake_days: int
    days_after_approval: int
    zone: ZoneInfo


@dataclass(frozen=True)
class Decision:
    """One entry of a referral's trail."""

    state: State
    at: datetime
    by_role: str
    reasons: tuple[str, ...] = ()
    overridden: bool = False
    due_on: date | None = None
    published: bool = True
    known_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """Where a referral stands, and the trail that led there.

    `term` is the due day by rule, `moved_to` the latest that a prosecutor gave: facts, in whatever state.
    """

    state: State
    term: date | None = None
    moved_to: date | None = None
    approved_at: datetime | None = None
    voided_at: datetime | None = None
    intakes: frozenset[str] = frozenset()
    trail: tuple[Decision, ...] = ()

    @property
    def due_on(self) -> date | None:
        """The due day; None until there is one."""
        return later(self.term, self.moved_to) if self.term else None

    @property
    def decision(self) -> Decision:
        """The newest published entry: what the rest of the programme is told."""
        return next(entry for entry in reversed(self.trail) if entry.published)

    @property
    def binding(self) -> bool:
        """Whether police and prosecutor are bound by it: approved once, and not found ineligible or void."""
        return self.approved_at is not None and self.state not in {State.INELIGIBLE, State.VOID}

    def binds(self, moment: datetime) -> bool:
        """Whether what was done at that moment counts: an end later than that takes nothing back (rule 4)."""
        return self.binding or (
            self.approved_at is not None and self.voided_at is not None and moment <= self.voided_at
        )

    def keeping(self, told: date | None) -> Standing:
        """The same with no earlier due day than the one told before (rule 1)."""
        if told is None or self.due_on is None or told <= self.due_on:
            return self
        return replace(self, moved_to=told)

    @property
    def live(self) -> bool:
        """Whether identity may leave the police side for it (rule 16)."""
        refused_at_the_scene = len(self.trail) == 1 and self.state is State.DECLINED
        return self.state not in {State.INELIGIBLE, State.VOID} and not refused_at_the_scene


def later(*days: date | None) -> date | None:
    """The latest of the days that there are."""
    return max((day for day in days if day), default=None)


def standing(terms: Terms, steps: Iterable[Step], now: datetime) -> Standing:
    """Fold the steps, ordered by when they took effect, into the standing at `now`.

    A step that its state does not allow has no effect: events of different topics come in any order, so a
    later fact can overtake one that was already acted on. Approvals and due days given are facts all the same.
    """
    at = Standing(terms.first)
    if terms.first is State.APPROVED:
        at = _approved(at, terms, terms.opened_at)
    at = replace(at, trail=(Decision(terms.first, terms.opened_at, "rule", due_on=at.due_on),))
    for step in sorted(steps, key=lambda step: step.order):
        at = _until(at, terms, step.counts_from)
        at = _take(at, terms, step)
    return _until(at, terms, now)


def _take(at: Standing, terms: Terms, step: Step) -> Standing:
    if step.intake_id is not None:
        held = at.intakes | {step.intake_id} if step.act is Act.INTAKE else at.intakes - {step.intake_id}
        at = replace(at, intakes=held)
        if step.act is Act.INTAKE_VOIDED and held:
            return at
    row = transition(at.state, step.act)
    allowed = row is not None and _allowed(at, terms, step)
    if step.act is Act.MOVE_DUE_DAY:
        at = replace(at, moved_to=later(at.moved_to, step.due_on))
    if row is None or not allowed:
        return at
    if row.act is Act.INTAKE and row.to is State.INTAKE_COMPLETE:
        return _complete(at, step.at)
    at = _clocked(at, terms, row, step)
    if row.late and row.to is None:
        return at
    at = _enter(at, row.to or at.state, step)
    at = _complete(at, step.at)
    return _until(at, terms, step.counts_from)


def _allowed(at: Standing, terms: Terms, step: Step) -> bool:
    match step.act:
        case Act.MOVE_DUE_DAY:
            # Judged by the rule's day: two given out of order are both given.
            return at.term is not None and step.due_on is not None and step.due_on > at.term
        case Act.RETURN:
            return at.due_on is None or step.at < day_over_at(at.due_on, terms.zone)
        case Act.FIND_INELIGIBLE:
            return at.approved_at is None
        case _:
            return True


def _clocked(at: Standing, terms: Terms, row: Transition, step: Step) -> Standing:
    """What the step does to the approval and to the clock."""
    if step.act is Act.APPROVE:
        return _approved(at, terms, step.at)
    if step.act in _VOIDS:
        return replace(at, voided_at=step.counts_from)
    if terms.first is State.DECLINED:
        # Refused at the scene: no charge is held, and coming back approves nothing.
        return at
    if step.act in {Act.SAY_NO, Act.WITHDRAW} or row.to is State.REOPENED:
        # Gone before anyone approved: the charge still waits out the plain term.
        plain = terms.referral_day + timedelta(days=terms.intake_days) if terms.clock else None
        at = replace(at, term=at.term or plain)
    if row.to is State.REOPENED:
        at = replace(at, approved_at=at.approved_at or step.at)
    return at


def _enter(at: Standing, state: State, step: Step) -> Standing:
    known_at = max(step.at, step.known_at or step.at)
    entry = Decision(state, step.at, step.by_role, step.reasons, step.overridden, at.due_on, known_at=known_at)
    return replace(at, state=state, trail=(*at.trail, entry))


def _approved(at: Standing, terms: Terms, when: datetime) -> Standing:
    """Start the clock, if there is one; an approval never shortens what is running."""
    day = when.astimezone(terms.zone).date()
    term = due_day(terms.referral_day, day, terms.intake_days, terms.days_after_approval) if terms.clock else None
    return replace(at, term=later(at.term, term), approved_at=at.approved_at or when)


def _complete(at: Standing, when: datetime) -> Standing:
    if not at.intakes or at.state not in OPEN:
        return at
    entry = Decision(State.INTAKE_COMPLETE, when, "rule", due_on=at.due_on, published=False)
    return replace(at, state=State.INTAKE_COMPLETE, trail=(*at.trail, entry))


def _until(at: Standing, terms: Terms, now: datetime) -> Standing:
    """Let the due day end, if it has by `now`."""
    if at.state not in OPEN or at.due_on is None:
        return at
    over = day_over_at(at.due_on, terms.zone)
    if now < over:
        return at
    # Reopened after the due day (its intake voided): it expires then, not in the past.
    step = Step(Act.DUE_DAY_OVER, max(over, at.trail[-1].at), "rule", ("no_intake",))
    return _enter(at, State.EXPIRED, step)
