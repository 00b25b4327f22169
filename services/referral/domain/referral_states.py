"""The states of a referral and every way from one to another (programme section 3).

`TRANSITIONS` is the rule: the code walks it, the documentation prints it. `standing` folds what is known of a
referral, in the order in which it happened and whenever it was learned, into where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from services.referral.domain.due_day import day_over_at, due_day


class State(StrEnum):
    APPROVED = "approved"
    PENDING = "pending"
    INELIGIBLE = "ineligible"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REOPENED = "reopened"
    INTAKE_COMPLETE = "intake_complete"
    VOID = "void"


class Act(StrEnum):
    APPROVE = "approve"
    FIND_INELIGIBLE = "find_ineligible"
    WAITLIST = "waitlist"
    MOVE_DUE_DAY = "move_due_day"
    SAY_NO = "say_no"
    RETURN = "return"
    WITHDRAW = "withdraw"
    DUE_DAY_OVER = "due_day_over"
    INTAKE = "intake"
    INTAKE_VOIDED = "intake_voided"
    ENTERED_IN_ERROR = "entered_in_error"
    KEY_VOIDED = "key_voided"


@dataclass(frozen=True)
class Transition:
    """From any of `sources`, `act` leads to `to` (None: the same state, with its new due day).

    `late`: nobody can decide this there. It was decided before an earlier fact became known that leads there, and
    a decision once taken still counts.
    """

    sources: frozenset[State]
    act: Act
    guard: str
    to: State | None
    who: tuple[str, ...]
    published: bool = True
    late: bool = False


_S = State
_OPEN = frozenset({_S.APPROVED, _S.REOPENED})
_UNDECIDED = frozenset({_S.PENDING, _S.WAITLISTED}) | _OPEN
_GONE = frozenset({_S.DECLINED, _S.WITHDRAWN, _S.EXPIRED})
_PENDING = frozenset({_S.PENDING})
_SCREENERS = ("supervisor", "agency_supervisor")

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_PENDING, Act.APPROVE, "decided", _S.APPROVED, _SCREENERS),
    Transition(_PENDING, Act.FIND_INELIGIBLE, "decided", _S.INELIGIBLE, _SCREENERS),
    Transition(_PENDING, Act.WAITLIST, "decided", _S.WAITLISTED, _SCREENERS),
    Transition(
        frozenset({_S.INELIGIBLE}),
        Act.APPROVE,
        "override with a reason code; an excluded charge only by the prosecutor",
        _S.APPROVED,
        ("supervisor", "prosecutor"),
    ),
    Transition(
        frozenset({_S.WAITLISTED}), Act.APPROVE, "head of the list, else a reason", _S.APPROVED, ("supervisor",)
    ),
    Transition(_OPEN, Act.MOVE_DUE_DAY, "only later", None, ("prosecutor",)),
    Transition(_UNDECIDED, Act.SAY_NO, "told to intake", _S.DECLINED, ("intake_worker",)),
    Transition(
        _UNDECIDED,
        Act.WITHDRAW,
        "by the referrer, unapproved or the same day",
        _S.WITHDRAWN,
        ("agency_supervisor", "partner"),
    ),
    Transition(_OPEN, Act.DUE_DAY_OVER, "no intake", _S.EXPIRED, ("rule",)),
    Transition(_OPEN, Act.INTAKE, "derived", _S.INTAKE_COMPLETE, ("rule",), published=False),
    Transition(
        _GONE, Act.RETURN, "before the due day ends; due day kept", _S.REOPENED, ("intake_worker",)
    ),
    Transition(_GONE, Act.INTAKE, "due day kept", _S.REOPENED, ("rule",)),
    Transition(_GONE, Act.MOVE_DUE_DAY, "extension", _S.REOPENED, ("prosecutor",)),
    Transition(
        frozenset({_S.INTAKE_COMPLETE}),
        Act.INTAKE_VOIDED,
        "its only intake; expired if the due day is over",
        _S.REOPENED,
        ("rule",),
    ),
    Transition(
        _GONE | _OPEN | {_S.INTAKE_COMPLETE},
        Act.APPROVE,
        "given before this was known: it binds",
        None,
        _SCREENERS,
        late=True,
    ),
    Transition(
        frozenset({_S.DECLINED, _S.WITHDRAWN}),
        Act.FIND_INELIGIBLE,
        "found before this was known, never approved",
        _S.INELIGIBLE,
        _SCREENERS,
        late=True,
    ),
    Transition(
        frozenset({_S.INTAKE_COMPLETE}),
        Act.MOVE_DUE_DAY,
        "given before the intake was known, only later",
        None,
        ("prosecutor",),
        late=True,
    ),
    Transition(
        frozenset(_S) - {_S.VOID}, Act.ENTERED_IN_ERROR, "entered in error; terminal", _S.VOID, ("supervisor",)
    ),
    Transition(
        frozenset(_S) - {_S.VOID}, Act.KEY_VOIDED, "its key's window was voided; terminal", _S.VOID, ("operator",)
    ),
)  # fmt: skip

_BY_ACT = {(source, row.act): row for row in TRANSITIONS for source in row.sources}


def transition(state: State, act: Act) -> Transition | None:
    """The row of the table for this act in this state; None where the act has no effect."""
    return _BY_ACT.get((state, act))


def may_decide(state: State, act: Act, role: str, reasons: Iterable[str]) -> bool:
    """Whether a role may take this decision on a referral in this state with these screening reasons.

    An override cannot make a minor an adult, and only the prosecutor lets an excluded charge through.
    """
    row = transition(state, act)
    if row is None or row.late or role not in row.who:
        return False
    if state is State.INELIGIBLE and act is Act.APPROVE:
        found = set(reasons)
        return "under_age" not in found and (role == "prosecutor" or not found & {"charge_excluded", "warrant"})
    return True


_ENDS = frozenset({Act.FIND_INELIGIBLE, Act.WITHDRAW, Act.ENTERED_IN_ERROR})
# Among acts of the same moment: what a person gains comes after what it answers, an end comes last.
_WITHIN_A_MOMENT = (
    Act.WAITLIST, Act.APPROVE, Act.MOVE_DUE_DAY, Act.SAY_NO, Act.RETURN, Act.INTAKE, Act.INTAKE_VOIDED,
    Act.DUE_DAY_OVER, Act.WITHDRAW, Act.FIND_INELIGIBLE, Act.ENTERED_IN_ERROR,
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
    if step.act is Act.ENTERED_IN_ERROR:
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
    if not at.intakes or at.state not in _OPEN:
        return at
    entry = Decision(State.INTAKE_COMPLETE, when, "rule", due_on=at.due_on, published=False)
    return replace(at, state=State.INTAKE_COMPLETE, trail=(*at.trail, entry))


def _until(at: Standing, terms: Terms, now: datetime) -> Standing:
    """Let the due day end, if it has by `now`."""
    if at.state not in _OPEN or at.due_on is None:
        return at
    over = day_over_at(at.due_on, terms.zone)
    if now < over:
        return at
    # Reopened after the due day (its intake voided): it expires then, not in the past.
    step = Step(Act.DUE_DAY_OVER, max(over, at.trail[-1].at), "rule", ("no_intake",))
    return _enter(at, State.EXPIRED, step)


def table(rows: Sequence[Transition] = TRANSITIONS) -> list[dict[str, str]]:
    """The transitions as rows of words, for the documentation."""
    return [
        {
            "from": ", ".join(state for state in State if state in row.sources),
            "event": row.act.value,
            "guard": row.guard,
            "to": row.to or "same state, new due day",
            "who": ", ".join(row.who),
            "published": "referral-decided" if row.published else "-",
        }
        for row in rows
    ]
