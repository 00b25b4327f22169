"""A service of a few pages: a list, a person, a form with errors, a conflict, a failure. For tests only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import Response

from shared.web import Access, Conflict, Desk, NotFound, Pages
from shared.web.paging import Paging

router = Pages("casework", templates=Path(__file__).parent / "templates")
CARE = Access(purpose="care", reads="ID CON", roles="coordinator supervisor")
LOG = Access(purpose="care", reads="ID CON", writes="CON", roles="coordinator supervisor")


@router.get("/", access=CARE)
async def people(desk: Desk) -> Response:
    total = int(await desk.tx.value("select count(*) from own.pebble") or 0)
    paging = Paging.of(desk.request, total)
    rows = await desk.tx.rows(
        "select person_id, name from own.pebble order by name limit :size offset :offset",
        {"size": paging.size, "offset": paging.offset},
    )
    desk.saw([row["person_id"] for row in rows], classes="ID", fields=["name"])
    return desk.page("people.html", fragment="rows", rows=rows, paging=paging)


@router.get("/people/{person_id}", access=CARE)
async def person(desk: Desk, person_id: UUID) -> Response:
    found = await _found(desk, person_id)
    return desk.page("person.html", person=found)


@router.post("/people/{person_id}", access=LOG)
async def rename(desk: Desk, person_id: UUID) -> Response:
    form = await desk.form()
    found = await _found(desk, person_id)
    name = str(form.get("name", "")).strip()
    if not name:
        errors = {"name": "Enter the name they go by."}
        return desk.invalid("person.html", fragment="form", errors=errors, person=found)
    if str(form.get("version")) != str(found["version"]):
        raise Conflict("Somebody changed this name while your page was open.")
    await desk.tx.execute(
        "update own.pebble set name = :name, version = version + 1 where person_id = :id",
        {"name": name, "id": person_id},
    )
    desk.changed("rename", [person_id], classes="CON", before={"name": found["name"]}, after={"name": name})
    return desk.redirect(f"/people/{person_id}")


@router.get("/broken", access=CARE)
async def broken(desk: Desk) -> Response:
    raise RuntimeError("Marlow Sampleton's secret")


_met: dict[str, asyncio.Event] = {}


@router.get("/knot/{first}/{second}", access=CARE)
async def knot(desk: Desk, first: int, second: int) -> Response:
    """Locks two things; asked for in both orders at once, the two requests wait for each other."""
    lock = "select pg_advisory_xact_lock(:key)"
    await desk.tx.execute(lock, {"key": first})
    mine, other = (_met.setdefault(f"{one}", asyncio.Event()) for one in (first, second))
    mine.set()
    await other.wait()
    await desk.tx.execute(lock, {"key": second})
    return Response("both")


@router.get("/slow", access=CARE)
async def slow(desk: Desk) -> Response:
    """Takes longer than its role may."""
    await desk.tx.execute("set local statement_timeout = '20ms'")
    await desk.tx.execute("select pg_sleep(5)")
    return Response("done")


_tries: dict[str, int] = {}


@router.api_post("/api/tangle/{name}/{how}", access=Access(key="operate"))
async def tangle(desk: Desk, name: str, how: str) -> dict[str, int]:
    """Reads its body whole, as a form, in pieces, or the first piece only; the database takes the first try back."""
    size = 0
    if how == "whole":
        size = len(await desk.request.body())
    elif how == "form":
        size = sum(len(str(value)) for value in (await desk.form()).values())
    else:
        async for piece in desk.request.stream():
            size += len(piece)
            if how == "first":
                break
    _tries[name] = _tries.get(name, 0) + 1
    if _tries[name] == 1:
        await desk.tx.execute("do $$ begin raise exception 'taken back' using errcode = '40P01'; end $$")
    return {"size": size, "tries": _tries[name]}


class Stone(BaseModel):
    weight: int = Field(gt=0)
    label: str = Field(max_length=5)


@router.api_post("/api/stones", access=Access(key="operate"))
async def stones(desk: Desk, stone: Stone) -> dict[str, str]:
    return {"label": stone.label}


@router.api_get("/api/open", access=Access(public=True))
async def opened(desk: Desk) -> dict[str, str]:
    return {"who": desk.actor.role}


async def _found(desk: Desk, person_id: UUID) -> dict[str, object]:
    row = await desk.tx.row("select * from own.pebble where person_id = :id", {"id": person_id})
    if row is None:
        raise NotFound
    desk.saw([person_id], classes="ID CON", fields=["name"])
    return dict(row)
