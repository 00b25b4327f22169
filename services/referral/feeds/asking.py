"""What a person is asked before a batch that voids much is applied: each question by itself, with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.referral.feeds.publishing import taken_over
from services.referral.store import batches, voids
from services.referral.store.batches import Batch
from services.referral.store.voids import Missing
from shared.messaging import Tx

MISSING_SHARE: Final = 0.02
"""A complete window that leaves out more of what is known of an agency waits for a person."""
_NAMED: Final = 5
"""So many agencies are named before the rest are counted."""


async def question(tx: Tx, batch: Batch, agencies: Sequence[str]) -> dict[str, Any] | None:
    """What is to be asked now, with code and numbers; None if nothing is, or all of it was answered.

    `agencies`: those whose arrests another source publishes. An answer holds for the numbers that were asked, and less.
    """
    return await _missing(tx, batch) or await _taken_over(tx, batch, agencies)


async def _missing(tx: Tx, batch: Batch) -> dict[str, Any] | None:
    if batch.declared.complete_from is None:
        return None
    row = await batches.get(tx, batch.batch_id)
    missing = await voids.left_out(tx, batch)
    rejected = bool(row and row["rejected"])
    asked = [one for one in missing if rejected or one.missing > MISSING_SHARE * one.known]
    answered = {one["agency"]: one["missing"] for one in _answered(batch, "E_MISSING", "missing")}
    if all(one.missing <= answered.get(one.agency, 0) for one in asked):
        return None
    reason = f"{_in_words(missing)} would be voided, and a rejected row may be one of them"
    if not rejected:
        reason = f"{_in_words(asked)} are missing and would be voided"
    return {
        "code": "E_MISSING",
        "reason": f"{reason}: apply or discard the batch",
        "missing": [vars(one) for one in missing],
    }


async def _taken_over(tx: Tx, batch: Batch, agencies: Sequence[str]) -> dict[str, Any] | None:
    before, told = await taken_over(tx, batch, agencies)
    most = max((one["before"] for one in _answered(batch, "E_TAKEOVER", "taken_over")), default=0)
    if before - told <= MISSING_SHARE * before or before <= most:
        return None
    reason = f"{before} arrests that another source published would be voided, and {told} of this file take their place"
    return {
        "code": "E_TAKEOVER",
        "reason": f"{reason}: apply or discard the batch",
        "taken_over": [{"before": before, "told": told}],
    }


def _answered(batch: Batch, code: str, name: str) -> Sequence[Mapping[str, Any]]:
    """The numbers of the last question of this code that a person answered."""
    given: list[Sequence[Mapping[str, Any]]] = [one.get(name, ()) for one in batch.answered if one["code"] == code]
    return given[-1] if given else ()


def _in_words(missing: Sequence[Missing]) -> str:
    if len(missing) == 1:
        return f"{missing[0].missing} of {missing[0].known} arrests of these days of {missing[0].agency}"
    named = [f"{one.missing} of {one.known} of {one.agency}" for one in missing[:_NAMED]]
    more = f" and {len(missing) - _NAMED} more agencies" if len(missing) > _NAMED else ""
    return f"arrests of these days ({', '.join(named)}{more})"
