"""The states of a referral and every way from one to another (programme section 3).

`TRANSITIONS` is the rule: the code walks it, the documentation prints it. `standing` folds what is known of a
referral, in the order in which it happened and whenever it was learned, into where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
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
    """From any of `sources`, `act` leads to `to` (None: the same state, with its new due day)."""

    sources: frozenset[State]
    act: Act
    guard: str
    to: State | None
    who: tuple[str, ...]
    published: bool = True


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
    if row is None or role not in row.who:
        return False
    if state is State.INELIGIBLE and act is Act.APPROVE:
        found = set(reasons)
        return "under_age" not in found and (role == "prosecutor" or not found & {"charge_excluded", "warrant"})
    return True


@dataclass(frozen=True)
class Step:
    """Something that happened to a referral: who did it, when it took effect, what it carried."""

    act: Act
    at: datetime
    by_role: str
    reasons: tuple[str, ...] = ()
    overridden: bool = False
    due_on: date | None = None
    intake_id: str | None = None


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


@dataclass(frozen=True)
class Standing:
    """Where a referral stands, and the trail that led there."""

    state: State
    due_on: date | None = None
    approved_at: datetime | None = None
    intakes: frozenset[str] = frozenset()
    trail: tuple[Decision, ...] = ()

    @property
    def decision(self) -> Decision:
        """The newest published entry: what the rest of the programme is told."""
        return next(entry for entry in reversed(self.trail) if entry.published)

    @property
    def binding(self) -> bool:
        """Whether police and prosecutor are bound by it: approved once, and not found ineligible or void."""
        return self.approved_at is not None and self.state not in {State.INELIGIBLE, State.VOID}

    @property
    def live(self) -> bool:
        """Whether identity may leave the police side for it (rule 16)."""
        refused_at_the_scene = len(self.trail) == 1 and self.state is State.DECLINED
        return self.state not in {State.INELIGIBLE, State.VOID} and not refused_at_the_scene


def standing(terms: Terms, steps: Iterable[Step], now: datetime) -> Standing:
    """Fold the steps, ordered by when they took effect, into the standing at `now`.

    A step that its state does not allow has no effect: events of different topics come in any order, so a
    later fact can overtake one that was already acted on.
    """
    opening = Decision(terms.first, terms.opened_at, "rule")
    at = Standing(terms.first, trail=(opening,))
    if terms.first is State.APPROVED:
        at = _approved(at, terms, terms.opened_at)
    for step in sorted(steps, key=lambda step: step.at):
        at = _until(at, terms, step.at)
        at = _take(at, terms, step)
    return _until(at, terms, now)


def _take(at: Standing, terms: Terms, step: Step) -> Standing:
    if step.intake_id is not None:
        held = at.intakes | {step.intake_id} if step.act is Act.INTAKE else at.intakes - {step.intake_id}
        at = replace(at, intakes=held)
        if step.act is Act.INTAKE_VOIDED and held:
            return at
    row = transition(at.state, step.act)
    if row is None or not _allowed(at, terms, step):
        return at
    if row.act is Act.INTAKE and row.to is State.INTAKE_COMPLETE:
        return _complete(at, step.at)
    if step.act is Act.MOVE_DUE_DAY:
        at = replace(at, due_on=step.due_on)
    elif step.act is Act.SAY_NO and at.due_on is None and terms.clock:
        # Said no before anyone approved: the charge still waits out the plain term.
        at = replace(at, due_on=terms.referral_day + timedelta(days=terms.intake_days))
    at = _enter(at, row.to or at.state, step)
    if at.state is State.APPROVED and step.act is Act.APPROVE:
        at = _approved(at, terms, step.at)
    at = _complete(at, step.at)
    return _until(at, terms, step.at)


def _allowed(at: Standing, terms: Terms, step: Step) -> bool:
    match step.act:
        case Act.MOVE_DUE_DAY:
            return at.due_on is not None and step.due_on is not None and step.due_on > at.due_on
        case Act.RETURN:
            return at.due_on is None or step.at < day_over_at(at.due_on, terms.zone)
        case _:
            return True


def _enter(at: Standing, state: State, step: Step) -> Standing:
    entry = Decision(state, step.at, step.by_role, step.reasons, step.overridden, at.due_on)
    return replace(at, state=state, trail=(*at.trail, entry))


def _approved(at: Standing, terms: Terms, when: datetime) -> Standing:
    """Start the clock, if there is one."""
    day = when.astimezone(terms.zone).date()
    due_on = due_day(terms.referral_day, day, terms.intake_days, terms.days_after_approval) if terms.clock else None
    trail = (*at.trail[:-1], replace(at.trail[-1], due_on=due_on))
    return replace(at, due_on=due_on, approved_at=when, trail=trail)


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
