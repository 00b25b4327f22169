"""Feeds by machine: registering a source, and sending its files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import RowMapping
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from services.referral.api.answers import json, own
from services.referral.api.shapes import Sent, Source
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.receiving import PART_BYTES, Empty, TooLarge, receive
from services.referral.feeds.text_stream import FILE_BYTES
from services.referral.store import sources
from services.referral.store.batches import Declared
from shared.contracts.codes import Ori
from shared.web import Access, Desk, NotFound, Pages, Problem
from shared.web.described import gives, takes

router = Pages("referral")

A_FILE = {
    "required": True,
    "description": "The file: as the field `file` of a form, or as the raw body.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    },
}
SourceName = Annotated[str, Path(pattern=sources.NAME)]


class Registration(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agency: Ori | Literal["per-record"]
    format: str
    timezone: str | None = None
    mapping: dict[str, Any] | None = None
    agencies: list[Ori] = Field(default=[], max_length=1000)
    """Further agencies that its records may name; `per-record` with none named: any."""
    primary: bool | None = None
    """Whether its records are published, or only compared with another source's; None: by the rule of its format."""
    steward: str | None = Field(default=None, min_length=1, max_length=200)
    """For a feed of no single agency: who may open its rejected rows, an agency supervisor by subject id."""
    takes_over_from: date | None = None
    """The days from which it stands in for the source that published before; None: those not published yet."""


@router.api_put(
    "/api/sources/{source}",
    access=Access(key="ingest"),
    openapi_extra=takes(Registration) | gives(_200=Source, _201=Source),
)
async def register(desk: Desk, source: SourceName) -> Response:
    """Register a feed, or change it: a change of format, zone or mapping is a new mapping version."""
    asked = _registration(await desk.request.body(), desk)
    known = await sources.source(desk.tx, source)
    if known is not None and not own(desk, known["agency_ori"]):
        raise NotFound
    agency = None if asked.agency == "per-record" else asked.agency
    if desk.actor.agency_ori is not None and (desk.actor.agency_ori != agency or set(asked.agencies) - {agency}):
        raise Problem(403, "This key may not do that", detail="A key registers feeds of its own agency.", code="scope")
    made = await sources.put_source(
        desk.tx,
        source,
        {
            "agency_ori": agency,
            "format": asked.format,
            "timezone": asked.timezone or desk.tx.settings.timezone,
            "mapping": asked.mapping,
            "agencies": asked.agencies,
            "is_primary": asked.primary,
            "steward": asked.steward,
            "takes_over_from": asked.takes_over_from,
        },
    )
    row = await sources.source(desk.tx, source)
    return json(_source_answer(row), status=201 if made else 200)


@router.api_post(
    "/api/sources/{source}/files",
    access=Access(key="ingest"),
    max_body_size=FILE_BYTES + 65536,
    openapi_extra={"requestBody": A_FILE} | gives(_200=Sent, _202=Sent),
)
async def send_file(
    desk: Desk,
    source: SourceName,
    complete_from: date | None = None,
    complete_to: date | None = None,
    rows: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
) -> Response:
    """Take a file, sealed piece by piece. The same bytes under the same mapping are the same batch.

    `complete_from` and `complete_to` (both included) declare that the file has every record of these days: what it
    leaves out is voided. `rows`: how many it has, by its sender.
    """
    declared = _declared(complete_from, complete_to, rows)
    known = await sources.source(desk.tx, source)
    if known is None or not own(desk, known["agency_ori"]):
        raise NotFound
    try:
        batch_id, new = await receive(desk.tx, known, _pieces(desk), declared, key_id=desk.actor.key_id)
    except TooLarge:
        raise Problem(413, "The file is too large", detail="E_SIZE: at most 200 MiB.", code="size") from None
    except Empty:
        errors = [{"field": "file", "reason": "E_SIZE: nothing was sent"}]
        raise Problem(422, "The file is empty", errors=errors) from None
    return json({"batch_id": batch_id}, status=202 if new else 200)


def _declared(first: date | None, last: date | None, rows: int | None) -> Declared:
    if (first is None) != (last is None) or (first and last and first > last):
        errors = [{"field": "complete_from", "reason": "give the first and the last day, in this order"}]
        raise Problem(422, "Some fields are wrong", errors=errors)
    return Declared(first, last, rows)


async def _pieces(desk: Desk) -> AsyncIterator[bytes]:
    """What was sent in pieces of 1 MiB: the field `file` of a form, or the raw body."""
    request = desk.request
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form(max_files=1)
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise Problem(422, "Some fields are wrong", errors=[{"field": "file", "reason": "expected a file"}])
        while piece := await upload.read(PART_BYTES):
            yield piece
        return
    kept = bytearray()
    try:
        async for chunk in request.stream():
            kept += chunk
            while len(kept) >= PART_BYTES:
                yield bytes(kept[:PART_BYTES])
                del kept[:PART_BYTES]
    except ClientDisconnect:
        raise Problem(400, "The file did not come through", detail="Send it again.") from None
    if kept:
        yield bytes(kept)


def _registration(body: bytes, desk: Desk) -> Registration:
    try:
        asked = Registration.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        errors = [{"field": str(fault["loc"][0]) if fault["loc"] else "", "reason": fault["msg"]} for fault in faults]
        raise Problem(422, "Some fields are wrong", errors=errors) from None
    errors = []
    if asked.format not in FORMATS:
        errors.append({"field": "format", "reason": f"known are {', '.join(FORMATS)}"})
    else:
        errors += [{"field": field, "reason": reason} for field, reason in _mapping_faults(asked)]
    if asked.timezone is not None and not _is_zone(asked.timezone):
        errors.append({"field": "timezone", "reason": "expected a name such as America/New_York"})
    if asked.steward is not None and asked.agency != "per-record":
        reason = "only a feed per-record has one: an agency's rows are its own supervisor's to see"
        errors.append({"field": "steward", "reason": reason})
    if errors:
        raise Problem(422, "Some fields are wrong", errors=errors)
    return asked


def _mapping_faults(asked: Registration) -> list[tuple[str, str]]:
    check = FORMATS[asked.format].check_mapping
    if check is not None:
        return check(asked.mapping)
    return [("mapping", "this format takes none")] if asked.mapping is not None else []


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _source_answer(row: RowMapping | None) -> dict[str, Any]:
    if row is None:
        raise NotFound
    return {
        "source": row["source"],
        "agency": row["agency_ori"] or "per-record",
        "format": row["format"],
        "timezone": row["timezone"],
        "mapping_version": row["mapping_version"],
        "agencies": row["agencies"],
        "primary": row["is_primary"],
        "steward": row["steward"],
        "takes_over_from": row["takes_over_from"],
    }
