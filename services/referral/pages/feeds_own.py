"""An agency's own feeds, for its supervisor: from a template to a first file, and rejected rows put right."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from services.referral.feeds.lead_csv import HEADER
from services.referral.feeds.receiving import PAGE_BYTES, PART_BYTES, Empty, TooLarge, receive
from services.referral.feeds.reject_table import as_csv, is_table, lines_of
from services.referral.pages import feeds_batch
from services.referral.pages.feeds_words import STATUS
from services.referral.pages.own_feeds import CHANGE, LOOK, OPEN, at, ori_of, own_batch
from services.referral.store import batch_content, batches, feed_rejects, reject_fixes, sources
from services.referral.store.batches import Declared
from shared.web import Desk, NotFound, Pages
from shared.web.paging import Paging

router = Pages("referral", templates=Path(__file__).parent / "templates")

SHOWN: Final = 20
EXAMPLE: Final = {
    "case_no": "EXAMPLE-1",
    "arrest_no": "1",
    # In the future: sent as it is, the row is refused and makes no arrest.
    "arrest_date": "2099-01-31",
    "arrest_time": "14:05",
    "last": "Example",
    "first": "Delete-This-Row",
    "dob": "1990-01-31",
    "sex": "X",
    "race": "U",
    "statute": "18 3929",
    "description": "Retail Theft",
    "grade": "S",
    "location": "1 Fictional Way",
    "disposition": "arrested",
}


@router.get("/feeds/start", access=LOOK)
async def start(desk: Desk) -> Response:
    """The way from nothing to a first accepted file, and what was sent so far."""
    return await _start(desk)


@router.get("/feeds/template.csv", access=LOOK)
async def template(desk: Desk) -> Response:
    """Our template: its header, and one row of an invented person that is refused if it is sent."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADER, restval="")
    writer.writeheader()
    writer.writerow({**EXAMPLE, "ori": desk.actor.agency_ori or ""})
    return _file(out.getvalue(), "lead-template.csv")


@router.post("/feeds/start", access=CHANGE, max_body_size=PAGE_BYTES + 65536)
async def send(desk: Desk) -> Response:
    """Take a file of the agency's own feed; it waits for the sender's word once it is read."""
    form = await desk.form()
    own = await sources.of_agency(desk.tx, ori_of(desk))
    source = next((one for one in own if one["source"] == form.get("source")), None)
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return await _start(desk, {"file": "Choose the file to send."})
    if source is None and (own or form.get("source")):
        return await _start(desk, {"source": "Choose one of your feeds."})
    mended = await _mended(desk, str(form.get("mends") or ""))
    # A file that is not taken leaves no first feed behind either.
    savepoint = await desk.tx.connection.begin_nested()
    try:
        batch_id, new = await receive(
            desk.tx,
            source or await _first_source(desk),
            _pieces(upload),
            Declared(),
            most=PAGE_BYTES,
            asks_first=True,
            mends=mended,
        )
    except (TooLarge, Empty) as refusal:
        await savepoint.rollback()
        large = "The file is over 25 MiB. Ask county IT for the way for large files."
        return await _start(desk, {"file": large if isinstance(refusal, TooLarge) else "The file is empty."})
    await savepoint.commit()
    if mended is not None:
        await _note_sent(desk, mended, batch_id, upload)
    desk.changed("send_file", [], classes="POL", after={"batch": str(batch_id)})
    return desk.redirect(f"/feeds/own/{batch_id}?done={'sent' if new else 'known'}")


@router.get("/feeds/own/{batch_id}", access=OPEN)
async def batch(desk: Desk, batch_id: UUID, open: str = "", done: str = "") -> Response:
    """A batch of the agency with its rejected rows; `open`: the number of the one that is shown as it was sent."""
    row = await own_batch(desk, batch_id)
    number = int(open) if open.isdecimal() and len(open) < 9 else None
    raw = await feed_rejects.opened(desk.tx, batch_id, number) if number is not None else None
    fields = [f"reject {batch_id} {number}"] if raw is not None else []
    desk.saw([], classes="POL OPS" if fields else "OPS", fields=fields)
    values = feeds_batch.values(row, at(row))
    return desk.page("feeds_batch.html", **values, **await _rejects(desk, row), done=done, opened=number, raw=raw)


@router.post("/feeds/own/{batch_id}", access=CHANGE)
async def decide(desk: Desk, batch_id: UUID) -> Response:
    """Apply, discard or read again, after asking back."""
    row = await own_batch(desk, batch_id)
    return await feeds_batch.act(
        desk, row, at(row), "POL", "feeds_batch.html", **await _rejects(desk, row), done="", opened=None
    )


@router.get("/feeds/own/{batch_id}/rejects.csv", access=OPEN)
async def rejects(desk: Desk, batch_id: UUID) -> Response:
    """The rejected rows as they were sent, to be put right and sent again."""
    row = await own_batch(desk, batch_id)
    if not is_table(row):
        raise NotFound
    desk.saw([], classes="POL", fields=[f"rejects {batch_id}"])
    pages = batch_content.rejects(partial(desk.site.transactions.begin, desk.actor.scope), batch_id, opened=True)
    header_line = await sources.header_line(desk.tx, row["source"])
    return _file(as_csv(row["columns"], pages, header_line), "rejects.csv")


async def _start(desk: Desk, errors: dict[str, str] | None = None) -> Response:
    ori = ori_of(desk)
    own = await sources.of_agency(desk.tx, ori)
    found = await batches.of_agency(desk.tx, ori, SHOWN)
    values: dict[str, Any] = {
        "sources": own,
        "feed_options": [(one["source"], f"{one['source']}, {one['format']}") for one in own],
        "batches": found,
        "stewarded": await batches.of_steward(desk.tx, desk.actor.sub, SHOWN),
        "to_fix": await reject_fixes.to_fix_by_batch(desk.tx, [one["batch_id"] for one in found]),
        "states": STATUS,
        "columns": HEADER,
        "ori": ori,
    }
    if errors:
        return desk.invalid("feeds_start.html", errors=errors, **values)
    return desk.page("feeds_start.html", **values)


async def _first_source(desk: Desk) -> RowMapping:
    """The feed that an agency without any gets with its first file: our template."""
    name, ori = f"{ori_of(desk).lower()}-template", ori_of(desk)
    given = {"agency_ori": ori, "format": "lead_csv", "timezone": desk.tx.settings.timezone}
    await sources.put_source(desk.tx, name, given)
    found = await sources.source(desk.tx, name)
    if found is None or found["agency_ori"] != ori:
        raise NotFound
    return found


async def _mended(desk: Desk, text: str) -> UUID | None:
    """The batch whose rows these are; only one of the agency's own. Of one that was taken back nothing is mended."""
    try:
        row = await own_batch(desk, UUID(text)) if text else None
    except ValueError:
        raise NotFound from None
    return UUID(str(row["batch_id"])) if row is not None and not row["voided_at"] else None


async def _note_sent(desk: Desk, mended: UUID, batch_id: UUID, upload: UploadFile) -> None:
    """Rejected rows that came back in a file, by the lines it names, need nobody any more."""
    await upload.seek(0)
    lines = await asyncio.to_thread(lines_of, upload.file)
    numbers = await reject_fixes.numbers_of(desk.tx, mended, lines)
    await reject_fixes.mark(desk.tx, mended, numbers, batch_id, (desk.actor.id, desk.actor.name), None)


async def _rejects(desk: Desk, row: RowMapping) -> dict[str, Any]:
    paging = Paging.of(desk.request, await feed_rejects.count(desk.tx, row["batch_id"]))
    found = await feed_rejects.page(desk.tx, row["batch_id"], paging.offset, paging.size)
    settled = await reject_fixes.settled_rows(desk.tx, row["batch_id"], [one["number"] for one in found])
    to_fix = (await reject_fixes.to_fix_by_batch(desk.tx, [row["batch_id"]])).get(row["batch_id"], 0)
    values = {"own": True, "paging": paging, "rejects": found, "tabular": is_table(row)}
    return {**values, "settled": settled, "to_fix": to_fix}


async def _pieces(upload: UploadFile) -> AsyncIterator[bytes]:
    while piece := await upload.read(PART_BYTES):
        yield piece


def _file(content: str | AsyncIterator[str], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if isinstance(content, str):
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
    return StreamingResponse(content, media_type="text/csv; charset=utf-8", headers=headers)
