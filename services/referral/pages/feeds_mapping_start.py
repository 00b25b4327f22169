"""Where a mapping begins: a feed is named, and a file of it is kept for a day to try the mapping on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.responses import Response

from services.referral.feeds.receiving import PAGE_BYTES
from services.referral.store import feed_samples, sources
from services.referral.store.policy import policy_of
from shared.web import Access, Desk, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="operate", reads="OPS", roles="county_it")
CHANGE = Access(purpose="operate", reads="OPS", writes="OPS", roles="county_it")
OWN_LOOK = Access(purpose="run_agency", reads="POL OPS", roles="agency_supervisor")
OWN_CHANGE = Access(purpose="run_agency", reads="POL OPS", writes="POL", roles="agency_supervisor")
FORMAT: Final = "mapped_csv"
_NAME: Final = re.compile(sources.NAME)


def at(*, own: bool) -> str:
    """The address: for an agency's own feeds, or for all."""
    return "/feeds/own/mapping" if own else "/feeds/mapping"


@router.get("/feeds/mapping", access=LOOK)
async def start(desk: Desk) -> Response:
    """Name a feed, and give a file of it."""
    return await _start(desk, own=False)


@router.get("/feeds/own/mapping", access=OWN_LOOK)
async def own_start(desk: Desk) -> Response:
    """The same, for an agency's own feeds."""
    return await _start(desk, own=True)


@router.post("/feeds/mapping", access=CHANGE, max_body_size=PAGE_BYTES + 65536)
async def upload(desk: Desk) -> Response:
    """Keep the file for a day, and go on to its columns."""
    return await _upload(desk, own=False)


@router.post("/feeds/own/mapping", access=OWN_CHANGE, max_body_size=PAGE_BYTES + 65536)
async def own_upload(desk: Desk) -> Response:
    """The same, for an agency's own feeds."""
    return await _upload(desk, own=True)


async def _start(desk: Desk, *, own: bool, errors: dict[str, str] | None = None) -> Response:
    agencies = [(agency.ori, agency.name) for agency in (await policy_of(desk.tx)).agencies]
    known = await (sources.of_agency(desk.tx, desk.actor.agency_ori or "") if own else sources.all_sources(desk.tx))
    values: dict[str, Any] = {
        "own": own,
        "at": at(own=own),
        "agencies": [("", "Several: each row names its own"), *sorted(agencies, key=lambda pair: pair[1])],
        "mapped": [row for row in known if row["format"] == FORMAT],
    }
    if errors:
        return desk.invalid("feeds_mapping_start.html", errors=errors, **values)
    return desk.page("feeds_mapping_start.html", **values)


async def _upload(desk: Desk, *, own: bool) -> Response:
    form = await desk.form()
    name, file = str(form.get("source") or "").strip(), form.get("file")
    agency = desk.actor.agency_ori if own else str(form.get("agency") or "") or None
    errors: dict[str, str] = {}
    known = await sources.source(desk.tx, name) if _NAME.fullmatch(name) else None
    if not _NAME.fullmatch(name):
        errors["source"] = "Name the feed with small letters, digits and hyphens, such as springfield-rms."
    elif known is not None and known["format"] != FORMAT:
        errors["source"] = "A feed of this name is read in another format. Choose another name."
    elif known is not None and known["agency_ori"] != agency:
        errors["source"] = "This name is taken. Choose another one."
    content = await file.read(PAGE_BYTES + 1) if isinstance(file, UploadFile) and file.filename else b""
    if not content:
        errors["file"] = "Choose a file of the feed. A few rows will do."
    elif len(content) > PAGE_BYTES:
        errors["file"] = "The file is over 25 MiB. Send a part of it: a few rows will do."
    if errors:
        return await _start(desk, own=own, errors=errors)
    await feed_samples.keep(desk.tx, name, agency, content)
    desk.changed("keep_sample", [], classes="POL" if own else "OPS", after={"source": name})
    return desk.redirect(f"{at(own=own)}/{name}" + (f"?agency={agency}" if agency and not own else ""))
