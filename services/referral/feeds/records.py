"""Canonical records sent one by one, by HTTP or by Kafka: read, checked for their sender, and staged as a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from services.referral.domain.arrest import CanonicalArrest
from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.feeds.adapter import Record
from services.referral.feeds.fault_words import Fault, coded, in_words
from services.referral.feeds.json_value import object_fault
from services.referral.feeds.moments import possible
from services.referral.feeds.sealing import Sealer
from services.referral.store import batches
from services.referral.store.batches import Batch, NewBatch, Tenant
from services.referral.store.raw_records import Staged
from shared.messaging import Tx
from shared.runtime.ids import uuid7

SOURCE: Final = "api"
"""One source for every record that an agency sends one by one: the same record by another road is the same."""
FORMAT: Final = "canonical_json"
Faults = list[Fault]
"""What is wrong; no value is quoted."""
R = TypeVar("R", CanonicalArrest, CanonicalReferral)


def read_arrest(item: Any, agency: str | None, now: datetime, by: str = "key") -> CanonicalArrest | Faults:
    """One arrest as sent by `agency` (None: the operator, who may send for any), who is known `by` a key or topic."""
    record = _validated(CanonicalArrest, item, agency)
    if not isinstance(record, CanonicalArrest):
        return record
    found = record.faults(now) + _moment("arrested_at", record.arrested_at) + _sender(record.ori, agency, by)
    if record.ori is None:
        found.append(("ori", "E_ORI: expected the agency of the record"))
    return [coded(*fault) for fault in found] or record


def read_referral(item: Any, agency: str | None, now: datetime, by: str = "key") -> CanonicalReferral | Faults:
    """One referral as sent by `agency` (None: the operator, who may send for any, or for none)."""
    record = _validated(CanonicalReferral, item, agency)
    if not isinstance(record, CanonicalReferral):
        return record
    found = record.faults(now) + _moment("occurred_at", record.occurred_at) + _sender(record.ori, agency, by)
    return [coded(*fault) for fault in found] or record


def _validated(kind: type[R], item: Any, agency: str | None) -> R | Faults:
    unusable = object_fault(item)
    if unusable:
        return [coded("", ": ".join(unusable))]
    if agency and item.get("ori") is None:
        item = {**item, "ori": agency}
    try:
        return kind.model_validate(item)
    except ValidationError as error:
        return in_words(error)


def _moment(field: str, at: datetime) -> list[tuple[str, str]]:
    return [] if possible(at) else [(field, "E_DATE: expected a year from 1900 to 2200")]


def _sender(ori: str | None, agency: str | None, by: str) -> list[tuple[str, str]]:
    if agency is None or ori == agency:
        return []
    return [("ori", f"E_ORI_FORBIDDEN: this {by} belongs to another agency")]


def seal(sealer: Sealer, records: Sequence[CanonicalArrest], lines: Sequence[int]) -> list[Staged]:
    """The staged rows of arrests, each with the line it came in. Pure computation: it may run in a thread."""
    return sealer.seal(
        [
            (number, Record(line, record), str(record.ori))
            for number, (line, record) in enumerate(zip(lines, records, strict=True), start=1)
        ]
    )[0]


async def open_batch(
    tx: Tx,
    agency: str | None,
    rows: int,
    *,
    named: str = "",
    source: str = SOURCE,
    format: str = FORMAT,
    key_id: str | None = None,
    answer: Any = None,
) -> Batch:
    """A batch of records that stand staged, so that the worker only has to link and apply them.

    `named` makes its key: what came under this name before is the same batch. Raises LookupError for that.
    """
    batch_id = uuid7()
    tenant = Tenant(tx.settings.programme, None, agency)
    zone = tx.settings.timezone
    key = tx.keys.blind("request", named or str(batch_id))
    _, new = await batches.add(
        tx,
        NewBatch(
            source=source,
            format=format,
            timezone=zone,
            mapping_version=1,
            key=key,
            body_key=key,
            status="staged",
            adapter_version="1",
            tenant=tenant,
            key_id=key_id,
            rows=rows,
            answer=answer,
        ),
        batch_id,
    )
    if not new:
        raise LookupError("these records are here already")
    return Batch(batch_id, source, format, zone, "staged", None, None, tx.now, tx.now, tenant)
