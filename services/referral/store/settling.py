"""Settling: reckon referrals and their charges anew from all that is known, write and publish what changed.

Set-based: a batch of any size is a fixed number of statements. Settling what is settled does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import RowMapping

from services.referral.domain import charge_ledger
from services.referral.domain.charge_ledger import ChargeState
from services.referral.domain.policy import Policy
from services.referral.domain.referral_states import Act, State
from services.referral.domain.rule_sees import on_time_intake, seen
from services.referral.domain.standing import Decision, Standing, Step, Terms, standing
from services.referral.store import charges, profiles, referrals
from services.referral.store.ledger import apply_move, charge_decided, charge_step, open_charges
from services.referral.store.person_index import hold_homes
from services.referral.store.policy import policy_of
from shared.contracts import Event, ReferralDecided
from shared.messaging import Tx

_WENT_AWAY = frozenset({"declined", "withdrawn", "expired"})


@dataclass
class _Changes:
    """What one settling writes, gathered over the batch."""

    standings: list[dict[str, Any]] = field(default_factory=list)
    new_charges: list[dict[str, Any]] = field(default_factory=list)
    charges: list[dict[str, Any]] = field(default_factory=list)
    charge_steps: list[dict[str, Any]] = field(default_factory=list)
    facts: list[Event] = field(default_factory=list)
    live: dict[UUID, bool] = field(default_factory=dict)


async def settle(tx: Tx, referral_ids: Iterable[UUID], as_of: datetime | None = None) -> None:
    """Settle some referrals as of now, or of an earlier moment; one that does not exist yet, when it comes."""
    when = as_of or tx.now
    ids = sorted(set(referral_ids))
    if not ids:
        return
    # Charges and steps are written at the home of their referral.
    await hold_homes(tx)
    rows = await referrals.locked(tx, ids)
    steps = await referrals.steps(tx, ids)
    ledger = await charges.locked(tx, ids)
    rules = await policy_of(tx)
    changes = _Changes()
    for row in rows:
        mine = steps.get(row["referral_id"], [])
        now_at = standing(terms_of(row, rules), steps_of(mine), when).keeping(row["due_on"])
        _settle_referral(tx, row, now_at, changes)
        _settle_charges(tx, row, now_at, mine, ledger.get(row["referral_id"], []), rules, when, changes)
    await _write(tx, changes)
    await referrals.applied(tx, [row["referral_id"] for row in rows])
    await profiles.follow(tx, changes.live)


def terms_of(row: RowMapping, rules: Policy) -> Terms:
    """What a stored referral is bound by: the policy version it was made under."""
    version = rules.version(row["policy_version"])
    return Terms(
        opened_at=row["occurred_at"],
        first=State(row["first_state"]),
        clock=row["pathway"] == "arrest_diversion",
        referral_day=row["referral_day"],
        intake_days=version.intake_days,
        days_after_approval=version.days_after_approval,
        zone=rules.zone,
    )


def steps_of(rows: Sequence[RowMapping]) -> list[Step]:
    """Stored steps as the domain takes them; an intake withdrawn is one that was and then was not."""
    found: list[Step] = []
    for row in rows:
        act = Act(row["act"])
        intake = str(row["step_id"]) if act is Act.INTAKE else None
        found.append(
            Step(
                act,
                row["at"],
                row["by_role"],
                tuple(row["reasons"]),
                row["overridden"],
                row["due_on"],
                intake,
                row["recorded_at"],
            )
        )
        if intake and row["voided_at"] is not None:
            found.append(Step(Act.INTAKE_VOIDED, row["voided_at"], "rule", ("intake_voided",), intake_id=intake))
    return found


def _settle_referral(tx: Tx, row: RowMapping, at: Standing, changes: _Changes) -> None:
    told = _told(row["published"], at.decision, at)
    seq = row["seq"]
    if told.state != row["published"] or at.due_on != row["due_on"]:
        seq += 1
        changes.facts.append(_decided(tx, row, at, told, seq))
    unchanged = (row["state"], row["published"], row["due_on"], row["approved_at"])
    if (at.state, told.state, at.due_on, at.approved_at) == unchanged:
        return
    changes.standings.append(
        {
            "referral_id": row["referral_id"],
            "state": at.state,
            "published": told.state,
            "due_on": at.due_on,
            "approved_at": at.approved_at,
            "seq": seq,
            "updated_at": tx.now,
        }
    )
    changes.live[row["referral_id"]] = at.live


def _told(published: str, newest: Decision, at: Standing) -> Decision:
    """What the programme is told. Once told that a referral is over, it learns of its return as `reopened`."""
    if published in _WENT_AWAY and newest.state is State.APPROVED:
        last = at.trail[-1]
        return Decision(State.REOPENED, last.at, "rule", ("intake_completed",), due_on=at.due_on)
    if published == "reopened" and newest.state is State.APPROVED:
        return Decision(State.REOPENED, newest.at, newest.by_role, newest.reasons, due_on=at.due_on)
    return newest


def _decided(tx: Tx, row: RowMapping, at: Standing, told: Decision, seq: int) -> ReferralDecided:
    return ReferralDecided(
        recorded_at=tx.now,
        decision_id=uuid5(row["referral_id"], f"decision-{seq}"),
        seq=seq,
        referral_id=row["referral_id"],
        person_id=row["person_id"],
        decision=told.state.value,
        reasons=list(told.reasons),
        decided_by_role=told.by_role,
        decided_at=told.at,
        overridden=told.overridden,
        intake_due_on=at.due_on,
    )


def _settle_charges(
    tx: Tx,
    row: RowMapping,
    at: Standing,
    steps: Sequence[RowMapping],
    ledger: Sequence[RowMapping],
    rules: Policy,
    when: datetime,
    changes: _Changes,
) -> None:
    done = [step["earliest_at"] for step in steps if step["earliest_at"] is not None]
    intake_at = on_time_intake(at, done, rules.zone)
    agreement = rules.version(row["policy_version"]).relinquish_by == "rule"
    held: list[dict[str, Any]] = [dict(charge) for charge in ledger]
    if not held and _to_be_held(row, at):
        held = open_charges(tx, row, at.approved_at or row["occurred_at"])
        changes.new_charges += held
        changes.charge_steps += [charge_step(tx, charge, "approved") for charge in held]
        changes.facts += [charge_decided(tx, charge) for charge in held]
    for charge in held:
        hold_ended_at = charge["updated_at"] if charge["decided_by"] == charge_ledger.PROSECUTOR else None
        found = seen(at, intake_at, hold_ended_at, agreement=agreement, zone=rules.zone, now=when)
        move = charge_ledger.by_rule(ChargeState(charge["state"]), found)
        flagged = charge["state"] == "filed" and intake_at is not None
        if move is not None:
            moved = apply_move(tx, charge, move, "rule")
            changes.charge_steps.append(charge_step(tx, moved, move.cause))
            changes.facts.append(charge_decided(tx, moved))
            changes.charges.append(moved | {"on_time_intake_at": intake_at, "flagged": flagged})
        elif (charge.get("on_time_intake_at"), charge.get("flagged", False)) != (intake_at, flagged):
            changes.charges.append(charge | {"on_time_intake_at": intake_at, "flagged": flagged})


def _to_be_held(row: RowMapping, at: Standing) -> bool:
    """A charge that could not be held at the scene is held once a person approves."""
    return row["pathway"] == "arrest_diversion" and row["offer"] != "declined" and at.binding


async def _write(tx: Tx, changes: _Changes) -> None:
    if changes.standings:
        await referrals.save_standings(tx, changes.standings)
    if changes.new_charges:
        await charges.insert(tx, changes.new_charges)
    if changes.charges:
        await charges.save(tx, changes.charges)
    if changes.charge_steps:
        await charges.add_steps(tx, changes.charge_steps)
    tx.publish(*changes.facts)
