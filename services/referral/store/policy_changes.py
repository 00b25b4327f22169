"""Proposals to change the policy, and the second person's word on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.policy_changes import CHANGE, Change, ChangeError, changed
from services.referral.store.policy import policy_of
from shared.messaging import Tx
from shared.runtime.ids import uuid7

Answer = Literal["adopted", "refused", "withdrawn"]


@dataclass(frozen=True)
class Person:
    """Who proposes or decides: `sub` says whether two are the same person, `name` is shown."""

    sub: str
    name: str


class NotYours(Exception):
    """The answer is not this person's to give, or somebody gave one already; the text says which."""


async def propose(tx: Tx, change: Change, note: str, by: Person) -> UUID:
    """Keep a proposal. Raises ChangeError if it does not fit today's policy, or would begin in the past."""
    await _check(tx, change)
    change_id = uuid7()
    await tx.execute(
        """
        insert into own.policy_change (change_id, programme, kind, from_day, content, note, status, proposed_by,
          proposed_name, proposed_at)
        values (:change_id, :programme, :kind, :from_day, cast(:content as jsonb), :note, 'proposed', :sub, :name, :now)
        """,
        {
            "change_id": change_id,
            "programme": tx.settings.programme,
            "kind": change.kind,
            "from_day": change.from_,
            "content": CHANGE.dump_json(change, by_alias=True, exclude_none=True).decode(),
            "note": note,
            "sub": by.sub,
            "name": by.name,
            "now": tx.now,
        },
    )
    return change_id


async def answer(tx: Tx, change_id: UUID, status: Answer, by: Person) -> RowMapping:
    """Adopt, refuse or withdraw a proposal. Raises NotYours, ChangeError; LookupError for one that is not there."""
    # One adoption at a time: an edition is the order in which they hold.
    await tx.execute("select pg_advisory_xact_lock(hashtext('own.policy_change'))", {})
    row = await one(tx, change_id)
    if row is None:
        raise LookupError(change_id)
    if row["status"] != "proposed":
        raise NotYours(f"{row['decided_name']} has answered this proposal already: it is {row['status']}.")
    if (status == "withdrawn") != (row["proposed_by"] == by.sub):
        raise NotYours(
            "Only the person who proposed it can withdraw it."
            if status == "withdrawn"
            else "You proposed this. A second person must approve or refuse it."
        )
    if status == "adopted":
        await _check(tx, CHANGE.validate_python(row["content"]))
    await tx.execute(
        """
        update own.policy_change set status = :status, decided_by = :sub, decided_name = :name, decided_at = :now,
          edition = case when :status = 'adopted' then
            (select coalesce(max(edition), 0) + 1 from own.policy_change where programme = :programme) end
        where change_id = :change_id
        """,
        {
            "change_id": change_id,
            "programme": row["programme"],
            "status": status,
            "sub": by.sub,
            "name": by.name,
            "now": tx.now,
        },
    )
    return row


async def one(tx: Tx, change_id: UUID) -> RowMapping | None:
    """A change with who proposed and decided it."""
    return await tx.row("select * from own.policy_change where change_id = :change_id", {"change_id": change_id})


async def newest(tx: Tx, limit: int) -> Sequence[RowMapping]:
    """The newest changes: what waits first, then by when they came."""
    return await tx.rows(
        """
        select * from own.policy_change where programme = :programme
        order by status = 'proposed' desc, proposed_at desc limit :limit
        """,
        {"programme": tx.settings.programme, "limit": limit},
    )


async def waiting(tx: Tx, kind: str) -> Sequence[RowMapping]:
    """Proposals of a kind that nobody answered yet, the oldest first."""
    return await tx.rows(
        """
        select change_id, content from own.policy_change
        where programme = :programme and status = 'proposed' and kind = :kind order by proposed_at
        """,
        {"programme": tx.settings.programme, "kind": kind},
    )


async def _check(tx: Tx, change: Change) -> None:
    rules = await policy_of(tx)
    if change.from_ < rules.civil_day(tx.now):
        raise ChangeError("from", "A policy holds from today on at the earliest: past decisions keep theirs.")
    changed(rules, [change])
