"""A person decides on a referral or a charge: checked against the table, kept, and told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.charge_ledger import (
    PROSECUTOR,
    Cause,
    ChargeState,
    Move,
    charge_transition,
)
from services.referral.domain.referral_states import Act, State, may_decide
from services.referral.store import charges, referrals
from services.referral.store.ledger import apply_move, charge_decided, charge_step
from services.referral.store.person_index import hold_homes
from services.referral.store.policy import policy_of
from services.referral.store.settling import settle
from shared.messaging import Tx
from shared.runtime.ids import uuid7


class NotAllowed(Exception):
    """The table has no such way from where it stands, or not for this role. The message says so.

    Whoever referred learns nothing of what became of it without the person's release: to them one sentence for all.
    """

    def __init__(self, message: str, role: str = "") -> None:
        super().__init__(_TO_THE_REFERRER if role in _REFERRERS else message)


_REFERRERS: Final = {"officer", "agency_supervisor", "partner"}
_TO_THE_REFERRER: Final = "This cannot be done here any more. Call the program's supervisor."


async def decide_referral(
    tx: Tx,
    referral_id: UUID,
    act: Act,
    role: str,
    reason: str,
    *,
    at: datetime | None = None,
    due_on: date | None = None,
) -> RowMapping:
    """Take a person's decision on a referral, effective `at` (default now). Raises NotAllowed."""
    # Homes before rows, as a merge takes them.
    await hold_homes(tx)
    rows = await referrals.locked(tx, [referral_id])
    if not rows:
        raise NotAllowed("There is no such referral.")
    (row,) = rows
    when = at or tx.now
    if not may_decide(State(row["state"]), act, role, row["reasons"]):
        raise NotAllowed(f"This cannot be done while the referral is {row['state'].replace('_', ' ')}.", role)
    if act is Act.WITHDRAW and row["approved_at"] and not await _same_day(tx, row["received_at"]):
        raise NotAllowed("It was approved, and its day is over: it cannot be withdrawn any more.", role)
    overridden = row["state"] == State.INELIGIBLE and act is Act.APPROVE
    if act is Act.MOVE_DUE_DAY and not (due_on and row["due_on"] and due_on > row["due_on"]):
        raise NotAllowed("The due day can only be moved later.", role)
    await referrals.add_steps(
        tx,
        [
            {
                "referral_id": referral_id,
                "step_id": uuid7(),
                "person_id": row["person_id"],
                "programme": row["programme"],
                "act": act,
                "at": max(when, row["occurred_at"]),
                "by_role": role,
                "reasons": [reason],
                "overridden": overridden,
                "due_on": due_on,
                "version": 1,
                "recorded_at": tx.now,
            }
        ],
    )
    # As of the decision first, so that it is told even if its due day is over by now.
    await settle(tx, [referral_id], as_of=when)
    await settle(tx, [referral_id])
    return row


async def _same_day(tx: Tx, moment: datetime) -> bool:
    rules = await policy_of(tx)
    return rules.civil_day(moment) == rules.civil_day(tx.now)


async def decide_charge(
    tx: Tx, charge_id: UUID, cause: Cause, reason: str, *, at: datetime | None = None
) -> RowMapping:
    """Take the prosecutor's decision on a charge of the ledger. Raises NotAllowed."""
    await hold_homes(tx)
    row = await charges.one_locked(tx, charge_id)
    if row is None:
        raise NotAllowed("There is no such charge.")
    found = charge_transition(ChargeState(row["state"]), cause)
    if found is None or found.who != PROSECUTOR:
        raise NotAllowed(f"This cannot be done while the charge is {row['state'].replace('_', ' ')}.")
    moved = apply_move(tx, dict(row), Move(found.to, cause, at or tx.now), PROSECUTOR)
    await charges.save(tx, [moved])
    await charges.add_steps(tx, [charge_step(tx, moved, cause.value, reason)])
    tx.publish(charge_decided(tx, moved))
    return row
