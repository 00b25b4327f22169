"""Two people who may be one: a person looks at both side by side, and says. Race is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.referral.domain.identity.traits import Identity, bare, phone, plain
from services.referral.pages.match_words import said
from services.referral.store import person_merges, person_reviews
from shared.web import Access, Conflict, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="oversee", reads="ID REF", roles="supervisor")
CHANGE = Access(purpose="oversee", reads="ID REF", writes="ID", roles="supervisor")

VIEWS = {"open": "To look at", "same": "Said to be one", "different": "Said to be two"}
ACTS = ("same", "different", "apart", "together")
SHOWN = 4
"""Variants of one trait; the newest say most."""


@router.get("/people/review", access=LOOK)
async def queue(desk: Desk, view: str = "open", done: str = "") -> Response:
    """Pairs with a live referral on one side: open ones, the most probable first, or those already answered."""
    return await _queue(desk, view, done=done if done in ACTS else "")


@router.post("/people/review/{review_id}", access=CHANGE)
async def answer(desk: Desk, review_id: UUID) -> Response:
    """Say that a pair is one person or two, or take back what was said of it."""
    act = str((await desk.form()).get("act") or "")
    row = await person_reviews.one(desk.tx, review_id)
    if row is None:
        raise NotFound
    if act not in ACTS:
        return await _queue(desk, "open", errors={f"act-{review_id}": "Say whether they are the same person."})
    merge_id, by = row["merge_id"], desk.actor.id
    if (act, row["state"]) in (("same", "open"), ("together", "different")):
        if row["home_id"] != row["other_home"]:
            merge_id = await person_merges.merge(desk.tx, row["home_id"], row["other_home"], by)
    elif act == "apart" and row["state"] == "same" and merge_id is not None:
        if not await person_merges.unmerge(desk.tx, merge_id, by):
            raise Conflict("These two were taken apart already.")
    elif act != "different" or row["state"] != "open":
        raise Conflict("Somebody else answered this meanwhile.")
    state = "same" if act in ("same", "together") else "different"
    await person_reviews.answer(desk.tx, review_id, state, by, merge_id)
    desk.changed(
        f"people {act}",
        [row["person_id"], row["other_id"]],
        classes="ID",
        before={"state": row["state"]},
        after={"state": state},
    )
    return desk.redirect(f"/people/review?done={act}")


async def _queue(desk: Desk, view: str, *, done: str = "", errors: dict[str, str] | None = None) -> Response:
    view = view if view in VIEWS else "open"
    rows = await (person_reviews.waiting(desk.tx) if view == "open" else person_reviews.answered(desk.tx, view))
    people = [row[side] for row in rows for side in ("person_id", "other_id")]
    heard = await person_reviews.said_of(desk.tx, people)
    desk.saw(people, classes="ID REF", fields=["name", "birth_date", "phones", "addresses", "numbers"])
    values: dict[str, Any] = {
        "pairs": [_pair(row, heard) for row in rows],
        "views": list(VIEWS.items()),
        "view": view,
        "done": done,
    }
    if errors:
        return desk.invalid("people_review.html", errors=errors, **values)
    return desk.page("people_review.html", **values)


def _pair(row: Any, heard: dict[UUID, list[Identity]]) -> dict[str, Any]:
    one, other = heard.get(row["person_id"], []), heard.get(row["other_id"], [])
    return {
        "id": row["review_id"],
        "names": [_called(one), _called(other)],
        "reasons": said(row["reasons"]),
        "rows": rows_of(one, other),
        # Taken apart here only where this answer joined them.
        "may_part": row["state"] == "same" and row["merge_id"] is not None,
        "may_join": row["state"] == "different" and row["home_id"] != row["other_home"],
    }


def rows_of(one: Sequence[Identity], other: Sequence[Identity]) -> list[dict[str, Any]]:
    """What is known of both, trait by trait; `same` where a value of one is a value of the other."""
    found = []
    for label, values, bared in (
        ("Name", _names, plain), ("Goes by", _preferred, plain), ("Born", _born, plain), ("State id", _sids, bare),
        ("Tracking number", _otns, bare), ("Phone", _phones, phone), ("Address", _addresses, plain),
    ):  # fmt: skip
        left, right = _distinct(one, values), _distinct(other, values)
        if left or right:
            same = bool({bared(value) for value in left} & {bared(value) for value in right})
            found.append({"label": label, "left": left[:SHOWN], "right": right[:SHOWN], "same": same})
    return found


def _distinct(identities: Sequence[Identity], values: Any) -> list[str]:
    return list(dict.fromkeys(value for identity in identities for value in values(identity) if value))


def _names(one: Identity) -> list[str]:
    return [" ".join(part for part in (one.first, one.middle, one.last, one.suffix) if part)]


def _preferred(one: Identity) -> list[str | None]:
    return [one.preferred_name]


def _born(one: Identity) -> list[str]:
    return [one.birth_date.strftime("%m/%d/%Y")] if one.birth_date else []


def _sids(one: Identity) -> list[str | None]:
    return [one.sid]


def _otns(one: Identity) -> list[str | None]:
    return [one.otn]


def _phones(one: Identity) -> list[str]:
    return one.phones


def _addresses(one: Identity) -> list[str]:
    return one.addresses


def _called(identities: Sequence[Identity]) -> str:
    return next((name for one in identities for name in _names(one) if name), "No name given")
