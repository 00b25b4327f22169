"""The slots of a programme (rule 9): counted by the clock; a referral that a rule approves takes its own at once.

A person who holds one needs no other (rule 7). Whoever refers must not learn by it that somebody takes part: while all
is full every referral waits, and the clock lets through those of people who hold one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from shared.messaging import Tx

# A person takes one slot: active, in the wind, or approved without an intake.
_HOLDERS: Final = """
  select home_id from (
    select distinct on (home_id) home_id, status from copied.participant_status {people}
    order by home_id, since desc nulls last, version desc, change_id) newest
  where status in ('active', 'in_the_wind')
  union all
  select home_id from own.referral {people} {and_or_where} state in ('approved', 'reopened')
"""
_ALL_HOLDERS: Final = _HOLDERS.format(people="", and_or_where="where")


async def locked(tx: Tx, programme: str) -> int:
    """Slots taken, for this transaction to add to: others that approve wait for it."""
    used = await tx.value(
        """
        insert into own.capacity (programme, used, at) values (:programme, 0, :now)
        on conflict (programme) do update set used = capacity.used returning used
        """,
        {"programme": programme, "now": tx.now},
    )
    return int(used or 0)


async def take(tx: Tx, programme: str, used: int) -> None:
    """So many are taken now, after `locked`."""
    await tx.execute(
        "update own.capacity set used = :used where programme = :programme", {"used": used, "programme": programme}
    )


async def holders(tx: Tx, home_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the people who take a slot already, as far as the reader sees."""
    rows = await tx.rows(
        _HOLDERS.format(people="where home_id = any(cast(:ids as uuid[]))", and_or_where="and"),
        {"ids": list(home_ids)},
    )
    return {row["home_id"] for row in rows}


async def waiting_holders(tx: Tx, limit: int) -> list[RowMapping]:
    """Referrals on the waiting list of people who take a slot already, oldest first."""
    return await tx.rows(
        f"""
        select referral_id, person_id, programme, occurred_at from own.referral
        where state = 'waitlisted' and home_id in ({_ALL_HOLDERS}) order by received_at, referral_id limit :n
        """,  # noqa: S608
        {"n": limit},
    )


async def count(tx: Tx) -> None:
    """Count the slots taken. Whoever is taking one comes before or after, never between."""
    programme = tx.settings.programme
    before = await locked(tx, programme)
    used = await tx.value(
        f"select count(distinct home_id) from ({_ALL_HOLDERS}) as taken"  # noqa: S608
    )
    if used != before:
        await tx.execute(
            "update own.capacity set used = :used, at = :now where programme = :programme",
            {"used": used, "now": tx.now, "programme": programme},
        )
