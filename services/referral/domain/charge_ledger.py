"""The ledger of diverted charges: its states and every way from one to another (programme section 4).

`relinquished` is terminal. Nothing is filed by a rule: only a person files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChargeState(StrEnum):
    HELD = "held"
    RELINQUISHED = "relinquished"
    ELIGIBLE_TO_FILE = "eligible_to_file"
    FILED = "filed"
    NOT_FILED = "not_filed"


class Cause(StrEnum):
    """What moves a charge. The first six are seen by the rule, the others are acts of a prosecutor."""

    ON_TIME_INTAKE = "on_time_intake"
    REFERRAL_ENDED = "referral_ended"
    DUE_DAY_OVER = "due_day_over"
    INTAKE_TO_JUDGE = "intake_to_judge"
    EXTENDED = "extended"
    REOPENED = "reopened"
    END_HOLD = "end_hold"
    FILE = "file"
    DO_NOT_FILE = "do_not_file"
    GIVE_UP = "give_up"


RULE, PROSECUTOR = "rule", "prosecutor"


@dataclass(frozen=True)
class ChargeTransition:
    sources: frozenset[ChargeState]
    cause: Cause
    guard: str
    to: ChargeState
    who: str


_C = ChargeState
_HELD = frozenset({_C.HELD})
_ELIGIBLE = frozenset({_C.ELIGIBLE_TO_FILE})

# The order is the order of precedence among what the rule sees.
TRANSITIONS: tuple[ChargeTransition, ...] = (
    ChargeTransition(
        frozenset({_C.HELD, _C.ELIGIBLE_TO_FILE, _C.NOT_FILED}),
        Cause.ON_TIME_INTAKE,
        "on-time intake known; referral approved; standing agreement in force",
        _C.RELINQUISHED,
        RULE,
    ),
    ChargeTransition(
        _HELD, Cause.REFERRAL_ENDED, "referral ineligible, withdrawn, void", _C.ELIGIBLE_TO_FILE, RULE
    ),
    ChargeTransition(
        _HELD,
        Cause.DUE_DAY_OVER,
        "no on-time intake known; as of 00:00 local next day",
        _C.ELIGIBLE_TO_FILE,
        RULE,
    ),
    ChargeTransition(
        _ELIGIBLE,
        Cause.INTAKE_TO_JUDGE,
        "on-time intake known; referral approved; no standing agreement: it waits for the prosecutor",
        _C.HELD,
        RULE,
    ),
    ChargeTransition(_ELIGIBLE, Cause.EXTENDED, "extension or override, due day not over", _C.HELD, RULE),
    ChargeTransition(
        _ELIGIBLE, Cause.REOPENED, "referral approved again by its return, due day not over", _C.HELD, RULE
    ),
    ChargeTransition(_HELD, Cause.END_HOLD, "with a reason", _C.ELIGIBLE_TO_FILE, PROSECUTOR),
    ChargeTransition(
        frozenset({_C.ELIGIBLE_TO_FILE, _C.NOT_FILED}), Cause.FILE, "decides", _C.FILED, PROSECUTOR
    ),
    ChargeTransition(_ELIGIBLE, Cause.DO_NOT_FILE, "decides", _C.NOT_FILED, PROSECUTOR),
    ChargeTransition(frozenset(_C) - {_C.RELINQUISHED}, Cause.GIVE_UP, "gives it up", _C.RELINQUISHED, PROSECUTOR),
)  # fmt: skip

_BY_CAUSE = {(source, row.cause): row for row in TRANSITIONS for source in row.sources}


def charge_transition(state: ChargeState, cause: Cause) -> ChargeTransition | None:
    """The row of the table for this cause in this state; None where it has no effect."""
    return _BY_CAUSE.get((state, cause))


@dataclass(frozen=True)
class Seen:
    """What the rule sees of a charge's referral: each cause with the moment it took effect, or None.

    An on-time intake is `on_time_intake` under the standing agreement, else `intake_to_judge`; with either
    nothing ends the hold.
    """

    on_time_intake: datetime | None = None
    referral_ended: datetime | None = None
    due_day_over: datetime | None = None
    intake_to_judge: datetime | None = None
    extended: datetime | None = None
    reopened: datetime | None = None

    def at(self, cause: Cause) -> datetime | None:
        moment: datetime | None = getattr(self, cause.value)
        return moment


@dataclass(frozen=True)
class Move:
    """A charge's way to another state: where to, why, and as of when."""

    to: ChargeState
    cause: Cause
    at: datetime


def by_rule(state: ChargeState, seen: Seen) -> Move | None:
    """What the rule does with a charge in this state: the first row of the table that applies, if any."""
    for row in TRANSITIONS:
        if row.who == RULE and state in row.sources:
            at = seen.at(row.cause)
            if at is not None:
                return Move(row.to, row.cause, at)
    return None


def table() -> list[dict[str, str]]:
    """The transitions as rows of words, for the documentation."""
    return [
        {
            "from": ", ".join(state for state in ChargeState if state in row.sources),
            "event": row.cause.value,
            "guard": row.guard,
            "to": row.to.value,
            "who": row.who,
            "published": "charge-decided",
        }
        for row in TRANSITIONS
    ]
