"""Facts of every topic that metrics reads: kept as codes by pseudonym, their people queued to be counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.metrics.store.counting import count_queued
from services.metrics.store.erasure import confirm, erase
from services.metrics.store.facts import Kind, keep
from services.metrics.store.kinds import COVERAGE, KINDS
from services.metrics.store.merges import keep_merges
from shared.contracts import ErasureRecorded, FeedCoverage, PersonMerged
from shared.messaging import Fact, Handlers, Tx

handlers = Handlers("metrics")


@handlers.after_replay
async def count_everybody(tx: Tx) -> bool:
    """Cells are made of facts; a replay ends when all of them are counted."""
    return await count_queued(tx) > 0


def _keeps(kind: Kind[Any]) -> Callable[[Tx, Sequence[Fact[Any]]], Awaitable[None]]:
    async def keep_facts(tx: Tx, facts: Sequence[Fact[Any]]) -> None:
        await keep(tx, kind, facts)

    return keep_facts


for _kind in KINDS:
    if _kind is not COVERAGE:
        handlers.on(_kind.event)(_keeps(_kind))


@handlers.on(FeedCoverage)
async def feed_coverage(tx: Tx, facts: Sequence[Fact[FeedCoverage]]) -> None:
    """A feed's first day decides whose time before is covered, so those people are counted again."""
    agencies = [fact.fact_id for fact in facts]
    before = await _first_days(tx, agencies)
    await keep(tx, COVERAGE, facts)
    after = await _first_days(tx, agencies)
    changed = [ori for ori in agencies if before.get(ori) != after.get(ori)]
    if changed:
        await tx.execute(
            "insert into copied.dirty (person_key) select distinct person_key from copied.fact_referral"
            " where agency_ori = any(cast(:agencies as text[]))",
            {"agencies": changed},
        )


async def _first_days(tx: Tx, agencies: Sequence[str]) -> dict[str, object]:
    rows = await tx.rows(
        "select fact_id, covered_from from copied.fact_coverage"
        " where not voided and fact_id = any(cast(:agencies as text[]))",
        {"agencies": list(agencies)},
    )
    return {row["fact_id"]: row["covered_from"] for row in rows}


@handlers.on(PersonMerged)
async def person_merged(tx: Tx, facts: Sequence[Fact[PersonMerged]]) -> None:
    await keep_merges(tx, facts)


@handlers.on(ErasureRecorded)
async def erasure_recorded(tx: Tx, facts: Sequence[Fact[ErasureRecorded]]) -> None:
    """Erase what is held of the person, their absorbed ids too, and confirm it once."""
    for fact in facts:
        order = fact.event
        if order is None or order.state != "ordered" or order.person_id is None:
            continue
        left = await erase(tx, [order.person_id, *order.absorbed_ids])
        await confirm(tx, order.erasure_id, left)
