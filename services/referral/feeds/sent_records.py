"""What an agency wrote into its own topic, taken in as batches by the road of `POST /api/arrests` and `/api/referrals`.

One message holds one record or an array of them, as the body of a request does. Unlike a request, a message cannot be
refused: what is wrong with a record makes it a reject, and its neighbours pass.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
import structlog

from services.referral.domain.arrest import CanonicalArrest
from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.feeds.adapter import Reject
from services.referral.feeds.csv_stream import raw_line
from services.referral.feeds.json_value import text_of
from services.referral.feeds.records import FORMAT, Faults, open_batch, read_arrest, read_referral, seal
from services.referral.feeds.sealing import Sealer
from services.referral.store import batch_content, batches, raw_records
from services.referral.store.policy import policy_of
from services.referral.store.referring import Entry, Referred, refer, source_referral_id
from shared.messaging import Tx
from shared.messaging.faults import code_of, passes, place

MOST: Final = 1000
"""Records of one message, as of one request."""
REFERRALS: Final = "canonical_referral"
_Referral = tuple[int, CanonicalReferral, bytes]
"""Line, record and what was sent."""
_REASONS: Final = 5
_log = structlog.get_logger("lead.agency-topics")


@dataclass(frozen=True)
class Message:
    """One message of an agency's topic."""

    offset: int
    value: bytes | None


@dataclass
class Sent:
    """Messages, read. `line` of a record is its message's place behind the first, from 1."""

    arrests: list[tuple[int, CanonicalArrest]] = field(default_factory=list)
    referrals: list[_Referral] = field(default_factory=list)
    bad_arrests: list[Reject] = field(default_factory=list)
    bad_referrals: list[Reject] = field(default_factory=list)


def read(messages: Sequence[Message], ori: str, now: datetime) -> Sent:
    """Every record of the messages, or why it is none. Pure computation: it may run in a thread. Never raises."""
    sent = Sent()
    for message in messages:
        line = message.offset - messages[0].offset + 1
        try:
            body = orjson.loads(message.value or b"")
        except ValueError:
            sent.bad_arrests.append(Reject(line, None, "E_JSON", "the message is not JSON", _raw(message.value or b"")))
            continue
        items = body if isinstance(body, list) else [body]
        if not 1 <= len(items) <= MOST:
            reason = f"expected 1 to 1,000 records in a message, and {len(items)} came"
            sent.bad_arrests.append(Reject(line, None, "E_LENGTH", reason, _raw(message.value or b"")))
            continue
        for number, item in enumerate(items):
            _read(sent, line, f"{number}." if isinstance(body, list) else "", item, ori, now)
    return sent


def _read(sent: Sent, line: int, prefix: str, item: Any, ori: str, now: datetime) -> None:
    raw = text_of(item)
    # Only a referral names the door it came through.
    if isinstance(item, dict) and "pathway" in item:
        referral = read_referral(item, ori, now, "topic")
        if isinstance(referral, CanonicalReferral):
            sent.referrals.append((line, referral, raw))
        else:
            sent.bad_referrals.append(_reject(line, prefix, referral, raw))
        return
    arrest = read_arrest(item, ori, now, "topic")
    if isinstance(arrest, CanonicalArrest):
        sent.arrests.append((line, arrest))
    else:
        sent.bad_arrests.append(_reject(line, prefix, arrest, raw))


async def take(tx: Tx, ori: str, messages: Sequence[Message], named: str) -> None:
    """Store the records of messages in this transaction; the worker links and applies the arrests.

    `named` names the messages, as topic and offsets. Raises what the database raises.
    """
    sent = await asyncio.to_thread(read, messages, ori, tx.now)
    where = {"offsets": [messages[0].offset, messages[-1].offset]}
    if sent.arrests or sent.bad_arrests:
        await _take_arrests(tx, ori, sent, f"{named}:arrests", where)
    if sent.referrals or sent.bad_referrals:
        await _take_referrals(tx, ori, sent, f"{named}:referrals", where)


async def _take_arrests(tx: Tx, ori: str, sent: Sent, named: str, where: Any) -> None:
    records = [record for _, record in sent.arrests]
    rows = len(records) + len(sent.bad_arrests)
    batch = await open_batch(tx, ori, rows, named=named, format=FORMAT, answer=where)
    sealer = Sealer(tx.keys, batch, await policy_of(tx))
    staged = await asyncio.to_thread(seal, sealer, records, [line for line, _ in sent.arrests])
    await raw_records.stage(tx, batch, staged)
    await batch_content.add_rejects(tx, batch, 0, sent.bad_arrests)
    codes = Counter(reject.code for reject in sent.bad_arrests)
    await batches.settle(tx, batch.batch_id, "staged", counts={"rejected": len(sent.bad_arrests)}, reject_codes=codes)


async def _take_referrals(tx: Tx, ori: str, sent: Sent, named: str, where: Any) -> None:
    rejects = list(sent.bad_referrals)
    rows = len(sent.referrals) + len(rejects)
    batch = await open_batch(tx, ori, rows, named=named, format=REFERRALS, answer=where)
    results: Counter[str] = Counter()
    made: list[tuple[int, bytes, Referred | None]] = []
    for turn in _turns(sent.referrals):
        answers = await _refer(tx, ori, [record for _, record, _ in turn])
        made += [(line, raw, one) for (line, _, raw), one in zip(turn, answers, strict=True)]
    for line, raw, one in sorted(made, key=lambda entry: entry[0]):
        result = "failed" if one is None else one.result
        results[result] += 1
        if result == "differs":
            reason = "this number came before with other content; nothing was changed"
            rejects.append(Reject(line, "source_record_id", "E_KEY", reason, _raw(raw)))
        elif result == "failed":
            rejects.append(Reject(line, None, "E_INTERNAL", "a fault of ours; county IT was told", _raw(raw)))
    await batch_content.add_rejects(tx, batch, 0, rejects)
    counts = {"accepted": results["created"], "duplicates": results["duplicate"], "rejected": len(rejects)}
    codes = Counter(reject.code for reject in rejects)
    await batches.settle(tx, batch.batch_id, "applied", counts=counts, reject_codes=codes)


def _turns(referrals: Sequence[_Referral]) -> list[list[_Referral]]:
    """Referrals in such groups that no number is twice in one: what comes again meets what came first."""
    turns: list[dict[str, _Referral]] = []
    for sent in referrals:
        number = sent[1].source_record_id
        turn = next((turn for turn in turns if number not in turn), None)
        if turn is None:
            turns.append(turn := {})
        turn[number] = sent
    return [list(turn.values()) for turn in turns]


async def _refer(tx: Tx, ori: str, records: Sequence[CanonicalReferral]) -> Sequence[Referred | None]:
    """All referrals at once; where that fails for good, one by one, so that only those at fault are left out."""
    if not records:
        return []
    entries = [Entry(source_referral_id(tx, record.ori, record.source_record_id), record) for record in records]
    published = len(tx.outgoing)
    savepoint = await tx.connection.begin_nested()
    try:
        made = await refer(tx, entries, entered_by=f"topic:{ori}")
    except Exception as fault:
        await savepoint.rollback()
        del tx.outgoing[published:]
        if passes(fault):
            raise
        if len(entries) == 1:
            # Its code and place only: the message could quote what was sent.
            _log.error("a referral of a topic failed", error=code_of(fault), at=place(fault), agency_ori=ori)
            return [None]
        return [one for record in records for one in await _refer(tx, ori, [record])]
    await savepoint.commit()
    return made


def _reject(line: int, prefix: str, faults: Faults, raw: bytes) -> Reject:
    """One reject of a record's faults: the first gives the code, the first few the reason."""
    reason = "; ".join(f"{fault.place}: {fault.reason}" if fault.place else fault.reason for fault in faults[:_REASONS])
    return Reject(line, prefix + faults[0].place or None, faults[0].code, reason, _raw(raw))


def _raw(text: bytes) -> bytes:
    return raw_line([text.decode("utf-8", "replace").strip()])
