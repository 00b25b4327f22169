"""JSON and CSV for machines, from stored snapshots only. Every figure carries its counts, range and definition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel
from starlette.responses import Response

from services.metrics.csv_table import csv_response
from services.metrics.domain.definitions import Definition, Registry
from services.metrics.domain.figure import Figure
from services.metrics.store.cells import freshness
from services.metrics.store.registry import definitions
from services.metrics.store.snapshots import Snapshot, freeze, newest, published, snapshots
from shared.web import Access, Desk, Pages, Problem

router = Pages("metrics")
"""Open to everybody; it reads by the public database role."""
operator_router = Pages("metrics")
OPEN = Access(public=True)

Window = Literal["182", "365", "730"]
Event = Literal["any", "new_charge", "warrant", "contact", "filed", "booking"]
Pathway = Literal["all", "arrest_diversion", "social_contact", "crisis_response", "community"]
AsOf = Annotated[date | None, Query(description="the day of a stored snapshot; without it the newest")]


class SnapshotOut(BaseModel):
    """One stored snapshot."""

    snapshot_id: UUID
    as_of: date
    known_at: datetime
    kind: str
    definitions_version: int
    selection_warning: bool
    hash: str

    @classmethod
    def of(cls, snapshot: Snapshot) -> SnapshotOut:
        return cls(
            snapshot_id=snapshot.snapshot_id,
            as_of=snapshot.as_of,
            known_at=snapshot.known_at,
            kind=snapshot.kind,
            definitions_version=snapshot.definitions_version,
            selection_warning=bool(snapshot.notes.get("selection_warning")),
            hash=snapshot.hash,
        )


class FiguresOut(BaseModel):
    """Figures of one snapshot."""

    snapshot: SnapshotOut
    figures: list[Figure]


class SnapshotsOut(BaseModel):
    snapshots: list[SnapshotOut]


@router.api_get("/api/definitions", access=OPEN)
async def get_definitions(desk: Desk) -> Registry:
    """What every figure means, with its version."""
    return definitions()


@router.api_get("/api/definitions.csv", access=OPEN)
async def get_definitions_csv(desk: Desk) -> Response:
    rows = [definition.model_dump() for definition in definitions().definitions]
    for row in rows:
        row["events"], row["answers"] = " ".join(row["events"]), " ".join(row["answers"])
    return csv_response("definitions", list(Definition.model_fields), rows)


@router.api_get("/api/snapshots", access=OPEN)
async def get_snapshots(desk: Desk) -> SnapshotsOut:
    """Stored snapshots, newest first."""
    return SnapshotsOut(snapshots=[SnapshotOut.of(snapshot) for snapshot in await snapshots(desk.tx)])


@router.api_get("/api/snapshots.csv", access=OPEN)
async def get_snapshots_csv(desk: Desk) -> Response:
    rows = [SnapshotOut.of(snapshot).model_dump() for snapshot in await snapshots(desk.tx)]
    return csv_response("snapshots", list(SnapshotOut.model_fields), rows)


@router.api_get("/api/funnel", access=OPEN)
async def get_funnel(desk: Desk, pathway: Pathway | None = None, as_of: AsOf = None) -> FiguresOut:
    """People at each step from referral to staying in touch, stops, and diverted charges."""
    snapshot, figures = await _published(desk, as_of)
    return FiguresOut(snapshot=SnapshotOut.of(snapshot), figures=_funnel(figures, pathway))


@router.api_get("/api/funnel.csv", access=OPEN)
async def get_funnel_csv(desk: Desk, pathway: Pathway | None = None, as_of: AsOf = None) -> Response:
    _, figures = await _published(desk, as_of)
    return _csv("funnel", _funnel(figures, pathway))


@router.api_get("/api/outcomes", access=OPEN)
async def get_outcomes(
    desk: Desk,
    window: Window | None = None,
    event: Event | None = None,
    arm: Literal["intake"] | None = None,
    as_of: AsOf = None,
) -> FiguresOut:
    """Arrests before and after, and people without an arrest. Before/after, not proof."""
    snapshot, figures = await _published(desk, as_of)
    return FiguresOut(
        snapshot=SnapshotOut.of(snapshot), figures=_outcomes(figures, window=window, event=event, arm=arm)
    )


@router.api_get("/api/outcomes.csv", access=OPEN)
async def get_outcomes_csv(
    desk: Desk,
    window: Window | None = None,
    event: Event | None = None,
    arm: Literal["intake"] | None = None,
    as_of: AsOf = None,
) -> Response:
    _, figures = await _published(desk, as_of)
    return _csv("outcomes", _outcomes(figures, window=window, event=event, arm=arm))


async def _published(desk: Desk, as_of: date | None) -> tuple[Snapshot, list[Figure]]:
    snapshot = await newest(desk.tx, as_of)
    if snapshot is None:
        detail = "See /api/snapshots for the days that were published." if as_of else "The first one follows."
        raise Problem(404, "No snapshot of that day" if as_of else "No snapshot yet", detail=detail, code="snapshot")
    return snapshot, await published(desk.tx, snapshot)


def _funnel(figures: Iterable[Figure], pathway: str | None) -> list[Figure]:
    mine = [f for f in figures if f.definition.startswith(("funnel_", "stops_", "charges_"))]
    return [f for f in mine if pathway is None or f.labels.get("pathway") == pathway]


def _outcomes(figures: Iterable[Figure], **asked: str | None) -> list[Figure]:
    """A figure without a label (a cohort has no event) is not left out for it."""
    mine = [f for f in figures if f.definition.startswith("outcome_")]
    wanted = {name: value for name, value in asked.items() if value is not None}
    return [f for f in mine if all(f.labels.get(name, value) == value for name, value in wanted.items())]


COLUMNS = (
    "definition", "definition_version", "arm", "window", "event", "period", "pathway", "stage", "state", "value",
    "numerator", "denominator", "low", "high", "method", "level", "as_of", "suppressed", "reason", "sentence",
)  # fmt: skip


def _csv(name: str, figures: Sequence[Figure]) -> Response:
    rows = []
    for figure in figures:
        interval = figure.interval.model_dump() if figure.interval else {}
        rows.append({**figure.model_dump(exclude={"interval", "labels"}), **figure.labels, **interval})
    return csv_response(name, COLUMNS, rows)


@operator_router.api_post("/api/snapshots", access=Access(key="operate"), status_code=201)
async def post_snapshot(desk: Desk, as_of: AsOf = None) -> SnapshotOut:
    """Freeze the figures as of a day. 422 when the data do not reach that day yet."""
    known = (await freshness(desk.tx, desk.today)).as_of
    if as_of is not None and as_of > known:
        reason = f"the data reach {known.isoformat()}"
        raise Problem(422, "Not known yet", errors=[{"field": "as_of", "reason": reason}], code="as-of")
    return SnapshotOut.of(await freeze(desk.tx, as_of or known, "operator"))
