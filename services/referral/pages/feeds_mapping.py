"""The mapping editor: a file's columns become fields, tried on its rows before anything is registered.

For an agency's supervisor, who sees the rows, and for county IT, who sees their shape.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import RowMapping
from starlette.datastructures import FormData
from starlette.responses import Response

from services.referral.domain.feed_codes import MEANINGS
from services.referral.feeds.adapter import StructuralFault, Terms
from services.referral.feeds.mapping import BadMapping
from services.referral.feeds.sampling import Column, Tried, columns_of, shape, try_out
from services.referral.pages.feeds_mapping_start import CHANGE, FORMAT, LOOK, OWN_CHANGE, OWN_LOOK, at
from services.referral.pages.mapping_form import DATE_FORMS, FIELDS, header_line_of, lines_of, mapping_of
from services.referral.store import feed_samples, sources
from services.referral.store.crosswalk import classifier_on
from services.referral.store.policy import policy_of
from shared.web import Conflict, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")


@dataclass(frozen=True)
class Feed:
    """The feed that is mapped: registered (`row`), or only named. `own`: it is shown to its agency."""

    source: str
    agency_ori: str | None
    row: RowMapping | None
    own: bool

    @property
    def at(self) -> str:
        return f"{at(own=self.own)}/{self.source}"

    @property
    def mapping(self) -> dict[str, Any] | None:
        return self.row["mapping"] if self.row else None

    @property
    def version(self) -> int:
        return int(self.row["mapping_version"]) if self.row else 0


@router.get("/feeds/mapping/{source}", access=LOOK)
async def one(desk: Desk, source: str, agency: str = "", done: str = "") -> Response:
    """The columns of the file with what each is, or where to give one."""
    return await _shown(desk, await _feed(desk, source, agency, own=False), done=done)


@router.get("/feeds/own/mapping/{source}", access=OWN_LOOK)
async def own_one(desk: Desk, source: str, done: str = "") -> Response:
    """The same, for an agency's own feeds."""
    return await _shown(desk, await _feed(desk, source, "", own=True), done=done)


@router.post("/feeds/mapping/{source}", access=CHANGE)
async def change(desk: Desk, source: str) -> Response:
    """Try the mapping, register it as tried, or go back to an earlier one."""
    form = await desk.form()
    return await _change(desk, await _feed(desk, source, str(form.get("agency") or ""), own=False), form)


@router.post("/feeds/own/mapping/{source}", access=OWN_CHANGE)
async def own_change(desk: Desk, source: str) -> Response:
    """The same, for an agency's own feeds."""
    return await _change(desk, await _feed(desk, source, "", own=True), await desk.form())


async def _feed(desk: Desk, source: str, agency: str, *, own: bool) -> Feed:
    """The feed of this name; 404 for another agency's, and for one that is neither registered nor being mapped."""
    row = await sources.source(desk.tx, source)
    if row is not None:
        mine = not own or row["agency_ori"] == desk.actor.agency_ori
        if row["format"] != FORMAT or not mine:
            raise NotFound
        return Feed(source, row["agency_ori"], row, own)
    owner = desk.actor.agency_ori if own else agency or None
    if (own and owner is None) or await feed_samples.get(desk.tx, source, owner) is None:
        raise NotFound
    return Feed(source, owner, None, own)


async def _shown(
    desk: Desk,
    feed: Feed,
    *,
    given: dict[str, Any] | None = None,
    tried: Tried | None = None,
    faults: list[str] | None = None,
    done: str = "",
) -> Response:
    given = given or feed.mapping
    content = await feed_samples.get(desk.tx, feed.source, feed.agency_ori)
    columns: list[Column] = []
    if content is not None:
        try:
            columns = await asyncio.to_thread(columns_of, content, *_header(given))
        except StructuralFault as fault:
            faults = [*(faults or ()), f"{fault.code} in line {fault.line}: {fault.reason}."]
    if feed.own and columns:
        desk.saw([], classes="POL OPS", fields=[f"sample {feed.source}"])
    return desk.page(
        "feeds_mapping.html",
        feed=feed,
        own=feed.own,
        has_file=content is not None,
        header=_header(given),
        lines=lines_of(columns, given, masked=not feed.own),
        fields=FIELDS,
        date_forms=DATE_FORMS,
        tried=tried,
        faults=faults or [],
        digest=_digest(given) if tried is not None and given else "",
        versions=await sources.versions(desk.tx, feed.source) if feed.row else [],
        meanings=MEANINGS,
        masked=str if feed.own else shape,
        done=done if done in {"saved", "back"} else "",
    )


async def _change(desk: Desk, feed: Feed, form: FormData) -> Response:
    if str(form.get("version") or "") != str(feed.version):
        raise Conflict("Somebody changed this mapping meanwhile. Load the page again to see theirs.")
    if back := str(form.get("back") or ""):
        return await _back(desk, feed, back)
    content = await feed_samples.get(desk.tx, feed.source, feed.agency_ori)
    if content is None:
        raise Conflict("The file to try it on is no longer kept. Give it again.")
    header = header_line_of(form.get("header_line")), str(form.get("sheet") or "").strip() or None
    try:
        columns = await asyncio.to_thread(columns_of, content, *header)
        given = mapping_of(form, columns, feed.mapping, masked=not feed.own)
        rules = await policy_of(desk.tx)
        zone = ZoneInfo(feed.row["timezone"] if feed.row else desk.tx.settings.timezone)
        terms = Terms(feed.agency_ori, zone, given)
        tried = await asyncio.to_thread(
            try_out, content, terms, classifier_on(rules, rules.civil_day(desk.now)), desk.now
        )
    except StructuralFault as fault:
        return await _shown(desk, feed, faults=[f"{fault.code} in line {fault.line}: {fault.reason}."])
    except BadMapping as bad:
        return await _shown(desk, feed, given=given, faults=[reason for _, reason in bad.faults])
    # What is registered is what was seen: a mapping that was changed since is shown again first.
    if form.get("go") != "save" or form.get("tried") != _digest(given):
        return await _shown(desk, feed, given=given, tried=tried)
    await _register(desk, feed, given)
    return desk.redirect(f"{feed.at}?done=saved")


async def _back(desk: Desk, feed: Feed, version: str) -> Response:
    found = next(
        (row for row in await sources.versions(desk.tx, feed.source) if str(row["mapping_version"]) == version), None
    )
    if found is None or found["format"] != FORMAT:
        raise NotFound
    await _register(desk, feed, found["mapping"])
    return desk.redirect(f"{feed.at}?done=back")


async def _register(desk: Desk, feed: Feed, mapping: dict[str, Any]) -> None:
    row = feed.row
    await sources.put_source(
        desk.tx,
        feed.source,
        {
            "agency_ori": feed.agency_ori,
            "format": FORMAT,
            "timezone": row["timezone"] if row else desk.tx.settings.timezone,
            "mapping": mapping,
            "agencies": row["agencies"] if row else (),
            "is_primary": row["is_primary"] if row else None,
            "steward": row["steward"] if row else None,
            "takes_over_from": row["takes_over_from"] if row else None,
        },
    )
    await feed_samples.drop(desk.tx, feed.source, feed.agency_ori)
    desk.changed("map_feed", [], classes="POL" if feed.own else "OPS", after={"source": feed.source})


def _header(given: dict[str, Any] | None) -> tuple[int, str | None]:
    return (given or {}).get("header_line", 1), (given or {}).get("sheet")


def _digest(mapping: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(mapping, option=orjson.OPT_SORT_KEYS)).hexdigest()
