"""The states of a referral and every way from one to another (programme section 3).

`TRANSITIONS` is the rule: the code walks it, the documentation prints it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


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
OPEN = frozenset({_S.APPROVED, _S.REOPENED})
_UNDECIDED = frozenset({_S.PENDING, _S.WAITLISTED}) | OPEN
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
        frozenset({_S.WAITLISTED}),
        Act.APPROVE,
        "head of the list, else a reason; by rule for who holds a slot already (rule 7)",
        _S.APPROVED,
        ("supervisor", "rule"),
    ),
    Transition(OPEN, Act.MOVE_DUE_DAY, "only later", None, ("prosecutor",)),
    Transition(_UNDECIDED, Act.SAY_NO, "told to intake", _S.DECLINED, ("intake_worker",)),
    Transition(
        _UNDECIDED,
        Act.WITHDRAW,
        "by the referrer, unapproved or the same day",
        _S.WITHDRAWN,
        ("agency_supervisor", "partner"),
    ),
    Transition(OPEN, Act.DUE_DAY_OVER, "no intake", _S.EXPIRED, ("rule",)),
    Transition(OPEN, Act.INTAKE, "derived", _S.INTAKE_COMPLETE, ("rule",), published=False),
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
        _GONE | OPEN | {_S.INTAKE_COMPLETE},
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
