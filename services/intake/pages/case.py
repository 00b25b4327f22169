"""One referral as a page shows it: who, from where, how much time is left, who looks after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from services.intake.domain import words
from services.intake.domain.clock import Clock, charge_clock
from services.intake.domain.entered_time import civil_day
from services.intake.domain.record import Record
from services.intake.store import referrals
from services.intake.store.people import Person, person
from shared.web import Desk, NotFound


@dataclass(frozen=True)
class Case:
    """A referral's row with its words. `row` is what the store gave."""

    row: RowMapping
    person: Person
    clock: Clock | None
    mine: bool
    charges: Sequence[Record] = ()
    """The charge ledger's rows, when they were read."""

    @property
    def referral_id(self) -> UUID:
        found: UUID = self.row["referral_id"]
        return found

    @property
    def door(self) -> str:
        return words.door(self.row)

    @property
    def place(self) -> str:
        return words.place(self.row)

    @property
    def charge(self) -> str:
        return words.charge(self.row["charges"]) if words.has_clock(self.row) else ""

    @property
    def handoff(self) -> str:
        return words.handoff(self.row)

    @property
    def tone(self) -> str:
        return self.clock.tone if self.clock else ""

    @property
    def awaits_decision(self) -> bool:
        return self.row["state"] in {"pending", "waitlisted"}

    @property
    def given_up(self) -> bool:
        return bool(self.charges) and all(one["state"] == "relinquished" for one in self.charges)

    @property
    def claimed_by_other(self) -> str:
        """The name of whoever else looks after it."""
        return str(self.row["claim_name"]) if self.row["claim_worker"] and not self.mine else ""


def case(desk: Desk, row: RowMapping, charges: Sequence[Record] = ()) -> Case:
    """The words for one row of the store."""
    clock = None
    if words.has_clock(row) and row["due_on"] is not None:
        clock = charge_clock(civil_day(row["occurred_at"], desk.zone), row["due_on"], desk.today)
    return Case(row, person(desk.tx, row), clock, row["claim_worker"] == desk.actor.worker, charges)


async def open_case(desk: Desk, referral_id: UUID, *, for_change: bool = False) -> Case:
    """The case of a referral with its charges; the audit learns who was seen. Raises NotFound."""
    if for_change:
        await referrals.hold_homes(desk.tx)
    row = await referrals.referral(desk.tx, referral_id)
    if row is None or row["state"] in {"void", "ineligible"} or row["offer"] == "declined":
        raise NotFound
    desk.saw([row["home_id"]], classes="ID REF CHG")
    return case(desk, row, await referrals.charges(desk.tx, referral_id))
