"""The list of people: search, filters, order and one page of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.casework.domain.names import asked, number_tail
from services.casework.store.assignments import homes_of
from services.casework.store.profiles import BLIND
from shared.messaging import Tx

PAGE = 25
PAGES = 40
"""Paging is capped: whoever looks for one person searches."""

LAST_REACHED: dict[str, tuple[int, int | None]] = {"30": (0, 30), "60": (31, 60), "90": (61, 90), "90+": (91, None)}
"""Filter -> (from, through) days since the person was reached."""


@dataclass(frozen=True)
class Wanted:
    """What the address of the list asks for."""

    query: str = ""
    town: str = ""
    status: str = ""
    seen: str = ""
    sort: str = "next"
    whose: str = "all"
    page: int = 1


ORDERS = {
    "next": "p.step_on asc nulls last, p.home_id",
    "quiet": "p.reached_at asc nulls first, p.home_id",
    "newest": "p.occurred_at desc nulls last, p.home_id",
}


async def found(tx: Tx, query: str) -> dict[UUID, int] | None:
    """Who matches a search, with how well; None if nothing was asked."""
    if not query.strip():
        return None
    if tail := number_tail(query):
        rows = await tx.rows(
            "select home_id from own.visible_person where right(replace(cast(home_id as text), '-', ''), 8) = :tail",
            {"tail": tail},
        )
        if rows:
            return {row["home_id"]: 1 for row in rows}
    ways = asked(query)
    rows = await tx.rows(
        """
        select t.home_id, sum(t.worth) as worth from (
            select n.home_id, w.word, max(w.worth) as worth
            from unnest(cast(:tokens as bytea[]), cast(:words as integer[]), cast(:worths as integer[]))
                 as w(token, word, worth)
            join copied.name_token n using (token)
            group by n.home_id, w.word
        ) t group by t.home_id having count(*) = :asked order by worth desc, t.home_id limit 1000
        """,
        {
            "tokens": [tx.keys.blind(BLIND, way.token) for way in ways],
            "words": [way.word for way in ways],
            "worths": [way.worth for way in ways],
            "asked": len({way.word for way in ways}) or -1,
        },
    )
    return {row["home_id"]: int(row["worth"]) for row in rows}


async def page(tx: Tx, wanted: Wanted, worker: str, today: date) -> tuple[Sequence[RowMapping], int]:
    """One page of people and how many there are in all."""
    matches = await found(tx, wanted.query)
    mine = await homes_of(tx, worker) if wanted.whose == "mine" else []
    where, values = _conditions(wanted, mine, today)
    order = ORDERS.get(wanted.sort, ORDERS["next"])
    if matches is not None:
        where.append("p.home_id = any(cast(:homes as uuid[]))")
        values["homes"] = list(matches)
        order = "array_position(cast(:homes as uuid[]), p.home_id)"
    condition = " and ".join(where) or "true"
    rows = await tx.rows(
        f"select *, count(*) over () as total from own.person_line p where {condition}"  # noqa: S608 fixed words only
        f" order by {order} limit :limit offset :offset",
        values | {"limit": PAGE, "offset": (min(wanted.page, PAGES) - 1) * PAGE},
    )
    return rows, rows[0]["total"] if rows else 0


def _conditions(wanted: Wanted, mine: list[UUID], today: date) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = []
    values: dict[str, Any] = {}
    if wanted.town:
        where.append("p.municipality = :town")
        values["town"] = wanted.town
    if wanted.status == "waiting":
        where.append("p.status is null")
    elif wanted.status:
        where.append("p.status = :status")
        values["status"] = wanted.status
    if wanted.whose == "mine":
        where.append("p.home_id = any(cast(:mine as uuid[]))")
        values["mine"] = mine
    elif wanted.whose == "unassigned":
        where.append("p.worker is null and p.status is not null")
    if wanted.seen in LAST_REACHED:
        near, far = LAST_REACHED[wanted.seen]
        where.append("cast(coalesce(p.reached_at, p.enrolled_at) as date) <= :near")
        values["near"] = today - timedelta(days=near)
        if far is not None:
            where.append("cast(coalesce(p.reached_at, p.enrolled_at) as date) >= :far")
            values["far"] = today - timedelta(days=far)
    return where, values


async def towns(tx: Tx) -> list[str]:
    """Municipalities people were referred in."""
    rows = await tx.rows("select distinct municipality from copied.referral where municipality is not null order by 1")
    return [row["municipality"] for row in rows]


async def one(tx: Tx, home: UUID) -> RowMapping | None:
    """One person's line, None if casework may not show them."""
    return await tx.row("select * from own.person_line where home_id = :home", {"home": home})


async def home_of(tx: Tx, person: UUID) -> UUID:
    """Who that is today."""
    found_home = await tx.value("select home_id from copied.home where person_id = :person", {"person": person})
    return found_home or person
