"""Questions to a person: are these two people one? Raised by linking, asked only where a referral is live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.identity.matching import Known, Question
from services.referral.domain.identity.traits import Identity
from services.referral.store import person_index
from services.referral.store.identity_weights import VERSION
from services.referral.store.referrals import LIVE
from shared.messaging import Tx
from shared.runtime.ids import uuid7

_LIVE = f"exists (select 1 from own.referral r where r.home_id in (a.home_id, b.home_id) and {LIVE})"  # noqa: S608
_ASKED = f"""
  select q.*, a.home_id as home_id, b.home_id as other_home
  from own.person_review q
  join own.person a on a.person_id = q.person_id
  join own.person b on b.person_id = q.other_id
  where {_LIVE}
"""  # noqa: S608


class Raised(NamedTuple):
    """A question about somebody and somebody else who may be the same; answered already where `state` says so."""

    about: Known
    question: Question
    state: str = "open"
    by: str | None = None
    merge_id: UUID | None = None


async def ask(tx: Tx, raised: Sequence[Raised]) -> None:
    """Raise questions; a pair that was asked before, whatever the answer was, is not asked again."""
    pairs: dict[tuple[UUID, UUID], Raised] = {}
    for one in raised:
        low, high = sorted((one.about.person_id, one.question.known.person_id))
        if low != high:
            known = pairs.get((low, high))
            if known is None or one.question.probability > known.question.probability:
                pairs[low, high] = one
    if not pairs:
        return
    await tx.execute(
        """
        insert into own.person_review (review_id, person_id, other_id, programme, probability, reasons, weights,
          created_at, state, merge_id, decided_at, decided_by)
        select q.id, q.person_id, q.other_id, :programme, q.probability, string_to_array(q.reasons, ' '), :weights,
          :now, q.state, q.merge_id, case when q.state <> 'open' then cast(:now as timestamptz) end,
          case when q.state <> 'open' then q.decided_by end
        from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:others as uuid[]),
          cast(:probabilities as float[]), cast(:reasons as text[]), cast(:states as text[]), cast(:merges as uuid[]),
          cast(:by as text[])) as q(id, person_id, other_id, probability, reasons, state, merge_id, decided_by)
        order by q.person_id, q.other_id
        on conflict do nothing
        """,
        {
            "programme": tx.settings.programme,
            "weights": VERSION,
            "now": tx.now,
            "ids": [uuid7() for _ in pairs],
            "people": [low for low, _ in pairs],
            "others": [high for _, high in pairs],
            "probabilities": [one.question.probability for one in pairs.values()],
            "reasons": [" ".join(one.question.reasons) for one in pairs.values()],
            "states": [one.state for one in pairs.values()],
            "merges": [one.merge_id for one in pairs.values()],
            "by": [one.by for one in pairs.values()],
        },
    )


async def waiting(tx: Tx, limit: int = 50) -> list[RowMapping]:
    """Open questions about two who are still two, the most probable first."""
    return await tx.rows(
        f"{_ASKED} and q.state = 'open' and a.home_id <> b.home_id"
        " order by q.probability desc, q.review_id limit :limit",
        {"limit": limit},
    )


async def asked_about(tx: Tx, homes: Sequence[UUID]) -> set[UUID]:
    """Those of these people (as of today) about whom a question is open."""
    rows = await tx.rows(
        """
        select a.home_id as home_id, b.home_id as other_home from own.person_review q
        join own.person a on a.person_id = q.person_id join own.person b on b.person_id = q.other_id
        where q.state = 'open' and a.home_id <> b.home_id
          and (a.home_id = any(cast(:homes as uuid[])) or b.home_id = any(cast(:homes as uuid[])))
        """,
        {"homes": list(homes)},
    )
    return {row[side] for row in rows for side in ("home_id", "other_home")} & set(homes)


async def answered(tx: Tx, state: str, limit: int = 50) -> list[RowMapping]:
    """Questions answered `same` or `different`, the newest answer first."""
    return await tx.rows(
        f"{_ASKED} and q.state = :state order by q.decided_at desc, q.review_id limit :limit",
        {"state": state, "limit": limit},
    )


async def one(tx: Tx, review_id: UUID) -> RowMapping | None:
    """A question, locked; None where there is none or nothing about it is live."""
    return await tx.row(f"{_ASKED} and q.review_id = :review_id for update of q", {"review_id": review_id})


async def answer(tx: Tx, review_id: UUID, state: str, by: str, merge_id: UUID | None) -> None:
    """Keep a person's answer."""
    await tx.execute(
        """
        update own.person_review set state = :state, merge_id = :merge_id, decided_at = :now, decided_by = :by
        where review_id = :review_id
        """,
        {"review_id": review_id, "state": state, "merge_id": merge_id, "now": tx.now, "by": by},
    )


async def said_of(tx: Tx, people: Iterable[UUID]) -> dict[UUID, list[Identity]]:
    """What was said of each person, by the id it was published under, the newest first."""
    rows = await tx.rows(
        "select identity_id, person_id, said from own.person_identity"
        " where person_id = any(cast(:people as uuid[])) order by recorded_at desc, identity_id",
        {"people": sorted(set(people))},
    )
    found: dict[UUID, list[Identity]] = {}
    for row in rows:
        said = person_index.identity(tx.keys, row["identity_id"], row["said"])
        found.setdefault(row["person_id"], []).append(said)
    return found
